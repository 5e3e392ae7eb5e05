//! Rules at random: such as are right, and such as something was done to.

use crate::events::{NAMES, TYPES, scalar};
use proptest::prelude::*;
use serde_json::{Value, json};

fn path() -> BoxedStrategy<String> {
    let part =
        (prop::sample::select(NAMES.to_vec()), prop::sample::select(vec!["", "", "", "[0]", "[]", "[][]"]));
    let path = prop::collection::vec(part, 1..4).prop_map(|parts| {
        parts.iter().map(|(name, index)| format!("{name}{index}")).collect::<Vec<_>>().join(".")
    });
    let known = prop::sample::select(vec!["$member.team", "$member.attributes.total", "$referral.status"]);
    prop_oneof![6 => path, 1 => known.prop_map(str::to_owned)].boxed()
}

/// A path to one value of the event.
fn plain_path() -> BoxedStrategy<String> {
    prop::collection::vec(prop::sample::select(NAMES.to_vec()), 1..3)
        .prop_map(|parts| parts.join("."))
        .boxed()
}

fn other() -> BoxedStrategy<Value> {
    plain_path().prop_map(|path| json!({"field": path})).boxed()
}

fn test(path: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    let number = prop_oneof![(-3i64..10).prop_map(Value::from), any::<f64>().prop_map(Value::from)];
    let text = prop::sample::select(vec!["a", "b", "", "nn"]).prop_map(Value::from);
    let day =
        prop::sample::select(vec!["2026-06-15T12:00:00Z", "2020-01-01T00:00:00Z"]).prop_map(Value::from);
    let of = |names: &'static [&'static str], value: BoxedStrategy<Value>| {
        (prop::sample::select(names.to_vec()), value).boxed()
    };
    let with_value = prop_oneof![
        of(&["==", "!=", "contains", "not_contains"], prop_oneof![3 => scalar(), 1 => other()].boxed()),
        of(&["==", "in"], Just(json!("purchase")).boxed()).prop_map(|(operator, value)| match operator {
            "in" => ("in", json!([value, "login", 5])),
            operator => (operator, value),
        }),
        of(&[">", ">=", "<", "<="], prop_oneof![3 => number, 1 => other()].boxed()),
        of(&["in", "not_in"], prop::collection::vec(scalar(), 1..12).prop_map(Value::from).boxed()),
        of(&["starts_with", "ends_with"], prop_oneof![3 => text, 1 => other()].boxed()),
        of(
            &["matches"],
            prop::sample::select(vec!["^a+b?$", "", "(a|b)*c", "\\d"]).prop_map(Value::from).boxed()
        ),
        of(&["exists"], any::<bool>().prop_map(Value::from).boxed()),
        of(&["between"], (-5i64..5, 5i64..10).prop_map(|(low, high)| json!([low, high])).boxed()),
        of(&["before", "after"], prop_oneof![3 => day, 1 => other()].boxed()),
    ];
    (path, with_value)
        .prop_map(|(path, (operator, value))| json!({"field": path, "operator": operator, "value": value}))
        .boxed()
}

fn fact() -> BoxedStrategy<Value> {
    let windows = ["PT1H", "P1D", "P30D", "P1M", "P1Y", "hour", "day", "week", "month", "quarter", "year"];
    let bound = prop_oneof![
        (prop::sample::select(vec!["==", "!=", ">", ">=", "<", "<="]), 0i64..6)
            .prop_map(|(operator, value)| json!({"operator": operator, "value": value})),
        (0i64..3, 3i64..9).prop_map(|(low, high)| json!({"operator": "between", "value": [low, high]})),
    ];
    let kind = prop::sample::select(vec!["count", "sum", "distinct", "streak"]);
    let parts = (
        kind,
        prop::sample::select(TYPES.to_vec()),
        plain_path(),
        prop::option::of(prop::sample::select(windows.to_vec())),
        prop::option::of(prop::collection::vec(test(plain_path()), 0..3)),
        bound,
        prop::option::of(1i64..4),
    );
    parts
        .prop_map(|(kind, event, path, window, tests, bound, every)| {
            let mut fact = json!({kind: event, "by": "user_id"});
            if kind == "streak" {
                fact["unit"] = json!("week");
            } else {
                fact["window"] = window.into();
            }
            if matches!(kind, "sum" | "distinct") {
                fact["of"] = path.clone().into();
            }
            if path.len() % 2 == 0 {
                fact["for"] = path.into();
            }
            if let Some(tests) = tests {
                fact["where"] = tests.into();
            }
            match every {
                Some(every) if matches!(kind, "count" | "distinct") => fact["every"] = every.into(),
                _ => {
                    fact["operator"] = bound["operator"].clone();
                    fact["value"] = bound["value"].clone();
                }
            }
            fact
        })
        .boxed()
}

fn condition() -> BoxedStrategy<Value> {
    prop_oneof![5 => test(path()), 1 => fact()]
        .prop_recursive(3, 12, 3, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..3);
            prop_oneof![
                list.clone().prop_map(|list| json!({"all": list})),
                list.prop_map(|list| json!({"any": list})),
                inner.prop_map(|inner| json!({"not": inner})),
            ]
        })
        .boxed()
}

fn action() -> BoxedStrategy<Value> {
    let expressions = [
        "total / 20",
        "event.total * 0.05",
        "sum(items.map(i, i.total * 2))",
        "items.exists(i, i.plan == 'a') ? 5 : total",
        "max(1, min(total, size(note)))",
        "member.attributes.total + 1",
        "-total % 7",
    ];
    let units = prop_oneof![
        (1i64..1_000).prop_map(Value::from),
        prop::sample::select(expressions.to_vec()).prop_map(|expression| json!({"expr": expression})),
    ];
    let user = prop_oneof![
        prop::sample::select(vec!["user_id", "items.0", "emp-7", "$member.id", "$referral.referrer_id"])
            .prop_map(Value::from),
        plain_path().prop_map(|path| json!({"path": path})),
    ];
    prop_oneof![
        (user.clone(), units.clone())
            .prop_map(|(user, units)| json!({"type": "credit", "user": user, "amount": units})),
        (user.clone(), units)
            .prop_map(|(user, units)| json!({"type": "debit", "user": user, "points": units})),
        (user, scalar()).prop_map(
            |(user, value)| json!({"type": "set_attribute", "user": user, "name": "n", "value": value})
        ),
        Just(json!({"type": "notify", "message": "m"})),
    ]
    .boxed()
}

/// A rule that is right.
pub fn rule() -> BoxedStrategy<Value> {
    let events = prop_oneof![
        Just(Value::Null),
        prop::sample::select(TYPES.to_vec()).prop_map(Value::from),
        Just(json!(["purchase", "login"])),
    ];
    let parts = (
        events,
        any::<bool>(),
        prop::collection::vec(condition(), 0..4),
        prop::collection::vec(action(), 1..3),
        -3i64..3,
    );
    parts
        .prop_map(|(event, or, conditions, actions, priority)| {
            json!({"name": "r", "event": event, "logic": if or { "OR" } else { "AND" }, "conditions": conditions,
                "actions": actions, "priority": priority})
        })
        .boxed()
}

/// A rule in which something was put somewhere: a word, a number, a list, another part of it.
pub fn mutilated() -> BoxedStrategy<Value> {
    let put = prop_oneof![
        scalar(),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"all": [{"not": {}}]})),
        Just(json!({"field": "a", "operator": "==", "value": 1})),
        rule(),
    ];
    (rule(), any::<prop::sample::Index>(), put, 0u8..3)
        .prop_map(|(mut rule, place, put, how)| {
            let places = places(&rule, String::new());
            let at = place.get(&places).clone();
            match (rule.pointer_mut(&at), how) {
                (Some(Value::Object(map)), 0) => drop(map.insert("value".to_owned(), put)),
                (Some(Value::Object(map)), 1) => {
                    drop(map.keys().next().cloned().map(|name| map.remove(&name)))
                }
                (Some(there), _) => *there = put,
                (None, _) => {}
            }
            rule
        })
        .boxed()
}

/// The pointers of everything in a document.
fn places(value: &Value, at: String) -> Vec<String> {
    let inner: Vec<String> = match value {
        Value::Object(map) => {
            map.iter().flat_map(|(name, value)| places(value, format!("{at}/{name}"))).collect()
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .flat_map(|(index, value)| places(value, format!("{at}/{index}")))
            .collect(),
        _ => Vec::new(),
    };
    [vec![at], inner].concat()
}
