//! Reports: numbers worked out by hand for two months of three budgets.

use super::{Shop, of_acme};
use crate::support::assert_says;
use serde_json::{Value, json};

/// Counts and amounts of funds, reservations, charges, releases, reversals and resets.
fn amounts(pairs: [(i64, i64); 6]) -> Value {
    let names = ["fund", "reserve", "charge", "release", "reverse", "reset"];
    let both = names.into_iter().zip(pairs).flat_map(|(name, (count, amount))| {
        [(format!("{name}_count"), json!(count)), (format!("{name}_amount"), json!(amount))]
    });
    Value::Object(both.collect())
}

fn stood(funded: i64, reserved: i64, charged: i64, hard_cap: i64, utilization: f64) -> Value {
    json!({"funded": funded, "reserved": reserved, "charged": charged, "hard_cap": hard_cap,
        "utilization": utilization})
}

fn day(day: &str, period: &str, happened: Value, stood: Value) -> Value {
    let mut whole = json!({"day": day, "period": period});
    for part in [happened, stood] {
        whole.as_object_mut().expect("fields").extend(part.as_object().expect("fields").clone());
    }
    whole
}

const NOTHING: [(i64, i64); 6] = [(0, 0); 6];

#[tokio::test(flavor = "multi_thread")]
async fn a_report_on_a_budget_has_totals_days_and_how_it_stood() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        let first = amounts([(1, 100_000), (1, 30_000), (1, 10_000), (1, 5_000), (0, 0), (0, 0)]);
        let second = amounts([(0, 0), (1, 20_000), (1, 20_000), (0, 0), (1, 20_000), (0, 0)]);
        let third = amounts([(0, 0), (1, 10_000), (0, 0), (0, 0), (0, 0), (0, 0)]);
        let fourth = amounts([(1, 50_000), (1, 1_000), (1, 15_000), (0, 0), (0, 0), (1, 65_000)]);
        let after_first = stood(100_000, 15_000, 10_000, 100_000, 0.25);
        let after_third = stood(100_000, 25_000, 10_000, 100_000, 0.35);
        let after_fourth = stood(75_000, 11_000, 15_000, 100_000, 0.26);
        let days = [
            day("2026-01-05", "2026-01", first.clone(), after_first.clone()),
            day("2026-01-06", "2026-01", second.clone(), after_first.clone()),
            day("2026-01-31", "2026-01", third, after_third.clone()),
            day("2026-02-02", "2026-02", fourth.clone(), after_fourth.clone()),
        ];
        let all = amounts([(2, 150_000), (4, 61_000), (3, 45_000), (1, 5_000), (1, 20_000), (1, 65_000)]);
        let middle = amounts([(0, 0), (2, 30_000), (1, 20_000), (0, 0), (1, 20_000), (0, 0)]);
        for (query, from, to, totals, opening, closing, series) in [
            ("", "2026-02-01", "2026-02-28", &fourth, &after_third, &after_fourth, &days[3..]),
            ("?range=month", "2026-02-01", "2026-02-28", &fourth, &after_third, &after_fourth, &days[3..]),
            ("?range=today", "2026-02-02", "2026-02-02", &fourth, &after_third, &after_fourth, &days[3..]),
            ("?range=week", "2026-02-02", "2026-02-08", &fourth, &after_third, &after_fourth, &days[3..]),
            ("?range=quarter", "2026-01-01", "2026-03-31", &all, &Value::Null, &after_fourth, &days[..]),
            ("?range=year", "2026-01-01", "2026-12-31", &all, &Value::Null, &after_fourth, &days[..]),
            (
                "?from=2026-01-05&to=2026-01-05",
                "2026-01-05",
                "2026-01-05",
                &first,
                &Value::Null,
                &after_first,
                &days[..1],
            ),
            (
                "?from=2026-01-06&to=2026-01-31",
                "2026-01-06",
                "2026-01-31",
                &middle,
                &after_first,
                &after_third,
                &days[1..3],
            ),
            (
                "?from=2026-01-07&to=2026-01-30",
                "2026-01-07",
                "2026-01-30",
                &amounts(NOTHING),
                &after_first,
                &after_first,
                &[],
            ),
            (
                "?from=2025-01-01&to=2025-12-31",
                "2025-01-01",
                "2025-12-31",
                &amounts(NOTHING),
                &Value::Null,
                &Value::Null,
                &[],
            ),
        ] {
            let report = shop.get(&format!("/budgets/marketing/report{query}")).await;
            let expected = json!({"range": {"from": from, "to": to}, "budget_id": "marketing", "name": "marketing",
                "currency": "USD", "scale": 2, "totals": totals, "opening": opening, "closing": closing,
                "series": series});
            assert_eq!(report, expected, "{query} on {:?}", shop.server.engine);
        }
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_on_a_tenant_keeps_currencies_apart() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        let report = shop.get("/reports/budgets?range=quarter").await;
        let marketing =
            amounts([(2, 150_000), (4, 61_000), (3, 45_000), (1, 5_000), (1, 20_000), (1, 65_000)]);
        let offsite = amounts([(1, 5_000), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
        let dollars = amounts([(3, 155_000), (4, 61_000), (3, 45_000), (1, 5_000), (1, 20_000), (1, 65_000)]);
        let travel = amounts([(1, 9_000), (1, 2_500), (0, 0), (0, 0), (0, 0), (0, 0)]);
        let of_travel = stood(9_000, 2_500, 0, 9_000, 0.2777);
        let row = |id: &str, currency: &str, scale: i64, totals: &Value, closing: &Value| {
            json!({"budget_id": id, "name": id, "currency": currency, "scale": scale, "totals": totals,
                "opening": null, "closing": closing})
        };
        let expected = json!({
            "range": {"from": "2026-01-01", "to": "2026-03-31"},
            "budgets": [
                row("marketing", "USD", 2, &marketing, &stood(75_000, 11_000, 15_000, 100_000, 0.26)),
                row("offsite", "USD", 2, &offsite, &stood(5_000, 0, 0, 5_000, 0.0)),
                row("travel", "KWD", 3, &travel, &of_travel),
            ],
            "currencies": [
                {"currency": "KWD", "scale": 3, "budgets": 1, "totals": travel, "opening": stood(0, 0, 0, 0, 0.0),
                    "closing": of_travel},
                {"currency": "USD", "scale": 2, "budgets": 2, "totals": dollars, "opening": stood(0, 0, 0, 0, 0.0),
                    "closing": stood(80_000, 11_000, 15_000, 105_000, 0.2476)},
            ],
        });
        assert_eq!(report, expected, "on {:?}", shop.server.engine);
        let february = shop.get("/reports/budgets").await;
        assert_says(&february["budgets"][2]["opening"], &of_travel, "a day on which nothing happened");
        assert_eq!(february["currencies"][1]["opening"], stood(100_000, 25_000, 10_000, 100_000, 0.35));
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_a_moment_ago_is_in_the_report() {
    for shop in Shop::both().await {
        shop.budget("marketing", "USD", 100_000, "monthly").await;
        let empty = shop.get("/budgets/marketing/report?range=today").await;
        assert_says(
            &empty,
            &json!({"totals": amounts(NOTHING), "opening": null, "closing": null, "series": []}),
            "",
        );
        shop.topup("marketing", "USD", 50_000).await;
        for n in 1..=5 {
            shop.reserve("marketing", "USD", &format!("r-{n}"), 100).await;
            let report = shop.get("/budgets/marketing/report?range=today").await;
            assert_eq!(report["totals"]["reserve_amount"], n * 100);
            let rows = shop.get("/reports/budgets?range=today").await;
            assert_eq!(rows["budgets"][0]["closing"]["reserved"], n * 100);
        }
        // A month later nothing has happened, and the period is noticed to be over.
        shop.server.move_clock_to("2026-02-05T09:00:00Z");
        let rows = shop.get("/reports/budgets?range=today").await;
        let reset = json!({"totals": {"reset_count": 1, "reset_amount": 49_500}, "opening": {"funded": 50_000},
            "closing": {"funded": 500, "reserved": 500}});
        assert_says(&rows["budgets"][0], &reset, "");
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_csv_with_a_row_for_each_day_or_budget() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        for (path, name, file) in [
            ("/budgets/marketing/report?range=quarter", "budget", "marketing-2026-01-01-to-2026-03-31.csv"),
            ("/reports/budgets?range=quarter", "tenant", "budgets-2026-01-01-to-2026-03-31.csv"),
        ] {
            let csv = shop.accept(path, "text/csv").await;
            assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
            assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"{file}\""));
            insta::allow_duplicates! { insta::assert_snapshot!(name, csv.text.replace("\r\n", "\n")) };
            let by_query = shop.accept(&format!("{path}&format=csv"), "application/json").await;
            assert_eq!(by_query.text, csv.text, "the query goes before the header");
        }
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_a_report_are_given_in_exactly_one_way() {
    for shop in Shop::both().await {
        shop.budget("marketing", "USD", 100_000, "monthly").await;
        for path in ["/budgets/marketing/report", "/reports/budgets"] {
            for (query, pointer, code) in [
                ("range=fortnight", "range", "invalid_value"),
                ("range=month&from=2026-01-01&to=2026-01-31", "range", "invalid_value"),
                ("range=month&to=2026-01-31", "range", "invalid_value"),
                ("from=2026-01-01", "to", "invalid_value"),
                ("to=2026-01-31", "from", "invalid_value"),
                ("from=2026-01-31&to=2026-01-30", "to", "invalid_value"),
                ("from=2026-01-31T00:00:00Z&to=2026-02-01", "from", "invalid_value"),
                ("from=2026-01-31&to=2026-02-30", "to", "invalid_value"),
                ("from=2026-01-31&to=9999-12-31", "to", "invalid_value"),
                ("format=pdf", "format", "invalid_value"),
                ("limit=5", "limit", "unknown_field"),
            ] {
                shop.refused(&format!("{path}?{query}"), pointer, code).await;
            }
            shop.get(&format!("{path}?from=0001-01-01&to=9999-12-30")).await;
            shop.company.lead.get(&of_acme(path)).await.problem(403, "forbidden");
        }
        let unknown = of_acme("/budgets/nobody/report");
        shop.company.manager.get(&unknown).await.problem(404, "budget_not_found");
        shop.server.stop().await;
    }
}
