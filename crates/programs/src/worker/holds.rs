//! Holds that ran out: what they still reserve is free again. A pending reward whose hold ran out is confirmed.

use crate::budgets::{Budgets, Release, by_system};
use crate::general::ExpireHold;
use crate::rewards_ledger::{ConfirmReward, Stage};
use crate::{Error, Refusal};
use guerdon_ledger::{AccountClass, AccountPath, HoldKey, Invalid, MemberId, Name, Reference};
use guerdon_store::jobs::Due;

/// Releases what remains of a hold that ran out. A reservation is released by its budget, which keeps an account of it.
pub(super) async fn expire(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    let Due { tenant, subject, reference, .. } = due;
    let (account, reference) =
        (checked(AccountPath::new(subject))?, checked(reference.parse::<Reference>())?);
    let envelope = by_system(*tenant, format!("system expire {account} {reference}"));
    let receipt = match (budget_of(&account), pending_of(&account, &reference)) {
        (None, Some((seq, member))) => {
            let reason = Some("its time had come".to_owned());
            let confirm = ConfirmReward { seq, member: Some(member), reason, only_due: true };
            budgets.journal().execute(envelope, confirm).await?
        }
        (Some(budget), _) => {
            let reason = Some("the reservation ran out".to_owned());
            let release = Release { budget, reference, amount: None, reason, only_expired: true };
            match budgets.execute(envelope, release).await {
                // Somebody charged or released it at this very moment.
                Err(Error::Refused { refusal: Refusal::ReservationResolved { .. }, .. }) => return Ok(0),
                released => released?,
            }
        }
        (None, None) => {
            let key = HoldKey { account, reference };
            budgets.journal().execute(envelope, ExpireHold { key }).await?
        }
    };
    Ok(u64::from(!receipt.replayed))
}

/// The budget whose account this is.
fn budget_of(account: &AccountPath) -> Option<Name> {
    let (_, budget) = account.as_str().split_once(':')?;
    (account.class() == AccountClass::Budget).then(|| Name::new(budget).ok()).flatten()
}

/// The transaction and the member whose reward is pending while a hold is open.
fn pending_of(account: &AccountPath, reference: &Reference) -> Option<(i64, MemberId)> {
    let member = account.member().filter(|_| account.class() == AccountClass::Reward)?;
    Some((Stage::pending_of(reference)?, MemberId::new(member).ok()?))
}

/// What stands in the tables was checked when it was written.
fn checked<T>(value: Result<T, Invalid>) -> Result<T, Error> {
    value.map_err(|error| Error::Broken(error.to_string()))
}
