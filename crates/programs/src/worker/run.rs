//! One run of a job: the lease, everything that is due, and the note of how it went.

use super::Worker;
use super::job::Job;
use super::look::PAGE;
use super::resting::key;
use crate::{Error, Refusal};
use futures::future::join_all;
use guerdon_store::driver::DbError;
use guerdon_store::jobs::{self, Done, Due};
use jiff::{SignedDuration, Timestamp};
use std::time::Instant;

/// How long a lease lasts. Longer than anything takes; after it another server does what is left of a server that died.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How much of it may pass before it is renewed.
const RENEW_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Which.
    pub job: &'static str,
    /// Whether it was done at all.
    pub state: State,
    /// How many things were done.
    pub done: u64,
    /// How many things failed. They are tried again later, and did not stop the others.
    pub failed: u64,
}

/// Whether a job was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was gone through, or as much of it as there was before the server was told to stop.
    Done,
    /// Nothing was due.
    Idle,
    /// Another server has the lease.
    Elsewhere,
    /// It could not be gone through, for a reason that concerns all of it, such as a database that is away.
    BrokenOff(String),
}

/// A run.
struct Run<'a> {
    worker: &'a Worker,
    job: &'static Job,
    /// When the lease was taken or renewed last; `None` where it has not been needed yet.
    leased_at: Option<Timestamp>,
    done: Done,
}

/// How the way through what is due ended.
enum Way {
    /// At its end.
    Whole,
    /// Before it, because the server stops.
    Stopped,
    /// Before it, because another has the lease.
    Elsewhere,
}

/// Runs a job.
pub(super) async fn run(worker: &Worker, job: &'static Job) -> Ran {
    let began = Instant::now();
    worker.resting().tidy();
    let mut run = Run { worker, job, leased_at: None, done: Done::default() };
    let way = run.go().await;
    let ran = run.end(way).await;
    if matches!(ran.state, State::Done | State::BrokenOff(_)) {
        metrics::counter!("guerdon_job_runs_total", "job" => job.name).increment(1);
        metrics::counter!("guerdon_job_items_total", "job" => job.name).increment(ran.done);
        metrics::counter!("guerdon_job_failures_total", "job" => job.name).increment(ran.failed);
        metrics::histogram!("guerdon_job_seconds", "job" => job.name).record(began.elapsed().as_secs_f64());
    }
    ran
}

impl Run<'_> {
    /// Does what is due, page by page. What falls due on the way is for the next run.
    async fn go(&mut self) -> Result<Way, DbError> {
        let now = self.worker.clock().now();
        if let Some(due_at) = self.daily(now).await? {
            if due_at > now {
                return Ok(Way::Whole);
            }
            // A daily job was done even where it found nothing to do.
            if !self.holds_lease().await? {
                return Ok(Way::Elsewhere);
            }
        }
        let mut after = None;
        loop {
            let page = self.worker.find(self.job, now, after.as_ref()).await?;
            let awake: Vec<&Due> = {
                let resting = self.worker.resting();
                page.iter().filter(|due| !resting.holds(&key(self.job, due))).collect()
            };
            for some in awake.chunks(self.job.together) {
                if self.worker.stops() {
                    return Ok(Way::Stopped);
                }
                if !self.holds_lease().await? {
                    return Ok(Way::Elsewhere);
                }
                self.act(some).await?;
            }
            match page.len() as i64 == PAGE {
                true => after = page.into_iter().next_back(),
                false => return Ok(Way::Whole),
            }
        }
    }

    /// When a daily job is due; `None` for others.
    async fn daily(&self, now: Timestamp) -> Result<Option<Timestamp>, DbError> {
        if self.job.every.due_at(None, now).is_none() {
            return Ok(None);
        }
        let rows = jobs::list_jobs(self.worker.database()).await?;
        let row = rows.into_iter().find(|row| row.job == self.job.name);
        Ok(self.job.every.due_at(row.and_then(|row| row.finished_at), now))
    }

    /// Takes the lease where it is first needed, and renews it before it runs out. Answers whether it is ours.
    async fn holds_lease(&mut self) -> Result<bool, DbError> {
        let (database, job, owner) = (self.worker.database(), self.job.name, self.worker.owner());
        let now = self.worker.clock().now();
        let to = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
        let is_ours = match self.leased_at {
            None => jobs::take_lease(database, job, owner, now, to).await?,
            Some(leased_at) if now.duration_since(leased_at) < RENEW_AFTER => return Ok(true),
            Some(_) => jobs::renew_lease(database, job, owner, to).await?,
        };
        if is_ours {
            self.leased_at = Some(now);
        }
        Ok(is_ours)
    }

    /// Does some things at once. One that fails does not stop the others.
    async fn act(&mut self, some: &[&Due]) -> Result<(), DbError> {
        let events = self.worker.events();
        let outcomes = join_all(some.iter().map(|due| (self.job.act)(events, due))).await;
        for (due, outcome) in some.iter().zip(outcomes) {
            match outcome {
                Ok(count) if count > 0 => self.done.done += i64::try_from(count).unwrap_or(i64::MAX),
                // Somebody else did it, or it waits for its tenant.
                Ok(_) | Err(Error::TenantNotActive(_) | Error::Refused { refusal: Refusal::NotDue, .. }) => {
                    self.worker.resting().add(key(self.job, due));
                }
                Err(Error::Unavailable(error)) => return Err(DbError::Unavailable(error)),
                Err(error) => self.note(due, &error),
            }
        }
        Ok(())
    }

    /// Notes that something failed.
    fn note(&mut self, due: &Due, error: &Error) {
        let Due { tenant, subject, reference, .. } = due;
        let (job, cause) = (self.job.name, cause(error));
        tracing::warn!(job, %tenant, subject, reference, cause, %error, "something that was due could not be done");
        self.done.failures += 1;
        let what = [tenant.to_string(), subject.clone(), reference.clone()];
        let named: Vec<_> = what.into_iter().filter(|part| !part.is_empty()).collect();
        self.done.last_error = Some(format!("{}: {cause}", named.join(" ")));
        self.worker.resting().add(key(self.job, due));
    }

    /// Gives the lease back, and says how it went.
    async fn end(mut self, way: Result<Way, DbError>) -> Ran {
        let broken = way.as_ref().err().map(ToString::to_string);
        if broken.is_some() {
            self.done.failures += 1;
            self.done.last_error = Some(UNREACHABLE.to_owned());
        }
        self.done.whole = matches!(way, Ok(Way::Whole));
        let of = |count: i64| count.unsigned_abs();
        let (done, failed) = (of(self.done.done), of(self.done.failures));
        let mut state = match (broken, &way, self.leased_at) {
            (Some(error), ..) => State::BrokenOff(error),
            (None, Ok(Way::Elsewhere), None) => State::Elsewhere,
            (None, _, None) => State::Idle,
            (None, _, Some(_)) => State::Done,
        };
        if self.leased_at.is_some() {
            let (database, owner) = (self.worker.database(), self.worker.owner());
            let now = self.worker.clock().now();
            let noted = jobs::give_lease_back(database, self.job.name, owner, now, self.done).await;
            if let Err(error) = noted {
                state = State::BrokenOff(error.to_string());
            }
        }
        Ran { job: self.job.name, state, done, failed }
    }
}

/// What is told where the database, or the journal, cannot be reached. The log has more.
const UNREACHABLE: &str = "the books could not be reached";

/// Why something failed, in words for whoever runs the platform: no text of a database is among them.
fn cause(error: &Error) -> String {
    match error {
        Error::Refused { refusal, .. } => refusal.to_string(),
        Error::Unavailable(_) => UNREACHABLE.to_owned(),
        Error::Broken(_) => "this is a bug in Guerdon; the log has more".to_owned(),
        told @ (Error::IdempotencyConflict { .. } | Error::TenantNotFound | Error::TenantNotActive(_)) => {
            told.to_string()
        }
    }
}
