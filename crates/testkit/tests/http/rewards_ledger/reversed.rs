//! Taking rewards back: once, whole or what is left, and not past a payment.

use super::{Confirms, LEDGER, Reward, credited, has, rewarded, standing, step};
use crate::support::assert_says;
use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_and_a_confirmed_reward_go_back_to_where_they_came_from_once() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        for confirms in [Confirms::Manual, Confirms::AfterDays(7), Confirms::AtOnce] {
            let id = rewarded(&server, &acme, None, &[Reward("alice", 500, confirms)]).await;
            let back = step(&acme, &id, "reverse", json!({"reason": "returned"})).await.created();
            let wanted = json!({"transaction": {"kind": "reward.reverse", "reverses": id, "reason": "returned",
                    "postings": [{"from": "reward:alice", "to": "funding:ledger", "asset": "USD", "amount": 500}]},
                "reward": {"status": "reversed", "reversed_by": back["transaction"]["id"]}});
            assert_says(&back, &wanted, "back");
            for (what, body) in
                [("reverse", json!({"reason": "x"})), ("confirm", json!({})), ("pay", json!({}))]
            {
                let told = step(&acme, &id, what, body).await.problem(409, "illegal_transition");
                assert_says(&told, &json!({"state": "reversed", "possible": []}), what);
            }
            let found = acme.manager.get(&format!("{LEDGER}/{id}")).await.ok();
            let by = &back["transaction"]["id"];
            let wanted = json!({"transaction": {"reversed_by": by}, "reward": {"status": "reversed", "reversed_by": by}});
            assert_says(&found, &wanted, "found");
            let was_confirmed = matches!(confirms, Confirms::AtOnce);
            assert_eq!(found["reward"]["confirmed_at"].is_string(), was_confirmed, "{found}");
            assert_eq!(has(&acme, "alice").await, (0, 0));
        }
        // What was taken back does not confirm any more.
        server.move_clock_to("2026-03-01T09:00:00Z");
        assert_eq!(server.run_jobs("holds.expire").await["done"], 0);
        assert_eq!(acme.admin.get("/api/v1/audit/verify").await.ok()["clean"], true);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_is_refused_or_put_on_record() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let id = credited(&acme, "alice", 500).await;
        acme.manager.post("/api/v1/ledger/debit", json!({"user_id": "alice", "amount": 200})).await.created();
        for body in [json!({"reason": "r"}), json!({"reason": "r", "if_spent": "refuse"})] {
            let told = step(&acme, &id, "reverse", body).await.problem(422, "insufficient_balance");
            assert_says(&told, &json!({"available": 300, "requested": 500}), "refused");
        }
        let body = json!({"reason": "returned", "if_spent": "take_what_is_left"});
        let back = step(&acme, &id, "reverse", body.clone()).await.created();
        let wanted = json!({"transaction": {"reverses": id, "postings": [{"amount": 300}],
                "metadata": {"reward_id": id, "rewards": [{"user_id": "alice", "shortfall": 200}]}},
            "reward": {"amount": 500, "status": "reversed", "shortfall": 200}});
        assert_says(&back, &wanted, "what was left");
        assert_eq!(has(&acme, "alice").await, (0, 0));
        step(&acme, &id, "reverse", body.clone()).await.problem(409, "illegal_transition");
        let spent = credited(&acme, "bob", 5).await;
        acme.manager.post("/api/v1/ledger/debit", json!({"user_id": "bob", "amount": 5})).await.created();
        let told = step(&acme, &spent, "reverse", body).await.problem(422, "insufficient_balance");
        assert_says(&told, &json!({"available": 0, "requested": 5}), "nothing is left");
        for (body, pointer) in [
            (json!({}), "/reason"),
            (json!({"reason": "r", "if_spent": "shrug"}), "/if_spent"),
            (json!({"reason": "r", "user_id": "a b"}), "/user_id"),
        ] {
            let told = step(&acme, &id, "reverse", body).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], pointer);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_rewards_each_is_taken_back_once() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let all = [
            Reward("alice", 500, Confirms::Manual),
            Reward("bob", 200, Confirms::AtOnce),
            Reward("cem", 100, Confirms::AtOnce),
        ];
        let id = rewarded(&server, &acme, None, &all).await;
        let one = step(&acme, &id, "reverse", json!({"reason": "r", "user_id": "alice"})).await.created();
        assert_says(&one, &json!({"transaction": {"reverses": null}, "reward": {"user_id": "alice"}}), "one");
        let told = step(&acme, &id, "reverse", json!({"reason": "r", "user_id": "alice"})).await;
        told.problem(409, "illegal_transition");
        assert_eq!(standing(&acme, &id).await, ["alice reversed", "bob confirmed", "cem confirmed"]);
        step(&acme, &id, "pay", json!({"user_id": "bob"})).await.created();
        // Past a payment there is no way back.
        let told =
            step(&acme, &id, "reverse", json!({"reason": "r"})).await.problem(409, "illegal_transition");
        assert_eq!(told["state"], "paid");
        step(&acme, &id, "reverse", json!({"reason": "r", "user_id": "cem"})).await.created();
        assert_eq!(standing(&acme, &id).await, ["alice reversed", "bob paid", "cem reversed"]);
        for user in ["alice", "bob", "cem"] {
            assert_eq!(has(&acme, user).await, (0, 0), "{user}");
        }
        assert_eq!(acme.admin.get("/api/v1/audit/verify").await.ok()["clean"], true);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_general_ledger_reverses_what_is_confirmed_and_points_to_the_way_for_the_rest() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let reverse =
            async |id: &str| acme.manager.post("/api/v1/ledger/reverse", json!({"entry_id": id})).await;
        let pending = rewarded(&server, &acme, None, &[Reward("alice", 500, Confirms::Manual)]).await;
        let told = reverse(&pending).await.problem(409, "reward_state");
        assert_eq!(told["state"], "pending");
        let detail = told["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(&format!("/rewards-ledger/{pending}/reverse")), "{detail}");
        let paid = credited(&acme, "bob", 5).await;
        let payment = step(&acme, &paid, "pay", json!({})).await.created();
        assert_eq!(reverse(&paid).await.problem(409, "reward_state")["state"], "paid");
        let payment = payment["transaction"]["id"].as_str().expect("an id").to_owned();
        reverse(&payment).await.problem(422, "not_reversible");

        // By either way a referral that was qualified by it is one no more.
        for (number, way) in ["/api/v1/ledger/reverse", LEDGER].iter().enumerate() {
            let (referral, referred) = (format!("ref-{number}"), format!("new-{number}-x"));
            let body = json!({"id": referral, "referrer_id": "dora", "referred_id": referred});
            acme.manager.post("/api/v1/referrals", body).await.created();
            let id = rewarded(&server, &acme, Some(&referred), &[Reward("dora", 9, Confirms::AtOnce)]).await;
            match *way == LEDGER {
                true => drop(step(&acme, &id, "reverse", json!({"reason": "r"})).await.created()),
                false => drop(reverse(&id).await.created()),
            }
            let found = acme.manager.get(&format!("/api/v1/referrals/{referral}")).await.ok();
            assert_says(&found, &json!({"status": "reversed", "qualified_by": id}), way);
            assert_eq!(standing(&acme, &id).await, ["dora reversed"]);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_goes_back_to_the_last_it_came_from_first() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let posting = |from: &str, to: &str, amount: i64| json!({"from": from, "to": to, "asset": "USD", "amount": amount});
        let back = |amount: i64, to: &str| posting("reward:alice", to, amount);
        for (user, others, wanted) in [
            // The whole transaction is reversed, or the reward of one of several marked by a hold that is captured in parts.
            (json!(null), vec![], vec![back(200, "funding:b"), back(150, "funding:a")]),
            (
                json!("alice"),
                vec![posting("funding:a", "reward:bob", 9)],
                vec![back(200, "funding:b"), back(150, "funding:a")],
            ),
        ] {
            let mut postings =
                vec![posting("funding:a", "reward:alice", 300), posting("funding:b", "reward:alice", 200)];
            postings.extend(others);
            let made = acme
                .manager
                .post("/api/v1/ledger/transactions", json!({"postings": postings}))
                .await
                .created();
            let id = made["transaction"]["id"].as_str().expect("an id").to_owned();
            acme.manager
                .post("/api/v1/ledger/debit", json!({"user_id": "alice", "amount": 150}))
                .await
                .created();
            let body = json!({"reason": "r", "if_spent": "take_what_is_left", "user_id": user});
            let taken = step(&acme, &id, "reverse", body).await.created();
            assert_eq!(taken["transaction"]["postings"], json!(wanted), "{user}");
            assert_says(&taken["reward"], &json!({"amount": 500, "shortfall": 150}), "told");
            assert_eq!(has(&acme, "alice").await, (0, 0));
        }
        assert_eq!(acme.admin.get("/api/v1/audit/verify").await.ok()["clean"], true);
        server.stop().await;
    }
}
