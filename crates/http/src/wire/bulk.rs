//! Many transactions in one call.

use super::transaction::{PostedBody, RecordedWords};
use crate::body::{Raw, parse};
use crate::etag::recorded;
use crate::problem::Problem;
use crate::strict::Strict;
use axum::http::StatusCode;
use axum::response::Response;
use futures::stream::{self, StreamExt};
use guerdon_programs::Error;
use guerdon_store::journal::{Envelope, Receipt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
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
    pub(crate) atomic: bool,
}

/// What became of each transaction, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkAnswer<'a, W> {
    /// How many were recorded, now or by an earlier call with the same key.
    #[schema(example = 2)]
    succeeded: usize,
    /// How many were refused.
    #[schema(example = 0)]
    failed: usize,
    /// What became of each, in order.
    results: Vec<BulkResult<'a, W>>,
}

/// What became of one transaction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum BulkResult<'a, W> {
    /// It was recorded.
    Recorded {
        /// Its place in the call, from 0.
        index: usize,
        /// 201: now, or by an earlier call with the same key.
        #[schema(example = 201)]
        status: u16,
        #[serde(flatten)]
        #[schema(value_type = PostedBody<W>)]
        body: PostedBody<'a, W>,
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

/// The items of a bulk call: a JSON array, or NDJSON with one a line.
pub(crate) fn items<T: DeserializeOwned>(raw: &Raw) -> Result<Vec<T>, Problem> {
    let items = match raw.is_ndjson() {
        true => lines(&raw.bytes)?,
        false => {
            raw.expect_json()?;
            parse::<Vec<Strict<T>>>(&raw.bytes)?.into_iter().map(|item| item.0).collect()
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
fn lines<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, Problem> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    let filled = lines.filter(|(line, _)| !line.trim_ascii().is_empty()).enumerate();
    let item = |(index, (line, number)): (usize, (&[u8], usize))| {
        parse(line).map_err(|problem| problem.under(&format!("/{index}")).with("line", number))
    };
    filled.map(item).collect()
}

/// Records the commands of a bulk call, all or none or each for itself, and answers what became of each.
pub(crate) async fn record<C, W, F>(
    envelope: Envelope,
    atomic: bool,
    commands: Vec<C>,
    execute: impl Fn(Envelope, Vec<C>) -> F,
) -> Result<Response, Problem>
where
    W: RecordedWords,
    F: Future<Output = Result<Vec<Receipt>, Error>>,
{
    let results = match atomic {
        true => together(envelope, commands, execute).await?,
        false => each(envelope, commands, execute).await?,
    };
    Ok(answer::<W>(results))
}

async fn together<C, F: Future<Output = Result<Vec<Receipt>, Error>>>(
    envelope: Envelope,
    commands: Vec<C>,
    execute: impl Fn(Envelope, Vec<C>) -> F,
) -> Result<Vec<Outcome>, Problem> {
    match execute(envelope, commands).await {
        Ok(receipts) => Ok(receipts.into_iter().map(Ok).collect()),
        Err(Error::Refused { index, refusal }) => {
            Err(Problem::from(refusal).under(&format!("/{index}")).with("index", index))
        }
        Err(error) => Err(error.into()),
    }
}

/// Records each for itself. The first goes ahead: a key that was used for something else is told of before anything is
/// recorded. Then some at a time, so that one caller does not fill the journal's queue.
async fn each<C, F: Future<Output = Result<Vec<Receipt>, Error>>>(
    envelope: Envelope,
    commands: Vec<C>,
    execute: impl Fn(Envelope, Vec<C>) -> F,
) -> Result<Vec<Outcome>, Problem> {
    let one = |(index, command): (usize, C)| {
        let idempotency = envelope.idempotency.as_ref().map(|key| key.numbered(index));
        let recorded = execute(Envelope { idempotency, ..envelope.clone() }, vec![command]);
        async {
            let mut receipts = recorded.await?;
            receipts.pop().ok_or_else(|| Error::Broken("no receipt for a command".to_owned()))
        }
    };
    let mut calls = commands.into_iter().enumerate().map(one);
    let mut results = Vec::new();
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

fn answer<W: RecordedWords>(results: Vec<Outcome>) -> Response {
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
        body: PostedBody::<W>::new(&receipt.record),
    });
    let refused = problems.into_iter().map(|(index, problem)| BulkResult::Refused {
        index,
        status: problem.status(),
        problem,
    });
    let mut results: Vec<_> = taken.chain(refused).collect();
    results.sort_by_key(BulkResult::index);
    let fresh = if new { StatusCode::CREATED } else { StatusCode::OK };
    recorded(fresh, replayed, BulkAnswer { succeeded, failed, results })
}

impl<W> BulkResult<'_, W> {
    fn index(&self) -> usize {
        let (Self::Recorded { index, .. } | Self::Refused { index, .. }) = self;
        *index
    }
}
