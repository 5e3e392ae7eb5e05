//! The periods of budgets: resets by hand.

use super::config::{PeriodName, budget_id};
use super::views::BudgetWords;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{BudgetWriter, Caller};
use crate::etag::recorded;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::{Note, Path, Posted, PostedBody, Query};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_ledger::Name;
use guerdon_programs::Error;
use guerdon_programs::budgets::{PeriodKind, Reset, Told};
use guerdon_store::journal::Receipt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Why a period ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "a new campaign"}))]
pub(crate) struct ResetBody {
    /// Why.
    #[serde(alias = "note")]
    #[schema(value_type = Option<String>, example = "a new campaign")]
    reason: Option<Note>,
}

/// Reset a budget: end its period and begin the next
///
/// What is reserved stays so and counts for the new period. What was funded and not used stays where the budget rolls
/// over, and goes back to where it came from otherwise.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/reset", operation_id = "reset_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ResetBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn reset(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<ResetBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let reset = Reset { budget: budget_id(&id)?, ended: None, reason: body.value.reason.map(String::from) };
    Ok(app.budgets().execute(caller.envelope(Some(body.idempotency)), reset).await?.into())
}

/// Which budgets to reset.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeriodQuery {
    /// Those with periods of this kind: `rolling`, `monthly`, `quarterly` or `yearly`.
    #[param(value_type = String, example = "monthly")]
    period: PeriodName,
}

/// What became of the budgets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResetAnswer {
    /// The kind of their periods.
    #[schema(value_type = String, example = "monthly")]
    period: PeriodKind,
    /// How many were reset, now or by an earlier call with the same key.
    #[schema(example = 2)]
    reset: usize,
    /// How many were not.
    #[schema(example = 0)]
    failed: usize,
    /// What became of each, by id.
    results: Vec<ResetResult>,
}

/// What became of one budget.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResetResult {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// The transaction that reset it.
    #[schema(example = "txn_42")]
    transaction_id: Option<String>,
    /// The period that began.
    #[schema(example = "2026-12")]
    period: Option<String>,
    /// What went back to where it came from, in minor units of its currency.
    #[schema(example = 4000)]
    returned: Option<i64>,
    /// Why it was not reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl ResetResult {
    fn of(id: &Name, result: Result<Receipt, Error>) -> Self {
        let budget_id = id.to_string();
        match result {
            Ok(receipt) => {
                let told = Told::of(&receipt.record);
                Self {
                    budget_id,
                    transaction_id: Some(receipt.record.id()),
                    period: told.as_ref().map(|told| told.period.clone()),
                    returned: told.map(|told| told.amount),
                    problem: None,
                }
            }
            Err(error) => Self {
                budget_id,
                transaction_id: None,
                period: None,
                returned: None,
                problem: Some(error.into()),
            },
        }
    }
}

/// Reset all budgets with periods of a kind
///
/// Each for itself: what cannot be reset is told with the reason, and the others are reset.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/reset", operation_id = "reset_budgets", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"), PeriodQuery,
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ResetBody,
    responses((status = 201, body = ResetAnswer), (status = 200, description = "Replayed, or nothing new reset", body = ResetAnswer), WriteProblems))]
pub(crate) async fn reset_all(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Query(query): Query<PeriodQuery>,
    body: Keyed<ResetBody>,
) -> Result<Response, Problem> {
    let (kind, reason) = (query.period.0, body.value.reason.map(String::from));
    let envelope = caller.envelope(Some(body.idempotency));
    let results = app.budgets().reset_all(&envelope, kind, reason.as_deref()).await?;
    let reset = results.iter().filter(|(_, result)| result.is_ok()).count();
    let new = results.iter().any(|(_, result)| result.as_ref().is_ok_and(|receipt| !receipt.replayed));
    let failed = results.len() - reset;
    let results = results.into_iter().map(|(id, result)| ResetResult::of(&id, result)).collect();
    let answer = ResetAnswer { period: kind, reset, failed, results };
    let fresh = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(recorded(fresh, !new && reset > 0, answer))
}
