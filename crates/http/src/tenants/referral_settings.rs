//! How a tenant deals with referrals.

use guerdon_ledger::Invalid;
use guerdon_store::ReferralSettings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a tenant deals with referrals.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReferralSettingsBody {
    /// The address that a code is shared as, with `{code}` where the code stands.
    #[schema(value_type = Option<String>, example = "https://example.com/join?ref={code}")]
    link: Option<LinkTemplate>,
    /// How many referrals of one referrer on one day are usual; what goes beyond is flagged for a review.
    #[schema(value_type = i64, example = 20, minimum = 1, maximum = 1000000)]
    per_day: PerDay,
}

/// An address with `{code}` in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct LinkTemplate(String);

impl TryFrom<String> for LinkTemplate {
    type Error = Invalid;

    fn try_from(link: String) -> Result<Self, Invalid> {
        let is_address = link.starts_with("https://") || link.starts_with("http://");
        let fits = link.len() <= 500 && link.bytes().all(|b| b.is_ascii_graphic());
        match is_address && fits && link.matches("{code}").count() == 1 {
            true => Ok(Self(link)),
            false => Err(Invalid(
                "a link is an address of at most 500 characters with {code} in it once, such as \
                 https://example.com/join?ref={code}"
                    .to_owned(),
            )),
        }
    }
}

/// How many in a day.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "i64")]
struct PerDay(i64);

impl TryFrom<i64> for PerDay {
    type Error = Invalid;

    fn try_from(count: i64) -> Result<Self, Invalid> {
        match (1..=1_000_000).contains(&count) {
            true => Ok(Self(count)),
            false => Err(Invalid(format!("this is 1 to 1000000 a day, not {count}"))),
        }
    }
}

impl Default for ReferralSettingsBody {
    fn default() -> Self {
        Self::from(&ReferralSettings::default())
    }
}

impl From<&ReferralSettings> for ReferralSettingsBody {
    fn from(settings: &ReferralSettings) -> Self {
        Self { link: settings.link.clone().map(LinkTemplate), per_day: PerDay(settings.per_day) }
    }
}

impl From<ReferralSettingsBody> for ReferralSettings {
    fn from(body: ReferralSettingsBody) -> Self {
        Self { link: body.link.map(|link| link.0), per_day: body.per_day.0 }
    }
}
