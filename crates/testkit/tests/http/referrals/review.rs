//! Reviews end once; rewards wait for them.

use super::{REFERRALS, refer};
use crate::rewards_ledger::{Confirms, Reward, rewarded};
use crate::support::assert_says;
use guerdon_testkit::{Company, Server};
use serde_json::{Value, json};

/// A referral of bob by alice that waits for a review.
async fn odd(acme: &Company) {
    let settings = json!({"settings": {"referrals": {"per_day": 1}}});
    acme.admin.patch("/api/v1/tenants/acme", settings).await.ok();
    refer(&acme.manager, "ref-0", "alice", "somebody").await.created();
    let made = refer(&acme.manager, "ref-1", "alice", "bob").await.created();
    assert_eq!(made["review"], "open");
}

async fn review(acme: &Company, decision: &str) -> Value {
    let body = json!({"decision": decision, "note": "looked at it"});
    acme.manager.post(&format!("{REFERRALS}/ref-1/review"), body).await.ok()
}

async fn status(acme: &Company, id: &str) -> Value {
    acme.manager.get(&format!("/api/v1/rewards-ledger/{id}")).await.ok()["reward"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_who_review_at_once_one_does() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        odd(&acme).await;
        let calls: Vec<_> = (0..20)
            .map(|n| {
                let client = if n % 2 == 0 { acme.manager.clone() } else { acme.admin.clone() };
                let decision = if n % 2 == 0 { "approve" } else { "reject" };
                let path = format!("{REFERRALS}/ref-1/review");
                tokio::spawn(async move { client.post(&path, json!({"decision": decision})).await })
            })
            .collect();
        let (mut ended, mut told) = (Vec::new(), Vec::new());
        for call in calls {
            let answer = call.await.expect("an answer");
            match answer.status.as_u16() {
                200 => ended.push(answer.ok()["review"].clone()),
                _ => told.push(answer.problem(409, "already_reviewed")["review"].clone()),
            }
        }
        assert_eq!((ended.len(), told.len()), (1, 19));
        assert!(told.iter().all(|review| *review == ended[0]), "{ended:?} {told:?}");
        let found = acme.manager.get(&format!("{REFERRALS}/ref-1")).await.ok();
        let by = if ended[0] == "approved" { "mgr-1" } else { "adm-1" };
        assert_says(&found, &json!({"review": ended[0], "reviewed_by": by, "version": 2}), "found");
        let trail = acme.admin.get("/api/v1/audit?kind=referral.review").await.ok();
        assert_eq!(trail["data"].as_array().map(Vec::len), Some(1));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reward_of_a_referral_in_review_waits_for_it_whatever_the_time() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        odd(&acme).await;
        let at_once = rewarded(&server, &acme, Some("bob"), &[Reward("alice", 500, Confirms::AtOnce)]).await;
        let later =
            rewarded(&server, &acme, Some("bob"), &[Reward("alice", 70, Confirms::AfterDays(30))]).await;
        let by_hand = rewarded(&server, &acme, Some("bob"), &[Reward("alice", 9, Confirms::Manual)]).await;
        let referral = acme.manager.get(&format!("{REFERRALS}/ref-1")).await.ok();
        let wanted =
            json!({"status": "qualified", "qualified_by": at_once, "rewards": [at_once, later, by_hand]});
        assert_says(&referral, &wanted, "qualified");
        server.move_clock_to("2026-01-25T09:00:00Z");
        server.run_jobs("holds.expire").await;
        for id in [&at_once, &later, &by_hand] {
            let told = status(&acme, id).await;
            assert_says(&told, &json!({"status": "pending"}), id);
            assert!(told["confirms_at"].is_null(), "{told}");
            let path = format!("/api/v1/rewards-ledger/{id}/confirm");
            let told = acme.manager.post(&path, json!({})).await.problem(409, "under_review");
            assert_eq!(told["referral_id"], "ref-1");
        }

        let reviewed = review(&acme, "approve").await;
        let wanted = json!({"review": "approved", "status": "qualified", "reviewed_by": "mgr-1",
            "review_note": "looked at it"});
        assert_says(&reviewed, &wanted, "reviewed");
        // What would have confirmed by now is confirmed, what would later will, and the rest is done by hand.
        assert_says(&status(&acme, &at_once).await, &json!({"status": "confirmed"}), "at once");
        let told = status(&acme, &later).await;
        assert_says(&told, &json!({"status": "pending", "confirms_at": "2026-02-04T09:00:00Z"}), "later");
        assert_says(&status(&acme, &by_hand).await, &json!({"status": "pending"}), "by hand");
        server.move_clock_to("2026-02-04T09:00:00Z");
        server.run_jobs("holds.expire").await;
        assert_says(&status(&acme, &later).await, &json!({"status": "confirmed"}), "in its time");
        assert_says(&status(&acme, &by_hand).await, &json!({"status": "pending"}), "by hand");
        acme.manager.post(&format!("/api/v1/rewards-ledger/{by_hand}/confirm"), json!({})).await.created();
        let balance = acme.manager.get("/api/v1/ledger/balance/alice").await.ok();
        assert_says(&balance, &json!({"posted": 579, "held": 0, "available": 579}), "alice");
        assert_eq!(acme.admin.get("/api/v1/audit/verify").await.ok()["clean"], true);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejecting_takes_back_what_is_pending_and_nothing_else() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        odd(&acme).await;
        let both = [Reward("alice", 500, Confirms::AtOnce), Reward("bob", 200, Confirms::Manual)];
        let first = rewarded(&server, &acme, Some("bob"), &both).await;
        let second =
            rewarded(&server, &acme, Some("bob"), &[Reward("alice", 30, Confirms::AfterDays(7))]).await;
        let paid = acme.manager.post("/api/v1/ledger/credit", json!({"user_id": "alice", "amount": 5})).await;
        paid.created();
        let rejected = review(&acme, "reject").await;
        assert_says(&rejected, &json!({"status": "rejected", "review": "rejected"}), "rejected");
        for id in [&first, &second] {
            let found = acme.manager.get(&format!("/api/v1/rewards-ledger/{id}")).await.ok();
            let all = found["rewards"].as_array().cloned().unwrap_or_else(|| vec![found["reward"].clone()]);
            assert!(all.iter().all(|reward| reward["status"] == "reversed"), "{found}");
        }
        for (user, left) in [("alice", 5), ("bob", 0)] {
            let balance = acme.manager.get(&format!("/api/v1/ledger/balance/{user}")).await.ok();
            assert_says(&balance, &json!({"posted": left, "held": 0}), user);
        }
        let found = acme.manager.get(&format!("{REFERRALS}/ref-1")).await.ok();
        assert_says(&found, &json!({"status": "rejected", "version": 4}), "it stays rejected");
        assert_eq!(acme.admin.get("/api/v1/audit/verify").await.ok()["clean"], true);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_review_is_answered_as_the_first_was() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        odd(&acme).await;
        rewarded(&server, &acme, Some("bob"), &[Reward("alice", 500, Confirms::Manual)]).await;
        let (path, body) = (format!("{REFERRALS}/ref-1/review"), json!({"decision": "reject"}));
        let first = acme.manager.post_with_key(&path, "k", body.clone()).await.ok();
        let head = acme.head().await;
        let again = acme.manager.post_with_key(&path, "k", body).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!((again.ok(), acme.head().await), (first, head));
        acme.manager
            .post_with_key(&path, "k", json!({"decision": "approve"}))
            .await
            .problem(409, "idempotency_conflict");
        for (body, pointer) in [(json!({}), "/decision"), (json!({"decision": "maybe"}), "/decision")] {
            let told = acme.manager.post(&path, body).await.problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], pointer);
        }
        let nobody = format!("{REFERRALS}/nobody/review");
        acme.manager.post(&nobody, json!({"decision": "approve"})).await.problem(404, "referral_not_found");
        server.stop().await;
    }
}
