//! Facts over history: counted as events come in, and for those that came in before.

use super::{cents, outcomes, points, rule, tell};
use guerdon_testkit::{Company, Server};
use serde_json::{Value, json};

async fn converted(company: &Company, id: &str) -> Value {
    tell(company, json!({"id": id, "type": "referral.converted", "referrer_id": "alice"})).await.created()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_dollars_for_three_referrals_once_or_for_each_three() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let count = |more: Value| {
            let mut fact = json!({"count": "referral.converted", "by": "referrer_id"});
            fact.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
            fact
        };
        rule(
            &acme,
            json!({"id": "once", "name": "Once", "event": "referral.converted",
            "conditions": [count(json!({"operator": ">=", "value": 3}))], "limits": {"per_user": 1},
            "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 5000}]}),
        )
        .await;
        rule(
            &acme,
            json!({"id": "each", "name": "Each", "event": "referral.converted",
            "conditions": [count(json!({"every": 3}))],
            "actions": [{"type": "credit", "user": "referrer_id", "points": 7}]}),
        )
        .await;
        for (i, expected) in
            [(1, (0, 0)), (2, (0, 0)), (3, (5000, 7)), (4, (5000, 7)), (5, (5000, 7)), (6, (5000, 14))]
        {
            converted(&acme, &format!("e-{i}")).await;
            assert_eq!((cents(&acme, "alice").await, points(&acme, "alice").await), expected, "event {i}");
        }
        // Told again, an event counts no second time.
        tell(&acme, json!({"id": "e-6", "type": "referral.converted", "referrer_id": "alice"})).await.ok();
        assert_eq!(points(&acme, "alice").await, 14);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_before_a_rule_is_counted_for_it() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let events: Vec<_> = (0..1_200)
            .map(|i| json!({"id": format!("e-{i}"), "type": "visit", "user_id": format!("m-{}", i % 3), "spent": 2}))
            .collect();
        tell(&acme, json!(events)).await.created();
        rule(
            &acme,
            json!({"id": "loyal", "name": "Loyal", "event": "visit", "conditions": [
            {"count": "visit", "by": "user_id", "operator": "==", "value": 401},
            {"sum": "visit", "of": "spent", "by": "user_id", "operator": ">", "value": 800}],
            "actions": [{"type": "credit", "user": "user_id", "points": 1}]}),
        )
        .await;
        let answer =
            tell(&acme, json!({"id": "last", "type": "visit", "user_id": "m-1", "spent": 2})).await.created();
        assert_eq!(outcomes(&answer), ["applied"], "{answer:#}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_counted_by_the_worker_and_the_rule_waits_for_it() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let events: Vec<_> =
            (0..3_000).map(|i| json!({"id": format!("e-{i}"), "type": "visit", "user_id": "ann"})).collect();
        tell(&acme, json!(events)).await.created();
        rule(
            &acme,
            json!({"id": "loyal", "name": "Loyal", "event": "visit", "conditions": [
            {"count": "visit", "by": "user_id", "operator": ">", "value": 3000}],
            "actions": [{"type": "credit", "user": "user_id", "points": 1}]}),
        )
        .await;
        server.run_jobs("rules.count").await;
        let after = tell(&acme, json!({"id": "after", "type": "visit", "user_id": "ann"})).await.created();
        assert_eq!(outcomes(&after), ["applied"], "{after:#}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_looked_at_from_the_event_and_late_events_count_where_they_belong() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "streak", "name": "Streak", "event": "login", "conditions": [
            {"streak": "login", "by": "user_id", "unit": "day", "operator": ">=", "value": 3}],
            "actions": [{"type": "credit", "user": "user_id", "points": 1}]}),
        )
        .await;
        rule(&acme, json!({"id": "shops", "name": "Shops", "event": "login", "conditions": [
            {"distinct": "login", "of": "shop", "by": "user_id", "window": "P7D", "operator": ">=", "value": 2}],
            "actions": [{"type": "credit", "user": "user_id", "points": 100}]})).await;
        // The 2nd comes late, after the 3rd: only then is there a streak of three days up to the 2nd or the 3rd.
        for (id, day, shop, has) in [
            ("a", "2025-03-01", "north", 0),
            ("c", "2025-03-03", "north", 0),
            ("b", "2025-03-02", "north", 0),
            ("d", "2025-03-03", "south", 101),
            ("e", "2025-03-12", "west", 101),
        ] {
            let event = json!({"id": id, "type": "login", "user_id": "ann", "shop": shop, "occurred_at": format!("{day}T12:00:00Z")});
            tell(&acme, event).await.created();
            assert_eq!(points(&acme, "ann").await, has, "{id}");
        }
        server.stop().await;
    }
}
