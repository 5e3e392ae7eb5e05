//! Transactions of any form.

use super::filter::{Filter, TransactionQuery};
use super::metadata::Metadata;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, LedgerReader, LedgerWriter};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::strict::Strict;
use crate::wire::{
    Format, Line, List, Moment, NoQuery, NoWords, Note, Page, Part, Path, Posted, PostedBody, PostingSchema,
    Query, TransactionView, answer,
};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{Invalid, Posting};
use guerdon_programs::general::{MAX_POSTINGS, Transact, check_own_kind};
use guerdon_store::TenantId;
use guerdon_store::driver::{Mode, Transaction};
use guerdon_store::journal::{Record, seq_of_transaction_id};
use guerdon_store::read::{self, Found};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use utoipa::ToSchema;

/// The kind of a transaction.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Kind(String);

impl TryFrom<String> for Kind {
    type Error = Invalid;

    fn try_from(kind: String) -> Result<Self, Invalid> {
        check_own_kind(&kind)?;
        Ok(Self(kind))
    }
}

/// The postings of a transaction.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Strict<Posting>>")]
pub(crate) struct Postings(Vec<Posting>);

impl TryFrom<Vec<Strict<Posting>>> for Postings {
    type Error = Invalid;

    fn try_from(postings: Vec<Strict<Posting>>) -> Result<Self, Invalid> {
        match (1..=MAX_POSTINGS).contains(&postings.len()) {
            true => Ok(Self(postings.into_iter().map(|posting| posting.0).collect())),
            false => Err(Invalid(format!(
                "a transaction has 1 to {MAX_POSTINGS} postings, this has {}",
                postings.len()
            ))),
        }
    }
}

/// A transaction of any form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "payout", "postings": [{"from": "reward:alice", "to": "bank:main", "asset": "USD", "amount": 2500}], "effective_at": "2026-01-31T23:59:59Z", "reason": "January payout", "reference": "payout-2026-01", "metadata": {"batch": 12}}))]
pub(crate) struct TransactBody {
    /// What kind of transaction it is, 1–64 of `a-z 0-9 . _ -`; `transfer` where not given.
    #[schema(value_type = Option<String>, example = "transfer")]
    kind: Option<Kind>,
    /// What moves, 1 to 1000 postings: all of them or none.
    #[schema(value_type = Vec<PostingSchema>)]
    postings: Postings,
    /// When it takes effect, in the past or the future; now where not given.
    #[schema(value_type = Option<String>, format = DateTime)]
    effective_at: Option<Moment>,
    /// Why.
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
    /// What it is about, in your own system.
    #[schema(value_type = Option<String>)]
    reference: Option<Line>,
    /// Anything else worth keeping: at most 50 keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    metadata: Metadata,
}

impl TransactBody {
    pub(super) fn command(self, by_platform: bool) -> Transact {
        Transact {
            kind: self.kind.map_or_else(|| "transfer".to_owned(), |kind| kind.0),
            postings: self.postings.0,
            effective_at: self.effective_at.map(Timestamp::from),
            reason: self.reason.map(String::from),
            reference: self.reference.map(String::from),
            metadata: self.metadata.into(),
            by_platform,
        }
    }
}

/// Record a transaction of any form
///
/// Members that its accounts name and that were not seen before are added. Only a platform admin may move value from or
/// to `issuance`.
#[utoipa::path(post, path = "/api/v1/ledger/transactions", operation_id = "create_transaction", tag = "Ledger",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = TransactBody,
    responses((status = 201, body = PostedBody<NoWords>), (status = 200, description = "Replayed", body = PostedBody<NoWords>), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<TransactBody>,
) -> Result<Posted, Problem> {
    let command = body.value.command(caller.principal.is_platform_admin());
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}

/// Transactions, newest first
///
/// Configuration changes are transactions without postings. A page may hold fewer than `limit`; `next_cursor` says
/// whether there is more.
#[utoipa::path(get, path = "/api/v1/ledger/transactions", operation_id = "list_transactions", tag = "Ledger", params(TransactionQuery),
    responses((status = 200, body = Page<TransactionView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<LedgerReader>,
    format: Format,
    Query(query): Query<TransactionQuery>,
) -> Result<Response, Problem> {
    let page = query.page();
    let filter = query.filter(&app, caller.tenant).await?;
    answer(Transactions { app, tenant: caller.tenant, filter }, format, &page).await
}

struct Transactions {
    app: App,
    tenant: TenantId,
    filter: Filter,
}

impl List for Transactions {
    type Row = Value;
    type Schema = TransactionView<'static>;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<Value, i64>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let found = search(&mut tx, before, limit, &self.filter, |_| true).await?;
        let view = |record: &Record| serde_json::to_value(TransactionView::new(record));
        let rows = found.records.iter().map(view).collect::<Result<_, _>>();
        Ok(Part { rows: rows.map_err(|e| Problem::internal(&e))?, next: found.go_on_before })
    }
}

/// Transactions that a filter and a programme want, those before one.
pub(crate) async fn search(
    tx: &mut Transaction,
    before: Option<i64>,
    limit: i64,
    filter: &Filter,
    also: impl Fn(&Record) -> bool + Send + Sync,
) -> Result<Found, Problem> {
    let past = AtomicBool::new(false);
    let wanted = |record: &Record| {
        past.fetch_or(filter.is_past(record), Ordering::Relaxed);
        filter.wants(record) && also(record)
    };
    let mut found = read::search_transactions(tx, before.unwrap_or(i64::MAX), limit, wanted).await?;
    found.go_on_before = found.go_on_before.filter(|_| !past.load(Ordering::Relaxed));
    Ok(found)
}

/// A transaction
#[utoipa::path(get, path = "/api/v1/ledger/transactions/{id}", operation_id = "get_transaction", tag = "Ledger",
    params(("id" = String, Path, description = "The transaction", example = "txn_7")),
    responses((status = 200, body = PostedBody<NoWords>), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<LedgerReader>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Json<Value>, Problem> {
    let not_found = || Problem::not_found("transaction_not_found", format!("there is no transaction {id}"));
    let seq = seq_of_transaction_id(&id).ok_or_else(not_found)?;
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let record = read::transaction(&mut tx, seq).await?.ok_or_else(not_found)?;
    let reversed_by = read::reversal_of(&mut tx, seq).await?;
    let body = PostedBody::<NoWords>::new(&record).reversed_by(reversed_by);
    Ok(Json(serde_json::to_value(body).map_err(|e| Problem::internal(&e))?))
}
