//! Configuration documents: typed by whoever uses them, stored as JSON, every version for ever.

use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which document: its kind (`asset`, `issuer`) and its id among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DocumentKey {
    /// What it configures.
    pub kind: String,
    /// Its id among those of its kind.
    pub id: String,
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
    pub body: serde_json::Value,
    /// Whether this version removes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// When this version was made.
    pub recorded_at: Timestamp,
}

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
            self.key.kind.as_str().into(),
            self.key.id.as_str().into(),
            self.version.into(),
            self.body.to_string().into(),
            i64::from(self.removed).into(),
            self.recorded_at.into(),
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            key: DocumentKey { kind: row.text(0)?.to_owned(), id: row.text(1)?.to_owned() },
            version: row.int(2)?,
            body: super::from_json(row.text(3)?)?,
            removed: row.int(4)? == 1,
            recorded_at: super::instant(row.int(5)?)?,
        })
    }
}

crate::statements::list! { LOOK_UP_DOCUMENTS, LIST_DOCUMENTS, LIST_DOCUMENT_VERSIONS, WRITE_DOCUMENT }
