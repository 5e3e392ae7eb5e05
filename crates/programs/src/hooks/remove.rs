//! Removing a source of webhooks: its deliveries are answered as those of a source that never was.

use super::source::{SourceId, document_of, standing};
use crate::Refusal;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Change, Document};
use jiff::Timestamp;

/// Removes a source. Its versions stay in the journal, their secrets sealed.
#[derive(Debug)]
pub struct RemoveHookSource {
    /// Which source.
    pub id: SourceId,
    /// The version that the caller had read.
    pub expected_version: Option<i64>,
}

impl Command for RemoveHookSource {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: vec![document_of(&self.id)], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let (_, version) = standing(seen, &self.id, self.expected_version)?;
        let removed = Document {
            key: document_of(&self.id),
            version: version + 1,
            body: serde_json::Value::Null.into(),
            removed: true,
            recorded_at: at,
        };
        Ok(Decision {
            kind: "hook_source.remove".to_owned(),
            changes: vec![Change::Document(removed)],
            reference: Some(self.id.to_string()),
            ..Decision::default()
        })
    }
}
