//! What a lane knows of a tenant: as much of its state as commands have asked for, as of one head.

use super::command::{Decision, Envelope, Idempotency, Needs};
use super::list_name::ListName;
use super::proof::Known;
use super::record::{Record, RecordedBalance, Texts, texts_hash};
use super::referrals::{self, Referrals};
use crate::driver::Value;
use crate::records::{
    ApiKey, Change, Counter, CounterKey, Document, DocumentKey, Member, Tenant, TenantId, to_json,
    to_microsecond,
};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{
    AccountClass, AccountKey, AssetCode, Balance, Book, Effects, HoldKey, MemberId, Refusal,
};
use jiff::Timestamp;
use std::hash::Hash as Hashable;
use std::sync::Arc;
use uuid::Uuid;

/// The end of a tenant's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) hash: Hash,
    pub(crate) recorded_at: Timestamp,
}

/// Which flow: an asset moving from one class of account to another.
pub(crate) type FlowKey = (AssetCode, AccountClass, AccountClass);

/// How often and how much: gross, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flow {
    pub(crate) postings: i64,
    pub(crate) amount: i64,
}

/// A tenant as of one head. Maps to `Option` say what is known, `None` that it is known not to exist.
#[derive(Debug)]
pub(crate) struct TenantState {
    pub(crate) id: TenantId,
    pub(crate) head: Head,
    pub(crate) tenant: Option<Tenant>,
    pub(crate) book: Book,
    pub(crate) known_holds: HashSet<HoldKey>,
    pub(crate) members: HashMap<MemberId, Option<Member>>,
    pub(crate) api_keys: HashMap<Uuid, Option<ApiKey>>,
    pub(crate) documents: HashMap<DocumentKey, Option<Document>>,
    pub(crate) counters: HashMap<CounterKey, Option<Counter>>,
    pub(crate) referrals: Referrals,
    pub(crate) flows: HashMap<FlowKey, Flow>,
    /// What only the batch at hand needs.
    pub(crate) records: HashMap<i64, Arc<Record>>,
    pub(crate) reversals: HashMap<i64, i64>,
    pub(crate) keys: HashMap<Arc<str>, i64>,
    pub(super) proofs: HashMap<AccountKey, Known>,
}

/// A transaction decided and not yet written.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) record: Arc<Record>,
    pub(crate) row: Vec<Value>,
    pub(crate) texts: Option<(String, String)>,
    pub(crate) effects: Effects,
    pub(super) restored: Vec<Restored>,
    undo: Undo,
}

/// A balance that was put right by its proof.
#[derive(Debug)]
pub(super) struct Restored {
    pub(super) key: AccountKey,
    /// The transaction that touched it last.
    pub(super) seq: i64,
    before: Balance,
}

#[derive(Debug)]
struct Undo {
    head: Head,
    flows: Vec<(FlowKey, Option<Flow>)>,
    changes: Vec<Before>,
}

/// What was known of a record before it was changed; `None` where nothing was.
#[derive(Debug)]
enum Before {
    Tenant(Option<Tenant>),
    Member(MemberId, Option<Option<Member>>),
    ApiKey(Uuid, Option<Option<ApiKey>>),
    Document(DocumentKey, Option<Option<Document>>),
    Counter(CounterKey, Option<Option<Counter>>),
    Referrals(referrals::Before),
}

impl TenantState {
    pub(crate) fn new(id: TenantId, head: Head) -> Self {
        Self {
            id,
            head,
            tenant: None,
            book: Book::default(),
            known_holds: HashSet::new(),
            members: HashMap::new(),
            api_keys: HashMap::new(),
            documents: HashMap::new(),
            counters: HashMap::new(),
            referrals: Referrals::default(),
            flows: HashMap::new(),
            records: HashMap::new(),
            reversals: HashMap::new(),
            keys: HashMap::new(),
            proofs: HashMap::new(),
        }
    }

    /// How much is kept in memory, in records of any kind.
    pub(crate) fn size(&self) -> usize {
        self.book.len()
            + self.known_holds.len()
            + self.members.len()
            + self.documents.len()
            + self.counters.len()
            + self.api_keys.len()
            + self.referrals.len()
    }

    /// Forgets what only one batch needed.
    pub(crate) fn end_batch(&mut self) {
        self.records.clear();
        self.reversals.clear();
        self.keys.clear();
        self.proofs.clear();
    }

    /// Makes a decision part of the state, as the next transaction of the journal.
    pub(crate) fn record(
        &mut self,
        envelope: &Envelope,
        idempotency: Option<&Idempotency>,
        decision: Decision,
        at: Timestamp,
    ) -> Result<Pending, Refusal> {
        let mut effects = self.book.apply(&decision.movement, at.as_microsecond())?;
        let flows = match self.add_flows(&effects) {
            Ok(flows) => flows,
            Err(refusal) => {
                self.book.undo(&effects);
                return Err(refusal);
            }
        };
        let restored = self.restore(&decision.restored);
        let texts = Texts::of(&decision.changes, decision.payload)
            .map(|texts| (Uuid::new_v4().simple().to_string(), to_json(&texts)));
        let undo = Undo { head: self.head, flows, changes: self.put_changes(&decision.changes) };
        let mut record = Record {
            seq: self.head.seq + 1,
            kind: decision.kind,
            actor: envelope.actor.clone(),
            idempotency_key: idempotency.map(|i| i.key.clone()),
            fingerprint: idempotency.map(|i| i.fingerprint.clone()),
            recorded_at: at,
            effective_at: decision.effective_at.map_or(at, to_microsecond),
            reason: decision.reason,
            reference: decision.reference,
            // Whoever writes or takes back the transaction looks for them here.
            postings: std::mem::take(&mut effects.postings),
            balances: recorded_balances(&effects),
            holds: effects.holds.iter().map(|change| change.after.clone()).collect(),
            changes: decision.changes,
            metadata: decision.metadata,
            reverses: decision.reverses,
            lists: distinct(decision.lists),
            texts_hash: texts.as_ref().map(|(salt, body)| texts_hash(salt, body)),
            hash: Hash::GENESIS,
        };
        let row = record.seal(self.id, &self.head.hash);
        self.head = Head { seq: record.seq, hash: record.hash, recorded_at: at };
        if let Some(key) = &record.idempotency_key {
            self.keys.insert(key.clone(), record.seq);
        }
        if let Some(reversed) = record.reverses {
            self.reversals.insert(reversed, record.seq);
        }
        self.known_holds.extend(record.holds.iter().map(|hold| hold.key.clone()));
        let record = Arc::new(record);
        self.records.insert(record.seq, record.clone());
        Ok(Pending { record, row, texts, effects, restored, undo })
    }

    /// Takes the latest transaction back, as if it had not been decided.
    pub(crate) fn take_back(&mut self, pending: Pending) {
        self.book.undo(&pending.effects);
        self.records.remove(&pending.record.seq);
        if let Some(key) = &pending.record.idempotency_key {
            self.keys.remove(key);
        }
        if let Some(reversed) = pending.record.reverses {
            self.reversals.remove(&reversed);
        }
        for (key, before) in pending.undo.flows.into_iter().rev() {
            restore(&mut self.flows, key, before);
        }
        for before in pending.undo.changes.into_iter().rev() {
            match before {
                Before::Tenant(tenant) => self.tenant = tenant,
                Before::Member(id, member) => restore(&mut self.members, id, member),
                Before::ApiKey(id, key) => restore(&mut self.api_keys, id, key),
                Before::Document(key, document) => restore(&mut self.documents, key, document),
                Before::Counter(key, counter) => restore(&mut self.counters, key, counter),
                Before::Referrals(before) => self.referrals.take_back(before),
            }
        }
        for Restored { key, before, .. } in pending.restored {
            self.book.load_balance(key, before);
        }
        self.head = pending.undo.head;
    }

    /// Puts balances right by their proofs.
    fn restore(&mut self, keys: &[AccountKey]) -> Vec<Restored> {
        let mut restored = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(known) = self.proofs.get(key) else { continue };
            let (before, seq) = (self.book.balance(key), known.proof.seq);
            self.book.load_balance(key.clone(), known.restored(before));
            restored.push(Restored { key: key.clone(), seq, before });
        }
        restored
    }

    fn add_flows(&mut self, effects: &Effects) -> Result<Vec<(FlowKey, Option<Flow>)>, Refusal> {
        let mut before = Vec::with_capacity(effects.postings.len());
        for posting in &effects.postings {
            let key = (posting.asset().clone(), posting.from().class(), posting.to().class());
            let old = self.flows.get(&key).copied();
            let flow = old.unwrap_or_default();
            let Some(amount) = flow.amount.checked_add(posting.amount().minor_units()) else {
                for (key, flow) in before.into_iter().rev() {
                    restore(&mut self.flows, key, flow);
                }
                return Err(Refusal::BalanceOverflow {
                    account: posting.from().clone(),
                    asset: posting.asset().clone(),
                });
            };
            self.flows.insert(key.clone(), Flow { postings: flow.postings + 1, amount });
            before.push((key, old));
        }
        Ok(before)
    }

    fn put_changes(&mut self, changes: &[Change]) -> Vec<Before> {
        let mut before = Vec::with_capacity(changes.len());
        for change in changes {
            before.push(match change {
                Change::Tenant(tenant) => Before::Tenant(self.tenant.replace(tenant.clone())),
                Change::Member(member) => {
                    let old = self.members.insert(member.id.clone(), Some(member.clone()));
                    Before::Member(member.id.clone(), old)
                }
                Change::ApiKey(key) => {
                    Before::ApiKey(key.id, self.api_keys.insert(key.id, Some(key.clone())))
                }
                Change::Document(document) => {
                    let old = self.documents.insert(document.key.clone(), Some(document.clone()));
                    Before::Document(document.key.clone(), old)
                }
                Change::Counter(counter) => {
                    let old = self.counters.insert(counter.key.clone(), Some(counter.clone()));
                    Before::Counter(counter.key.clone(), old)
                }
                Change::ReferralCode(code) => Before::Referrals(self.referrals.put_code(code)),
                Change::Referral(referral) => Before::Referrals(self.referrals.put_referral(referral)),
                Change::ReferralMark(mark) => Before::Referrals(self.referrals.put_mark(mark)),
                // What is due is for the worker to see, not for decisions.
                Change::Schedule(_) => continue,
            });
        }
        before
    }

    /// The flow of a key, nothing where nothing flowed.
    pub(crate) fn flow(&self, key: &FlowKey) -> Flow {
        self.flows.get(key).copied().unwrap_or_default()
    }

    /// Whether all is known that commands need: documents, members and what moves, as most do. What is rarer counts as not
    /// known.
    pub(super) fn knows(&self, needs: &Needs) -> bool {
        let Needs { accounts, holds, transactions, members, api_keys, documents, .. } = needs;
        let Needs { counters, referral_codes, referrals, referral_ids, referral_marks, proofs, .. } = needs;
        accounts.iter().all(|key| !self.lacks_balance(key))
            && holds.iter().all(|key| self.known_holds.contains(key))
            && members.iter().all(|id| self.members.contains_key(id))
            && documents.iter().all(|key| self.documents.contains_key(key))
            && [transactions.len(), api_keys.len(), counters.len(), proofs.len()] == [0; 4]
            && [referral_codes.len(), referrals.len(), referral_ids.len(), referral_marks.len()] == [0; 4]
    }

    /// Whether a balance must be loaded before it can be used.
    pub(crate) fn lacks_balance(&self, key: &AccountKey) -> bool {
        !self.book.has_balance(key)
    }
}

pub(super) fn restore<K: Eq + Hashable, V>(map: &mut HashMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

fn distinct(mut lists: Vec<ListName>) -> Vec<ListName> {
    lists.sort_unstable();
    lists.dedup();
    lists
}

fn recorded_balances(effects: &Effects) -> Vec<RecordedBalance> {
    effects
        .balances
        .iter()
        .map(|change| RecordedBalance {
            account: change.key.account.clone(),
            asset: change.key.asset.clone(),
            balance: change.after,
        })
        .collect()
}
