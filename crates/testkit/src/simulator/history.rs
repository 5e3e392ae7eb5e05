//! What happened in a run, as the clients saw it: what was asked, when, and what was answered.

use super::action::Action;
use guerdon_ledger::{AccountClass, AccountKey, Balance, Hold, HoldKey, Reference};
use guerdon_programs::Refusal;
use guerdon_store::journal::Record;
use guerdon_store::{TenantId, TenantStatus};
use jiff::Timestamp;
use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Holds of a tenant that clients remember.
const LATELY: usize = 24;

/// What a client asks for, however often it asks.
#[derive(Debug, Clone)]
pub(super) struct Request {
    /// Which request of the run; also part of the actor's name, so that the journal tells who asked.
    pub(super) id: usize,
    /// Which tenant of the run.
    pub(super) tenant: usize,
    /// The idempotency key.
    pub(super) key: Option<String>,
    /// What was asked with the key. The same key with another is a conflict.
    pub(super) fingerprint: String,
    /// One command, or those of a group.
    pub(super) actions: Vec<Action>,
    /// Whether all or none of the actions shall happen, each under a numbered key.
    pub(super) group: bool,
}

impl Request {
    /// Who asks, as the journal records it.
    pub(super) fn actor(&self) -> String {
        format!("request-{}", self.id)
    }

    /// The key that one of the actions is recorded under.
    pub(super) fn key_of(&self, index: usize) -> Option<String> {
        let key = self.key.as_ref()?;
        Some(if self.group && index > 0 { format!("{key} {index}") } else { key.clone() })
    }

    /// Why one of the actions is done: no other has the same reason.
    pub(super) fn reason(&self, index: usize) -> String {
        format!("because of {}.{index}", self.id)
    }
}

/// A transaction that a call was told of.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) record: Arc<Record>,
    pub(super) replayed: bool,
}

/// How a call ended.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Recorded(Vec<Told>),
    Refused {
        index: usize,
        refusal: Refusal,
    },
    NotActive(TenantStatus),
    Conflict {
        key: String,
        seq: i64,
    },
    /// Whether it was recorded is not known.
    Unavailable,
    /// The client went away before the answer came.
    Abandoned,
    /// Never to be seen.
    Failed(String),
}

/// One call of a request.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) request: usize,
    /// Which server of the run was asked.
    pub(super) server: u64,
    pub(super) span: Span,
    pub(super) answer: Answer,
}

/// When something happened: by the ticks of the run, which order events, and by the clock of the servers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) clock_at_start: Timestamp,
    pub(super) clock_at_end: Timestamp,
}

/// What one reading showed of a tenant at one instant.
#[derive(Debug, Clone)]
pub(super) struct Observation {
    pub(super) tenant: usize,
    pub(super) span: Span,
    /// The last transaction of the journal.
    pub(super) last: Option<Record>,
    /// All balances, in the order of account and asset.
    pub(super) balances: Vec<(AccountKey, Balance)>,
    /// One balance, looked up by itself.
    pub(super) one_balance: (AccountKey, Balance),
    /// The newest holds, and which transaction placed each.
    pub(super) holds: Vec<(Hold, i64)>,
    /// One account, as its entries show it.
    pub(super) account: AccountSeen,
    /// A transaction, and the one that reversed it.
    pub(super) reversal: (i64, Option<i64>),
    /// Rows of other tenants that could be seen.
    pub(super) foreign: i64,
}

/// What the entries of one account showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccountSeen {
    pub(super) key: AccountKey,
    /// The newest entries: transaction, posting, amount, what lay there afterwards.
    pub(super) entries: Vec<(i64, i64, i64, i64)>,
    /// The instant that was asked about.
    pub(super) instant: Timestamp,
    /// What lay there as was known then.
    pub(super) recorded: i64,
    /// What lay there then as is known now.
    pub(super) effective: i64,
    /// The newest transactions that touched it.
    pub(super) transactions: Vec<i64>,
}

/// Everything that happened in a run.
#[derive(Debug, Default)]
pub(super) struct History {
    ticks: AtomicU64,
    requests: Mutex<Vec<Arc<Request>>>,
    attempts: Mutex<Vec<Attempt>>,
    observations: Mutex<Vec<Observation>>,
    /// What must never happen, and did.
    failures: Mutex<Vec<String>>,
    /// The last transaction of each tenant that is known to a client.
    known: Vec<AtomicI64>,
    /// The number of the last hold that was thought of for each tenant.
    numbers: Vec<AtomicI64>,
    /// The holds of each tenant that were told of lately.
    holds: Vec<Mutex<VecDeque<HoldKey>>>,
    /// The reservations of each tenant's budgets that were told of lately.
    reservations: Vec<Mutex<VecDeque<HoldKey>>>,
    /// The charges of each tenant's budgets that were told of lately.
    charges: Vec<Mutex<VecDeque<i64>>>,
    /// What the clock showed, one after the other.
    instants: Mutex<BTreeSet<Timestamp>>,
    /// The tenants' ids.
    pub(super) tenants: Vec<TenantId>,
}

impl History {
    pub(super) fn of(tenants: Vec<TenantId>) -> Self {
        let zeros = || tenants.iter().map(|_| AtomicI64::new(0)).collect();
        let empty = || tenants.iter().map(|_| Mutex::default()).collect();
        let charges = tenants.iter().map(|_| Mutex::default()).collect();
        let (holds, reservations) = (empty(), empty());
        let (known, numbers) = (zeros(), zeros());
        Self { known, numbers, holds, reservations, charges, tenants, ..Self::default() }
    }

    /// The next instant of the run.
    pub(super) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes a new request, whose id is set here.
    pub(super) fn add(&self, mut request: Request) -> Arc<Request> {
        let mut requests = locked(&self.requests);
        request.id = requests.len();
        let request = Arc::new(request);
        requests.push(request.clone());
        request
    }

    /// One of the requests made so far.
    pub(super) fn request(&self, pick: impl FnOnce(usize) -> usize) -> Option<Arc<Request>> {
        let requests = locked(&self.requests);
        (!requests.is_empty()).then(|| requests[pick(requests.len())].clone())
    }

    pub(super) fn note(&self, tenant: usize, attempt: Attempt) {
        if let Answer::Recorded(told) = &attempt.answer {
            let last = told.iter().map(|told| told.record.seq).max().unwrap_or_default();
            self.known[tenant].fetch_max(last, Ordering::SeqCst);
            let holds = told.iter().flat_map(|told| &told.record.holds).map(|hold| hold.key.clone());
            let (reservations, holds): (Vec<_>, Vec<_>) =
                holds.partition(|key| key.account.class() == AccountClass::Budget);
            remember(&self.holds[tenant], holds);
            remember(&self.reservations[tenant], reservations);
            let charges = told.iter().filter(|told| told.record.kind == "budget.charge");
            remember(&self.charges[tenant], charges.map(|told| told.record.seq));
        }
        locked(&self.attempts).push(attempt);
    }

    pub(super) fn observe(&self, observation: Observation) {
        locked(&self.observations).push(observation);
    }

    /// Notes what the clock is about to show.
    pub(super) fn note_instant(&self, instant: Timestamp) {
        locked(&self.instants).insert(instant);
    }

    pub(super) fn instants(&self) -> BTreeSet<Timestamp> {
        locked(&self.instants).clone()
    }

    pub(super) fn fail(&self, what: String) {
        locked(&self.failures).push(what);
    }

    /// The last transaction of a tenant that is known to a client.
    pub(super) fn known(&self, tenant: usize) -> i64 {
        self.known[tenant].load(Ordering::SeqCst)
    }

    /// The number of the next hold of a tenant.
    pub(super) fn next_hold(&self, tenant: usize) -> i64 {
        self.numbers[tenant].fetch_add(1, Ordering::SeqCst)
    }

    /// A hold that was told of lately.
    pub(super) fn hold(&self, tenant: usize, pick: impl FnOnce(usize) -> usize) -> Option<HoldKey> {
        let holds = locked(&self.holds[tenant]);
        (!holds.is_empty()).then(|| holds[pick(holds.len())].clone())
    }

    /// What a reservation is for that was told of lately, on an account.
    pub(super) fn reservation(
        &self,
        tenant: usize,
        account: &str,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<Reference> {
        let known = locked(&self.reservations[tenant]);
        let known: Vec<_> = known.iter().filter(|key| key.account.as_str() == account).collect();
        (!known.is_empty()).then(|| known[pick(known.len())].reference.clone())
    }

    /// A charge that was told of lately.
    pub(super) fn charge(&self, tenant: usize, pick: impl FnOnce(usize) -> usize) -> Option<i64> {
        let charges = locked(&self.charges[tenant]);
        (!charges.is_empty()).then(|| charges[pick(charges.len())])
    }

    pub(super) fn requests(&self) -> Vec<Arc<Request>> {
        locked(&self.requests).clone()
    }

    pub(super) fn attempts(&self) -> Vec<Attempt> {
        locked(&self.attempts).clone()
    }

    pub(super) fn failures(&self) -> Vec<String> {
        locked(&self.failures).clone()
    }

    pub(super) fn observations(&self) -> Vec<Observation> {
        locked(&self.observations).clone()
    }
}

/// Keeps the latest of what was told of.
fn remember<T>(kept: &Mutex<VecDeque<T>>, told: impl IntoIterator<Item = T>) {
    let mut kept = locked(kept);
    kept.extend(told);
    let surplus = kept.len().saturating_sub(LATELY);
    kept.drain(..surplus);
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
