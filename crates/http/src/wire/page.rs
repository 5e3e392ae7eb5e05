//! Pages with an opaque cursor, and what lists are filtered by.

use super::list::Part;
use crate::problem::Problem;
use guerdon_ledger::Invalid;
use guerdon_store::journal::Metadata;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Rows of a page where the caller does not say.
const DEFAULT_LIMIT: i64 = 50;
/// Rows of a page at most.
const MAX_LIMIT: i64 = 200;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// How many at most, 1 to 200; 50 where not given.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// A place in a list that a cursor can carry.
pub(crate) trait Position: Sized {
    fn to_text(&self) -> String;
    fn from_text(text: &str) -> Option<Self>;
}

impl Position for i64 {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Position for (i64, i64) {
    fn to_text(&self) -> String {
        format!("{},{}", self.0, self.1)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (a, b) = text.split_once(',')?;
        Some((a.parse().ok()?, b.parse().ok()?))
    }
}

/// Ids, codes and paths, which are all of visible ASCII characters.
impl Position for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn from_text(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| text.to_owned())
    }
}

impl<A: Position, B: Position> Position for Both<A, B> {
    fn to_text(&self) -> String {
        format!("{} {}", self.0.to_text(), self.1.to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (a, b) = text.split_once(' ')?;
        Some(Self(A::from_text(a)?, B::from_text(b)?))
    }
}

/// A place that takes two to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl PageQuery {
    /// From the query parameters of a list that has others besides.
    pub(crate) fn new(limit: Option<String>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// How many at most.
    pub(crate) fn limit(&self) -> Result<i64, Problem> {
        let Some(text) = &self.limit else { return Ok(DEFAULT_LIMIT) };
        let told = || {
            Problem::invalid("limit", "invalid_value", format!("limit is 1 to {MAX_LIMIT}, this is {text}"))
        };
        text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)).ok_or_else(told)
    }

    /// Where to go on.
    pub(crate) fn position<P: Position>(&self) -> Result<Option<P>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let text = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let position = text.as_deref().and_then(P::from_text);
        position.map(Some).ok_or_else(|| {
            Problem::invalid(
                "cursor",
                "invalid_value",
                "not a cursor of this list: send next_cursor as it came",
            )
        })
    }

    /// Refuses what asks for a part of a list that is streamed whole.
    pub(crate) fn expect_whole(&self) -> Result<(), Problem> {
        let given = [("limit", &self.limit), ("cursor", &self.cursor)].into_iter().find(|(_, v)| v.is_some());
        match given {
            None => Ok(()),
            Some((name, _)) => Err(Problem::invalid(
                name,
                "invalid_value",
                "CSV and NDJSON are the whole list; pages come as application/json",
            )),
        }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    data: Vec<T>,
    /// Send it as `cursor` for the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl<T, P: Position> From<Part<T, P>> for Page<T> {
    fn from(part: Part<T, P>) -> Self {
        Self { data: part.rows, next_cursor: part.next.map(|place| hex::encode(place.to_text())) }
    }
}

/// What metadata must say: `metadata[order]=1001`. Values that are no texts are compared as JSON.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct MetadataQuery(BTreeMap<String, String>);

impl MetadataQuery {
    /// Whether metadata says what it must.
    pub(crate) fn fits(&self, metadata: &Metadata) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let metadata = metadata.read::<Map<String, Value>>().unwrap_or_default();
        self.0.iter().all(|(key, wanted)| match metadata.get(key) {
            Some(Value::String(text)) => *text == *wanted,
            Some(other) => serde_json::from_str::<Value>(wanted).is_ok_and(|wanted| wanted == *other),
            None => false,
        })
    }

    /// Whether it asks for nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for MetadataQuery {
    type Error = Invalid;

    fn try_from(folded: String) -> Result<Self, Invalid> {
        let told = || Invalid("write it as metadata[key]=value, each key once".to_owned());
        let pairs: Vec<(String, String)> = serde_json::from_str(&folded).map_err(|_| told())?;
        let count = pairs.len();
        let wanted: BTreeMap<_, _> = pairs.into_iter().collect();
        match wanted.len() == count && !wanted.contains_key("") {
            true => Ok(Self(wanted)),
            false => Err(told()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        let page = |cursor: &str| PageQuery::new(None, Some(cursor.to_owned()));
        let text = hex::encode(Both("wallet:a".to_owned(), "PTS".to_owned()).to_text());
        let place = page(&text).position::<Both<String, String>>().expect("a place");
        assert_eq!(place, Some(Both("wallet:a".to_owned(), "PTS".to_owned())));
        for bad in ["", "zz", "00", "7", &hex::encode("é"), &hex::encode("a b c"), &hex::encode("a\0b")] {
            assert_eq!(page(bad).position::<String>().expect_err(bad).status(), 400, "{bad}");
            assert!(page(bad).position::<i64>().is_err(), "{bad}");
            assert!(page(bad).position::<(i64, i64)>().is_err(), "{bad}");
        }
    }
}
