//! Rewards as callers see them.

use crate::wire::{RecordedWords, TransactionView};
use guerdon_programs::rewards_ledger::{RewardNow, RewardState, Told, ToldReward};
use guerdon_store::journal::{Record, transaction_id};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A reward: what a transaction credited to the reward account of a member. What is not there is not known, or not so.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct RewardView {
    /// The transaction that credited it.
    #[schema(example = "txn_7")]
    id: String,
    /// Whose it is.
    #[schema(example = "alice")]
    user_id: String,
    /// Of what.
    #[schema(example = "USD")]
    asset: String,
    /// How much, in minor units.
    #[schema(example = 50000)]
    amount: i64,
    /// `pending`, `confirmed`, `paid` or `reversed`.
    #[schema(example = "confirmed")]
    status: &'static str,
    /// When it confirms by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirms_at: Option<Timestamp>,
    /// When it was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Timestamp>,
    /// The transaction that paid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "txn_9")]
    paid_by: Option<String>,
    /// What the payment is known by elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "payout-2026-02")]
    payment_reference: Option<String>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    reversed_at: Option<Timestamp>,
    /// The transaction that took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "txn_11")]
    reversed_by: Option<String>,
    /// What of it was spent, and so could not be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2000)]
    shortfall: Option<i64>,
    /// The kind of transaction that credited it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "credit")]
    kind: Option<String>,
    /// Why it was credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Referral of bob")]
    reason: Option<String>,
    /// When it was credited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
}

impl From<RewardNow> for RewardView {
    fn from(now: RewardNow) -> Self {
        let (paid, reversed) = (now.paid, now.reversed);
        Self {
            id: transaction_id(now.reward.seq),
            user_id: now.reward.member().to_owned(),
            asset: now.reward.asset.to_string(),
            amount: now.reward.amount.minor_units(),
            status: now.state.name(),
            confirms_at: now.confirms_at,
            confirmed_at: now.confirmed_at,
            paid_at: paid.as_ref().map(|paid| paid.at),
            paid_by: paid.as_ref().map(|paid| transaction_id(paid.seq)),
            payment_reference: paid.and_then(|paid| paid.reference),
            reversed_at: reversed.as_ref().map(|reversed| reversed.at),
            reversed_by: reversed.map(|reversed| transaction_id(reversed.seq)),
            shortfall: None,
            kind: Some(now.kind),
            reason: now.reason,
            created_at: Some(now.created_at),
        }
    }
}

impl RewardView {
    /// A reward as a transaction says that it left it.
    fn told(record: &Record, id: &str, told: ToldReward) -> Self {
        let (at, by) = (Some(record.recorded_at), Some(record.id()));
        let view = Self {
            id: id.to_owned(),
            user_id: told.user_id,
            asset: told.asset.to_string(),
            amount: told.amount,
            status: told.status.name(),
            shortfall: told.shortfall,
            ..Self::default()
        };
        match told.status {
            RewardState::Pending => view,
            RewardState::Confirmed => Self { confirmed_at: at, ..view },
            RewardState::Paid => {
                Self { paid_at: at, paid_by: by, payment_reference: record.reference.clone(), ..view }
            }
            RewardState::Reversed => Self { reversed_at: at, reversed_by: by, ..view },
        }
    }
}

/// Beside a transaction that takes rewards a step further, or that credited them: the reward, or the rewards where there
/// are several.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RewardWords {
    /// The reward as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<RewardView>,
    /// The rewards as they stand, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    rewards: Option<Vec<RewardView>>,
}

impl From<Vec<RewardView>> for RewardWords {
    fn from(mut views: Vec<RewardView>) -> Self {
        match views.len() {
            1 => Self { reward: views.pop(), rewards: None },
            _ => Self { reward: None, rewards: Some(views) },
        }
    }
}

impl RecordedWords for RewardWords {
    fn of(record: &Record) -> Self {
        let told = Told::of(record);
        let (id, rewards) =
            told.map(|told| told.into_owned()).map(|told| (told.reward_id, told.rewards)).unwrap_or_default();
        rewards.into_iter().map(|told| RewardView::told(record, &id, told)).collect::<Vec<_>>().into()
    }
}

/// The rewards of a transaction, and the transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RewardedView<'a> {
    /// The transaction that credited them.
    pub(super) transaction: TransactionView<'a>,
    #[serde(flatten)]
    pub(super) words: RewardWords,
}
