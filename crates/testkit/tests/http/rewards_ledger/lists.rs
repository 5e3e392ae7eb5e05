//! Rewards in lists: newest first, by member and state, page by page.

use super::{Confirms, LEDGER, Reward, credited, rewarded, step};
use crate::lists::walk;
use guerdon_testkit::Server;
use serde_json::{Value, json};

fn told(rows: &[Value]) -> Vec<String> {
    let told =
        |row: &Value| format!("{} {} {}", row["user_id"], row["amount"], row["status"]).replace('"', "");
    rows.iter().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rewards_are_listed_newest_first_by_member_and_state() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let both = [Reward("alice", 1, Confirms::Manual), Reward("bob", 2, Confirms::AtOnce)];
        rewarded(&server, &acme, None, &both).await;
        let paid = credited(&acme, "alice", 3).await;
        step(&acme, &paid, "pay", json!({})).await.created();
        let back = credited(&acme, "alice", 4).await;
        step(&acme, &back, "reverse", json!({"reason": "r"})).await.created();
        let euros = json!({"user_id": "alice", "amount": 5, "asset": "EUR"});
        acme.manager.post("/api/v1/ledger/credit", euros).await.created();
        // No rewards: points, and what one member gives another.
        let points = json!({"user_id": "alice", "amount": 6, "asset": "PTS"});
        acme.manager.post("/api/v1/ledger/credit", points).await.created();
        credited(&acme, "emp-7", 7).await;
        for (query, wanted) in [
            (
                "",
                vec![
                    "emp-7 7 confirmed",
                    "alice 5 confirmed",
                    "alice 4 reversed",
                    "alice 3 paid",
                    "alice 1 pending",
                    "bob 2 confirmed",
                ],
            ),
            (
                "user_id=alice",
                vec!["alice 5 confirmed", "alice 4 reversed", "alice 3 paid", "alice 1 pending"],
            ),
            ("user_id=bob", vec!["bob 2 confirmed"]),
            ("user_id=nobody", vec![]),
            ("status=pending", vec!["alice 1 pending"]),
            ("status=paid&user_id=alice", vec!["alice 3 paid"]),
            ("status=reversed", vec!["alice 4 reversed"]),
            ("status=confirmed", vec!["emp-7 7 confirmed", "alice 5 confirmed", "bob 2 confirmed"]),
        ] {
            for limit in [1, 2, 3, 200] {
                let (rows, _) = walk(&acme.manager, &format!("{LEDGER}?{query}"), limit).await;
                assert_eq!(told(&rows), wanted, "{query} by {limit}");
            }
        }
        for bad in ["status=lost", "user_id=a%20b", "limit=0", "cursor=00", "colour=red"] {
            acme.manager.get(&format!("{LEDGER}?{bad}")).await.problem(400, "invalid_request");
        }
        let own = acme.employee.get(LEDGER).await.ok();
        assert_eq!(told(own["data"].as_array().expect("data")), ["emp-7 7 confirmed"]);
        acme.employee.get(&format!("{LEDGER}?user_id=alice")).await.problem(403, "forbidden");
        let csv = [("accept", "text/csv")];
        let csv = acme.manager.send(reqwest::Method::GET, LEDGER, &csv, None).await.text;
        assert_eq!(csv.lines().count(), 7, "{csv}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_may_part_the_rewards_of_one_transaction() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        let posting =
            |n: i64| json!({"from": "funding:x", "to": format!("reward:m-{n}"), "asset": "USD", "amount": n});
        for _ in 0..2 {
            let postings: Vec<_> = (1..6).map(posting).collect();
            acme.manager.post("/api/v1/ledger/transactions", json!({"postings": postings})).await.created();
        }
        let (whole, _) = walk(&acme.manager, LEDGER, 200).await;
        assert_eq!(whole.len(), 10);
        for limit in [1, 2, 3, 4, 5, 9, 10] {
            assert_eq!(walk(&acme.manager, LEDGER, limit).await.0, whole, "{limit}");
        }
        server.stop().await;
    }
}
