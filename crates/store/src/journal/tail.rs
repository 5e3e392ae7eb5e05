//! The tail of the journal's indexes: rows of `entries`, `idempotency_keys`, `reversals` and `listings` that are
//! not in their tables yet.
//!
//! SQLite's log takes whole pages, so an index row written at a random place costs a page. The journal's rows, heads,
//! balances and holds are written in the commit itself; index rows wait here, in memory, until there are enough of
//! them to be merged in sorted runs, which touch each page once. Every read of the indexes looks here too. What a
//! crash loses of this is in the journal, from which it is read again at start.

use super::list_name::ListName;
use super::record::Record;
use super::write::{MERGE_ENTRY, MERGE_KEY, MERGE_LISTING, MERGE_PROGRESS, MERGE_REVERSAL};
use super::write::{entries_of, key_of, listings_of, reversal_of};
use crate::driver::{Value, Write};
use crate::records::TenantId;
use foldhash::{HashMap, HashMapExt};
use guerdon_ledger::AccountKey;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread::Builder;

/// An entry that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TailEntry {
    pub(crate) seq: i64,
    pub(crate) posting: i64,
    pub(crate) amount: i64,
    pub(crate) posted: i64,
    pub(crate) recorded_at: i64,
    pub(crate) effective_at: i64,
}

/// Rows of one tenant that wait, all of the transactions from `first_seq` to `last_seq`.
#[derive(Debug)]
pub(super) struct TenantRun {
    first_seq: i64,
    last_seq: i64,
    entries: HashMap<AccountKey, Vec<TailEntry>>,
    keys: HashMap<Arc<str>, i64>,
    reversals: HashMap<i64, i64>,
    lists: HashMap<ListName, Vec<i64>>,
}

/// Rows that will be merged together.
#[derive(Debug, Default)]
struct Run(RwLock<HashMap<TenantId, TenantRun>>);

#[derive(Debug, Default)]
struct Runs {
    /// The run that is being merged: complete, and there until its last row is committed.
    merging: Option<Arc<Run>>,
    /// The run that new rows are added to.
    filling: Arc<Run>,
    /// Transactions in it.
    filled: usize,
}

/// The tail of one database's indexes.
#[derive(Debug, Default)]
pub(crate) struct Tail(Mutex<Runs>);

/// The tail as a transaction sees it: what waited when the transaction began, and what came after that and before
/// another merge began. What it has of this in its own snapshot is told by [`Waiting`](super::waiting::Waiting).
#[derive(Debug, Clone)]
pub(crate) struct TailView {
    tenant: TenantId,
    runs: Vec<Arc<Run>>,
}

impl Tail {
    /// Adds the index rows of transactions that were committed.
    pub(crate) fn add<'a>(&self, tenant: TenantId, records: impl IntoIterator<Item = &'a Record>) {
        let mut runs = self.lock();
        let mut tenants = runs.filling.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut added = 0;
        for record in records {
            let run = tenants.entry(tenant).or_insert_with(|| TenantRun::beginning_with(record.seq));
            run.add(record);
            added += 1;
        }
        drop(tenants);
        runs.filled += added;
    }

    /// The last transaction of a tenant that waits here.
    pub(crate) fn last_seq(&self, tenant: TenantId) -> Option<i64> {
        let view = self.view(tenant);
        view.runs.iter().filter_map(|run| Some(run.read().get(&tenant)?.last_seq)).max()
    }

    /// The tail as a transaction of a tenant sees it. To be taken before the database's own snapshot is.
    pub(crate) fn view(&self, tenant: TenantId) -> TailView {
        let runs = self.lock();
        TailView { tenant, runs: runs.merging.iter().chain([&runs.filling]).cloned().collect() }
    }

    /// Transactions that wait and are not being merged.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().filled
    }

    /// Whether anything waits.
    pub(crate) fn is_empty(&self) -> bool {
        let runs = self.lock();
        runs.merging.is_none() && runs.filled == 0
    }

    /// Begins to merge what waits, where something does and no merge is under way. New rows go to a new run.
    ///
    /// Sorting takes as long as many commits, so it is done beside them; the merge comes when it is ready.
    pub(crate) fn begin_merge(&self) -> Option<Receiver<Merge>> {
        let mut runs = self.lock();
        if runs.merging.is_some() || runs.filled == 0 {
            return None;
        }
        let run = std::mem::take(&mut runs.filling);
        runs.filled = 0;
        runs.merging = Some(run.clone());
        let (send, ready) = channel();
        let sort = {
            let (run, send) = (run.clone(), send.clone());
            // Nobody waits for it any more where the lane has ended.
            move || drop(send.send(Merge::of(&run)))
        };
        if Builder::new().name("guerdon-merge".to_owned()).spawn(sort).is_err() {
            drop(send.send(Merge::of(&run)));
        }
        Some(ready)
    }

    /// Ends a merge whose last row is committed.
    pub(crate) fn end_merge(&self) {
        self.lock().merging = None;
    }

    fn lock(&self) -> MutexGuard<'_, Runs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TenantRun {
    pub(super) fn beginning_with(seq: i64) -> Self {
        let (entries, keys) = (HashMap::new(), HashMap::new());
        let (reversals, lists) = (HashMap::new(), HashMap::new());
        Self { first_seq: seq, last_seq: seq, entries, keys, reversals, lists }
    }

    pub(super) fn add(&mut self, record: &Record) {
        self.last_seq = record.seq;
        for (index, posting) in record.postings.iter().enumerate() {
            let amount = posting.amount().minor_units();
            for (account, amount) in [(posting.from(), -amount), (posting.to(), amount)] {
                let after = record.balance(account, posting.asset()).unwrap_or_default();
                let entry = TailEntry {
                    seq: record.seq,
                    posting: index as i64,
                    amount,
                    posted: after.posted,
                    recorded_at: record.recorded_at.as_microsecond(),
                    effective_at: record.effective_at.as_microsecond(),
                };
                self.entries.entry(account.clone().in_asset(posting.asset())).or_default().push(entry);
            }
        }
        if let Some(key) = &record.idempotency_key {
            self.keys.insert(key.clone(), record.seq);
        }
        if let Some(reversed) = record.reverses {
            self.reversals.insert(reversed, record.seq);
        }
        for list in &record.lists {
            match self.lists.get_mut(list) {
                Some(seqs) => seqs.push(record.seq),
                None => drop(self.lists.insert(list.clone(), vec![record.seq])),
            }
        }
    }

    pub(super) fn entries(&self, key: &AccountKey) -> &[TailEntry] {
        self.entries.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn key(&self, key: &str) -> Option<i64> {
        self.keys.get(key).copied()
    }

    pub(super) fn reversal(&self, reversed: i64) -> Option<i64> {
        self.reversals.get(&reversed).copied()
    }

    pub(super) fn listed(&self, list: &ListName) -> &[i64] {
        self.lists.get(list).map_or(&[], Vec::as_slice)
    }
}

impl TailView {
    /// The transaction up to which the tail has all that follow `seq`; `seq` itself where it lacks the next.
    pub(super) fn reaches_from(&self, seq: i64) -> i64 {
        self.runs.iter().fold(seq, |reached, run| match run.read().get(&self.tenant) {
            Some(run) if run.first_seq <= reached + 1 => reached.max(run.last_seq),
            _ => reached,
        })
    }

    /// The entries of an account after one transaction and up to another, oldest first.
    pub(super) fn entries(&self, key: &AccountKey, after: i64, to: i64) -> Vec<TailEntry> {
        self.span(after, to, |run| run.entries(key), |entry| entry.seq)
    }

    /// The transactions in a list after one and up to another, oldest first.
    pub(super) fn listed(&self, list: &ListName, after: i64, to: i64) -> Vec<i64> {
        self.span(after, to, |run| run.listed(list), |seq| *seq)
    }

    /// What the runs have after one transaction and up to another, oldest first.
    fn span<T: Copy>(
        &self,
        after: i64,
        to: i64,
        rows: impl Fn(&TenantRun) -> &[T],
        seq: impl Fn(&T) -> i64,
    ) -> Vec<T> {
        let mut span = Vec::new();
        for run in &self.runs {
            let tenants = run.read();
            let all = tenants.get(&self.tenant).map_or(&[][..], &rows);
            let [from, to] = [after, to].map(|end| all.partition_point(|row| seq(row) <= end));
            span.extend_from_slice(all.get(from..to).unwrap_or_default());
        }
        span
    }

    /// The transaction of an idempotency key.
    pub(crate) fn key(&self, key: &str) -> Option<i64> {
        self.runs.iter().find_map(|run| run.read().get(&self.tenant)?.keys.get(key).copied())
    }

    /// The transaction that reversed another.
    pub(crate) fn reversal(&self, reversed: i64) -> Option<i64> {
        self.runs.iter().find_map(|run| run.read().get(&self.tenant)?.reversal(reversed))
    }

    pub(crate) fn of_tenant(self, tenant: TenantId) -> Self {
        Self { tenant, ..self }
    }
}

impl Run {
    fn read(&self) -> RwLockReadGuard<'_, HashMap<TenantId, TenantRun>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A row on its way into the tables.
#[derive(Debug)]
enum IndexRow {
    Entry(AccountKey, TailEntry),
    Key(Arc<str>, i64),
    Reversal(i64, i64),
    Listing(ListName, i64),
    /// The transaction up to which the tables have every row once this is written.
    Progress(i64),
}

/// A run on its way into the tables, in the order of their keys: what of it is still to be written.
#[derive(Debug)]
pub(crate) struct Merge {
    rows: VecDeque<(TenantId, IndexRow)>,
}

impl Merge {
    fn of(run: &Run) -> Self {
        let mut rows = VecDeque::new();
        for (tenant, run) in run.read().iter() {
            // The entries of an account lie in the order they came, which is that of their table.
            for (key, entries) in sorted(run.entries.iter()) {
                rows.extend(entries.iter().map(|entry| (*tenant, IndexRow::Entry(key.clone(), *entry))));
            }
            let keys = sorted(run.keys.iter()).into_iter();
            rows.extend(keys.map(|(key, seq)| (*tenant, IndexRow::Key(key.clone(), *seq))));
            let reversals = sorted(run.reversals.iter()).into_iter();
            rows.extend(reversals.map(|(reversed, seq)| (*tenant, IndexRow::Reversal(*reversed, *seq))));
            for (list, seqs) in sorted(run.lists.iter()) {
                rows.extend(seqs.iter().map(|seq| (*tenant, IndexRow::Listing(list.clone(), *seq))));
            }
            // Last, so that a merge broken off is taken up again from the journal.
            rows.push_back((*tenant, IndexRow::Progress(run.last_seq)));
        }
        Self { rows }
    }

    /// The next rows to write, `limit` at most, each table of each tenant apart.
    pub(crate) fn next(&self, limit: usize) -> Vec<(TenantId, &'static Write, Vec<Vec<Value>>)> {
        let mut slices: Vec<(TenantId, &'static Write, Vec<Vec<Value>>)> = Vec::new();
        for (tenant, row) in self.rows.iter().take(limit) {
            let write = row.write();
            match slices.last_mut() {
                Some((of, to, rows)) if of == tenant && to.table == write.table => rows.push(row.values()),
                _ => slices.push((*tenant, write, vec![row.values()])),
            }
        }
        slices
    }

    /// Notes that the next `written` rows are committed.
    pub(crate) fn advance(&mut self, written: usize) {
        self.rows.drain(..written);
    }

    /// Whether every row is committed.
    pub(crate) fn is_done(&self) -> bool {
        self.rows.is_empty()
    }
}

impl IndexRow {
    fn write(&self) -> &'static Write {
        match self {
            Self::Entry(..) => &MERGE_ENTRY,
            Self::Key(..) => &MERGE_KEY,
            Self::Reversal(..) => &MERGE_REVERSAL,
            Self::Listing(..) => &MERGE_LISTING,
            Self::Progress(_) => &MERGE_PROGRESS,
        }
    }

    fn values(&self) -> Vec<Value> {
        match self {
            Self::Entry(key, entry) => vec![
                (&key.account).into(),
                (&key.asset).into(),
                entry.seq.into(),
                entry.posting.into(),
                entry.amount.into(),
                entry.posted.into(),
                entry.recorded_at.into(),
                entry.effective_at.into(),
            ],
            Self::Key(key, seq) => vec![key.into(), (*seq).into()],
            Self::Reversal(reversed, seq) => vec![(*reversed).into(), (*seq).into()],
            Self::Listing(list, seq) => vec![list.into(), (*seq).into()],
            Self::Progress(seq) => vec![(*seq).into()],
        }
    }
}

fn sorted<K: Ord, V>(rows: impl Iterator<Item = (K, V)>) -> Vec<(K, V)> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    rows
}

/// How many index rows a transaction makes.
pub(super) fn rows_of(record: &Record) -> usize {
    let single = usize::from(record.idempotency_key.is_some()) + usize::from(record.reverses.is_some());
    2 * record.postings.len() + single + record.lists.len()
}

/// The index rows of transactions, for databases where they go into the commit itself.
pub(crate) fn index_rows<'a>(
    records: impl Iterator<Item = &'a Record> + Clone,
) -> Vec<(&'static Write, Vec<Vec<Value>>)> {
    vec![
        (&super::write::WRITE_ENTRY, records.clone().flat_map(entries_of).collect()),
        (&super::write::WRITE_KEY, records.clone().filter_map(key_of).collect()),
        (&super::write::WRITE_REVERSAL, records.clone().filter_map(reversal_of).collect()),
        (&super::write::WRITE_LISTING, records.flat_map(listings_of).collect()),
    ]
}
