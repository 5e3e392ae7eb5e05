//! The daily reconciliation of budgets.

use crate::Error;
use crate::budgets::Budgets;
use guerdon_store::jobs::Due;

/// Reconciles the budgets of a tenant.
pub(super) async fn reconcile(budgets: &Budgets, due: &Due) -> Result<u64, Error> {
    budgets.reconcile_and_note(due.tenant).await
}
