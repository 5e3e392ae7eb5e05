//! Transactions, one or in order.

use super::rows::journal_length;
use crate::driver::{DbError, Transaction, Value};
use crate::journal::Record;
use crate::journal::load::{LOOK_UP_KEYS, LOOK_UP_REVERSALS};
use crate::journal::record::{LIST_RECORDS_BACKWARD, LIST_RECORDS_FORWARD, LOOK_UP_RECORDS};
use guerdon_ledger::AccountKey;
use jiff::Timestamp;
use std::collections::HashMap;

const LIST_SEQS: &str = "SELECT DISTINCT seq FROM entries
    WHERE tenant_id = $1 AND account = $2 AND asset = $3 AND seq < $4 ORDER BY seq DESC LIMIT $5";

const FIND_RECORDED_AT: &str = "SELECT recorded_at FROM journal WHERE tenant_id = $1 AND seq = $2";

/// Rows of the journal that a search looks at before it hands over what it found: so its cost has a bound.
const SEARCHED: usize = 2_000;

/// A transaction.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn transaction(tx: &mut Transaction, seq: i64) -> Result<Option<Record>, DbError> {
    let rows = tx.look_up(&LOOK_UP_RECORDS, vec![vec![seq.into()]]).await?;
    rows.first().map(Record::from_row).transpose()
}

/// The transaction that was recorded with an idempotency key.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn transaction_by_key(tx: &mut Transaction, key: &str) -> Result<Option<Record>, DbError> {
    if let Some(waiting) = tx.waiting().await?.key(key) {
        return transaction(tx, waiting).await;
    }
    let rows = tx.look_up(&LOOK_UP_KEYS, vec![vec![key.into()]]).await?;
    match rows.first() {
        Some(row) => transaction(tx, row.int(1)?).await,
        None => Ok(None),
    }
}

/// The transaction that reversed another.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn reversal_of(tx: &mut Transaction, seq: i64) -> Result<Option<i64>, DbError> {
    if let Some(waiting) = tx.waiting().await?.reversal(seq) {
        return Ok(Some(waiting));
    }
    let rows = tx.look_up(&LOOK_UP_REVERSALS, vec![vec![seq.into()]]).await?;
    rows.first().map(|row| Ok(row.int(1)?)).transpose()
}

/// The transactions that reversed some others, by the others.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn reversals_of(tx: &mut Transaction, seqs: &[i64]) -> Result<HashMap<i64, i64>, DbError> {
    let tail = tx.waiting().await?;
    let mut found: HashMap<i64, i64> =
        seqs.iter().filter_map(|seq| Some((*seq, tail.reversal(*seq)?))).collect();
    let wanted = seqs.iter().filter(|seq| !found.contains_key(seq)).map(|seq| vec![(*seq).into()]).collect();
    for row in tx.look_up(&LOOK_UP_REVERSALS, wanted).await? {
        found.insert(row.int(0)?, row.int(1)?);
    }
    Ok(found)
}

/// Transactions after one, oldest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn transactions_after(
    tx: &mut Transaction,
    after: i64,
    limit: i64,
) -> Result<Vec<Record>, DbError> {
    let rows = tx.query(LIST_RECORDS_FORWARD, [tx.tenant(), after.into(), limit.into()]).await?;
    rows.iter().map(Record::from_row).collect()
}

/// Transactions before one, newest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn transactions_before(
    tx: &mut Transaction,
    before: i64,
    limit: i64,
) -> Result<Vec<Record>, DbError> {
    let rows = tx.query(LIST_RECORDS_BACKWARD, [tx.tenant(), before.into(), limit.into()]).await?;
    rows.iter().map(Record::from_row).collect()
}

/// Transactions that touched an account, newest first, those before one. The cost is that of the page.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn account_transactions(
    tx: &mut Transaction,
    key: &AccountKey,
    before: i64,
    limit: i64,
) -> Result<Vec<Record>, DbError> {
    let tail = tx.waiting().await?;
    let mut waiting: Vec<i64> = tail.entries(key).iter().map(|e| e.seq).filter(|seq| *seq < before).collect();
    waiting.reverse();
    waiting.dedup();
    waiting.truncate(limit as usize);
    let left = limit - waiting.len() as i64;
    let before = before.min(tail.filled_to().saturating_add(1));
    let params = [tx.tenant(), (&key.account).into(), (&key.asset).into(), before.into(), left.into()];
    let seqs = tx.query(LIST_SEQS, params).await?;
    let waiting = waiting.into_iter().map(|seq| vec![Value::Int(seq)]);
    let wanted = waiting.chain(seqs.iter().map(|row| row.values().to_vec())).collect();
    transactions(tx, wanted).await
}

/// The first transaction recorded at or after an instant; the one that is still to come where there is none. Recorded
/// times never go back and places have no gaps, so it is found by halving, in a few dozen reads by key.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn first_recorded_at(tx: &mut Transaction, at: Timestamp) -> Result<i64, DbError> {
    let (mut low, mut high) = (1, journal_length(tx).await? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let rows = tx.query(FIND_RECORDED_AT, [tx.tenant(), middle.into()]).await?;
        match rows.first().map(|row| row.int(0)).transpose()? {
            Some(recorded_at) if recorded_at < at.as_microsecond() => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The transactions of some sequence numbers, newest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn transactions_at(tx: &mut Transaction, seqs: &[i64]) -> Result<Vec<Record>, DbError> {
    transactions(tx, seqs.iter().map(|seq| vec![(*seq).into()]).collect()).await
}

/// The transactions of some sequence numbers, newest first.
pub(super) async fn transactions(
    tx: &mut Transaction,
    seqs: Vec<Vec<Value>>,
) -> Result<Vec<Record>, DbError> {
    let rows = tx.look_up(&LOOK_UP_RECORDS, seqs).await?;
    let mut records = rows.iter().map(Record::from_row).collect::<Result<Vec<_>, _>>()?;
    records.sort_by_key(|record| std::cmp::Reverse(record.seq));
    Ok(records)
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// Transactions, newest first.
    pub records: Vec<Record>,
    /// Where to go on; `None` where the journal was searched to its beginning.
    pub go_on_before: Option<i64>,
}

/// Searches backwards for transactions, those before one. Looks at a bounded number of rows, so it may find fewer than
/// `limit` and still say where to go on.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn search_transactions(
    tx: &mut Transaction,
    mut before: i64,
    limit: i64,
    wanted: impl Fn(&Record) -> bool,
) -> Result<Found, DbError> {
    let mut records = Vec::new();
    let mut searched = 0;
    while searched < SEARCHED {
        let page = transactions_before(tx, before, limit.max(50)).await?;
        let last = page.len() < limit.max(50) as usize;
        searched += page.len();
        for record in page {
            before = record.seq;
            if wanted(&record) {
                records.push(record);
            }
            if records.len() as i64 == limit {
                return Ok(Found { records, go_on_before: (before > 1).then_some(before) });
            }
        }
        if last {
            return Ok(Found { records, go_on_before: None });
        }
    }
    Ok(Found { records, go_on_before: Some(before) })
}

crate::statements::list! { LIST_SEQS, FIND_RECORDED_AT }
