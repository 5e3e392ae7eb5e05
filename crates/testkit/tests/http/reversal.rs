//! What was recorded is offset exactly, once, and both know of each other.

use crate::support::{assert_says, award, company_with_points, credit};
use guerdon_testkit::Server;
use serde_json::json;

const REVERSE: &str = "/api/v1/ledger/reverse";

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_offsets_exactly_once_and_links_both_ways() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let body = json!({"reference": "r-1", "postings": [
            {"from": "pool", "to": "wallet:emp-7", "asset": "PTS", "amount": 30},
            {"from": "wallet:emp-7", "to": "redeemed", "asset": "PTS", "amount": 10},
            {"from": "funding:grant", "to": "reward:emp-7", "asset": "USD", "amount": 500},
        ]});
        let posted = acme.manager.post("/api/v1/ledger/transactions", body).await.created();
        let id = posted["transaction"]["id"].as_str().expect("id");
        let reversed = acme.manager.post(REVERSE, json!({"entry_id": id, "reason": "twice"})).await.created();
        assert_says(
            &reversed,
            &json!({
                "reversed_entry_id": id,
                "transaction": {"kind": "reverse", "reverses": id, "reason": "twice", "actor": "mgr-1", "postings": [
                    {"from": "reward:emp-7", "to": "funding:grant", "asset": "USD", "amount": 500},
                    {"from": "redeemed", "to": "wallet:emp-7", "asset": "PTS", "amount": 10},
                    {"from": "wallet:emp-7", "to": "pool", "asset": "PTS", "amount": 30},
                ]},
            }),
            "",
        );
        let accounts = acme.manager.get("/api/v1/ledger/accounts").await.ok();
        for account in accounts["data"].as_array().expect("accounts") {
            let wanted = match account["account"].as_str() {
                Some("pool") => 1_000,
                Some("issuance") => -1_000,
                _ => 0,
            };
            assert_eq!(account["posted"], wanted, "{account}");
        }
        let by = reversed["entry_id"].as_str().expect("id");
        let original = acme.manager.get(&format!("/api/v1/ledger/transactions/{id}")).await.ok();
        assert_eq!(original["transaction"]["reversed_by"], by);
        assert_eq!(original["balances"], posted["balances"]);
        let reversal = acme.manager.get(&format!("/api/v1/ledger/transactions/{by}")).await.ok();
        assert_eq!(reversal["transaction"], reversed["transaction"]);

        let second =
            acme.manager.post(REVERSE, json!({"entry_id": id})).await.problem(409, "already_reversed");
        assert_eq!(second["reversed_by"], by);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_reversal_say_whose_balance_is_what_now() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let credited = acme.manager.post("/api/v1/ledger/credit", credit("alice", 700)).await.created();
        acme.manager.post("/api/v1/ledger/credit", credit("alice", 50)).await.created();
        let reversed = acme.manager.post(REVERSE, json!({"entry_id": credited["entry_id"]})).await.created();
        assert_says(
            &reversed,
            &json!({"user_id": "alice", "balance_cents": 50, "reversed_entry_id": credited["entry_id"]}),
            "",
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reversed_is_refused_with_the_reason_and_the_numbers() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let id_of = async |path: &str, body| -> String {
            let posted = acme.manager.post(path, body).await.created();
            posted["transaction"]["id"].as_str().expect("id").to_owned()
        };
        let awarded = id_of("/api/v1/allocations/award-points", award("emp-7", 30)).await;
        let spent =
            json!({"postings": [{"from": "wallet:emp-7", "to": "redeemed", "asset": "PTS", "amount": 25}]});
        let spent = id_of("/api/v1/ledger/transactions", spent).await;
        let reversal = id_of(REVERSE, json!({"entry_id": spent})).await;
        let again =
            json!({"postings": [{"from": "wallet:emp-7", "to": "redeemed", "asset": "PTS", "amount": 20}]});
        id_of("/api/v1/ledger/transactions", again).await;
        let held =
            id_of("/api/v1/ledger/holds", json!({"account": "pool", "reference": "h", "amount": 1})).await;
        let issued = acme.platform.get("/api/v1/platform/allocations/history/acme").await.ok();
        let issued = issued["data"][0]["id"].as_str().expect("id").to_owned();
        let head = acme.head().await;
        for (id, status, code, says) in [
            (
                awarded.as_str(),
                422,
                "insufficient_balance",
                json!({"account": "wallet:emp-7", "asset": "PTS", "available": 10, "requested": 30}),
            ),
            (&reversal, 422, "not_reversible", json!({})),
            (&held, 422, "not_reversible", json!({})),
            ("txn_1", 422, "not_reversible", json!({})),
            (&issued, 403, "platform_only", json!({})),
            ("txn_999999", 404, "transaction_not_found", json!({})),
            ("txn_0", 404, "transaction_not_found", json!({})),
            ("txn_007", 404, "transaction_not_found", json!({})),
            ("txn_-1", 404, "transaction_not_found", json!({})),
            ("txn_99999999999999999999", 404, "transaction_not_found", json!({})),
            ("42", 404, "transaction_not_found", json!({})),
            ("", 404, "transaction_not_found", json!({})),
        ] {
            let told = acme.manager.post(REVERSE, json!({"entry_id": id})).await.problem(status, code);
            assert_says(&told, &says, id);
        }
        assert_eq!(acme.head().await, head);
        acme.platform.post(REVERSE, json!({"entry_id": issued})).await.problem(422, "insufficient_balance");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_reverses_what_it_issued() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        let issued = acme.platform.get("/api/v1/platform/allocations/history/acme").await.ok();
        let body = json!({"entry_id": issued["data"][0]["id"], "reason": "wrong company"});
        acme.platform.post(REVERSE, body).await.created();
        let stats = acme.platform.get("/api/v1/platform/allocations/stats/acme").await.ok();
        assert_says(
            &stats,
            &json!({"allocated": 1000, "clawed_back": 1000, "pool": 0, "balanced": true}),
            "",
        );
        server.stop().await;
    }
}
