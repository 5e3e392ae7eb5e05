//! What is given: points, money, shares of an order, achievements; and how it is paid.

use super::periods::length;
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::{Frame, Gift, Size};
use crate::sentence::money::{Amount, amount, currency_word, money, percent};
use crate::sentence::number::Decimal;
use crate::sentence::token::Kind;

fn given(frame: &mut Frame<'_>, size: Size, from: Cursor<'_>, to: Cursor<'_>) {
    frame.gifts.push(Gift { size, start: from.at, end: to.at });
}

/// `100 points`, `$50`.
pub(super) fn fixed<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, amount) = amount(cursor)?;
    let next = next.skip(&["in cash", "gift card", "voucher", "reward", "bonus", "credit", "cash", "each"]);
    given(frame, Size::Fixed(amount), cursor, next);
    Some((next, "what is given"))
}

/// `and 50 to the friend`: as many more of what was given before.
pub(super) fn bare<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, number) = cursor.number()?;
    let Some(Gift { size: Size::Fixed(before), .. }) = frame.gifts.last() else { return None };
    next.one_of(&["to", "for the", "for their"])?;
    let of = before.of.clone();
    let units = of.minor(number)?;
    given(frame, Size::Fixed(Amount { units, of }), cursor, next);
    Some((next, "what is given"))
}

/// `10 points per dollar spent`, `1 point for every $10 spent`.
pub(super) fn per_spent<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, gives) = amount(cursor)?;
    let next =
        next.one_of(&["per", "for each", "for every", "each", "every", "on each", "on every", "a", "for a"])?;
    let (next, spent) = match money(next) {
        Some(found) => found,
        None => {
            let (next, unit) = currency_word(next)?;
            (next, Amount { units: unit.whole(), of: unit })
        }
    };
    if !spent.of.is_money() {
        return None;
    }
    let next = next.skip(&[
        "spent",
        "spend",
        "that they spend",
        "they spend",
        "you spend",
        "of purchase",
        "of order",
        "on order",
        "on purchase",
        "of spend",
        "of spending",
        "in purchase",
        "purchased",
        "paid",
    ]);
    given(frame, Size::PerSpent { gives, spent }, cursor, next);
    Some((next, "what is given for what is spent"))
}

/// `5% cashback`, `10 percent of the order total`.
pub(super) fn share<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, percent) = percent(cursor)?;
    let next =
        next.skip(&["cash back", "cashback", "back", "commission", "reward", "bonus", "in cash", "rebate"]);
    let of = next.skip(&["of", "on", "from", "the", "their", "its", "an", "a", "every", "each"]);
    let next = of
        .one_of(&[
            "order total",
            "order value",
            "order amount",
            "purchase total",
            "purchase value",
            "total",
            "purchase amount",
        ])
        .unwrap_or(next);
    given(frame, Size::Percent(percent), cursor, next);
    Some((next, "the share of what is spent that is given"))
}

/// `double points`, `2x points`, `twice the points`, `5 times the points`.
pub(super) fn multiple<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let worded = || Some((cursor.phrase("twice")?, Decimal::of(2)));
    let times = || {
        let (next, number) = cursor.number()?;
        Some((next.one_of(&["time"])?, number))
    };
    let (next, factor) = match cursor.kind()? {
        Kind::Multiple(factor) => (cursor.next(), *factor),
        _ => worded().or_else(times)?,
    };
    let next = next.skip(&["the", "their", "usual", "normal", "as", "many", "loyalty", "reward", "bonus"]);
    let next = next.one_of(&["point", "pt"])?;
    factor.minus_one()?;
    given(frame, Size::Multiple(factor), cursor, next);
    Some((next, "how many times the usual points are given"))
}

/// `the Super Fan badge`, `the badge super-fan`, `the reward free-coffee`.
pub(super) fn named<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let behind = |kinds: &[&str]| {
        let next = cursor.one_of(kinds)?.skip(&["called", "named"]);
        name_of(next, 1)
    };
    let before = |kinds: &[&str]| {
        let from = cursor.one_of(&["the", "a", "an"])?;
        (1..=3).find_map(|words| {
            let (next, name) = name_of(from, words)?;
            Some((next.one_of(kinds)?, name))
        })
    };
    let achievements: &[&str] = &["badge", "achievement"];
    let rewards: &[&str] = &["reward called", "reward named", "the reward"];
    if let Some((next, name)) = before(achievements).or_else(|| behind(achievements)) {
        frame.assume(format!("the achievement is called {name}"));
        given(frame, Size::Achievement(name), cursor, next);
        return Some((next, "the achievement that is granted"));
    }
    let (next, name) = behind(rewards)?;
    given(frame, Size::Reward(name), cursor, next);
    Some((next, "the reward that is issued"))
}

/// So many words as an id: `Super Fan` is `super-fan`.
fn name_of<'t>(cursor: Cursor<'t>, words: usize) -> Option<(Cursor<'t>, String)> {
    const NO_NAMES: &[&str] =
        &["the", "a", "an", "to", "for", "when", "badge", "achievement", "reward", "of", "and"];
    match cursor.kind()? {
        Kind::Quoted(text) | Kind::Name(text) if words == 1 => {
            let name = text.trim().to_lowercase().replace(' ', "-");
            return guerdon_ledger::Name::new(&name).ok().map(|name| (cursor.next(), name.to_string()));
        }
        _ => {}
    }
    let (mut next, mut parts) = (cursor, Vec::new());
    for _ in 0..words {
        let (after, word) = next.word().filter(|(_, word)| !NO_NAMES.contains(word))?;
        parts.push(word);
        next = after;
        while let Some((after, word)) = next.joined_word() {
            parts.push(word);
            next = after;
        }
    }
    let name = guerdon_ledger::Name::new(&parts.join("-")).ok()?;
    Some((next, name.to_string()))
}

/// `up to $20`, `capped at 500 points`: of what is computed.
pub(super) fn cap<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.one_of(&[
        "up to",
        "at most",
        "no more than",
        "capped at",
        "cap of",
        "cap at",
        "with a cap of",
        "maximum of",
        "a maximum of",
        "maximum",
        "max",
        "limited to",
    ])?;
    let (next, most) = amount(next)?;
    frame.cap = Some(most);
    let next = next
        .one_of(&["per order", "per purchase", "per referral", "each", "an order", "a time"])
        .unwrap_or(next);
    Some((next, "the most that is given at once"))
}

/// `expiring after 90 days`, `valid for 30 days`.
pub(super) fn lasts<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.one_of(&[
        "expire after",
        "expire in",
        "expiring after",
        "expiring in",
        "valid for",
        "that expire after",
        "which expire after",
        "that expire in",
        "which expire in",
        "good for",
    ])?;
    let (next, length) = length(next)?;
    frame.expires_after = Some(length);
    Some((next, "how long it is good"))
}

/// `confirmed after 14 days`, `with manual approval`, `at once`.
pub(super) fn confirmed<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let read = "when the reward is confirmed";
    let manual = [
        "with manual approval",
        "after manual approval",
        "after approval",
        "subject to approval",
        "once approved",
        "with approval",
    ];
    if let Some(next) = cursor.one_of(&manual) {
        frame.confirm = Some("manual".to_owned());
        return Some((next, read));
    }
    if let Some(next) = cursor.one_of(&[
        "confirmed at once",
        "confirmed immediately",
        "immediately",
        "right away",
        "instantly",
    ]) {
        frame.confirm = Some("at_once".to_owned());
        return Some((next, read));
    }
    let next =
        cursor.one_of(&["confirmed after", "pending for", "held for", "on hold for", "confirm after"])?;
    let (next, length) = length(next)?;
    frame.confirm = Some(length);
    Some((next, read))
}

/// `from the marketing budget`, `charged to budget marketing`, `from the pool`.
pub(super) fn paid_from<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor
        .one_of(&["from", "out of", "charged to", "charge to", "using", "paid from", "funded by"])?
        .skip(&["the", "our", "company"]);
    if let Some(next) = next.phrase("pool") {
        frame.from_pool = true;
        return Some((next, "what it is paid from"));
    }
    let behind = next.phrase("budget").and_then(|next| name_of(next, 1));
    let before = || {
        (1..=3).find_map(|words| {
            let (next, name) = name_of(next, words)?;
            Some((next.phrase("budget")?, name))
        })
    };
    let (next, name) = behind.or_else(before)?;
    frame.budget = Some(name);
    Some((next, "the budget that it is charged to"))
}

/// `deduct`, `take away`: what follows is taken and not given.
pub(super) fn taking<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.one_of(&["deduct", "take away", "take back", "subtract", "debit", "remove", "take"])?;
    frame.takes = true;
    Some((next, "that it is taken and not given"))
}
