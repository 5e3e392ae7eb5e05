//! Reserving a part of a budget.

use super::config::budget_id;
use super::views::BudgetWords;
use crate::app::App;
use crate::body::{Keyed, Raw, key_required};
use crate::caller::{BudgetWriter, Caller};
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::bulk::{self, BulkAnswer, BulkQuery};
use crate::wire::{Moment, Note, Path, Posted, PostedBody, Query};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{Amount, AssetCode, Name, Reference};
use guerdon_programs::budgets::Reserve;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

/// A part of a budget to reserve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 500, "currency": "USD", "ref_id": "order-1001"}))]
pub(crate) struct ReserveBody {
    /// How much, in minor units.
    #[schema(value_type = i64, example = 500, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// Of what: the budget's own currency.
    #[schema(value_type = String, example = "USD")]
    currency: AssetCode,
    /// What it is for; used once on a budget, for ever.
    #[schema(value_type = String, example = "order-1001")]
    ref_id: Reference,
    /// From when on it can no longer be charged; then it is released by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
    /// Why.
    #[serde(alias = "note")]
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

impl ReserveBody {
    fn command(self, budget: Name) -> Reserve {
        Reserve {
            budget,
            amount: self.amount,
            currency: self.currency,
            reference: self.ref_id,
            expires_at: self.expires_at.map(Timestamp::from),
            reason: self.reason.map(String::from),
        }
    }
}

/// Reserve many parts of a budget in one call
///
/// The body is a JSON array, or NDJSON (`application/x-ndjson`) with one reservation a line, 10,000 at most. Repeating
/// the call with its key repeats only what was not recorded.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/reserve/bulk", operation_id = "reserve_budget_in_bulk", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"), BulkQuery,
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body(content((Vec<ReserveBody> = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 201, body = BulkAnswer<BudgetWords>), (status = 200, description = "Replayed, or nothing new recorded", body = BulkAnswer<BudgetWords>), WriteProblems))]
pub(crate) async fn reserve_many(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<BulkQuery>,
    raw: Raw,
) -> Result<Response, Problem> {
    let key = raw.idempotency.clone().ok_or_else(key_required)?;
    let budget = budget_id(&id)?;
    let items: Vec<ReserveBody> = bulk::items(&raw)?;
    let commands = items.into_iter().map(|item| item.command(budget.clone())).collect();
    let record = |envelope, commands| app.budgets().execute_all(envelope, commands);
    bulk::record::<_, BudgetWords, _>(caller.envelope(Some(key)), query.atomic, commands, record).await
}

/// Reserve a part of a budget
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/reserve", operation_id = "reserve_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ReserveBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn reserve(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<ReserveBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let reserve = body.value.command(budget_id(&id)?);
    Ok(app.budgets().execute(caller.envelope(Some(body.idempotency)), reserve).await?.into())
}
