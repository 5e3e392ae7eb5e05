//! From when until when: `in December`, `from 1 March to 31 March 2027`, `until Friday`.

use super::periods::calendar_unit;
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::Frame;
use crate::sentence::token::Kind;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Days, by the first of them and the first after them.
type Days = (Date, Date);

/// A date as it is said: its year may be left out.
#[derive(Debug, Clone, Copy)]
enum Spot {
    Days(Days),
    Calendar { year: Option<i16>, month: i8, day: Option<i8> },
}

impl Spot {
    /// The days that are meant: where no year is said, the next that are not over on a day.
    fn days(self, on: Date) -> Option<Days> {
        let (year, month, day) = match self {
            Self::Days(days) => return Some(days),
            Self::Calendar { year, month, day } => (year, month, day),
        };
        let in_year = |year: i16| -> Option<Days> {
            let first = Date::new(year, month, day.unwrap_or(1)).ok()?;
            let after = if day.is_some() { first.tomorrow() } else { first.last_of_month().tomorrow() };
            Some((first, after.ok()?))
        };
        match year {
            Some(year) => in_year(year),
            // The next 29 February may be four years away.
            None => (0..=4).filter_map(|more| in_year(on.year().checked_add(more)?)).find(|days| days.1 > on),
        }
    }

    fn year(self) -> Option<i16> {
        match self {
            Self::Calendar { year, .. } => year,
            Self::Days(_) => None,
        }
    }

    fn or_year(self, other: Option<i16>) -> Self {
        match self {
            Self::Calendar { year: None, month, day } => Self::Calendar { year: other, month, day },
            known => known,
        }
    }
}

/// From when until when the rule holds.
pub(super) fn schedule<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let today = frame.today;
    let (next, (starts, ends)) = range(cursor, today)
        .or_else(|| beginning(cursor, today))
        .or_else(|| ending(cursor, today))
        .or_else(|| within(cursor, today))?;
    frame.starts = starts.or(frame.starts);
    frame.ends = ends.or(frame.ends);
    Some((next, "when it holds"))
}

type Bounds = (Option<Date>, Option<Date>);

fn range<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Bounds)> {
    let next = cursor.one_of(&["from", "between", "starting", "starting on", "valid from", "beginning"])?;
    // `24 to 26 December`: the month stands behind the second day.
    let (next, first) = match spot(next, today) {
        Some((next, first)) => (next, Ok(first)),
        None => day_of_month(next.skip(&["the"])).map(|(next, day)| (next, Err(day)))?,
    };
    let next = next.one_of(&["to", "until", "till", "through", "and", "up to", "to the", "until the"])?;
    let (next, last) = spot(next, today)?;
    let first = match (first, last) {
        (Ok(first), _) => first,
        (Err(day), Spot::Calendar { year, month, .. }) => Spot::Calendar { year, month, day: Some(day) },
        (Err(_), Spot::Days(_)) => return None,
    };
    let (starts, _) = match first.or_year(last.year()).days(today)? {
        // From December to 15 January 2027.
        days if last.year().is_some() && last.days(today).is_some_and(|end| end.0 < days.0) => {
            first.or_year(last.year().map(|year| year - 1)).days(today)?
        }
        days => days,
    };
    let (_, ends) = last.days(starts)?;
    Some((next, (Some(starts), Some(ends))))
}

fn beginning<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Bounds)> {
    let next = cursor.one_of(&[
        "from",
        "starting on",
        "starting from",
        "starting",
        "beginning",
        "as of",
        "since",
    ])?;
    let (next, spot) = spot(next, today)?;
    let next = next.one_of(&["on", "onward", "onwards"]).unwrap_or(next);
    Some((next, (Some(spot.days(today)?.0), None)))
}

fn ending<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Bounds)> {
    if let Some(next) = cursor.phrase("before") {
        let (next, spot) = spot(next, today)?;
        return Some((next, (None, Some(spot.days(today)?.0))));
    }
    let next = cursor.one_of(&[
        "until",
        "till",
        "through",
        "by",
        "ending on",
        "ending",
        "up to",
        "no later than",
    ])?;
    let (next, spot) = spot(next, today)?;
    Some((next, (None, Some(spot.days(today)?.1))))
}

/// `in December`, `during 2027`, `on 24 December`, `today`, `this month`, `for the next 30 days`.
fn within<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Bounds)> {
    let both = |(starts, ends): Days| (Some(starts), Some(ends));
    if let Some(next) = cursor.one_of(&["for the next", "over the next", "in the next", "during the next"]) {
        let (next, count) = next.count().unwrap_or((next, 1));
        let (next, unit) = calendar_unit(next)?;
        let count = i32::try_from(count).ok().filter(|count| *count <= 1_000)?;
        let ends = today.checked_add(match unit {
            "day" => count.days(),
            "week" => count.weeks(),
            "month" => count.months(),
            "quarter" => (count * 3).months(),
            "year" => count.years(),
            _ => return None,
        });
        return Some((next, both((today, ends.ok()?))));
    }
    if let Some(next) = cursor.one_of(&["in", "during", "throughout", "for", "in the year"]) {
        let next = next.skip(&["the", "month", "of", "all", "year", "whole"]);
        if let Some((next, year)) = year(next) {
            let days = (Date::new(year, 1, 1).ok()?, Date::new(year + 1, 1, 1).ok()?);
            return Some((next, both(days)));
        }
        let (next, spot) = spot(next, today)?;
        return Some((next, both(spot.days(today)?)));
    }
    let next = cursor.phrase("on").unwrap_or(cursor);
    let named = matches!(next.kind(), Some(Kind::Date(_))) || next.at > cursor.at;
    let relative = || relative(next, today).map(|(next, days)| (next, Spot::Days(days)));
    let (next, spot) = if named { spot(next, today)? } else { relative()? };
    Some((next, both(spot.days(today)?)))
}

fn spot<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Spot)> {
    if let Some(Kind::Date(date)) = cursor.kind() {
        return Some((cursor.next(), Spot::Days((*date, date.tomorrow().ok()?))));
    }
    if let Some((next, days)) = relative(cursor, today).or_else(|| end_of(cursor, today)) {
        return Some((next, Spot::Days(days)));
    }
    let cursor = cursor.skip(&["the"]);
    if let Some((next, day)) = day_of_month(cursor)
        && let Some((next, month)) = month(next.skip(&["of"]))
    {
        let (next, year) = with_year(next);
        return Some((next, Spot::Calendar { year, month, day: Some(day) }));
    }
    let (next, month) = month(cursor)?;
    let (next, day) = match day_of_month(next.skip(&["the"])) {
        Some((next, day)) => (next, Some(day)),
        None => (next, None),
    };
    let (next, year) = with_year(next);
    Some((next, Spot::Calendar { year, month, day }))
}

/// `today`, `tomorrow`, `Friday`, `this month`, `next week`.
fn relative<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Days)> {
    const WEEKDAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let day = |next: Cursor<'t>, day: Date| Some((next, (day, day.tomorrow().ok()?)));
    let (next, word) = cursor.word()?;
    if let Some((_, weekday)) = WEEKDAYS.iter().find(|(name, _)| *name == word) {
        let coming = if today.weekday() == *weekday { today } else { today.nth_weekday(1, *weekday).ok()? };
        return day(next, coming);
    }
    match word {
        "today" => day(next, today),
        "tomorrow" => day(next, today.tomorrow().ok()?),
        "this" | "next" => {
            let (next, unit) = calendar_unit(next)?;
            let (first, length) = unit_at(unit, today)?;
            let first = if word == "next" { first.checked_add(length).ok()? } else { first };
            Some((next, (first, first.checked_add(length).ok()?)))
        }
        _ => None,
    }
}

/// `the end of the month`, `the end of March`.
fn end_of<'t>(cursor: Cursor<'t>, today: Date) -> Option<(Cursor<'t>, Days)> {
    let next = cursor.one_of(&["the end of", "end of"])?.skip(&["the", "this"]);
    let after = match calendar_unit(next) {
        Some((next, unit)) => {
            let (first, length) = unit_at(unit, today)?;
            (next, first.checked_add(length).ok()?)
        }
        None => {
            let (next, month) = month(next)?;
            let (next, year) = with_year(next);
            (next, Spot::Calendar { year, month, day: None }.days(today)?.1)
        }
    };
    Some((after.0, (after.1.yesterday().ok()?, after.1)))
}

/// The first day of the unit that a day lies in, and how long it is.
fn unit_at(unit: &str, day: Date) -> Option<(Date, jiff::Span)> {
    Some(match unit {
        "day" => (day, 1.day()),
        "week" => (day.checked_sub(i32::from(day.weekday().to_monday_zero_offset()).days()).ok()?, 1.week()),
        "month" => (day.first_of_month(), 1.month()),
        "quarter" => (Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok()?, 3.months()),
        "year" => (day.first_of_year(), 1.year()),
        _ => return None,
    })
}

fn day_of_month<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, i8)> {
    let (next, day) = cursor.ordinal().or_else(|| cursor.count())?;
    i8::try_from(day).ok().filter(|day| (1..=31).contains(day)).map(|day| (next, day))
}

fn month<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, i8)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (next, word) = cursor.word()?;
    let index =
        MONTHS.iter().position(|month| *month == word || (word.len() >= 3 && month.starts_with(word)))?;
    Some((next, index as i8 + 1))
}

fn year<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, i16)> {
    let (next, year) = cursor.count()?;
    i16::try_from(year).ok().filter(|year| (2_000..=2_199).contains(year)).map(|year| (next, year))
}

fn with_year<'t>(cursor: Cursor<'t>) -> (Cursor<'t>, Option<i16>) {
    let after_stop = if cursor.kind() == Some(&Kind::Stop) { cursor.next() } else { cursor };
    year(after_stop).map_or((cursor, None), |(next, year)| (next, Some(year)))
}
