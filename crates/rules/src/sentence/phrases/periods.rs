//! Periods: `in 30 days`, `a month`, `weekly`.

use crate::sentence::cursor::Cursor;
use crate::sentence::frame::Frame;

/// Units by the word, with how ISO 8601 writes so many of them.
const UNITS: &[(&str, &str, &str)] = &[
    ("minute", "PT", "M"),
    ("hour", "PT", "H"),
    ("day", "P", "D"),
    ("week", "P", "W"),
    ("month", "P", "M"),
    ("year", "P", "Y"),
];

/// `30 days` as `P30D`.
pub(super) fn length<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, String)> {
    let (next, count) = cursor.count()?;
    let (next, stem) = next.stem()?;
    let (_, before, after) = UNITS.iter().find(|(unit, ..)| *unit == stem)?;
    Some((next, format!("{before}{count}{after}")))
}

/// `day`, `week`, `month`, `quarter`, `year`.
pub(super) fn calendar_unit<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, &'static str)> {
    const NAMES: [&str; 6] = ["hour", "day", "week", "month", "quarter", "year"];
    let (next, stem) = cursor.stem()?;
    Some((next, NAMES.into_iter().find(|name| *name == stem)?))
}

/// `a month`, `per week`, `in any 30 days`, `daily`: a window.
pub(super) fn period<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, String)> {
    const ADVERBS: &[(&str, &str)] = &[
        ("daily", "day"),
        ("weekly", "week"),
        ("monthly", "month"),
        ("quarterly", "quarter"),
        ("yearly", "year"),
        ("annually", "year"),
        ("hourly", "hour"),
    ];
    if let Some((next, word)) = cursor.word()
        && let Some((_, unit)) = ADVERBS.iter().find(|(adverb, _)| *adverb == word)
    {
        return Some((next, (*unit).to_owned()));
    }
    let next =
        cursor.one_of(&["in", "within", "over", "during", "per", "every", "each", "a", "an", "for"])?;
    let next =
        next.skip(&["a", "an", "any", "the", "same", "each", "every", "period", "of", "one", "single"]);
    let rolling = next.skip(&["last", "past"]);
    if let Some((next, length)) = length(rolling) {
        return Some((next, in_days(&length)));
    }
    let (next, unit) = calendar_unit(next)?;
    Some((next, unit.to_owned()))
}

/// A window of weeks in days, as windows are written.
fn in_days(length: &str) -> String {
    let weeks = length.strip_prefix('P').and_then(|rest| rest.strip_suffix('W'));
    match weeks.and_then(|weeks| weeks.parse::<i64>().ok()) {
        Some(weeks) => format!("P{}D", weeks.saturating_mul(7)),
        None => length.to_owned(),
    }
}

/// The window in which something is counted.
pub(super) fn window<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, window) = period(cursor)?;
    if frame.window.is_some() || frame.tally.is_none() {
        return None;
    }
    frame.window = Some(window);
    Some((next, "the time in which it is counted"))
}
