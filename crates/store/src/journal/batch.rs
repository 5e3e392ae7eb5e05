//! A batch: commands of one tenant, decided one after the other and written together.

use super::command::{Needs, Receipt, Seen};
use super::job::{Job, Outcome};
use super::load::{fresh_state, load, load_for, lock_head};
use super::record::Record;
use super::state::{Pending, TenantState};
use super::write::write;
use crate::driver::{DbError, Transaction};
use crate::records::{TenantId, TenantStatus};
use jiff::Timestamp;
use std::sync::Arc;

/// What a batch came to.
pub(super) struct Decided {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) recorded: Vec<Arc<Record>>,
}

/// Takes a tenant's jobs through the commit protocol, up to but without the commit: lock, load, decide, write.
/// Answers what became of each job, and what was recorded; both hold only once the transaction is committed.
pub(super) async fn run(
    tx: &mut Transaction,
    cached: &mut Option<TenantState>,
    tenant: TenantId,
    jobs: &mut [Box<dyn Job>],
    now: Timestamp,
) -> Result<Decided, DbError> {
    let Some(head) = lock_head(tx).await? else {
        let outcomes = jobs.iter().map(|_| Outcome::TenantNotFound).collect();
        return Ok(Decided { outcomes, recorded: Vec::new() });
    };
    // What is known holds while no other server has written since.
    let state = match cached {
        Some(state) if state.head == head => state,
        _ => cached.insert(fresh_state(tx, tenant, head).await?),
    };
    let mut needs = Needs::default();
    let mut keys = Vec::new();
    for job in jobs.iter() {
        needs.extend(job.needs());
        keys.extend((0..job.commands()).filter_map(|i| Some(job.idempotency(i)?.key.clone())));
    }
    // Where nothing new is looked at first, what comes then is loaded with the keys, in one round trip.
    let at_once = state.knows(&needs);
    if at_once {
        needs.extend(needs_then(jobs, state));
    }
    load(tx, state, needs, keys).await?;
    if !at_once {
        let needs = needs_then(jobs, state);
        load(tx, state, needs, Vec::new()).await?;
    }
    let at = now.max(head.recorded_at);
    let mut pending = Vec::with_capacity(jobs.len());
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs.iter_mut() {
        outcomes.push(decide(tx, state, job.as_mut(), at, &mut pending).await?);
    }
    if !pending.is_empty() {
        write(tx, state, &mut pending).await?;
    }
    state.end_batch();
    Ok(Decided { outcomes, recorded: pending.into_iter().map(|item| item.record).collect() })
}

/// What the commands look at, now that the first is seen.
fn needs_then(jobs: &[Box<dyn Job>], state: &TenantState) -> Needs {
    let mut needs = Needs::default();
    for job in jobs {
        needs.extend(job.needs_then(&Seen { state }));
    }
    needs
}

/// Decides all commands of a job, or takes back those that were decided.
async fn decide(
    tx: &mut Transaction,
    state: &mut TenantState,
    job: &mut dyn Job,
    at: Timestamp,
    pending: &mut Vec<Pending>,
) -> Result<Outcome, DbError> {
    let already = pending.len();
    let mut receipts = Vec::with_capacity(job.commands());
    for index in 0..job.commands() {
        let outcome = match recorded_before(state, job, index) {
            Some(Ok(receipt)) => {
                receipts.push(receipt);
                continue;
            }
            Some(Err(conflict)) => conflict,
            None => match decide_one(tx, state, job, index, at).await? {
                Ok(item) => {
                    receipts.push(Receipt { record: item.record.clone(), replayed: false });
                    pending.push(item);
                    continue;
                }
                Err(refused) => refused,
            },
        };
        for item in pending.drain(already..).rev() {
            state.take_back(item);
        }
        return Ok(outcome);
    }
    Ok(Outcome::Recorded(receipts))
}

/// The answer to a key that was used before: the same for the same request, a conflict for another.
fn recorded_before(state: &TenantState, job: &dyn Job, index: usize) -> Option<Result<Receipt, Outcome>> {
    let idempotency = job.idempotency(index)?;
    let seq = *state.keys.get(&idempotency.key)?;
    let same = state.records.get(&seq).filter(|r| r.fingerprint.as_ref() == Some(&idempotency.fingerprint));
    Some(match same {
        Some(record) => Ok(Receipt { record: record.clone(), replayed: true }),
        None => Err(Outcome::IdempotencyConflict { key: idempotency.key.to_string(), seq }),
    })
}

async fn decide_one(
    tx: &mut Transaction,
    state: &mut TenantState,
    job: &mut dyn Job,
    index: usize,
    at: Timestamp,
) -> Result<Result<Pending, Outcome>, DbError> {
    let status = state.tenant.as_ref().map_or(TenantStatus::Active, |tenant| tenant.status);
    if status != TenantStatus::Active && !job.allowed_while(status) {
        return Ok(Err(Outcome::TenantNotActive(status)));
    }
    let Some(decision) = job.decide(index, &Seen { state }, at) else {
        return Ok(Err(Outcome::Refused(index)));
    };
    load_for(tx, state, &decision.movement).await?;
    let recorded = state.record(job.envelope(), job.idempotency(index), decision, at);
    Ok(recorded.map_err(|refusal| {
        job.refuse(refusal);
        Outcome::Refused(index)
    }))
}
