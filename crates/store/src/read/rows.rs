//! The journal's rows as the table holds them, to the byte: what an auditor needs to compute the hash chain anew.

use crate::driver::{DbError, Row, Transaction, Value};
use crate::journal::record::LIST_RECORDS_FORWARD;
use serde::Serialize;

/// A row of the journal. Its hash covers the tenant and each column in this order, as text; a null counts as one zero
/// byte. Columns that hold JSON stay the text that was hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalRow {
    /// Whose journal.
    pub tenant_id: String,
    /// Its place, from 1, without gaps.
    pub seq: i64,
    /// What kind of transaction it is.
    pub kind: String,
    /// Who asked for it.
    pub actor: String,
    /// The key that makes it safe to ask again.
    pub idempotency_key: Option<String>,
    /// What was asked with that key, hashed.
    pub fingerprint: Option<String>,
    /// When it was recorded, in microseconds since 1970 UTC.
    pub recorded_at: i64,
    /// When it takes effect, in microseconds since 1970 UTC.
    pub effective_at: i64,
    /// Why.
    pub reason: Option<String>,
    /// What it is about.
    pub reference: Option<String>,
    /// Value that moved, as JSON.
    pub postings: String,
    /// Each balance touched, as JSON.
    pub balances: String,
    /// Each hold touched, as JSON.
    pub holds: String,
    /// Configuration that changed, as JSON.
    pub changes: String,
    /// Anything else, as JSON.
    pub metadata: String,
    /// The transaction that it offsets.
    pub reverses: Option<i64>,
    /// The lists that it stands in, as JSON.
    pub lists: String,
    /// The salted hash of the personal texts beside the row.
    pub texts_hash: Option<String>,
    /// The hash of the row and, through the row before it, of all before it.
    pub hash: String,
}

/// How many transactions a tenant's journal has.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn journal_length(tx: &mut Transaction) -> Result<i64, DbError> {
    Ok(crate::directory::head(tx).await?.map_or(0, |head| head.seq))
}

/// Rows after one, oldest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn journal_rows(tx: &mut Transaction, after: i64, limit: i64) -> Result<Vec<JournalRow>, DbError> {
    let rows = tx.query(LIST_RECORDS_FORWARD, [tx.tenant(), after.into(), limit.into()]).await?;
    let tenant = match tx.tenant() {
        Value::Text(tenant) => tenant,
        _ => return Err(DbError::Broken("the transaction is nobody's".to_owned())),
    };
    rows.iter().map(|row| row_of(&tenant, row)).collect()
}

fn row_of(tenant: &str, row: &Row) -> Result<JournalRow, DbError> {
    let text = |column| -> Result<String, DbError> { Ok(row.text(column)?.to_owned()) };
    let maybe =
        |column| -> Result<Option<String>, DbError> { Ok(row.text_or_null(column)?.map(str::to_owned)) };
    Ok(JournalRow {
        tenant_id: tenant.to_owned(),
        seq: row.int(0)?,
        kind: text(1)?,
        actor: text(2)?,
        idempotency_key: maybe(3)?,
        fingerprint: maybe(4)?,
        recorded_at: row.int(5)?,
        effective_at: row.int(6)?,
        reason: maybe(7)?,
        reference: maybe(8)?,
        postings: text(9)?,
        balances: text(10)?,
        holds: text(11)?,
        changes: text(12)?,
        metadata: text(13)?,
        reverses: row.int_or_null(14)?,
        lists: text(15)?,
        texts_hash: maybe(16)?,
        hash: text(17)?,
    })
}
