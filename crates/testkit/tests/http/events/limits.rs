//! Limits, budgets, members who have left: what came of a rule is told, and no event is lost by it.

use super::{cents, outcomes, rule, tell};
use guerdon_testkit::{Company, Server};
use reqwest::Method;
use serde_json::{Value, json};

async fn order(company: &Company, id: &str, at: &str, user: &str) -> Value {
    let event = json!({"id": id, "type": "order.completed", "user_id": user, "occurred_at": at});
    tell(company, event).await.created()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_reached_is_told_and_the_event_is_kept() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (id, limits) in [
            ("twice-each", json!({"per_user": 2})),
            ("once-a-month", json!({"per_user": 1, "per_user_window": "month"})),
            ("three-in-all", json!({"total": 3})),
            ("daily", json!({"cooldown": "P1D"})),
        ] {
            rule(
                &acme,
                json!({"id": id, "name": id, "event": "order.completed", "conditions": [], "limits": limits,
                "actions": [{"type": "credit", "user": "user_id", "points": 1}]}),
            )
            .await;
        }
        // The rules are taken in the order of their ids: daily, once-a-month, three-in-all, twice-each.
        let (yes, no) = ("applied", "limit_reached");
        for (id, at, user, expected) in [
            ("e-1", "2025-01-30T10:00:00Z", "ann", [yes, yes, yes, yes]),
            ("e-2", "2025-01-31T09:59:59Z", "ann", [no, no, yes, yes]),
            ("e-3", "2025-01-31T10:00:00Z", "ann", [yes, no, yes, no]),
            ("e-4", "2025-02-01T10:00:00Z", "ann", [yes, yes, no, no]),
            ("e-5", "2025-02-01T10:00:00Z", "bob", [yes, yes, no, yes]),
            ("e-6", "2025-01-02T10:00:00Z", "bob", [no, yes, no, yes]),
        ] {
            let answer = order(&acme, id, at, user).await;
            assert_eq!(outcomes(&answer), expected, "{id}: {answer:#}");
        }
        let kept = acme.manager.get("/api/v1/events/e-4").await.ok();
        assert!(
            kept["matched"][2]["why"].as_str().is_some_and(|why| why.contains("3 times in all")),
            "{kept:#}"
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_hold_exactly_however_many_events_come_at_once() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "capped", "name": "Capped", "event": "order.completed", "conditions": [],
            "limits": {"total": 25, "per_user": 10},
            "actions": [{"type": "credit", "user": "user_id", "amount_cents": 100}]}),
        )
        .await;
        let calls = (0..64).map(|i| {
            let event =
                json!({"id": format!("e-{i}"), "type": "order.completed", "user_id": format!("m-{}", i % 4)});
            tell(&acme, event)
        });
        let answers = futures::future::join_all(calls).await;
        let applied = answers.into_iter().filter(|_| true).map(|answer| answer.created());
        let applied = applied.filter(|answer| outcomes(answer) == ["applied"]).count();
        assert_eq!(applied, 25);
        let mut all = 0;
        for i in 0..4 {
            let has = cents(&acme, &format!("m-{i}")).await;
            assert!(has <= 1_000, "{has}");
            all += has;
        }
        assert_eq!(all, 2_500);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_pays_until_it_is_exhausted() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let budgets = "/api/v1/tenants/acme/budgets";
        let body =
            json!({"id": "promo", "name": "Promo", "currency": "USD", "hard_cap": 1000, "period": "monthly"});
        acme.manager.post(budgets, body).await.created();
        acme.manager
            .post(&format!("{budgets}/promo/topup"), json!({"amount": 1000, "currency": "USD"}))
            .await
            .created();
        rule(
            &acme,
            json!({"id": "promo", "name": "Promo", "event": "order.completed", "conditions": [],
            "budget_id": "promo", "actions": [{"type": "credit", "user": "user_id", "amount_cents": 400}]}),
        )
        .await;
        for (id, expected) in [("e-1", "applied"), ("e-2", "applied"), ("e-3", "budget_refused")] {
            let answer =
                tell(&acme, json!({"id": id, "type": "order.completed", "user_id": "ann"})).await.created();
            assert_eq!(outcomes(&answer), [expected], "{answer:#}");
        }
        assert_eq!(cents(&acme, "ann").await, 800);
        let used = acme.manager.get(&format!("{budgets}/promo/utilization")).await.ok();
        assert_eq!((&used["charged"], &used["available"]), (&json!(800), &json!(200)));
        let entries = acme.manager.get(&format!("{budgets}/promo/entries?type=charge")).await.ok();
        assert_eq!(entries["data"].as_array().map(Vec::len), Some(2), "{entries:#}");
        assert_eq!(entries["data"][0]["charged"], 800);
        let report = acme.manager.get(&format!("{budgets}/promo/report?range=month")).await.ok();
        assert!(report.to_string().contains("800"), "{report:#}");
        let alerts = acme.manager.get("/api/v1/tenants/acme/alerts").await.ok();
        let kinds: Vec<_> =
            alerts["data"].as_array().expect("alerts").iter().map(|alert| &alert["kind"]).collect();
        assert_eq!(kinds, ["hard_cap_refused", "hard_cap_approaching"], "{alerts:#}");
        let reconciled = acme.manager.post(&format!("{budgets}/promo/reconcile"), json!({})).await.ok();
        assert_eq!(reconciled["discrepancy"], 0, "{reconciled:#}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_budgets_that_one_event_brings_near_their_caps_are_warned_of_both() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let budgets = "/api/v1/tenants/acme/budgets";
        for id in ["east", "west"] {
            let body = json!({"id": id, "name": id, "currency": "USD", "hard_cap": 100, "period": "monthly"});
            acme.manager.post(budgets, body).await.created();
            let topup = json!({"amount": 100, "currency": "USD"});
            acme.manager.post(&format!("{budgets}/{id}/topup"), topup).await.created();
            rule(
                &acme,
                json!({"id": id, "name": id, "conditions": [], "budget_id": id,
                "actions": [{"type": "credit", "user": "user_id", "amount_cents": 96}]}),
            )
            .await;
        }
        let answer = tell(&acme, json!({"id": "e-1", "user_id": "ann"})).await.created();
        assert_eq!(outcomes(&answer), ["applied", "applied"]);
        let alerts = acme.manager.get("/api/v1/tenants/acme/alerts").await.ok();
        assert_eq!(alerts["data"].as_array().map(Vec::len), Some(4), "{alerts:#}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_reserves_from_a_budget_for_its_event() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let budgets = "/api/v1/tenants/acme/budgets";
        let body =
            json!({"id": "promo", "name": "Promo", "currency": "USD", "hard_cap": 1000, "period": "rolling"});
        acme.manager.post(budgets, body).await.created();
        acme.manager
            .post(&format!("{budgets}/promo/topup"), json!({"amount": 1000, "currency": "USD"}))
            .await
            .created();
        rule(&acme, json!({"id": "hold", "name": "Hold", "event": "order.placed", "conditions": [],
            "actions": [{"type": "reserve", "budget_id": "promo", "amount": 600, "asset": "USD", "expires_after": "P1D"}]})).await;
        let first = tell(&acme, json!({"id": "o-1", "type": "order.placed"})).await.created();
        assert_eq!(first["matched"][0]["effects"][0]["reference"], "o-1:hold", "{first:#}");
        let second = tell(&acme, json!({"id": "o-2", "type": "order.placed"})).await.created();
        assert_eq!(outcomes(&second), ["budget_refused"]);
        let charged = json!({"ref_id": "o-1:hold"});
        acme.manager.post(&format!("{budgets}/promo/charge"), charged).await.created();
        let used = acme.manager.get(&format!("{budgets}/promo/utilization")).await.ok();
        assert_eq!((&used["charged"], &used["reserved"]), (&json!(600), &json!(0)));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_has_left_earns_nothing_and_a_suspended_company_posts_nothing() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "all", "name": "All", "conditions": [],
            "actions": [{"type": "credit", "user": "user_id", "points": 5}]}),
        )
        .await;
        let left = json!({"status": "inactive"});
        acme.manager.send(Method::PATCH, "/api/v1/members/emp-7", &[], Some(left.to_string())).await.ok();
        let answer = tell(&acme, json!({"id": "e-1", "user_id": "emp-7"})).await.created();
        assert_eq!(outcomes(&answer), ["member_inactive"]);
        server.platform().post("/api/v1/tenants/acme/suspend", json!({})).await.ok();
        tell(&acme, json!({"id": "e-2", "user_id": "ann"})).await.problem(422, "tenant_suspended");
        server.platform().post("/api/v1/tenants/acme/resume", json!({})).await.ok();
        assert_eq!(
            outcomes(&tell(&acme, json!({"id": "e-2", "user_id": "ann"})).await.created()),
            ["applied"]
        );
        server.stop().await;
    }
}
