//! Events as the rest of the program works with them: recorded with the rules that stand, simulated without a trace.

use super::event::Event;
use super::record::RecordEvent;
use crate::budgets::Budgets;
use crate::rules::{Cache, Compiled, PutRule};
use crate::{Error, Refusal};
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::journal::{Envelope, Journal, Receipt};
use guerdon_store::{TenantId, directory};
use std::sync::Arc;

/// Tenants whose compiled rules are kept in memory.
const CACHED: u64 = 10_000;
/// Parts of 500 events that are counted while somebody waits for it.
const PARTS_AT_ONCE: usize = 4;
/// An event is decided anew this often while rules change under it; then its sender is told to send it again.
const ATTEMPTS: usize = 20;

/// Events and rules over a journal.
#[derive(Debug, Clone)]
pub struct Events {
    budgets: Budgets,
    compiled: Cache,
}

impl Events {
    /// Events over budgets and the journal beneath them.
    pub fn new(budgets: Budgets) -> Self {
        Self { budgets, compiled: Cache::new(CACHED) }
    }

    /// The journal beneath.
    pub fn journal(&self) -> &Journal {
        self.budgets.journal()
    }

    /// The budgets that rules spend from.
    pub fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    /// Records an event once for its id, with all that the active rules make of it.
    ///
    /// # Errors
    /// As [`Journal::execute`]: another event of the same id is a conflict, a tenant that is suspended is refused.
    pub async fn record(&self, envelope: Envelope, event: Event) -> Result<Receipt, Error> {
        let tenant = envelope.tenant;
        let envelope = Envelope { idempotency: Some(event.idempotency()), ..envelope };
        let mut command = Arc::new(RecordEvent::new(event, self.rules(tenant).await?));
        for _ in 0..ATTEMPTS {
            match self.budgets.execute(envelope.clone(), command.clone()).await {
                Err(Error::Refused { refusal: Refusal::RulesChanged, .. }) => {
                    self.compiled.invalidate(&tenant);
                    command = Arc::new(command.with(self.rules(tenant).await?));
                }
                answer => return answer,
            }
        }
        Err(Error::Unavailable("the rules change faster than an event is decided".to_owned()))
    }

    /// Makes or changes a rule. What it is the first to count of history is counted, as far as that takes no long time;
    /// the worker counts the rest, and the rule waits for it.
    ///
    /// # Errors
    /// As [`Journal::execute`].
    pub async fn put_rule(&self, envelope: Envelope, put: PutRule) -> Result<Receipt, Error> {
        let tenant = envelope.tenant;
        let counters: Vec<String> = put.counters().map(|counter| counter.id().to_string()).collect();
        let receipt = self.journal().execute(envelope, put).await?;
        self.compiled.invalidate(&tenant);
        for counter in counters {
            self.count_history(tenant, &counter, PARTS_AT_ONCE).await?;
        }
        Ok(receipt)
    }

    /// The active rules of a tenant, as they were when they were last read.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn rules(&self, tenant: TenantId) -> Result<Arc<Compiled>, DbError> {
        if let Some(compiled) = self.compiled.get(&tenant) {
            return Ok(compiled);
        }
        let found = directory::find_tenant_by_id(self.journal().database(), tenant).await?;
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let compiled = Arc::new(Compiled::load(&mut tx, found).await?);
        self.compiled.insert(tenant, compiled.clone());
        Ok(compiled)
    }
}
