//! The index rows that the tables lack, as one snapshot of the database has it.
//!
//! The [tail](super::tail) goes on growing while a transaction reads, and a commit can be seen a moment before its rows
//! are in the tail. So a transaction asks its own snapshot how far the journal goes and how far the tables are filled,
//! takes what lies between from the tail, and reads from the journal what the tail does not have.

use super::list_name::ListName;
use super::record::Record;
use super::tail::{TailEntry, TailView, TenantRun};
use crate::driver::{DbError, Dialect, Transaction};
use crate::read;
use guerdon_ledger::AccountKey;

/// `$1` the tenant: the end of its journal, and the transaction up to which the indexes are filled.
const FIND_SPAN: &str = "SELECT heads.seq, coalesce(index_progress.seq, 0) FROM heads
    LEFT JOIN index_progress ON index_progress.tenant_id = $1 WHERE heads.tenant_id = $1";

/// Rows of the journal that are read at a time.
const PAGE: i64 = 1_000;

/// The index rows of one tenant that wait, in one snapshot of the database.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The transaction up to which the tables have every row.
    filled_to: i64,
    /// The transaction up to which the tail has those after it.
    tail_to: i64,
    tail: TailView,
    /// Those after that: from the journal.
    rest: TenantRun,
}

impl Waiting {
    /// What waits in the snapshot of a transaction.
    pub(crate) async fn in_snapshot(tx: &mut Transaction) -> Result<Self, DbError> {
        let tail = tx.tail().clone();
        if tx.dialect() == Dialect::Postgres {
            let rest = TenantRun::beginning_with(i64::MAX);
            return Ok(Self { filled_to: i64::MAX, tail_to: i64::MAX, tail, rest });
        }
        let rows = tx.query(FIND_SPAN, [tx.tenant()]).await?;
        let (last, filled_to) = match rows.first() {
            Some(row) => (row.int(0)?, row.int(1)?),
            None => (0, 0),
        };
        let tail_to = tail.reaches_from(filled_to).min(last);
        let mut rest = TenantRun::beginning_with(tail_to + 1);
        let mut read_to = tail_to;
        while read_to < last {
            let records: Vec<Record> = read::transactions_after(tx, read_to, PAGE).await?;
            let Some(end) = records.last().map(|record| record.seq) else { break };
            records.iter().for_each(|record| rest.add(record));
            read_to = end;
        }
        Ok(Self { filled_to, tail_to, tail, rest })
    }

    /// The transaction up to which the tables have every row. Of those after it they may have some.
    pub(crate) fn filled_to(&self) -> i64 {
        self.filled_to
    }

    /// The entries of an account that wait, oldest first.
    pub(crate) fn entries(&self, key: &AccountKey) -> Vec<TailEntry> {
        let mut entries = self.tail.entries(key, self.filled_to, self.tail_to);
        entries.extend(self.rest.entries(key));
        entries
    }

    /// The transactions in a list that wait, oldest first.
    pub(crate) fn listed(&self, list: &ListName) -> Vec<i64> {
        let mut seqs = self.tail.listed(list, self.filled_to, self.tail_to);
        seqs.extend(self.rest.listed(list));
        seqs
    }

    /// The transaction of an idempotency key, where that waits.
    pub(crate) fn key(&self, key: &str) -> Option<i64> {
        let in_tail = self.tail.key(key).filter(|seq| *seq <= self.tail_to);
        in_tail.or_else(|| self.rest.key(key))
    }

    /// The transaction that reversed another, where that waits.
    pub(crate) fn reversal(&self, reversed: i64) -> Option<i64> {
        let in_tail = self.tail.reversal(reversed).filter(|seq| *seq <= self.tail_to);
        in_tail.or_else(|| self.rest.reversal(reversed))
    }
}

crate::statements::list! { FIND_SPAN }
