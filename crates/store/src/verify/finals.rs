//! The rows that a journal makes in the tables that grow with history, each handed out once it can change no more.

use crate::derived::{Derived, ENTRIES, HOLDS, KEYS, LISTINGS, REVERSALS};
use crate::driver::Value;
use crate::journal::Record;
use crate::journal::write::{entries_of, hold_values, key_of, listings_of, reversal_of};
use guerdon_ledger::{Hold, HoldKey};
use std::collections::HashMap;

/// A hold that still reserves something, as far as the walk has come.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) hold: Hold,
    placed_seq: i64,
    seq: i64,
}

impl Placed {
    fn row(&self) -> Vec<Value> {
        hold_values(&self.hold, self.placed_seq, self.seq)
    }
}

/// Whether a row must be in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It must.
    Now,
    /// It may be on its way.
    Later,
}

/// Holds that are not resolved yet. Those that are will never change, so they are not kept: what this needs of memory
/// does not grow with history.
#[derive(Debug)]
pub(super) struct Finals {
    pub(super) open: HashMap<HoldKey, Placed>,
    filled_to: i64,
}

impl Finals {
    /// With the indexes over history filled up to a transaction.
    pub(super) fn new(filled_to: i64) -> Self {
        Self { open: HashMap::new(), filled_to }
    }

    /// Takes the next transaction, and hands out the rows that it made final.
    pub(super) fn take(&mut self, record: &Record, mut out: impl FnMut(&'static Derived, Vec<Value>, Due)) {
        for hold in record.holds.iter().filter(|hold| is_sound(hold)) {
            let placed = self.open.entry(hold.key.clone());
            let placed = placed.or_insert_with(|| Placed {
                hold: hold.clone(),
                placed_seq: record.seq,
                seq: record.seq,
            });
            placed.hold = hold.clone();
            placed.seq = record.seq;
            if hold.remaining() == 0 {
                out(&HOLDS, placed.row(), Due::Now);
                self.open.remove(&hold.key);
            }
        }
        let due = if record.seq <= self.filled_to { Due::Now } else { Due::Later };
        entries_of(record).for_each(|row| out(&ENTRIES, row, due));
        key_of(record).into_iter().for_each(|row| out(&KEYS, row, due));
        reversal_of(record).into_iter().for_each(|row| out(&REVERSALS, row, due));
        listings_of(record).for_each(|row| out(&LISTINGS, row, due));
    }

    /// Hands out the rest: the holds that are open at the end.
    pub(super) fn end(self, mut out: impl FnMut(&'static Derived, Vec<Value>, Due)) {
        self.open.values().for_each(|placed| out(&HOLDS, placed.row(), Due::Now));
    }
}

/// Whether the numbers of a hold can be reckoned with: nothing below zero, and no more resolved than was reserved.
pub(super) fn is_sound(hold: &Hold) -> bool {
    let resolved = hold.captured.checked_add(hold.released);
    hold.captured >= 0 && hold.released >= 0 && resolved.is_some_and(|sum| sum <= hold.amount.minor_units())
}
