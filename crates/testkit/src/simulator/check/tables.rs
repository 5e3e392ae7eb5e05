//! Every table that is derived from the journal, whole, against the model at the journal's end.

use super::Case;
use crate::simulator::model::Model;
use guerdon_ledger::AssetCode;
use guerdon_store::MemberStatus;
use guerdon_store::driver::{DbError, Transaction, Value};
use guerdon_store::journal::Record;
use std::collections::{BTreeMap, BTreeSet};

const BALANCES: &str = "SELECT account, asset, posted, held, seq FROM balances WHERE tenant_id = $1";
const HOLDS: &str =
    "SELECT account, reference, asset, amount, captured, released, status, expires_at, placed_seq, seq
    FROM holds WHERE tenant_id = $1";
const ENTRIES: &str = "SELECT account, asset, seq, posting, amount, posted, recorded_at, effective_at
    FROM entries WHERE tenant_id = $1";
const KEYS: &str = "SELECT idempotency_key, seq FROM idempotency_keys WHERE tenant_id = $1";
const REVERSALS: &str = "SELECT reversed, seq FROM reversals WHERE tenant_id = $1";
const LISTINGS: &str = "SELECT list, seq FROM listings WHERE tenant_id = $1";
const FLOWS: &str = "SELECT asset, from_class, to_class, postings, amount FROM flows WHERE tenant_id = $1";
const MEMBERS: &str = "SELECT member_id, role, department, status, version FROM members WHERE tenant_id = $1";
const TENANT: &str = "SELECT status, version FROM tenants WHERE tenant_id = $1";
const DOCUMENTS: &str = "SELECT kind, document_id, version FROM documents WHERE tenant_id = $1";

type Rows = BTreeSet<Vec<Value>>;

pub(super) async fn check(
    tx: &mut Transaction,
    case: &Case<'_>,
    model: &Model,
) -> Result<Vec<String>, DbError> {
    let mut wrong = conserved(model);
    for (sql, expected) in [
        (BALANCES, balances(model)),
        (HOLDS, holds(model)),
        (ENTRIES, entries(case)),
        (KEYS, keys(case)),
        (REVERSALS, model.reversed.iter().map(|(of, by)| vec![(*of).into(), (*by).into()]).collect()),
        (LISTINGS, listings(case)),
        (FLOWS, flows(model)),
        (MEMBERS, members(model)),
        (TENANT, Rows::from([vec![model.status.name().into(), model.tenant_version.into()]])),
        (DOCUMENTS, documents(model)),
    ] {
        let found: Rows = tx.query(sql, [tx.tenant()]).await?.iter().map(|r| r.values().to_vec()).collect();
        wrong.extend(difference(sql, &expected, &found));
    }
    Ok(wrong)
}

/// The sum of each asset over all accounts is nothing, and what is held is what open holds reserve.
fn conserved(model: &Model) -> Vec<String> {
    let mut posted: BTreeMap<&AssetCode, i128> = BTreeMap::new();
    let mut held: BTreeMap<&AssetCode, i128> = BTreeMap::new();
    for (key, sum) in &model.balances {
        *posted.entry(&key.asset).or_default() += i128::from(sum.posted);
        *held.entry(&key.asset).or_default() += i128::from(sum.held);
    }
    for kept in model.holds.values() {
        let hold = &kept.hold;
        let left = hold.amount.minor_units() - hold.captured - hold.released;
        *held.entry(&hold.asset).or_default() -= i128::from(left);
    }
    let uneven = posted.into_iter().chain(held).filter(|(_, sum)| *sum != 0);
    uneven.map(|(asset, sum)| format!("{asset} does not add up: {sum}")).collect()
}

fn difference(sql: &str, expected: &Rows, found: &Rows) -> Option<String> {
    let missing: Vec<_> = expected.difference(found).take(3).collect();
    let surplus: Vec<_> = found.difference(expected).take(3).collect();
    (expected != found).then(|| format!("{sql}\n  lacks {missing:?}\n  and has {surplus:?}"))
}

fn balances(model: &Model) -> Rows {
    let rows = model.balances.iter().map(|(key, sum)| {
        vec![(&key.account).into(), (&key.asset).into(), sum.posted.into(), sum.held.into(), sum.seq.into()]
    });
    rows.collect()
}

fn holds(model: &Model) -> Rows {
    let rows = model.holds.values().map(|kept| {
        let hold = &kept.hold;
        let left = hold.amount.minor_units() - hold.captured - hold.released;
        let status = match (left, hold.captured) {
            (1.., _) => "open",
            (_, 0) => "released",
            _ => "captured",
        };
        vec![
            (&hold.key.account).into(),
            hold.key.reference.as_str().into(),
            (&hold.asset).into(),
            hold.amount.minor_units().into(),
            hold.captured.into(),
            hold.released.into(),
            status.into(),
            hold.expires_at_us.into(),
            kept.placed.into(),
            kept.seq.into(),
        ]
    });
    rows.collect()
}

/// Two for each posting, each with what lay on the account after the transaction.
fn entries(case: &Case<'_>) -> Rows {
    let mut rows = Rows::new();
    for record in &case.records {
        for (index, posting) in record.postings.iter().enumerate() {
            let amount = posting.amount().minor_units();
            for (account, amount) in [(posting.from(), -amount), (posting.to(), amount)] {
                let after = record.balance(account, posting.asset()).unwrap_or_default();
                rows.insert(vec![
                    account.into(),
                    posting.asset().into(),
                    record.seq.into(),
                    (index as i64).into(),
                    amount.into(),
                    after.posted.into(),
                    record.recorded_at.into(),
                    record.effective_at.into(),
                ]);
            }
        }
    }
    rows
}

fn keys(case: &Case<'_>) -> Rows {
    let keyed = case.records.iter().filter_map(|record| Some((record.idempotency_key.clone()?, record.seq)));
    keyed.map(|(key, seq)| vec![key.as_ref().into(), seq.into()]).collect()
}

fn listings(case: &Case<'_>) -> Rows {
    let rows = |record: &Record| {
        let seq = record.seq;
        record.lists.iter().map(|list| vec![list.into(), seq.into()]).collect::<Vec<_>>()
    };
    case.records.iter().flat_map(rows).collect()
}

fn flows(model: &Model) -> Rows {
    let rows = model.flows.iter().filter(|(_, flow)| flow.postings > 0).map(|((asset, from, to), flow)| {
        vec![asset.into(), from.name().into(), to.name().into(), flow.postings.into(), flow.amount.into()]
    });
    rows.collect()
}

/// Every version of each.
fn documents(model: &Model) -> Rows {
    let miles = ("asset", "MILES", model.miles);
    let budgets = model.purses.iter().flat_map(|(id, purse)| {
        [("budget", id.as_str(), purse.version), ("budget_period", id.as_str(), purse.entered)]
    });
    let newest = budgets.chain([miles]);
    newest
        .flat_map(|(kind, id, version)| (1..=version).map(move |v| vec![kind.into(), id.into(), v.into()]))
        .collect()
}

fn members(model: &Model) -> Rows {
    let rows = model.people.iter().map(|(id, person)| {
        let status = if person.active { MemberStatus::Active } else { MemberStatus::Inactive };
        vec![
            id.into(),
            person.role.name().into(),
            person.department.as_ref().map(|department| department.as_str()).into(),
            status.name().into(),
            person.version.into(),
        ]
    });
    rows.collect()
}
