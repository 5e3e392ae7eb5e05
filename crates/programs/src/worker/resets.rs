//! Budgets whose period is over.

use crate::Error;
use crate::budgets::Budgets;
use guerdon_ledger::Name;
use guerdon_store::jobs::Due;

/// Resets a budget, once for each period that ended while nobody looked.
pub(super) async fn reset(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    let budget = Name::new(&due.subject).map_err(|error| Error::Broken(error.to_string()))?;
    budgets.catch_up(due.tenant, &budget, budgets.journal().clock().now()).await
}
