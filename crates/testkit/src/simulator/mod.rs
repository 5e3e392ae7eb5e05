//! The simulator: many clients do random things to several tenants through the real journal, over a real database that
//! fails, forgets, and crashes; then everything they saw is held against a small model.
//!
//! A run follows from its [`Plan`], which follows from a seed. Afterwards these must hold, or the run says which does
//! not, and how to run it again:
//!
//! - the journal has no gaps, its chain of hashes is whole, its times never go back;
//! - each transaction told to a client is in the journal once, as it was told; nothing else is there but what someone
//!   asked for and was never answered; groups are there whole or not at all;
//! - one key is one transaction and one answer; the same key with something else is a conflict;
//! - each recorded decision is the one that the model takes at that place of the journal, and each refusal is the one
//!   that the model gives, with its numbers, at some point between call and answer;
//! - each reading shows one point of the story, no older than what was told before it, and nothing of other tenants;
//! - every table derived from the journal is what the model says; value is conserved.

mod action;
mod budgets;
mod check;
mod client;
mod commands;
mod generate;
mod history;
mod model;
mod plan;
mod read;
mod stage;
mod steady;

pub use plan::{Kind, Plan};

use client::Client;
use guerdon_programs::Refusal;
use guerdon_store::driver::{Database, DbError};
use history::{Answer, History};
use stage::Stage;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use steady::Steady;
use tokio::task::JoinSet;

/// Violations that a report prints before it only counts them.
const PRINTED: usize = 5;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The run.
    pub plan: Plan,
    /// Calls that were answered, or not, by how.
    pub counts: Counts,
    /// What was sent and answered, line by line: for runs that replay exactly.
    pub transcript: Vec<String>,
    /// What is wrong; nothing, if all is well.
    pub wrong: Vec<String>,
}

/// How many of what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commands sent, those of groups singly, each repetition anew.
    pub commands: usize,
    /// Calls that were told of transactions.
    pub recorded: usize,
    /// Calls that were refused.
    pub refused: usize,
    /// Calls with a key that was used for something else.
    pub conflicts: usize,
    /// Calls of which nobody knew what became.
    pub unknown: usize,
    /// Readings.
    pub readings: usize,
    /// Servers that crashed or were stopped.
    pub fallen: u64,
    /// Kinds of transactions that were told of, and of refusals.
    pub kinds: BTreeMap<String, usize>,
}

impl Counts {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.recorded += other.recorded;
        self.refused += other.refused;
        self.conflicts += other.conflicts;
        self.unknown += other.unknown;
        self.readings += other.readings;
        self.fallen += other.fallen;
        for (kind, times) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += times;
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} commands: {} calls recorded, {} refused, {} conflicts, {} unknown; {} readings; {} servers fell",
            self.commands,
            self.recorded,
            self.refused,
            self.conflicts,
            self.unknown,
            self.readings,
            self.fallen
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in self.wrong.iter().take(PRINTED) {
            writeln!(f, "- {what}")?;
        }
        if self.wrong.len() > PRINTED {
            writeln!(f, "- and {} more", self.wrong.len() - PRINTED)?;
        }
        writeln!(f, "seed {} ({:?}): {}", self.plan.seed, self.plan.kind, self.counts)?;
        writeln!(f, "{:?}", self.plan)?;
        write!(f, "Run it again: {}", self.plan.command())
    }
}

/// Runs a plan and checks what came of it.
///
/// # Errors
/// [`DbError`] when the database itself, beside all injected faults, does not do its part.
pub async fn run(plan: &Plan) -> Result<Report, DbError> {
    run_and_tamper(plan, async |_| Ok(())).await
}

/// Like [`run`], and lets someone tamper with the database before it is checked.
///
/// # Errors
/// As [`run`].
pub async fn run_and_tamper(
    plan: &Plan,
    tamper: impl AsyncFnOnce(&Database) -> Result<(), DbError>,
) -> Result<Report, DbError> {
    let stage = Arc::new(Stage::set(plan).await?);
    let history = Arc::new(History::of(stage.make_tenants().await?));
    let transcript = match plan.kind {
        Kind::Steady => {
            let random = plan.random(0);
            let steady = Steady { plan, stage: &stage, history: &history, random, transcript: Vec::new() };
            steady.run().await?
        }
        Kind::Sqlite | Kind::Postgres => {
            crowd(plan, &stage, &history).await?;
            Vec::new()
        }
    };
    stage.calm().await?;
    stage.clear().await?;
    let database = stage.database()?;
    tamper(&database).await?;
    let wrong = check::check(&database, &history).await?;
    let counts = count(&stage, &history);
    Ok(Report { plan: plan.clone(), counts, transcript, wrong })
}

/// All clients at once, until everything is asked.
async fn crowd(plan: &Plan, stage: &Arc<Stage>, history: &Arc<History>) -> Result<(), DbError> {
    let left = Arc::new(AtomicUsize::new(plan.requests));
    let mut clients = JoinSet::new();
    for number in 0..plan.clients {
        let client = Client {
            plan: plan.clone(),
            stage: stage.clone(),
            history: history.clone(),
            left: left.clone(),
            random: plan.random(number as u64 + 1),
        };
        clients.spawn(client.run());
    }
    while let Some(ended) = clients.join_next().await {
        ended.map_err(|error| DbError::Broken(error.to_string()))??;
    }
    Ok(())
}

fn count(stage: &Stage, history: &History) -> Counts {
    let requests = history.requests();
    let mut counts = Counts { fallen: stage.fallen(), ..Counts::default() };
    counts.readings = history.observations().len();
    for attempt in history.attempts().iter() {
        counts.commands += requests[attempt.request].actions.len();
        match &attempt.answer {
            Answer::Recorded(_) => counts.recorded += 1,
            Answer::Refused { .. } | Answer::NotActive(_) => counts.refused += 1,
            Answer::Conflict { .. } => counts.conflicts += 1,
            Answer::Unavailable | Answer::Abandoned => counts.unknown += 1,
            Answer::Failed(_) => {}
        }
        for kind in kinds(&attempt.answer) {
            *counts.kinds.entry(kind).or_default() += 1;
        }
    }
    counts
}

/// What an answer was about: the kinds of transactions, or the name of the refusal.
fn kinds(answer: &Answer) -> Vec<String> {
    let told = match answer {
        Answer::Recorded(told) => return told.iter().map(|told| told.record.kind.clone()).collect(),
        Answer::Refused { refusal: Refusal::Books(refusal), .. } => format!("{refusal:?}"),
        Answer::Refused { refusal, .. } => format!("{refusal:?}"),
        other => format!("{other:?}"),
    };
    told.split(|letter: char| !letter.is_alphanumeric()).take(1).map(str::to_owned).collect()
}
