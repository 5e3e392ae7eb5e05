//! The worker: what is done when its time comes, without anybody asking for it.
//!
//! Every server has one. What is due is found by an index, so a worker with nothing to do costs a few reads a second. Of
//! several servers the one with the [lease](guerdon_store::jobs) of a job does it. Whatever a job does is a command with a
//! key of its own, so that it happens once even where two do it; and it is found again as long as it is not done, so that
//! whatever fell due while no server ran is done in order once one does.

mod follow;
mod history;
mod holds;
mod job;
mod look;
mod reconcile;
mod resets;
mod resting;
mod run;
mod sessions;

pub use job::{JOBS, Job};
pub use look::JobNow;
pub use run::{Ran, State};

use crate::budgets::Budgets;
use crate::events::Events;
use guerdon_store::Clock;
use guerdon_store::driver::Database;
use resting::Resting;
use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often it looks for what is due.
const TICK: Duration = Duration::from_secs(1);

/// Does what is due.
#[derive(Debug, Clone)]
pub struct Worker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    events: Events,
    owner: String,
    /// Held by whoever goes through the jobs: within a server one at a time.
    turn: tokio::sync::Mutex<()>,
    resting: Mutex<Resting>,
    stops: AtomicBool,
}

impl Worker {
    /// A worker over budgets and the journal beneath them. No other server may have the same owner's name: leases are
    /// known by it.
    pub fn new(budgets: Budgets, owner: String) -> Self {
        Self(Arc::new(Inner {
            events: Events::new(budgets),
            owner,
            turn: tokio::sync::Mutex::default(),
            resting: Mutex::default(),
            stops: AtomicBool::new(false),
        }))
    }

    /// Does what is due, every second, until `stop`. Then what is at hand is finished, and leases are given back.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ailing = HashSet::new();
        loop {
            tokio::select! {
                biased;
                () = &mut stop => return,
                _ = tick.tick() => {}
            }
            let mut going_through = pin!(self.go_through());
            tokio::select! {
                ran = &mut going_through => tell(&ran, &mut ailing),
                () = &mut stop => {
                    self.0.stops.store(true, Ordering::SeqCst);
                    going_through.await;
                    return;
                }
            }
        }
    }

    /// Does everything that is due now, and answers what was done of each job. What failed a moment ago is tried again.
    pub async fn run_due(&self) -> Vec<Ran> {
        self.resting().clear();
        self.go_through().await
    }

    /// Goes through all jobs once, one after the other.
    async fn go_through(&self) -> Vec<Ran> {
        let _turn = self.0.turn.lock().await;
        let mut all = Vec::with_capacity(JOBS.len());
        for job in JOBS {
            all.push(run::run(self, job).await);
        }
        all
    }

    /// The events, and the budgets and the journal beneath.
    pub fn events(&self) -> &Events {
        &self.0.events
    }

    fn database(&self) -> &Database {
        self.0.events.journal().database()
    }

    fn clock(&self) -> &Clock {
        self.0.events.journal().clock()
    }

    fn owner(&self) -> &str {
        &self.0.owner
    }

    fn stops(&self) -> bool {
        self.0.stops.load(Ordering::SeqCst)
    }

    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.0.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the log of jobs that cannot be done, once until they can again: a database may be away for long.
fn tell(ran: &[Ran], ailing: &mut HashSet<&'static str>) {
    for Ran { job, state, .. } in ran {
        match state {
            State::BrokenOff(error) if ailing.insert(job) => {
                tracing::warn!(job, error, "a job cannot be done")
            }
            State::BrokenOff(_) => {}
            _ if ailing.remove(job) => tracing::info!(job, "the job can be done again"),
            _ => {}
        }
    }
}
