//! Rehearsing: what commands would do, one after the other, without a trace in the books.

use super::Journal;
use super::command::{Command, Envelope, ExecuteError, Needs, Seen};
use super::load::{find_head, fresh_state, load, load_for};
use super::record::Record;
use super::state::TenantState;
use crate::driver::{DbError, Mode, Transaction};
use guerdon_ledger::Refusal;
use jiff::Timestamp;
use std::sync::Arc;

/// A tenant's books as they stood when the rehearsal began, and as the commands rehearsed since would leave them.
/// Nothing is locked and nothing is written: the tenant goes on meanwhile.
#[derive(Debug)]
pub struct Rehearsal {
    tx: Transaction,
    state: TenantState,
    envelope: Envelope,
    at: Timestamp,
}

impl Journal {
    /// Begins a rehearsal: on what is committed now, at this instant, as the envelope's actor. Its key is not looked at.
    ///
    /// # Errors
    /// [`ExecuteError::TenantNotFound`], or as the database says.
    pub async fn rehearse<R>(&self, envelope: Envelope) -> Result<Rehearsal, ExecuteError<R>> {
        let mut tx = self.database().begin(envelope.tenant, Mode::Read).await?;
        let head = find_head(&mut tx).await?.ok_or(ExecuteError::TenantNotFound)?;
        let state = fresh_state(&mut tx, envelope.tenant, head).await?;
        let at = self.clock().now().max(head.recorded_at);
        Ok(Rehearsal { tx, state, envelope, at })
    }
}

impl Rehearsal {
    /// What the command would record, after those before it.
    ///
    /// # Errors
    /// [`ExecuteError::Refused`] as the command or the books would refuse it; or as the database says.
    pub async fn execute<C: Command>(
        &mut self,
        command: &C,
    ) -> Result<Arc<Record>, ExecuteError<C::Refusal>> {
        self.load(command.needs()).await?;
        let then = command.needs_then(&Seen { state: &self.state });
        self.load(then).await?;
        let decided = command.decide(&Seen { state: &self.state }, self.at);
        let decision = decided.map_err(|refusal| ExecuteError::Refused { index: 0, refusal })?;
        load_for(&mut self.tx, &mut self.state, &decision.movement).await?;
        let refused = |refusal: Refusal| ExecuteError::Refused { index: 0, refusal: refusal.into() };
        let pending = self.state.record(&self.envelope, None, decision, self.at).map_err(refused)?;
        self.state.end_batch();
        Ok(pending.record)
    }

    async fn load(&mut self, needs: Needs) -> Result<(), DbError> {
        load(&mut self.tx, &mut self.state, needs, Vec::new()).await
    }
}
