//! The projection that follows what the journal says of budgets: daily totals, alerts. It also sees to it that
//! a budget's own policy is carried out.

use super::adjust::Adjust;
use super::budget::{Budget, document_of};
use super::made::{Made, Of, Touched};
use super::service::Budgets;
use super::system::by_system;
use super::told::all_told;
use crate::Error;
use guerdon_ledger::Name;
use guerdon_store::budgets::{add_days, budget_records, put_alerts};
use guerdon_store::driver::{Mode, Transaction};
use guerdon_store::projection::Ahead;
use guerdon_store::{TenantId, read};
use std::collections::HashMap;

/// The name of its cursor.
pub const PROJECTION: &str = "budgets";
/// Transactions of the journal that are looked at in one go, where they were not gathered as they were recorded.
const PAGE: i64 = 5_000;

impl Budgets {
    /// Follows a tenant's journal to its end. Answers how many transactions about budgets there were. Whoever reads what
    /// the projection makes follows first, and so sees what was recorded before.
    ///
    /// # Errors
    /// As the database says, or as a policy's change of a budget does.
    pub async fn follow(&self, tenant: TenantId) -> Result<usize, Error> {
        let mut followed = 0;
        loop {
            let database = self.journal().database();
            let mut tx = database.begin(tenant, Mode::Read).await?;
            let ahead = Ahead::of(&mut tx, PROJECTION).await?;
            let gathered = self.gathering().begins(tenant, ahead.from).unwrap_or(ahead.end);
            let mut to = gathered.min(ahead.end).min(ahead.from.saturating_add(PAGE));
            let mut made = read_made(&mut tx, ahead.from, to).await?;
            drop(tx);
            if let Some((end, gathered)) = self.gathering().take(tenant, to) {
                made.extend(gathered);
                to = end;
            }
            let found = made.transactions;
            let Some(stretch) = ahead.stretch(to, found > 0) else { return Ok(followed) };
            let Made { days, alerts, touched, .. } = made;
            // First, so that a server that stops in between leaves it to be done by the next.
            self.carry_out(tenant, touched).await?;
            let kept = async move |tx: &mut Transaction| {
                add_days(tx, &days.into_values().collect::<Vec<_>>()).await?;
                put_alerts(tx, alerts).await.map(drop)
            };
            if !stretch.keep(database, tenant, kept).await? {
                continue;
            }
            followed += found;
            if stretch.is_last {
                return Ok(followed);
            }
        }
    }

    /// Has the policies of budgets that were used, or whose period ended, carried out.
    async fn carry_out(&self, tenant: TenantId, touched: HashMap<Name, Touched>) -> Result<(), Error> {
        for (budget, Touched { seq, ended }) in touched {
            if !self.has_policy(tenant, &budget).await? {
                continue;
            }
            let envelope = by_system(tenant, format!("policy {budget} {seq}"));
            match self.execute(envelope, Adjust { budget, ended }).await {
                Ok(_) | Err(Error::Refused { .. } | Error::TenantNotActive(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn has_policy(&self, tenant: TenantId, budget: &Name) -> Result<bool, Error> {
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let document = read::document(&mut tx, &document_of(budget)).await?;
        Ok(document.and_then(|document| Budget::of(&document)).is_some_and(|b| !b.adjustments.is_empty()))
    }
}

/// What is made of the transactions after one and up to another, as the journal has them.
async fn read_made(tx: &mut Transaction, after: i64, to: i64) -> Result<Made, Error> {
    let mut made = Made::default();
    for record in budget_records(tx, after, to).await? {
        let of = Of { seq: record.seq, kind: &record.kind, recorded_at: record.recorded_at };
        made.add(of, &all_told(&record.kind, &record.metadata));
    }
    Ok(made)
}
