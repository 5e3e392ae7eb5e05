//! Webhooks that come in: a signed delivery becomes an event, once; anything else becomes nothing.

use crate::support::assert_says;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use guerdon_http::Options;
use guerdon_store::driver::Mode;
use guerdon_store::read;
use guerdon_testkit::{Answer, Client, Company, Engine as Database, Server};
use reqwest::Method;
use serde_json::{Value, json};

const SOURCES: &str = "/api/v1/hook-sources";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn hmac_of(key: &[u8], signed: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes()).as_ref().to_vec()
}

/// A source, as whoever sends its webhooks knows it.
struct Sender {
    client: Client,
    url: String,
    secret: String,
}

impl Sender {
    /// Makes a source of Standard Webhooks.
    async fn new(acme: &Company, id: &str) -> Self {
        let event =
            json!({"type": {"path": "type"}, "fields": {"user_id": "data.user", "total": "data.total"}});
        let body = json!({"id": id, "name": "Shop", "scheme": "standard_webhooks", "secret": SECRET, "event": event});
        Self::of(acme, &acme.admin.post(SOURCES, body).await.created())
    }

    fn of(acme: &Company, made: &Value) -> Self {
        let text = |name: &str| made[name].as_str().expect(name).to_owned();
        Self { client: acme.admin.without_key(), url: text("url"), secret: text("secret") }
    }

    /// Sends a body as Standard Webhooks has it, signed at an instant in seconds since 1970.
    async fn send(&self, id: &str, at: i64, body: &str) -> Answer {
        let key = BASE64_STANDARD.decode(self.secret.trim_start_matches("whsec_")).expect("a secret");
        let signature = BASE64_STANDARD.encode(hmac_of(&key, &format!("{id}.{at}.{body}")));
        self.send_signed(id, at, &format!("v1,{signature}"), body).await
    }

    async fn send_signed(&self, id: &str, at: i64, signature: &str, body: &str) -> Answer {
        let at = at.to_string();
        let headers =
            [("webhook-id", id), ("webhook-timestamp", at.as_str()), ("webhook-signature", signature)];
        self.client.send(Method::POST, &self.url, &headers, Some(body.to_owned())).await
    }
}

fn now(server: &Server) -> i64 {
    server.journal.clock().now().as_second()
}

fn order(total: i64) -> String {
    json!({"type": "order.completed", "data": {"user": "emp-7", "total": total}}).to_string()
}

/// The events that were recorded, newest first.
async fn events(acme: &Company) -> Vec<Value> {
    let page = acme.manager.get("/api/v1/ledger/transactions?limit=200&kind=event").await.ok();
    page["data"].as_array().expect("a page").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_delivery_becomes_an_event_once() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let shop = Sender::new(&acme, "shop").await;
        let first = shop.send("msg_1", now(&server), &order(2_000)).await.created();
        assert_eq!(first, json!({"status": "recorded", "event_id": "shop:msg_1"}));
        server.move_clock_to("2026-01-05T09:04:00Z");
        // Signed anew, as senders do when they try again.
        let again = shop.send("msg_1", now(&server), &order(2_000)).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.ok(), first);
        shop.send("msg_2", now(&server), &order(2_000)).await.created();
        // Another source may have the same ids.
        let other = Sender::new(&acme, "other").await;
        other.send("msg_1", now(&server), &order(1)).await.created();
        let ids: Vec<Value> = events(&acme).await.iter().map(|event| event["reference"].clone()).collect();
        assert_eq!(ids, ["other:msg_1", "shop:msg_2", "shop:msg_1"]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_well_is_refused_alike_and_becomes_nothing() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let globex = server.company("globex").await;
        let (shop, theirs) = (Sender::new(&acme, "shop").await, Sender::new(&globex, "shop").await);
        let now = now(&server);
        let body = order(2_000);
        let stranger =
            Sender { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned(), ..at(&acme, &shop.url) };
        let nobody = at(&acme, &shop.url.replace("_shop", "_nobody"));
        let no_tenant = at(&acme, "/api/v1/hooks/hk_0193a000000070008000000000000000_shop");
        let nonsense = at(&acme, "/api/v1/hooks/shop");
        let platform = at(&acme, "/api/v1/hooks/-");
        // The same id in another company, which has another secret.
        let secret = json!({"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "overlap_seconds": 0});
        globex.admin.post(&format!("{SOURCES}/shop/rotate"), secret).await.ok();
        let mut told = Vec::new();
        for answer in [
            stranger.send("msg_1", now, &body).await,
            shop.send("msg_1", now - 301, &body).await,
            shop.send("msg_1", now + 301, &body).await,
            shop.send_signed("msg_1", now, "v1,AAAA", &body).await,
            shop.send_signed("msg_1", now, "", &body).await,
            nobody.send("msg_1", now, &body).await,
            no_tenant.send("msg_1", now, &body).await,
            nonsense.send("msg_1", now, &body).await,
            platform.send("msg_1", now, &body).await,
            theirs.send("msg_1", now, &body).await,
            acme.admin.post(&shop.url, json!({"type": "order.completed"})).await,
        ] {
            let problem = answer.problem(401, "unauthorized");
            told.push(problem["detail"].clone());
        }
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
        assert!(events(&acme).await.is_empty() && events(&globex).await.is_empty());
        // The same shop, well signed.
        shop.send("msg_1", now - 300, &body).await.created();
        server.stop().await;
    }
}

/// The sender of a source at an address, with the usual secret.
fn at(acme: &Company, url: &str) -> Sender {
    Sender { client: acme.admin.without_key(), url: url.to_owned(), secret: SECRET.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_never_enters_the_journal_in_the_clear() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let event = json!({"type": "order.completed"});
        let body = json!({"name": "Shop", "scheme": "hmac", "header": "X-Signature", "event": event});
        let key = "the-key";
        let made = acme.admin.post_with_key(SOURCES, key, body.clone()).await.created();
        let made_secret = made["secret"].as_str().expect("a secret was made").to_owned();
        let replayed = acme.admin.post_with_key(SOURCES, key, body).await.ok();
        assert!(replayed["secret"].is_null() && replayed["id"] == made["id"], "{replayed}");
        let id = made["id"].as_str().expect("id");
        let given = "a secret of the sender's own";
        let body = json!({"secret": given});
        let rotated = acme.admin.post(&format!("{SOURCES}/{id}/rotate"), body).await.ok();
        assert_eq!((&rotated["secret"], &rotated["version"]), (&json!(given), &json!(2)));
        let mut shown = vec![
            acme.admin.get(SOURCES).await.text,
            acme.admin.get(&format!("{SOURCES}/{id}")).await.text,
            acme.admin.get("/api/v1/audit?limit=200").await.text,
            acme.manager.get("/api/v1/ledger/transactions?limit=200").await.text,
        ];
        let tenant = acme.id.parse().expect("an id");
        let mut tx = server.database.begin(tenant, Mode::Read).await.expect("a read");
        shown.push(format!("{:?}", read::transactions_after(&mut tx, 0, 1_000).await.expect("rows")));
        drop(tx);
        for text in shown {
            assert!(!text.contains(&made_secret) && !text.contains(given), "{text}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_secrets_are_good_at_once_for_as_long_as_was_said() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let old = Sender::new(&acme, "shop").await;
        let rotate = format!("{SOURCES}/shop/rotate");
        let made = acme.admin.post(&rotate, json!({"overlap_seconds": 3_600})).await.ok();
        let new = Sender::of(&acme, &made);
        assert_says(&made["secrets"], &json!([{"ends_at": null}, {"ends_at": "2026-01-05T10:00:00Z"}]), "");
        old.send("msg_1", now(&server), &order(1)).await.created();
        new.send("msg_2", now(&server), &order(1)).await.created();
        server.move_clock_to("2026-01-05T10:00:00Z");
        old.send("msg_3", now(&server), &order(1)).await.problem(401, "unauthorized");
        new.send("msg_3", now(&server), &order(1)).await.created();
        // A third: the second stays for a while, the first is gone.
        let newest = Sender::of(&acme, &acme.admin.post(&rotate, json!({})).await.ok());
        let ended = acme.admin.post(&rotate, json!({"overlap_seconds": 0})).await.ok();
        assert_eq!(ended["secrets"].as_array().map(Vec::len), Some(1), "{ended}");
        for sender in [&old, &new, &newest] {
            sender.send("msg_4", now(&server), &order(1)).await.problem(401, "unauthorized");
        }
        Sender::of(&acme, &ended).send("msg_4", now(&server), &order(1)).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_and_github_are_taken_as_they_sign() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let event = json!({"type": "order.completed", "occurred_at": {"path": "created", "format": "unix_s"},
            "fields": {"user_id": "data.object.metadata.user_id", "total": "data.object.amount_total"},
            "where": {"path": "type", "in": ["checkout.session.completed"]}});
        let body = json!({"id": "stripe", "name": "Stripe", "scheme": "stripe", "event": event});
        let stripe = Sender::of(&acme, &acme.admin.post(SOURCES, body).await.created());
        let send = async |id: &str, kind: &str| {
            let (at, paid) = (now(&server), json!({"amount_total": 2_000, "metadata": {"user_id": "emp-7"}}));
            let body =
                json!({"id": id, "type": kind, "created": at - 60, "data": {"object": paid}}).to_string();
            let signature = hex::encode(hmac_of(stripe.secret.as_bytes(), &format!("{at}.{body}")));
            let header = format!("t={at},v1={signature}");
            stripe.client.send(Method::POST, &stripe.url, &[("stripe-signature", &header)], Some(body)).await
        };
        let recorded = send("evt_1", "checkout.session.completed").await.created();
        assert_eq!(recorded["event_id"], "stripe:evt_1");
        let ignored = send("evt_2", "customer.created").await.ok();
        assert_eq!(ignored, json!({"status": "ignored", "event_id": null}));
        let recorded = events(&acme).await;
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0]["effective_at"], "2026-01-05T08:59:00Z");

        let body = json!({"id": "github", "name": "GitHub", "scheme": "hmac", "header": "X-Hub-Signature-256",
            "prefix": "sha256=", "secret": "It's a Secret to Everybody",
            "event": {"type": {"header": "X-GitHub-Event"}, "id": {"header": "X-GitHub-Delivery"}}});
        let github = Sender::of(&acme, &acme.admin.post(SOURCES, body).await.created());
        let body = json!({"action": "opened"}).to_string();
        let signature = format!("sha256={}", hex::encode(hmac_of(github.secret.as_bytes(), &body)));
        let headers = [("x-hub-signature-256", signature.as_str()), ("x-github-event", "issues")];
        let missing = github.client.send(Method::POST, &github.url, &headers, Some(body.clone())).await;
        assert_eq!(missing.problem(422, "unmappable_payload")["path"], "header x-github-delivery");
        let headers = [headers[0], headers[1], ("x-github-delivery", "72d3162e-cc78")];
        let taken = github.client.send(Method::POST, &github.url, &headers, Some(body)).await.created();
        assert_eq!(taken["event_id"], "github:72d3162e-cc78");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_told_to_whoever_signed_it() {
    for engine in [Database::Sqlite, Database::Postgres] {
        let options = Options { body_limit: 2_000, ..Server::options() };
        let server = Server::start_with(engine, options).await;
        let acme = server.company("acme").await;
        let shop = Sender::new(&acme, "shop").await;
        let now = now(&server);
        let unmappable = shop.send("m", now, r#"{"type":"order.completed","data":{"user":"emp-7"}}"#).await;
        assert_eq!(unmappable.problem(422, "unmappable_payload")["path"], "data.total");
        for body in ["", "nonsense", "[]", "\"\u{0}\""] {
            let told = shop.send("m", now, body).await.problem(422, "unmappable_payload");
            assert!(["body", "type"].contains(&told["path"].as_str().unwrap_or_default()), "{told}");
        }
        let long = json!({"type": "t", "pad": "x".repeat(3_000)}).to_string();
        let told = shop.send("m", now, &long).await.problem(413, "body_too_large");
        assert_eq!(told["limit"], 2_000);
        let unknown = at(&acme, "/api/v1/hooks/nobody");
        unknown.send("m", now, &long).await.problem(413, "body_too_large");
        acme.platform.post("/api/v1/tenants/acme/suspend", json!({})).await.ok();
        shop.send("m", now, &order(1)).await.problem(422, "tenant_suspended");
        acme.platform.post("/api/v1/tenants/acme/resume", json!({})).await.ok();
        shop.send("m", now, &order(1)).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_changed_by_whoever_has_read_it_and_removed() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let shop = Sender::new(&acme, "shop").await;
        let path = format!("{SOURCES}/shop");
        let put = async |tag: Option<&str>, body: &Value| {
            let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
            acme.admin.send(Method::PUT, &path, &headers, Some(body.to_string())).await
        };
        let new = json!({"name": "Shop 2", "scheme": "standard_webhooks", "tolerance_seconds": 10,
            "event": {"type": "sold"}});
        put(None, &new).await.problem(428, "precondition_required");
        let changed = put(Some("\"v1\""), &new).await;
        assert_eq!(changed.header("etag"), "\"v2\"");
        assert_says(&changed.ok(), &json!({"name": "Shop 2", "tolerance_seconds": 10, "version": 2}), "");
        put(Some("\"v1\""), &new).await.problem(412, "version_mismatch");
        let mut other = new.clone();
        other["scheme"] = json!("stripe");
        put(Some("*"), &other).await.problem(422, "hook_scheme_fixed");
        for (field, value) in [("secret", json!(SECRET)), ("id", json!("other")), ("header", json!("X"))] {
            let mut body = new.clone();
            body[field] = value;
            let told = put(Some("*"), &body).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], format!("/{field}"), "{told}");
        }
        assert_eq!(acme.admin.get(&path).await.header("etag"), "\"v2\"");
        shop.send("msg_1", now(&server) - 10, &order(1)).await.created();
        shop.send("msg_2", now(&server) - 11, &order(1)).await.problem(401, "unauthorized");

        let taken = json!({"id": "shop", "name": "Shop", "scheme": "stripe", "event": {"type": "t"}});
        acme.admin.post(SOURCES, taken.clone()).await.problem(409, "hook_source_exists");
        acme.admin
            .send(Method::DELETE, &path, &[("if-match", "\"v1\"")], None)
            .await
            .problem(412, "version_mismatch");
        acme.admin.delete(&path).await.expect(204);
        acme.admin.delete(&path).await.problem(404, "hook_source_not_found");
        acme.admin.get(&path).await.problem(404, "hook_source_not_found");
        shop.send("msg_2", now(&server), &order(1)).await.problem(401, "unauthorized");
        assert_eq!(acme.admin.get(SOURCES).await.ok()["data"], json!([]));
        let made = acme.admin.post(SOURCES, taken).await.created();
        assert_eq!(made["version"], 4, "versions go on");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_be_is_told_with_the_place_and_the_fix() {
    let server = Server::start(Database::Sqlite).await;
    let acme = server.company("acme").await;
    let good = json!({"name": "Shop", "scheme": "hmac", "header": "X-Signature", "event": {"type": "t"}});
    for (field, value, pointer, code) in [
        ("scheme", json!("rsa"), "/scheme", "invalid_value"),
        ("header", Value::Null, "/header", "missing_field"),
        ("header", json!("a b"), "/header", "invalid_value"),
        ("prefix", json!("x".repeat(21)), "/prefix", "invalid_value"),
        ("algorithm", json!("md5"), "/algorithm", "invalid_value"),
        ("encoding", json!("base32"), "/encoding", "invalid_value"),
        ("tolerance_seconds", json!(300), "/tolerance_seconds", "invalid_value"),
        ("secret", json!("short"), "/secret", "invalid_value"),
        ("id", json!("x".repeat(41)), "/id", "invalid_value"),
        ("event", json!({"type": "a b"}), "/event/type", "invalid_value"),
        ("event", json!({"type": "t", "fields": {"a": "b..c"}}), "/event/fields/a", "invalid_value"),
        ("event", json!({"type": "t", "fields": {}}), "/event/fields", "invalid_value"),
        ("event", json!({"type": "t", "more": 1}), "/event/more", "unknown_field"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let told = acme.admin.post(SOURCES, body.clone()).await.problem(400, "invalid_request");
        assert_says(&told["errors"], &json!([{"pointer": pointer, "code": code}]), &body.to_string());
    }
    acme.admin.post(SOURCES, good).await.created();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_key_no_source_is_made() {
    for engine in [Database::Sqlite, Database::Postgres] {
        let server = Server::start_with(engine, Options::default()).await;
        let acme = server.company("acme").await;
        let body = json!({"name": "Shop", "scheme": "stripe", "event": {"type": "t"}});
        let told = acme.admin.post(SOURCES, body).await.problem(422, "secret_key_missing");
        assert!(told["detail"].as_str().is_some_and(|text| text.contains("GUERDON_SECRET_KEY")), "{told}");
        at(&acme, "/api/v1/hooks/nobody").send("m", now(&server), "{}").await.problem(401, "unauthorized");
        server.stop().await;
    }
}
