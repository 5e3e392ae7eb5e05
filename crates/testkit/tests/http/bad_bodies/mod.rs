//! Bad bodies: each is told of with the field and the fix, and changes nothing.

mod table;

use crate::support::{assert_says, company_with_points};
use guerdon_testkit::{Answer, Client, Company, Server};
use reqwest::Method;
use serde_json::{Map, Value, json};
use table::{Call, calls};

const AWARD: &str = "/api/v1/allocations/award-points";
const TRANSACT: &str = "/api/v1/ledger/transactions";
const HUGE: i64 = 9_007_199_254_740_991;

fn client<'a>(acme: &'a Company, who: &str) -> &'a Client {
    match who {
        "platform" => &acme.platform,
        "admin" => &acme.admin,
        _ => &acme.manager,
    }
}

#[track_caller]
fn assert_told(answer: Answer, pointer: &str, code: &str, told: &str) {
    let problem = answer.problem(400, "invalid_request");
    assert_says(&problem["errors"], &json!([{"pointer": pointer, "code": code}]), told);
    let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
    assert!(!detail.is_empty() && detail.chars().count() <= 501, "{told}: {problem}");
    assert!(!detail.contains("struct ") && !detail.contains("i64"), "{told}: no names of Rust's: {detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_that_is_bad_is_told_with_its_place() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let head = acme.head().await;
        for Call { who, path, good, spoiled } in calls() {
            let client = client(&acme, who);
            for (field, value, code, pointer) in spoiled {
                let mut body = good.clone();
                body[field] = value;
                let text = body.to_string();
                let told = format!("{path} {}", &text[..text.len().min(300)]);
                assert_told(client.post(path, body).await, pointer, code, &told);
            }
            let mut more = good.clone();
            more["surprise"] = json!(1);
            assert_told(client.post(path, more).await, "/surprise", "unknown_field", path);
            let required: Vec<String> = good.as_object().expect("object").keys().cloned().collect();
            for field in required {
                let mut less = good.clone();
                less.as_object_mut().expect("object").remove(&field);
                let answer = client.post(path, less).await;
                if !matches!(field.as_str(), "id" | "reason" | "scopes") {
                    assert_told(answer, &format!("/{field}"), "missing_field", path);
                }
            }
        }
        // What was left out of these was not required after all.
        let journal = acme.platform.get("/api/v1/ledger/transactions?limit=2").await.ok();
        let kinds = [&journal["data"][0]["kind"], &journal["data"][1]["kind"]];
        assert_eq!((acme.head().await, kinds), (head + 2, [&json!("award"), &json!("member.create")]));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_object_is_told_as_such() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let head = acme.head().await;
        let fields = |body: &Value| body.as_object().cloned().unwrap_or_else(Map::new);
        for Call { who, path, good, .. } in calls() {
            let client = client(&acme, who);
            let send = async |body: &[u8]| {
                let headers = [("idempotency-key", "k"), ("content-type", "application/json")];
                client.send_bytes(Method::POST, path, &headers, Some(body.to_vec())).await
            };
            let values: Vec<Value> = fields(&good).into_values().collect();
            for body in [json!(values), json!([]), json!("x"), json!(5), Value::Null, json!(true)] {
                assert_told(
                    send(body.to_string().as_bytes()).await,
                    "",
                    "wrong_type",
                    &format!("{path} {body}"),
                );
            }
            let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
            let nested = format!("{{\"metadata\":{{\"a\":{deep}}}}}");
            for body in [
                &b"{"[..],
                b"nonsense",
                b"{\"a\":1}}",
                b"{'a':1}",
                b"{\"a\":01}",
                b"{\"a\":NaN}",
                b"\xff\xfe{}",
                b"{\"reason\":\"\xff\"}",
                b"{\"a\":\"\x01\"}",
                b"{\"a\":1,}",
                b"\xef\xbb\xbf{}",
                nested.as_bytes(),
            ] {
                let told = send(body).await;
                let code = told.body["code"].as_str().unwrap_or_default().to_owned();
                assert_eq!(told.status, 400, "{path} {}: {}", String::from_utf8_lossy(body), told.text);
                assert!(code == "malformed_json" || code == "invalid_request", "{path}: {}", told.text);
            }
        }
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_numbers_and_texts_are_taken_and_no_sum_wraps() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(HUGE).await;
        let more = acme
            .platform
            .post("/api/v1/platform/allocations/allocate", json!({"tenant_id": "acme", "amount": 1}))
            .await;
        let told = more.problem(422, "balance_overflow");
        assert_eq!(told["limit"], HUGE);
        let longest = json!({"user_id": "m".repeat(128), "amount_cents": HUGE, "reason": "é".repeat(2_000),
            "metadata": {"a": "x".repeat(8_184)}});
        acme.manager.post("/api/v1/ledger/credit", longest.clone()).await.created();
        acme.manager.post("/api/v1/ledger/credit", longest).await.problem(422, "balance_overflow");
        let postings = json!([
            {"from": "funding:a", "to": "cash", "asset": "EUR", "amount": HUGE},
            {"from": "funding:a", "to": "cash", "asset": "EUR", "amount": HUGE},
        ]);
        acme.manager.post(TRANSACT, json!({"postings": postings})).await.problem(422, "balance_overflow");
        let many: Vec<_> = (0..1_000)
            .map(|n| json!({"from": "pool", "to": format!("wallet:m{n}"), "asset": "PTS", "amount": 1}))
            .collect();
        acme.manager.post(TRANSACT, json!({"postings": many})).await.created();
        let stats = acme.platform.get("/api/v1/platform/allocations/stats/acme").await.ok();
        assert_says(&stats, &json!({"allocated": HUGE, "wallets": 1_000, "balanced": true}), "");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_says_nothing_or_nonsense_is_refused() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let head = acme.head().await;
        for (path, cases) in [
            (
                "/api/v1/members/emp-7",
                vec![
                    (json!({}), "", "missing_field"),
                    (json!({"name": null}), "", "missing_field"),
                    (json!({"id": "x"}), "/id", "unknown_field"),
                    (json!({"name": ""}), "/name", "invalid_value"),
                    (json!({"email": "x"}), "/email", "invalid_value"),
                    (json!({"status": "gone"}), "/status", "invalid_value"),
                    (json!({"team": 5}), "/team", "wrong_type"),
                ],
            ),
            (
                "/api/v1/tenants/acme",
                vec![
                    (json!({}), "", "missing_field"),
                    (json!({"slug": "x"}), "/slug", "unknown_field"),
                    (json!({"time_zone": ""}), "/time_zone", "invalid_value"),
                    (json!({"settings": {"x": 1}}), "/settings/x", "unknown_field"),
                ],
            ),
        ] {
            for (body, pointer, code) in cases {
                let told = format!("{path} {body}");
                assert_told(acme.admin.patch(path, body).await, pointer, code, &told);
            }
            let empty = acme.admin.send(Method::PATCH, path, &[], None).await;
            assert_told(empty, "", "missing_field", path);
        }
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}
