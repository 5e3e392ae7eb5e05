//! What rules give: fixed, computed, of any asset, from the pool; and what they cannot give.

use super::{cents, outcomes, points, rule, tell};
use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_computed_rounded_down_and_held_within_bounds() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(&acme, json!({"id": "cashback", "name": "Cashback", "event": "order", "conditions": [],
            "actions": [{"type": "credit", "user": "user_id", "points": {"expr": "purchase.total / 20.0", "max": 50}}]})).await;
        for (id, total, outcome, has) in [
            ("e-1", json!(199.9), "applied", 9),
            ("e-2", json!(10_000.0), "applied", 59),
            ("e-3", json!(19.0), "no_effect", 59),
            ("e-4", json!("much"), "no_effect", 59),
            ("e-5", json!(null), "no_effect", 59),
        ] {
            let event = json!({"id": id, "type": "order", "user_id": "ann", "purchase": {"total": total}});
            let answer = tell(&acme, event).await.created();
            assert_eq!(outcomes(&answer), [outcome], "{id}: {answer:#}");
            assert_eq!(points(&acme, "ann").await, has, "{id}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_draws_on_the_pool_as_far_as_it_goes() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.allocate(120).await;
        for id in ["one", "two"] {
            rule(
                &acme,
                json!({"id": id, "name": id, "event": "order", "conditions": [],
                "actions": [{"type": "credit", "user": "user_id", "points": 50, "from": "pool"}]}),
            )
            .await;
        }
        let answer = tell(&acme, json!({"id": "e-1", "type": "order", "user_id": "ann"})).await.created();
        assert_eq!(outcomes(&answer), ["applied", "applied"]);
        let answer = tell(&acme, json!({"id": "e-2", "type": "order", "user_id": "ann"})).await.created();
        assert_eq!(outcomes(&answer), ["books_refused", "books_refused"]);
        assert!(answer["matched"][0]["why"].as_str().is_some_and(|why| why.contains("20")), "{answer:#}");
        assert_eq!(points(&acme, "ann").await, 100);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_does_all_that_it_says_or_nothing() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "swap", "name": "Swap", "event": "swap", "conditions": [], "actions": [
            {"type": "credit", "user": "to", "amount_cents": 100, "confirm": "at_once"},
            {"type": "debit", "user": "from", "amount_cents": 100},
            {"type": "set_attribute", "user": "to", "name": "swapped", "value": true}]}),
        )
        .await;
        let answer =
            tell(&acme, json!({"id": "e-1", "type": "swap", "from": "ann", "to": "bob"})).await.created();
        assert_eq!(outcomes(&answer), ["books_refused"]);
        assert_eq!((cents(&acme, "ann").await, cents(&acme, "bob").await), (0, 0));
        acme.manager
            .post("/api/v1/ledger/credit", json!({"user_id": "ann", "amount_cents": 150}))
            .await
            .created();
        let answer =
            tell(&acme, json!({"id": "e-2", "type": "swap", "from": "ann", "to": "bob"})).await.created();
        assert_eq!(outcomes(&answer), ["applied"], "{answer:#}");
        assert_eq!((cents(&acme, "ann").await, cents(&acme, "bob").await), (50, 100));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_leads_nowhere_names_nobody() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        rule(
            &acme,
            json!({"id": "all", "name": "All", "conditions": [],
            "actions": [{"type": "credit", "user": "referrer_id", "points": 5}]}),
        )
        .await;
        let answer = tell(&acme, json!({"id": "e-1"})).await.created();
        assert_eq!(outcomes(&answer), ["no_effect"]);
        assert_eq!(answer["matched"][0]["members"], json!([]));
        acme.manager.get("/api/v1/members/referrer_id").await.problem(404, "member_not_found");
        // An id that is meant as one is good where there is such a member.
        rule(
            &acme,
            json!({"id": "boss", "name": "Boss", "conditions": [],
            "actions": [{"type": "credit", "user": "emp-7", "points": 5}]}),
        )
        .await;
        assert_eq!(outcomes(&tell(&acme, json!({"id": "e-2"})).await.created()), ["no_effect", "applied"]);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn higher_rules_go_first_and_an_exclusive_one_ends_it() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for (id, priority, exclusive) in [("low", 1, false), ("middle", 5, true), ("top", 9, false)] {
            rule(
                &acme,
                json!({"id": id, "name": id, "conditions": [], "priority": priority, "exclusive": exclusive,
                "actions": [{"type": "credit", "user": "user_id", "points": priority}]}),
            )
            .await;
        }
        let answer = tell(&acme, json!({"id": "e-1", "user_id": "ann"})).await.created();
        assert_eq!(outcomes(&answer), ["applied", "applied", "excluded"]);
        assert_eq!(points(&acme, "ann").await, 14);
        server.stop().await;
    }
}
