//! Resetting all budgets of a tenant whose periods are of a kind.

use super::period::PeriodKind;
use super::reset::Reset;
use super::service::Budgets;
use crate::Error;
use guerdon_ledger::Name;
use guerdon_store::journal::{Envelope, Idempotency, Receipt};

impl Budgets {
    /// Resets all budgets of a tenant whose periods are of a kind, each for itself: what becomes of one does not touch
    /// the others. Each has a key of its own, made of that of the call, so a call that is repeated resets none twice.
    ///
    /// # Errors
    /// As the database says, as it looks for budgets.
    pub async fn reset_all(
        &self,
        envelope: &Envelope,
        kind: PeriodKind,
        reason: Option<&str>,
    ) -> Result<Vec<(Name, Result<Receipt, Error>)>, Error> {
        const PAGE: i64 = 200;
        let (mut results, mut after) = (Vec::new(), String::new());
        loop {
            let budgets = self.list(envelope.tenant, &after, PAGE).await?;
            let last = budgets.last().filter(|_| budgets.len() as i64 == PAGE).map(|now| now.id.to_string());
            for now in budgets.into_iter().filter(|now| now.budget.period == kind) {
                let idempotency = envelope.idempotency.as_ref().map(|idempotency| Idempotency {
                    key: format!("{} {}", idempotency.key, now.id).into(),
                    fingerprint: idempotency.fingerprint.clone(),
                });
                let envelope = Envelope { idempotency, ..envelope.clone() };
                let reset = Reset { budget: now.id.clone(), ended: None, reason: reason.map(str::to_owned) };
                results.push((now.id, self.execute(envelope, reset).await));
            }
            match last {
                Some(last) => after = last,
                None => return Ok(results),
            }
        }
    }
}
