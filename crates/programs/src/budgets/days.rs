//! Which days a report is about: named by the calendar, or from one to another.

use guerdon_ledger::Invalid;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// A stretch of the calendar around a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// That day alone.
    Today,
    /// Its week, from Monday to Sunday.
    Week,
    /// Its month.
    Month,
    /// Its quarter, from January, April, July or October.
    Quarter,
    /// Its year.
    Year,
}

/// Whole days of a tenant's, the first and the last included. The day after the last has a name too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    first: Date,
    last: Date,
    until: Date,
}

impl Days {
    /// From one day to another.
    ///
    /// # Errors
    /// [`Invalid`] when the last is before the first, or the calendar ends with it.
    pub fn new(first: Date, last: Date) -> Result<Self, Invalid> {
        let until = last.tomorrow().map_err(|_| Invalid("the calendar ends with 9999-12-30".to_owned()))?;
        match first <= last {
            true => Ok(Self { first, last, until }),
            false => Err(Invalid(format!("the last day, {last}, is before the first, {first}"))),
        }
    }

    /// Those of the calendar around a day, also the ones that are still to come.
    ///
    /// # Errors
    /// [`Invalid`] at the end of the calendar.
    pub fn around(calendar: Calendar, day: Date) -> Result<Self, Invalid> {
        let (first, last) = match calendar {
            Calendar::Today => (day, day),
            Calendar::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                let monday = day.saturating_sub(since_monday.days());
                (monday, monday.saturating_add(6.days()))
            }
            Calendar::Month => (day.first_of_month(), day.last_of_month()),
            Calendar::Quarter => {
                let first = date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1);
                (first, first.saturating_add(2.months()).last_of_month())
            }
            Calendar::Year => (day.first_of_year(), day.last_of_year()),
        };
        Self::new(first, last)
    }

    /// The first.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last.
    pub fn last(&self) -> Date {
        self.last
    }

    /// The day after the last.
    pub fn until(&self) -> Date {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::Calendar::{Month, Quarter, Today, Week, Year};
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect(text)
    }

    #[test]
    fn the_calendar_has_days_weeks_months_quarters_and_years() {
        for (calendar, around, first, last) in [
            (Today, "2026-11-21", "2026-11-21", "2026-11-21"),
            // The 21st is a Saturday, the 22nd a Sunday, the 23rd a Monday.
            (Week, "2026-11-21", "2026-11-16", "2026-11-22"),
            (Week, "2026-11-22", "2026-11-16", "2026-11-22"),
            (Week, "2026-11-23", "2026-11-23", "2026-11-29"),
            (Week, "2027-01-01", "2026-12-28", "2027-01-03"),
            (Month, "2026-11-21", "2026-11-01", "2026-11-30"),
            (Month, "2028-02-29", "2028-02-01", "2028-02-29"),
            (Month, "2100-02-01", "2100-02-01", "2100-02-28"),
            (Quarter, "2026-11-21", "2026-10-01", "2026-12-31"),
            (Quarter, "2026-01-01", "2026-01-01", "2026-03-31"),
            (Quarter, "2026-06-30", "2026-04-01", "2026-06-30"),
            (Year, "2028-02-29", "2028-01-01", "2028-12-31"),
        ] {
            let days = Days::around(calendar, day(around)).expect("days");
            assert_eq!((days.first(), days.last()), (day(first), day(last)), "{calendar:?} {around}");
            assert_eq!(days.until(), day(last).tomorrow().expect("a day after"));
        }
    }

    #[test]
    fn days_go_forward_and_end_before_the_calendar_does() {
        assert!(Days::new(day("2026-11-21"), day("2026-11-21")).is_ok());
        assert!(Days::new(day("2026-11-21"), day("2026-11-20")).is_err());
        assert!(Days::new(day("2026-11-21"), day("9999-12-31")).is_err());
        assert!(Days::around(Year, day("9999-06-01")).is_err());
    }
}
