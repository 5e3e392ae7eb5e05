//! Funding: money is put into a budget from outside.

use super::budget::{Open, documents_of, open_now, standing};
use super::told::Operation;
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, AssetCode, Movement, Name, Posting};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Puts money into a budget.
#[derive(Debug, Clone)]
pub struct Fund {
    /// Which budget.
    pub budget: Name,
    /// How much, in minor units.
    pub amount: Amount,
    /// Of what; it must be the budget's own currency.
    pub currency: AssetCode,
    /// Why.
    pub reason: Option<String>,
}

impl Command for Fund {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        standing(seen, &self.budget)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open_now(seen, &self.budget, at)?;
        open.expect_currency(&self.currency)?;
        let before = Usage::seen(&open, seen);
        let after = Usage { funded: before.funded.saturating_add(self.amount.minor_units()), ..before };
        let operation = Operation {
            kind: "budget.fund",
            reference: None,
            amount: self.amount.minor_units(),
            before: &before,
            after,
            movement: funding(&open, self.amount)?,
        };
        Ok(Decision { reason: self.reason.clone(), ..operation.decide(&open, seen, at) })
    }
}

/// The movement that puts money in.
pub(super) fn funding(open: &Open, amount: Amount) -> Result<Movement, Refusal> {
    let (from, to) = (open.accounts.funding.clone(), open.accounts.budget.clone());
    let posting = Posting::new(from, to, open.budget.currency.clone(), amount);
    // The two accounts are of different classes, so they are never the same.
    let posting = posting.map_err(|_| Refusal::BudgetNotFound(open.id.clone()))?;
    Ok(Movement { postings: vec![posting], ..Movement::default() })
}
