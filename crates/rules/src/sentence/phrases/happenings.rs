//! What happens: an order, a referral, a birthday; and how much money it is about.

use crate::sentence::Misread;
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::Frame;
use crate::sentence::money::{Amount, money};
use crate::sentence::token::Kind;
use crate::sentence::vocabulary::{Happening, happenings};

/// The happening that stands at a place; the longest way to say it.
pub(super) fn named<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, &'static Happening)> {
    let found = happenings().filter_map(|(phrase, happening)| Some((cursor.phrase(phrase)?, happening)));
    found.max_by_key(|(next, _)| next.at)
}

/// `the friend's order`, `a birthday`, `signing up`; or an event by its own name, `quiz.passed`.
pub(super) fn happening<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let read = "what happens";
    if let Some(Kind::Name(name)) = cursor.kind()
        && name.contains('.')
        && !name.contains('[')
    {
        frame.happens(name);
        let next = cursor.next();
        return Some((next.one_of(&["event"]).unwrap_or(next), read));
    }
    let (next, happening) = named(cursor)?;
    frame.happens(happening.event);
    Some((next, read))
}

/// `or` between two things that happen.
pub(super) fn or<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.phrase("or")?;
    let after = next.skip(&["a", "an", "the", "for", "when", "on", "they", "if", "each", "every"]);
    let names_event = matches!(after.kind(), Some(Kind::Name(_)));
    if frame.events.is_empty() || (named(after).is_none() && !names_event) {
        frame.refuse(Misread::Unclear(
            "it has an “or” that stands between other things than two that happen".to_owned(),
        ));
        return None;
    }
    frame.either = true;
    Some((next, "one or the other"))
}

/// `over $20`, `of at least $100`, `$50 or more`, `between $20 and $50`.
pub(super) fn total<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let read = "how much money it must be about";
    if let Some((next, low, high)) = between(cursor) {
        frame.totals.extend([(">=", low), ("<=", high)]);
        return Some((next, read));
    }
    if let Some((next, operator)) = comparison(cursor)
        && let Some((next, amount)) = money(next)
    {
        frame.totals.push((operator, amount));
        return Some((next, read));
    }
    let after = cursor.skip(&["of", "worth", "for"]);
    let (next, amount) = money(after)?;
    let next =
        next.sign('+').or_else(|| next.one_of(&["or more", "or above", "or over", "and up", "and more"]))?;
    frame.totals.push((">=", amount));
    Some((next, read))
}

fn between<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Amount, Amount)> {
    let next = cursor.one_of(&["between", "of between"])?;
    let (next, low) = money(next)?;
    let (next, high) = money(next.one_of(&["and", "to"])?)?;
    (low.of == high.of && low.units < high.units).then_some((next, low, high))
}

/// `over`, `at least`, `is more than`, and signs.
pub(super) fn comparison<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, &'static str)> {
    let cursor = cursor.skip(&[
        "is",
        "are",
        "worth",
        "total",
        "totalling",
        "totaling",
        "of",
        "value",
        "cost",
        "costing",
        "with",
    ]);
    let signs = || {
        let (next, sign) = match cursor.kind()? {
            Kind::Sign(sign @ ('<' | '>' | '≥' | '≤')) => (cursor.next(), *sign),
            _ => return None,
        };
        match (sign, next.sign('=')) {
            ('>', Some(next)) => Some((next, ">=")),
            ('<', Some(next)) => Some((next, "<=")),
            ('>', None) => Some((next, ">")),
            ('<', None) => Some((next, "<")),
            ('≥', None) => Some((next, ">=")),
            ('≤', None) => Some((next, "<=")),
            _ => None,
        }
    };
    let words: &[(&[&str], &'static str)] = &[
        (
            &[
                "over",
                "above",
                "more than",
                "exceeding",
                "exceed",
                "greater than",
                "higher than",
                "larger than",
            ],
            ">",
        ),
        (&["at least", "a minimum of", "minimum of", "minimum", "not less than", "no less than"], ">="),
        (&["under", "below", "less than", "smaller than", "lower than"], "<"),
    ];
    let found = words.iter().find_map(|(phrases, operator)| Some((cursor.one_of(phrases)?, *operator)));
    found.or_else(signs)
}
