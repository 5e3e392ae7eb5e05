//! Charging: what was reserved is spent, whole or in parts.

use super::budget::{documents_of, open_now};
use super::reservation::{expired_at, hold_key, part_of, reserved};
use super::told::{Operation, hard_cap};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, HoldOp, HoldStatus, Movement, Name, Reference};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Charges a reservation. What is charged counts for the period in which it is charged.
#[derive(Debug, Clone)]
pub struct Charge {
    /// Which budget.
    pub budget: Name,
    /// Which reservation.
    pub reference: Reference,
    /// How much, in minor units; all that is still reserved where `None`.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for Charge {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        reserved(seen, &self.budget, &self.reference)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open_now(seen, &self.budget, at)?;
        let reference = &self.reference;
        let resolved =
            seen.hold(&hold_key(&open, reference)).is_some_and(|hold| hold.status() == HoldStatus::Captured);
        if let Some(expired_at) = expired_at(seen, &open, reference, at).filter(|_| !resolved) {
            return Err(Refusal::ReservationExpired { reference: reference.clone(), expired_at });
        }
        let (hold, part) = part_of(seen, &open, reference, self.amount)?;
        let before = Usage::seen(&open, seen);
        let amount = part.minor_units();
        let after = Usage { reserved: before.reserved - amount, charged: before.charged + amount, ..before };
        let capture =
            HoldOp::Capture { key: hold.key.clone(), to: open.accounts.spent.clone(), amount: Some(part) };
        let operation = Operation {
            kind: "budget.charge",
            reference: Some(reference.to_string()),
            amount,
            before: &before,
            after,
            movement: Movement { holds: vec![capture], guards: vec![hard_cap(&open)], ..Movement::default() },
        };
        Ok(Decision { reason: self.reason.clone(), ..operation.decide(&open, seen, at) })
    }
}
