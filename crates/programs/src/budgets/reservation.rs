//! Reservations: holds on a budget's account, by the reference they are for.

use super::budget::Open;
use crate::Refusal;
use guerdon_ledger::{Amount, Hold, HoldKey, HoldStatus, Name, Reference};
use guerdon_store::journal::{Needs, Seen};
use jiff::Timestamp;

/// Where a reservation is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReservationState {
    /// Some of it is still reserved.
    Open,
    /// Resolved, and some of it was charged.
    Charged,
    /// Resolved, and none of it was charged.
    Released,
}

impl ReservationState {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Charged => "charged",
            Self::Released => "released",
        }
    }
}

impl From<HoldStatus> for ReservationState {
    fn from(status: HoldStatus) -> Self {
        match status {
            HoldStatus::Open => Self::Open,
            HoldStatus::Captured => Self::Charged,
            HoldStatus::Released => Self::Released,
        }
    }
}

/// The hold of a reservation.
pub(super) fn hold_key(open: &Open, reference: &Reference) -> HoldKey {
    HoldKey { account: open.accounts.budget.clone(), reference: reference.clone() }
}

/// What an operation on a reservation looks at, once the budget's documents are seen.
pub(super) fn reserved(seen: &Seen<'_>, budget: &Name, reference: &Reference) -> Needs {
    let Ok(open) = super::budget::open(seen, budget) else { return Needs::default() };
    Needs { holds: vec![hold_key(&open, reference)], accounts: open.keys(), ..Needs::default() }
}

/// A reservation of which something is left, and the part of it that is meant: all that is left where `None`.
pub(super) fn part_of<'a>(
    seen: &Seen<'a>,
    open: &Open,
    reference: &Reference,
    amount: Option<Amount>,
) -> Result<(&'a Hold, Amount), Refusal> {
    let not_found = || Refusal::ReservationNotFound { budget: open.id.clone(), reference: reference.clone() };
    let hold = seen.hold(&hold_key(open, reference)).ok_or_else(not_found)?;
    let Ok(rest) = Amount::new(hold.remaining()) else {
        return Err(Refusal::ReservationResolved {
            reference: reference.clone(),
            state: hold.status().into(),
            charged: hold.captured,
            released: hold.released,
        });
    };
    let part = amount.unwrap_or(rest);
    match part <= rest {
        true => Ok((hold, part)),
        false => Err(Refusal::ReservationTooSmall {
            reference: reference.clone(),
            remaining: rest.minor_units(),
            requested: part.minor_units(),
        }),
    }
}

/// When a reservation ran out, where it did.
pub(super) fn expired_at(
    seen: &Seen<'_>,
    open: &Open,
    reference: &Reference,
    at: Timestamp,
) -> Option<Timestamp> {
    let hold = seen.hold(&hold_key(open, reference))?;
    hold.expires_at_us
        .filter(|_| hold.has_expired(at.as_microsecond()))
        .and_then(|us| Timestamp::from_microsecond(us).ok())
}
