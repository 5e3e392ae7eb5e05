//! Every row of the contract answers as written, under every prefix.

mod rows;

use crate::support::assert_says;
use guerdon_testkit::{Client, Company, Server};
use reqwest::Method;
use rows::rows;
use serde_json::{Value, json};

fn caller<'a>(company: &'a Company, auditor: &'a Client, who: &str) -> &'a Client {
    match who {
        "platform" => &company.platform,
        "admin" => &company.admin,
        "manager" => &company.manager,
        "lead" => &company.lead,
        "employee" => &company.employee,
        _ => auditor,
    }
}

/// The same with `#` as the number of a prefix, and `@award` as a transaction that was made for it.
fn filled(value: &Value, number: usize, award: &str) -> Value {
    let text = value.to_string().replace('#', &number.to_string()).replace("@award", award);
    serde_json::from_str(&text).expect("json")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_contract_answers_under_every_prefix() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(10_000).await;
        let auditor = acme.caller(json!({"name": "audit", "role": "auditor"})).await;
        for (number, prefix) in ["/api/v1", "/api", "/v1", ""].iter().enumerate() {
            let award = acme
                .manager
                .post("/api/v1/points/award-to-user", json!({"user_id": "emp-8", "amount": 1}))
                .await;
            let award = award.created()["transaction"]["id"].as_str().expect("id").to_owned();
            for (who, method, path, body, status, wanted) in rows() {
                if prefix.is_empty() && !path.starts_with("/points/") {
                    continue;
                }
                let path = format!("{prefix}{}", path.replace('#', &number.to_string()));
                let client = caller(&acme, &auditor, who);
                let body = filled(&body, number, &award);
                let answer = match method {
                    "GET" => client.get(&path).await,
                    "PATCH" => client.patch(&path, body).await,
                    _ => client.post(&path, body).await,
                };
                let told = format!("{method} {path} on {:?}: {}", server.engine, answer.text);
                assert_eq!(answer.status.as_u16(), status, "{told}");
                assert_says(&answer.body, &filled(&wanted, number, &award), &told);
            }
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_shown_once_rotate_and_end() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let made = acme
            .admin
            .post("/api/v1/api-keys", json!({"name": "k", "role": "manager", "member_id": "mgr-1"}))
            .await
            .created();
        let (id, key) = (made["id"].as_str().expect("id"), made["key"].as_str().expect("key"));
        let first = server.client(key);
        first.get("/api/v1/allocations/pool").await.ok();
        let listed = acme.admin.get("/api/v1/api-keys").await.ok();
        assert!(!listed.to_string().contains(key), "a list never shows a key");
        assert_eq!(listed["data"][0]["id"], made["id"], "newest first");

        let rotated =
            acme.admin.send(Method::POST, &format!("/api/v1/api-keys/{id}/rotate"), &[], None).await.ok();
        first.get("/api/v1/allocations/pool").await.problem(401, "unauthorized");
        let second = server.client(rotated["key"].as_str().expect("key"));
        second.get("/api/v1/allocations/pool").await.ok();

        acme.admin.delete(&format!("/api/v1/api-keys/{id}")).await.expect(204);
        second.get("/api/v1/allocations/pool").await.problem(401, "unauthorized");
        acme.admin.delete(&format!("/api/v1/api-keys/{id}")).await.problem(409, "api_key_revoked");
        assert_eq!(acme.admin.get("/api/v1/api-keys").await.ok()["data"][0]["status"], "revoked");

        let body = json!({"name": "brief", "role": "auditor", "expires_at": "2026-01-05T10:00:00Z"});
        let brief = acme.caller(body).await;
        brief.get("/api/v1/allocations/pool").await.ok();
        server.move_clock_to("2026-01-05T10:00:00Z");
        let told = brief.get("/api/v1/allocations/pool").await.problem(401, "unauthorized");
        assert_eq!(told["detail"], "the credential has expired");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_is_ready_low_or_empty() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let status = async |wanted: &str, available: i64| {
            let pool = acme.manager.get("/api/v1/allocations/pool").await.ok();
            assert_eq!((&pool["status"], &pool["available"]), (&json!(wanted), &json!(available)), "{pool}");
        };
        status("empty", 0).await;
        acme.allocate(1_000).await;
        status("ready", 1_000).await;
        acme.manager
            .post("/api/v1/allocations/award-points", json!({"user_id": "emp-7", "amount": 901}))
            .await
            .created();
        status("low", 99).await;
        acme.admin.patch("/api/v1/tenants/acme", json!({"settings": {"low_balance": 99}})).await.ok();
        status("ready", 99).await;
        acme.manager
            .post("/api/v1/ledger/holds", json!({"account": "pool", "reference": "h", "amount": 99}))
            .await
            .created();
        status("empty", 0).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_made_for_another_version_is_refused() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (client, path) in [(&acme.admin, "/api/v1/members/emp-7"), (&acme.admin, "/api/v1/tenants/acme")]
        {
            let read = client.get(path).await;
            let etag = read.header("etag").to_owned();
            assert_eq!(etag, format!("\"v{}\"", read.body["version"]));
            let change = async |tag: &str| {
                client
                    .send(Method::PATCH, path, &[("if-match", tag)], Some(json!({"name": "N"}).to_string()))
                    .await
            };
            let changed = change(&etag).await;
            assert_eq!(changed.header("etag"), format!("\"v{}\"", changed.body["version"]));
            changed.ok();
            let stale = change(&etag).await.problem(412, "version_mismatch");
            assert_eq!((&stale["expected"], &stale["found"]), (&json!(1), &json!(2)));
            change("*").await.ok();
            let bad = change("3").await.problem(400, "invalid_request");
            assert_eq!(bad["errors"][0]["pointer"], "If-Match");
        }
        server.stop().await;
    }
}
