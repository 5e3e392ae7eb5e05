//! What a use case tells the journal: what it must see, and what it decides then.

use super::list_name::ListName;
use super::metadata::Metadata;
use super::proof::Proof;
use super::record::Record;
use super::state::TenantState;
use crate::driver::DbError;
use crate::records::{
    ApiKey, Change, Code, Counter, CounterKey, Document, DocumentKey, MarkKey, Member, Referral,
    ReferralCode, ReferralMark, Tenant, TenantId, TenantStatus,
};
use guerdon_ledger::{AccountKey, Balance, Hold, HoldKey, MemberId, Movement, Name};
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::sync::Arc;
use uuid::Uuid;

/// A use case: what it must see under the tenant's lock, and what it decides then.
///
/// `decide` is pure: the same sight and the same instant give the same decision. It may run more than once.
pub trait Command: Send + Sync + 'static {
    /// Why it can be refused.
    type Refusal: From<guerdon_ledger::Refusal> + Send + 'static;

    /// What `decide` looks at. What the postings touch is loaded anyway; naming it here loads it with the rest.
    fn needs(&self) -> Needs;

    /// What `decide` looks at beyond that, now that the first is seen: the balance of the account that a document
    /// names.
    fn needs_then(&self, _: &Seen<'_>) -> Needs {
        Needs::default()
    }

    /// Decides.
    ///
    /// # Errors
    /// A refusal, which leaves no trace in the books.
    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Self::Refusal>;

    /// Whether it may be recorded for a tenant that is suspended or closed. Hardly anything may.
    fn allowed_while(&self, status: TenantStatus) -> bool {
        status == TenantStatus::Active
    }
}

/// A command that is tried more than once is shared, not copied.
impl<C: Command> Command for Arc<C> {
    type Refusal = C::Refusal;

    fn needs(&self) -> Needs {
        C::needs(self)
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        C::needs_then(self, seen)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, C::Refusal> {
        C::decide(self, seen, at)
    }

    fn allowed_while(&self, status: TenantStatus) -> bool {
        C::allowed_while(self, status)
    }
}

/// What a command must see.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Balances.
    pub accounts: Vec<AccountKey>,
    /// Holds.
    pub holds: Vec<HoldKey>,
    /// Transactions by sequence number, and whether they were reversed.
    pub transactions: Vec<i64>,
    /// Members.
    pub members: Vec<MemberId>,
    /// API keys.
    pub api_keys: Vec<Uuid>,
    /// Configuration documents, in their newest version.
    pub documents: Vec<DocumentKey>,
    /// Counters of what events say.
    pub counters: Vec<CounterKey>,
    /// Referral codes.
    pub referral_codes: Vec<Code>,
    /// Referrals by the member who was brought.
    pub referrals: Vec<MemberId>,
    /// Referrals by their ids.
    pub referral_ids: Vec<Name>,
    /// What is remembered of referrals.
    pub referral_marks: Vec<MarkKey>,
    /// Balances to be proved from their entries, which takes as long as there are entries: for repairs.
    pub proofs: Vec<AccountKey>,
}

impl Needs {
    /// Adds what another command needs.
    pub fn extend(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.holds.extend(other.holds);
        self.transactions.extend(other.transactions);
        self.members.extend(other.members);
        self.api_keys.extend(other.api_keys);
        self.documents.extend(other.documents);
        self.counters.extend(other.counters);
        self.referral_codes.extend(other.referral_codes);
        self.referrals.extend(other.referrals);
        self.referral_ids.extend(other.referral_ids);
        self.referral_marks.extend(other.referral_marks);
        self.proofs.extend(other.proofs);
    }
}

/// What a command sees: the state that the commands before it left. What it did not ask for is not there.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub(super) state: &'a TenantState,
}

impl<'a> Seen<'a> {
    /// The tenant itself; `None` only while it is being made.
    pub fn tenant(&self) -> Option<&'a Tenant> {
        self.state.tenant.as_ref()
    }

    /// The sequence number that the decision will have.
    pub fn next_seq(&self) -> i64 {
        self.state.head.seq + 1
    }

    /// A balance.
    pub fn balance(&self, key: &AccountKey) -> Balance {
        self.state.book.balance(key)
    }

    /// A hold.
    pub fn hold(&self, key: &HoldKey) -> Option<&'a Hold> {
        self.state.book.hold(key)
    }

    /// What a balance must be by its entries, as this batch began.
    pub fn proof(&self, key: &AccountKey) -> Option<&'a Proof> {
        self.state.proofs.get(key).map(|known| &known.proof)
    }

    /// A transaction.
    pub fn transaction(&self, seq: i64) -> Option<&'a Record> {
        self.state.records.get(&seq).map(Arc::as_ref)
    }

    /// The sequence number of the transaction that reversed another.
    pub fn reversal_of(&self, seq: i64) -> Option<i64> {
        self.state.reversals.get(&seq).copied()
    }

    /// A member.
    pub fn member(&self, id: &MemberId) -> Option<&'a Member> {
        self.state.members.get(id)?.as_ref()
    }

    /// An API key.
    pub fn api_key(&self, id: Uuid) -> Option<&'a ApiKey> {
        self.state.api_keys.get(&id)?.as_ref()
    }

    /// A counter, where anything was counted.
    pub fn counter(&self, key: &CounterKey) -> Option<&'a Counter> {
        self.state.counters.get(key)?.as_ref()
    }

    /// The newest version of a configuration document, unless that removed it.
    pub fn document(&self, key: &DocumentKey) -> Option<&'a Document> {
        self.newest_version(key).filter(|document| !document.removed)
    }

    /// The newest version of a configuration document, even one that removed it.
    pub fn newest_version(&self, key: &DocumentKey) -> Option<&'a Document> {
        self.state.documents.get(key)?.as_ref()
    }

    /// A referral code and whose it is.
    pub fn referral_code(&self, code: &Code) -> Option<&'a ReferralCode> {
        self.state.referrals.codes.get(code)?.as_ref()
    }

    /// The referral by which a member was brought.
    pub fn referral_of(&self, referred: &MemberId) -> Option<&'a Referral> {
        self.state.referrals.referred.get(referred)?.as_ref()
    }

    /// A referral by its id.
    pub fn referral(&self, id: &Name) -> Option<&'a Referral> {
        self.state.referrals.by_id(id)
    }

    /// What is remembered of referrals under a key.
    pub fn referral_mark(&self, key: &MarkKey) -> Option<&'a ReferralMark> {
        self.state.referrals.marks.get(key)?.as_ref()
    }
}

/// What a command has decided: one transaction.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// What kind of transaction it is: `award`, `member.create`.
    pub kind: String,
    /// What it does to the books.
    pub movement: Movement,
    /// What it changes in the configuration.
    pub changes: Vec<Change>,
    /// Why, in the words of whoever asked for it.
    pub reason: Option<String>,
    /// What it is about, in the caller's own system.
    pub reference: Option<String>,
    /// Anything else worth keeping.
    pub metadata: Metadata,
    /// The lists that it stands in.
    pub lists: Vec<ListName>,
    /// What came in, to be kept as it came: beside the row and not in it, since it may name people.
    pub payload: Option<Arc<RawValue>>,
    /// When it takes effect; when it is recorded, where `None`.
    pub effective_at: Option<Timestamp>,
    /// The transaction that it offsets.
    pub reverses: Option<i64>,
    /// Balances to be kept as their proofs say. That moves no value: the entries were right.
    pub restored: Vec<AccountKey>,
}

/// Who asks, and of which tenant.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Whose journal.
    pub tenant: TenantId,
    /// Who asks: a member id, or the id of an API key.
    pub actor: Arc<str>,
    /// Makes the call safe to repeat. The scope is the tenant, for ever.
    pub idempotency: Option<Idempotency>,
}

/// What makes a call safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: Arc<str>,
    /// A hash of what was asked with it: the same key with another fingerprint is a conflict.
    pub fingerprint: Arc<str>,
}

/// What a command comes back with.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The transaction as it was recorded.
    pub record: Arc<Record>,
    /// Whether it had been recorded before, by an earlier call with the same key.
    pub replayed: bool,
}

/// Why the journal did not record a command.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecuteError<R> {
    /// The command, or the books, refused.
    #[error("refused")]
    Refused {
        /// Which command of several.
        index: usize,
        /// Why.
        refusal: R,
    },
    /// The idempotency key was used for something else.
    #[error("the idempotency key {key} was used for another request")]
    IdempotencyConflict {
        /// The key.
        key: String,
        /// The transaction that it was used for.
        seq: i64,
    },
    /// There is no such tenant.
    #[error("no such tenant")]
    TenantNotFound,
    /// The tenant cannot post.
    #[error("the tenant is {}", .0.name())]
    TenantNotActive(TenantStatus),
    /// The database is away or the server stops. Whether the command was recorded is not known; repeating it with
    /// its key is safe.
    #[error("not available: {0}")]
    Unavailable(String),
    /// A bug, or a database that was tampered with.
    #[error("the journal failed: {0}")]
    Broken(String),
}

impl<R> From<DbError> for ExecuteError<R> {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(text) => Self::Unavailable(text),
            DbError::Constraint(text) | DbError::Broken(text) => Self::Broken(text),
        }
    }
}
