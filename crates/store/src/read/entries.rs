//! Entries: the postings of one account, newest first.

use super::transactions::transactions;
use crate::driver::{DbError, Transaction};
use crate::journal::tail::TailEntry;
use crate::journal::{Metadata, Record};
use crate::records::instant;
use guerdon_ledger::{AccountPath, AssetCode};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

const LIST_ENTRIES: &str = "SELECT seq, posting, amount, posted, recorded_at, effective_at FROM entries
    WHERE tenant_id = $1 AND account = $2 AND asset = $3
      AND (seq < $4 OR (seq = $4 AND posting < $5)) AND recorded_at >= $6 AND recorded_at < $7
    ORDER BY seq DESC, posting DESC LIMIT $8";

/// One side of a posting, and the transaction it is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub account: AccountPath,
    /// Of what.
    pub asset: AssetCode,
    /// The transaction.
    pub seq: i64,
    /// Which posting of it, from 0.
    pub posting: i64,
    /// What came (above zero) or went (below), in minor units.
    pub amount: i64,
    /// What lay on the account after the transaction.
    pub posted: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// The kind of transaction.
    pub kind: String,
    /// Who asked for it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// What it is about, in the caller's own system.
    pub reference: Option<String>,
    /// Anything else worth keeping.
    pub metadata: Metadata,
    /// The transaction that it offsets.
    pub reverses: Option<i64>,
}

/// Which entries.
#[derive(Debug, Clone)]
pub struct EntryPage {
    /// Whose.
    pub account: AccountPath,
    /// Of what.
    pub asset: AssetCode,
    /// Those before this transaction and posting; all where `None`.
    pub before: Option<(i64, i64)>,
    /// Recorded at or after this.
    pub from: Option<Timestamp>,
    /// Recorded before this.
    pub to: Option<Timestamp>,
    /// How many at most.
    pub limit: i64,
}

/// Entries of an account, newest first. The cost is that of the page, however long the history.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn entries(tx: &mut Transaction, page: &EntryPage) -> Result<Vec<Entry>, DbError> {
    let rows = rows(tx, page).await?;
    let seqs: BTreeSet<i64> = rows.iter().map(|row| row.seq).collect();
    let records = transactions(tx, seqs.into_iter().map(|seq| vec![seq.into()]).collect()).await?;
    let records: HashMap<i64, Record> = records.into_iter().map(|record| (record.seq, record)).collect();
    rows.into_iter()
        .map(|row| {
            let record = records.get(&row.seq);
            let record =
                record.ok_or_else(|| DbError::Broken(format!("an entry without its row {}", row.seq)))?;
            entry(page, row, record)
        })
        .collect()
}

/// The index rows of a page: those that wait, then those in the table.
async fn rows(tx: &mut Transaction, page: &EntryPage) -> Result<Vec<TailEntry>, DbError> {
    let before = page.before.unwrap_or((i64::MAX, 0));
    let from = page.from.map_or(i64::MIN, Timestamp::as_microsecond);
    let to = page.to.map_or(i64::MAX, Timestamp::as_microsecond);
    let key = page.account.clone().in_asset(&page.asset);
    let wanted = |e: &TailEntry| (e.seq, e.posting) < before && (from..to).contains(&e.recorded_at);
    let waiting = tx.waiting().await?;
    let mut rows: Vec<_> = waiting.entries(&key).into_iter().rev().filter(wanted).collect();
    rows.truncate(page.limit as usize);
    let boundary = (waiting.filled_to().saturating_add(1), 0);
    let (seq, posting) = before.min(boundary);
    let params = vec![
        tx.tenant(),
        (&page.account).into(),
        (&page.asset).into(),
        seq.into(),
        posting.into(),
        from.into(),
        to.into(),
        (page.limit - rows.len() as i64).into(),
    ];
    for row in tx.query(LIST_ENTRIES, params).await? {
        rows.push(TailEntry {
            seq: row.int(0)?,
            posting: row.int(1)?,
            amount: row.int(2)?,
            posted: row.int(3)?,
            recorded_at: row.int(4)?,
            effective_at: row.int(5)?,
        });
    }
    Ok(rows)
}

fn entry(page: &EntryPage, row: TailEntry, record: &Record) -> Result<Entry, DbError> {
    Ok(Entry {
        account: page.account.clone(),
        asset: page.asset.clone(),
        seq: row.seq,
        posting: row.posting,
        amount: row.amount,
        posted: row.posted,
        recorded_at: instant(row.recorded_at)?,
        effective_at: instant(row.effective_at)?,
        kind: record.kind.clone(),
        actor: record.actor.to_string(),
        reason: record.reason.clone(),
        reference: record.reference.clone(),
        metadata: record.metadata.clone(),
        reverses: record.reverses,
    })
}

crate::statements::list! { LIST_ENTRIES }
