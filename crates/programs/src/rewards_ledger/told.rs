//! What a step in the life of rewards says of itself in its metadata: enough for its answer.

use super::reward::{Reward, RewardState};
use guerdon_ledger::AssetCode;
use guerdon_store::journal::{Record, transaction_id};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The metadata of a transaction that confirms, pays or takes back rewards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The transaction that credited them.
    pub reward_id: String,
    /// What became of each.
    pub rewards: Vec<ToldReward>,
}

/// What became of a reward, in minor units of its asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldReward {
    /// Whose it is.
    pub user_id: String,
    /// Of what.
    pub asset: AssetCode,
    /// How much it was.
    pub amount: i64,
    /// Where it is in its life now.
    pub status: RewardState,
    /// Of one that was taken back: what was spent, and so could not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<i64>,
}

impl Told {
    /// What the transaction that takes rewards of transaction `seq` a step further says of them.
    pub(super) fn new(seq: i64, rewards: Vec<ToldReward>) -> Self {
        Self { reward_id: transaction_id(seq), rewards }
    }

    /// What a transaction says of rewards; `None` where it is no step in their life.
    pub fn of(record: &Record) -> Option<Cow<'_, Self>> {
        record.kind.starts_with("reward.").then(|| record.metadata.read())?
    }
}

impl ToldReward {
    /// A reward that has come to a state.
    pub(super) fn new(reward: &Reward, status: RewardState) -> Self {
        Self {
            user_id: reward.member().to_owned(),
            asset: reward.asset.clone(),
            amount: reward.amount.minor_units(),
            status,
            shortfall: None,
        }
    }
}
