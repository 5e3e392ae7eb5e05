//! Lists: page by page through everything once, and only what was asked for.

use crate::support::{award, company_with_points, credit};
use guerdon_testkit::{Client, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The rows of a whole list, page by page, and how many pages it took.
pub async fn walk(client: &Client, path: &str, limit: usize) -> (Vec<Value>, usize) {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut rows, mut pages, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let goes_on = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = client.get(&format!("{path}{join}limit={limit}{goes_on}")).await.ok();
        let data = page["data"].as_array().expect("data");
        assert!(data.len() <= limit, "{path}: {} of {limit}", data.len());
        rows.extend(data.iter().cloned());
        pages += 1;
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            assert!(page["next_cursor"].is_null(), "{page}");
            return (rows, pages);
        }
        assert!(pages < 1_000, "{path} does not end");
    }
}

/// What tells the rows of a list apart.
fn name(row: &Value) -> String {
    ["id", "entry_id", "code", "slug", "account", "reference"]
        .iter()
        .map(|name| row[*name].to_string())
        .collect::<String>()
        + &row["amount"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_meets_every_row_once_in_order_whatever_the_size_of_the_page() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        for n in 0..12 {
            acme.manager.post("/api/v1/allocations/award-points", award("emp-7", n + 1)).await.created();
            acme.manager
                .post("/api/v1/members", json!({"id": format!("m-{n:02}"), "name": "M"}))
                .await
                .created();
            acme.admin.post("/api/v1/api-keys", json!({"name": "k", "role": "auditor"})).await.created();
            acme.admin
                .post("/api/v1/assets", json!({"code": format!("A{n:02}"), "scale": 0}))
                .await
                .created();
            acme.allocate(5).await;
            let hold = json!({"account": "pool", "reference": format!("h-{n:02}"), "amount": 1});
            acme.manager.post("/api/v1/ledger/holds", hold).await.created();
            acme.platform
                .post("/api/v1/tenants", json!({"slug": format!("t-{n:02}"), "name": "T"}))
                .await
                .created();
        }
        // Several entries of one account in one transaction, which a page may part.
        let posting =
            |amount: i64| json!({"from": "pool", "to": "wallet:emp-7", "asset": "PTS", "amount": amount});
        let postings: Vec<_> = (101..108).map(posting).collect();
        acme.manager.post("/api/v1/ledger/transactions", json!({"postings": postings})).await.created();
        for (client, path, count, order) in [
            (&acme.platform, "/api/v1/platform/allocations/history/acme", 13, "newest"),
            (&acme.platform, "/api/v1/platform/allocations/all", 13, "slug"),
            (&acme.platform, "/api/v1/tenants", 13, "slug"),
            (&acme.admin, "/api/v1/audit?kind=allocate", 13, "newest"),
            (&acme.manager, "/api/v1/allocations/history", 13, "newest"),
            (&acme.manager, "/api/v1/allocations/history/tenant", 26, "newest"),
            (&acme.manager, "/api/v1/ledger/entries?account=wallet:emp-7", 19, "newest"),
            (&acme.manager, "/api/v1/ledger/accounts", 3, "account"),
            (&acme.manager, "/api/v1/ledger/holds", 12, "any"),
            (&acme.manager, "/api/v1/ledger/holds?status=open&account=pool", 12, "any"),
            (&acme.manager, "/api/v1/members", 17, "id"),
            (&acme.admin, "/api/v1/api-keys", 16, "any"),
            (&acme.employee, "/api/v1/assets", 12, "code"),
        ] {
            let (whole, _) = walk(client, path, 200).await;
            let told = format!("{path} on {:?}", server.engine);
            assert_eq!(whole.len(), count, "{told}");
            let names: BTreeSet<_> = whole.iter().map(name).collect();
            assert_eq!(names.len(), count, "{told}: every row once");
            for limit in [1, 2, 3, 7, count, count + 1] {
                let (rows, pages) = walk(client, path, limit).await;
                assert_eq!(rows, whole, "{told} by {limit}");
                if !path.contains("history") && !path.contains("audit") {
                    assert_eq!(pages, count.div_ceil(limit), "{told} by {limit}: no empty page at the end");
                }
            }
            match order {
                "newest" => {
                    let seqs: Vec<i64> = whole.iter().map(seq).collect();
                    assert!(seqs.is_sorted_by(|a, b| a >= b), "{told}: {seqs:?}");
                }
                "any" => {}
                field => {
                    let values: Vec<_> = whole.iter().map(|row| row[field].as_str().expect(field)).collect();
                    assert!(values.is_sorted(), "{told}: {values:?}");
                }
            }
        }
        let head = acme.head().await;
        let (transactions, _) = walk(&acme.manager, "/api/v1/ledger/transactions", 3).await;
        let seqs: Vec<i64> = transactions.iter().map(seq).collect();
        assert_eq!(seqs, (1..=head).rev().collect::<Vec<_>>(), "the journal has no gaps");
        server.stop().await;
    }
}

fn seq(row: &Value) -> i64 {
    let id = row["id"].as_str().or(row["entry_id"].as_str()).expect("an id");
    id.trim_start_matches("txn_").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_meanwhile_does_not_disturb_a_walk() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        for _ in 0..6 {
            acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 1)).await.created();
        }
        let first = acme.manager.get("/api/v1/allocations/history?limit=3").await.ok();
        acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 2)).await.created();
        let cursor = first["next_cursor"].as_str().expect("more");
        let second =
            acme.manager.get(&format!("/api/v1/allocations/history?limit=3&cursor={cursor}")).await.ok();
        let seqs: Vec<i64> =
            [&first, &second].iter().flat_map(|p| p["data"].as_array().expect("data")).map(seq).collect();
        let newest = seqs[0];
        assert_eq!(seqs, (newest - 5..=newest).rev().collect::<Vec<_>>());
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_by_what_the_query_says() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 1_000).await;
        acme.admin.patch("/api/v1/tenants/acme", json!({"time_zone": "Africa/Harare"})).await.ok();
        acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 1)).await.created();
        let mut paid = credit("alice", 500);
        paid["metadata"] = json!({"order": "1001", "line": 2, "gift": true});
        acme.manager.post("/api/v1/ledger/credit", paid).await.created();
        // 22:30 UTC on the 10th is half past midnight on the 11th in Harare.
        server.move_clock_to("2026-01-10T22:30:00Z");
        acme.manager.post("/api/v1/ledger/credit", credit("alice", 600)).await.created();
        server.move_clock_to("2026-01-12T21:59:59Z");
        acme.manager.post("/api/v1/ledger/debit", credit("alice", 50)).await.created();
        server.move_clock_to("2026-01-12T22:00:00Z");
        acme.admin.post("/api/v1/allocations/award-points", award("emp-8", 2)).await.created();

        let count = async |path: &str| walk(&acme.manager, &format!("/api/v1{path}"), 2).await.0.len();
        for (path, wanted) in [
            ("/ledger/transactions?kind=credit", 2),
            ("/ledger/transactions?kind=award", 2),
            ("/ledger/transactions?kind=nothing", 0),
            ("/ledger/transactions?actor=adm-1&kind=award", 1),
            ("/ledger/transactions?account=wallet:emp-8", 1),
            ("/ledger/transactions?account=pool&kind=award", 2),
            ("/ledger/transactions?member=alice", 3),
            ("/ledger/transactions?asset=USD", 3),
            ("/ledger/transactions?from=2026-01-11&to=2026-01-11", 1),
            ("/ledger/transactions?from=2026-01-12&to=2026-01-12", 1),
            ("/ledger/transactions?from=2026-01-11&to=2026-01-12", 2),
            ("/ledger/transactions?from=2026-01-13", 1),
            ("/ledger/transactions?from=2026-01-10T22:30:00Z&to=2026-01-12T22:00:00Z", 2),
            ("/ledger/transactions?from=2026-01-10T22:30:00Z&to=2026-01-12T22:00:00.000001Z", 3),
            ("/ledger/transactions?from=2026-01-11T00:30:00%2B02:00", 3),
            ("/ledger/transactions?from=2026-02-01", 0),
            ("/ledger/transactions?metadata[order]=1001", 1),
            ("/ledger/transactions?metadata[order]=1001&metadata[line]=2&metadata[gift]=true", 1),
            ("/ledger/transactions?metadata%5Border%5D=1001&kind=debit", 0),
            ("/ledger/transactions?metadata[order]=1002", 0),
            ("/ledger/transactions?metadata[nothing]=", 0),
            ("/ledger/entries?user_id=alice", 3),
            ("/ledger/entries?user_id=alice&kind=credit", 2),
            ("/ledger/entries?user_id=alice&metadata[line]=2", 1),
            ("/ledger/entries?user_id=alice&from=2026-01-11&to=2026-01-12", 2),
            ("/ledger/entries?user_id=alice&from=2026-01-11&kind=debit", 1),
            ("/ledger/entries?user_id=alice&asset=PTS", 0),
            ("/allocations/history", 1),
            ("/allocations/history/tenant", 3),
            ("/allocations/history/tenant?kind=award", 2),
            ("/allocations/history/tenant?member=emp-8", 1),
            ("/allocations/history/tenant?to=2026-01-12", 2),
            ("/ledger/accounts?prefix=wallet:", 2),
            ("/ledger/accounts?prefix=wallet:emp-8", 1),
            ("/ledger/accounts?prefix=x", 0),
        ] {
            assert_eq!(count(path).await, wanted, "{path} on {:?}", server.engine);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_is_told_as_of_any_instant_or_day() {
    for server in Server::both().await {
        let acme = server.company("acme").await;
        acme.admin.patch("/api/v1/tenants/acme", json!({"time_zone": "Africa/Harare"})).await.ok();
        for (at, amount) in
            [("2026-01-10T10:00:00Z", 100), ("2026-01-10T22:30:00Z", 20), ("2026-01-20T10:00:00Z", 3)]
        {
            server.move_clock_to(at);
            acme.manager.post("/api/v1/ledger/credit", credit("alice", amount)).await.created();
        }
        let dated = json!({"effective_at": "2026-01-05T00:00:00Z", "postings":
            [{"from": "funding:ledger", "to": "reward:alice", "asset": "USD", "amount": 5_000}]});
        acme.manager.post("/api/v1/ledger/transactions", dated).await.created();
        for (query, wanted) in [
            ("", 5_123),
            ("?at=2026-01-10T09:59:59Z", 0),
            ("?at=2026-01-10T10:00:00Z", 100),
            ("?at=2026-01-10", 100),
            ("?at=2026-01-11", 120),
            ("?at=2026-01-20T10:00:00Z", 5_123),
            ("?effective_at=2026-01-04", 0),
            ("?effective_at=2026-01-05", 5_000),
            ("?effective_at=2026-01-10", 5_100),
            ("?effective_at=2026-01-11", 5_120),
        ] {
            let balance = acme.manager.get(&format!("/api/v1/ledger/balance/alice{query}")).await.ok();
            assert_eq!(balance["balance_cents"], wanted, "{query}: {balance}");
        }
        server.stop().await;
    }
}
