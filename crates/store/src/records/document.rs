//! Configuration documents: typed by whoever uses them, stored as JSON, every version for ever.

use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::any::Any;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// Which document: its kind (`asset`, `issuer`) and its id among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentKey {
    /// What it configures.
    pub kind: SmolStr,
    /// Its id among those of its kind.
    pub id: SmolStr,
}

impl DocumentKey {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![(&self.kind).into(), (&self.id).into()]
    }
}

/// One version of a configuration document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Which document.
    #[serde(flatten)]
    pub key: DocumentKey,
    /// Counts its versions, from 1.
    pub version: i64,
    /// What it says.
    pub body: Body,
    /// Whether this version removes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// When this version was made.
    pub recorded_at: Timestamp,
}

/// What a version of a document says. It is read far more often than it is written, so it keeps what it was read as.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body {
    json: serde_json::Value,
    #[serde(skip)]
    read: OnceLock<Option<Arc<dyn Any + Send + Sync>>>,
}

impl Body {
    /// What a value of any type says. None of the types that documents are written from fails at that.
    pub fn of<T: Serialize>(value: &T) -> Self {
        serde_json::to_value(value).unwrap_or_default().into()
    }

    /// What it says, as the type that it was written from; `None` where it is of another.
    pub fn read<T: DeserializeOwned + Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.read_with(|said| Some(said))
    }

    /// What is made of what it says: made once, so always the same way; `None` where it says something else.
    pub fn read_with<S: DeserializeOwned, T: Send + Sync + 'static>(
        &self,
        make: impl Fn(S) -> Option<T>,
    ) -> Option<Arc<T>> {
        let parse = || Some(Arc::new(make(S::deserialize(&self.json).ok()?)?));
        let read = self.read.get_or_init(|| parse().map(|value| value as Arc<dyn Any + Send + Sync>));
        match read.clone().map(Arc::downcast) {
            Some(Ok(value)) => Some(value),
            // It was read as something else before.
            _ => parse(),
        }
    }
}

impl From<serde_json::Value> for Body {
    fn from(json: serde_json::Value) -> Self {
        Self { json, read: OnceLock::new() }
    }
}

impl Deref for Body {
    type Target = serde_json::Value;
    fn deref(&self) -> &serde_json::Value {
        &self.json
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Eq for Body {}

pub(crate) const LOOK_UP_DOCUMENTS: Lookup = Lookup {
    sqlite: "SELECT kind, document_id, version, body, removed, recorded_at FROM documents
        WHERE tenant_id = $1 AND kind = $2 AND document_id = $3 ORDER BY version DESC LIMIT 1",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[]) AS wanted (k, i) CROSS JOIN LATERAL
        (SELECT kind, document_id, version, body, removed, recorded_at FROM documents
        WHERE tenant_id = $1 AND kind = k AND document_id = i ORDER BY version DESC LIMIT 1) AS found",
    key: &[Type::Text, Type::Text],
};

pub(crate) const LIST_DOCUMENTS: &str =
    "SELECT kind, document_id, version, body, removed, recorded_at FROM documents AS d
    WHERE tenant_id = $1 AND kind = $2 AND document_id > $3 AND removed = 0
      AND version = (SELECT max(version) FROM documents
        WHERE tenant_id = $1 AND kind = $2 AND document_id = d.document_id)
    ORDER BY document_id LIMIT $4";

/// Newest first: `$4` the version before which to go on.
pub(crate) const LIST_DOCUMENT_VERSIONS: &str =
    "SELECT kind, document_id, version, body, removed, recorded_at FROM documents
    WHERE tenant_id = $1 AND kind = $2 AND document_id = $3 AND version < $4 ORDER BY version DESC LIMIT $5";

pub(crate) const WRITE_DOCUMENT: Write = Write {
    table: "documents",
    columns: &[
        ("kind", Type::Text),
        ("document_id", Type::Text),
        ("version", Type::Int),
        ("body", Type::Text),
        ("removed", Type::Int),
        ("recorded_at", Type::Int),
    ],
    on_conflict: "",
};

impl Document {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            (&self.key.kind).into(),
            (&self.key.id).into(),
            self.version.into(),
            self.body.to_string().into(),
            i64::from(self.removed).into(),
            self.recorded_at.into(),
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            key: DocumentKey { kind: row.text(0)?.into(), id: row.text(1)?.into() },
            version: row.int(2)?,
            body: super::from_json(row.text(3)?)?,
            removed: row.int(4)? == 1,
            recorded_at: super::instant(row.int(5)?)?,
        })
    }
}

crate::statements::list! { LOOK_UP_DOCUMENTS, LIST_DOCUMENTS, LIST_DOCUMENT_VERSIONS, WRITE_DOCUMENT }
