//! The rewards that a step is about, as a decision sees them.

use super::reward::{Reward, RewardState, Standing};
use crate::Refusal;
use crate::referrals::reversed;
use guerdon_ledger::{HoldKey, MemberId, Name};
use guerdon_store::journal::{Needs, Record, Seen, transaction_id};
use guerdon_store::{Change, Referral};

/// A reward and how it stands.
pub(super) struct Chosen {
    pub(super) reward: Reward,
    pub(super) standing: Standing,
}

/// The rewards that a step of a transaction's rewards is about.
pub(super) struct All<'a> {
    /// The transaction that credited them.
    pub(super) record: &'a Record,
    /// Those that were meant: all of the transaction, or those of one member.
    pub(super) chosen: Vec<Chosen>,
    /// Whether these are all rewards of the transaction.
    pub(super) whole: bool,
}

/// The transaction whose rewards are meant.
pub(super) fn needed(seq: i64) -> Needs {
    Needs { transactions: vec![seq], ..Needs::default() }
}

/// What tells how the rewards of a transaction stand, once it is seen: their holds and balances, and the referrals that
/// it rewarded.
pub(crate) fn looked_at(seen: &Seen<'_>, seq: i64) -> Needs {
    let Some(record) = seen.transaction(seq) else { return Needs::default() };
    let rewards = Reward::all_of(record);
    Needs {
        accounts: rewards.iter().map(|reward| reward.account.clone().in_asset(&reward.asset)).collect(),
        holds: rewards.iter().flat_map(Reward::holds).cloned().collect::<Vec<HoldKey>>(),
        referral_ids: referrals_of(record).collect(),
        ..Needs::default()
    }
}

/// The rewards that are meant, and how they stand: those of one member, where one is named.
pub(super) fn choose<'a>(seen: &Seen<'a>, seq: i64, member: Option<&MemberId>) -> Result<All<'a>, Refusal> {
    let not_found = || Refusal::RewardNotFound { id: transaction_id(seq), member: member.cloned() };
    let record = seen.transaction(seq).ok_or_else(not_found)?;
    let rewards = Reward::all_of(record);
    let all = rewards.len();
    let meant = |reward: &Reward| member.is_none_or(|member| reward.member() == member.as_str());
    let chosen: Vec<Chosen> = rewards
        .into_iter()
        .filter(meant)
        .map(|reward| Chosen { standing: standing(seen, &reward), reward })
        .collect();
    match chosen.is_empty() {
        true => Err(not_found()),
        false => Ok(All { record, whole: chosen.len() == all, chosen }),
    }
}

fn standing(seen: &Seen<'_>, reward: &Reward) -> Standing {
    reward.standing(seen.reversal_of(reward.seq).is_some(), |key| seen.hold(key))
}

impl All<'_> {
    /// Those of the meant that a step can be taken with; `over` are the states that it leads to or leads past. Refused
    /// where one is in neither, and where none is left.
    pub(super) fn able(
        self,
        step: &'static str,
        able: &[RewardState],
        over: &[RewardState],
    ) -> Result<Vec<Chosen>, Refusal> {
        let refused = |chosen: &Chosen| Refusal::IllegalTransition {
            id: transaction_id(chosen.reward.seq),
            member: chosen.reward.member().to_owned(),
            state: chosen.standing.state,
            step,
        };
        let is = |states: &[RewardState], chosen: &Chosen| states.contains(&chosen.standing.state);
        if let Some(chosen) = self.chosen.iter().find(|chosen| !is(able, chosen) && !is(over, chosen)) {
            return Err(refused(chosen));
        }
        let nothing = self.chosen.first().map(refused);
        let ready: Vec<Chosen> = self.chosen.into_iter().filter(|chosen| is(able, chosen)).collect();
        match (ready.is_empty(), nothing) {
            (true, Some(refusal)) => Err(refusal),
            _ => Ok(ready),
        }
    }
}

/// The referrals that a transaction rewarded.
fn referrals_of(record: &Record) -> impl Iterator<Item = Name> {
    record.changes.iter().filter_map(|change| match change {
        Change::Referral(referral) => Some(referral.id.clone()),
        _ => None,
    })
}

/// A referral that a transaction rewarded and whose review is open.
pub(super) fn in_review<'a>(seen: &Seen<'a>, record: &Record) -> Option<&'a Referral> {
    let mut referrals = referrals_of(record).filter_map(|id| seen.referral(&id));
    referrals.find(|referral| crate::referrals::waits_for_review(referral))
}

/// What becomes of the referrals that a transaction rewarded once it is reversed whole.
pub(crate) fn referral_reversed(seen: &Seen<'_>, record: &Record) -> Vec<Change> {
    let referrals = referrals_of(record).filter_map(|id| seen.referral(&id));
    referrals.filter_map(|referral| reversed(referral, record.seq)).map(Change::Referral).collect()
}

/// Refuses to reverse a transaction past the rewards that it credited and that are not simply confirmed.
pub(crate) fn expect_reversible(seen: &Seen<'_>, record: &Record) -> Result<(), Refusal> {
    let rewards = Reward::all_of(record);
    let states = rewards.iter().map(|reward| standing(seen, reward).state);
    match states.into_iter().find(|state| *state != RewardState::Confirmed) {
        None => Ok(()),
        Some(state) => Err(Refusal::IsReward { id: record.id(), state }),
    }
}
