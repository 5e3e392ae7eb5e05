//! A frame is written out as a rule.

use super::Misread;
use super::frame::{Frame, Gift, Measure, Mention, Size, Tally};
use super::money::{Amount, Unit};
use super::vocabulary::{Party, REFERRAL, happening};
use crate::limits;
use crate::rule::Rule;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// Where an event says how much money it is about, where nobody knows better.
const TOTAL: &str = "total";
const REFERRED_BY: &str = "$referral.referrer_id";

/// The rule that a sentence means.
pub(super) fn rule(text: &str, frame: &Frame<'_>) -> Result<Rule, Misread> {
    if frame.gifts.is_empty() {
        return Err(Misread::NoReward);
    }
    let event = frame.event().ok_or(Misread::NoOccasion)?;
    let events = if frame.events.is_empty() { vec![event.to_owned()] } else { frame.events.clone() };
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
    put("name", name(text).into());
    put("status", "draft".into());
    put(
        "event",
        match events.as_slice() {
            [one] => one.as_str().into(),
            many => many.to_vec().into(),
        },
    );
    put("conditions", conditions(frame, event)?.into());
    put("actions", actions(frame, event)?.into());
    let limits = limits(frame);
    let optional: [(&str, Option<Value>); 5] = [
        ("limits", (!limits.is_empty()).then(|| limits.into())),
        ("starts_at", frame.starts.and_then(|day| instant(frame, day))),
        ("ends_at", frame.ends.and_then(|day| instant(frame, day))),
        ("budget_id", frame.budget.as_deref().map(Value::from)),
        ("expires_after", frame.expires_after.as_deref().map(Value::from)),
    ];
    for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        put(name, value);
    }
    Rule::parse(&document.into()).map_err(Misread::Flawed)
}

/// The sentence, as the name of its rule.
fn name(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.len() > limits::NAME_BYTES {
        let end =
            (0..=limits::NAME_BYTES - 3).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
        name.truncate(end);
        name.push('…');
    }
    name
}

fn instant(frame: &Frame<'_>, day: Date) -> Option<Value> {
    day.to_zoned(frame.zone.clone()).ok().map(|at| at.timestamp().to_string().into())
}

fn unclear<T>(what: impl Into<String>) -> Result<T, Misread> {
    Err(Misread::Unclear(what.into()))
}

/// Where an event says how much money it is about.
fn total_of(event: &str) -> Result<&'static str, Misread> {
    match happening(event) {
        Some(happening) => happening.total.map_or_else(
            || {
                unclear(format!(
                    "{} is about no amount of money, so nothing can be made of one",
                    happening.called
                ))
            },
            Ok,
        ),
        None => Ok(TOTAL),
    }
}

fn is_about_friend(frame: &Frame<'_>, event: &str) -> bool {
    let names_one = frame.mentions.iter().any(|mention| mention.party != Party::Doer);
    event != REFERRAL && (frame.friend || names_one)
}

fn conditions(frame: &Frame<'_>, event: &str) -> Result<Vec<Value>, Misread> {
    let mut conditions = Vec::new();
    if is_about_friend(frame, event) {
        conditions.push(json!({"field": REFERRED_BY, "operator": "exists", "value": true}));
    }
    conditions.extend(frame.conditions.iter().cloned());
    for (operator, amount) in &frame.totals {
        conditions.push(json!({"field": total_of(event)?, "operator": operator, "value": amount.units}));
    }
    if let Some(tally) = &frame.tally {
        if frame.events.len() > 1 {
            return unclear("it counts, and it does not become clear which of the two things");
        }
        conditions.push(fact(frame, event, tally)?);
    }
    Ok(conditions)
}

fn fact(frame: &Frame<'_>, event: &str, tally: &Tally) -> Result<Value, Misread> {
    let by = if event == REFERRAL { "referrer_id" } else { "user_id" };
    let mut fact = match &tally.measure {
        Measure::Count => json!({"count": event, "by": by}),
        Measure::Sum => json!({"sum": event, "of": total_of(event)?, "by": by}),
        Measure::Distinct(field) => json!({"distinct": event, "of": field, "by": by}),
        Measure::Streak(unit) => json!({"streak": event, "by": by, "unit": unit}),
    };
    match tally.operator.filter(|_| !is_repeated(frame, tally)) {
        None => fact["every"] = tally.number.into(),
        Some(operator) => {
            fact["operator"] = operator.into();
            fact["value"] = tally.number.into();
        }
    }
    match (&frame.window, &tally.measure) {
        (None, _) => {}
        (Some(_), Measure::Streak(_)) => return unclear("a streak has no other time in which it is counted"),
        (Some(window), _) => fact["window"] = window.as_str().into(),
    }
    Ok(fact)
}

/// Whether a sentence speaks of how often what stays true is rewarded. Then it means each time that the number is reached.
fn is_repeated(frame: &Frame<'_>, tally: &Tally) -> bool {
    let more_than_once = frame.per_user.is_some_and(|times| times > 1 || frame.per_user_window.is_some());
    let counted = matches!(tally.measure, Measure::Count | Measure::Distinct(_));
    tally.stays && counted && tally.operator == Some(">=") && (more_than_once || frame.cooldown.is_some())
}

fn limits(frame: &Frame<'_>) -> Map<String, Value> {
    let (mut per_user, mut window) = (frame.per_user, frame.per_user_window.clone());
    let stays = frame.tally.as_ref().is_some_and(|tally| tally.stays);
    if stays && per_user.is_none() && frame.cooldown.is_none() {
        // What was reached stays so: it is rewarded once, within a window once for each.
        (per_user, window) = (Some(1), frame.window.clone());
    }
    let optional: [(&str, Option<Value>); 4] = [
        ("per_user", per_user.map(Value::from)),
        ("per_user_window", window.map(Value::from)),
        ("total", frame.in_all.map(Value::from)),
        ("cooldown", frame.cooldown.as_deref().map(Value::from)),
    ];
    optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn actions(frame: &Frame<'_>, event: &str) -> Result<Vec<Value>, Misread> {
    if frame.cap.is_some() && frame.gifts.iter().all(|gift| matches!(gift.size, Size::Fixed(_))) {
        return unclear("it says how much at most, but what is given is always the same");
    }
    let mut actions = Vec::new();
    for (index, gift) in frame.gifts.iter().enumerate() {
        for user in recipients(frame, index, event) {
            actions.push(action(frame, gift, user, event)?);
        }
    }
    if let Some(message) = &frame.message {
        let user = actions.first().map(|action| action["user"].clone());
        actions.push(json!({"type": "notify", "user": user, "message": message}));
    }
    Ok(actions)
}

/// Whom a gift is for: those who are named behind it, or else right before it.
fn recipients(frame: &Frame<'_>, index: usize, event: &str) -> Vec<&'static str> {
    let gift = &frame.gifts[index];
    let next = frame.gifts.get(index + 1).map_or(usize::MAX, |next| next.start);
    let before = index.checked_sub(1).map_or(0, |before| frame.gifts[before].end);
    let behind = |mention: &&Mention| mention.to && (gift.end..next).contains(&mention.at);
    let ahead = |mention: &&Mention| !mention.to && (before..gift.start).contains(&mention.at);
    let first = |mention: &&Mention| index == 0 && mention.at < gift.start;
    let mentions = &frame.mentions;
    let found = mentions.iter().find(behind).or_else(|| mentions.iter().rfind(ahead));
    let found = found.or_else(|| mentions.iter().find(first));
    let usual = if is_about_friend(frame, event) { Party::Referrer } else { Party::Doer };
    let is_referral = event == REFERRAL;
    let (referrer, friend) =
        if is_referral { ("referrer_id", "referred_id") } else { (REFERRED_BY, "user_id") };
    match found.map_or(usual, |mention| mention.party) {
        Party::Referrer => vec![referrer],
        Party::Friend => vec![friend],
        Party::Both => vec![referrer, friend],
        Party::Doer if is_referral => vec![referrer],
        Party::Doer => vec!["user_id"],
    }
}

fn action(frame: &Frame<'_>, gift: &Gift, user: &str, event: &str) -> Result<Value, Misread> {
    let (unit, units): (Unit, Value) = match &gift.size {
        Size::Achievement(name) => {
            return Ok(json!({"type": "grant_achievement", "user": user, "achievement": name}));
        }
        Size::Reward(name) => return Ok(json!({"type": "issue_reward", "user": user, "reward": name})),
        Size::Fixed(amount) => (amount.of.clone(), amount.units.into()),
        Size::Percent(percent) => {
            let (above, below) = percent.fraction().unwrap_or((0, 1));
            let below = below.saturating_mul(100);
            (money_of(frame), computed(frame, event, above, below, &money_of(frame))?)
        }
        Size::PerSpent { gives, spent } => {
            (gives.of.clone(), computed(frame, event, gives.units, spent.units, &gives.of)?)
        }
        Size::Multiple(factor) => {
            let more = factor.minus_one().and_then(|more| more.fraction());
            let (above, below) = more.unwrap_or((1, 1));
            (Unit::Points, computed(frame, event, above, below.saturating_mul(100), &Unit::Points)?)
        }
    };
    let mut action = json!({"type": if frame.takes { "debit" } else { "credit" }, "user": user});
    match &unit {
        Unit::Points => action["points"] = units,
        Unit::Reward => action["amount_cents"] = units,
        Unit::Currency(code) => {
            action["amount"] = units;
            action["asset"] = code.as_str().into();
        }
    }
    if frame.from_pool && !frame.takes {
        action["from"] = "pool".into();
    }
    if let Some(confirm) = frame.confirm.as_deref().filter(|_| !frame.takes && unit.is_money()) {
        action["confirm"] = confirm.into();
    }
    Ok(action)
}

/// In which money shares are given: that of the amounts in the sentence, or else what rewards are counted in.
fn money_of(frame: &Frame<'_>) -> Unit {
    let named = frame.cap.iter().chain(frame.totals.iter().map(|(_, amount)| amount));
    named.map(|amount| &amount.of).find(|unit| unit.is_money()).cloned().unwrap_or(Unit::Reward)
}

/// `int(total) * above / below`, in whole numbers, so that nothing is lost but what is rounded down.
fn computed(frame: &Frame<'_>, event: &str, above: i64, below: i64, unit: &Unit) -> Result<Value, Misread> {
    let total = total_of(event)?;
    let common = gcd(above, below).max(1);
    let expr = match (above / common, below / common) {
        (1, 1) => format!("int({total})"),
        (1, below) => format!("int({total}) / {below}"),
        (above, 1) => format!("int({total}) * {above}"),
        (above, below) => format!("int({total}) * {above} / {below}"),
    };
    let mut computed = json!({ "expr": expr });
    match &frame.cap {
        None => {}
        Some(Amount { units, of }) if of == unit => computed["max"] = (*units).into(),
        Some(_) => return unclear("what is given at most is of another kind than what is given"),
    }
    Ok(computed)
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What was assumed, in the order in which it matters.
pub(super) fn assumptions(frame: &Frame<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let Some(event) = frame.event() else { return told };
    let events = if frame.events.is_empty() { vec![event.to_owned()] } else { frame.events.clone() };
    told.extend(events.iter().filter_map(|event| event_assumption(frame, event)));
    if is_about_friend(frame, event) {
        told.push("the friend is the member in user_id, who was referred by somebody".to_owned());
    }
    let names_recipient = !frame.mentions.is_empty();
    if !names_recipient && (event == REFERRAL || is_about_friend(frame, event)) {
        told.push("it is given to the referrer".to_owned());
    }
    let amounts =
        || frame.totals.iter().map(|(_, amount)| amount).chain(frame.gifts.iter().filter_map(fixed));
    if amounts().chain(&frame.cap).any(|amount| amount.of == Unit::Reward) {
        told.push("dollars are the currency that rewards are counted in".to_owned());
    }
    if let Some(Gift { size: Size::Multiple(_), .. }) =
        frame.gifts.iter().find(|gift| matches!(gift.size, Size::Multiple(_)))
    {
        told.push(
            "another rule gives 1 point per dollar already, so this one gives what is missing".to_owned(),
        );
    }
    let money =
        frame.gifts.iter().any(|gift| !matches!(&gift.size, Size::Fixed(amount) if !amount.of.is_money()));
    if frame.confirm.is_some() && !money {
        told.push("points are given at once, so there is nothing to confirm".to_owned());
    }
    if frame.window.as_deref().is_some_and(|window| !window.starts_with('P')) {
        let window = frame.window.as_deref().unwrap_or_default();
        told.push(format!("a {window} is one of the calendar"));
    }
    if let Some(tally) = frame.tally.as_ref().filter(|tally| tally.stays) {
        let limited = frame.per_user.is_some() || frame.cooldown.is_some();
        let in_window = if frame.window.is_some() { " and each window" } else { "" };
        told.push(match (is_repeated(frame, tally), limited) {
            (true, _) => format!("it is given at {} and at every multiple of it", tally.number),
            (false, true) => {
                "once it is reached, whatever comes then is rewarded too, within the limits".to_owned()
            }
            (false, false) => format!("it is given once for each member{in_window}, when that is reached"),
        });
    }
    told.extend(frame.assumptions.iter().cloned());
    told
}

fn fixed(gift: &Gift) -> Option<&Amount> {
    match &gift.size {
        Size::Fixed(amount) => Some(amount),
        Size::PerSpent { spent, .. } => Some(spent),
        _ => None,
    }
}

fn event_assumption(frame: &Frame<'_>, event: &str) -> Option<String> {
    let Some(happening) = happening(event) else {
        return Some(format!("the member that {event} is about stands in its user_id"));
    };
    if event == REFERRAL {
        return Some(
            "a referral is the event referral.converted, with the referrer in referrer_id and the friend in referred_id"
                .to_owned(),
        );
    }
    let looks_at_money = !frame.totals.is_empty()
        || matches!(&frame.tally, Some(Tally { measure: Measure::Sum, .. }))
        || frame
            .gifts
            .iter()
            .any(|gift| matches!(gift.size, Size::Percent(_) | Size::PerSpent { .. } | Size::Multiple(_)));
    let total = happening.total.filter(|_| looks_at_money);
    let total = total.map(|total| format!(", with its total in {total}, in cents")).unwrap_or_default();
    Some(format!("{} is the event {event} of the member in user_id{total}", happening.called))
}
