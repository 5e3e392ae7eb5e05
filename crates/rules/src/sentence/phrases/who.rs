//! Who it is about: gold members, the sales team, the referrer.

use crate::sentence::Misread;
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::{Frame, Mention};
use crate::sentence::money::amount;
use crate::sentence::vocabulary::{PARTIES, Party, ROLES, TIERS};
use serde_json::{Value, json};

/// `gold members`, `members with gold status`, `in the sales team`, `managers`.
pub(super) fn kind_of_member<'t>(
    cursor: Cursor<'t>,
    frame: &mut Frame<'_>,
) -> Option<(Cursor<'t>, &'static str)> {
    let (next, condition) = condition(cursor, frame)?;
    frame.conditions.push(condition);
    Some((next, "which members"))
}

/// `except managers`, `excluding gold members`.
pub(super) fn except<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.one_of(&[
        "except for",
        "except",
        "excluding",
        "but not",
        "not for",
        "other than",
        "not to",
    ])?;
    let next = next.skip(&["the", "for", "to", "a", "an", "any", "those"]);
    let Some((next, condition)) = condition(next, frame) else {
        frame.refuse(Misread::Unclear("it does not become clear who or what is left out".to_owned()));
        return None;
    };
    frame.conditions.push(json!({ "not": condition }));
    Some((next, "which members are left out"))
}

fn condition<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, Value)> {
    tier(cursor, frame).or_else(|| group(cursor)).or_else(|| role(cursor))
}

fn tier<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, Value)> {
    let (mut next, first) = tier_name(cursor)?;
    let mut tiers = vec![first];
    while let Some((after, more)) = next.one_of(&["or", "and"]).and_then(tier_name) {
        (next, tiers) = (after, [tiers, vec![more]].concat());
    }
    let next = next.one_of(&[
        "member",
        "customer",
        "user",
        "tier member",
        "tier",
        "status",
        "level",
        "tier customer",
        "level member",
    ])?;
    frame.assume("a member's tier stands in their attribute tier, in small letters");
    let value = match tiers.as_slice() {
        [one] => json!({"field": "$member.attributes.tier", "operator": "==", "value": one}),
        several => json!({"field": "$member.attributes.tier", "operator": "in", "value": several}),
    };
    Some((next, value))
}

fn tier_name<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, word) = cursor.word()?;
    Some((next, TIERS.iter().find(|tier| **tier == word)?))
}

fn group<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Value)> {
    let next = cursor.one_of(&["in", "from", "of"])?.skip(&["the", "our"]);
    let (next, name) = next.word()?;
    let (next, field) = [("team", "$member.team"), ("department", "$member.department")]
        .into_iter()
        .find_map(|(word, field)| Some((next.phrase(word)?, field)))?;
    Some((next, json!({"field": field, "operator": "==", "value": name})))
}

fn role<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Value)> {
    let (next, role) = ROLES.iter().find_map(|(phrase, role)| Some((cursor.phrase(phrase)?, role)))?;
    Some((next, json!({"field": "$member.role", "operator": "==", "value": role})))
}

/// `to the referrer`, `the friend gets`, `the friend's`, `both`.
pub(super) fn party<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let (next, party) = PARTIES.iter().find_map(|(phrase, party)| Some((cursor.phrase(phrase)?, *party)))?;
    let (next, party) = match next.one_of(&["and", "and the", "and their"]).and_then(referred) {
        Some((next, second)) if second != party => (next, Party::Both),
        _ => (next, party),
    };
    let to = cursor.follows(&["to", "for"]);
    let is_given = to
        || cursor.follows(&["give", "award", "pay", "credit", "grant", "reward", "giving", "send"])
        || next
            .one_of(&["get", "receive", "earn", "each get", "each receive", "each earn", "is paid"])
            .is_some()
        || amount(next).is_some();
    if is_given && !next.after_possessive() {
        frame.mentions.push(Mention { party, at: cursor.at, to });
        return Some((next, "who it is given to"));
    }
    if matches!(party, Party::Friend | Party::Both) {
        frame.friend = true;
        return Some((next, "that it is about somebody who was referred"));
    }
    Some((next, "who does it"))
}

fn referred<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Party)> {
    let cursor = cursor.skip(&["the", "their"]);
    let found = PARTIES.iter().find_map(|(phrase, party)| Some((cursor.phrase(phrase)?, *party)));
    found.filter(|(_, party)| matches!(party, Party::Referrer | Party::Friend))
}
