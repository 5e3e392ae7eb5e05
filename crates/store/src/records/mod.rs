//! What the journal's changes of records make: tenants, members, API keys, documents, referrals. Each knows its own table.

mod api_key;
mod counter;
mod document;
mod member;
mod referral;
mod referral_code;
mod referral_mark;
mod schedule;
mod tenant;

pub use api_key::ApiKey;
pub use counter::{Counter, CounterKey};
pub use document::{Body, Document, DocumentKey};
pub use member::{Member, MemberStatus, PersonalText, Role};
pub use referral::{
    Flag, FlagReason, Referral, ReferralReward, ReferralStatus, Review, Reviewed, WaitingReward,
};
pub use referral_code::{Code, ReferralCode};
pub use referral_mark::{MarkKey, MarkKind, ReferralMark};
pub use schedule::Scheduled;
pub use tenant::{ReferralSettings, Settings, Slug, Tenant, TenantId, TenantStatus, ZoneName};

pub(crate) use api_key::*;
pub(crate) use counter::*;
pub(crate) use document::*;
pub(crate) use member::*;
pub(crate) use referral::*;
pub(crate) use referral_code::*;
pub(crate) use referral_mark::*;
pub(crate) use schedule::*;
pub(crate) use tenant::*;

use crate::driver::{DbError, Value};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::str::FromStr;

/// A change of a record, as the journal records it: the whole record as it now is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A tenant was made or changed.
    Tenant(Tenant),
    /// A member was added or changed.
    Member(Member),
    /// An API key was made, rotated or revoked.
    ApiKey(ApiKey),
    /// A configuration document has a new version.
    Document(Document),
    /// Something was counted.
    Counter(Counter),
    /// Work was scheduled, moved or called off.
    Schedule(Scheduled),
    /// A referral code was made.
    ReferralCode(ReferralCode),
    /// A referral was recorded or changed.
    Referral(Referral),
    /// What is remembered of referrals changed.
    ReferralMark(ReferralMark),
}

/// An instant from microseconds since 1970 UTC.
pub(crate) fn instant(microseconds: i64) -> Result<Timestamp, DbError> {
    checked(Timestamp::from_microsecond(microseconds))
}

/// An instant as it is stored: to the microsecond.
pub(crate) fn to_microsecond(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

pub(crate) fn checked<T, E: Display>(value: Result<T, E>) -> Result<T, DbError> {
    value.map_err(|e| DbError::Broken(format!("the database holds what the program would not write: {e}")))
}

pub(crate) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, DbError> {
    checked(text.parse())
}

/// An enumeration by the name it has in tables.
pub(crate) fn named<T: DeserializeOwned>(name: &str) -> Result<T, DbError> {
    checked(T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name)))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    checked(serde_json::from_str(text))
}

pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    // Guerdon's own types have string keys and no failing serializers.
    serde_json::to_string(value).unwrap_or_default()
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Value {
    to_json(value).into()
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    [
        api_key::statements(),
        counter::statements(),
        document::statements(),
        member::statements(),
        referral::statements(),
        referral_code::statements(),
        referral_mark::statements(),
        schedule::statements(),
        tenant::statements(),
    ]
    .concat()
}
