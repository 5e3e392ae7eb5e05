//! Strict parsing: what is not of the form that was asked for is told to whoever sent it: where, what, and what would be
//! right.

use crate::problem::Problem;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, forward_to_deserialize_any};

/// A value whose struct is an object and nothing else: serde alone would read a list as the fields in their order.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Strict<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(Objects(deserializer)).map(Self)
    }
}

struct Objects<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Where input came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The body, whose places are JSON pointers.
    Body,
    /// The query, whose places are names of parameters.
    Query,
}

impl Input {
    fn what(self) -> &'static str {
        match self {
            Self::Body => "field",
            Self::Query => "query parameter",
        }
    }

    /// The place of a name within a place. Whoever told the place may have named it already.
    fn within(self, place: String, name: &str) -> String {
        match self {
            Self::Query => name.to_owned(),
            Self::Body if place.ends_with(&format!("/{name}")) => place,
            Self::Body => format!("{place}/{name}"),
        }
    }
}

/// What serde says of input that is well-formed and not what it should be.
pub(crate) fn refused(input: Input, place: String, text: &str) -> Problem {
    // serde_json adds where in the text it stood; the place says it better.
    let text = text.rsplit_once(" at line ").map_or(text, |(before, _)| before);
    let named = text.split('`').nth(1).unwrap_or_default();
    let what = input.what();
    if text.starts_with("missing field") {
        let told = format!("the {what} `{named}` is required");
        return Problem::invalid(input.within(place, named), "missing_field", told);
    }
    if text.starts_with("duplicate field") {
        let told = format!("the {what} `{named}` is there twice, perhaps under another of its names");
        return Problem::invalid(input.within(place, named), "duplicate_field", told);
    }
    if text.starts_with("unknown field") {
        let known = text.split_once("expected ").map(|(_, known)| known.trim_start_matches("one of "));
        let told = match known {
            Some(known) => format!("there is no {what} `{named}` here; known: {known}"),
            None => format!("there is no {what} `{named}` here; there are none"),
        };
        return Problem::invalid(input.within(place, named), "unknown_field", told);
    }
    let code = if text.starts_with("invalid type") { "wrong_type" } else { "invalid_value" };
    Problem::invalid(place, code, in_words(text))
}

/// Without the names of Rust's types.
fn in_words(text: &str) -> String {
    let Some((before, expected)) = text.rsplit_once("expected ") else { return text.to_owned() };
    let expected = match expected {
        "i64" | "u8" | "u32" => "a whole number",
        _ if expected.starts_with("struct ") => "an object",
        other => other,
    };
    format!("{before}expected {expected}")
}
