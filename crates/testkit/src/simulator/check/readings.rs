//! Readings: each shows one point of the story, whole.

use super::Case;
use crate::simulator::history::{AccountSeen, Observation};
use crate::simulator::model::Model;
use crate::simulator::read::NEWEST;
use guerdon_ledger::Posting;
use guerdon_store::journal::Record;
use std::collections::BTreeMap;

/// Readings by the last transaction they showed. One that missed what was told before it, or showed what was asked for
/// after it, is wrong.
pub(super) fn by_transaction<'a>(
    case: &'a Case<'_>,
    wrong: &mut Vec<String>,
) -> BTreeMap<i64, Vec<&'a Observation>> {
    let mut by_seq: BTreeMap<i64, Vec<&Observation>> = BTreeMap::new();
    for observation in &case.observations {
        let seq = observation.last.as_ref().map_or(0, |record| record.seq);
        let (least, most) =
            (case.timeline.least(observation.span.start), case.timeline.most(observation.span.end));
        if !(least..=most).contains(&seq) {
            wrong.push(format!("a reading showed {seq}, it should have shown {least} to {most}"));
        }
        by_seq.entry(seq).or_default().push(observation);
    }
    by_seq
}

/// What is wrong with a reading that showed the books as they were after the model's last transaction.
pub(super) fn check(case: &Case<'_>, seen: &Observation, model: &Model) -> Vec<String> {
    let seq = model.seq;
    let mut wrong = Vec::new();
    if seen.last.as_ref() != case.record(seq) {
        wrong.push(format!("a reading showed {:?} as {seq}", seen.last));
    }
    let balances = model.balances.iter().map(|(key, sum)| (key, (sum.posted, sum.held)));
    if !balances.eq(seen.balances.iter().map(|(key, balance)| (key, (balance.posted, balance.held)))) {
        wrong.push(format!("after {seq} a reading showed the balances {:?}", seen.balances));
    }
    let (key, balance) = &seen.one_balance;
    let sum = model.balances.get(key).copied().unwrap_or_default();
    if (sum.posted, sum.held) != (balance.posted, balance.held) {
        wrong.push(format!("after {seq} a reading showed {balance:?} for {key:?}, it is {sum:?}"));
    }
    let mut newest: Vec<_> = model.holds.values().collect();
    newest.sort_by_key(|kept| std::cmp::Reverse(kept.placed));
    let newest = newest.into_iter().take(NEWEST).map(|kept| (&kept.hold, kept.placed));
    if !newest.clone().eq(seen.holds.iter().map(|(hold, placed)| (hold, *placed))) {
        let newest: Vec<_> = newest.collect();
        wrong.push(format!("after {seq} a reading showed the holds {:?}, they are {newest:?}", seen.holds));
    }
    if model.reversed.get(&seen.reversal.0).copied() != seen.reversal.1 {
        wrong.push(format!("after {seq} a reading showed {:?} as reversed", seen.reversal));
    }
    if seen.foreign != 0 {
        wrong.push(format!("{} rows of other tenants could be seen", seen.foreign));
    }
    wrong.extend(check_account(&case.records[..seq as usize], &seen.account));
    wrong
}

/// The entries of an account are the postings of the journal, and its balances at an instant are their sums.
fn check_account(records: &[Record], seen: &AccountSeen) -> Option<String> {
    let (mut entries, mut transactions) = (Vec::new(), Vec::new());
    let (mut recorded, mut effective) = (0, 0);
    for record in records {
        let amounts = record.postings.iter().map(|posting| amount(posting, seen));
        for (posting, amount) in amounts.enumerate().filter(|(_, amount)| *amount != 0) {
            let after = record.balance(&seen.key.account, &seen.key.asset).unwrap_or_default();
            entries.push((record.seq, posting as i64, amount, after.posted));
            transactions.push(record.seq);
            recorded += if record.recorded_at <= seen.instant { amount } else { 0 };
            effective += if record.effective_at <= seen.instant { amount } else { 0 };
        }
    }
    transactions.dedup();
    let expected = AccountSeen {
        entries: entries.into_iter().rev().take(NEWEST).collect(),
        recorded,
        effective,
        transactions: transactions.into_iter().rev().take(NEWEST).collect(),
        ..seen.clone()
    };
    (expected != *seen)
        .then(|| format!("after {} a reading showed {seen:?}\n  for {expected:?}", records.len()))
}

/// What a posting brings to the account that was looked at.
fn amount(posting: &Posting, seen: &AccountSeen) -> i64 {
    let amount = posting.amount().minor_units();
    match *posting.asset() == seen.key.asset {
        true if *posting.from() == seen.key.account => -amount,
        true if *posting.to() == seen.key.account => amount,
        _ => 0,
    }
}
