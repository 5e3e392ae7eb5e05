//! Conditions on fields of the event: `with the code SUMMER`, `where country is US`; and messages.

use super::happenings::comparison;
use crate::path::Path;
use crate::sentence::cursor::Cursor;
use crate::sentence::frame::Frame;
use crate::sentence::token::Kind;
use serde_json::Value;

/// `where country is "US"`, `whose order.status is paid`, `with the code SUMMER`, `in the category shoes`.
pub(super) fn field<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let read = "what a field of the event must be";
    if let Some(next) = cursor.one_of(&["where", "whose", "provided", "and where"]) {
        let next = next.skip(&["the", "their", "its", "that"]);
        let (next, path) = path(next)?;
        if let Some((next, operator)) = comparison(next)
            && let Some((next, number)) = next.number()
        {
            frame.tests(&path, operator, number.whole()?);
            return Some((next, read));
        }
        let next = next.one_of(&["is", "equal", "are", "was"]).or_else(|| next.sign('='))?;
        let (next, operator) = match next.phrase("not") {
            Some(next) => (next, "!="),
            None => (next, "=="),
        };
        let (next, value) = value(next)?;
        frame.tests(&path, operator, value);
        return Some((next, read));
    }
    let next =
        cursor.one_of(&["with", "using", "in", "from"])?.skip(&["the", "a", "promo", "coupon", "discount"]);
    let (next, name) = ["code", "category", "country", "store", "channel", "product", "brand"]
        .into_iter()
        .find_map(|name| Some((next.phrase(name)?, name)))?;
    let (next, value) = value(next)?;
    frame.assume(format!("the {name} stands in the event's field {name}, written exactly so"));
    frame.tests(name, "==", value);
    Some((next, read))
}

fn path<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, String)> {
    let name = match cursor.kind()? {
        Kind::Name(name) => name.as_str(),
        Kind::Word { word, .. } if !word.is_empty() => word,
        _ => return None,
    };
    Path::parse(name).ok()?;
    Some((cursor.next(), name.to_owned()))
}

/// A word as it was written is not kept, so what must be exact stands in quotation marks.
fn value<'t>(cursor: Cursor<'t>) -> Option<(Cursor<'t>, Value)> {
    let value = match cursor.kind()? {
        Kind::Quoted(text) => Value::from(text.as_str()),
        Kind::Name(text) => Value::from(text.as_str()),
        Kind::Number(number) => Value::from(number.whole()?),
        Kind::Word { word, .. } if word == "true" => Value::from(true),
        Kind::Word { word, .. } if word == "false" => Value::from(false),
        Kind::Word { written, .. } => Value::from(written.as_str()),
        _ => return None,
    };
    Some((cursor.next(), value))
}

/// `and tell them "Well done!"`.
pub(super) fn message<'t>(cursor: Cursor<'t>, frame: &mut Frame<'_>) -> Option<(Cursor<'t>, &'static str)> {
    let next = cursor.one_of(&[
        "tell",
        "notify",
        "and tell",
        "and notify",
        "saying",
        "with the message",
        "message",
    ])?;
    let next = next.skip(&[
        "them", "the", "member", "user", "customer", "referrer", "that", "saying", "with", "message",
    ]);
    match next.kind()? {
        Kind::Quoted(text) if !text.trim().is_empty() => {
            frame.message = Some(text.trim().to_owned());
            Some((next.next(), "what they are told"))
        }
        _ => None,
    }
}
