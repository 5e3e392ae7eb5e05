//! What there is to be warned of.

use crate::app::App;
use crate::caller::{BudgetReader, Caller};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, Page, PageQuery, Part, Query, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::Name;
use guerdon_programs::budgets::Level;
use guerdon_store::TenantId;
use guerdon_store::budgets::{Alert, alerts_before};
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::journal::transaction_id;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertQuery {
    /// Of this budget.
    #[param(value_type = Option<String>, example = "marketing")]
    budget_id: Option<Name>,
    /// Of this level: `warning` or `critical`.
    #[param(value_type = Option<String>, example = "critical")]
    level: Option<Level>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which alert it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertOf {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// `soft_cap_exceeded`, `hard_cap_approaching`, `hard_cap_refused` where somebody asked for more than the cap left, or
    /// `discrepancy` where what is kept of a budget was found not to be what its entries say.
    #[schema(example = "hard_cap_approaching")]
    kind: String,
    /// `warning` or `critical`.
    #[schema(example = "critical")]
    level: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// The numbers behind an alert, in minor units of the budget's currency.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AlertDetail {
    /// The transaction that brought it about.
    #[schema(example = "txn_7")]
    transaction_id: String,
    /// The period that the budget was in.
    #[schema(example = "2026-11")]
    period: String,
    /// What the budget is counted in.
    #[schema(example = "USD")]
    currency: String,
    /// What was reserved or charged then.
    #[schema(example = 9500)]
    committed: i64,
    /// The hard cap.
    #[schema(example = 10000)]
    hard_cap: i64,
    /// The share of the hard cap that was reserved or charged.
    #[schema(example = 0.95)]
    utilization: f64,
    /// Where the line lies that was crossed.
    #[serde(default)]
    #[schema(example = 9500)]
    limit: Option<i64>,
    /// The share of the hard cap at which it lies.
    #[serde(default)]
    #[schema(example = 0.95)]
    share: Option<f64>,
    /// What somebody asked for and did not get.
    #[serde(default)]
    attempted: Option<i64>,
    /// What the cap left then.
    #[serde(default)]
    available: Option<i64>,
    /// By how much what is kept of the budget is off, over all its accounts.
    #[serde(default)]
    discrepancy: Option<i64>,
}

/// Something that somebody should know of. There is one for each line and period, however often the line is crossed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertView {
    #[serde(flatten)]
    of: AlertOf,
    #[serde(flatten)]
    detail: AlertDetail,
}

impl AlertView {
    fn of(alert: Alert) -> Result<Self, DbError> {
        let Alert { seq, budget, kind, level, detail, created_at, .. } = alert;
        let broken = |error| DbError::Broken(format!("the alert of {}: {error}", transaction_id(seq)));
        let detail = serde_json::from_value(detail).map_err(broken)?;
        Ok(Self { of: AlertOf { budget_id: budget, kind, level, created_at }, detail })
    }
}

/// The alerts of a tenant's budgets, newest first
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/alerts", operation_id = "list_alerts", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"), AlertQuery),
    responses((status = 200, body = Page<AlertView>), ReadProblems))]
pub(crate) async fn alerts(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    format: Format,
    Query(query): Query<AlertQuery>,
) -> Result<Response, Problem> {
    app.budgets().follow(caller.tenant).await?;
    let page = PageQuery::new(query.limit, query.cursor);
    answer(Alerts { app, tenant: caller.tenant, budget: query.budget_id, level: query.level }, format, &page)
        .await
}

struct Alerts {
    app: App,
    tenant: TenantId,
    budget: Option<Name>,
    level: Option<Level>,
}

impl List for Alerts {
    type Row = AlertView;
    type Schema = AlertView;
    type At = (i64, i64);

    async fn read(&self, at: Option<Self::At>, limit: i64) -> Result<Part<AlertView, Self::At>, Problem> {
        let (budget, level) = (self.budget.as_ref().map(Name::as_str), self.level.map(Level::name));
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let before = at.unwrap_or((i64::MAX, 0));
        let read = alerts_before(&mut tx, before, budget, level, limit + 1).await?;
        let Part { rows, next } = Part::of(read, limit, |last| (last.seq, last.number), AlertView::of);
        Ok(Part { rows: rows.into_iter().collect::<Result<_, _>>()?, next })
    }
}
