//! The event of a delivery, recorded: one transaction of kind `event`, once for its id.

use super::mapping::Incoming;
use crate::Refusal;
use guerdon_store::TenantId;
use guerdon_store::journal::{Command, Decision, Envelope, Idempotency, Needs, Seen};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Records an event.
#[derive(Debug)]
pub(super) struct RecordEvent(pub(super) Incoming);

impl RecordEvent {
    /// What it travels in. No caller's key holds a blank. A delivery that comes again is the same by its id, whatever
    /// else its sender changed in it.
    pub(super) fn envelope(&self, tenant: TenantId, actor: String) -> Envelope {
        let key = format!("event {}", self.0.id);
        Envelope { tenant, actor, idempotency: Some(Idempotency { fingerprint: key.clone(), key }) }
    }
}

impl Command for RecordEvent {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let Incoming { id, kind, occurred_at, payload } = &self.0;
        let metadata = Map::from_iter([
            ("type".to_owned(), Value::from(kind.as_str())),
            ("event".to_owned(), Value::Object(payload.clone())),
        ]);
        Ok(Decision {
            kind: "event".to_owned(),
            reference: Some(id.to_string()),
            effective_at: Some(*occurred_at),
            metadata,
            ..Decision::default()
        })
    }
}
