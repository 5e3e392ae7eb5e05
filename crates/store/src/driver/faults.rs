//! Faults on demand, for the simulator: a store that fails, delays, loses answers and crashes.

use super::DbError;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often each fault strikes, per thousand chances.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultRates {
    /// A statement fails.
    pub statement: u32,
    /// A commit fails and nothing is kept.
    pub commit_lost: u32,
    /// A commit is kept, and its answer lost.
    pub answer_lost: u32,
    /// The database goes away, until [`Faults::recover`]: before a statement, or at a commit, which is then kept or lost.
    pub crash: u32,
}

/// A seeded source of faults in the driver layer.
#[derive(Debug)]
pub struct Faults {
    rates: FaultRates,
    random: Mutex<StdRng>,
    crashed: AtomicBool,
    enabled: AtomicBool,
}

/// What befalls a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommitFate {
    Kept,
    Lost,
    AnswerLost,
}

impl Faults {
    /// Faults that strike in the order of a seed.
    pub fn new(seed: u64, rates: FaultRates) -> Self {
        Self {
            rates,
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            crashed: AtomicBool::new(false),
            enabled: AtomicBool::new(true),
        }
    }

    /// Brings a crashed database back.
    pub fn recover(&self) {
        self.crashed.store(false, Ordering::SeqCst);
    }

    /// Whether the database is away.
    pub fn has_crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    /// Lets faults strike, or not.
    pub fn enable(&self, enabled: bool) {
        self.enabled.store(enabled, Ordering::SeqCst);
    }

    pub(super) fn before_statement(&self) -> Result<(), DbError> {
        if self.has_crashed() {
            return Err(DbError::Unavailable("the database is away (injected)".to_owned()));
        }
        if self.strikes(self.rates.crash) {
            self.crashed.store(true, Ordering::SeqCst);
            return Err(DbError::Unavailable("the database crashed (injected)".to_owned()));
        }
        match self.strikes(self.rates.statement) {
            true => Err(DbError::Unavailable("a statement failed (injected)".to_owned())),
            false => Ok(()),
        }
    }

    /// A crash may come between a commit and its flush. What was committed is kept then: here no power is lost.
    pub(super) fn before_flush(&self) -> Result<(), DbError> {
        if self.strikes(self.rates.crash) {
            self.crashed.store(true, Ordering::SeqCst);
            return Err(DbError::Unavailable("the database crashed before a flush (injected)".to_owned()));
        }
        Ok(())
    }

    pub(super) fn at_commit(&self) -> CommitFate {
        if self.has_crashed() {
            return CommitFate::Lost;
        }
        if self.strikes(self.rates.crash) {
            self.crashed.store(true, Ordering::SeqCst);
            // Just before the commit, or just after it: whoever asked hears nothing either way.
            return if self.strikes(500) { CommitFate::AnswerLost } else { CommitFate::Lost };
        }
        if self.strikes(self.rates.commit_lost) {
            return CommitFate::Lost;
        }
        match self.strikes(self.rates.answer_lost) {
            true => CommitFate::AnswerLost,
            false => CommitFate::Kept,
        }
    }

    fn strikes(&self, per_thousand: u32) -> bool {
        if per_thousand == 0 || !self.enabled.load(Ordering::SeqCst) {
            return false;
        }
        let mut random = self.random.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        random.random_range(0..1000) < per_thousand
    }
}
