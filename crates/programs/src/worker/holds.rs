//! Holds that ran out: what they still reserve is free again.

use crate::budgets::{Budgets, Release, by_system};
use crate::general::ExpireHold;
use crate::{Error, Refusal};
use guerdon_ledger::{AccountClass, AccountPath, HoldKey, Invalid, Name, Reference};
use guerdon_store::jobs::Due;

/// Releases what remains of a hold that ran out. A reservation is released by its budget, which keeps an account of it.
pub(super) async fn expire(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    let Due { tenant, subject, reference, .. } = due;
    let (account, reference) =
        (checked(AccountPath::new(subject))?, checked(reference.parse::<Reference>())?);
    let envelope = by_system(*tenant, format!("system expire {account} {reference}"));
    let receipt = match budget_of(&account) {
        Some(budget) => {
            let reason = Some("the reservation ran out".to_owned());
            let release = Release { budget, reference, amount: None, reason, only_expired: true };
            match budgets.execute(envelope, release).await {
                // Somebody charged or released it at this very moment.
                Err(Error::Refused { refusal: Refusal::ReservationResolved { .. }, .. }) => return Ok(0),
                released => released?,
            }
        }
        None => {
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

/// What stands in the tables was checked when it was written.
fn checked<T>(value: Result<T, Invalid>) -> Result<T, Error> {
    value.map_err(|error| Error::Broken(error.to_string()))
}
