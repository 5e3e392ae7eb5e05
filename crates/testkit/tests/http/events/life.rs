//! An event from its telling to its list: recorded once, evaluated, explained for ever.

use super::{cents, outcomes, paid_referral, paid_referrer, rule, tell};
use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_and_the_event_of_the_contract_work_as_they_stand() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let made = rule(&acme, paid_referrer()).await;
        assert_eq!((&made["version"], &made["status"]), (&json!(1), &json!("active")));
        let answer = tell(&acme, paid_referral()).await.created();
        assert_eq!(answer["evaluated"], 1);
        assert_eq!(answer["matched"][0]["rule_id"], made["id"]);
        assert_eq!(answer["matched"][0]["version"], 1);
        assert_eq!(answer["matched"][0]["transactions"], json!([answer["transaction"]["id"]]));
        assert!(answer["matched"][0]["trace"].to_string().contains("referrer.is_paid_user"), "{answer:#}");
        assert_eq!(cents(&acme, "alice").await, 50_000);
        assert!(answer["event_id"].as_str().is_some_and(|id| !id.is_empty()));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_recorded_once_for_its_id() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(&acme, paid_referrer()).await;
        let mut event = paid_referral();
        event["id"] = json!("sub-1");
        let first = tell(&acme, event.clone()).await.created();
        let again = tell(&acme, event.clone()).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.ok(), first);
        assert_eq!(cents(&acme, "alice").await, 50_000);
        event["referrer_id"] = json!("bob");
        let other = tell(&acme, event.clone()).await.problem(409, "idempotency_conflict");
        assert!(other["detail"].as_str().is_some_and(|told| told.contains("the event sub-1")), "{other:#}");
        // Without an id, the idempotency key is one.
        let keyed = || acme.manager.post_with_key("/api/v1/events", "call-7", paid_referral());
        assert_eq!(keyed().await.created()["event_id"], "call-7");
        assert_eq!(keyed().await.ok()["event_id"], "call-7");
        assert_eq!(cents(&acme, "alice").await, 100_000);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_matches_nothing_is_kept_all_the_same() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(&acme, paid_referrer()).await;
        let answer =
            tell(&acme, json!({"id": "e-1", "type": "order.completed", "user_id": "bob"})).await.created();
        assert_eq!((&answer["evaluated"], &answer["matched"]), (&json!(1), &json!([])));
        let kept = acme.manager.get("/api/v1/events/e-1").await.ok();
        assert_eq!(kept["event"], json!({"id": "e-1", "type": "order.completed", "user_id": "bob"}));
        assert_eq!(kept["transaction_id"], answer["transaction"]["id"]);
        acme.manager.get("/api/v1/events/e-2").await.problem(404, "event_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_come_as_an_array_or_line_by_line() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(&acme, paid_referrer()).await;
        let events: Vec<_> = (0..5)
            .map(|i| {
                let mut event = paid_referral();
                event["id"] = json!(format!("e-{}", i % 4));
                event
            })
            .collect();
        let answer = tell(&acme, json!(events)).await.created();
        assert_eq!((&answer["succeeded"], &answer["failed"]), (&json!(5), &json!(0)));
        assert_eq!(answer["results"][3]["event_id"], "e-3");
        assert_eq!(cents(&acme, "alice").await, 200_000);
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        let headers = [("content-type", "application/x-ndjson")];
        let again = acme
            .manager
            .send_bytes(reqwest::Method::POST, "/api/v1/events", &headers, Some(lines.into()))
            .await;
        assert_eq!(again.expect(200)["succeeded"], 5);
        assert_eq!(cents(&acme, "alice").await, 200_000);
        let bad = json!([{"id": "e-9"}, {"id": "e 9"}]);
        let problem = tell(&acme, bad).await.problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], "/1/id");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_what_rules_did_are_listed() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let mut body = paid_referrer();
        body["id"] = json!("paid-referrer");
        rule(&acme, body).await;
        for (id, kind) in [("e-1", "signup"), ("e-2", "order"), ("e-3", "signup")] {
            let mut event = paid_referral();
            (event["id"], event["type"]) = (json!(id), json!(kind));
            tell(&acme, event).await.created();
        }
        let ids = |list: serde_json::Value| -> Vec<String> {
            let rows = list["data"].as_array().expect("rows").clone();
            rows.iter().map(|row| row["event_id"].as_str().expect("id").to_owned()).collect()
        };
        assert_eq!(ids(acme.manager.get("/api/v1/events").await.ok()), ["e-3", "e-2", "e-1"]);
        assert_eq!(ids(acme.manager.get("/api/v1/events?type=signup").await.ok()), ["e-3", "e-1"]);
        let page = acme.manager.get("/api/v1/rules/paid-referrer/executions?limit=2").await.ok();
        let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(ids(page), ["e-3", "e-2"]);
        let rest = format!("/api/v1/rules/paid-referrer/executions?limit=2&cursor={cursor}");
        assert_eq!(ids(acme.manager.get(&rest).await.ok()), ["e-1"]);
        assert_eq!(
            ids(acme.manager.get("/api/v1/executions?user_id=alice").await.ok()),
            ["e-3", "e-2", "e-1"]
        );
        assert_eq!(ids(acme.manager.get("/api/v1/executions?user_id=bob").await.ok()), Vec::<String>::new());
        acme.manager.get("/api/v1/executions").await.problem(400, "invalid_request");
        acme.manager.get("/api/v1/rules/none/executions").await.problem(404, "rule_not_found");
        let one = acme.manager.get("/api/v1/events/e-2").await.ok();
        assert_eq!(outcomes(&one), ["applied"]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_told_with_its_place_and_nothing_is_written() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let head = acme.head().await;
        for (body, pointer) in [
            (json!({"id": 7}), "/id"),
            (json!({"type": ""}), "/type"),
            (json!({"occurred_at": "yesterday"}), "/occurred_at"),
            (json!({"occurred_at": "2999-01-01T00:00:00Z"}), "/occurred_at"),
            (json!("order"), ""),
        ] {
            let problem = tell(&acme, body.clone()).await.problem(400, "invalid_request");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        let headers = [("content-type", "application/json")];
        let broken = acme
            .manager
            .send_bytes(reqwest::Method::POST, "/api/v1/events", &headers, Some("{".into()))
            .await;
        broken.problem(400, "malformed_json");
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}

/// No text of PostgreSQL holds a zero byte, and JSON does.
#[tokio::test(flavor = "multi_thread")]
async fn a_zero_byte_in_an_event_is_refused_or_kept_and_never_a_fault() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let counting = json!({"name": "By device", "event": "login", "conditions": [
            {"count": "login", "by": "device", "operator": ">=", "value": 1}],
            "actions": [{"type": "credit", "user": "user_id", "amount_cents": 1}], "logic": "AND", "status": "active"});
        rule(&acme, counting).await;
        let device =
            json!({"id": "e-1", "type": "login", "user_id": "ann", "device": "a\u{0}b", "note": "\u{0}"});
        tell(&acme, device).await.created();
        let bad = tell(&acme, json!({"id": "e-2", "type": "a\u{0}b"})).await;
        assert_eq!(bad.problem(400, "invalid_request")["errors"][0]["pointer"], "/type");
        acme.manager.get("/api/v1/events?type=a%00b").await.problem(400, "invalid_request");
        server.stop().await;
    }
}
