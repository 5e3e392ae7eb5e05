//! From pending to paid, by hand, by itself, and by nobody twice.

use super::{Confirms, LEDGER, Reward, credited, has, rewarded, standing, step};
use crate::support::assert_says;
use guerdon_testkit::Server;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_is_confirmed_and_paid() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let id = rewarded(&server, &acme, None, &[Reward("alice", 500, Confirms::Manual)]).await;
        assert_eq!(
            (standing(&acme, &id).await, has(&acme, "alice").await),
            (vec!["alice pending".to_owned()], (500, 500))
        );
        // What is pending cannot be spent.
        let debit = json!({"user_id": "alice", "amount": 1});
        acme.manager.post("/api/v1/ledger/debit", debit).await.problem(422, "insufficient_balance");
        let told = step(&acme, &id, "pay", json!({})).await.problem(409, "illegal_transition");
        assert_says(&told, &json!({"state": "pending", "possible": ["confirm", "reverse"]}), "pay");

        let confirmed = step(&acme, &id, "confirm", json!({"reason": "checked"})).await.created();
        let wanted = json!({"transaction": {"kind": "reward.confirm", "postings": [], "reason": "checked"},
            "balances": {"reward:alice": {"posted": 500, "held": 0}},
            "reward": {"id": id, "user_id": "alice", "asset": "USD", "amount": 500, "status": "confirmed",
                "confirmed_at": "2026-01-05T09:00:00Z"}});
        assert_says(&confirmed, &wanted, "confirmed");
        let told = step(&acme, &id, "confirm", json!({})).await.problem(409, "illegal_transition");
        assert_says(&told, &json!({"state": "confirmed", "possible": ["pay", "reverse"]}), "confirm");

        let body = json!({"reference": "payout-1"});
        let path = format!("{LEDGER}/{id}/pay");
        let paid = acme.manager.post_with_key(&path, "k", body.clone()).await.created();
        let wanted = json!({"transaction": {"kind": "reward.pay", "reference": "payout-1",
                "postings": [{"from": "reward:alice", "to": "redeemed", "asset": "USD", "amount": 500}]},
            "reward": {"status": "paid", "paid_at": "2026-01-05T09:00:00Z", "payment_reference": "payout-1",
                "paid_by": paid["transaction"]["id"]}});
        assert_says(&paid, &wanted, "paid");
        let again = acme.manager.post_with_key(&path, "k", body).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.ok(), paid);
        for what in ["pay", "confirm"] {
            let told = step(&acme, &id, what, json!({})).await.problem(409, "illegal_transition");
            assert_says(&told, &json!({"state": "paid", "possible": []}), what);
        }
        let found = acme.manager.get(&format!("{LEDGER}/{id}")).await.ok();
        let wanted = json!({"transaction": {"id": id, "kind": "event"}, "reward": {"status": "paid",
            "paid_by": paid["transaction"]["id"], "payment_reference": "payout-1", "kind": "event",
            "confirmed_at": "2026-01-05T09:00:00Z", "created_at": "2026-01-05T09:00:00Z"}});
        assert_says(&found, &wanted, "found");
        assert_eq!(has(&acme, "alice").await, (0, 0));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_confirms_what_is_due_and_says_so() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let both =
            [Reward("alice", 500, Confirms::AfterDays(30)), Reward("bob", 200, Confirms::AfterDays(31))];
        let id = rewarded(&server, &acme, None, &both).await;
        let found = acme.manager.get(&format!("{LEDGER}/{id}")).await.ok();
        assert_eq!(found["rewards"][0]["confirms_at"], "2026-02-04T09:00:00Z");
        for (now, wanted, done) in [
            ("2026-02-04T08:59:59Z", ["alice pending", "bob pending"], 0),
            ("2026-02-04T09:00:00Z", ["alice confirmed", "bob pending"], 1),
            ("2026-02-05T09:00:00Z", ["alice confirmed", "bob confirmed"], 1),
        ] {
            server.move_clock_to(now);
            assert_eq!(server.run_jobs("holds.expire").await["done"], done, "{now}");
            assert_eq!(standing(&acme, &id).await, wanted, "{now}");
        }
        let confirmed = acme.manager.get("/api/v1/ledger/transactions?kind=reward.confirm").await.ok();
        assert_eq!(confirmed["data"].as_array().map(Vec::len), Some(2));
        assert_says(&confirmed["data"][1], &json!({"actor": "system", "reference": id}), "alice's");
        assert_eq!(acme.manager.get("/api/v1/ledger/transactions?kind=expire").await.ok()["data"], json!([]));
        // One that somebody confirmed before its time is left alone.
        let early = rewarded(&server, &acme, None, &[Reward("alice", 7, Confirms::AfterDays(1))]).await;
        step(&acme, &early, "confirm", json!({})).await.created();
        server.move_clock_to("2026-02-09T09:00:00Z");
        assert_eq!(server.run_jobs("holds.expire").await["done"], 0);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_rewards_one_is_meant_or_all() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let all = [
            Reward("alice", 500, Confirms::Manual),
            Reward("bob", 200, Confirms::Manual),
            Reward("cem", 100, Confirms::AtOnce),
        ];
        let id = rewarded(&server, &acme, None, &all).await;
        let one = step(&acme, &id, "confirm", json!({"user_id": "alice"})).await.created();
        assert_eq!((&one["reward"]["user_id"], &one["rewards"]), (&json!("alice"), &json!(null)));
        assert_eq!(standing(&acme, &id).await, ["alice confirmed", "bob pending", "cem confirmed"]);
        // Not all can be paid while one is pending.
        let told = step(&acme, &id, "pay", json!({})).await.problem(409, "illegal_transition");
        assert_eq!(told["state"], "pending");
        step(&acme, &id, "pay", json!({"user_id": "cem"})).await.created();
        step(&acme, &id, "confirm", json!({})).await.created();
        let rest = step(&acme, &id, "pay", json!({})).await.created();
        let users: Vec<_> = rest["rewards"].as_array().expect("two").iter().map(|r| &r["user_id"]).collect();
        assert_eq!(users, ["alice", "bob"]);
        assert_eq!(standing(&acme, &id).await, ["alice paid", "bob paid", "cem paid"]);
        step(&acme, &id, "pay", json!({})).await.problem(409, "illegal_transition");
        step(&acme, &id, "pay", json!({"user_id": "dora"})).await.problem(404, "reward_not_found");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_in_money_is_a_reward_that_is_confirmed_at_once() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let id = credited(&acme, "alice", 500).await;
        assert_eq!(standing(&acme, &id).await, ["alice confirmed"]);
        step(&acme, &id, "confirm", json!({})).await.problem(409, "illegal_transition");
        step(&acme, &id, "pay", json!({})).await.created();
        let other = credited(&acme, "alice", 70).await;
        let back = step(&acme, &other, "reverse", json!({"reason": "returned"})).await.created();
        assert_says(
            &back,
            &json!({"transaction": {"reverses": other}, "reward": {"status": "reversed"}}),
            "back",
        );
        // Points are no rewards, and neither are transactions that there are not.
        let points = json!({"user_id": "alice", "amount": 5, "asset": "PTS"});
        let points = acme.manager.post("/api/v1/ledger/credit", points).await.created();
        let points = points["entry_id"].as_str().expect("an id").to_owned();
        for id in [points.as_str(), "txn_1", "txn_999999", "txn_0", "nonsense"] {
            acme.manager.get(&format!("{LEDGER}/{id}")).await.problem(404, "reward_not_found");
            for (what, body) in
                [("confirm", json!({})), ("pay", json!({})), ("reverse", json!({"reason": "x"}))]
            {
                step(&acme, id, what, body).await.problem(404, "reward_not_found");
            }
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_20_who_pay_at_once_one_does_and_what_was_spent_is_not_paid() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let (id, other) = (credited(&acme, "alice", 500).await, credited(&acme, "alice", 30).await);
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let (client, path) = (acme.manager.clone(), format!("{LEDGER}/{id}/pay"));
                tokio::spawn(async move { client.post(&path, json!({})).await })
            })
            .collect();
        let mut paid = 0;
        for call in calls {
            let answer = call.await.expect("an answer");
            match answer.status.as_u16() {
                201 => paid += 1,
                _ => drop(answer.problem(409, "illegal_transition")),
            }
        }
        assert_eq!((paid, has(&acme, "alice").await), (1, (30, 0)));
        acme.manager.post("/api/v1/ledger/debit", json!({"user_id": "alice", "amount": 10})).await.created();
        let told = step(&acme, &other, "pay", json!({})).await.problem(422, "insufficient_balance");
        assert_says(&told, &json!({"available": 20, "requested": 30}), "spent");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_general_ledger_leaves_the_holds_of_rewards_alone() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let id = rewarded(&server, &acme, None, &[Reward("alice", 500, Confirms::Manual)]).await;
        let head = acme.head().await;
        for prefix in ["pending", "approved", "paid", "reversed"] {
            let hold = json!({"account": "reward:alice", "reference": format!("{prefix}:{id}"), "asset": "USD",
                "amount": 1});
            acme.manager.post("/api/v1/ledger/holds", hold).await.problem(422, "reserved_reference");
        }
        let pending = json!({"account": "reward:alice", "reference": format!("pending:{id}")});
        acme.manager
            .post("/api/v1/ledger/holds/release", pending.clone())
            .await
            .problem(422, "reserved_reference");
        let mut capture = pending;
        capture["to"] = json!("redeemed");
        acme.manager.post("/api/v1/ledger/holds/capture", capture).await.problem(422, "reserved_reference");
        for kind in ["reward.pay", "referral.create", "budget.fund"] {
            let posting = json!({"from": "funding:x", "to": "cash", "asset": "USD", "amount": 1});
            let body = json!({"kind": kind, "postings": [posting]});
            acme.manager.post("/api/v1/ledger/transactions", body).await.problem(400, "invalid_request");
        }
        assert_eq!(acme.head().await, head);
        server.stop().await;
    }
}
