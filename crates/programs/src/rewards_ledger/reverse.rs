//! Taking rewards back: where they came from, exactly and once.

use super::chosen::{All, Chosen, choose, looked_at, needed, referral_reversed};
use super::reward::{Reward, RewardState, Stage, is_reward, postings_of};
use super::told::{Told, ToldReward};
use crate::Refusal;
use guerdon_ledger::{Amount, HoldOp, MemberId, Movement, Posting, reversed};
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Record, Seen, transaction_id};
use jiff::Timestamp;

/// What to do where the member has spent a part of the reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfSpent {
    /// Refuse, with the numbers.
    #[default]
    Refuse,
    /// Take what is left, and put on record what is missing.
    TakeWhatIsLeft,
}

/// Takes the rewards of a transaction back, those that are pending and those that are confirmed. Where these are all
/// that the transaction credited, the transaction is reversed, with whatever else it moved; of several, one alone is
/// marked by a hold of its own.
#[derive(Debug, Clone)]
pub struct ReverseReward {
    /// The transaction that credited them.
    pub seq: i64,
    /// Only those of this member.
    pub member: Option<MemberId>,
    /// Why.
    pub reason: Option<String>,
    /// What to do where a part was spent.
    pub if_spent: IfSpent,
    /// Only those that are pending.
    pub only_pending: bool,
}

/// A reward and how much of it is taken back.
struct Taken {
    chosen: Chosen,
    amount: Amount,
}

impl Command for ReverseReward {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        needed(self.seq)
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        looked_at(seen, self.seq)
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        use RewardState::{Confirmed, Paid, Pending, Reversed};
        let all = choose(seen, self.seq, self.member.as_ref())?;
        let All { record, whole, .. } = all;
        let meant = all.chosen.len();
        let ready = match self.only_pending {
            true => all.able("reverse", &[Pending], &[Confirmed, Paid, Reversed])?,
            false => all.able("reverse", &[Pending, Confirmed], &[Reversed])?,
        };
        // Of what is pending nothing was spent; whatever else the transaction moved may have been.
        let alone = !self.only_pending || record.postings.iter().all(is_reward);
        let whole = whole && alone && ready.len() == meant;
        let taken = ready.into_iter().map(|chosen| self.take(seen, chosen)).collect::<Result<Vec<_>, _>>()?;
        let releases = taken.iter().filter_map(|taken| taken.chosen.standing.pending.clone());
        let releases = releases.map(|key| HoldOp::Release { key, amount: None });
        let movement = match whole {
            true => Movement {
                postings: taken_back(record, &taken),
                holds: releases.collect(),
                ..Movement::default()
            },
            false => Movement {
                holds: releases.chain(taken.iter().flat_map(|taken| marked(record, taken))).collect(),
                ..Movement::default()
            },
        };
        Ok(Decision {
            kind: "reward.reverse".to_owned(),
            movement,
            changes: if whole { referral_reversed(seen, record) } else { Vec::new() },
            reason: self.reason.clone(),
            reference: Some(transaction_id(self.seq)),
            metadata: Metadata::of(Told::new(self.seq, taken.iter().map(Taken::told).collect())),
            reverses: whole.then_some(self.seq),
            ..Decision::default()
        })
    }
}

impl ReverseReward {
    /// How much of a reward is taken back: all of it, or what is left where that is wanted. The books refuse the rest.
    fn take(&self, seen: &Seen<'_>, chosen: Chosen) -> Result<Taken, Refusal> {
        let Reward { account, asset, amount, .. } = &chosen.reward;
        if self.if_spent == IfSpent::Refuse {
            return Ok(Taken { amount: *amount, chosen });
        }
        let pending = chosen.standing.pending.as_ref().and_then(|key| seen.hold(key));
        let held = pending.map_or(0, |hold| hold.remaining());
        let available = seen.balance(&account.clone().in_asset(asset)).available().saturating_add(held);
        let nothing = |_| guerdon_ledger::Refusal::InsufficientBalance {
            account: account.clone(),
            asset: asset.clone(),
            available,
            requested: amount.minor_units(),
        };
        Ok(Taken { amount: Amount::new(available.min(amount.minor_units())).map_err(nothing)?, chosen })
    }
}

impl Taken {
    fn told(&self) -> ToldReward {
        let missing = self.chosen.reward.amount.minor_units() - self.amount.minor_units();
        ToldReward {
            shortfall: (missing > 0).then_some(missing),
            ..ToldReward::new(&self.chosen.reward, RewardState::Reversed)
        }
    }
}

/// The postings of a transaction turned round; of those that made a reward only as much as is taken.
fn taken_back(record: &Record, taken: &[Taken]) -> Vec<Posting> {
    let mut left: Vec<i64> = taken.iter().map(|taken| taken.amount.minor_units()).collect();
    let back = reversed(&record.postings).into_iter().zip(record.postings.iter().rev());
    let part = |(back, original): (Posting, &Posting)| {
        let makes = |taken: &Taken| {
            let reward = &taken.chosen.reward;
            is_reward(original) && reward.account == *original.to() && reward.asset == *original.asset()
        };
        let Some(index) = taken.iter().position(makes) else { return Some(back) };
        let part = left[index].min(back.amount().minor_units());
        left[index] -= part;
        let (from, to, asset) = (back.from().clone(), back.to().clone(), back.asset().clone());
        Posting::new(from, to, asset, Amount::new(part).ok()?).ok()
    };
    back.filter_map(part).collect()
}

/// The hold that marks a reward as taken back, captured to where the reward came from.
fn marked(record: &Record, taken: &Taken) -> Vec<HoldOp> {
    let reward = &taken.chosen.reward;
    let key = reward.hold(Stage::Reversed).clone();
    let place = HoldOp::Place {
        key: key.clone(),
        asset: reward.asset.clone(),
        amount: taken.amount,
        expires_at_us: None,
    };
    let mut left = taken.amount.minor_units();
    let captures = postings_of(record, reward).rev().filter_map(|posting| {
        let part = Amount::new(left.min(posting.amount().minor_units())).ok()?;
        left -= part.minor_units();
        Some(HoldOp::Capture { key: key.clone(), to: posting.from().clone(), amount: Some(part) })
    });
    std::iter::once(place).chain(captures.collect::<Vec<_>>()).collect()
}
