//! What the transaction of an event says of itself in its metadata: enough for its answer, for lists and for reports.

use crate::budgets;
use guerdon_ledger::MemberId;
use guerdon_store::journal::Record;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The kind of an event's transaction.
pub const EVENT: &str = "event";
/// The kind of an event's transaction that used budgets.
pub const BUDGET_EVENT: &str = budgets::OF_EVENT;

/// The metadata of an event's transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// What kind of event it is, where it says so.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// How many active rules looked at it.
    pub evaluated: usize,
    /// The rules whose conditions held, in the order in which they were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<Matched>,
    /// What it did to budgets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<budgets::Told>,
}

/// A rule whose conditions held, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Matched {
    /// The rule.
    pub rule_id: String,
    /// Its version.
    pub version: i64,
    /// What came of it.
    pub outcome: Outcome,
    /// Why nothing came of it, with the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whom it is about.
    pub members: Vec<MemberId>,
    /// What it did: a list of [effects](super::Effect), as JSON.
    pub effects: Box<RawValue>,
    /// Each condition, what it met, and whether it held, as JSON.
    pub trace: Box<RawValue>,
}

/// What came of a rule whose conditions held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its actions were carried out, all of them.
    Applied,
    /// A limit of the rule was reached.
    LimitReached,
    /// Its budget would not take it, or there is none.
    BudgetRefused,
    /// What it should take from has too little, or a balance would grow past the largest number.
    BooksRefused,
    /// A member that it is about has left.
    MemberInactive,
    /// An action names nobody, or its amount could not be computed or came to nothing.
    NoEffect,
    /// A review found that the referral is none.
    ReferralRejected,
    /// Nobody defined the asset.
    UnknownAsset,
    /// Its history is still being counted.
    CountingHistory,
    /// A rule before it was exclusive.
    Excluded,
    /// Its conditions did not hold. Told of simulations alone.
    NotMatched,
}

impl Outcome {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::LimitReached => "limit_reached",
            Self::BudgetRefused => "budget_refused",
            Self::BooksRefused => "books_refused",
            Self::MemberInactive => "member_inactive",
            Self::NoEffect => "no_effect",
            Self::ReferralRejected => "referral_rejected",
            Self::UnknownAsset => "unknown_asset",
            Self::CountingHistory => "counting_history",
            Self::Excluded => "excluded",
            Self::NotMatched => "not_matched",
        }
    }
}

impl Told {
    /// What a transaction says of an event; `None` where it is about none.
    pub fn of(record: &Record) -> Option<Cow<'_, Self>> {
        [EVENT, BUDGET_EVENT].contains(&&*record.kind).then(|| record.metadata.read())?
    }
}
