//! The journal's rows.

use super::list_name::ListName;
use super::metadata::Metadata;
use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use crate::records::{Change, PersonalText, TenantId, checked, from_json, instant, json};
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{AccountPath, AssetCode, Balance, Hold, MemberId, Posting};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use smol_str::{SmolStr, ToSmolStr};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A balance that a transaction touched, as it left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedBalance {
    /// Whose.
    pub account: AccountPath,
    /// Of what.
    pub asset: AssetCode,
    /// The balance in minor units.
    #[serde(flatten)]
    pub balance: Balance,
}

/// A transaction as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the tenant's journal, from 1, without gaps.
    pub seq: i64,
    /// What kind of transaction it is.
    pub kind: String,
    /// Who asked for it.
    pub actor: Arc<str>,
    /// The key that makes it safe to ask again.
    pub idempotency_key: Option<Arc<str>>,
    /// What was asked with that key, hashed.
    pub fingerprint: Option<Arc<str>>,
    /// When it was recorded; never before the transaction before it.
    pub recorded_at: Timestamp,
    /// When it takes effect.
    pub effective_at: Timestamp,
    /// Why, in the words of whoever asked.
    pub reason: Option<String>,
    /// What it is about, in the caller's own system.
    pub reference: Option<String>,
    /// Value that moved.
    pub postings: Vec<Posting>,
    /// Each balance touched, as it was afterwards.
    pub balances: Vec<RecordedBalance>,
    /// Each hold touched, as it was afterwards.
    pub holds: Vec<Hold>,
    /// Configuration that changed.
    pub changes: Vec<Change>,
    /// Anything else worth keeping.
    pub metadata: Metadata,
    /// The transaction that it offsets.
    pub reverses: Option<i64>,
    /// The lists that it stands in, each once.
    pub lists: Vec<ListName>,
    /// The salted hash of the personal texts beside the row.
    pub texts_hash: Option<String>,
    /// The hash of this row and, through the row before it, of all before it.
    pub hash: Hash,
}

/// Personal texts that stand beside a row.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Texts {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) members: BTreeMap<MemberId, PersonalText>,
    /// What came in, such as an event, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<Arc<RawValue>>,
}

impl Texts {
    /// The personal texts of some changes and of what came in, where there are any.
    pub(crate) fn of(changes: &[Change], payload: Option<Arc<RawValue>>) -> Option<Self> {
        let members: BTreeMap<_, _> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Member(member) => Some((member.id.clone(), member.personal.clone())),
                _ => None,
            })
            .collect();
        (!members.is_empty() || payload.is_some()).then_some(Self { members, payload })
    }

    /// Puts the texts back where they came from.
    pub(crate) fn restore(&self, changes: &mut [Change]) {
        for change in changes {
            if let Change::Member(member) = change
                && let Some(personal) = self.members.get(&member.id)
            {
                member.personal = personal.clone();
            }
        }
    }
}

/// The salted hash that a row carries of its texts.
pub(crate) fn texts_hash(salt: &str, body: &str) -> String {
    Hash::of(format!("{salt}{body}").as_bytes()).to_hex()
}

macro_rules! columns {
    () => {
        "seq, kind, actor, idempotency_key, fingerprint, recorded_at, effective_at, reason, reference, postings,
        balances, holds, changes, metadata, reverses, lists, texts_hash, hash"
    };
}

pub(crate) const LOOK_UP_RECORDS: Lookup = Lookup {
    sqlite: concat!("SELECT ", columns!(), " FROM journal WHERE tenant_id = $1 AND seq = $2"),
    postgres: concat!(
        "SELECT found.* FROM unnest($2::bigint[]) AS wanted (s) CROSS JOIN LATERAL (SELECT ",
        columns!(),
        " FROM journal WHERE tenant_id = $1 AND seq = s LIMIT 1) AS found"
    ),
    key: &[Type::Int],
};

/// `$2` the sequence number after which to go on, `$3` how many.
pub(crate) const LIST_RECORDS_FORWARD: &str =
    concat!("SELECT ", columns!(), " FROM journal WHERE tenant_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");

/// `$2` the sequence number before which to go on, `$3` how many.
pub(crate) const LIST_RECORDS_BACKWARD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM journal WHERE tenant_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
);

pub(crate) const WRITE_RECORD: Write = Write {
    table: "journal",
    columns: &[
        ("seq", Type::Int),
        ("kind", Type::Text),
        ("actor", Type::Text),
        ("idempotency_key", Type::Text),
        ("fingerprint", Type::Text),
        ("recorded_at", Type::Int),
        ("effective_at", Type::Int),
        ("reason", Type::Text),
        ("reference", Type::Text),
        ("postings", Type::Text),
        ("balances", Type::Text),
        ("holds", Type::Text),
        ("changes", Type::Text),
        ("metadata", Type::Text),
        ("reverses", Type::Int),
        ("lists", Type::Text),
        ("texts_hash", Type::Text),
        ("hash", Type::Text),
    ],
    on_conflict: "",
};

pub(crate) const WRITE_TEXTS: Write = Write {
    table: "journal_texts",
    columns: &[("seq", Type::Int), ("salt", Type::Text), ("body", Type::Text)],
    on_conflict: "",
};

impl Record {
    /// Sets the row's hash and answers the row as the table holds it.
    pub(crate) fn seal(&mut self, tenant: TenantId, previous: &Hash) -> Vec<Value> {
        let mut row = Vec::with_capacity(WRITE_RECORD.columns.len());
        row.extend([
            self.seq.into(),
            self.kind.as_str().into(),
            (&self.actor).into(),
            self.idempotency_key.as_ref().into(),
            self.fingerprint.as_ref().into(),
            self.recorded_at.into(),
            self.effective_at.into(),
            self.reason.as_deref().into(),
            self.reference.as_deref().into(),
            list(&self.postings),
            list(&self.balances),
            list(&self.holds),
            list(&self.changes),
            self.metadata.as_str().into(),
            self.reverses.into(),
            list(&self.lists),
            self.texts_hash.as_deref().into(),
        ]);
        self.hash = hash_of(tenant, &row, previous);
        row.push(self.hash.to_hex().into());
        row
    }

    /// The record in a row of the journal.
    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        let text =
            |column| -> Result<Option<String>, DbError> { Ok(row.text_or_null(column)?.map(str::to_owned)) };
        Ok(Self {
            seq: row.int(0)?,
            kind: row.text(1)?.to_owned(),
            actor: row.text(2)?.into(),
            idempotency_key: row.text_or_null(3)?.map(Arc::from),
            fingerprint: row.text_or_null(4)?.map(Arc::from),
            recorded_at: instant(row.int(5)?)?,
            effective_at: instant(row.int(6)?)?,
            reason: text(7)?,
            reference: text(8)?,
            postings: from_json(row.text(9)?)?,
            balances: from_json(row.text(10)?)?,
            holds: from_json(row.text(11)?)?,
            changes: from_json(row.text(12)?)?,
            metadata: Metadata::from_text(row.text(13)?)?,
            reverses: row.int_or_null(14)?,
            lists: from_json(row.text(15)?)?,
            texts_hash: text(16)?,
            hash: checked(Hash::from_hex(row.text(17)?))?,
        })
    }

    /// The balance that the transaction left on an account.
    pub fn balance(&self, account: &AccountPath, asset: &AssetCode) -> Option<Balance> {
        let found = self.balances.iter().find(|b| b.account == *account && b.asset == *asset)?;
        Some(found.balance)
    }

    /// How the transaction is addressed: `txn_<seq>`.
    pub fn id(&self) -> String {
        transaction_id(self.seq)
    }
}

/// How a transaction is addressed: `txn_<seq>`.
pub fn transaction_id(seq: i64) -> String {
    format!("txn_{seq}")
}

/// The sequence number in a transaction's address.
pub fn seq_of_transaction_id(id: &str) -> Option<i64> {
    let digits = id.strip_prefix("txn_")?;
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| canonical)
}

/// A list as JSON. Most are empty, and need no serializer.
fn list<T: Serialize>(items: &[T]) -> Value {
    match items {
        [] => "[]".into(),
        _ => json(items),
    }
}

/// The hash of a row: of the tenant and each column but the hash, in the table's order, as text; null is one zero byte,
/// which no text of the journal is.
pub(crate) fn hash_of(tenant: TenantId, row: &[Value], previous: &Hash) -> Hash {
    let columns = row.iter().map(|value| match value {
        Value::Null => SmolStr::new_static("\0"),
        Value::Int(value) => value.to_smolstr(),
        Value::Text(text) => text.clone(),
    });
    previous.next(std::iter::once(SmolStr::from(tenant)).chain(columns))
}

crate::statements::list! { LOOK_UP_RECORDS, LIST_RECORDS_FORWARD, LIST_RECORDS_BACKWARD, WRITE_RECORD, WRITE_TEXTS }
