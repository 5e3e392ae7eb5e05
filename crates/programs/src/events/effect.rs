//! What a rule did, as the record of the event tells it for ever.

use guerdon_ledger::{AccountPath, AssetCode, MemberId, Name};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one action of a rule did. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Effect {
    /// Value was given to a member.
    Credit {
        /// To whom.
        user: MemberId,
        /// How much.
        amount: i64,
        /// Of what.
        asset: AssetCode,
        /// Where it lies.
        account: AccountPath,
        /// The budget that it was charged to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        budget_id: Option<Name>,
        /// What it is called in histories.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        /// Until when it is to be used, as the rule says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Value was taken from a member.
    Debit {
        /// From whom.
        user: MemberId,
        /// How much.
        amount: i64,
        /// Of what.
        asset: AssetCode,
    },
    /// A part of a budget was reserved.
    Reserve {
        /// Of which.
        budget_id: Name,
        /// How much.
        amount: i64,
        /// Of what.
        asset: AssetCode,
        /// For what reference.
        reference: String,
        /// When it is released by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// A reward is due to a member.
    IssueReward {
        /// To whom.
        user: MemberId,
        /// Which.
        reward: Name,
    },
    /// An achievement is due to a member.
    GrantAchievement {
        /// To whom.
        user: MemberId,
        /// Which.
        achievement: Name,
    },
    /// An attribute of a member was set.
    SetAttribute {
        /// Whose.
        user: MemberId,
        /// Which.
        name: Name,
        /// To what.
        value: Value,
    },
    /// Somebody is to be told.
    Notify {
        /// Whom; whoever looks after the tenant where nobody is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<MemberId>,
        /// What.
        message: String,
        /// By which way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Name>,
    },
}
