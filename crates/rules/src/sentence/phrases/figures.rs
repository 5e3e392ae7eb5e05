//! Figures over history: `3 referrals`, `the third purchase`, `spending $500`, `a 7 day streak`.

use super::happenings::{comparison, named};
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::{Frame, Measure, Tally};
use crate::sentence::money::money;
use crate::sentence::token::Kind;
use crate::sentence::vocabulary::ORDER;

/// `3 referrals`, `every 3 referrals`, `the third purchase`, `at least 10 orders`.
pub(super) fn figure<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, operator, number, stays) = number_of(cursor)?;
    let next = next.skip(&["successful", "completed", "converted", "new"]);
    let (next, event) = match next.kind() {
        Some(Kind::Name(name)) if name.contains('.') => (next.next().skip(&["event"]), name.as_str()),
        _ => {
            // `3 friends` are three who were referred.
            let friends =
                next.one_of(&["friend", "referred friend"]).map(|next| (next, "referral.converted"));
            let (next, event) = friends.or_else(|| named(next).map(|(next, h)| (next, h.event)))?;
            (next, event)
        }
    };
    frame.happens(event);
    let is_each_one = operator.is_none() && number == 1;
    if !is_each_one {
        frame.counts(Tally { measure: Measure::Count, operator, number, stays });
    }
    Some((next, "how often it must happen"))
}

/// What the number must be, and whether that stays true once it is.
fn number_of<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Option<&'static str>, i64, bool)> {
    if let Some(next) = cursor.one_of(&["every", "each", "per", "for every", "for each"]) {
        if let Some((next, ordinal)) = next.ordinal() {
            return Some((next, None, ordinal, false));
        }
        if let Some((next, count)) = next.count() {
            return Some((next, None, count, false));
        }
        return next.phrase("other").map(|next| (next, None, 2, false));
    }
    if let Some((next, ordinal)) = cursor.skip(&["the", "a", "their"]).ordinal() {
        return Some((next, Some("=="), ordinal, false));
    }
    if let Some((next, operator)) = comparison(cursor)
        && let Some((next, count)) = next.count()
    {
        return Some((next, Some(operator), count, operator != "<"));
    }
    let (next, count) = cursor.count()?;
    let next = next.sign('+').or_else(|| next.one_of(&["or more"])).unwrap_or(next);
    Some((next, Some(">="), count, true))
}

/// `spending $500`, `who spend more than $100`: in all, within the time that is told.
pub(super) fn spending<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.one_of(&["spending", "spend", "spent"])?;
    let (next, operator) = comparison(next).unwrap_or((next, ">="));
    let (next, amount) = money(next)?;
    let next = next.sign('+').or_else(|| next.one_of(&["or more"])).unwrap_or(next);
    // A friend who spends $100 does so with one order; a member who does so in a month, with several.
    let at_once = next.one_of(&[
        "in one order",
        "in a single order",
        "on one order",
        "at once",
        "on an order",
        "on a single order",
        "in one purchase",
    ]);
    frame.happens(ORDER);
    match at_once {
        Some(next) => {
            frame.totals.push((operator, amount));
            Some((next, "how much an order must be about"))
        }
        None => {
            let number = amount.units;
            frame.counts(Tally { measure: Measure::Sum, operator: Some(operator), number, stays: true });
            frame.assume("what is spent is the sum of all orders");
            Some((next, "how much must be spent in all"))
        }
    }
}

/// `3 different categories`: of what was bought.
pub(super) fn different<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let cursor = cursor.skip(&["from", "of", "in"]);
    let (next, operator) = comparison(cursor).unwrap_or((cursor, ">="));
    let (next, number) = next.count()?;
    let next = next.one_of(&["different", "distinct", "unique"])?;
    let (next, field) = next.stem()?;
    let number_fits = number <= crate::limits::DISTINCT_VALUES as i64;
    if !number_fits || !field.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    frame.assume(format!("the {field} stands in the event's field {field}"));
    frame.counts(Tally {
        measure: Measure::Distinct(field.to_owned()),
        operator: Some(operator),
        number,
        stays: true,
    });
    Some((next, "how many different ones there must be"))
}

/// `a 7 day streak of logins`, `7 days in a row`, `7 consecutive days`.
pub(super) fn streak<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, number) = cursor.skip(&["a", "an", "every", "each", "for"]).count()?;
    let (next, consecutive) = match next.one_of(&["consecutive", "straight", "successive"]) {
        Some(next) => (next, true),
        None => (next, false),
    };
    let (next, unit) = next.stem()?;
    let unit = ["day", "week", "month"].into_iter().find(|known| *known == unit)?;
    let in_a_row = next.one_of(&[
        "in a row",
        "in row",
        "in succession",
        "running",
        "streak of",
        "streak",
        "consecutive",
    ]);
    let (next, streak_of) = match in_a_row {
        Some(next) => (next, true),
        None => {
            // `a 7 day login streak`
            let happened = named(next).and_then(|(next, h)| Some((next.one_of(&["streak"])?, h)));
            match happened {
                Some((next, happening)) => {
                    frame.happens(happening.event);
                    (next, true)
                }
                None => (next, false),
            }
        }
    };
    if !(consecutive || streak_of) || number > crate::limits::STREAK_UNITS {
        return None;
    }
    frame.counts(Tally { measure: Measure::Streak(unit), operator: Some("=="), number, stays: false });
    frame.per_user.get_or_insert(1);
    frame.per_user_window.get_or_insert_with(|| unit.to_owned());
    frame.assume(format!(
        "a streak is rewarded on its {unit} number {number}, and again when a new one comes so far"
    ));
    Some((next, "for how long it must go on without a gap"))
}
