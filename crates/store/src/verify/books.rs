//! What a journal says, transaction by transaction: the balances that follow from its postings and holds, and the rows
//! that every derived table must have.

use super::finals::{Due, Finals, is_sound};
use super::report::Findings;
use crate::derived::{BALANCES, Derived, row_of};
use crate::driver::Value;
use crate::journal::state::{Flow, FlowKey};
use crate::journal::write::{balance_values, flow_values};
use crate::journal::{Record, RecordedBalance};
use crate::records::{Change, Tenant};
use guerdon_ledger::{AccountKey, AccountPath, AssetCode, Balance, Hold, MAX_MINOR_UNITS};
use smol_str::SmolStr;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

/// A balance, and the transaction that touched it last.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    balance: Balance,
    seq: i64,
}

/// Rows that are too many to keep: how many, and the sum of their hashes under a key that only this run knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) rows: u64,
    digest: u64,
}

impl Tally {
    pub(super) fn add(&mut self, digest: u64) {
        self.rows += 1;
        self.digest = self.digest.wrapping_add(digest);
    }
}

/// The last change of a row of configuration: the hash of the row as it then was, and the transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latest {
    pub(super) digest: u64,
    pub(super) seq: i64,
}

/// What is tallied together: a table, and an account where the table is told by accounts.
pub(super) type Part = (&'static str, SmolStr);

/// The state that a journal leads to. Needs memory for accounts, members, configuration and open holds, not for history.
#[derive(Debug)]
pub(super) struct Books {
    accounts: HashMap<AccountKey, Account>,
    flows: HashMap<FlowKey, Flow>,
    pub(super) changed: HashMap<(&'static str, Vec<Value>), Latest>,
    pub(super) tenant: Option<Tenant>,
    pub(super) expected: Expectations,
    finals: Finals,
}

/// The rows of the tables over history, tallied, and those of them that may be on their way, by their hashes.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    pub(super) tallies: HashMap<Part, Tally>,
    on_their_way: HashSet<u64>,
    hasher: RandomState,
}

impl Expectations {
    fn add(&mut self, table: &Derived, row: &[Value], due: Due) {
        let digest = self.digest(row);
        match due {
            Due::Now => {
                self.tallies.entry((table.name(), table.part_of(row).into())).or_default().add(digest)
            }
            Due::Later => drop(self.on_their_way.insert(digest)),
        }
    }

    /// The hash of a row under this run's key.
    pub(super) fn digest(&self, row: &[Value]) -> u64 {
        self.hasher.hash_one(row)
    }

    /// Whether the row of a hash may be in its table or not.
    pub(super) fn is_on_its_way(&self, digest: u64) -> bool {
        self.on_their_way.contains(&digest)
    }
}

impl Books {
    pub(super) fn new(filled_to: i64) -> Self {
        Self {
            accounts: HashMap::new(),
            flows: HashMap::new(),
            changed: HashMap::new(),
            tenant: None,
            expected: Expectations::default(),
            finals: Finals::new(filled_to),
        }
    }

    /// Takes the next transaction, and notes what does not follow from those before it.
    pub(super) fn take(&mut self, record: &Record, findings: &mut Findings) {
        let mut touched = Vec::with_capacity(record.postings.len() * 2);
        self.post(record, &mut touched);
        for hold in &record.holds {
            self.reserve(record, hold, &mut touched, findings);
        }
        self.check_balances(record, &touched, findings);
        if let Some(reversed) = record.reverses.filter(|reversed| !(1..record.seq).contains(reversed)) {
            let what = format!("it reverses {reversed}, which is no transaction before it");
            findings.note("journal", record.id(), what, None, None);
        }
        for change in &record.changes {
            if let Change::Tenant(tenant) = change {
                self.tenant = Some(tenant.clone());
            }
            let (table, row) = row_of(change);
            let latest = Latest { digest: self.expected.digest(&row), seq: record.seq };
            self.changed.insert((table.name(), table.key_of(&row).to_vec()), latest);
        }
        self.finals.take(record, |table, row, due| self.expected.add(table, &row, due));
    }

    /// Nothing follows any more: what is open now stays open.
    pub(super) fn end(&mut self) {
        let finals = std::mem::replace(&mut self.finals, Finals::new(0));
        finals.end(|table, row, due| self.expected.add(table, &row, due));
    }

    fn post(&mut self, record: &Record, touched: &mut Vec<AccountKey>) {
        for posting in &record.postings {
            let amount = posting.amount().minor_units();
            for (account, by) in [(posting.from(), -amount), (posting.to(), amount)] {
                let balance = self.balance_mut(account, posting.asset(), touched);
                balance.posted = balance.posted.saturating_add(by);
            }
            let key = (posting.asset().clone(), posting.from().class(), posting.to().class());
            let flow = self.flows.entry(key).or_default();
            flow.postings += 1;
            flow.amount = flow.amount.saturating_add(amount);
        }
    }

    fn reserve(
        &mut self,
        record: &Record,
        hold: &Hold,
        touched: &mut Vec<AccountKey>,
        findings: &mut Findings,
    ) {
        let name = format!("the hold on {} for {}", hold.key.account, hold.key.reference);
        if !is_sound(hold) {
            let found =
                format!("amount={}, captured={}, released={}", hold.amount, hold.captured, hold.released);
            let what = format!("{name} has more captured and released than was reserved");
            return findings.note("journal", record.id(), what, None, Some(found));
        }
        let before = self.finals.open.get(&hold.key).map(|placed| &placed.hold);
        let continues = before.is_none_or(|before| {
            (&before.asset, before.amount, before.expires_at_us)
                == (&hold.asset, hold.amount, hold.expires_at_us)
                && before.captured <= hold.captured
                && before.released <= hold.released
        });
        if !continues {
            let what = format!("{name} does not go on from what it was");
            findings.note("journal", record.id(), what, None, None);
        }
        let by = hold.remaining() - before.map_or(0, Hold::remaining);
        let balance = self.balance_mut(&hold.key.account, &hold.asset, touched);
        balance.held = balance.held.saturating_add(by);
    }

    /// Compares the balances that the transaction says it left with those that follow; and goes on from what it says, so
    /// that one wrong row is blamed once.
    fn check_balances(&mut self, record: &Record, touched: &[AccountKey], findings: &mut Findings) {
        for RecordedBalance { account, asset, balance } in &record.balances {
            let entry = self.accounts.entry(account.clone().in_asset(asset)).or_default();
            if entry.balance != *balance {
                let what = format!("the balance of {account} in {asset} does not follow from what moved");
                let (expected, found) = (shown(entry.balance), shown(*balance));
                findings.note("journal", record.id(), what, Some(expected), Some(found));
            }
            *entry = Account { balance: *balance, seq: record.seq };
            if !is_allowed(account, *balance) {
                let what = format!("the balance of {account} in {asset} is one that no account may have");
                findings.note("journal", record.id(), what, None, Some(shown(*balance)));
            }
        }
        for key in touched {
            if self.accounts.get(key).is_some_and(|account| account.seq != record.seq) {
                let what = format!("it does not say what it left on {} in {}", key.account, key.asset);
                findings.note("journal", record.id(), what, None, None);
            }
        }
    }

    fn balance_mut(
        &mut self,
        account: &AccountPath,
        asset: &AssetCode,
        touched: &mut Vec<AccountKey>,
    ) -> &mut Balance {
        let key = account.clone().in_asset(asset);
        touched.push(key.clone());
        &mut self.accounts.entry(key).or_default().balance
    }

    /// The row that a balance must have, once.
    pub(super) fn take_balance(&mut self, key: &[Value]) -> Option<Vec<Value>> {
        let [Value::Text(account), Value::Text(asset)] = key else { return None };
        let key = AccountPath::new(account).ok()?.in_asset(&AssetCode::new(asset).ok()?);
        let account = self.accounts.remove(&key)?;
        Some(balance_values(&key, account.balance, account.seq))
    }

    /// The rows of the balances that have not been taken.
    pub(super) fn rest_of_balances(&mut self) -> impl Iterator<Item = Vec<Value>> {
        let rest = std::mem::take(&mut self.accounts).into_iter();
        rest.map(|(key, account)| balance_values(&key, account.balance, account.seq))
    }

    /// The rows of the flows by their keys.
    pub(super) fn flow_rows(&self) -> HashMap<Vec<Value>, Vec<Value>> {
        let rows = self.flows.iter().map(|(key, flow)| flow_values(key, *flow));
        rows.map(|row| (crate::derived::FLOWS.key_of(&row).to_vec(), row)).collect()
    }
}

/// Whether an account may have a balance: within bounds, nothing below zero but on a source of value.
pub(super) fn is_allowed(account: &AccountPath, balance: Balance) -> bool {
    let bounds = -MAX_MINOR_UNITS..=MAX_MINOR_UNITS;
    let within = bounds.contains(&balance.posted) && (0..=MAX_MINOR_UNITS).contains(&balance.held);
    within && (account.is_source() || balance.posted >= balance.held)
}

fn shown(balance: Balance) -> String {
    format!("posted={}, held={}", balance.posted, balance.held)
}

/// What the stored balances of each asset add up to, which is nothing.
#[derive(Debug, Default)]
pub(super) struct Sums(HashMap<SmolStr, i128>);

impl Sums {
    /// Adds a stored row, and notes where the account may not have such a balance.
    pub(super) fn add(&mut self, row: &[Value], findings: &mut Findings) {
        let [Value::Text(account), Value::Text(asset), Value::Int(posted), Value::Int(held), ..] = row else {
            return;
        };
        *self.0.entry(asset.clone()).or_default() += i128::from(*posted);
        let balance = Balance { posted: *posted, held: *held };
        if AccountPath::new(account).is_ok_and(|account| !is_allowed(&account, balance)) {
            let (key, what) = (format!("{account} {asset}"), "no account may have such a balance");
            findings.note(BALANCES.name(), key, what, None, Some(shown(balance)));
        }
    }

    /// Notes the assets that do not add up.
    pub(super) fn check(self, findings: &mut Findings) {
        for (asset, sum) in self.0.into_iter().filter(|(_, sum)| *sum != 0) {
            let what = "the balances of an asset do not add up to nothing";
            findings.note(BALANCES.name(), asset, what, Some("0".to_owned()), Some(sum.to_string()));
        }
    }
}
