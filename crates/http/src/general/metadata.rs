//! Metadata: anything else worth keeping beside a transaction, within bounds.

use crate::wire::controls;
use guerdon_ledger::Invalid;
use guerdon_store::journal;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Keys at most.
const KEYS: usize = 50;
/// Characters of a key at most.
const KEY: usize = 40;
/// Bytes of all of it as JSON at most.
const SIZE: usize = 8 << 10;
/// Levels of lists and objects within each other at most.
const DEPTH: usize = 10;

/// Anything else worth keeping.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(crate) struct Metadata(journal::Metadata);

impl TryFrom<Map<String, Value>> for Metadata {
    type Error = Invalid;

    fn try_from(map: Map<String, Value>) -> Result<Self, Invalid> {
        if map.len() > KEYS || map.keys().any(|key| key.is_empty() || key.chars().count() > KEY) {
            return Err(Invalid(format!("metadata has at most {KEYS} keys of 1 to {KEY} characters")));
        }
        check_object(&map, DEPTH)?;
        let metadata = journal::Metadata::of(map);
        let size = metadata.as_str().len();
        if size > SIZE {
            return Err(Invalid(format!("metadata is at most {SIZE} bytes as JSON, this is {size}")));
        }
        Ok(Self(metadata))
    }
}

fn check_object(map: &Map<String, Value>, depth: usize) -> Result<(), Invalid> {
    map.keys().try_for_each(|key| check_text(key))?;
    map.values().try_for_each(|value| check(value, depth))
}

fn check(value: &Value, depth: usize) -> Result<(), Invalid> {
    let deeper = || {
        let told = || Invalid(format!("metadata nests at most {DEPTH} levels deep"));
        depth.checked_sub(1).ok_or_else(told)
    };
    match value {
        Value::String(text) => check_text(text),
        Value::Array(items) => {
            let depth = deeper()?;
            items.iter().try_for_each(|item| check(item, depth))
        }
        Value::Object(map) => check_object(map, deeper()?),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), Invalid> {
    match controls(text) {
        true => Err(Invalid("metadata may not hold control characters".to_owned())),
        false => Ok(()),
    }
}

impl From<Metadata> for journal::Metadata {
    fn from(metadata: Metadata) -> Self {
        metadata.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metadata_keeps_within_its_bounds() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        let many = |keys: usize| (0..keys).map(|key| (format!("k{key}"), json!(1))).collect::<Map<_, _>>();
        for (metadata, good) in [
            (json!({}), true),
            (json!({"order": {"lines": [1, 2.5, null, "two\nlines"]}}), true),
            (json!({ "k".repeat(40): 1 }), true),
            (json!({ "k".repeat(41): 1 }), false),
            (json!({"": 1}), false),
            (json!({"a": "x\u{0}"}), false),
            (json!({"a": [{"b\u{7}": 1}]}), false),
            (json!({ "a": nested(10) }), true),
            (json!({ "a": nested(11) }), false),
            (json!({ "a": "x".repeat(8_184) }), true),
            (json!({ "a": "x".repeat(8_185) }), false),
            (many(50).into(), true),
            (many(51).into(), false),
        ] {
            let told = metadata.to_string();
            let map = metadata.as_object().cloned().expect("an object");
            assert_eq!(Metadata::try_from(map).is_ok(), good, "{told}");
        }
    }
}
