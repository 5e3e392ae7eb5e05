//! Referrals as callers see them.

use crate::problem::Problem;
use guerdon_store::journal::{Record, transaction_id};
use guerdon_store::{Change, Flag, FlagReason, Referral, Reviewed};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Why somebody should look at a referral.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlagView {
    /// `velocity`: more referrals of the referrer on that day than is usual. `referrer_email`, `same_email`, `same_ip`,
    /// `same_device`: the signal is the referrer's own, or that of an earlier referral. `sequential_ids`,
    /// `sequential_emails`: the referrer's referrals count up by one each.
    #[schema(value_type = String, example = "same_device")]
    reason: FlagReason,
    /// How many referrals there were like it then, itself among them.
    #[schema(example = 2)]
    count: i64,
    /// The first of them.
    #[schema(example = "ref-1000")]
    first_referral_id: Option<String>,
}

impl From<Flag> for FlagView {
    fn from(flag: Flag) -> Self {
        Self { reason: flag.reason, count: flag.count, first_referral_id: flag.first }
    }
}

/// A referral.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReferralView {
    /// Its id.
    #[schema(example = "ref-1001")]
    id: String,
    /// The code that was used.
    #[schema(example = "ALICE-2026")]
    code: Option<String>,
    /// Who brought.
    #[schema(example = "alice")]
    referrer_id: String,
    /// Who was brought.
    #[schema(example = "bob")]
    referred_id: String,
    /// `pending`, `qualified` once a rule has rewarded it, `rejected` by a review, or `reversed` where what it was
    /// rewarded with was taken back.
    #[schema(example = "pending")]
    status: &'static str,
    /// `none`, `open` while somebody is to look at it, `approved` or `rejected`.
    #[schema(example = "none")]
    review: &'static str,
    /// Why somebody should look at it.
    flags: Vec<FlagView>,
    /// Who reviewed it.
    #[schema(example = json!(null))]
    reviewed_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    reviewed_at: Option<Timestamp>,
    /// What they noted.
    #[schema(example = json!(null))]
    review_note: Option<String>,
    /// The transaction that qualified it.
    #[schema(example = json!(null))]
    qualified_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    qualified_at: Option<Timestamp>,
    /// The transactions that rewarded it.
    #[schema(example = json!([]))]
    rewards: Vec<String>,
    /// Counts its changes, from 1; also the `ETag`.
    #[schema(example = 1)]
    version: i64,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Referral> for ReferralView {
    fn from(referral: Referral) -> Self {
        let (reviewed_by, reviewed_at, review_note) = match referral.reviewed {
            Some(Reviewed { by, at, note }) => (Some(by), Some(at), note),
            None => (None, None, None),
        };
        Self {
            id: referral.id.to_string(),
            code: referral.code.map(String::from),
            referrer_id: referral.referrer_id.to_string(),
            referred_id: referral.referred_id.to_string(),
            status: referral.status.name(),
            review: referral.review.name(),
            flags: referral.flags.into_iter().map(FlagView::from).collect(),
            reviewed_by,
            reviewed_at,
            review_note,
            qualified_by: referral.qualified_by.map(transaction_id),
            qualified_at: referral.qualified_at,
            rewards: referral.rewards.iter().map(|reward| transaction_id(reward.seq)).collect(),
            version: referral.version,
            created_at: referral.created_at,
        }
    }
}

/// The referral as a transaction left it.
pub(super) fn recorded_referral(record: &Record) -> Result<Referral, Problem> {
    let referral = record.changes.iter().find_map(|change| match change {
        Change::Referral(referral) => Some(referral.clone()),
        _ => None,
    });
    referral.ok_or_else(|| Problem::internal(&"a change of a referral without the referral"))
}
