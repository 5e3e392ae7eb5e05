//! Rewards as they stand, for those who look.

use super::reward::{Reward, RewardState, Stage};
use guerdon_ledger::{AccountPath, HoldKey, MemberId};
use guerdon_store::driver::{DbError, Transaction};
use guerdon_store::journal::Record;
use guerdon_store::read::{self, HoldRow};
use jiff::Timestamp;
use std::collections::HashMap;

/// Transactions that one page looks at for rewards that are wanted, so that its cost has a bound.
const SEARCHED: usize = 2_000;

/// A reward as it stands.
#[derive(Debug, Clone)]
pub struct RewardNow {
    /// The reward.
    pub reward: Reward,
    /// Counts the rewards of its transaction, from 0.
    pub number: i64,
    /// The kind of transaction that credited it.
    pub kind: String,
    /// Why it was credited.
    pub reason: Option<String>,
    /// When it was credited.
    pub created_at: Timestamp,
    /// Where it is in its life.
    pub state: RewardState,
    /// When it confirms by itself, where it is pending and will.
    pub confirms_at: Option<Timestamp>,
    /// When it was confirmed: when it was credited, where it never was pending.
    pub confirmed_at: Option<Timestamp>,
    /// The transaction that paid it, when, and what the payment is known by.
    pub paid: Option<Step>,
    /// The transaction that took it back, and when.
    pub reversed: Option<Step>,
}

/// A transaction that took a reward a step further.
#[derive(Debug, Clone)]
pub struct Step {
    /// The transaction.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What it is known by.
    pub reference: Option<String>,
}

/// Which rewards.
#[derive(Debug, Clone, Default)]
pub struct Rewards {
    /// Of this member.
    pub member: Option<MemberId>,
    /// In this state.
    pub state: Option<RewardState>,
}

/// Some rewards, and the place after which to go on; `None` where there are no more.
pub type Found = (Vec<RewardNow>, Option<(i64, i64)>);

impl Rewards {
    /// Rewards, newest first, those after a place: a transaction and the number of a reward in it. Looks at a bounded
    /// number of transactions, so it may find fewer than `limit` and still say where to go on.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn read(
        &self,
        tx: &mut Transaction,
        after: Option<(i64, i64)>,
        limit: i64,
    ) -> Result<Found, DbError> {
        let (mut found, mut searched) = (Vec::new(), 0);
        let (mut place, mut before) = (after, after.map_or(i64::MAX, |(seq, _)| seq.saturating_add(1)));
        loop {
            let (records, more) = self.transactions(tx, before, limit.max(50)).await?;
            searched += records.len();
            before = more.unwrap_or(before);
            for now in stand(tx, &records).await? {
                let at = (now.reward.seq, now.number);
                let is_new = place.is_none_or(|(seq, number)| at.0 < seq || (at.0 == seq && at.1 > number));
                if !is_new {
                    continue;
                }
                if !self.wants(&now) {
                    place = Some(at);
                    continue;
                }
                if found.len() as i64 == limit {
                    return Ok((found, place));
                }
                place = Some(at);
                found.push(now);
            }
            match more {
                None => return Ok((found, None)),
                // What was searched holds none that is wanted, but for those found.
                Some(before) if searched >= SEARCHED => return Ok((found, Some((before, i64::MAX)))),
                Some(_) => {}
            }
        }
    }

    fn wants(&self, now: &RewardNow) -> bool {
        self.member.as_ref().is_none_or(|member| now.reward.member() == member.as_str())
            && self.state.is_none_or(|state| now.state == state)
    }

    /// Transactions that may have rewarded, newest first, and the one before which to go on.
    async fn transactions(
        &self,
        tx: &mut Transaction,
        before: i64,
        limit: i64,
    ) -> Result<(Vec<Record>, Option<i64>), DbError> {
        let Some(member) = &self.member else {
            let rewards = |record: &Record| !Reward::all_of(record).is_empty();
            let found = read::search_transactions(tx, before, limit, rewards).await?;
            return Ok((found.records, found.go_on_before));
        };
        let account = AccountPath::reward(member);
        let mut records: Vec<Record> = Vec::new();
        for asset in read::assets_of(tx, &account).await? {
            let key = account.clone().in_asset(&asset);
            records.extend(read::account_transactions(tx, &key, before, limit).await?);
        }
        records.sort_by_key(|record| std::cmp::Reverse(record.seq));
        records.dedup_by_key(|record| record.seq);
        let more = records.len() as i64 >= limit;
        records.truncate(limit as usize);
        let last = records.last().map(|record| record.seq).filter(|_| more);
        Ok((records, last))
    }
}

/// The rewards of a transaction as they stand.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn of_transaction(tx: &mut Transaction, record: &Record) -> Result<Vec<RewardNow>, DbError> {
    stand(tx, std::slice::from_ref(record)).await
}

/// The rewards of some transactions as they stand, transaction by transaction.
async fn stand(tx: &mut Transaction, records: &[Record]) -> Result<Vec<RewardNow>, DbError> {
    let rewards: Vec<(&Record, Vec<Reward>)> =
        records.iter().map(|record| (record, Reward::all_of(record))).collect();
    let keys: Vec<HoldKey> =
        rewards.iter().flat_map(|(_, rewards)| rewards).flat_map(Reward::holds).cloned().collect();
    let holds = read::hold_rows(tx, &keys).await?;
    let holds: HashMap<&HoldKey, &HoldRow> = holds.iter().map(|row| (&row.hold.key, row)).collect();
    let rewarding: Vec<i64> =
        rewards.iter().filter(|(_, rewards)| !rewards.is_empty()).map(|(record, _)| record.seq).collect();
    let reversals = read::reversals_of(tx, &rewarding).await?;
    let touched: Vec<i64> = holds.values().map(|row| row.seq).chain(reversals.values().copied()).collect();
    let steps: HashMap<i64, Step> = read::transactions_at(tx, &touched)
        .await?
        .into_iter()
        .map(|record| {
            (record.seq, Step { seq: record.seq, at: record.recorded_at, reference: record.reference })
        })
        .collect();
    let mut all = Vec::new();
    for (record, rewards) in rewards {
        for (number, reward) in (0..).zip(rewards) {
            all.push(now(record, number, reward, &holds, reversals.get(&record.seq), &steps));
        }
    }
    Ok(all)
}

fn now(
    record: &Record,
    number: i64,
    reward: Reward,
    holds: &HashMap<&HoldKey, &HoldRow>,
    reversed_by: Option<&i64>,
    steps: &HashMap<i64, Step>,
) -> RewardNow {
    let standing = reward.standing(reversed_by.is_some(), |key| holds.get(key).map(|row| &row.hold));
    let seq_of = |stage| holds.get(reward.hold(stage)).map(|row| row.seq);
    let step = |seq: Option<i64>| seq.and_then(|seq| steps.get(&seq)).cloned();
    let waited = step(seq_of(Stage::Approved).or_else(|| seq_of(Stage::Pending)));
    let reversed = step(reversed_by.copied().or_else(|| seq_of(Stage::Reversed)));
    let confirmed_at = match (&waited, standing.pending.is_some()) {
        (None, _) => Some(record.recorded_at),
        (Some(_), true) => None,
        // One that was pending when it was taken back never was confirmed.
        (Some(waited), false) => {
            let is_end = reversed.as_ref().is_some_and(|reversed| reversed.seq == waited.seq);
            (!is_end).then_some(waited.at)
        }
    };
    RewardNow {
        number,
        kind: record.kind.clone(),
        reason: record.reason.clone(),
        created_at: record.recorded_at,
        state: standing.state,
        confirms_at: standing.confirms_at,
        confirmed_at,
        paid: step(seq_of(Stage::Paid)),
        reversed,
        reward,
    }
}
