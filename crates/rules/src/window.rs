//! Windows of time, and the buckets in which history is counted.

use crate::duration::Duration;
use crate::flaw::suggestion;
use crate::limits;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;

/// How long the buckets of a counter are. A bucket is a number; later buckets have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Minutes since 1970-01-01T00:00Z.
    Minute,
    /// Hours since 1970, shifted so that they begin when the clocks of the tenant's zone show a full hour.
    Hour,
    /// Days since 1970-01-01 of the tenant's zone.
    Day,
    /// Weeks of the tenant's zone, Monday to Sunday; week 0 holds 1970-01-01.
    Week,
    /// Months since January 1970 of the tenant's zone.
    Month,
    /// One bucket for all time, number 0.
    Always,
}

impl Grain {
    /// The bucket that an instant lies in.
    pub fn bucket(self, at: Timestamp, zone: &TimeZone) -> i64 {
        let second = at.as_nanosecond().div_euclid(1_000_000_000) as i64;
        match self {
            Self::Always => 0,
            Self::Minute => second.div_euclid(60),
            Self::Hour => (second + part_of_hour(at, zone)).div_euclid(3_600),
            Self::Day => days(date(at, zone)),
            // 1970-01-01 was a Thursday, the fourth day of its week.
            Self::Week => (days(date(at, zone)) + 3).div_euclid(7),
            Self::Month => {
                let date = date(at, zone);
                (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1
            }
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Always => "always",
        }
    }
}

/// By how many seconds the hours of a zone begin before those of UTC.
fn part_of_hour(at: Timestamp, zone: &TimeZone) -> i64 {
    i64::from(zone.to_offset(at).seconds()).rem_euclid(3_600)
}

fn date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

fn days(date: Date) -> i64 {
    let since = Date::constant(1970, 1, 1).until((Unit::Day, date));
    since.map_or(0, |span| i64::from(span.get_days()))
}

/// Over which part of history a fact is looked at. Every window ends with the bucket that the event lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// All time.
    Always,
    /// Back from the event, in whole buckets: minutes up to `PT2H`, hours up to `P3D`, else days of the tenant's zone.
    Rolling(Duration),
    /// From the beginning of the hour, day, … that the event lies in, in the tenant's zone.
    Calendar(CalendarUnit),
}

/// The units of windows that begin with the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarUnit {
    /// A full hour of the clock.
    Hour,
    /// Midnight to midnight.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
    /// January to March, and so on.
    Quarter,
    /// A year of the calendar.
    Year,
}

const CALENDAR: &[(&str, CalendarUnit)] = &[
    ("hour", CalendarUnit::Hour),
    ("day", CalendarUnit::Day),
    ("week", CalendarUnit::Week),
    ("month", CalendarUnit::Month),
    ("quarter", CalendarUnit::Quarter),
    ("year", CalendarUnit::Year),
];

impl Window {
    /// Reads a duration of at most `P400D`, or one of `hour day week month quarter year`.
    ///
    /// # Errors
    /// What is wrong with the text, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, unit)) = CALENDAR.iter().find(|(name, _)| *name == text) {
            return Ok(Self::Calendar(*unit));
        }
        if !text.starts_with('P') {
            let names: Vec<&str> = CALENDAR.iter().map(|(name, _)| *name).collect();
            let near = suggestion(text, &names);
            return Err(format!(
                "{text:?} is not a window; write a duration such as P30D, or a unit; {near}"
            ));
        }
        let duration = Duration::parse(text)?;
        match duration.most_seconds() <= limits::WINDOW_DAYS * 86_400 {
            true => Ok(Self::Rolling(duration)),
            false => Err(format!("{text} is too long; P{}D is the longest window", limits::WINDOW_DAYS)),
        }
    }

    /// How long the buckets are in which it is counted.
    pub fn grain(&self) -> Grain {
        match self {
            Self::Always => Grain::Always,
            Self::Calendar(CalendarUnit::Hour) => Grain::Hour,
            Self::Calendar(_) => Grain::Day,
            Self::Rolling(duration) if duration.most_seconds() <= 2 * 3_600 => Grain::Minute,
            Self::Rolling(duration) if duration.most_seconds() <= 3 * 86_400 => Grain::Hour,
            Self::Rolling(_) => Grain::Day,
        }
    }

    /// The buckets, of its [`grain`](Self::grain), that the window of an instant is made of: at most 401.
    pub fn buckets(&self, at: Timestamp, zone: &TimeZone) -> RangeInclusive<i64> {
        let last = self.grain().bucket(at, zone);
        let first = match self {
            Self::Always => last,
            Self::Calendar(unit) => first_of(*unit, at, zone).unwrap_or(last),
            Self::Rolling(duration) => match self.grain() {
                Grain::Minute => last + 1 - units(duration, 60),
                Grain::Hour => last + 1 - units(duration, 3_600),
                _ => first_day(duration, date(at, zone)).unwrap_or(last),
            },
        };
        first.min(last)..=last
    }

    /// In words: `in the last 30 days`, `this month`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Always => "so far".to_owned(),
            Self::Rolling(duration) => match duration.words() {
                words if words.matches(' ').count() == 1 && words.starts_with("1 ") => {
                    format!("in the last {}", words.trim_start_matches("1 "))
                }
                words => format!("in the last {words}"),
            },
            Self::Calendar(CalendarUnit::Day) => "on that day".to_owned(),
            Self::Calendar(unit) => format!("in that {}", unit.as_str()),
        }
    }
}

impl CalendarUnit {
    fn as_str(self) -> &'static str {
        CALENDAR.iter().find(|(_, unit)| *unit == self).map_or("", |(name, _)| name)
    }
}

fn units(duration: &Duration, seconds: i64) -> i64 {
    (duration.most_seconds() + seconds - 1).div_euclid(seconds)
}

/// The day after the one that lies the duration back.
fn first_day(duration: &Duration, today: Date) -> Option<i64> {
    let span = duration.span();
    let calendar = Span::new()
        .years(span.get_years())
        .months(span.get_months())
        .weeks(span.get_weeks())
        .days(span.get_days());
    let back = today.checked_sub(calendar).ok()?;
    let part_of_day =
        Span::new().hours(span.get_hours()).minutes(span.get_minutes()).seconds(span.get_seconds());
    let more = part_of_day.total(Unit::Second).ok()? as i64;
    Some(days(back) + 1 - (more + 86_399).div_euclid(86_400))
}

fn first_of(unit: CalendarUnit, at: Timestamp, zone: &TimeZone) -> Option<i64> {
    let today = date(at, zone);
    let first = match unit {
        CalendarUnit::Hour => return None,
        CalendarUnit::Day => today,
        CalendarUnit::Week => {
            today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?
        }
        CalendarUnit::Month => today.first_of_month(),
        CalendarUnit::Quarter => Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?,
        CalendarUnit::Year => today.first_of_year(),
    };
    Some(days(first))
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Rolling(duration) => duration.fmt(f),
            Self::Calendar(unit) => f.write_str(unit.as_str()),
        }
    }
}
