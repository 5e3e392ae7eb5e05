//! Sessions that have ended: they open nothing any more, and need not be kept.

use crate::Error;
use crate::budgets::Budgets;
use guerdon_store::driver::Mode;
use guerdon_store::jobs::Due;
use guerdon_store::read;

/// Deletes the ended sessions of a tenant.
pub(super) async fn delete_ended(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    let journal = budgets.journal();
    let mut tx = journal.database().begin(due.tenant, Mode::Write).await?;
    let deleted = read::delete_ended_sessions(&mut tx, journal.clock().now()).await?;
    tx.commit().await?;
    Ok(deleted as u64)
}
