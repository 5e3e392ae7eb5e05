//! Writing what a batch recorded, set by set.

use super::record::{Record, WRITE_RECORD, WRITE_TEXTS};
use super::state::{Flow, FlowKey, Head, Pending, Restored, TenantState};
use super::tail::index_rows;
use crate::driver::{DbError, Dialect, Transaction, Type, Value, Write};
use crate::records::{
    Change, WRITE_API_KEY, WRITE_COUNTER, WRITE_DOCUMENT, WRITE_MEMBER, WRITE_REFERRAL, WRITE_REFERRAL_CODE,
    WRITE_REFERRAL_MARK, WRITE_SCHEDULED, WRITE_TENANT,
};
use guerdon_ledger::{AccountKey, Balance, Hold};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const WRITE_HEAD: Write = Write {
    table: "heads",
    columns: &[("seq", Type::Int), ("hash", Type::Text), ("recorded_at", Type::Int)],
    on_conflict: "ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash,
        recorded_at = excluded.recorded_at",
};

pub(crate) const WRITE_BALANCE: Write = Write {
    table: "balances",
    columns: &[
        ("account", Type::Text),
        ("asset", Type::Text),
        ("posted", Type::Int),
        ("held", Type::Int),
        ("seq", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, account, asset) DO UPDATE SET posted = excluded.posted,
        held = excluded.held, seq = excluded.seq",
};

pub(crate) const WRITE_HOLD: Write = Write {
    table: "holds",
    columns: &[
        ("account", Type::Text),
        ("reference", Type::Text),
        ("asset", Type::Text),
        ("amount", Type::Int),
        ("captured", Type::Int),
        ("released", Type::Int),
        ("status", Type::Text),
        ("expires_at", Type::Int),
        ("placed_seq", Type::Int),
        ("seq", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, account, reference) DO UPDATE SET captured = excluded.captured,
        released = excluded.released, status = excluded.status, seq = excluded.seq",
};

pub(crate) const WRITE_FLOW: Write = Write {
    table: "flows",
    columns: &[
        ("asset", Type::Text),
        ("from_class", Type::Text),
        ("to_class", Type::Text),
        ("postings", Type::Int),
        ("amount", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, asset, from_class, to_class) DO UPDATE SET
        postings = excluded.postings, amount = excluded.amount",
};

pub(crate) const WRITE_ENTRY: Write = Write {
    table: "entries",
    columns: &[
        ("account", Type::Text),
        ("asset", Type::Text),
        ("seq", Type::Int),
        ("posting", Type::Int),
        ("amount", Type::Int),
        ("posted", Type::Int),
        ("recorded_at", Type::Int),
        ("effective_at", Type::Int),
    ],
    on_conflict: "",
};

const ENTRY: &[(&str, Type)] = WRITE_ENTRY.columns;
const EXISTS: &str = "ON CONFLICT DO NOTHING";

// A merge that was broken off is begun again, so some of its rows may be there already.
pub(crate) const MERGE_ENTRY: Write = Write { table: "entries", columns: ENTRY, on_conflict: EXISTS };
pub(crate) const MERGE_KEY: Write =
    Write { table: "idempotency_keys", columns: WRITE_KEY.columns, on_conflict: EXISTS };
pub(crate) const MERGE_REVERSAL: Write =
    Write { table: "reversals", columns: WRITE_REVERSAL.columns, on_conflict: EXISTS };
pub(crate) const MERGE_LISTING: Write =
    Write { table: "listings", columns: WRITE_LISTING.columns, on_conflict: EXISTS };
pub(crate) const MERGE_PROGRESS: Write = Write {
    table: "index_progress",
    columns: &[("seq", Type::Int)],
    on_conflict: "ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq",
};

pub(crate) const WRITE_KEY: Write = Write {
    table: "idempotency_keys",
    columns: &[("idempotency_key", Type::Text), ("seq", Type::Int)],
    on_conflict: "",
};

pub(crate) const WRITE_REVERSAL: Write =
    Write { table: "reversals", columns: &[("reversed", Type::Int), ("seq", Type::Int)], on_conflict: "" };

pub(crate) const WRITE_LISTING: Write =
    Write { table: "listings", columns: &[("list", Type::Text), ("seq", Type::Int)], on_conflict: "" };

/// Writes everything that a batch recorded, and moves the head. On SQLite the index rows are left to the
/// [tail](super::tail).
pub(super) async fn write(
    tx: &mut Transaction,
    state: &TenantState,
    pending: &mut [Pending],
) -> Result<(), DbError> {
    let mut rows = Vec::with_capacity(pending.len());
    let mut texts = Vec::new();
    for item in pending.iter_mut() {
        rows.push(std::mem::take(&mut item.row));
        if let Some((salt, body)) = item.texts.take() {
            texts.push(vec![item.record.seq.into(), salt.into(), body.into()]);
        }
    }
    let records = || pending.iter().map(|item| item.record.as_ref());
    let mut writes = vec![(&WRITE_RECORD, rows), (&WRITE_TEXTS, texts)];
    writes.extend(changed_records(records()));
    writes.push((&WRITE_BALANCE, touched_balances(state, pending)));
    writes.push((&WRITE_HOLD, touched_holds(state, pending)));
    writes.push((&WRITE_FLOW, touched_flows(state, records())));
    if tx.dialect() == Dialect::Postgres {
        writes.extend(index_rows(records()));
    }
    writes.push((&WRITE_HEAD, vec![head_values(&state.head)]));
    tx.write_all(writes).await
}

pub(crate) fn head_values(head: &Head) -> Vec<Value> {
    vec![head.seq.into(), head.hash.to_hex().into(), head.recorded_at.into()]
}

fn touched_balances(state: &TenantState, pending: &[Pending]) -> Vec<Vec<Value>> {
    let mut touched: BTreeMap<&AccountKey, i64> = BTreeMap::new();
    for Restored { key, seq, .. } in pending.iter().flat_map(|item| &item.restored) {
        touched.insert(key, *seq);
    }
    for item in pending {
        touched.extend(item.effects.balances.iter().map(|change| (&change.key, item.record.seq)));
    }
    touched.into_iter().map(|(key, seq)| balance_values(key, state.book.balance(key), seq)).collect()
}

pub(crate) fn balance_values(key: &AccountKey, balance: Balance, seq: i64) -> Vec<Value> {
    vec![(&key.account).into(), (&key.asset).into(), balance.posted.into(), balance.held.into(), seq.into()]
}

fn touched_holds(state: &TenantState, pending: &[Pending]) -> Vec<Vec<Value>> {
    let mut touched = BTreeMap::new();
    for item in pending {
        for change in &item.effects.holds {
            let seqs = touched.entry(&change.after.key).or_insert((item.record.seq, item.record.seq));
            seqs.1 = item.record.seq;
        }
    }
    let holds = touched.into_iter().filter_map(|(key, seqs)| Some((state.book.hold(key)?, seqs)));
    holds.map(|(hold, (first, last))| hold_values(hold, first, last)).collect()
}

/// The row of a hold that transaction `placed_seq` placed and transaction `seq` touched last. A stored hold keeps the
/// `placed_seq` it has, so for one that was placed long ago any number will do.
pub(crate) fn hold_values(hold: &Hold, placed_seq: i64, seq: i64) -> Vec<Value> {
    vec![
        (&hold.key.account).into(),
        (&hold.key.reference).into(),
        (&hold.asset).into(),
        hold.amount.minor_units().into(),
        hold.captured.into(),
        hold.released.into(),
        hold.status().name().into(),
        hold.expires_at_us.into(),
        placed_seq.into(),
        seq.into(),
    ]
}

fn touched_flows<'a>(state: &TenantState, records: impl Iterator<Item = &'a Record>) -> Vec<Vec<Value>> {
    let keys: BTreeSet<_> = records
        .flat_map(|record| &record.postings)
        .map(|posting| (posting.asset().clone(), posting.from().class(), posting.to().class()))
        .collect();
    keys.into_iter().map(|key| flow_values(&key, state.flow(&key))).collect()
}

pub(crate) fn flow_values((asset, from, to): &FlowKey, flow: Flow) -> Vec<Value> {
    vec![asset.into(), from.name().into(), to.name().into(), flow.postings.into(), flow.amount.into()]
}

/// The rows of a transaction in the index by account: two for each posting.
pub(crate) fn entries_of(record: &Record) -> impl Iterator<Item = Vec<Value>> {
    record.postings.iter().enumerate().flat_map(move |(index, posting)| {
        let amount = posting.amount().minor_units();
        [(posting.from(), -amount), (posting.to(), amount)].map(|(account, amount)| {
            let after = record.balance(account, posting.asset()).unwrap_or_default();
            vec![
                account.into(),
                posting.asset().into(),
                record.seq.into(),
                (index as i64).into(),
                amount.into(),
                after.posted.into(),
                record.recorded_at.into(),
                record.effective_at.into(),
            ]
        })
    })
}

pub(crate) fn key_of(record: &Record) -> Option<Vec<Value>> {
    Some(vec![record.idempotency_key.as_ref()?.into(), record.seq.into()])
}

pub(crate) fn reversal_of(record: &Record) -> Option<Vec<Value>> {
    Some(vec![record.reverses?.into(), record.seq.into()])
}

pub(crate) fn listings_of(record: &Record) -> impl Iterator<Item = Vec<Value>> {
    record.lists.iter().map(|list| vec![list.into(), record.seq.into()])
}

/// The rows of records that changed: of a record changed twice the last, of a document every version.
pub(crate) fn changed_records<'a>(
    records: impl Iterator<Item = &'a Record>,
) -> Vec<(&'static Write, Vec<Vec<Value>>)> {
    let (mut tenants, mut members, mut api_keys) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut documents, mut counters, mut schedule) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let (mut codes, mut referrals, mut marks) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for change in records.flat_map(|record| &record.changes) {
        match change {
            Change::Tenant(tenant) => drop(tenants.insert(tenant.id, tenant.values())),
            Change::Member(member) => drop(members.insert(&member.id, member.values())),
            Change::ApiKey(key) => drop(api_keys.insert(key.id, key.values())),
            Change::Document(document) => documents.push(document.values()),
            Change::Counter(counter) => drop(counters.insert(&counter.key, counter.values())),
            Change::Schedule(scheduled) => {
                schedule.insert((&scheduled.job, &scheduled.subject), scheduled.values());
            }
            Change::ReferralCode(code) => drop(codes.insert(&code.code, code.values())),
            Change::Referral(referral) => drop(referrals.insert(&referral.id, referral.values())),
            Change::ReferralMark(mark) => drop(marks.insert(&mark.key, mark.values())),
        }
    }
    vec![
        (&WRITE_TENANT, tenants.into_values().collect()),
        (&WRITE_MEMBER, members.into_values().collect()),
        (&WRITE_API_KEY, api_keys.into_values().collect()),
        (&WRITE_DOCUMENT, documents),
        (&WRITE_COUNTER, counters.into_values().collect()),
        (&WRITE_SCHEDULED, schedule.into_values().collect()),
        (&WRITE_REFERRAL_CODE, codes.into_values().collect()),
        (&WRITE_REFERRAL, referrals.into_values().collect()),
        (&WRITE_REFERRAL_MARK, marks.into_values().collect()),
    ]
}

crate::statements::list! { WRITE_HEAD, WRITE_BALANCE, WRITE_HOLD, WRITE_FLOW, WRITE_ENTRY, WRITE_KEY, WRITE_REVERSAL, WRITE_LISTING,
MERGE_ENTRY, MERGE_KEY, MERGE_REVERSAL, MERGE_LISTING, MERGE_PROGRESS }
