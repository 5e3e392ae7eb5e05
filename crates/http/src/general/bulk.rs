//! Many transactions in one call.

use super::transactions::TransactBody;
use crate::app::App;
use crate::body::{Raw, key_required};
use crate::caller::{Caller, LedgerWriter};
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::bulk::{self, BulkAnswer, BulkQuery};
use crate::wire::{NoWords, Query};
use axum::extract::State;
use axum::response::Response;
use guerdon_programs::general::Transact;

/// Record many transactions in one call
///
/// The body is a JSON array, or NDJSON (`application/x-ndjson`) with one transaction a line, 10,000 at most. Repeating
/// the call with its key repeats only what was not recorded.
#[utoipa::path(post, path = "/api/v1/ledger/transactions/bulk", operation_id = "create_transactions_in_bulk", tag = "Ledger",
    params(BulkQuery, ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body(content((Vec<TransactBody> = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 201, body = BulkAnswer<NoWords>), (status = 200, description = "Replayed, or nothing new recorded", body = BulkAnswer<NoWords>), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    Query(query): Query<BulkQuery>,
    raw: Raw,
) -> Result<Response, Problem> {
    let key = raw.idempotency.clone().ok_or_else(key_required)?;
    let by_platform = caller.principal.is_platform_admin();
    let items: Vec<TransactBody> = bulk::items(&raw)?;
    let commands: Vec<Transact> = items.into_iter().map(|item| item.command(by_platform)).collect();
    let record = |envelope, commands| app.journal().execute_all(envelope, commands);
    bulk::record::<_, NoWords, _>(caller.envelope(Some(key)), query.atomic, commands, record).await
}
