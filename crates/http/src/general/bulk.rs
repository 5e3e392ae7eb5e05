//! Many transactions in one call.

use super::transactions::TransactBody;
use crate::app::App;
use crate::body::{Raw, key_required, parse};
use crate::caller::{Caller, LedgerWriter};
use crate::etag::recorded;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::strict::Strict;
use crate::wire::{NoWords, PostedBody, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures::stream::{self, StreamExt};
use guerdon_programs::Error;
use guerdon_programs::general::Transact;
use guerdon_store::journal::{Idempotency, Receipt};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Transactions of one bulk call at most.
const MAX_ITEMS: usize = 10_000;
/// Transactions of one bulk call that wait in the journal's queue at once.
const AT_A_TIME: usize = 1_024;

/// What became of one transaction.
type Outcome = Result<Receipt, Error>;

/// How a bulk call behaves.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkQuery {
    /// `true`: all or none. `false`: each for itself. `false` where not given.
    #[serde(default)]
    atomic: bool,
}

/// What became of each transaction, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkAnswer<'a> {
    /// How many were recorded, now or by an earlier call with the same key.
    #[schema(example = 2)]
    succeeded: usize,
    /// How many were refused.
    #[schema(example = 0)]
    failed: usize,
    /// What became of each, in order.
    results: Vec<BulkResult<'a>>,
}

/// What became of one transaction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum BulkResult<'a> {
    /// It was recorded.
    Recorded {
        /// Its place in the call, from 0.
        index: usize,
        /// 201: now, or by an earlier call with the same key.
        #[schema(example = 201)]
        status: u16,
        #[serde(flatten)]
        #[schema(value_type = PostedBody<NoWords>)]
        body: PostedBody<'a, NoWords>,
    },
    /// It was refused.
    Refused {
        /// Its place in the call, from 0.
        index: usize,
        /// The status that it would have had alone.
        #[schema(example = 422)]
        status: u16,
        /// Why.
        problem: Problem,
    },
}

/// Record many transactions in one call
///
/// The body is a JSON array, or NDJSON (`application/x-ndjson`) with one transaction a line, 10,000 at most. Repeating
/// the call with its key repeats only what was not recorded.
#[utoipa::path(post, path = "/api/v1/ledger/transactions/bulk", operation_id = "create_transactions_in_bulk", tag = "Ledger",
    params(BulkQuery, ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body(content((Vec<TransactBody> = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 201, body = BulkAnswer), (status = 200, description = "Replayed, or nothing new recorded", body = BulkAnswer), WriteProblems))]
pub(crate) async fn bulk(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    Query(query): Query<BulkQuery>,
    raw: Raw,
) -> Result<Response, Problem> {
    let key = raw.idempotency.clone().ok_or_else(key_required)?;
    let by_platform = caller.principal.is_platform_admin();
    let commands: Vec<Transact> = items(&raw)?.into_iter().map(|item| item.command(by_platform)).collect();
    let results = match query.atomic {
        true => together(&app, &caller, key, commands).await?,
        false => each(&app, &caller, &key, commands).await?,
    };
    Ok(answer(results))
}

fn items(raw: &Raw) -> Result<Vec<TransactBody>, Problem> {
    let items = match raw.is("application/x-ndjson") || raw.is("application/ndjson") {
        true => lines(&raw.bytes)?,
        false => {
            raw.expect_json()?;
            parse::<Vec<Strict<TransactBody>>>(&raw.bytes)?.into_iter().map(|item| item.0).collect()
        }
    };
    match (1..=MAX_ITEMS).contains(&items.len()) {
        true => Ok(items),
        false => Err(Problem::invalid(
            "",
            "invalid_value",
            format!("a bulk call has 1 to {MAX_ITEMS} transactions, this has {}", items.len()),
        )),
    }
}

/// The transactions of NDJSON. Of a bad one both are told: its place among them, and its line in the text.
fn lines(bytes: &[u8]) -> Result<Vec<TransactBody>, Problem> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    let filled = lines.filter(|(line, _)| !line.trim_ascii().is_empty()).enumerate();
    let item = |(index, (line, number)): (usize, (&[u8], usize))| {
        parse(line).map_err(|problem| problem.under(&format!("/{index}")).with("line", number))
    };
    filled.map(item).collect()
}

async fn together(
    app: &App,
    caller: &Caller<LedgerWriter>,
    key: Idempotency,
    commands: Vec<Transact>,
) -> Result<Vec<Outcome>, Problem> {
    let recorded = app.journal().execute_all(caller.envelope(Some(key)), commands).await;
    match recorded {
        Ok(receipts) => Ok(receipts.into_iter().map(Ok).collect()),
        Err(Error::Refused { index, refusal }) => {
            Err(Problem::from(refusal).under(&format!("/{index}")).with("index", index))
        }
        Err(error) => Err(error.into()),
    }
}

/// Records each for itself. The first goes ahead: a key that was used for something else is told of before anything is
/// recorded. Then some at a time, so that one caller does not fill the journal's queue.
async fn each(
    app: &App,
    caller: &Caller<LedgerWriter>,
    key: &Idempotency,
    commands: Vec<Transact>,
) -> Result<Vec<Outcome>, Problem> {
    let mut calls = commands
        .into_iter()
        .enumerate()
        .map(|(index, command)| app.journal().execute(caller.envelope(Some(key.numbered(index))), command));
    let mut results = Vec::with_capacity(calls.len());
    if let Some(first) = calls.next() {
        match first.await {
            Err(error @ (Error::IdempotencyConflict { .. } | Error::TenantNotActive(_))) => {
                return Err(error.into());
            }
            result => results.push(result),
        }
    }
    results.extend(stream::iter(calls).buffered(AT_A_TIME).collect::<Vec<_>>().await);
    // Nothing recorded because nothing can be: that is the answer of the call, not of its parts.
    let away = |result: &Outcome| matches!(result, Err(Error::Unavailable(_)));
    match results.iter().all(away) {
        true => Err(Problem::unavailable()),
        false => Ok(results),
    }
}

fn answer(results: Vec<Outcome>) -> Response {
    let new = results.iter().flatten().any(|receipt| !receipt.replayed);
    let replayed = !new && results.iter().any(Result::is_ok);
    let succeeded = results.iter().flatten().count();
    let failed = results.len() - succeeded;
    let (mut receipts, mut problems) = (Vec::with_capacity(succeeded), Vec::with_capacity(failed));
    for (index, result) in results.into_iter().enumerate() {
        match result {
            Ok(receipt) => receipts.push((index, receipt)),
            Err(error) => problems.push((index, Problem::from(error))),
        }
    }
    let taken = receipts.iter().map(|(index, receipt)| BulkResult::Recorded {
        index: *index,
        status: 201,
        body: PostedBody::new(&receipt.record),
    });
    let refused = problems.into_iter().map(|(index, problem)| BulkResult::Refused {
        index,
        status: problem.status(),
        problem,
    });
    let mut results: Vec<_> = taken.chain(refused).collect();
    results.sort_by_key(BulkResult::index);
    let fresh = if new { StatusCode::CREATED } else { StatusCode::OK };
    recorded(fresh, replayed, Json(BulkAnswer { succeeded, failed, results }))
}

impl BulkResult<'_> {
    fn index(&self) -> usize {
        let (Self::Recorded { index, .. } | Self::Refused { index, .. }) = self;
        *index
    }
}
