//! The documents of rules, of the set that the active ones make, and of what they count.

use guerdon_ledger::Name;
use guerdon_rules::{Counter, CounterId, Rule};
use guerdon_store::{Body, Document, DocumentKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of the documents that are rules.
pub const RULE: &str = "rule";
/// The kind of the documents that say what of history is counted.
pub(super) const COUNTER: &str = "counter";
/// The kind of the one document whose version tells which rules are active.
const SET: &str = "rule_set";

/// A version of a rule as it is stored.
#[derive(Debug, Clone)]
pub struct StoredRule {
    /// Its id.
    pub id: Name,
    /// The version.
    pub version: i64,
    /// When that version was made.
    pub changed_at: Timestamp,
    /// What it says.
    pub rule: Rule,
}

impl StoredRule {
    /// The rule in a document.
    pub fn of(document: &Document) -> Option<Self> {
        // Only this program writes such documents, from a rule.
        Some(Self {
            id: Name::new(&document.key.id).ok()?,
            version: document.version,
            changed_at: document.recorded_at,
            rule: Rule::parse(&document.body).ok()?,
        })
    }
}

/// The document of a rule.
pub fn document_of(id: &Name) -> DocumentKey {
    DocumentKey { kind: RULE.into(), id: id.as_str().into() }
}

/// The document whose version changes with whatever changes which rules are active, and what is counted for them.
pub(crate) fn set_document() -> DocumentKey {
    DocumentKey { kind: SET.into(), id: "active".into() }
}

/// The document of a counter.
pub(super) fn counter_document(id: CounterId) -> DocumentKey {
    DocumentKey { kind: COUNTER.into(), id: id.to_string().into() }
}

/// What is counted, and how far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredCounter {
    /// What.
    pub(super) counter: Value,
    /// Events from this transaction on are counted as they come in; of those before it, those from here on have been
    /// counted since. `None` once all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) counted_from: Option<i64>,
}

impl StoredCounter {
    pub(super) fn of(document: &Document) -> Option<(Counter, Self)> {
        let stored = Self::deserialize(&*document.body).ok()?;
        Some((Counter::parse(&stored.counter).ok()?, stored))
    }

    pub(super) fn document(&self, id: CounterId, version: i64, at: Timestamp) -> Document {
        Document { key: counter_document(id), version, body: Body::of(self), removed: false, recorded_at: at }
    }
}
