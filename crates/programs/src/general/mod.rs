//! The general ledger: credits, debits, reversals, holds, and transactions of any form.

mod credit;
mod expire;
mod hold;
mod reverse;
mod transact;

pub use credit::{Credit, Direction, member_account};
pub use expire::ExpireHold;
pub use hold::{CaptureHold, PlaceHold, ReleaseHold};
pub use reverse::Reverse;
pub use transact::{MAX_POSTINGS, Transact, check_kind, check_own_kind};

use crate::Refusal;
use crate::rewards_ledger::Stage;
use guerdon_ledger::{AccountClass, AccountPath, Reference};

/// Refuses accounts that move through their budget alone: their caps would not be asked otherwise.
fn refuse_budgets<'a>(mut accounts: impl Iterator<Item = &'a AccountPath>) -> Result<(), Refusal> {
    match accounts.find(|account| matches!(account.class(), AccountClass::Budget | AccountClass::Spent)) {
        Some(account) => Err(Refusal::BudgetOnly(account.clone())),
        None => Ok(()),
    }
}

/// Refuses references of the holds that tell where rewards are in their life.
fn refuse_stages(reference: &Reference) -> Result<(), Refusal> {
    match Stage::of(reference) {
        Some(_) => Err(Refusal::ReservedReference(reference.clone())),
        None => Ok(()),
    }
}
