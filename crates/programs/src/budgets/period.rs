//! Periods: the stretches of time over which a budget's caps count. The tenant's time zone decides where they begin.

use guerdon_ledger::Invalid;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// How long a budget's periods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// One that goes on until somebody resets the budget.
    Rolling,
    /// Calendar months.
    Monthly,
    /// Calendar quarters, from January, April, July and October.
    Quarterly,
    /// Calendar years.
    Yearly,
}

impl PeriodKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// [`Invalid`] when there is none.
    pub fn named(name: &str) -> Result<Self, Invalid> {
        let all = [Self::Rolling, Self::Monthly, Self::Quarterly, Self::Yearly];
        let found = all.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| Invalid("a period is rolling, monthly, quarterly or yearly".to_owned()))
    }

    /// The calendar's own period around a day: what it is called, its first day, and the first day after it.
    fn around(self, day: Date) -> Option<(String, Date, Date)> {
        let months = match self {
            Self::Rolling => return None,
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Yearly => 12,
        };
        let (year, month) = (day.year(), day.month());
        let first = date(year, (month - 1) / months * months + 1, 1);
        let name = match self {
            Self::Yearly => format!("{year:04}"),
            Self::Quarterly => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            _ => format!("{year:04}-{month:02}"),
        };
        // Beyond the last year of the calendar there is no next period.
        let next = first.checked_add(i32::from(months).months()).ok()?;
        Some((name, first, next))
    }
}

/// A period of a budget: from one reset to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Names it among the budget's periods, and in the path of the account of what it spent: `2026-11`, `2026-Q4`,
    /// `2026`, `rolling-1`; one begun anew within the same month is `2026-11.2`. No two periods of a budget have the
    /// same name, whatever kinds they are of, or one would begin with what the other spent.
    pub name: String,
    /// Counts the budget's periods, from 1.
    pub number: i64,
    /// When it began.
    pub starts_at: Timestamp,
    /// When it ends by itself; never, where `None`.
    pub ends_at: Option<Timestamp>,
}

impl Period {
    /// The first period of a budget, which an instant falls into.
    pub fn first(kind: PeriodKind, at: Timestamp, zone: &TimeZone) -> Self {
        Self::begin(kind, at, zone, 1, None)
    }

    /// The period that follows when this one ends at an instant.
    pub fn next(&self, kind: PeriodKind, at: Timestamp, zone: &TimeZone) -> Self {
        Self::begin(kind, at, zone, self.number + 1, Some(self))
    }

    fn begin(kind: PeriodKind, at: Timestamp, zone: &TimeZone, number: i64, before: Option<&Self>) -> Self {
        let calendar = kind.around(at.to_zoned(zone.clone()).date());
        let Some((calendar, first, next)) = calendar else {
            return Self { name: format!("rolling-{number}"), number, starts_at: at, ends_at: None };
        };
        // Where the period before began in the same month, one before that may have had the month's name.
        let again =
            before.filter(|before| first_instant(first, zone).is_none_or(|first| before.starts_at >= first));
        let name = match again.map(|before| before.name.split_once('.').unwrap_or((&before.name, "1"))) {
            Some((same, times)) if same == calendar => {
                format!("{calendar}.{}", times.parse::<u32>().unwrap_or(1) + 1)
            }
            Some(_) => format!("{calendar}.{number}"),
            None => calendar,
        };
        Self { name, number, starts_at: at, ends_at: first_instant(next, zone) }
    }

    /// Whether it is over.
    pub fn has_ended(&self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= at)
    }
}

/// When a day begins: midnight, or where clocks leap over it, the first instant after.
fn first_instant(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

/// The day that an instant falls on.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use super::PeriodKind::{Monthly, Quarterly, Rolling, Yearly};
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect(name)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn a_period_ends_where_the_next_month_quarter_or_year_of_the_tenant_begins() {
        for (kind, place, begins, name, ends) in [
            (Monthly, "UTC", "2026-01-31T12:00:00Z", "2026-01", "2026-02-01T00:00:00Z"),
            // Leap years, and the century that is none.
            (Monthly, "UTC", "2028-02-29T23:59:59Z", "2028-02", "2028-03-01T00:00:00Z"),
            (Monthly, "UTC", "2100-02-28T23:59:59Z", "2100-02", "2100-03-01T00:00:00Z"),
            (Quarterly, "UTC", "2028-02-29T00:00:00Z", "2028-Q1", "2028-04-01T00:00:00Z"),
            (Yearly, "UTC", "2027-12-31T23:59:59Z", "2027", "2028-01-01T00:00:00Z"),
            // Two hours ahead all year: the month begins before it does in Greenwich.
            (Monthly, "Africa/Harare", "2026-10-31T21:59:59Z", "2026-10", "2026-10-31T22:00:00Z"),
            (Monthly, "Africa/Harare", "2026-10-31T22:00:00Z", "2026-11", "2026-11-30T22:00:00Z"),
            (Quarterly, "Africa/Harare", "2026-12-31T22:00:00Z", "2027-Q1", "2027-03-31T22:00:00Z"),
            // Clocks go forward in March and back in November: the offset at the end is not that at the beginning.
            (Monthly, "America/New_York", "2026-03-01T05:00:00Z", "2026-03", "2026-04-01T04:00:00Z"),
            (Monthly, "America/New_York", "2026-11-01T04:00:00Z", "2026-11", "2026-12-01T05:00:00Z"),
            (Quarterly, "America/New_York", "2026-10-01T04:00:00Z", "2026-Q4", "2027-01-01T05:00:00Z"),
            (Yearly, "America/New_York", "2026-07-04T00:00:00Z", "2026", "2027-01-01T05:00:00Z"),
            // Thirteen hours ahead, and a December that had no 30th: Apia went to bed on Thursday, woke on Saturday.
            (Monthly, "Pacific/Apia", "2026-11-30T11:00:00Z", "2026-12", "2026-12-31T11:00:00Z"),
            (Monthly, "Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12", "2011-12-31T10:00:00Z"),
            (Yearly, "Pacific/Apia", "2011-12-31T09:59:59Z", "2011", "2011-12-31T10:00:00Z"),
            // Clocks leap over midnight: the month begins at one.
            (Monthly, "America/Sao_Paulo", "2017-10-15T02:30:00Z", "2017-10", "2017-11-01T02:00:00Z"),
        ] {
            let period = Period::first(kind, at(begins), &zone(place));
            assert_eq!(
                (&*period.name, period.ends_at),
                (name, Some(at(ends))),
                "{kind:?} in {place} at {begins}"
            );
            assert!(!period.has_ended(at(begins)) && period.has_ended(at(ends)));
        }
    }

    #[test]
    fn a_rolling_period_never_ends_by_itself() {
        let first = Period::first(Rolling, at("2026-01-31T12:00:00Z"), &TimeZone::UTC);
        assert_eq!((&*first.name, first.ends_at), ("rolling-1", None));
        assert!(!first.has_ended(Timestamp::MAX));
        let second = first.next(Rolling, at("2026-02-01T12:00:00Z"), &TimeZone::UTC);
        assert_eq!((&*second.name, second.number), ("rolling-2", 2));
    }

    #[test]
    fn a_period_begun_anew_within_the_same_month_has_a_name_of_its_own() {
        let mut period = Period::first(Monthly, at("2026-11-03T00:00:00Z"), &TimeZone::UTC);
        let mut names = vec![period.name.clone()];
        for next in ["2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z"] {
            period = period.next(Monthly, at(next), &TimeZone::UTC);
            names.push(period.name.clone());
        }
        assert_eq!(names, ["2026-11", "2026-11.2", "2026-11.3", "2026-12"]);
        assert_eq!(period.number, 4);
    }

    #[test]
    fn no_name_comes_twice_whatever_kinds_of_periods_follow_each_other() {
        let mut period = Period::first(Monthly, at("2026-11-03T00:00:00Z"), &TimeZone::UTC);
        let mut names = vec![period.name.clone()];
        for (kind, begins) in [
            (Monthly, "2026-11-04T00:00:00Z"),
            (Rolling, "2026-11-05T00:00:00Z"),
            (Monthly, "2026-11-06T00:00:00Z"),
            (Monthly, "2026-11-07T00:00:00Z"),
            (Quarterly, "2026-11-08T00:00:00Z"),
            (Monthly, "2026-12-01T00:00:00Z"),
            (Yearly, "2027-01-01T00:00:00Z"),
        ] {
            period = period.next(kind, at(begins), &TimeZone::UTC);
            names.push(period.name.clone());
        }
        let expected =
            ["2026-11", "2026-11.2", "rolling-3", "2026-11.4", "2026-11.5", "2026-Q4.6", "2026-12", "2027"];
        assert_eq!(names, expected);
    }

    #[test]
    fn the_months_of_a_decade_follow_each_other_without_a_gap_everywhere() {
        for place in
            ["UTC", "Africa/Harare", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo"]
        {
            let zone = zone(place);
            for kind in [Monthly, Quarterly, Yearly] {
                let mut period = Period::first(kind, at("2019-12-31T23:00:00Z"), &zone);
                while let Some(end) = period.ends_at.filter(|end| *end < at("2031-01-01T00:00:00Z")) {
                    let last = Timestamp::from_microsecond(end.as_microsecond() - 1).expect("instant");
                    assert_eq!(Period::first(kind, last, &zone).name, period.name, "{place} {last}");
                    let next = period.next(kind, end, &zone);
                    assert_ne!(next.name, period.name);
                    assert!(next.ends_at > period.ends_at && !next.name.contains('.'), "{place} {end}");
                    period = next;
                }
            }
        }
    }

    #[test]
    fn a_day_is_that_of_the_tenant() {
        let instant = at("2026-11-30T22:30:00Z");
        for (place, day) in
            [("UTC", "2026-11-30"), ("Africa/Harare", "2026-12-01"), ("America/New_York", "2026-11-30")]
        {
            assert_eq!(day_of(instant, &zone(place)).to_string(), day);
        }
    }
}
