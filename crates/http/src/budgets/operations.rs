//! What moves in a budget: funds, charges, releases, reversals.

use super::config::budget_id;
use super::views::{BudgetWords, StandingView};
use crate::app::App;
use crate::body::{Body, Keyed};
use crate::caller::{BudgetReader, BudgetWriter, Caller};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Note, Path, Posted, PostedBody};
use axum::Json;
use axum::extract::State;
use guerdon_ledger::{Amount, AssetCode, Reference};
use guerdon_programs::budgets::{Charge, Fund, Release};
use guerdon_store::journal::seq_of_transaction_id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Money for a budget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 1000000, "currency": "USD", "reason": "November"}))]
pub(crate) struct TopupBody {
    /// How much, in minor units.
    #[schema(value_type = i64, example = 1000000, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// Of what: the budget's own currency.
    #[schema(value_type = String, example = "USD")]
    currency: AssetCode,
    /// Why.
    #[serde(alias = "note")]
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

/// Fund a budget
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/topup", operation_id = "fund_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = TopupBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn topup(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<TopupBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let TopupBody { amount, currency, reason } = body.value;
    let fund = Fund { budget: budget_id(&id)?, amount, currency, reason: reason.map(String::from) };
    Ok(app.budgets().execute(caller.envelope(Some(body.idempotency)), fund).await?.into())
}

/// What somebody would reserve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 500, "currency": "USD"}))]
pub(crate) struct CheckBody {
    /// How much, in minor units.
    #[schema(value_type = i64, example = 500, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// Of what.
    #[schema(value_type = String, example = "USD")]
    currency: AssetCode,
}

/// Whether a budget would take a reservation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// Whether it would.
    allowed: bool,
    /// How it would stand then; how it stands, where it would not.
    standing: StandingView,
    /// What the reservation would be refused with.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// See whether a budget would take a reservation, without making it
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/check", operation_id = "check_budget_capacity", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing")),
    request_body = CheckBody, responses((status = 200, body = CheckView), ReadProblems))]
pub(crate) async fn check(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    body: Body<CheckBody>,
) -> Result<Json<CheckView>, Problem> {
    let now = app.budgets().get(caller.tenant, &budget_id(&id)?).await?;
    Ok(Json(match now.check(body.value.amount, &body.value.currency) {
        Ok(then) => CheckView { allowed: true, standing: StandingView::from(&then), problem: None },
        Err(refusal) => CheckView {
            allowed: false,
            standing: StandingView::from(&now.usage),
            problem: Some(refusal.into()),
        },
    }))
}

/// A reservation, and how much of it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ref_id": "order-1001", "amount": 300}))]
pub(crate) struct PartBody {
    /// What the reservation is for.
    #[schema(value_type = String, example = "order-1001")]
    ref_id: Reference,
    /// How much, in minor units; all that is still reserved where not given.
    #[schema(value_type = Option<i64>, example = 300, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Option<Amount>,
    /// Why.
    #[serde(alias = "note")]
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

/// Charge a reservation, whole or in part
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/charge", operation_id = "charge_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = PartBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn charge(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<PartBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let PartBody { ref_id, amount, reason } = body.value;
    let reason = reason.map(String::from);
    let charge = Charge { budget: budget_id(&id)?, reference: ref_id, amount, reason };
    Ok(app.budgets().execute(caller.envelope(Some(body.idempotency)), charge).await?.into())
}

/// Release a reservation, whole or in part
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/release", operation_id = "release_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = PartBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<PartBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let PartBody { ref_id, amount, reason } = body.value;
    let reason = reason.map(String::from);
    let release = Release { budget: budget_id(&id)?, reference: ref_id, amount, reason, only_expired: false };
    Ok(app.budgets().execute(caller.envelope(Some(body.idempotency)), release).await?.into())
}

/// What was charged, to be given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ref_id": "order-1001", "reason": "returned"}))]
pub(crate) struct ReverseChargeBody {
    /// What the reservation was for.
    #[schema(value_type = String, example = "order-1001")]
    ref_id: Reference,
    /// Which charge, of several; the last that was not reversed where not given.
    #[schema(example = json!(null))]
    transaction_id: Option<String>,
    /// Why.
    #[serde(alias = "note")]
    #[schema(value_type = Option<String>, example = "returned")]
    reason: Option<Note>,
}

/// Reverse what was charged for a reference
///
/// Of several charges one is reversed, exactly and once: the one that is named, or else the last that was not reversed.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/reverse", operation_id = "reverse_budget_charge", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ReverseChargeBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn reverse(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<ReverseChargeBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let ReverseChargeBody { ref_id, transaction_id, reason } = body.value;
    let charge = transaction_id.map(|id| seq_of_transaction_id(&id).ok_or(id)).transpose();
    let charge = charge
        .map_err(|id| Problem::not_found("transaction_not_found", format!("there is no transaction {id}")))?;
    let reason = reason.map(String::from);
    let envelope = caller.envelope(Some(body.idempotency));
    Ok(app.budgets().reverse(envelope, &budget_id(&id)?, &ref_id, charge, reason).await?.into())
}
