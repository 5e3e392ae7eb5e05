//! How budgets are configured, and how they stand.

use super::views::{AdjustmentSchema, BudgetView, UtilizationView};
use crate::app::App;
use crate::body::Body;
use crate::caller::{BudgetReader, BudgetWriter, Caller};
use crate::etag::{MustMatch, Versioned};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, Label, List, NoQuery, Page, PageQuery, Part, Path, Query, answer, present};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{Amount, AssetCode, Invalid, Name};
use guerdon_programs::budgets::{
    Adjustment, Budget, BudgetNow, ChangeBudget, CreateBudget, PeriodKind, Share,
};
use guerdon_store::TenantId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// A budget as it is to be configured. Amounts are in minor units of its currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "marketing", "name": "Marketing", "currency": "USD", "hard_cap": 1000000,
    "soft_cap": 800000, "period": "monthly", "rollover": false, "alerts": [0.8, 0.95]}))]
pub(crate) struct BudgetBody {
    /// Its id; a UUID is made where not given.
    #[schema(value_type = Option<String>, example = "marketing")]
    id: Option<Name>,
    /// Its name for people.
    #[schema(value_type = String, example = "Marketing")]
    name: Label,
    /// What it is counted in, for ever: an ISO 4217 currency, `PTS`, or an asset that the tenant defined.
    #[schema(value_type = String, example = "USD")]
    currency: AssetCode,
    /// What may be reserved and charged in a period, at most.
    #[schema(value_type = i64, example = 1000000, minimum = 1, maximum = 9007199254740991_i64)]
    hard_cap: Amount,
    /// Above this there is a warning; at most the hard cap.
    #[schema(value_type = Option<i64>, example = 800000, minimum = 1, maximum = 9007199254740991_i64)]
    soft_cap: Option<Amount>,
    /// `rolling`: until it is reset; `monthly`, `quarterly`, `yearly`: by the calendar in the tenant's time zone.
    #[schema(value_type = String, example = "monthly")]
    period: PeriodName,
    /// Whether what was funded and not used stays when a period ends; else it goes back to where it came from.
    #[serde(default)]
    rollover: bool,
    /// What it is funded with when a period begins; nothing where not given.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 9007199254740991_i64)]
    refill: Option<Amount>,
    /// Shares of the hard cap at which there is an alert, the last of them critical; 0.8 and 0.95 where not given.
    #[schema(value_type = Option<Vec<f64>>, example = json!([0.8, 0.95]))]
    alerts: Option<Vec<Share>>,
    /// What it does by itself.
    #[serde(default)]
    #[schema(value_type = Option<Vec<AdjustmentSchema>>)]
    adjustments: Vec<Adjustment>,
    /// Whether nothing may be reserved for the time being.
    #[serde(default)]
    paused: bool,
}

/// A kind of period by its name.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PeriodName(pub(crate) PeriodKind);

impl TryFrom<String> for PeriodName {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        PeriodKind::named(&name).map(Self)
    }
}

impl BudgetBody {
    fn checked(self) -> Result<Budget, Problem> {
        checked(Budget {
            name: self.name.into(),
            currency: self.currency,
            hard_cap: self.hard_cap,
            soft_cap: self.soft_cap,
            period: self.period.0,
            rollover: self.rollover,
            refill: self.refill,
            alerts: self.alerts.unwrap_or_else(Budget::usual_alerts),
            adjustments: self.adjustments,
            paused: self.paused,
        })
    }
}

fn checked(budget: Budget) -> Result<Budget, Problem> {
    budget
        .checked()
        .map_err(|(field, why)| Problem::invalid(format!("/{field}"), "invalid_value", why.to_string()))
}

/// Make a budget
///
/// It begins empty, in the period that it is made in; `topup` funds it.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets", operation_id = "create_budget", tag = "Budgets", request_body = BudgetBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = BudgetView), (status = 200, description = "Replayed", body = BudgetView), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    body: Body<BudgetBody>,
) -> Result<Versioned<BudgetView>, Problem> {
    let id = match &body.value.id {
        Some(id) => id.clone(),
        None => Name::new(&Uuid::now_v7().to_string()).map_err(|error| Problem::internal(&error))?,
    };
    let command = CreateBudget { id, budget: body.value.checked()? };
    let receipt = app.budgets().execute(caller.envelope(body.idempotency), command).await?;
    let now =
        BudgetNow::of(&receipt.record).ok_or_else(|| Problem::internal(&"a budget without its documents"))?;
    let view = BudgetView::of(now, receipt.record.recorded_at);
    Ok(Versioned::made(1, view).replayed(receipt.replayed))
}

/// Budgets, by id
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/budgets", operation_id = "list_budgets", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"), PageQuery),
    responses((status = 200, body = Page<BudgetView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Budgets { app, tenant: caller.tenant }, format, &page).await
}

struct Budgets {
    app: App,
    tenant: TenantId,
}

impl List for Budgets {
    type Row = BudgetView;
    type Schema = BudgetView;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<BudgetView, String>, Problem> {
        let at = self.app.journal().clock().now();
        let budgets = self.app.budgets().list(self.tenant, &after.unwrap_or_default(), limit + 1).await?;
        Ok(Part::of(budgets, limit, |now| now.id.to_string(), |now| BudgetView::of(now, at)))
    }
}

/// A budget
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/budgets/{id}", operation_id = "get_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing")),
    responses((status = 200, body = BudgetView), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    _: Query<NoQuery>,
) -> Result<Versioned<BudgetView>, Problem> {
    shown(&app, caller.tenant, &budget_id(&id)?).await
}

async fn shown(app: &App, tenant: TenantId, id: &Name) -> Result<Versioned<BudgetView>, Problem> {
    let now = app.budgets().get(tenant, id).await?;
    let at = app.journal().clock().now();
    Ok(Versioned::ok(now.version, BudgetView::of(now, at)))
}

/// The budget that a path names.
pub(crate) fn budget_id(id: &str) -> Result<Name, Problem> {
    // What cannot be an id is none.
    Name::new(id).map_err(|_| Problem::not_found("budget_not_found", format!("there is no budget {id}")))
}

/// Configure a budget anew, whole
///
/// The currency stays what it is, and the hard cap cannot go below what is reserved and charged.
#[utoipa::path(put, path = "/api/v1/tenants/{tenant}/budgets/{id}", operation_id = "replace_budget", tag = "Budgets", request_body = BudgetBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("If-Match" = String, Header, description = "The ETag of the budget as it was read")),
    responses((status = 200, body = BudgetView), WriteProblems))]
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    MustMatch(expected_version): MustMatch,
    body: Body<BudgetBody>,
) -> Result<Versioned<BudgetView>, Problem> {
    let id = budget_id(&id)?;
    if body.value.id.as_ref().is_some_and(|given| *given != id) {
        return Err(Problem::invalid("/id", "invalid_value", "the id of a budget never changes"));
    }
    let budget = body.value.checked()?;
    let command = ChangeBudget { id: id.clone(), budget, expected_version, reason: None };
    app.budgets().execute(caller.envelope(body.idempotency), command).await?;
    shown(&app, caller.tenant, &id).await
}

/// What to change of a budget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hard_cap": 1200000, "paused": false}))]
pub(crate) struct BudgetChangeBody {
    /// Its name for people.
    #[schema(value_type = Option<String>)]
    name: Option<Label>,
    /// What may be reserved and charged in a period, at most.
    #[schema(value_type = Option<i64>, example = 1200000, minimum = 1, maximum = 9007199254740991_i64)]
    hard_cap: Option<Amount>,
    /// Above this there is a warning; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 9007199254740991_i64)]
    soft_cap: Option<Option<Amount>>,
    /// How long its periods are, from the end of the one at hand on.
    #[schema(value_type = Option<String>)]
    period: Option<PeriodName>,
    /// Whether what was funded and not used stays when a period ends.
    rollover: Option<bool>,
    /// What it is funded with when a period begins; null for nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 9007199254740991_i64)]
    refill: Option<Option<Amount>>,
    /// Shares of the hard cap at which there is an alert.
    #[schema(value_type = Option<Vec<f64>>)]
    alerts: Option<Vec<Share>>,
    /// What it does by itself.
    #[schema(value_type = Option<Vec<AdjustmentSchema>>)]
    adjustments: Option<Vec<Adjustment>>,
    /// Whether nothing may be reserved for the time being.
    paused: Option<bool>,
}

/// Change how a budget is configured, in part
#[utoipa::path(patch, path = "/api/v1/tenants/{tenant}/budgets/{id}", operation_id = "change_budget", tag = "Budgets", request_body = BudgetChangeBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("If-Match" = String, Header, description = "The ETag of the budget as it was read")),
    responses((status = 200, body = BudgetView), WriteProblems))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    MustMatch(expected_version): MustMatch,
    body: Body<BudgetChangeBody>,
) -> Result<Versioned<BudgetView>, Problem> {
    let id = budget_id(&id)?;
    let BudgetNow { budget: old, version, .. } = app.budgets().get(caller.tenant, &id).await?;
    let (old, new) = (Arc::unwrap_or_clone(old), body.value);
    let budget = checked(Budget {
        name: new.name.map_or(old.name, String::from),
        currency: old.currency,
        hard_cap: new.hard_cap.unwrap_or(old.hard_cap),
        soft_cap: new.soft_cap.unwrap_or(old.soft_cap),
        period: new.period.map_or(old.period, |named| named.0),
        rollover: new.rollover.unwrap_or(old.rollover),
        refill: new.refill.unwrap_or(old.refill),
        alerts: new.alerts.unwrap_or(old.alerts),
        adjustments: new.adjustments.unwrap_or(old.adjustments),
        paused: new.paused.unwrap_or(old.paused),
    })?;
    // What was not named stays as it was read a moment ago, so that must still stand.
    let expected_version = Some(expected_version.unwrap_or(version));
    let command = ChangeBudget { id: id.clone(), budget, expected_version, reason: None };
    app.budgets().execute(caller.envelope(body.idempotency), command).await?;
    shown(&app, caller.tenant, &id).await
}

/// How much of a budget is used
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/budgets/{id}/utilization", operation_id = "get_budget_utilization", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing")),
    responses((status = 200, body = UtilizationView), ReadProblems))]
pub(crate) async fn utilization(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    _: Query<NoQuery>,
) -> Result<Json<UtilizationView>, Problem> {
    let now = app.budgets().get(caller.tenant, &budget_id(&id)?).await?;
    Ok(Json(UtilizationView::from(&now)))
}
