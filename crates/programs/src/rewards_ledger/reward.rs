//! A reward and where it is in its life.

use guerdon_ledger::{
    AccountClass, AccountPath, Amount, AssetCode, Hold, HoldKey, MAX_MINOR_UNITS, Posting, Reference,
};
use guerdon_store::journal::{Record, transaction_id};
use jiff::Timestamp;

/// A reward: what one transaction credited to the reward account of one member, in one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// The transaction.
    pub seq: i64,
    /// `reward:<member>`.
    pub account: AccountPath,
    /// Of what.
    pub asset: AssetCode,
    /// How much, in minor units.
    pub amount: Amount,
    /// The holds that tell where it is in its life, by [`Stage`].
    holds: [HoldKey; 4],
}

/// Which of the holds that tell where a reward is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Open while the reward is pending.
    Pending,
    /// Open while the reward is pending although a review has approved its referral.
    Approved,
    /// Placed and captured when the reward is paid.
    Paid,
    /// Placed and captured when the reward alone, of several of a transaction, is taken back.
    Reversed,
}

/// Where a reward is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewardState {
    /// The member has earned it and cannot use it yet.
    Pending,
    /// The member can use it.
    Confirmed,
    /// It was paid out.
    Paid,
    /// It was taken back.
    Reversed,
}

/// How a reward stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it is in its life.
    pub state: RewardState,
    /// The hold that makes it pending, where it is.
    pub pending: Option<HoldKey>,
    /// When it confirms by itself, where it is pending and will.
    pub confirms_at: Option<Timestamp>,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Paid, Self::Reversed];

    /// What the references of its holds begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Pending => "pending:",
            Self::Approved => "approved:",
            Self::Paid => "paid:",
            Self::Reversed => "reversed:",
        }
    }

    /// The stage that a reference is of; `None` of references that callers may use.
    pub fn of(reference: &Reference) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| reference.as_str().starts_with(stage.prefix()))
    }
}

impl RewardState {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Paid => "paid",
            Self::Reversed => "reversed",
        }
    }

    /// What can be done with it.
    pub fn possible(self) -> &'static [&'static str] {
        match self {
            Self::Pending => &["confirm", "reverse"],
            Self::Confirmed => &["pay", "reverse"],
            Self::Paid | Self::Reversed => &[],
        }
    }
}

impl Reward {
    /// The rewards of a transaction, in the order of its postings. Value that came from another member, from the platform
    /// or back by a reversal is none.
    pub fn all_of(record: &Record) -> Vec<Self> {
        match record.reverses {
            Some(_) => Vec::new(),
            None => Self::gathered(record.seq, record.postings.iter()),
        }
    }

    /// The rewards of the postings of transaction `seq`.
    pub(super) fn gathered<'a>(seq: i64, postings: impl Iterator<Item = &'a Posting>) -> Vec<Self> {
        let mut rewards: Vec<Self> = Vec::new();
        for posting in postings.filter(|posting| is_reward(posting)) {
            let (account, asset) = (posting.to(), posting.asset());
            match rewards.iter_mut().find(|reward| reward.account == *account && reward.asset == *asset) {
                Some(reward) => reward.amount = sum(reward.amount, posting.amount()),
                None => {
                    let is_further = rewards.iter().any(|reward| reward.account == *account);
                    rewards.extend(Self::new(seq, posting, is_further));
                }
            }
        }
        rewards
    }

    /// The reward of a posting: `pending:txn_7` and so on, or `pending:txn_7:EUR` of a further asset on one account.
    fn new(seq: i64, posting: &Posting, is_further: bool) -> Option<Self> {
        let asset = posting.asset().clone();
        let key = |stage: Stage| {
            let mut reference = format!("{}{}", stage.prefix(), transaction_id(seq));
            if is_further {
                reference = format!("{reference}:{asset}");
            }
            let account = posting.to().clone();
            // A reference takes far more than the longest of these.
            Reference::new(&reference).ok().map(|reference| HoldKey { account, reference })
        };
        let [pending, approved, paid, reversed] = Stage::ALL.map(key);
        let holds = [pending?, approved?, paid?, reversed?];
        let (account, amount) = (posting.to().clone(), posting.amount());
        Some(Self { seq, account, amount, holds, asset })
    }

    /// Whose it is.
    pub fn member(&self) -> &str {
        self.account.member().unwrap_or_default()
    }

    /// The hold of a stage.
    pub fn hold(&self, stage: Stage) -> &HoldKey {
        &self.holds[stage as usize]
    }

    /// The holds of all stages.
    pub fn holds(&self) -> &[HoldKey] {
        &self.holds
    }

    /// How it stands, given whether its transaction was reversed and the holds that there are.
    pub fn standing<'a>(&self, is_reversed: bool, hold: impl Fn(&HoldKey) -> Option<&'a Hold>) -> Standing {
        let at = |stage| hold(self.hold(stage));
        let settled = |state| Standing { state, pending: None, confirms_at: None };
        if is_reversed || at(Stage::Reversed).is_some() {
            return settled(RewardState::Reversed);
        }
        if at(Stage::Paid).is_some() {
            return settled(RewardState::Paid);
        }
        let open = [Stage::Pending, Stage::Approved].into_iter().filter_map(at);
        match open.into_iter().find(|hold| hold.remaining() > 0) {
            None => settled(RewardState::Confirmed),
            Some(hold) => Standing {
                state: RewardState::Pending,
                pending: Some(hold.key.clone()),
                confirms_at: hold.expires_at_us.and_then(|us| Timestamp::from_microsecond(us).ok()),
            },
        }
    }
}

/// Whether a posting rewards a member: value that comes to a reward account from where value is given from.
fn is_reward(posting: &Posting) -> bool {
    let (from, to) = (posting.from().class(), posting.to().class());
    to == AccountClass::Reward && !matches!(from, AccountClass::Reward | AccountClass::Issuance)
}

/// The sum of two amounts; a balance could not hold more than the largest.
fn sum(a: Amount, b: Amount) -> Amount {
    let sum = a.minor_units().saturating_add(b.minor_units()).min(MAX_MINOR_UNITS);
    Amount::new(sum).unwrap_or(a)
}

#[cfg(test)]
mod tests;
