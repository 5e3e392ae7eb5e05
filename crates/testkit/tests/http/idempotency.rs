//! A call that moves value happens once, however often it is sent.

use crate::support::{award, company_with_points, credit};
use guerdon_testkit::{Answer, Server};
use reqwest::Method;
use serde_json::{Value, json};

const AWARD: &str = "/api/v1/allocations/award-points";
const CREDIT: &str = "/api/v1/ledger/credit";

#[track_caller]
fn assert_replays(again: &Answer, first: &Answer) {
    assert_eq!((again.status.as_u16(), &again.text), (200, &first.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
}

/// Every call that moves value, and a body that it takes.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    let posting = json!({"from": "pool", "to": "wallet:emp-8", "asset": "PTS", "amount": 3});
    vec![
        ("platform", "/api/v1/platform/allocations/allocate", json!({"tenant_id": "acme", "amount": 3})),
        ("platform", "/api/v1/platform/allocations/clawback", json!({"tenant_id": "acme", "amount": 3})),
        ("platform", "/api/v1/points/allocate-to-tenant", json!({"tenant_id": "acme", "amount": 3})),
        ("platform", "/api/v1/points/clawback/acme", json!({"amount": 3})),
        ("manager", "/api/v1/allocations/distribute-to-lead", json!({"lead_id": "lead-1", "amount": 3})),
        ("manager", "/api/v1/allocations/distribute-to-department", json!({"department": "d", "amount": 3})),
        ("manager", "/api/v1/points/delegate-to-lead", json!({"lead_id": "lead-1", "amount": 3})),
        ("manager", AWARD, award("emp-8", 3)),
        ("manager", "/api/v1/points/award-to-user", award("emp-8", 3)),
        (
            "manager",
            CREDIT,
            json!({"user_id": "emp-8", "amount": 30, "metadata": {"rate": 0.1, "big": 123456789.12345678}}),
        ),
        ("manager", "/api/v1/ledger/debit", json!({"user_id": "emp-8", "amount": 3})),
        ("manager", "/api/v1/ledger/transactions", json!({"postings": [posting]})),
        (
            "manager",
            "/api/v1/ledger/transactions/bulk",
            json!([{"postings": [posting]}, {"postings": [posting]}]),
        ),
        (
            "manager",
            "/api/v1/ledger/transactions/bulk?atomic=true",
            json!([{"postings": [posting]}, {"postings": [posting]}]),
        ),
        ("manager", "/api/v1/ledger/holds", json!({"account": "pool", "reference": "h", "amount": 9})),
        (
            "manager",
            "/api/v1/ledger/holds/capture",
            json!({"account": "pool", "reference": "h", "to": "redeemed", "amount": 3}),
        ),
        (
            "manager",
            "/api/v1/ledger/holds/release",
            json!({"account": "pool", "reference": "h", "amount": 3}),
        ),
        ("manager", "/api/v1/ledger/reverse", json!({"entry_id": "txn_12"})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_that_moves_value_is_201_then_200_with_the_same_bytes_then_409_for_anything_else() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let posted = acme.manager.post(AWARD, award("emp-7", 1)).await.created();
        for (index, (who, path, mut body)) in calls().into_iter().enumerate() {
            let told = format!("{path} on {:?}", server.engine);
            let client = if who == "platform" { &acme.platform } else { &acme.manager };
            if path.ends_with("/reverse") {
                body["entry_id"] = posted["transaction"]["id"].clone();
            }
            let refused = client.post_without_key(path, body.clone()).await;
            refused.problem(400, "idempotency_key_required");
            let key = format!("key-{index}");
            let before = acme.head().await;
            let first = client.post_with_key(path, &key, body.clone()).await;
            assert_eq!(first.status, 201, "{told}: {}", first.text);
            let after = acme.head().await;
            assert!(after > before, "{told}");
            assert_replays(&client.post_with_key(path, &key, body.clone()).await, &first);

            let mut other = body.clone();
            let note = path.contains("lead") || path.contains("department");
            match other.as_array_mut() {
                Some(items) => items[1]["reason"] = json!("another"),
                None if path.contains("/allocat") && path.contains("tenant")
                    || path.ends_with("/allocate") =>
                {
                    other["reference"] = json!("another");
                }
                None => other[if note { "note" } else { "reason" }] = json!("another"),
            }
            let conflict = client.post_with_key(path, &key, other).await.problem(409, "idempotency_conflict");
            assert!(conflict["detail"].as_str().is_some_and(|d| d.contains(&key)), "{told}: {conflict}");
            let elsewhere =
                acme.manager.post_with_key("/api/v1/ledger/credit", &key, credit("emp-7", 77)).await;
            elsewhere.problem(409, "idempotency_conflict");
            assert_eq!(acme.head().await, after, "{told}: a replay or a conflict records nothing");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_at_once_with_one_key_record_once_and_answer_alike() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let before = acme.head().await;
        let calls = (0..100).map(|_| {
            let manager = acme.manager.clone();
            tokio::spawn(async move { manager.post_with_key(AWARD, "one-intent", award("emp-7", 10)).await })
        });
        let mut answers = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            answers.push(call.await.expect("an answer"));
        }
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        let replayed =
            answers.iter().filter(|a| a.status == 200 && a.header("idempotent-replayed") == "true").count();
        assert_eq!((created, replayed), (1, 99));
        assert!(answers.iter().all(|answer| answer.text == answers[0].text));
        assert_eq!(acme.head().await, before + 1);
        let pool = acme.manager.get("/api/v1/allocations/pool").await.ok();
        assert_eq!(pool["available"], 990);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_says_what_was_said_then_whatever_came_after() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let first = acme.manager.post_with_key(AWARD, "k", award("emp-7", 10)).await;
        acme.manager.post(AWARD, award("emp-7", 500)).await.created();
        acme.allocate(5).await;
        let reverse = json!({"entry_id": first.body["transaction"]["id"]});
        acme.manager.post("/api/v1/ledger/reverse", reverse).await.created();
        acme.admin.patch("/api/v1/members/emp-7", json!({"status": "inactive"})).await.ok();
        assert_replays(&acme.manager.post_with_key(AWARD, "k", award("emp-7", 10)).await, &first);
        acme.platform.post("/api/v1/tenants/acme/suspend", json!({})).await.ok();
        assert_replays(&acme.manager.post_with_key(AWARD, "k", award("emp-7", 10)).await, &first);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_may_be_repeated_with_its_key() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10).await;
        acme.manager.post_with_key(AWARD, "k", award("emp-7", 11)).await.problem(422, "insufficient_balance");
        acme.manager.post_with_key(AWARD, "k", award("nobody", 5)).await.problem(404, "member_not_found");
        acme.manager
            .post_with_key(AWARD, "k", json!({"user_id": "emp-7"}))
            .await
            .problem(400, "invalid_request");
        acme.allocate(1).await;
        acme.manager.post_with_key(AWARD, "k", award("emp-7", 11)).await.created();
        acme.manager.post_with_key(AWARD, "k", award("emp-7", 5)).await.problem(409, "idempotency_conflict");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_for_one_tenant_and_all_its_callers_and_doors() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 100).await;
        let globex = server.company("globex").await;
        globex.allocate(100).await;
        let first = acme.manager.post_with_key(AWARD, "k", award("emp-7", 10)).await;
        assert_eq!(first.status, 201);
        acme.manager.post_with_key("/api/allocations/award-points", "k", award("emp-7", 10)).await.ok();
        acme.admin.post_with_key("/v1/allocations/award-points", "k", award("emp-7", 10)).await.ok();
        acme.platform.post_with_key(AWARD, "k", award("emp-7", 10)).await.ok();
        let other_door =
            acme.manager.post_with_key("/api/v1/points/award-to-user", "k", award("emp-7", 10)).await;
        other_door.problem(409, "idempotency_conflict");
        globex.manager.post_with_key(AWARD, "k", award("emp-7", 10)).await.created();
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_visible_ascii_quoted_or_bare() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let send = async |keys: &[&str]| {
            let headers: Vec<_> = keys.iter().map(|key| ("idempotency-key", *key)).collect();
            acme.manager.send(Method::POST, CREDIT, &headers, Some(credit("emp-7", 1).to_string())).await
        };
        let first = send(&["\"abc-1\""]).await;
        assert_replays(&send(&["abc-1"]).await, &first);
        let longest = "k".repeat(255);
        send(&[&longest]).await.created();
        assert_eq!(send(&[&format!("\"{longest}\"")]).await.status, 200);
        let head = acme.head().await;
        let too_long = "k".repeat(256);
        for bad in
            [&[""][..], &["\"\""], &["a b"], &["a\tb"], &["kéy"], &[&too_long], &["a", "b"], &["a", "a"]]
        {
            let told = send(bad).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], "Idempotency-Key", "{bad:?}: {told}");
        }
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_changes_of_configuration_safe_to_repeat_too() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (client, path, body) in [
            (&acme.platform, "/api/v1/tenants", json!({"slug": "globex", "name": "Globex"})),
            (&acme.manager, "/api/v1/members", json!({"id": "x", "name": "X"})),
            (&acme.manager, "/api/v1/members", json!({"name": "Without an id"})),
            (&acme.admin, "/api/v1/assets", json!({"code": "MILES", "scale": 0})),
        ] {
            let key = format!("key of {path} {body}").replace(' ', "-").replace('"', "");
            let first = client.post_with_key(path, &key, body.clone()).await;
            assert_replays(&client.post_with_key(path, &key, body.clone()).await, &first);
        }
        let body = json!({"name": "k", "role": "manager"});
        let first = acme.admin.post_with_key("/api/v1/api-keys", "key", body.clone()).await;
        let again = acme.admin.post_with_key("/api/v1/api-keys", "key", body).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        let (mut first, again) = (first.created(), again.ok());
        assert!(first.as_object_mut().expect("object").remove("key").is_some());
        assert_eq!(first, again, "the same key, without what is shown only once");

        let taken = acme.platform.post("/api/v1/tenants", json!({"slug": "globex", "name": "Globex"})).await;
        taken.problem(409, "slug_taken");
        let exists = acme.manager.post("/api/v1/members", json!({"id": "x", "name": "X"})).await;
        exists.problem(409, "member_exists");
        let suspend =
            async || acme.platform.post_with_key("/api/v1/tenants/globex/suspend", "s", json!({})).await;
        assert_eq!(suspend().await.header("idempotent-replayed"), "");
        assert_eq!(suspend().await.header("idempotent-replayed"), "true");
        server.stop().await;
    }
}
