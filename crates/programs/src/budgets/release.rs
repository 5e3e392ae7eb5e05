//! Releasing: what was reserved and is not needed is free again; and what nobody charged in time is released by itself.

use super::budget::{documents_of, open_now};
use super::reservation::{expired_at, part_of, reserved};
use super::told::Operation;
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, HoldOp, Movement, Name, Reference};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Releases a reservation, whole or in part.
#[derive(Debug, Clone)]
pub struct Release {
    /// Which budget.
    pub budget: Name,
    /// Which reservation.
    pub reference: Reference,
    /// How much, in minor units; all that is still reserved where `None`.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<String>,
    /// Only if it ran out.
    pub only_expired: bool,
}

impl Command for Release {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        reserved(seen, &self.budget, &self.reference)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open_now(seen, &self.budget, at)?;
        let (hold, part) = part_of(seen, &open, &self.reference, self.amount)?;
        if self.only_expired && expired_at(seen, &open, &self.reference, at).is_none() {
            return Err(Refusal::NotDue);
        }
        let before = Usage::seen(&open, seen);
        let release = HoldOp::Release { key: hold.key.clone(), amount: Some(part) };
        let operation = Operation {
            kind: "budget.release",
            reference: Some(self.reference.to_string()),
            amount: part.minor_units(),
            before: &before,
            after: Usage { reserved: before.reserved - part.minor_units(), ..before },
            movement: Movement { holds: vec![release], ..Movement::default() },
        };
        Ok(Decision { reason: self.reason.clone(), ..operation.decide(&open, seen, at) })
    }
}
