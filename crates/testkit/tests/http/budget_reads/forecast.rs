//! Forecasts over HTTP; the numbers themselves are worked out beside the method.

use super::{Shop, of_acme};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_drawn_from_whole_days_of_the_tenant() {
    for shop in Shop::both().await {
        shop.budget("marketing", "USD", 100_000, "monthly").await;
        shop.budget("travel", "USD", 100_000, "rolling").await;
        let untold = shop.get("/budgets/marketing/forecast").await;
        let expected = json!({"budget_id": "marketing", "currency": "USD", "period": "2026-01", "today": "2026-01-05",
            "method": "mean", "days_used": 0, "confidence": 0.8, "per_day": null, "available": 0, "run_out_on": null,
            "period_ends_on": "2026-01-31", "at_period_end": null, "trend": null, "slope_per_day": null});
        assert_eq!(untold, expected);
        for id in ["marketing", "travel"] {
            shop.topup(id, "USD", 20_000).await;
        }
        // 5 January: 1,000 less 100. The 6th in Harare: 2,000. The 7th: nothing. The 8th: today.
        for (at, reference, amount) in [
            ("2026-01-05T21:59:59Z", "a", 1_000),
            ("2026-01-05T22:00:00Z", "b", 2_000),
            ("2026-01-08T06:00:00Z", "c", 500),
        ] {
            shop.server.move_clock_to(at);
            for id in ["marketing", "travel"] {
                shop.reserve(id, "USD", reference, amount).await;
                if reference == "a" {
                    shop.part(id, "charge", "a", 900).await;
                    shop.part(id, "release", "a", 100).await;
                }
            }
        }
        // 2,900 in three days are 966.67 a day: 16,600 last 18 days (17.17); s = 1,001.67, t = 1.886, √(4/3): 2,181.4.
        let rolling = shop.get("/budgets/travel/forecast").await;
        let expected = json!({"budget_id": "travel", "currency": "USD", "period": "rolling-1", "today": "2026-01-08",
            "method": "mean", "days_used": 3, "confidence": 0.8,
            "per_day": {"expected": 967, "low": -1_215, "high": 3_149}, "available": 16_600,
            "run_out_on": "2026-01-26", "period_ends_on": null, "at_period_end": null, "trend": null,
            "slope_per_day": -450});
        assert_eq!(rolling, expected, "on {:?}", shop.server.engine);
        // Of January 23 days are left: 3,400 + 22,233.3 ± 1.886 · 1,001.67 · √(23 (1 + 23/3)) = 26,671.9.
        let monthly = shop.get("/budgets/marketing/forecast").await;
        assert_eq!(monthly["run_out_on"], "2026-01-26");
        assert_eq!(monthly["period_ends_on"], "2026-01-31");
        assert_eq!(monthly["at_period_end"], json!({"expected": 25_633, "low": 0, "high": 52_306}));
        shop.company.manager.get(&of_acme("/budgets/nobody/forecast")).await.problem(404, "budget_not_found");
        shop.refused("/budgets/travel/forecast?days=7", "days", "unknown_field").await;
        shop.server.stop().await;
    }
}
