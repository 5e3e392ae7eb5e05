//! Reserving: a part of a budget is kept for a reference.

use super::budget::{documents_of, open_now};
use super::reservation::{hold_key, reserved};
use super::told::{Operation, hard_cap};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, AssetCode, HoldOp, Movement, Name, Reference};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Reserves a part of a budget.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// Which budget.
    pub budget: Name,
    /// How much, in minor units.
    pub amount: Amount,
    /// Of what; it must be the budget's own currency.
    pub currency: AssetCode,
    /// What for; used once on a budget, for ever.
    pub reference: Reference,
    /// From when on it can no longer be charged; then it is released by itself.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for Reserve {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        reserved(seen, &self.budget, &self.reference)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open_now(seen, &self.budget, at)?;
        let key = hold_key(&open, &self.reference);
        if let Some(hold) = seen.hold(&key) {
            let (reference, state) = (self.reference.clone(), hold.status().into());
            return Err(Refusal::ReservationExists { reference, state, amount: hold.amount.minor_units() });
        }
        if let Some(expires_at) = self.expires_at.filter(|end| *end <= at) {
            return Err(Refusal::ExpiresInThePast { expires_at });
        }
        let before = Usage::seen(&open, seen);
        let after = before.after_reserving(&open, self.amount, &self.currency)?;
        let place = HoldOp::Place {
            key,
            asset: open.budget.currency.clone(),
            amount: self.amount,
            expires_at_us: self.expires_at.map(Timestamp::as_microsecond),
        };
        let operation = Operation {
            kind: "budget.reserve",
            reference: Some(self.reference.to_string()),
            amount: self.amount.minor_units(),
            before: &before,
            after,
            movement: Movement { holds: vec![place], guards: vec![hard_cap(&open)], ..Movement::default() },
        };
        Ok(Decision { reason: self.reason.clone(), ..operation.decide(&open, seen, at) })
    }
}
