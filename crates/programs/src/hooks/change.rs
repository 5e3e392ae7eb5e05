//! Changing how a source of webhooks is configured. Its secrets stay.

use super::mapping::Mapping;
use super::signature::Scheme;
use super::source::{HookSource, SourceId, document_of, standing};
use crate::Refusal;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Changes a source.
#[derive(Debug)]
pub struct ChangeHookSource {
    /// Which source.
    pub id: SourceId,
    /// Its name for people.
    pub name: String,
    /// How it signs: of the same kind as before, for its secrets are of that kind.
    pub scheme: Scheme,
    /// How its payloads become events.
    pub event: Mapping,
    /// The version that the caller had read.
    pub expected_version: Option<i64>,
}

impl Command for ChangeHookSource {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: vec![document_of(&self.id)], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let (old, version) = standing(seen, &self.id, self.expected_version)?;
        if old.scheme.name() != self.scheme.name() {
            return Err(Refusal::HookSchemeFixed { scheme: old.scheme.name() });
        }
        let new = HookSource {
            name: self.name.clone(),
            scheme: self.scheme.clone(),
            event: self.event.clone(),
            secrets: old.secrets,
        };
        Ok(Decision {
            kind: "hook_source.change".to_owned(),
            changes: vec![new.document(&self.id, version + 1, at)],
            reference: Some(self.id.to_string()),
            ..Decision::default()
        })
    }
}
