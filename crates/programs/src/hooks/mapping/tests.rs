use super::*;
use crate::hooks::signature::TOLERANCE_SECONDS;
use serde_json::json;

const NOW: &str = "2026-03-01T12:00:00Z";
const STRIPE: Scheme = Scheme::Stripe { tolerance_seconds: TOLERANCE_SECONDS };
const STANDARD: Scheme = Scheme::StandardWebhooks { tolerance_seconds: TOLERANCE_SECONDS };

fn mapping(json: Value) -> Mapping {
    let read: Mapping =
        serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(serde_json::to_value(&read).expect("json"), json, "it is written as it was read");
    read.checked().expect("a good mapping")
}

fn delivery(payload: &Value) -> Delivery {
    let headers = [("x-event-type", "push"), ("x-delivery", "72d3162e-cc78-11e3"), ("x-empty", " ")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Delivery { headers: headers.into(), body: payload.to_string().into_bytes() }
}

/// The event as JSON, `null` where it is not wanted, or what is wrong.
fn mapped(scheme: &Scheme, json: Value, payload: &Value) -> Value {
    let source = SourceId::new("shop").expect("id");
    let signed_id = (scheme == &STANDARD).then_some("msg_1");
    match mapping(json).incoming(&source, scheme, &delivery(payload), signed_id) {
        Ok(None) => Value::Null,
        Ok(Some(event)) => {
            json!({"id": event.id, "type": event.kind, "at": event.occurred_at, "event": event.payload})
        }
        Err(error) => json!(error.to_string()),
    }
}

#[test]
fn a_payload_becomes_an_event_field_by_field() {
    let payload = json!({"id": "evt_1", "type": "checkout.session.completed", "created": 1_772_366_400,
        "data": {"object": {"amount_total": 2_000, "currency": "usd", "metadata": {"user_id": "alice"},
            "lines": [{"sku": "A"}, {"sku": "B"}], "discount": null}}});
    let whole = json!({"type": {"path": "type"}});
    let expected =
        json!({"id": "shop:evt_1", "type": "checkout.session.completed", "at": null, "event": payload});
    assert_eq!(mapped(&STRIPE, whole, &payload), expected);
    let chosen = json!({"type": "order.completed", "occurred_at": {"path": "created", "format": "unix_s"},
        "fields": {"user_id": "data.object.metadata.user_id", "amount": "data.object.amount_total",
            "second": "data.object.lines.1.sku", "coupon": {"path": "data.object.discount.code", "optional": true},
            "discount": {"path": "data.object.discount", "optional": true}},
        "where": {"path": "type", "in": ["checkout.session.completed", "invoice.paid"]}});
    let expected = json!({"id": "shop:evt_1", "type": "order.completed", "at": NOW,
        "event": {"user_id": "alice", "amount": 2_000, "second": "B"}});
    assert_eq!(mapped(&STRIPE, chosen.clone(), &payload), expected);
    let mut other = payload.clone();
    other["type"] = json!("customer.created");
    assert_eq!(mapped(&STRIPE, chosen, &other), Value::Null, "not one that is wanted");
}

#[test]
fn the_id_of_an_event_begins_with_its_source_and_is_the_deliverys() {
    let payload = json!({"id": 42, "key": "evt 1/2", "long": "x".repeat(200), "half": 0.5, "list": []});
    let hash = |bytes: &[u8]| format!("shop:sha256-{}", Hash::of(bytes).to_hex());
    let body = payload.to_string();
    let hmac = Scheme::Hmac {
        header: "x-signature".to_owned(),
        algorithm: crate::hooks::Algorithm::Sha256,
        encoding: crate::hooks::Encoding::Hex,
        prefix: String::new(),
    };
    for (scheme, id, expected) in [
        (&STANDARD, Value::Null, "shop:msg_1".to_owned()),
        (&STANDARD, json!({"path": "id"}), "shop:42".to_owned()),
        (&STRIPE, json!({"path": "id"}), "shop:42".to_owned()),
        (&STRIPE, Value::Null, "id: the delivery has nothing there".to_owned()),
        (&STRIPE, json!({"path": "key"}), hash(b"evt 1/2")),
        (&STRIPE, json!({"path": "long"}), hash("x".repeat(200).as_bytes())),
        (&hmac, Value::Null, hash(body.as_bytes())),
        (&hmac, json!({"header": "x-delivery"}), "shop:72d3162e-cc78-11e3".to_owned()),
        (&hmac, json!({"header": "x-empty"}), "header x-empty: the delivery has nothing there".to_owned()),
        (&hmac, json!({"path": "half"}), "half: this must be a text or a whole number".to_owned()),
        (&hmac, json!({"path": "list"}), "list: this must be a text or a whole number".to_owned()),
    ] {
        let mut json = json!({"type": "t"});
        if !id.is_null() {
            json["id"] = id.clone();
        }
        let found = mapped(scheme, json, &payload);
        let found = found.get("id").cloned().unwrap_or(found);
        assert_eq!(found, json!(expected), "{} {id}", scheme.name());
    }
}

#[test]
fn an_instant_is_read_as_the_mapping_says() {
    let payload = json!({"text": "2026-03-01T14:00:00+02:00", "s": 1_772_366_400_i64, "ms": 1_772_366_400_000_i64,
        "digits": "1772366400", "half": 1_772_366_400.5, "huge": i64::MAX, "yes": true, "date": "2026-03-01"});
    for (path, format, good) in [
        ("text", "rfc3339", true),
        ("s", "unix_s", true),
        ("digits", "unix_s", true),
        ("ms", "unix_ms", true),
        ("text", "unix_s", false),
        ("s", "rfc3339", false),
        ("date", "rfc3339", false),
        ("half", "unix_s", false),
        ("huge", "unix_s", false),
        ("huge", "unix_ms", false),
        ("yes", "unix_s", false),
        ("nothing", "unix_s", false),
    ] {
        let json = json!({"type": "t", "occurred_at": {"path": path, "format": format}});
        let found = mapped(&STANDARD, json, &payload);
        match good {
            true => assert_eq!(found["at"], NOW, "{path} {format}"),
            false => {
                let told = found.as_str().unwrap_or_default().to_owned();
                assert!(told.starts_with(&format!("{path}: ")), "{path} {format}: {found}");
            }
        }
    }
}

#[test]
fn what_cannot_be_made_an_event_is_told_with_its_path() {
    let payload = json!({"type": "a b", "list": [1], "user": {"id": null}});
    for (json, told) in [
        (json!({"type": {"path": "kind"}}), "kind: the delivery has nothing there"),
        (json!({"type": {"path": "type"}}), "type: a name may hold only A-Z a-z 0-9 . _ : @ -"),
        (json!({"type": {"path": "list"}}), "list: this must be a text or a whole number"),
        (json!({"type": {"header": "x-none"}}), "header x-none: the delivery has nothing there"),
        (json!({"type": "t", "fields": {"user_id": "user.id"}}), "user.id: the delivery has nothing there"),
        (json!({"type": "t", "fields": {"user_id": "list.1"}}), "list.1: the delivery has nothing there"),
    ] {
        assert_eq!(mapped(&STANDARD, json.clone(), &payload), told, "{json}");
    }
    let whole = json!({"type": "t"});
    assert_eq!(mapped(&STANDARD, whole.clone(), &json!([1])), "body: this is no JSON object");
    let source = SourceId::new("shop").expect("id");
    for body in ["", "nonsense", "{\"a\":1", "\u{feff}{}"] {
        let delivery = Delivery { headers: vec![], body: body.as_bytes().to_vec() };
        let refused = mapping(whole.clone()).incoming(&source, &STANDARD, &delivery, Some("m"));
        assert_eq!(refused.expect_err(body).place, "body");
    }
}

#[test]
fn a_type_may_stand_in_a_header() {
    let event = mapped(&STANDARD, json!({"type": {"header": "x-event-type"}}), &json!({"a": 1}));
    assert_eq!(event["type"], "push");
}

#[test]
fn a_mapping_is_checked_before_it_is_kept() {
    let long = "x".repeat(300);
    let many: Map<String, Value> = (0..51).map(|n| (format!("f{n}"), json!("a"))).collect();
    for (json, told) in [
        (json!({}), "missing field `type`"),
        (json!({"type": "t", "surprise": 1}), "unknown field `surprise`"),
        (json!({"type": "a b"}), "a name may hold only"),
        (json!({"type": 5}), "expected a text"),
        (json!({"type": {"path": ""}}), "a path must not be empty"),
        (json!({"type": {"path": long}}), "at most 256 bytes"),
        (json!({"type": {"path": "items[].sku"}}), "does not lead to one value"),
        (json!({"type": {"path": "$member.team"}}), "does not lead to one value"),
        (json!({"type": {"body": "a"}}), "unknown variant `body`"),
        (json!({"type": {"header": "a b"}}), "is no name of a header"),
        (json!({"type": "t", "id": "literal"}), "unknown variant `literal`"),
        (json!({"type": "t", "occurred_at": {"path": "a", "format": "unix"}}), "unknown variant `unix`"),
        (json!({"type": "t", "fields": {}}), "1 to 50 fields"),
        (json!({"type": "t", "fields": many}), "1 to 50 fields"),
        (json!({"type": "t", "fields": {"a.b": "a"}}), "1 to 64 of"),
        (json!({"type": "t", "fields": {"a": 5}}), "a path, or"),
        (json!({"type": "t", "where": {"in": ["a"]}}), "either a path or a header"),
        (
            json!({"type": "t", "where": {"path": "a", "header": "b", "in": ["a"]}}),
            "either a path or a header",
        ),
        (json!({"type": "t", "where": {"path": "a", "in": []}}), "1 to 100 values"),
    ] {
        let refused = match serde_json::from_value::<Mapping>(json.clone()) {
            Err(error) => error.to_string(),
            Ok(mapping) => mapping.checked().expect_err("a flaw").1.0,
        };
        assert!(refused.contains(told), "{json}: {refused}");
    }
}
