//! What happened to a budget that moved nothing, put on record: from there it becomes an alert.

use super::budget::{documents_of, open, standing};
use super::told::{Operation, Told};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Movement, Name};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Records what happened to a budget and moved nothing.
#[derive(Debug, Clone)]
pub struct Note {
    /// Which budget.
    pub budget: Name,
    /// What happened.
    pub what: Noted,
}

/// What happened. Amounts are in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// Somebody asked for more than the hard cap leaves.
    Refused {
        /// What was asked for.
        attempted: i64,
        /// What the cap left then.
        available: i64,
    },
    /// What is kept of the budget is not what its entries say: by so much, summed over its accounts without sign.
    Discrepancy(i64),
}

impl Command for Note {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        standing(seen, &self.budget)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open(seen, &self.budget)?;
        let usage = Usage::seen(&open, seen);
        let (kind, amount, available) = match self.what {
            Noted::Refused { attempted, available } => ("budget.refused", attempted, Some(available)),
            Noted::Discrepancy(discrepancy) => ("budget.discrepancy", discrepancy, None),
        };
        let operation = Operation {
            kind,
            reference: None,
            amount,
            before: &usage,
            after: usage,
            movement: Movement::default(),
        };
        Ok(operation.decide_and_tell(&open, seen, at, |told| Told { available, ..told }))
    }
}
