//! The entries of a budget.

use super::{Shop, of_acme};
use crate::lists::walk;
use crate::support::assert_says;
use serde_json::{Value, json};

const ENTRIES: &str = "/budgets/marketing/entries";

/// What each entry says in short, newest first.
fn told(rows: &[Value]) -> Vec<String> {
    let line = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let stood = format!("{}/{}/{}", row["funded"], row["reserved"], row["charged"]);
        format!(
            "{} {} {} {} {} {stood}",
            text("day"),
            text("period"),
            text("type"),
            text("ref_id"),
            row["amount"]
        )
    };
    rows.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_listed_newest_first_with_how_the_budget_stood() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        let manager = &shop.company.manager;
        let (whole, _) = walk(manager, &of_acme(ENTRIES), 200).await;
        let expected = [
            "2026-02-02 2026-02 charge a 15000 75000/11000/15000",
            "2026-02-02 2026-02 reserve d 1000 75000/26000/0",
            "2026-02-02 2026-02 fund - 50000 75000/25000/0",
            "2026-02-02 2026-02 reset - 65000 25000/25000/0",
            "2026-01-31 2026-01 reserve c 10000 100000/25000/10000",
            "2026-01-06 2026-01 reverse b 20000 100000/15000/10000",
            "2026-01-06 2026-01 charge b 20000 100000/15000/30000",
            "2026-01-06 2026-01 reserve b 20000 100000/35000/10000",
            "2026-01-05 2026-01 release a 5000 100000/15000/10000",
            "2026-01-05 2026-01 charge a 10000 100000/20000/10000",
            "2026-01-05 2026-01 reserve a 30000 100000/30000/0",
            "2026-01-05 2026-01 fund - 100000 100000/0/0",
        ];
        assert_eq!(told(&whole), expected, "on {:?}", shop.server.engine);
        let reversal = json!({"actor": "mgr-1", "reason": "returned", "hard_cap": 100_000, "available": 75_000,
            "refilled": null, "created_at": "2026-01-05T22:30:00Z"});
        assert_says(&whole[5], &reversal, "the reversal");
        assert_says(&whole[3], &json!({"actor": "system", "reason": "the period is over"}), "the reset");
        for limit in [1, 5, 11, 12, 13] {
            let (rows, pages) = walk(manager, &of_acme(ENTRIES), limit).await;
            assert_eq!((rows, pages), (whole.clone(), 12_usize.div_ceil(limit)), "by {limit}");
        }
        let lines = shop.accept(ENTRIES, "application/x-ndjson").await.text;
        let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(read, whole);
        let csv = shop.accept(&format!("{ENTRIES}?type=reset"), "text/csv").await;
        insta::allow_duplicates! { insta::assert_snapshot!(masked(&csv.text)) };
        shop.server.stop().await;
    }
}

/// Rows of CSV without the numbers of transactions, which follow what else the journal has.
fn masked(csv: &str) -> String {
    let hide = |line: &str| match line.strip_prefix("txn_").and_then(|rest| rest.split_once(',')) {
        Some((_, rest)) => format!("txn_,{rest}"),
        None => line.to_owned(),
    };
    csv.lines().map(hide).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_filtered_by_type_reservation_and_time() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        for (query, count) in [
            ("type=charge", 3),
            ("type=fund", 2),
            ("type=reset", 1),
            ("ref_id=a", 4),
            ("ref_id=b", 3),
            ("ref_id=nothing", 0),
            ("ref_id=a&type=charge", 2),
            ("from=2026-01-05&to=2026-01-05", 4),
            ("from=2026-01-06&to=2026-01-06", 3),
            ("to=2026-01-31", 8),
            ("from=2026-02-01", 4),
            ("from=2026-02-03", 0),
            ("to=2026-01-04", 0),
            ("from=2026-01-05T22:30:00Z&to=2026-01-31T21:59:59Z", 3),
            ("from=2026-01-05T22:30:00Z&to=2026-01-31T21:59:59.000001Z", 4),
            ("from=2026-01-06&ref_id=a&type=charge", 1),
            ("from=2026-01-06&to=2026-01-31&type=reserve", 2),
        ] {
            for limit in [1, 2, 200] {
                let path = of_acme(&format!("{ENTRIES}?{query}"));
                let (rows, _) = walk(&shop.company.manager, &path, limit).await;
                assert_eq!(
                    rows.len(),
                    count,
                    "{query} by {limit} on {:?}: {:?}",
                    shop.server.engine,
                    told(&rows)
                );
            }
        }
        for (query, pointer, code) in [
            ("type=refund", "type", "invalid_value"),
            ("ref_id=", "ref_id", "invalid_value"),
            ("from=yesterday", "from", "invalid_value"),
            ("kind=charge", "kind", "unknown_field"),
        ] {
            shop.refused(&format!("{ENTRIES}?{query}"), pointer, code).await;
        }
        let nobody = of_acme("/budgets/nobody/entries");
        shop.company.manager.get(&nobody).await.problem(404, "budget_not_found");
        shop.company.lead.get(&of_acme(ENTRIES)).await.problem(403, "forbidden");
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_searched_to_its_end() {
    for shop in Shop::both().await {
        shop.budget("marketing", "USD", 100_000, "rolling").await;
        shop.topup("marketing", "USD", 100_000).await;
        let item = |n: usize| json!({"amount": 1, "currency": "USD", "ref_id": format!("r-{n}")});
        // More than a page of one type looks at.
        let items: Vec<_> = (0..2_100).map(item).collect();
        shop.post("marketing", "reserve/bulk", json!(items)).await.created();
        for (query, count) in [("type=fund", 1), ("type=reserve", 2_100), ("type=charge", 0), ("", 2_101)] {
            let lines = shop.accept(&format!("{ENTRIES}?{query}"), "application/x-ndjson").await.text;
            assert_eq!(lines.lines().count(), count, "{query}");
        }
        let (rows, pages) = walk(&shop.company.manager, &of_acme(&format!("{ENTRIES}?type=fund")), 50).await;
        assert_eq!((rows.len(), pages), (1, 3), "each page looked at a thousand, and says where to go on");
        shop.server.stop().await;
    }
}
