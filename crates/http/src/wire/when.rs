//! Instants in query parameters: RFC 3339, or a date, which is a whole day of the tenant's.

use crate::app::App;
use crate::problem::Problem;
use guerdon_ledger::Invalid;
use guerdon_store::TenantId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

/// An instant, or a day that begins and ends by the tenant's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Instant(Timestamp),
    Day(Date),
}

impl Given {
    fn parse(name: &str, text: Option<&str>) -> Result<Option<Self>, Problem> {
        let Some(text) = text else { return Ok(None) };
        let instant = || text.parse().ok().map(Self::Instant);
        // A date and a time without an offset would be an instant that nobody can name.
        let day = || text.parse().ok().filter(|_| text.len() == 10).map(Self::Day);
        instant().or_else(day).map(Some).ok_or_else(|| told(name))
    }

    /// The instant itself, or that with which the day begins.
    fn begin(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Instant(at) => Ok(at),
            Self::Day(day) => Ok(day.to_zoned(zone.clone())?.start_of_day()?.timestamp()),
        }
    }

    /// The instant itself, or that with which the day after begins.
    fn end(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Instant(at) => Ok(at),
            Self::Day(day) => Self::Day(day.tomorrow()?).begin(zone),
        }
    }
}

fn told(name: &str) -> Problem {
    let told = "an instant is RFC 3339, such as 2026-01-31T23:59:00Z, or a date, such as 2026-01-31, which is that day \
                in the tenant's time zone";
    Problem::invalid(name, "invalid_value", told)
}

/// The time zone that decides about dates; read only where there is one.
async fn zone<const N: usize>(
    app: &App,
    tenant: TenantId,
    given: [Option<Given>; N],
) -> Result<TimeZone, Problem> {
    match given.iter().flatten().any(|given| matches!(given, Given::Day(_))) {
        true => app.zone(tenant).await,
        false => Ok(TimeZone::UTC),
    }
}

/// From when, and until when: `to` is the first instant that is no longer meant. A date as `to` means that whole day
/// too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
}

impl Span {
    pub(crate) async fn parse(
        app: &App,
        tenant: TenantId,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Self, Problem> {
        let (from, to) = (Given::parse("from", from)?, Given::parse("to", to)?);
        let zone = zone(app, tenant, [from, to]).await?;
        Ok(Self {
            from: from.map(|given| given.begin(&zone)).transpose().map_err(|_| told("from"))?,
            to: to.map(|given| given.end(&zone)).transpose().map_err(|_| told("to"))?,
        })
    }

    /// Whether an instant lies in it.
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }
}

/// One instant that a balance is asked for: a date is the end of that day.
pub(crate) struct When;

impl When {
    pub(crate) async fn parse(
        app: &App,
        tenant: TenantId,
        name: &str,
        text: Option<&str>,
    ) -> Result<Option<Timestamp>, Problem> {
        let given = Given::parse(name, text)?;
        let zone = zone(app, tenant, [given]).await?;
        let end = |given: Given| match given {
            Given::Instant(at) => Ok(at),
            Given::Day(_) => given.end(&zone)?.checked_sub(1.microsecond()),
        };
        given.map(end).transpose().map_err(|_| told(name))
    }
}

/// An instant in a body: RFC 3339, of the years 1 to 9999, which both databases and every reader of JSON can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Timestamp")]
pub(crate) struct Moment(Timestamp);

impl TryFrom<Timestamp> for Moment {
    type Error = Invalid;

    fn try_from(at: Timestamp) -> Result<Self, Invalid> {
        match (1..=9999).contains(&TimeZone::UTC.to_datetime(at).year()) {
            true => Ok(Self(at)),
            false => Err(Invalid("an instant lies in the years 1 to 9999".to_owned())),
        }
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        moment.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_of_the_zone() {
        let harare = TimeZone::get("Africa/Harare").expect("zone");
        let given = Given::parse("from", Some("2026-02-01")).expect("a date").expect("given");
        assert_eq!(given.begin(&harare).expect("begins").to_string(), "2026-01-31T22:00:00Z");
        assert_eq!(given.end(&harare).expect("ends").to_string(), "2026-02-01T22:00:00Z");
        // The clocks go forward at midnight: the day begins at one.
        let santiago = TimeZone::get("America/Santiago").expect("zone");
        let given = Given::parse("from", Some("2026-09-06")).expect("a date").expect("given");
        assert_eq!(given.begin(&santiago).expect("begins").to_string(), "2026-09-06T04:00:00Z");
    }

    #[test]
    fn what_names_no_instant_is_refused() {
        for bad in ["", "yesterday", "2026-13-01", "2026-02-30", "2026-01-31T10:00", "2026-01", "20260131"] {
            assert!(Given::parse("from", Some(bad)).is_err(), "{bad}");
        }
        assert!(
            Given::parse("to", Some("9999-12-31"))
                .expect("a date")
                .expect("given")
                .end(&TimeZone::UTC)
                .is_err()
        );
    }
}
