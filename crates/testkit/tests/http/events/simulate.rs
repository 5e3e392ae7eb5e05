//! Simulation: the decisions of live, and nothing written.

use super::{paid_referral, paid_referrer, rule, tell};
use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tried_on_events_and_nothing_is_written() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let head = acme.head().await;
        let body = json!({"rule": {"name": "Every second", "event": "order", "conditions": [
            {"count": "order", "by": "user_id", "every": 2}], "limits": {"total": 2},
            "actions": [{"type": "credit", "user": "user_id", "amount_cents": 100}]},
            "events": (0..7).map(|i| json!({"id": format!("e-{i}"), "type": "order", "user_id": "ann"})).collect::<Vec<_>>()});
        let tried = acme.manager.post_without_key("/api/v1/rules/simulate", body).await.ok();
        let outcomes: Vec<_> = tried["events"]
            .as_array()
            .expect("events")
            .iter()
            .map(|e| e["outcome"].as_str().expect("outcome"))
            .collect();
        let (no, yes) = ("not_matched", "applied");
        assert_eq!(outcomes, [no, yes, no, yes, no, "limit_reached", no]);
        assert_eq!(tried["summary"]["credited"], json!({"USD": 200}));
        assert_eq!((&tried["summary"]["matched"], &tried["summary"]["applied"]), (&json!(3), &json!(2)));
        assert_eq!(tried["summary"]["members"], 1);
        assert!(tried["events"][0]["trace"].is_object(), "{tried:#}");
        assert!(tried["reading"].as_str().is_some_and(|reading| !reading.is_empty()));
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_rule_is_tried_on_what_happened() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for day in 1..=9 {
            let mut event = paid_referral();
            event["id"] = json!(format!("e-{day}"));
            event["occurred_at"] = json!(format!("2025-01-0{day}T10:00:00Z"));
            event["referrer"]["is_paid_user"] = json!(day % 2 == 0);
            tell(&acme, event).await.created();
        }
        let mut body = paid_referrer();
        (body["id"], body["status"]) = (json!("paid"), json!("draft"));
        rule(&acme, body).await;
        let head = acme.head().await;
        let span = json!({"rule_id": "paid", "from": "2025-01-03", "to": "2025-01-08"});
        let tried = acme.manager.post_without_key("/api/v1/rules/simulate", span).await.ok();
        assert_eq!((&tried["summary"]["events"], &tried["summary"]["applied"]), (&json!(6), &json!(3)));
        assert_eq!(tried["summary"]["credited"], json!({"USD": 150_000}));
        assert_eq!(tried["events"][0]["event_id"], "e-3");
        assert_eq!(tried["more"], false);
        assert_eq!(acme.head().await, head);
        let both = json!({"rule_id": "paid", "rule": paid_referrer()});
        acme.manager.post_without_key("/api/v1/rules/simulate", both).await.problem(400, "invalid_request");
        let none = json!({"rule_id": "none"});
        acme.manager.post_without_key("/api/v1/rules/simulate", none).await.problem(404, "rule_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_whose_period_is_over_is_told_and_not_reset() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let budget =
            json!({"id": "promo", "name": "Promo", "currency": "USD", "hard_cap": 1000, "period": "monthly"});
        acme.manager.post("/api/v1/tenants/acme/budgets", budget).await.created();
        server.move_clock_to("2026-02-05T09:00:00Z");
        let head = acme.head().await;
        let body = json!({"rule": {"name": "Promo", "conditions": [], "budget_id": "promo",
            "actions": [{"type": "credit", "user": "user_id", "amount_cents": 1}]}, "events": [{"user_id": "emp-7"}]});
        let tried = acme.manager.post_without_key("/api/v1/rules/simulate", body).await.ok();
        assert_eq!(tried["events"][0]["outcome"], "budget_refused", "{tried:#}");
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}
