//! Alerts: each once for a line and a period, and a refusal by the hard cap with what was asked for.

use super::Shop;
use crate::support::assert_says;
use guerdon_testkit::Answer;
use serde_json::{Value, json};
use std::time::Duration;

async fn reserve(shop: &Shop, reference: &str, amount: i64) -> Answer {
    shop.post("marketing", "reserve", json!({"amount": amount, "currency": "USD", "ref_id": reference})).await
}

async fn alerts(shop: &Shop, query: &str) -> Vec<Value> {
    shop.get(&format!("/alerts{query}")).await["data"].as_array().expect("data").clone()
}

fn kinds(alerts: &[Value]) -> Vec<String> {
    let told = |alert: &Value| {
        format!("{} {} {} {}", alert["period"], alert["kind"], alert["level"], alert["limit"])
            .replace('"', "")
    };
    alerts.iter().map(told).collect()
}

/// The alerts, once there is one of a refusal: those are put on record after the answer.
async fn with_refusal(shop: &Shop) -> Vec<Value> {
    for _ in 0..1_000 {
        let alerts = alerts(shop, "").await;
        if alerts.iter().any(|alert| alert["kind"] == "hard_cap_refused") {
            return alerts;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no refusal was put on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_crossed_again_is_told_once_for_each_period() {
    for shop in Shop::both().await {
        let body = json!({"id": "marketing", "name": "Marketing", "currency": "USD", "hard_cap": 10_000,
            "soft_cap": 8_500, "period": "monthly", "rollover": true});
        shop.company.manager.post("/api/v1/tenants/acme/budgets", body).await.created();
        shop.topup("marketing", "USD", 20_000).await;
        reserve(&shop, "a", 7_999).await.created();
        assert_eq!(alerts(&shop, "").await, Vec::<Value>::new());
        let at_80 = reserve(&shop, "b", 1).await.created();
        let told = alerts(&shop, "").await;
        let expected = json!([{"budget_id": "marketing", "kind": "hard_cap_approaching", "level": "warning",
            "period": "2026-01", "currency": "USD", "committed": 8_000, "hard_cap": 10_000, "utilization": 0.8,
            "limit": 8_000, "share": 0.8, "attempted": null, "available": null,
            "transaction_id": at_80["transaction"]["id"], "created_at": "2026-01-05T09:00:00Z"}]);
        assert_says(&json!(told), &expected, "");
        shop.part("marketing", "release", "b", 1).await;
        reserve(&shop, "c", 1).await.created();
        assert_eq!(alerts(&shop, "").await, told, "crossed again within the period");
        // Two lines at once.
        reserve(&shop, "d", 1_500).await.created();
        let of_january = [
            "2026-01 hard_cap_approaching critical 9500",
            "2026-01 soft_cap_exceeded warning 8500",
            "2026-01 hard_cap_approaching warning 8000",
        ];
        assert_eq!(kinds(&alerts(&shop, "").await), of_january);
        // What is reserved stays so in the new period, and crosses nothing by that; what falls and rises again does.
        shop.server.move_clock_to("2026-02-10T00:00:00Z");
        shop.part("marketing", "release", "d", 1_500).await;
        shop.part("marketing", "release", "a", 1_000).await;
        assert_eq!(alerts(&shop, "").await.len(), 3);
        reserve(&shop, "e", 2_500).await.created();
        let of_february = [
            "2026-02 hard_cap_approaching critical 9500",
            "2026-02 hard_cap_approaching warning 8000",
            "2026-02 soft_cap_exceeded warning 8500",
        ];
        assert_eq!(kinds(&alerts(&shop, "").await), [&of_february[..], &of_january].concat());
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_the_hard_cap_is_told_with_what_was_asked_for() {
    for shop in Shop::both().await {
        shop.budget("marketing", "USD", 10_000, "monthly").await;
        shop.topup("marketing", "USD", 20_000).await;
        reserve(&shop, "a", 9_000).await.created();
        reserve(&shop, "b", 1_001).await.problem(422, "hard_cap_exceeded");
        let told = with_refusal(&shop).await;
        let expected = json!({"budget_id": "marketing", "kind": "hard_cap_refused", "level": "critical",
            "period": "2026-01", "committed": 9_000, "hard_cap": 10_000, "attempted": 1_001, "available": 1_000,
            "limit": null, "share": null});
        assert_says(&told[0], &expected, "");
        for n in 0..3 {
            reserve(&shop, &format!("c-{n}"), 2_000).await.problem(422, "hard_cap_exceeded");
        }
        // Another cap is another line; once its refusal is there, so would be any of the old one.
        let path = "/api/v1/tenants/acme/budgets/marketing";
        let body = Some(json!({"hard_cap": 11_000}).to_string());
        shop.company.manager.send(reqwest::Method::PATCH, path, &[("if-match", "*")], body).await.ok();
        reserve(&shop, "d", 2_001).await.problem(422, "hard_cap_exceeded");
        let mut refused = Vec::new();
        for _ in 0..1_000 {
            refused = alerts(&shop, "?level=critical").await;
            if refused.len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let attempted: Vec<_> = refused.iter().map(|alert| &alert["attempted"]).collect();
        assert_eq!(attempted, [2_001, 1_001], "{refused:?}");
        // Nothing of it is an entry, or moves a total.
        let report = shop.get("/budgets/marketing/report").await;
        let totals = json!({"fund_count": 1, "reserve_count": 1, "reserve_amount": 9_000, "reset_count": 0});
        assert_says(&report["totals"], &totals, "");
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_filtered_paged_and_streamed() {
    for shop in Shop::both().await {
        for id in ["marketing", "travel"] {
            shop.budget(id, "USD", 100, "monthly").await;
            shop.topup(id, "USD", 100).await;
            shop.reserve(id, "USD", "a", 100).await;
        }
        for (query, count) in [
            ("", 4),
            ("?level=critical", 2),
            ("?level=warning", 2),
            ("?budget_id=travel", 2),
            ("?budget_id=travel&level=critical", 1),
            ("?budget_id=nobody", 0),
        ] {
            let path = super::of_acme(&format!("/alerts{query}"));
            let (whole, _) = crate::lists::walk(&shop.company.manager, &path, 200).await;
            assert_eq!(whole.len(), count, "{query}: {whole:?}");
            let (rows, pages) = crate::lists::walk(&shop.company.manager, &path, 1).await;
            assert_eq!((&rows, pages), (&whole, count.max(1)), "a page may part the alerts of a transaction");
            let lines = shop.accept(&format!("/alerts{query}"), "application/x-ndjson").await.text;
            let read: Vec<Value> =
                lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
            assert_eq!(read, whole);
        }
        let csv = shop.accept("/alerts?budget_id=travel&level=critical", "text/csv").await.text;
        let (names, row) = csv.split_once("\r\n").expect("two lines");
        assert_eq!(
            names,
            "budget_id,kind,level,created_at,transaction_id,period,currency,committed,hard_cap,utilization,limit,share,\
             attempted,available,discrepancy"
        );
        assert!(row.starts_with("travel,hard_cap_approaching,critical,2026-01-05T09:00:00Z,txn_"), "{row}");
        assert!(row.ends_with(",2026-01,USD,100,100,1.0,95,0.95,,,\r\n"), "{row}");
        shop.refused("/alerts?level=loud", "level", "invalid_value").await;
        shop.refused("/alerts?budget_id=a%20b", "budget_id", "invalid_value").await;
        shop.company.employee.get(&super::of_acme("/alerts")).await.problem(403, "forbidden");
        shop.server.stop().await;
    }
}
