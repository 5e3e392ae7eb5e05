//! Catching up with the calendar: a budget whose periods ended while nobody looked is reset once for each.

use super::budget::{Current, period_document_of};
use super::period::Period;
use super::service::Budgets;
use crate::{Error, Refusal};
use guerdon_ledger::Name;
use guerdon_store::driver::Mode;
use guerdon_store::{TenantId, read};
use jiff::Timestamp;
use std::sync::Arc;

impl Budgets {
    /// Resets a budget once for each period that is over by `now`, one after the other. Answers how many there were.
    ///
    /// # Errors
    /// [`Refusal::BudgetNotFound`], or as [`Budgets::end_period`].
    pub async fn catch_up(&self, tenant: TenantId, budget: &Name, now: Timestamp) -> Result<u64, Error> {
        let mut resets = 0;
        let mut period = self.period(tenant, budget).await?;
        while period.has_ended(now) {
            self.end_period(tenant, budget, &period.name).await?;
            let next = self.period(tenant, budget).await?;
            // The journal's own time may be ahead of this clock, never behind it: what is over here is over there.
            if next.number == period.number {
                return Err(Refusal::NotDue.into_error());
            }
            period = next;
            resets += 1;
        }
        Ok(resets)
    }

    /// The period that a budget is in.
    async fn period(&self, tenant: TenantId, budget: &Name) -> Result<Arc<Period>, Error> {
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let document = read::document(&mut tx, &period_document_of(budget)).await?;
        let current = document.and_then(|document| Current::of(&document));
        current
            .map(|current| current.period)
            .ok_or_else(|| Refusal::BudgetNotFound(budget.clone()).into_error())
    }
}
