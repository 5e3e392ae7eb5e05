//! The projections.

use crate::Error;
use crate::budgets::Budgets;
use guerdon_store::jobs::Due;

/// Follows a journal that has gone on, for budgets. Most of what a journal records is not about budgets: such an end of
/// it rests, and is looked at again once the journal has gone on further.
pub(super) async fn budgets(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    Ok(budgets.follow(due.tenant).await? as u64)
}
