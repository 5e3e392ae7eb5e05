//! Any list whole, as CSV or NDJSON.

use crate::lists::walk;
use crate::support::{award, company_with_points};
use guerdon_testkit::{Answer, Client, Server};
use reqwest::Method;
use serde_json::{Value, json};

async fn accept(client: &Client, path: &str, kind: &str) -> Answer {
    client.send(Method::GET, path, &[("accept", kind)], None).await
}

/// The rows of CSV as objects, what is nested read as JSON by the type it has in `like`.
fn rows(text: &str, like: &[Value]) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("names").clone();
    let records = reader.records().map(|record| record.expect("a record"));
    let row = |(index, record): (usize, csv::StringRecord)| {
        let cells = names.iter().zip(record.iter()).filter_map(|(name, cell)| {
            let value = match like[index].get(name)? {
                Value::String(_) => json!(cell),
                Value::Null => return (cell.is_empty()).then(|| (name.to_owned(), Value::Null)),
                _ => serde_json::from_str(cell).expect("JSON in a cell"),
            };
            Some((name.to_owned(), value))
        });
        Value::Object(cells.collect())
    };
    records.enumerate().map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_streams_whole_as_csv_and_as_ndjson() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10_000).await;
        for n in 0..3 {
            acme.allocate(5).await;
            let awkward = json!({"user_id": "emp-7", "amount": n + 1, "reason": "a \"quoted\", word\nand a line; =1+1"});
            acme.manager.post("/api/v1/allocations/award-points", awkward).await.created();
            let hold = json!({"account": "pool", "reference": format!("h-{n}"), "amount": 1, "expires_at": "2027-01-01T00:00:00Z"});
            acme.manager.post("/api/v1/ledger/holds", hold).await.created();
            acme.admin.post("/api/v1/assets", json!({"code": format!("A{n}"), "scale": 0})).await.created();
        }
        acme.admin.patch("/api/v1/tenants/acme", json!({"settings": {"low_balance": 5}})).await.ok();
        for (client, path) in [
            (&acme.platform, "/api/v1/tenants"),
            (&acme.platform, "/api/v1/platform/allocations/all"),
            (&acme.platform, "/api/v1/platform/allocations/history/acme"),
            (&acme.manager, "/api/v1/allocations/history"),
            (&acme.manager, "/api/v1/allocations/history/tenant"),
            (&acme.manager, "/api/v1/ledger/transactions"),
            (&acme.manager, "/api/v1/ledger/transactions?kind=award"),
            (&acme.manager, "/api/v1/ledger/entries?account=wallet:emp-7"),
            (&acme.manager, "/api/v1/ledger/entries?account=wallet:emp-8"),
            (&acme.manager, "/api/v1/ledger/accounts"),
            (&acme.manager, "/api/v1/ledger/holds"),
            (&acme.admin, "/api/v1/audit"),
            (&acme.manager, "/api/v1/members"),
            (&acme.admin, "/api/v1/api-keys"),
            (&acme.employee, "/api/v1/assets"),
        ] {
            let (paged, _) = walk(client, path, 200).await;
            let told = format!("{path} on {:?}", server.engine);
            let lines = accept(client, path, "application/x-ndjson").await;
            assert_eq!(
                (lines.status.as_u16(), lines.header("content-type")),
                (200, "application/x-ndjson"),
                "{told}"
            );
            let read: Vec<Value> =
                lines.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            assert_eq!(read, paged, "{told}");

            let csv = accept(client, path, "text/csv").await;
            assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present", "{told}");
            assert_eq!(rows(&csv.text, &paged), paged, "{told}: {}", csv.text);
            assert!(
                csv.text.lines().next().is_some_and(|names| names.contains(',')),
                "{told}: names even of no rows"
            );
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_streams_over_many_pages_and_parts_of_it_are_refused() {
    for server in Server::both().await {
        let acme = company_with_points(&server, 10_000).await;
        let item = json!({"postings": [{"from": "pool", "to": "wallet:emp-7", "asset": "PTS", "amount": 1}]});
        acme.manager.post("/api/v1/ledger/transactions/bulk", json!(vec![item; 1_300])).await.created();
        let entries = "/api/v1/ledger/entries?account=wallet:emp-7";
        for kind in ["application/x-ndjson", "text/csv, application/json;q=0.5"] {
            let answer = accept(&acme.manager, entries, kind).await;
            let lines = answer.text.lines().count() - usize::from(kind.starts_with("text/csv"));
            assert_eq!(lines, 1_300);
        }
        let filtered = format!("{entries}&kind=transfer");
        assert_eq!(
            accept(&acme.manager, &filtered, "application/x-ndjson").await.text.lines().count(),
            1_300
        );
        for (query, name) in [("limit=5", "limit"), ("cursor=31", "cursor")] {
            let told = accept(&acme.manager, &format!("{entries}&{query}"), "text/csv")
                .await
                .problem(400, "invalid_request");
            assert_eq!(told["errors"][0]["pointer"], name);
        }
        accept(&acme.employee, "/api/v1/ledger/transactions", "text/csv").await.problem(403, "forbidden");
        accept(&acme.manager, "/api/v1/ledger/transactions?kind=%00", "text/csv")
            .await
            .problem(400, "invalid_request");
        for kind in ["*/*", "application/json", "text/html", ""] {
            assert_eq!(
                accept(&acme.manager, "/api/v1/members", kind).await.header("content-type"),
                "application/json"
            );
        }
        acme.manager.post("/api/v1/allocations/award-points", award("emp-7", 1)).await.created();
        server.stop().await;
    }
}
