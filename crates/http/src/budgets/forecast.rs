//! Where budgets are heading.

use super::config::budget_id;
use crate::app::App;
use crate::caller::{BudgetReader, Caller};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{NoQuery, Path, Query};
use axum::Json;
use axum::extract::State;
use guerdon_programs::budgets::{BudgetNow, CONFIDENCE, Estimate, Forecast, METHOD, Trend};
use serde::Serialize;
use utoipa::ToSchema;

/// What is expected, in whole minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EstimateView {
    /// The mean, rounded half away from zero.
    #[schema(example = 350)]
    expected: i64,
    /// The lower bound of the interval, rounded down; null of a single day, which has no spread.
    #[schema(example = 210)]
    low: Option<i64>,
    /// The upper bound of the interval, rounded up.
    #[schema(example = 490)]
    high: Option<i64>,
}

impl From<Estimate> for EstimateView {
    fn from(Estimate { expected, interval }: Estimate) -> Self {
        let (low, high) = interval.unzip();
        Self { expected, low, high }
    }
}

/// Where a budget is heading, from what the last days took of it: what they reserved, less what they released and
/// reversed. Amounts are in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForecastView {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// What it is counted in.
    #[schema(example = "USD")]
    currency: String,
    /// The period.
    #[schema(example = "2026-11")]
    period: String,
    /// The day on which this is said, in the tenant's time zone.
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    today: String,
    /// `mean`: what comes is like the mean of the days that were.
    #[schema(example = "mean")]
    method: &'static str,
    /// How many days it is drawn from: the whole ones before today since the first use, 28 at most.
    #[schema(example = 28)]
    days_used: usize,
    /// How likely what comes lies within an interval.
    #[schema(example = 0.8)]
    confidence: f64,
    /// What a day takes; null without a day to draw it from.
    #[schema(value_type = Option<EstimateView>)]
    per_day: Option<EstimateView>,
    /// What may still be reserved.
    #[schema(example = 7500)]
    available: i64,
    /// The day on which nothing is available any more at the pace of the mean; null where the period ends before, and
    /// where that day never comes.
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-12")]
    run_out_on: Option<String>,
    /// The last day of the period; null of one that goes on until it is reset.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-30")]
    period_ends_on: Option<String>,
    /// What will be reserved and charged at the end of that day; more than the hard cap where the cap will stop it.
    #[schema(value_type = Option<EstimateView>)]
    at_period_end: Option<EstimateView>,
    /// `rising`, `falling` or `steady`: whether the last seven days took more or less than the seven before, by more than
    /// a tenth. Null of less than two weeks.
    #[schema(example = "steady")]
    trend: Option<&'static str>,
    /// By how much more each day takes than the one before, by the line of least squares; rounded half away from zero.
    #[schema(example = 4)]
    slope_per_day: Option<i64>,
}

impl ForecastView {
    fn of(now: &BudgetNow, forecast: Forecast) -> Self {
        Self {
            budget_id: now.id.to_string(),
            currency: now.budget.currency.to_string(),
            period: now.period.name.clone(),
            today: forecast.today.to_string(),
            method: METHOD,
            days_used: forecast.days_used,
            confidence: CONFIDENCE,
            per_day: forecast.per_day.map(EstimateView::from),
            available: now.usage.available(),
            run_out_on: forecast.run_out.map(|day| day.to_string()),
            period_ends_on: forecast.last_day.map(|day| day.to_string()),
            at_period_end: forecast.at_period_end.map(EstimateView::from),
            trend: forecast.trend.map(Trend::name),
            slope_per_day: forecast.slope_per_day,
        }
    }
}

/// Where a budget is heading: when it runs out, what its period will have used
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/budgets/{id}/forecast", operation_id = "forecast_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing")),
    responses((status = 200, body = ForecastView), ReadProblems))]
pub(crate) async fn forecast(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    _: Query<NoQuery>,
) -> Result<Json<ForecastView>, Problem> {
    let zone = app.zone(caller.tenant).await?;
    let (now, forecast) = app.budgets().forecast(caller.tenant, &budget_id(&id)?, &zone).await?;
    Ok(Json(ForecastView::of(&now, forecast)))
}
