//! Limits: `at most 5 times a month`, `once per member`, `for the first 100 customers`, a cooldown.

use super::periods::{length, period};
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::Frame;
use crate::sentence::token::Kind;

const AT_MOST: &[&str] = &[
    "at most",
    "no more than",
    "not more than",
    "not more often than",
    "no more often than",
    "up to",
    "a maximum of",
    "maximum of",
    "maximum",
    "max",
    "only",
    "limited to",
    "limit of",
    "limit",
    "but only",
];
const ONE: &[&str] =
    &["member", "user", "customer", "person", "referrer", "friend", "employee", "one", "buyer", "people"];

/// What a limit on how often says.
#[derive(Default)]
struct Often {
    window: Option<String>,
    cooldown: Option<String>,
    in_all: bool,
    for_one: bool,
}

/// `at most 5 times a month`, `once per member`, `limit 1 per customer`, `100 times in total`.
pub(super) fn limit<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let prefixed = cursor.one_of(AT_MOST);
    let start = prefixed.unwrap_or(cursor);
    let (next, times, is_bare) = times(start, prefixed.is_some())?;
    let (next, often) = how_often(next, times);
    let said = often.in_all || often.for_one || often.window.is_some() || often.cooldown.is_some();
    let ends = next.is_at_end() || next.kind() == Some(&Kind::Stop);
    if !said && (is_bare || (prefixed.is_none() && !ends)) {
        return None;
    }
    match often {
        Often { cooldown: Some(cooldown), .. } => frame.cooldown = Some(cooldown),
        Often { in_all: true, .. } => frame.in_all = Some(times),
        Often { window, for_one, .. } => {
            if !for_one {
                frame.assume("a limit on how often holds for each member by themselves");
            }
            frame.per_user = Some(times);
            frame.per_user_window = window;
        }
    }
    Some((next, "how often at most"))
}

/// `5 times`, `once`, `twice`; behind `at most` also `5 rewards`, or a bare number, which is told.
fn times<'t>(cursor: Cursor<'t>, prefixed: bool) -> Option<(Cursor<'t>, i64, bool)> {
    for (word, times) in [("once", 1), ("twice", 2), ("thrice", 3)] {
        if let Some(next) = cursor.phrase(word) {
            return Some((next, times, false));
        }
    }
    let (next, times) = cursor.count()?;
    if let Some(next) = next.one_of(&["time"]) {
        return Some((next, times, false));
    }
    if !prefixed {
        let one_for_each = times == 1 && next.one_of(&["per", "for each"]).is_some();
        return one_for_each.then_some((next, times, true));
    }
    match next.one_of(&["reward", "payout", "award", "credit", "use", "referral", "bonus", "redemption"]) {
        Some(next) => Some((next, times, false)),
        None => Some((next, times, true)),
    }
}

fn how_often<'t>(cursor: Cursor<'t>, times: i64) -> (Cursor<'t>, Often) {
    let (mut cursor, mut often) = (cursor, Often::default());
    for _ in 0..3 {
        let for_one = cursor
            .one_of(&[
                "per",
                "for each",
                "for every",
                "each",
                "for one",
                "for the same",
                "for any one",
                "for a",
                "a",
            ])
            .and_then(|next| next.one_of(ONE));
        let in_all = cursor.one_of(&["in total", "overall", "in all", "altogether", "total"]);
        let every = (times == 1).then(|| cursor.phrase("every")).flatten().and_then(length);
        if let Some(next) = for_one {
            (cursor, often.for_one) = (next, true);
        } else if let Some(next) = in_all {
            (cursor, often.in_all) = (next, true);
        } else if let Some((next, cooldown)) = every {
            (cursor, often.cooldown) = (next, Some(cooldown));
        } else if let Some((next, window)) = period(cursor) {
            (cursor, often.window) = (next, Some(window));
        } else {
            break;
        }
    }
    (cursor, often)
}

/// `the first 100 customers`: so many in all, each once.
pub(super) fn first_so_many<'t>(
    cursor: Cursor<'t>,
    frame: &mut Frame<'_>,
) -> Option<(Cursor<'t>, &'static str)> {
    let (next, 1) = cursor.ordinal()? else { return None };
    let (next, count) = next.count()?;
    frame.in_all = Some(count);
    match next.one_of(ONE) {
        Some(next) => {
            frame.per_user.get_or_insert(1);
            Some((next, "how many members at most"))
        }
        None => Some((next, "how often in all")),
    }
}

/// `with a cooldown of 7 days`, `a 24 hour cooldown`, `7 days apart`.
pub(super) fn cooldown<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let named = || {
        let next =
            cursor.skip(&["a", "with"]).one_of(&["cooldown of", "cooldown", "cool down of", "wait of"])?;
        length(next)
    };
    let behind = || {
        let (next, cooldown) = length(cursor.skip(&["a", "at least"]))?;
        Some((next.one_of(&["cooldown", "cool down", "apart", "between reward", "between two"])?, cooldown))
    };
    let (next, cooldown) = named().or_else(behind)?;
    frame.cooldown = Some(cooldown);
    Some((next, "the time before it may happen again"))
}
