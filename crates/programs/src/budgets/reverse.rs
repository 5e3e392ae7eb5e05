//! Reversing: what was charged goes back to the budget, exactly and once.

use super::budget::{documents_of, open_now, standing};
use super::told::{Operation, Told};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Movement, Name, reversed};
use guerdon_store::journal::{Command, Decision, Needs, Seen, transaction_id};
use jiff::Timestamp;

/// Reverses a charge. It counts for the period that was charged; what comes back can be reserved in the one at hand.
#[derive(Debug, Clone)]
pub struct ReverseCharge {
    /// Which budget.
    pub budget: Name,
    /// The charge's place in the journal.
    pub seq: i64,
    /// Why.
    pub reason: Option<String>,
}

impl Command for ReverseCharge {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), transactions: vec![self.seq], ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        standing(seen, &self.budget)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open_now(seen, &self.budget, at)?;
        let id = transaction_id(self.seq);
        let not_found = || Refusal::TransactionNotFound(id.clone());
        let charge = seen.transaction(self.seq).ok_or_else(not_found)?;
        let told = Told::of(charge).filter(|told| told.budget == self.budget).ok_or_else(not_found)?;
        if charge.kind != "budget.charge" {
            return Err(Refusal::NotReversible { id, why: "of a budget only charges are reversed" });
        }
        if let Some(by) = seen.reversal_of(self.seq) {
            return Err(Refusal::AlreadyReversed { id, by: transaction_id(by) });
        }
        let before = Usage::seen(&open, seen);
        let after = match told.period == open.period.name {
            true => Usage { charged: before.charged - told.amount, ..before },
            false => Usage { funded: before.funded + told.amount, ..before },
        };
        let operation = Operation {
            kind: "budget.reverse",
            reference: charge.reference.clone(),
            amount: told.amount,
            before: &before,
            after,
            movement: Movement { postings: reversed(&charge.postings), ..Movement::default() },
        };
        Ok(Decision {
            reason: self.reason.clone(),
            reverses: Some(self.seq),
            ..operation.decide(&open, seen, at)
        })
    }
}
