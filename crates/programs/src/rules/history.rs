//! Counting history: when a rule is the first to ask for a figure, the events that came in before are counted too, part
//! by part, newest first.

use super::document::{StoredCounter, counter_document, set_document};
use super::put::next_set;
use crate::Refusal;
use crate::events::Counted;
use guerdon_rules::{Counter, CounterId, Tally};
use guerdon_store::driver::{DbError, Transaction};
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen};
use guerdon_store::{Change, Scheduled, read};
use jiff::Timestamp;
use serde_json::json;

/// The job that counts history.
pub const COUNT_JOB: &str = "rules.count";

/// Counts a part of history, once: only where it was counted as far as was thought.
#[derive(Debug, Clone)]
pub struct CountHistory {
    /// Which counter.
    pub counter: CounterId,
    /// The transaction that it was counted from.
    pub counted_from: i64,
    /// The one that it is counted from then; `None` where nothing came before.
    pub counts_from: Option<i64>,
    /// What the events in between add, and when they happened.
    pub tallies: Vec<(Tally, Timestamp)>,
}

impl Command for CountHistory {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let name = self.counter.to_string();
        let cells = self.tallies.iter().map(|(tally, _)| Counted::key_of(&name, tally));
        Needs {
            documents: vec![counter_document(self.counter), set_document()],
            counters: cells.collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let document = seen.document(&counter_document(self.counter)).ok_or(Refusal::NotDue)?;
        let (_, stored) = StoredCounter::of(document).ok_or(Refusal::NotDue)?;
        if stored.counted_from != Some(self.counted_from) {
            return Err(Refusal::NotDue);
        }
        let (mut counted, name) = (Counted::default(), self.counter.to_string());
        for (tally, happened_at) in &self.tallies {
            counted.add(seen, &name, tally, *happened_at);
        }
        let next = StoredCounter { counted_from: self.counts_from, ..stored };
        let mut changes = vec![Change::Document(next.document(self.counter, document.version + 1, at))];
        changes.extend(counted.changes());
        if self.counts_from.is_none() {
            let (job, subject) = (COUNT_JOB.to_owned(), self.counter.to_string());
            changes.push(Change::Schedule(Scheduled { job, subject, due_at: None }));
            changes.push(next_set(seen, at));
        }
        let events = self.tallies.len();
        Ok(Decision {
            kind: "rule.count".to_owned(),
            changes,
            metadata: Metadata::of(json!({ "events": events })),
            ..Decision::default()
        })
    }
}

/// A counter whose history is still being counted.
#[derive(Debug)]
pub(crate) struct Uncounted {
    /// What it counts.
    pub(crate) counter: Counter,
    /// The transaction from which on everything is counted.
    pub(crate) counted_from: i64,
}

/// A counter by its id, where its history is still being counted.
pub(crate) async fn uncounted(tx: &mut Transaction, id: &str) -> Result<Option<Uncounted>, DbError> {
    let Ok(id) = id.parse::<CounterId>() else { return Ok(None) };
    let Some(document) = read::document(tx, &counter_document(id)).await? else { return Ok(None) };
    let stored = StoredCounter::of(&document);
    Ok(stored.and_then(|(counter, stored)| Some(Uncounted { counter, counted_from: stored.counted_from? })))
}
