//! A condition on one value.

use crate::flaw::{Type, type_of};
use crate::limits;
use crate::path::Path;
use crate::scalar;
use jiff::Timestamp;
use memchr::memmem;
use regex::Regex;
use serde::ser::SerializeMap;
use serde_json::{Number, Value, json};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

/// `{"field": …, "operator": …, "value": …}`.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) path: Path,
    pub(crate) operator: &'static str,
    pub(crate) check: Check,
}

/// What is checked, ready to run.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// `==` and `!=`.
    Equal { negated: bool, to: Operand },
    /// `> >= < <=`: the orders that hold.
    Order { holds: &'static [Ordering], than: Operand },
    /// `in` and `not_in`.
    OneOf { negated: bool, values: Listed },
    /// `contains` and `not_contains`.
    Contains { negated: bool, what: Operand },
    /// `starts_with`.
    StartsWith(Operand),
    /// `ends_with`.
    EndsWith(Operand),
    /// `matches`.
    Matches(Regex),
    /// `exists`.
    Exists(bool),
    /// `between` two numbers.
    BetweenNumbers(Number, Number),
    /// `between` two instants.
    BetweenInstants { first: Instant, last: Instant },
    /// `before`.
    Before(Moment),
    /// `after`.
    After(Moment),
}

/// What a value is compared with.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// A value that stands in the rule.
    Literal(Value),
    /// Another value of the event, the member or the referral.
    Field(Path),
}

/// An instant as it was written, and when that is.
#[derive(Debug, Clone)]
pub(crate) struct Instant {
    pub(crate) written: String,
    pub(crate) at: Timestamp,
}

/// What an instant is compared with.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    /// An instant that stands in the rule.
    Literal(Instant),
    /// Another value of the event, the member or the referral.
    Field(Path),
}

/// The values of an `in`, with a look-up by hash where there are many.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) values: Vec<Value>,
    hashes: Option<HashSet<u64, foldhash::fast::FixedState>>,
}

impl Listed {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        let hashes = (values.len() > 8).then(|| values.iter().filter_map(scalar::hash).collect());
        Self { values, hashes }
    }

    fn contains(&self, value: &Value) -> bool {
        let perhaps = match &self.hashes {
            Some(hashes) => scalar::hash(value).is_some_and(|hash| hashes.contains(&hash)),
            None => true,
        };
        perhaps && self.values.iter().any(|listed| scalar::equal(listed, value))
    }
}

/// Why a condition does not hold, where it is not simply so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nothing stands at the path.
    Missing,
    /// Nothing stands at the path that it is compared with.
    OtherMissing,
    /// The types that met cannot be compared so.
    Types { found: Type, expected: Type },
    /// The text is not an RFC 3339 instant.
    NoInstant,
    /// The text is too long for a regular expression.
    TooLong,
}

/// What a check says of one value: it holds, it does not, or it does not for a reason.
type Verdict = Result<bool, Why>;

impl Test {
    /// Looks at one value that stands at the path. `other` finds what an operand's path leads to.
    pub(crate) fn of<'v>(&self, value: &'v Value, other: &dyn Fn(&Path) -> Option<&'v Value>) -> Verdict {
        match &self.check {
            Check::Equal { negated, to } => {
                Ok(scalar::equal(value, to.find(other).ok_or(Why::OtherMissing)?) != *negated)
            }
            Check::Order { holds, than } => {
                let than = than.find(other).ok_or(Why::OtherMissing)?;
                let order = scalar::order(value, than).ok_or_else(|| not_a_number(value, than))?;
                Ok(holds.contains(&order))
            }
            Check::OneOf { negated, values } => Ok(values.contains(value) != *negated),
            Check::Contains { negated, what } => {
                Ok(contains(value, what.find(other).ok_or(Why::OtherMissing)?)? != *negated)
            }
            Check::StartsWith(what) => {
                both_texts(value, what, other).map(|(text, what)| text.starts_with(what))
            }
            Check::EndsWith(what) => both_texts(value, what, other).map(|(text, what)| text.ends_with(what)),
            Check::Matches(regex) => match text(value)? {
                long if long.len() > limits::MATCHED_BYTES => Err(Why::TooLong),
                text => Ok(regex.is_match(text)),
            },
            Check::Exists(wanted) => Ok(*wanted),
            Check::BetweenNumbers(least, most) => match value {
                Value::Number(number) => Ok(scalar::order_numbers(number, least).is_ge()
                    && scalar::order_numbers(number, most).is_le()),
                other => Err(Why::Types { found: type_of(other), expected: Type::Number }),
            },
            Check::BetweenInstants { first, last } => {
                instant(value).map(|at| (first.at..=last.at).contains(&at))
            }
            Check::Before(moment) => Ok(instant(value)? < moment.find(other)?),
            Check::After(moment) => Ok(instant(value)? > moment.find(other)?),
        }
    }

    /// What holds where nothing stands at the path.
    pub(crate) fn of_nothing(&self) -> Verdict {
        match self.check {
            Check::Exists(wanted) => Ok(!wanted),
            _ => Err(Why::Missing),
        }
    }

    /// The path that it compares with, where it is one.
    pub(crate) fn other(&self) -> Option<&Path> {
        match &self.check {
            Check::Equal { to: operand, .. }
            | Check::Order { than: operand, .. }
            | Check::Contains { what: operand, .. }
            | Check::StartsWith(operand)
            | Check::EndsWith(operand) => match operand {
                Operand::Field(path) => Some(path),
                Operand::Literal(_) => None,
            },
            Check::Before(Moment::Field(path)) | Check::After(Moment::Field(path)) => Some(path),
            _ => None,
        }
    }

    /// The canonical form.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "field": self.path, "operator": self.operator, "value": self.value_json() })
    }

    /// Adds the canonical form to a map that is being serialized.
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("field", &self.path)?;
        map.serialize_entry("operator", self.operator)?;
        map.serialize_entry("value", &*self.value_json())
    }

    pub(crate) fn value_json(&self) -> Cow<'_, Value> {
        Cow::Owned(match &self.check {
            Check::Equal { to: operand, .. }
            | Check::Order { than: operand, .. }
            | Check::Contains { what: operand, .. }
            | Check::StartsWith(operand)
            | Check::EndsWith(operand) => match operand {
                Operand::Literal(value) => return Cow::Borrowed(value),
                Operand::Field(path) => json!({ "field": path }),
            },
            Check::OneOf { values, .. } => values.values.clone().into(),
            Check::Matches(regex) => regex.as_str().into(),
            Check::Exists(wanted) => (*wanted).into(),
            Check::BetweenNumbers(least, most) => json!([least, most]),
            Check::BetweenInstants { first, last } => json!([first.written, last.written]),
            Check::Before(moment) | Check::After(moment) => match moment {
                Moment::Literal(instant) => instant.written.clone().into(),
                Moment::Field(path) => json!({ "field": path }),
            },
        })
    }
}

impl Operand {
    fn find<'s, 'v: 's>(&'s self, other: &dyn Fn(&Path) -> Option<&'v Value>) -> Option<&'s Value> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Field(path) => other(path),
        }
    }
}

impl Moment {
    fn find<'v>(&self, other: &dyn Fn(&Path) -> Option<&'v Value>) -> Result<Timestamp, Why> {
        match self {
            Self::Literal(instant) => Ok(instant.at),
            Self::Field(path) => instant(other(path).ok_or(Why::OtherMissing)?),
        }
    }
}

fn not_a_number(value: &Value, than: &Value) -> Why {
    let found = if value.is_number() { than } else { value };
    Why::Types { found: type_of(found), expected: Type::Number }
}

fn contains(value: &Value, what: &Value) -> Verdict {
    match (value, what) {
        (Value::String(text), Value::String(what)) => {
            Ok(memmem::find(text.as_bytes(), what.as_bytes()).is_some())
        }
        (Value::Array(elements), what) => Ok(elements.iter().any(|element| scalar::equal(element, what))),
        (Value::String(_), what) => Err(Why::Types { found: type_of(what), expected: Type::Text }),
        (value, _) => Err(Why::Types { found: type_of(value), expected: Type::List }),
    }
}

fn text(value: &Value) -> Result<&str, Why> {
    value.as_str().ok_or(Why::Types { found: type_of(value), expected: Type::Text })
}

fn both_texts<'s, 'v: 's>(
    value: &'v Value,
    what: &'s Operand,
    other: &dyn Fn(&Path) -> Option<&'v Value>,
) -> Result<(&'s str, &'s str), Why> {
    Ok((text(value)?, text(what.find(other).ok_or(Why::OtherMissing)?)?))
}

fn instant(value: &Value) -> Result<Timestamp, Why> {
    text(value)?.parse().map_err(|_| Why::NoInstant)
}
