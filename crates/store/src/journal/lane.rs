//! A lane: the executor that drains a queue of jobs, batch by batch.
//!
//! On SQLite there is one lane, and one database transaction takes the batches of all tenants together. On PostgreSQL
//! there are several, each serving its share of the tenants, one transaction for each tenant's batch.

use super::batch;
use super::flush::{Committed, Flusher, Groups, answer, fail};
use super::followers::Followers;
use super::job::{Job, Outcome};
use super::record::Record;
use super::state::TenantState;
use super::tail::{Merge, rows_of};
use super::tuning::Tuning;
use crate::clock::Clock;
use crate::driver::{Database, DbError, Dialect, Mode, Transaction};
use crate::records::TenantId;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Ready, SyncSender};
use std::time::Instant;
use tokio::sync::mpsc::Receiver;

/// A batch that the database could not take is tried again this often before its callers are told.
const ATTEMPTS: usize = 3;
/// Rows of the journal after which the log is copied into the file: few, so that no flush has much to carry.
const CHECKPOINT_EVERY: u64 = 4_000;
/// Index rows merged for each that the transactions recorded make: two, so that the merge keeps ahead.
const MERGED_PER_MADE: usize = 2;
/// Index rows that are worth merging with a commit. Rows go between others, so pages are split; and at the end of a
/// transaction in which one was, SQLite looks through all the pages that it keeps in memory.
const WORTH_A_SPLIT: usize = 1_024;
/// Index rows merged in one transaction of an idle lane.
const MERGED_IDLE: usize = 4_096;

/// Commands that are enough for a batch on SQLite, where a flush holds up no lane. Whoever reads requests and writes
/// answers does so while a batch is written, so one that took all that wait would leave them nothing to do; but each batch
/// writes some pages anew.
const ENOUGH: usize = 128;
/// Jobs that wait behind a batch, above which it is made as large as it may be: then there is enough to do for all.
const LONG_QUEUE: usize = 512;

/// What was recorded for a tenant.
type Recorded = (TenantId, Vec<Arc<Record>>);

/// What comes down a lane.
pub(super) enum Message {
    Job(Box<dyn Job>),
    /// Finish what is queued, and end.
    Stop,
}

pub(super) struct Lane {
    pub(super) database: Database,
    pub(super) clock: Clock,
    pub(super) queue: Receiver<Message>,
    tuning: Tuning,
    followers: Followers,
    /// Asks for a checkpoint.
    pub(super) checkpoint: Option<SyncSender<()>>,
    /// Flushes what is committed, where a commit does not.
    flusher: Option<Flusher>,
    tenants: HashMap<TenantId, Option<TenantState>>,
    /// Index rows on their way into the tables: they ride along on commits.
    merge: Merging,
    /// How many of them are to be merged with the next commits.
    due: usize,
    /// Whether a commit failed that may have been kept, so that the tail of the indexes may lack its rows.
    unsure: bool,
    rows_since_checkpoint: u64,
}

/// Where a merge of index rows stands.
enum Merging {
    None,
    Sorting(Ready<Merge>),
    Writing(Merge),
}

impl Lane {
    pub(super) fn new(
        database: Database,
        clock: Clock,
        queue: Receiver<Message>,
        tuning: Tuning,
        followers: Followers,
        checkpoint: Option<SyncSender<()>>,
        flusher: Option<Flusher>,
    ) -> Self {
        Self {
            database,
            clock,
            queue,
            tuning,
            followers,
            checkpoint,
            flusher,
            tenants: HashMap::new(),
            merge: Merging::None,
            due: 0,
            unsure: false,
            rows_since_checkpoint: 0,
        }
    }

    /// Runs until it is told to stop and its queue is empty.
    pub(super) async fn run(mut self) {
        while let Some(message) = self.next().await {
            // Whoever has read more requests and waits for a processor goes first, so that the batch takes theirs too.
            // Where nobody waits it goes on at once.
            if self.queue.len() < ENOUGH {
                std::thread::yield_now();
            }
            let groups = self.drain(message);
            match self.database.dialect() {
                Dialect::Sqlite => self.commit(groups).await,
                Dialect::Postgres => {
                    for group in groups {
                        self.commit(vec![group]).await;
                    }
                }
            }
            if self.tenants.values().flatten().map(TenantState::size).sum::<usize>() > self.tuning.cached {
                self.tenants.clear();
            }
        }
        while self.has_to_merge() {
            if !self.merge_more().await {
                break; // what is missing is read from the journal at the next start
            }
        }
        if let Some(flusher) = self.flusher {
            flusher.end();
        }
    }

    /// The next message; while none comes, index rows are merged.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if !self.has_to_merge() {
                return self.queue.recv().await;
            }
            match tokio::time::timeout(self.tuning.idle, self.queue.recv()).await {
                Ok(message) => return message,
                Err(_) => while self.queue.is_empty() && self.has_to_merge() && self.merge_more().await {},
            }
        }
    }

    fn has_to_merge(&self) -> bool {
        self.database.dialect() == Dialect::Sqlite && (self.unsure || !self.database.tail().is_empty())
    }

    /// Reads what a commit may have kept whose answer was lost.
    async fn make_sure(&mut self) -> Result<(), DbError> {
        if self.unsure && self.database.dialect() == Dialect::Sqlite {
            super::catch_up(&self.database).await?;
            self.unsure = false;
        }
        Ok(())
    }

    /// Merges some index rows in a transaction of their own. Answers whether that went well.
    async fn merge_more(&mut self) -> bool {
        // Nobody may come who would have it done: then what was kept would not be in the tables when the lane ends.
        if self.make_sure().await.is_err() {
            return false;
        }
        let Ok(mut tx) = self.database.begin(TenantId::PLATFORM, Mode::OwnThread).await else { return false };
        self.begin_merging(1, |sorting| sorting.recv().ok());
        let merged = match self.merge_into(&mut tx, MERGED_IDLE).await {
            Ok(merged) => merged,
            Err(error) => {
                tracing::warn!(%error, "index rows wait on");
                return false;
            }
        };
        let committed = tx.commit_unflushed().await.is_ok();
        if committed {
            self.note_merged(merged);
        }
        committed
    }

    /// Merges what is due with a commit that recorded something.
    async fn merge_due(&mut self, tx: &mut Transaction, recorded: &[Recorded]) -> Result<usize, DbError> {
        let records = recorded.iter().flat_map(|(_, records)| records);
        self.due += records.map(|record| rows_of(record)).sum::<usize>() * MERGED_PER_MADE;
        if self.due < WORTH_A_SPLIT {
            return Ok(0);
        }
        let due = std::mem::take(&mut self.due);
        self.begin_merging(self.tuning.worth_merging, |sorting| sorting.try_recv().ok());
        self.merge_into(tx, due).await
    }

    /// Begins a merge where so many transactions wait, and takes it to its writing once it is sorted.
    fn begin_merging(&mut self, worth: usize, sorted: impl FnOnce(&Ready<Merge>) -> Option<Merge>) {
        if matches!(self.merge, Merging::None) && self.database.tail().waiting() >= worth {
            self.merge = self.database.tail().begin_merge().map_or(Merging::None, Merging::Sorting);
        }
        if let Merging::Sorting(sorting) = &self.merge
            && let Some(merge) = sorted(sorting)
        {
            self.merge = Merging::Writing(merge);
        }
    }

    /// Writes the next index rows of a merge that is sorted, and answers how many.
    async fn merge_into(&mut self, tx: &mut Transaction, limit: usize) -> Result<usize, DbError> {
        let Merging::Writing(merge) = &self.merge else { return Ok(0) };
        let mut merged = 0;
        for (tenant, write, rows) in merge.next(limit) {
            merged += rows.len();
            tx.turn_to(tenant);
            tx.write(write, rows).await?;
        }
        Ok(merged)
    }

    fn note_merged(&mut self, merged: usize) {
        let Merging::Writing(merge) = &mut self.merge else { return };
        merge.advance(merged);
        if merge.is_done() {
            self.merge = Merging::None;
            self.database.tail().end_merge();
        }
        self.note_rows(merged as u64 / 4);
    }

    /// Everything that waits, up to a batch.
    fn drain(&mut self, first: Message) -> Groups {
        let mut groups: Groups = Vec::new();
        let enough = match self.database.dialect() {
            Dialect::Sqlite if self.queue.len() <= LONG_QUEUE => ENOUGH.min(self.tuning.batch),
            _ => self.tuning.batch,
        };
        let mut commands = 0;
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Stop => self.queue.close(),
                Message::Job(job) => {
                    commands += job.commands();
                    let tenant = job.envelope().tenant;
                    match groups.iter_mut().find(|(id, _)| *id == tenant) {
                        Some((_, jobs)) => jobs.push(job),
                        None => groups.push((tenant, vec![job])),
                    }
                }
            }
            next = if commands < enough { self.queue.try_recv().ok() } else { None };
        }
        metrics::gauge!("guerdon_journal_queue_depth").set(self.queue.len() as f64);
        groups
    }

    /// Commits the jobs and answers them. What the database cannot take for the moment is tried again, and what it
    /// will not take is tried job by job, so that one job cannot fail the others.
    async fn commit(&mut self, mut groups: Groups) {
        let started = Instant::now();
        let mut failure = None;
        for attempt in 1..=ATTEMPTS {
            match self.attempt(&mut groups).await {
                Ok(attempted) => {
                    metrics::histogram!("guerdon_journal_commit_seconds")
                        .record(started.elapsed().as_secs_f64());
                    return self.answer(groups, attempted);
                }
                Err(Failed { error, unknown }) => {
                    let committing = unknown.is_some();
                    tracing::warn!(%error, attempt, committing, "a batch was not committed");
                    for (tenant, _) in &groups {
                        self.tenants.remove(tenant);
                    }
                    // Whether a failed commit was kept is not known. Only a key tells, so what has none must not be
                    // tried again.
                    if let Some(outcomes) = unknown {
                        self.unsure = true;
                        remember(&mut groups, &outcomes);
                        fail_keyless(&mut groups, &error);
                    }
                    let retry = matches!(error, DbError::Unavailable(_));
                    failure = Some(error);
                    if !retry {
                        break;
                    }
                }
            }
        }
        let Some(error) = failure else { return };
        let jobs: usize = groups.iter().map(|(_, jobs)| jobs.len()).sum();
        if matches!(error, DbError::Unavailable(_)) || jobs <= 1 {
            return groups.into_iter().for_each(|(_, jobs)| fail(jobs, &error));
        }
        for (tenant, jobs) in groups {
            for job in jobs {
                Box::pin(self.commit(vec![(tenant, vec![job])])).await;
            }
        }
    }

    /// Answers the callers, once what they hear of is flushed.
    fn answer(&self, groups: Groups, Attempted { outcomes, recorded }: Attempted) {
        match &self.flusher {
            Some(flusher) => flusher.flush(Committed { groups, outcomes, recorded }),
            None => answer(groups, outcomes),
        }
    }

    /// One database transaction.
    async fn attempt(&mut self, groups: &mut Groups) -> Result<Attempted, Failed> {
        let Some((first, _)) = groups.first() else { return Ok(Attempted::default()) };
        self.make_sure().await.map_err(Failed::before_commit)?;
        let mut tx = self.database.begin(*first, Mode::OwnThread).await.map_err(Failed::before_commit)?;
        let mut outcomes = Vec::with_capacity(groups.len());
        let mut recorded = Vec::with_capacity(groups.len());
        let now = self.clock.now();
        for (index, (tenant, jobs)) in groups.iter_mut().enumerate() {
            if index > 0 {
                tx.turn_to(*tenant);
            }
            let state = self.tenants.entry(*tenant).or_default();
            let decided =
                batch::run(&mut tx, state, *tenant, jobs, now).await.map_err(Failed::before_commit)?;
            outcomes.push(decided.outcomes);
            if !decided.recorded.is_empty() {
                metrics::histogram!("guerdon_journal_batch_size").record(decided.recorded.len() as f64);
                recorded.push((*tenant, decided.recorded));
            }
        }
        let rows: usize = recorded.iter().map(|(_, records)| records.len()).sum();
        if rows == 0 {
            return Ok(Attempted { outcomes, recorded: false });
        }
        let merged = match tx.dialect() {
            Dialect::Sqlite => self.merge_due(&mut tx, &recorded).await.map_err(Failed::before_commit)?,
            Dialect::Postgres => 0,
        };
        if let Err(error) = tx.commit_unflushed().await {
            return Err(Failed { error, unknown: Some(outcomes) });
        }
        if self.database.dialect() == Dialect::Sqlite {
            for (tenant, records) in &recorded {
                self.database.tail().add(*tenant, records.iter().map(Arc::as_ref));
            }
            self.note_merged(merged);
        }
        for (tenant, records) in &recorded {
            self.followers.tell(*tenant, records);
        }
        self.note_rows(rows as u64);
        Ok(Attempted { outcomes, recorded: true })
    }

    fn note_rows(&mut self, rows: u64) {
        self.rows_since_checkpoint += rows;
        if let Some(checkpoint) = &self.checkpoint
            && self.rows_since_checkpoint >= CHECKPOINT_EVERY
            && checkpoint.try_send(()).is_ok()
        {
            self.rows_since_checkpoint = 0;
        }
    }
}

/// What a transaction came to: what became of each job, and whether anything was recorded.
#[derive(Default)]
struct Attempted {
    outcomes: Vec<Vec<Outcome>>,
    recorded: bool,
}

/// A transaction that failed; and what it would have come to, where that was while it was being committed, so that it
/// may have come to that.
struct Failed {
    error: DbError,
    unknown: Option<Vec<Vec<Outcome>>>,
}

impl Failed {
    fn before_commit(error: DbError) -> Self {
        Self { error, unknown: None }
    }
}

fn remember(groups: &mut Groups, outcomes: &[Vec<Outcome>]) {
    for ((_, jobs), outcomes) in groups.iter_mut().zip(outcomes) {
        jobs.iter_mut().zip(outcomes).for_each(|(job, outcome)| job.remember(outcome));
    }
}

fn fail_keyless(groups: &mut Groups, error: &DbError) {
    for (_, jobs) in groups.iter_mut() {
        let (keyed, keyless) = std::mem::take(jobs).into_iter().partition(|job| job.idempotency(0).is_some());
        *jobs = keyed;
        fail(keyless, error);
    }
    groups.retain(|(_, jobs)| !jobs.is_empty());
}
