//! The model: what the books of one tenant should be, in plain maps and integers. It shares the names of things with
//! Guerdon, and none of its arithmetic.

mod budgets;
mod decide;
mod movement;
mod purse;

pub(super) use decide::Refused;
pub(super) use movement::Step;

use super::action::Action;
use budgets::Done;
use guerdon_ledger::{AccountClass, AccountKey, AssetCode, Hold, HoldKey, MemberId, Name, Posting};
use guerdon_store::{Role, TenantStatus};
use jiff::Timestamp;
use purse::Purse;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A balance, and the transaction that touched it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    pub(super) posted: i64,
    pub(super) held: i64,
    pub(super) seq: i64,
}

/// A hold, the transaction that placed it, and the one that touched it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) hold: Hold,
    pub(super) placed: i64,
    pub(super) seq: i64,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) role: Role,
    pub(super) department: Option<Name>,
    pub(super) active: bool,
    pub(super) version: i64,
    pub(super) since: Timestamp,
}

/// A flow: how often and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flow {
    pub(super) postings: i64,
    pub(super) amount: i64,
}

/// The books of one tenant after some number of transactions.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) seq: i64,
    pub(super) balances: BTreeMap<AccountKey, Sum>,
    pub(super) holds: BTreeMap<HoldKey, Kept>,
    pub(super) people: BTreeMap<MemberId, Person>,
    pub(super) flows: BTreeMap<(AssetCode, AccountClass, AccountClass), Flow>,
    pub(super) status: TenantStatus,
    pub(super) tenant_version: i64,
    /// Versions of the definition of miles.
    pub(super) miles: i64,
    /// What each transaction moved, the first at 0.
    pub(super) moved: Vec<Vec<Posting>>,
    /// Which transaction reversed which.
    pub(super) reversed: BTreeMap<i64, i64>,
    pub(super) purses: BTreeMap<Name, Purse>,
    /// What each transaction about a budget did.
    done: BTreeMap<i64, Done>,
}

/// What a transaction does: what was before, and what is after.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Effect {
    pub(super) kind: &'static str,
    pub(super) postings: Vec<Posting>,
    /// In the order of first touch.
    pub(super) balances: Vec<(AccountKey, Option<Sum>, Sum)>,
    pub(super) holds: Vec<(Option<Kept>, Kept)>,
    pub(super) people: Vec<(MemberId, Option<Person>, Person)>,
    pub(super) status: Option<(TenantStatus, TenantStatus)>,
    pub(super) defines_miles: bool,
    pub(super) reverses: Option<i64>,
    /// Whether the reason is recorded as the reason.
    pub(super) gives_reason: bool,
    /// What the transaction is about.
    pub(super) reference: Option<String>,
    /// What it says of itself.
    pub(super) metadata: Map<String, Value>,
    pub(super) purses: Vec<(Name, Option<Purse>, Purse)>,
    pub(super) done: Option<Done>,
}

impl Model {
    /// The books after the first transaction, which makes the tenant.
    pub(super) fn founded() -> Self {
        Self {
            seq: 1,
            balances: BTreeMap::new(),
            holds: BTreeMap::new(),
            people: BTreeMap::new(),
            flows: BTreeMap::new(),
            status: TenantStatus::Active,
            tenant_version: 1,
            miles: 0,
            moved: vec![Vec::new()],
            reversed: BTreeMap::new(),
            purses: BTreeMap::new(),
            done: BTreeMap::new(),
        }
    }

    /// Makes an effect part of the books, as the next transaction.
    pub(super) fn apply(&mut self, effect: &Effect) {
        self.seq += 1;
        for (key, _, after) in &effect.balances {
            self.balances.insert(key.clone(), *after);
        }
        for (_, after) in &effect.holds {
            self.holds.insert(after.hold.key.clone(), after.clone());
        }
        for (id, _, after) in &effect.people {
            self.people.insert(id.clone(), after.clone());
        }
        for (id, _, after) in &effect.purses {
            self.purses.insert(id.clone(), after.clone());
        }
        if let Some(done) = &effect.done {
            self.done.insert(self.seq, done.clone());
        }
        for posting in &effect.postings {
            let flow = self.flows.entry(flow_of(posting)).or_default();
            flow.postings += 1;
            flow.amount += posting.amount().minor_units();
        }
        if let Some((_, after)) = effect.status {
            self.status = after;
            self.tenant_version += 1;
        }
        self.miles += i64::from(effect.defines_miles);
        self.moved.push(effect.postings.clone());
        if let Some(reversed) = effect.reverses {
            self.reversed.insert(reversed, self.seq);
        }
    }

    /// Takes the last transaction back.
    fn take_back(&mut self, effect: &Effect) {
        self.done.remove(&self.seq);
        self.seq -= 1;
        for (id, before, _) in &effect.purses {
            put(&mut self.purses, id, before.clone());
        }
        for (key, before, _) in &effect.balances {
            put(&mut self.balances, key, *before);
        }
        for (before, after) in &effect.holds {
            put(&mut self.holds, &after.hold.key, before.clone());
        }
        for (id, before, _) in &effect.people {
            put(&mut self.people, id, before.clone());
        }
        for posting in &effect.postings {
            let flow = self.flows.entry(flow_of(posting)).or_default();
            flow.postings -= 1;
            flow.amount -= posting.amount().minor_units();
        }
        if let Some((before, _)) = effect.status {
            self.status = before;
            self.tenant_version -= 1;
        }
        self.miles -= i64::from(effect.defines_miles);
        self.moved.pop();
        if let Some(reversed) = effect.reverses {
            self.reversed.remove(&reversed);
        }
    }

    /// What a request would come to here and now: the effects of all its actions, or which of them is refused and why.
    /// The books are as before.
    pub(super) fn try_all(
        &mut self,
        actions: &[Action],
        reasons: &dyn Fn(usize) -> String,
        at: Timestamp,
    ) -> Result<Vec<Effect>, (usize, Refused)> {
        let mut effects: Vec<Effect> = Vec::with_capacity(actions.len());
        let mut refused = None;
        for (index, action) in actions.iter().enumerate() {
            match self.decide(action, &reasons(index), actions, at) {
                Ok(effect) => {
                    self.apply(&effect);
                    effects.push(effect);
                }
                Err(why) => {
                    refused = Some((index, why));
                    break;
                }
            }
        }
        effects.iter().rev().for_each(|effect| self.take_back(effect));
        refused.map_or(Ok(effects), Err)
    }
}

fn put<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, key: &K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    };
}

fn flow_of(posting: &Posting) -> (AssetCode, AccountClass, AccountClass) {
    (posting.asset().clone(), posting.from().class(), posting.to().class())
}
