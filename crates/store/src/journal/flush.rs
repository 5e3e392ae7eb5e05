//! Flushing: nobody hears of a batch before it is on the disk.
//!
//! On SQLite a commit writes a batch to the log, and a flush brings the log to the disk. A flush takes about as long as
//! deciding a dozen commands, so it is made by a thread of its own, while the lane goes on with the next batch; and one
//! flush serves all the batches that were committed before it began:
//! `docs/adr/0018-a-batch-is-flushed-beside-the-next.md`.

use super::job::{Job, Outcome};
use super::start_thread;
use crate::driver::{Database, DbError};
use crate::records::TenantId;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::runtime::Handle;

/// The jobs of some tenants, each tenant's in the order they came.
pub(super) type Groups = Vec<(TenantId, Vec<Box<dyn Job>>)>;

/// A batch that is committed, and what became of its jobs.
pub(super) struct Committed {
    pub(super) groups: Groups,
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// Whether anything was recorded. What was not still waits for the batches before: it may tell of them.
    pub(super) recorded: bool,
}

/// Flushes what a lane commits, and answers then.
pub(super) struct Flusher {
    committed: Sender<Committed>,
    thread: JoinHandle<()>,
}

impl Flusher {
    /// Starts the thread. Callers are answered on the runtime that serves them, where there is one.
    pub(super) fn start(database: Database, serving: Option<Handle>) -> Result<Self, DbError> {
        let (committed, waiting) = channel();
        let thread = start_thread("guerdon-flush", move || flush_all(&database, serving.as_ref(), &waiting))?;
        Ok(Self { committed, thread })
    }

    /// Hands over a batch that was committed.
    pub(super) fn flush(&self, committed: Committed) {
        // The thread ends after this does.
        let _ = self.committed.send(committed);
    }

    /// Ends once everything is flushed and answered.
    pub(super) fn end(self) {
        drop(self.committed);
        let _ = self.thread.join();
    }
}

fn flush_all(database: &Database, serving: Option<&Handle>, waiting: &Receiver<Committed>) {
    while let Ok(first) = waiting.recv() {
        let mut batches = vec![first];
        batches.extend(waiting.try_iter());
        let flushed = match batches.iter().any(|batch| batch.recorded) {
            true => flush(database),
            false => Ok(()),
        };
        // A caller woken by a thread of the runtime goes on there; one woken from outside has to be handed over first, at
        // a cost that this thread would pay for each.
        match serving {
            Some(runtime) => drop(runtime.spawn(async move { answer_all(batches, &flushed) })),
            None => answer_all(batches, &flushed),
        }
    }
}

fn flush(database: &Database) -> Result<(), DbError> {
    let started = Instant::now();
    let flushed = database.flush();
    metrics::histogram!("guerdon_journal_flush_seconds").record(started.elapsed().as_secs_f64());
    if let Err(error) = &flushed {
        tracing::error!(%error, "the log did not reach the disk");
    }
    flushed
}

fn answer_all(batches: Vec<Committed>, flushed: &Result<(), DbError>) {
    for Committed { groups, outcomes, .. } in batches {
        match flushed {
            Ok(()) => answer(groups, outcomes),
            Err(error) => groups.into_iter().for_each(|(_, jobs)| fail(jobs, error)),
        }
    }
}

/// Answers jobs with what became of them.
pub(super) fn answer(groups: Groups, outcomes: Vec<Vec<Outcome>>) {
    for ((_, jobs), outcomes) in groups.into_iter().zip(outcomes) {
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            job.answer(outcome);
        }
    }
}

/// Answers jobs that the database failed.
pub(super) fn fail(jobs: Vec<Box<dyn Job>>, error: &DbError) {
    for job in jobs {
        job.answer(Outcome::Failed(error.clone()));
    }
}
