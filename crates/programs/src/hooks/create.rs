//! Making a source of webhooks.

use super::source::{HookSource, SourceId, document_of};
use crate::Refusal;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Makes a source.
#[derive(Debug)]
pub struct CreateHookSource {
    /// Its id.
    pub id: SourceId,
    /// How it is configured.
    pub source: HookSource,
}

impl Command for CreateHookSource {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: vec![document_of(&self.id)], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let newest = seen.newest_version(&document_of(&self.id));
        if newest.is_some_and(|document| !document.removed) {
            return Err(Refusal::HookSourceExists(self.id.to_string()));
        }
        let version = newest.map_or(1, |document| document.version + 1);
        Ok(Decision {
            kind: "hook_source.create".to_owned(),
            changes: vec![self.source.document(&self.id, version, at)],
            reference: Some(self.id.to_string()),
            ..Decision::default()
        })
    }
}
