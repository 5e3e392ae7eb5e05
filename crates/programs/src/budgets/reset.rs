//! Resets: one period ends and the next begins.

use super::budget::{Open, documents_of, open, standing};
use super::create::period_changes;
use super::told::{Ended, Operation, Told, zone_of};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, Movement, Name, Posting};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;
use std::sync::Arc;

/// Ends a budget's period and begins the next. What is reserved stays so and counts for the new one. What was funded
/// and not used stays where the budget rolls over, and otherwise goes back to where it came from; then the budget is
/// refilled, where it is configured to be.
#[derive(Debug, Clone)]
pub struct Reset {
    /// Which budget.
    pub budget: Name,
    /// Only this period, and only once it is over; where `None`, whichever it is in.
    pub ended: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for Reset {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        standing(seen, &self.budget)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open(seen, &self.budget)?;
        let over = open.period.ends_at.filter(|end| *end <= at);
        if self.ended.as_ref().is_some_and(|name| *name != open.period.name || over.is_none()) {
            return Err(Refusal::NotDue);
        }
        // However late somebody notices, a period that ends by itself ends when it does.
        let begins = over.unwrap_or(at);
        let period = open.period.next(open.budget.period, begins, &zone_of(seen));
        let before = Usage::seen(&open, seen);
        let free = before.funded - before.committed();
        let returned = if open.budget.rollover { 0 } else { free.max(0) };
        let refilled = open.budget.refill;
        let refilled_units = refilled.map_or(0, Amount::minor_units);
        // What was charged stays with the period that is over.
        let funded = before.funded - before.charged - returned + refilled_units;
        let after = Usage { funded, charged: 0, ..before };
        let operation = Operation {
            kind: "budget.reset",
            reference: None,
            amount: returned,
            before: &Usage { charged: 0, ..before },
            after,
            movement: movement(&open, Amount::new(returned).ok(), refilled)?,
        };
        let changes = period_changes(seen, &self.budget, &period, at).into();
        let ended = Ended { period: open.period.name.clone(), usage: before };
        let decision =
            operation.decide_and_tell(&Open { period: Arc::new(period), ..open }, seen, at, |told| Told {
                refilled: refilled.map(Amount::minor_units),
                ended: Some(ended),
                ..told
            });
        Ok(Decision { changes, reason: self.reason.clone(), ..decision })
    }
}

/// What goes back, and what comes in.
fn movement(open: &Open, returned: Option<Amount>, refilled: Option<Amount>) -> Result<Movement, Refusal> {
    let mut movement = Movement::default();
    if let Some(amount) = returned {
        let (from, to) = (open.accounts.budget.clone(), open.accounts.funding.clone());
        let posting = Posting::new(from, to, open.budget.currency.clone(), amount);
        // The two accounts are of different classes, so they are never the same.
        movement.postings.extend(posting.ok());
    }
    if let Some(amount) = refilled {
        movement.postings.extend(super::fund::funding(open, amount)?.postings);
    }
    Ok(movement)
}
