//! The projection of budgets.

use crate::Error;
use crate::budgets::Budgets;
use guerdon_store::jobs::Due;

/// Follows a journal that has gone on. Most of what a journal records is not about budgets: such an end of it rests, and
/// is looked at again once the journal has gone on further.
pub(super) async fn follow(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    Ok(budgets.follow(due.tenant).await? as u64)
}
