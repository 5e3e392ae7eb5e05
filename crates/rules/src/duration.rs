//! Durations as ISO 8601 writes them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit};
use std::fmt;

/// A positive length of time, such as `P30D`, `PT1H` or `P1M`. A month is as long as the calendar says.
#[derive(Debug, Clone, Copy)]
pub struct Duration(Span);

impl Duration {
    /// Reads a duration.
    ///
    /// # Errors
    /// What is wrong with the text, in words: it is not of the form, not above zero, or above 100 years.
    pub fn parse(text: &str) -> Result<Self, String> {
        let odd = || format!("{text:?} is not an ISO 8601 duration; write one such as P30D, PT1H or P1M");
        if !text.starts_with('P') || text.len() > 40 {
            return Err(odd());
        }
        let span: Span = text.parse().map_err(|_| odd())?;
        if span.is_zero() || span.is_negative() {
            return Err(format!("{text} is not above zero; write a duration such as P30D"));
        }
        let duration = Self(span);
        match duration.most_seconds() <= 100 * 366 * 86_400 {
            true => Ok(duration),
            false => Err(format!("{text} is too long; 100 years are the most")),
        }
    }

    /// The instant so much later; days and months are those of the time zone.
    pub fn after(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        at.to_zoned(zone.clone()).checked_add(self.0).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }

    /// The instant so much earlier; days and months are those of the time zone.
    pub fn before(&self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        at.to_zoned(zone.clone()).checked_sub(self.0).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }

    pub(crate) fn span(&self) -> Span {
        self.0
    }

    /// Its seconds, with months of 31 and years of 366 days, so that it is never longer.
    pub(crate) fn most_seconds(&self) -> i64 {
        let whole_days = i64::from(self.0.get_years()) * 366
            + i64::from(self.0.get_months()) * 31
            + i64::from(self.0.get_weeks()) * 7
            + i64::from(self.0.get_days());
        let part_of_day =
            Span::new().hours(self.0.get_hours()).minutes(self.0.get_minutes()).seconds(self.0.get_seconds());
        let seconds = part_of_day.total(Unit::Second).unwrap_or(f64::MAX).ceil() as i64;
        seconds
            .saturating_add(whole_days.saturating_mul(86_400))
            .saturating_add(i64::from(self.has_fraction()))
    }

    fn has_fraction(&self) -> bool {
        self.0.get_milliseconds() != 0 || self.0.get_microseconds() != 0 || self.0.get_nanoseconds() != 0
    }

    /// In words: `30 days`.
    pub(crate) fn words(&self) -> String {
        let span = self.0;
        let parts = [
            (i64::from(span.get_years()), "year"),
            (i64::from(span.get_months()), "month"),
            (i64::from(span.get_weeks()), "week"),
            (i64::from(span.get_days()), "day"),
            (i64::from(span.get_hours()), "hour"),
            (span.get_minutes(), "minute"),
            (span.get_seconds(), "second"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = parts
            .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
            .collect();
        words.join(" ")
    }
}

impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl Eq for Duration {}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
