//! Whom rules see and reward: members by what is known of them, and both sides of a referral.

use super::{cents, outcomes, points, rule, tell};
use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_sets_what_another_looks_at() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "tier", "name": "Tier", "event": "upgraded", "conditions": [],
            "actions": [{"type": "set_attribute", "user": "user_id", "name": "tier", "value": "gold"}]}),
        )
        .await;
        rule(
            &acme,
            json!({"id": "gold", "name": "Gold", "event": "order",
            "conditions": [{"field": "$member.attributes.tier", "operator": "==", "value": "gold"}],
            "actions": [{"type": "credit", "user": "user_id", "points": 5}]}),
        )
        .await;
        let order = |id: &str| json!({"id": id, "type": "order", "user_id": "ann"});
        assert!(outcomes(&tell(&acme, order("o-1")).await.created()).is_empty());
        tell(&acme, json!({"id": "u-1", "type": "upgraded", "user_id": "ann"})).await.created();
        assert_eq!(outcomes(&tell(&acme, order("o-2")).await.created()), ["applied"]);
        assert_eq!(points(&acme, "ann").await, 5);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_are_rewarded_by_one_transaction() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "two-sided", "name": "Two-sided", "event": "signup", "conditions": [], "actions": [
            {"type": "credit", "user": "referrer_id", "amount_cents": 1000, "confirm": "P14D"},
            {"type": "credit", "user": "user_id", "points": 50}]}),
        )
        .await;
        let answer =
            tell(&acme, json!({"id": "s-1", "type": "signup", "user_id": "bob", "referrer_id": "ann"})).await;
        let answer = answer.created();
        assert_eq!(answer["matched"][0]["members"], json!(["ann", "bob"]));
        assert_eq!(answer["transaction"]["postings"].as_array().map(Vec::len), Some(2));
        assert_eq!((cents(&acme, "ann").await, points(&acme, "bob").await), (1000, 50));
        let pending = &answer["balances"]["reward:ann"];
        assert_eq!((&pending["held"], &pending["available"]), (&json!(1000), &json!(0)), "{answer:#}");
        server.stop().await;
    }
}
