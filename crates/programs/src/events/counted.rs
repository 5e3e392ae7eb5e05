//! What events add to counters: over what is stored, so that several may add to one.

use guerdon_rules::{Cell, Tally};
use guerdon_store::journal::Seen;
use guerdon_store::{Change, Counter, CounterKey};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Counters as a decision leaves them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted(BTreeMap<CounterKey, Counter>);

impl Counted {
    /// Where a tally is counted.
    pub(crate) fn key_of(counter: &str, tally: &Tally) -> CounterKey {
        let (subject, bucket) = (tally.subject.to_string(), tally.bucket);
        CounterKey { counter: counter.to_owned(), subject, bucket }
    }

    /// Adds what an event adds to a rule's counter.
    pub(crate) fn add(&mut self, seen: &Seen<'_>, counter: &str, tally: &Tally, happened_at: Timestamp) {
        let stored = self.stored(seen, Self::key_of(counter, tally), happened_at);
        let mut cell = cell_of(stored);
        cell.add(tally);
        (stored.count, stored.sum, stored.marks) = (cell.count, cell.sum, cell.distinct);
    }

    /// Counts one more.
    pub(super) fn count(&mut self, seen: &Seen<'_>, key: CounterKey, happened_at: Timestamp) {
        self.stored(seen, key, happened_at).count += 1;
    }

    /// A counter as it stands.
    pub(super) fn get<'a>(&'a self, seen: &Seen<'a>, key: &CounterKey) -> Option<&'a Counter> {
        self.0.get(key).or_else(|| seen.counter(key))
    }

    /// The counters that changed.
    pub(crate) fn changes(self) -> impl Iterator<Item = Change> {
        self.0.into_values().map(Change::Counter)
    }

    fn stored(&mut self, seen: &Seen<'_>, key: CounterKey, happened_at: Timestamp) -> &mut Counter {
        let counter = self.0.entry(key.clone()).or_insert_with(|| {
            let none =
                || Counter { key: key.clone(), count: 0, sum: 0, marks: Vec::new(), last_at: happened_at };
            seen.counter(&key).cloned().unwrap_or_else(none)
        });
        counter.last_at = counter.last_at.max(happened_at);
        counter
    }
}

/// A counter as rules see it.
pub(super) fn cell_of(counter: &Counter) -> Cell {
    Cell { count: counter.count, sum: counter.sum, distinct: counter.marks.clone() }
}
