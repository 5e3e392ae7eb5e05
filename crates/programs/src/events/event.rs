//! Events: what a product tells of what happened in it.

use guerdon_ledger::{Invalid, MemberId, Reference};
use guerdon_rules::limits::EVENT_TYPE_BYTES;
use guerdon_store::journal::Idempotency;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The longest an event may be as JSON text, in bytes.
pub const MAX_BYTES: usize = 64 << 10;
/// How far ahead of this server's clock an event may say that it happened.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// An event, checked: an object whose `id`, `type` and `occurred_at`, where it has them, are what they must be.
#[derive(Debug, Clone)]
pub struct Event {
    id: Reference,
    occurred_at: Timestamp,
    body: Arc<Json>,
    text: Arc<RawValue>,
    hash: Arc<str>,
}

/// Why an object is no event: the field, and what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEvent {
    /// The field; empty for the event as a whole.
    pub field: &'static str,
    /// What it should be.
    pub detail: String,
}

/// Checks the type of an event: what a rule can look at.
///
/// # Errors
/// [`Invalid`] when it is not 1 to 128 bytes without control characters.
pub fn checked_type(name: &str) -> Result<&str, Invalid> {
    if name.is_empty() || name.len() > EVENT_TYPE_BYTES {
        return Err(Invalid(format!("a type has 1 to {EVENT_TYPE_BYTES} bytes, this has {}", name.len())));
    }
    match name.chars().any(char::is_control) {
        true => Err(Invalid("control characters cannot stand in a type".to_owned())),
        false => Ok(name),
    }
}

impl Event {
    /// Checks an object that came in at an instant. Its id is the field `id`, or what `unnamed` gives; it happened at
    /// `occurred_at`, or as it came in.
    ///
    /// # Errors
    /// [`BadEvent`] names the first field that is wrong.
    pub fn new(
        body: Json,
        now: Timestamp,
        unnamed: impl FnOnce() -> Result<Reference, Invalid>,
    ) -> Result<Self, BadEvent> {
        let bad = |field, detail: String| BadEvent { field, detail };
        let Json::Object(fields) = &body else {
            return Err(bad("", "an event is an object such as {\"type\": \"order.completed\"}".to_owned()));
        };
        let text = |field: &'static str| match fields.get(field) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(bad(field, format!("{field} is a text"))),
        };
        let id = text("id")?.map_or_else(unnamed, Reference::new).map_err(|why| bad("id", why.0))?;
        text("type")?.map(checked_type).transpose().map_err(|why| bad("type", why.0))?;
        let occurred_at = match text("occurred_at")? {
            None => now,
            Some(text) => text.parse().map_err(|_| {
                bad("occurred_at", format!("{text} is not an instant such as 2026-11-21T09:30:00Z"))
            })?,
        };
        if occurred_at.duration_since(now) > AHEAD {
            let told = format!("{occurred_at} is ahead of this server's clock, which shows {now}");
            return Err(bad("occurred_at", told));
        }
        let text = to_raw_value(&body).map_err(|error| bad("", error.to_string()))?;
        if text.get().len() > MAX_BYTES {
            let told = format!("an event has at most {MAX_BYTES} bytes, this has {}", text.get().len());
            return Err(bad("", told));
        }
        let mut hash = hex::encode(Sha256::digest(text.get()));
        hash.truncate(32);
        Ok(Self { id, occurred_at, hash: hash.into(), text: text.into(), body: Arc::new(body) })
    }

    /// Its id: an event is recorded once for its id.
    pub fn id(&self) -> &Reference {
        &self.id
    }

    /// What kind of event it is, where it says so.
    pub fn event_type(&self) -> Option<&str> {
        self.body.get("type")?.as_str()
    }

    /// When it happened.
    pub fn occurred_at(&self) -> Timestamp {
        self.occurred_at
    }

    /// The same event, as having happened at another instant: a stored one, which did not say when.
    pub(super) fn at(self, occurred_at: Timestamp) -> Self {
        Self { occurred_at, ..self }
    }

    /// As it came.
    pub fn body(&self) -> &Arc<Json> {
        &self.body
    }

    /// As it came, as JSON text with its fields in order.
    pub(super) fn text(&self) -> &Arc<RawValue> {
        &self.text
    }

    /// The member that its `user_id` names.
    pub fn member(&self) -> Option<MemberId> {
        MemberId::new(self.body.get("user_id")?.as_str()?).ok()
    }

    /// What makes it safe to send again: its id, and a hash of all it says. No caller's key holds a blank.
    pub fn idempotency(&self) -> Idempotency {
        Idempotency { key: key_of(&self.id).into(), fingerprint: self.hash.clone() }
    }
}

/// The journal's key of an event.
pub fn key_of(id: &Reference) -> String {
    format!("event {id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(body: Json) -> Result<Event, BadEvent> {
        let now = "2026-11-21T09:00:00Z".parse().expect("now");
        Event::new(body, now, || Reference::new("made"))
    }

    #[test]
    fn an_event_says_what_it_is_and_when_or_is_taken_as_it_comes() {
        let told = event(
            json!({"id": "e-1", "type": "order.completed", "occurred_at": "2026-11-20T23:00:00+02:00"}),
        );
        let told = told.expect("event");
        assert_eq!((told.id().as_str(), told.event_type()), ("e-1", Some("order.completed")));
        assert_eq!(told.occurred_at().to_string(), "2026-11-20T21:00:00Z");
        let bare = event(json!({"user_id": "alice"})).expect("event");
        assert_eq!((bare.id().as_str(), bare.event_type()), ("made", None));
        assert_eq!(bare.occurred_at().to_string(), "2026-11-21T09:00:00Z");
        assert_eq!(bare.member(), MemberId::new("alice").ok());
    }

    #[test]
    fn what_is_no_event_is_told_with_its_field() {
        for (body, field) in [
            (json!([]), ""),
            (json!("order"), ""),
            (json!({"id": 7}), "id"),
            (json!({"id": "a b"}), "id"),
            (json!({"id": ""}), "id"),
            (json!({"type": ""}), "type"),
            (json!({"type": ["a"]}), "type"),
            (json!({"type": "x".repeat(129)}), "type"),
            (json!({"occurred_at": "yesterday"}), "occurred_at"),
            (json!({"occurred_at": 1_700_000_000}), "occurred_at"),
            (json!({"occurred_at": "2026-11-21T09:06:00Z"}), "occurred_at"),
            (json!({"note": "x".repeat(MAX_BYTES)}), ""),
        ] {
            assert_eq!(event(body.clone()).expect_err("bad").field, field, "{body:.80}");
        }
    }

    #[test]
    fn the_same_event_has_the_same_fingerprint_in_whatever_order_its_fields_come() {
        let one = event(serde_json::from_str(r#"{"id":"e","a":1,"b":{"c":2,"d":3}}"#).expect("json"))
            .expect("event");
        let two = event(serde_json::from_str(r#"{"b":{"d":3,"c":2},"a":1,"id":"e"}"#).expect("json"))
            .expect("event");
        assert_eq!(one.idempotency(), two.idempotency());
        let other = event(json!({"id": "e", "a": 2})).expect("event");
        assert_ne!(one.idempotency(), other.idempotency());
    }
}
