//! Referrals: who was brought by whom.

use super::referral_code::Code;
use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use guerdon_ledger::{HoldKey, MemberId, Name};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a referral is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferralStatus {
    /// Somebody came; no rule has rewarded it yet.
    Pending,
    /// A rule rewarded it.
    Qualified,
    /// A review found that it is none. It never qualifies.
    Rejected,
    /// What it was rewarded with was taken back.
    Reversed,
}

impl ReferralStatus {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Qualified => "qualified",
            Self::Rejected => "rejected",
            Self::Reversed => "reversed",
        }
    }
}

/// Whether somebody is to look at a referral, or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nobody need look.
    None,
    /// Somebody is to look.
    Open,
    /// Somebody looked, and found it right.
    Approved,
    /// Somebody looked, and found that it is no referral.
    Rejected,
}

impl Review {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// Why somebody should look at a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagReason {
    /// The referrer brought more people in a day than is usual.
    Velocity,
    /// The e-mail address is the referrer's own.
    ReferrerEmail,
    /// The e-mail address is that of an earlier referral.
    SameEmail,
    /// The network address is that of an earlier referral.
    SameIp,
    /// The device is that of an earlier referral.
    SameDevice,
    /// The referrer's referrals have member ids that count up.
    SequentialIds,
    /// The referrer's referrals have e-mail addresses that count up.
    SequentialEmails,
}

/// One reason to look at a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Why.
    pub reason: FlagReason,
    /// How many referrals there are like it, itself among them.
    pub count: i64,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// How a review ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Who looked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A transaction that rewarded a referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralReward {
    /// The transaction.
    pub seq: i64,
    /// Rewards of it that would have confirmed by themselves, and wait for the review instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingReward>,
}

/// A pending reward that confirms by itself once a review has approved the referral, at this time or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingReward {
    /// The hold that makes it pending.
    #[serde(flatten)]
    pub hold: HoldKey,
    /// When it would have confirmed by itself.
    pub confirms_at: Timestamp,
}

/// A member was brought by another. There is one for each member brought, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Its id.
    pub id: Name,
    /// The code that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// Who brought.
    pub referrer_id: MemberId,
    /// Who was brought.
    pub referred_id: MemberId,
    /// Where it is in its life.
    pub status: ReferralStatus,
    /// Whether somebody is to look at it, or did.
    pub review: Review,
    /// Why somebody should look at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// How the review ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Reviewed>,
    /// The transactions that rewarded it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewards: Vec<ReferralReward>,
    /// The transaction that qualified it: the first that rewarded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_by: Option<i64>,
    /// When it qualified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_at: Option<Timestamp>,
    /// The transaction that recorded it.
    pub seq: i64,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Timestamp,
}

macro_rules! columns {
    () => {
        "referral_id, code, referrer_id, referred_id, status, review, flags, reviewed, rewards, qualified_by, \
        qualified_at, seq, version, created_at"
    };
}

/// By the member who was brought.
pub(crate) const LOOK_UP_REFERRALS: Lookup = Lookup {
    sqlite: concat!("SELECT ", columns!(), " FROM referrals WHERE tenant_id = $1 AND referred_id = $2"),
    postgres: concat!(
        "SELECT found.* FROM unnest($2::text[]) AS wanted (m) CROSS JOIN LATERAL (SELECT ",
        columns!(),
        " FROM referrals WHERE tenant_id = $1 AND referred_id = m LIMIT 1) AS found"
    ),
    key: &[Type::Text],
};

pub(crate) const LOOK_UP_REFERRALS_BY_ID: Lookup = Lookup {
    sqlite: concat!("SELECT ", columns!(), " FROM referrals WHERE tenant_id = $1 AND referral_id = $2"),
    postgres: concat!(
        "SELECT found.* FROM unnest($2::text[]) AS wanted (i) CROSS JOIN LATERAL (SELECT ",
        columns!(),
        " FROM referrals WHERE tenant_id = $1 AND referral_id = i LIMIT 1) AS found"
    ),
    key: &[Type::Text],
};

/// `$2` the transaction before which to go on, `$3` a status or nothing, `$4` a state of the review or nothing.
pub(crate) const LIST_REFERRALS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM referrals WHERE tenant_id = $1 AND seq < $2 AND (status = $3 OR $3 = '') AND (review = $4 OR $4 = '')
    ORDER BY seq DESC LIMIT $5"
);

/// As the list of all, of one referrer `$5`.
pub(crate) const LIST_REFERRALS_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM referrals WHERE tenant_id = $1 AND seq < $2 AND (status = $3 OR $3 = '') AND (review = $4 OR $4 = '')
    AND referrer_id = $5 ORDER BY seq DESC LIMIT $6"
);

/// Those that wait for a review: `$2` the transaction before which to go on, `$3` a status or nothing.
pub(crate) const LIST_REFERRALS_IN_REVIEW: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM referrals WHERE tenant_id = $1 AND seq < $2 AND review = 'open' AND (status = $3 OR $3 = '')
    ORDER BY seq DESC LIMIT $4"
);

pub(crate) const WRITE_REFERRAL: Write = Write {
    table: "referrals",
    columns: &[
        ("referral_id", Type::Text),
        ("code", Type::Text),
        ("referrer_id", Type::Text),
        ("referred_id", Type::Text),
        ("status", Type::Text),
        ("review", Type::Text),
        ("flags", Type::Text),
        ("reviewed", Type::Text),
        ("rewards", Type::Text),
        ("qualified_by", Type::Int),
        ("qualified_at", Type::Int),
        ("seq", Type::Int),
        ("version", Type::Int),
        ("created_at", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, referral_id) DO UPDATE SET status = excluded.status,
        review = excluded.review, flags = excluded.flags, reviewed = excluded.reviewed, rewards = excluded.rewards,
        qualified_by = excluded.qualified_by, qualified_at = excluded.qualified_at, version = excluded.version",
};

impl Referral {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.id.as_str().into(),
            self.code.as_ref().map(Code::as_str).into(),
            (&self.referrer_id).into(),
            (&self.referred_id).into(),
            self.status.name().into(),
            self.review.name().into(),
            super::json(&self.flags),
            self.reviewed.as_ref().map(super::to_json).into(),
            super::json(&self.rewards),
            self.qualified_by.into(),
            self.qualified_at.into(),
            self.seq.into(),
            self.version.into(),
            self.created_at.into(),
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: super::parsed(row.text(0)?)?,
            code: row.text_or_null(1)?.map(super::parsed).transpose()?,
            referrer_id: super::parsed(row.text(2)?)?,
            referred_id: super::parsed(row.text(3)?)?,
            status: super::named(row.text(4)?)?,
            review: super::named(row.text(5)?)?,
            flags: super::from_json(row.text(6)?)?,
            reviewed: row.text_or_null(7)?.map(super::from_json).transpose()?,
            rewards: super::from_json(row.text(8)?)?,
            qualified_by: row.int_or_null(9)?,
            qualified_at: row.int_or_null(10)?.map(super::instant).transpose()?,
            seq: row.int(11)?,
            version: row.int(12)?,
            created_at: super::instant(row.int(13)?)?,
        })
    }
}

crate::statements::list! { LOOK_UP_REFERRALS, LOOK_UP_REFERRALS_BY_ID, LIST_REFERRALS, LIST_REFERRALS_OF,
LIST_REFERRALS_IN_REVIEW, WRITE_REFERRAL }
