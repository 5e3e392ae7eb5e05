//! Transactions on the wire: the answer to every call that posted one.

use crate::etag::recorded;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use guerdon_ledger::{AccountPath, AssetCode, Balance, Hold, Posting};
use guerdon_store::journal::{Metadata, Receipt, Record, transaction_id};
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A transaction as the journal holds it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransactionView<'a> {
    /// Its place in the tenant's journal: `txn_<seq>`.
    #[schema(example = "txn_42")]
    id: String,
    /// What kind of transaction it is.
    #[schema(example = "award")]
    kind: &'a str,
    /// Who asked for it.
    #[schema(example = "mgr-1")]
    actor: &'a str,
    /// Why.
    #[schema(example = "Great delivery")]
    reason: Option<&'a str>,
    /// What it is about, in the caller's own system.
    reference: Option<&'a str>,
    /// When it takes effect.
    #[schema(value_type = String, format = DateTime)]
    effective_at: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// What moved, in minor units.
    #[schema(value_type = Vec<PostingSchema>)]
    postings: &'a [Posting],
    /// Holds that it touched, as they were afterwards.
    #[serde(skip_serializing_if = "<[Hold]>::is_empty")]
    #[schema(value_type = Vec<Object>)]
    holds: &'a [Hold],
    /// Anything else worth keeping. Left out of the answer to an event, which says the same beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    metadata: Option<&'a Metadata>,
    /// The transaction that it offsets.
    #[schema(example = json!(null))]
    reverses: Option<String>,
    /// The transaction that offsets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed_by: Option<String>,
    /// The hash of this row and, through the row before it, of all before it.
    hash: String,
}

/// One asset moving from one account to another.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "describes guerdon_ledger::Posting to OpenAPI")]
#[schema(as = Posting)]
pub(crate) struct PostingSchema {
    /// The account that gives.
    #[schema(example = "pool")]
    from: String,
    /// The account that receives.
    #[schema(example = "wallet:emp-7")]
    to: String,
    /// What moves.
    #[schema(example = "PTS")]
    asset: String,
    /// How much, in minor units of the asset.
    #[schema(example = 1000, minimum = 1, maximum = 9007199254740991_i64)]
    amount: i64,
}

impl<'a> TransactionView<'a> {
    pub(crate) fn new(record: &'a Record) -> Self {
        Self {
            id: record.id(),
            kind: &record.kind,
            actor: &record.actor,
            reason: record.reason.as_deref(),
            reference: record.reference.as_deref(),
            effective_at: record.effective_at,
            created_at: record.recorded_at,
            postings: &record.postings,
            holds: &record.holds,
            metadata: Some(&record.metadata),
            reverses: record.reverses.map(transaction_id),
            reversed_by: None,
            hash: record.hash.to_hex(),
        }
    }

    pub(crate) fn reversed_by(mut self, seq: Option<i64>) -> Self {
        self.reversed_by = seq.map(transaction_id);
        self
    }
}

/// A balance in minor units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BalanceView<'a> {
    /// Of what.
    #[schema(value_type = String, example = "PTS")]
    asset: &'a AssetCode,
    /// What lies on the account.
    #[schema(example = 39000)]
    posted: i64,
    /// The part of it that holds have reserved.
    #[schema(example = 0)]
    held: i64,
    /// What may still be moved or held.
    #[schema(example = 39000)]
    available: i64,
}

impl<'a> BalanceView<'a> {
    pub(crate) fn new(asset: &'a AssetCode, balance: Balance) -> Self {
        Self { asset, posted: balance.posted, held: balance.held, available: balance.available() }
    }
}

/// Balances by account. Where a transaction touched one account in several assets, those after the first are named
/// `account/ASSET`.
#[derive(Debug)]
struct Balances<'a>(&'a Record);

impl Serialize for Balances<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let balances = &self.0.balances;
        let mut map = serializer.serialize_map(Some(balances.len()))?;
        for (index, touched) in balances.iter().enumerate() {
            let view = BalanceView::new(&touched.asset, touched.balance);
            match balances[..index].iter().any(|earlier| earlier.account == touched.account) {
                true => map.serialize_entry(&format!("{}/{}", touched.account, touched.asset), &view)?,
                false => map.serialize_entry(&touched.account, &view)?,
            }
        }
        map.end()
    }
}

/// What a programme says of a transaction in its own words, beside the transaction itself.
pub(crate) trait RecordedWords: Serialize {
    fn of(record: &Record) -> Self;
}

/// Nothing to add.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoWords {}

impl RecordedWords for NoWords {
    fn of(_: &Record) -> Self {
        Self {}
    }
}

/// The answer to a call that posted a transaction: 201, or 200 where an earlier call with the same key had posted it.
/// The answer is made from the record alone, so a replay says the same to the byte.
#[derive(Debug)]
pub(crate) struct Posted<W = NoWords> {
    receipt: Receipt,
    words: std::marker::PhantomData<fn() -> W>,
}

impl<W> From<Receipt> for Posted<W> {
    fn from(receipt: Receipt) -> Self {
        Self { receipt, words: std::marker::PhantomData }
    }
}

/// The body of [`Posted`].
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostedBody<'a, W> {
    /// The transaction.
    transaction: TransactionView<'a>,
    /// Each balance that it touched, as it left it.
    #[schema(value_type = std::collections::HashMap<String, BalanceView>)]
    balances: Balances<'a>,
    #[serde(flatten)]
    words: W,
}

impl<'a, W: RecordedWords> PostedBody<'a, W> {
    pub(crate) fn new(record: &'a Record) -> Self {
        Self { transaction: TransactionView::new(record), balances: Balances(record), words: W::of(record) }
    }

    /// Without the metadata, where the answer says the same in other words.
    pub(crate) fn without_metadata(mut self) -> Self {
        self.transaction.metadata = None;
        self
    }

    /// With the transaction that offsets this one.
    pub(crate) fn reversed_by(mut self, seq: Option<i64>) -> Self {
        self.transaction = self.transaction.reversed_by(seq);
        self
    }
}

impl<W: RecordedWords> IntoResponse for Posted<W> {
    fn into_response(self) -> Response {
        let body = PostedBody::<W>::new(&self.receipt.record);
        recorded(StatusCode::CREATED, self.receipt.replayed, body)
    }
}

/// The balance that a transaction left on an account, nothing where it did not touch it.
pub(crate) fn balance_of(record: &Record, account: &AccountPath, asset: &AssetCode) -> Balance {
    record.balance(account, asset).unwrap_or_default()
}
