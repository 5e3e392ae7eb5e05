//! Tenants: the companies whose books these are.

use crate::driver::{DbError, Row, Type, Value, Write};
use guerdon_ledger::{AssetCode, Invalid};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;
use uuid::Uuid;

/// The id of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TenantId(Uuid);

impl TenantId {
    /// The platform itself: the nil UUID. Its journal records what platform admins do beside any tenant.
    pub const PLATFORM: Self = Self(Uuid::nil());

    /// The tenant of a UUID.
    pub fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID.
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl std::str::FromStr for TenantId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text).map(Self).map_err(|_| Invalid("a tenant id is a UUID".to_owned()))
    }
}

impl From<TenantId> for SmolStr {
    fn from(tenant: TenantId) -> Self {
        Self::new(tenant.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

impl From<TenantId> for Value {
    fn from(tenant: TenantId) -> Self {
        Self::Text(tenant.into())
    }
}

/// What a tenant is called in paths: 2–63 of `a-z 0-9 -`, beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Checks the slug.
    ///
    /// # Errors
    /// [`Invalid`] with the form a slug has. `platform` is taken.
    pub fn new(slug: &str) -> Result<Self, Invalid> {
        let inner = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let fits = inner && (2..=63).contains(&slug.len()) && !slug.starts_with('-') && !slug.ends_with('-');
        match (fits, slug == "platform" || Uuid::try_parse(slug).is_ok()) {
            (true, false) => Ok(Self(slug.to_owned())),
            (true, true) => Err(Invalid(format!("the slug {slug} is reserved"))),
            (false, _) => Err(Invalid(
                "a slug is 2 to 63 of a-z 0-9 and -, beginning and ending with a letter or digit".to_owned(),
            )),
        }
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

/// An IANA time zone, by name: it decides a tenant's days, months and periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneName(String);

impl ZoneName {
    /// Checks the name.
    ///
    /// # Errors
    /// [`Invalid`] when the zone is not known.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        TimeZone::get(name)
            .map(|_| Self(name.to_owned()))
            .map_err(|_| Invalid(format!("{name} is not an IANA time zone such as UTC or Africa/Harare")))
    }

    /// The zone itself.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ZoneName {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl TryFrom<String> for ZoneName {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(&text)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.0
    }
}

/// Where a tenant is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Reads and posts.
    Active,
    /// Reads, and cannot post; may be resumed.
    Suspended,
    /// Reads, and cannot post, for ever.
    Closed,
}

impl TenantStatus {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

/// What a tenant has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The asset of the general ledger's credits and debits that name none.
    pub reward_currency: AssetCode,
    /// Below this many points the pool's status is low; a tenth of what was allocated where not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_balance: Option<i64>,
    /// How it deals with referrals.
    #[serde(skip_serializing_if = "ReferralSettings::is_usual")]
    pub referrals: ReferralSettings,
}

/// How a tenant deals with referrals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReferralSettings {
    /// The address that a code is shared as, with `{code}` where the code stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How many referrals of one referrer on one day are usual: what goes beyond is flagged for a review.
    pub per_day: i64,
}

impl ReferralSettings {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for ReferralSettings {
    fn default() -> Self {
        Self { link: None, per_day: 20 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { reward_currency: AssetCode::usd(), low_balance: None, referrals: ReferralSettings::default() }
    }
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name in paths; never changes.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Decides its days, months and periods.
    pub time_zone: ZoneName,
    /// Where it is in its life.
    pub status: TenantStatus,
    /// What it has chosen.
    pub settings: Settings,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

pub(crate) const FIND_TENANT: &str =
    "SELECT tenant_id, slug, name, time_zone, status, settings, version, created_at
    FROM tenants WHERE tenant_id = $1";
/// `$1` the platform; `$2` the slug after which the page begins.
pub(crate) const LIST_TENANTS: &str =
    "SELECT tenant_id, slug, name, time_zone, status, settings, version, created_at
    FROM tenants WHERE slug > $1 ORDER BY slug LIMIT $2";

pub(crate) const WRITE_TENANT: Write = Write {
    table: "tenants",
    columns: &[
        ("slug", Type::Text),
        ("name", Type::Text),
        ("time_zone", Type::Text),
        ("status", Type::Text),
        ("settings", Type::Text),
        ("version", Type::Int),
        ("created_at", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone,
        status = excluded.status, settings = excluded.settings, version = excluded.version",
};

impl Tenant {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.slug.as_str().into(),
            self.name.as_str().into(),
            self.time_zone.as_str().into(),
            self.status.name().into(),
            super::json(&self.settings),
            self.version.into(),
            self.created_at.into(),
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: super::parsed(row.text(0)?)?,
            slug: super::checked(Slug::new(row.text(1)?))?,
            name: row.text(2)?.to_owned(),
            time_zone: super::checked(ZoneName::new(row.text(3)?))?,
            status: super::named(row.text(4)?)?,
            settings: super::from_json(row.text(5)?)?,
            version: row.int(6)?,
            created_at: super::instant(row.int(7)?)?,
        })
    }
}

crate::statements::list! { FIND_TENANT, LIST_TENANTS, WRITE_TENANT }
