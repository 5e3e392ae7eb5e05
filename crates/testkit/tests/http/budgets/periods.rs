//! Periods: resets by hand, and boundaries that pass by themselves.

use super::Budget;
use crate::support::assert_says;
use guerdon_testkit::Server;
use serde_json::{Value, json};

/// A monthly budget of 10,000 with 1,000 reserved and 3,000 charged.
async fn used(server: &Server, more: Value) -> Budget {
    used_in(server, "acme", more).await
}

async fn used_in(server: &Server, slug: &str, more: Value) -> Budget {
    let mut body = json!({"id": "marketing", "name": "Marketing", "currency": "USD", "hard_cap": 10_000,
        "period": "monthly"});
    body.as_object_mut().expect("a body").extend(more.as_object().expect("fields").clone());
    let budget = Budget::made_in(server, slug, body).await;
    budget.topup(10_000).await.created();
    budget.reserve("order-1", 4_000).await.created();
    budget.charge("order-1", Some(3_000)).await.created();
    budget
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_begins_a_period_with_what_is_reserved_and_what_rolls_over() {
    for server in Server::both().await {
        for (slug, more, standing, returned) in [
            ("acme", json!({}), [1_000, 1_000, 0, 0], 6_000),
            ("globex", json!({"rollover": true}), [7_000, 1_000, 0, 6_000], 0),
            ("initech", json!({"refill": 9_500}), [10_500, 1_000, 0, 9_000], 6_000),
            ("umbra", json!({"rollover": true, "refill": 9_500}), [16_500, 1_000, 0, 9_000], 0),
        ] {
            let budget = used_in(&server, slug, more.clone()).await;
            assert_eq!(budget.standing().await, [10_000, 1_000, 3_000, 6_000]);
            let reset = budget.post("/reset", json!({"reason": "a new campaign"})).await.created();
            let told = json!({"period": "2026-01.2", "transaction": {"kind": "budget.reset",
                "reason": "a new campaign", "metadata": {"amount": returned}}});
            assert_says(&reset, &told, "");
            assert_eq!(budget.standing().await, standing, "{more}");
            let now = budget.get("").await;
            let period = json!({"name": "2026-01.2", "number": 2, "next_reset_at": "2026-02-01T00:00:00Z"});
            assert_says(&now["current_period"], &period, "");
            budget.charge("order-1", None).await.created();
            assert_eq!(budget.standing().await[2], 1_000, "what is charged counts for the period at hand");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boundary_that_passed_is_noticed_by_whoever_comes_first() {
    for server in Server::both().await {
        let budget = used(&server, json!({"rollover": true})).await;
        // Nobody looked for three months: each boundary is passed where it lay.
        server.move_clock_to("2026-04-02T00:00:00Z");
        let reserved = budget.reserve("order-2", 500).await.created();
        assert_says(
            &reserved,
            &json!({"period": "2026-04", "standing": {"reserved": 1_500, "charged": 0}}),
            "",
        );
        let now = budget.get("").await;
        let period = json!({"name": "2026-04", "number": 4, "starts_at": "2026-04-01T00:00:00Z",
            "next_reset_at": "2026-05-01T00:00:00Z", "should_reset": false});
        assert_says(&now["current_period"], &period, "");
        let audit = budget.manager().get("/api/v1/ledger/transactions?kind=budget.reset").await.ok();
        let periods: Vec<_> = audit["data"]
            .as_array()
            .expect("a page")
            .iter()
            .rev()
            .map(|reset| {
                (
                    reset["metadata"]["ended"]["period"].clone(),
                    reset["metadata"]["period"].clone(),
                    reset["actor"].clone(),
                )
            })
            .collect();
        let pair = |ended: &str, begun: &str| (json!(ended), json!(begun), json!("system"));
        let passed = [pair("2026-01", "2026-02"), pair("2026-02", "2026-03"), pair("2026-03", "2026-04")];
        assert_eq!(periods, passed);
        server.move_clock_to("2026-05-01T00:00:00Z");
        assert_eq!(budget.get("").await["current_period"]["name"], "2026-05", "a look is enough");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_budgets_with_periods_of_a_kind_are_reset_in_one_call() {
    for server in Server::both().await {
        let budget = used(&server, json!({})).await;
        let manager = budget.manager();
        for (id, period) in [("events", "monthly"), ("travel", "yearly"), ("always", "rolling")] {
            let body = json!({"id": id, "name": id, "currency": "EUR", "hard_cap": 500, "period": period});
            manager.post("/api/v1/tenants/acme/budgets", body).await.created();
        }
        let path = "/api/v1/tenants/acme/budgets/reset?period=monthly";
        let first = manager.post_with_key(path, "january", json!({})).await;
        let text = first.text.clone();
        let told = json!({"period": "monthly", "reset": 2, "failed": 0, "results": [
            {"budget_id": "events", "period": "2026-01.2", "returned": 0},
            {"budget_id": "marketing", "period": "2026-01.2", "returned": 6_000}]});
        assert_says(&first.created(), &told, "");
        let again = manager.post_with_key(path, "january", json!({})).await;
        assert_eq!(
            (again.status.as_u16(), again.header("idempotent-replayed"), &again.text),
            (200, "true", &text)
        );
        let rolling = manager.post("/api/v1/tenants/acme/budgets/reset?period=rolling", json!({})).await;
        assert_says(
            &rolling.created(),
            &json!({"results": [{"budget_id": "always", "period": "rolling-2"}]}),
            "",
        );
        let none = manager.post("/api/v1/tenants/acme/budgets/reset?period=quarterly", json!({})).await.ok();
        assert_says(&none, &json!({"reset": 0, "results": []}), "");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_raises_lowers_and_pauses() {
    for server in Server::both().await {
        let budget = used(
            &server,
            json!({"rollover": true, "adjustments": [
            {"action": "raise", "at": 0.9, "by": 2_000, "up_to": 13_000},
            {"action": "pause", "at": 0.95},
            {"action": "lower", "below": 0.5, "by": 4_000, "down_to": 5_000}]}),
        )
        .await;
        budget.topup(10_000).await.created();
        budget.reserve("order-2", 5_500).await.created();
        budget.manager().get(&budget.path("/utilization")).await.ok();
        let follow = || async {
            // Whoever reads what follows the journal follows it first.
            budget.manager().post_without_key(&budget.path("/reconcile"), json!({})).await.ok();
            let now = budget.get("").await;
            (now["hard_cap"].as_i64().expect("a cap"), now["paused"].as_bool().expect("a pause"))
        };
        assert_eq!(follow().await, (12_000, false));
        budget.reserve("order-3", 2_400).await.created();
        assert_eq!(follow().await, (13_000, false), "raised again, to the end of it");
        budget.reserve("order-4", 600).await.created();
        assert_eq!(follow().await, (13_000, true), "12,500 of 13,000");
        for reference in ["order-1", "order-2", "order-3", "order-4"] {
            budget.release(reference, None).await.created();
        }
        server.move_clock_to("2026-02-01T00:00:00Z");
        budget.get("").await;
        assert_eq!(follow().await, (9_000, true), "3,000 of 13,000 were charged in January");
        let changes = budget.manager().get("/api/v1/ledger/transactions?kind=budget.adjust").await.ok();
        let changes = changes["data"].as_array().expect("a page").clone();
        assert_eq!(changes.len(), 4);
        assert!(changes.iter().all(|change| change["actor"] == "system" && change["reason"].is_string()));
        server.stop().await;
    }
}
