//! How a payload becomes an event.

use super::origin::{HeaderName, Origin, PayloadPath, Place};
use super::signature::{Delivery, Scheme};
use super::source::SourceId;
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{Invalid, Name};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields of an event that a mapping names at most.
const FIELDS: usize = 50;
/// Values that a mapping looks out for at most.
const WANTED: usize = 100;

/// How the payloads of a source become events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The event's type: a text, or where it stands.
    #[serde(rename = "type")]
    pub kind: Origin<Name>,
    /// Where the delivery's id stands. Else what the scheme has of its own: the `webhook-id` of Standard Webhooks, the
    /// `id` of a Stripe event; else a hash of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Place>,
    /// Where it says when it occurred; when it came in, where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<When>,
    /// The event's fields by name, and where each stands; the whole payload where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, Field>>,
    /// Which deliveries become events; all of them where not given.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
}

/// Where an instant stands, and how it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Where.
    pub path: PayloadPath,
    /// How.
    #[serde(default)]
    pub format: TimeFormat,
}

/// How an instant is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// `2026-03-01T12:00:00Z`.
    #[default]
    Rfc3339,
    /// Seconds since 1970.
    UnixS,
    /// Milliseconds since 1970.
    UnixMs,
}

/// Where a field stands: a path, or `{"path": …, "optional": true}` for one that may be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "FieldForm", into = "FieldForm")]
pub struct Field {
    /// Where.
    pub path: PayloadPath,
    /// Whether it may be missing; the event is then without it.
    pub optional: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "a path, or {\"path\": …, \"optional\": true}, was expected here")]
enum FieldForm {
    Bare(PayloadPath),
    Whole(WholeField),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WholeField {
    path: PayloadPath,
    #[serde(default)]
    optional: bool,
}

impl From<FieldForm> for Field {
    fn from(form: FieldForm) -> Self {
        match form {
            FieldForm::Bare(path) => Self { path, optional: false },
            FieldForm::Whole(WholeField { path, optional }) => Self { path, optional },
        }
    }
}

impl From<Field> for FieldForm {
    fn from(Field { path, optional }: Field) -> Self {
        match optional {
            false => Self::Bare(path),
            true => Self::Whole(WholeField { path, optional }),
        }
    }
}

/// Which deliveries become events: those that have one of some values in a place: `{"path": …, "in": […]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WantedForm", into = "WantedForm")]
pub struct Wanted {
    /// The place.
    pub at: Place,
    /// The values.
    pub values: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<PayloadPath>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<HeaderName>,
    #[serde(rename = "in")]
    values: Vec<String>,
}

impl TryFrom<WantedForm> for Wanted {
    type Error = Invalid;

    fn try_from(WantedForm { path, header, values }: WantedForm) -> Result<Self, Invalid> {
        let at = match (path, header) {
            (Some(path), None) => Place::Path(path),
            (None, Some(header)) => Place::Header(header),
            _ => return Err(Invalid("name either a path or a header".to_owned())),
        };
        Ok(Self { at, values })
    }
}

impl From<Wanted> for WantedForm {
    fn from(Wanted { at, values }: Wanted) -> Self {
        match at {
            Place::Path(path) => Self { path: Some(path), header: None, values },
            Place::Header(header) => Self { path: None, header: Some(header), values },
        }
    }
}

/// An event as it comes in, to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// Its id: `<source>:<delivery>`.
    pub id: Name,
    /// Its type.
    pub kind: Name,
    /// When it occurred, where the mapping says where that stands.
    pub occurred_at: Option<Timestamp>,
    /// What it says.
    pub payload: Map<String, Value>,
}

/// A delivery that cannot be made an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct Unmappable {
    /// The path or header that the mapping names.
    pub place: String,
    /// What is wrong there.
    pub why: String,
}

impl Unmappable {
    pub(super) fn at(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place: place.into(), why: why.into() }
    }

    pub(super) fn missing(place: impl Into<String>) -> Self {
        Self::at(place, "the delivery has nothing there")
    }
}

impl Mapping {
    /// Checks what no field shows by itself.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn checked(self) -> Result<Self, (String, Invalid)> {
        let wrong = |field: String, why: &str| Err((field, Invalid(why.to_owned())));
        if let Some(fields) = &self.fields {
            if fields.is_empty() || fields.len() > FIELDS {
                return wrong("fields".to_owned(), "an event has 1 to 50 fields");
            }
            let is_plain = |name: &str| {
                (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            };
            if let Some(name) = fields.keys().find(|name| !is_plain(name)) {
                return wrong(format!("fields/{name}"), "a field has a name of 1 to 64 of A-Z a-z 0-9 _");
            }
        }
        match &self.wanted {
            Some(wanted) if wanted.values.is_empty() || wanted.values.len() > WANTED => {
                wrong("where/in".to_owned(), "name 1 to 100 values")
            }
            _ => Ok(self),
        }
    }

    /// The event of a delivery; none, where the source does not want it.
    ///
    /// # Errors
    /// [`Unmappable`].
    pub fn incoming(
        &self,
        source: &SourceId,
        scheme: &Scheme,
        delivery: &Delivery,
        signed_id: Option<&str>,
    ) -> Result<Option<Incoming>, Unmappable> {
        let payload: Value = serde_json::from_slice(&delivery.body)
            .map_err(|error| Unmappable::at("body", format!("this is not JSON: {error}")))?;
        if let Some(wanted) = &self.wanted
            && !wanted.is_met(&payload, delivery)
        {
            return Ok(None);
        }
        let incoming = Incoming {
            id: event_id(source, &self.delivery_id(scheme, &payload, delivery, signed_id)?)?,
            kind: self.kind_of(&payload, delivery)?,
            occurred_at: self.occurred_at.as_ref().map(|when| when.read(&payload)).transpose()?,
            payload: self.fields_of(payload)?,
        };
        Ok(Some(incoming))
    }

    fn kind_of(&self, payload: &Value, delivery: &Delivery) -> Result<Name, Unmappable> {
        match &self.kind {
            Origin::Literal(kind) => Ok(kind.clone()),
            Origin::At(place) => {
                let text = place.text(payload, delivery)?;
                Name::new(&text).map_err(|why| Unmappable::at(place.to_string(), why.to_string()))
            }
        }
    }

    fn delivery_id(
        &self,
        scheme: &Scheme,
        payload: &Value,
        delivery: &Delivery,
        signed_id: Option<&str>,
    ) -> Result<String, Unmappable> {
        match (&self.id, signed_id, scheme) {
            (Some(place), _, _) => place.text(payload, delivery),
            (None, Some(id), _) => Ok(id.to_owned()),
            (None, None, Scheme::Stripe { .. }) => match payload.get("id") {
                Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
                _ => Err(Unmappable::missing("id")),
            },
            (None, None, _) => Ok(hashed(&delivery.body)),
        }
    }

    fn fields_of(&self, payload: Value) -> Result<Map<String, Value>, Unmappable> {
        let Some(fields) = &self.fields else {
            return match payload {
                Value::Object(payload) => Ok(payload),
                _ => Err(Unmappable::at("body", "this is no JSON object")),
            };
        };
        let found = fields.iter().filter_map(|(name, field)| match field.path.find(&payload) {
            Some(value) => Some(Ok((name.clone(), value.clone()))),
            None if field.optional => None,
            None => Some(Err(Unmappable::missing(field.path.to_string()))),
        });
        found.collect()
    }
}

impl Wanted {
    fn is_met(&self, payload: &Value, delivery: &Delivery) -> bool {
        self.at.text(payload, delivery).is_ok_and(|text| self.values.contains(&text))
    }
}

impl When {
    fn read(&self, payload: &Value) -> Result<Timestamp, Unmappable> {
        let place = || self.path.to_string();
        let value = self.path.find(payload).ok_or_else(|| Unmappable::missing(place()))?;
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let read = match self.format {
            TimeFormat::Rfc3339 => text.parse().ok(),
            TimeFormat::UnixS => text.parse().ok().and_then(|at| Timestamp::from_second(at).ok()),
            TimeFormat::UnixMs => text.parse().ok().and_then(|at| Timestamp::from_millisecond(at).ok()),
        };
        read.ok_or_else(|| {
            Unmappable::at(
                place(),
                match self.format {
                    TimeFormat::Rfc3339 => "this must be an instant such as 2026-03-01T12:00:00Z",
                    TimeFormat::UnixS => "this must be a whole number of seconds since 1970",
                    TimeFormat::UnixMs => "this must be a whole number of milliseconds since 1970",
                },
            )
        })
    }
}

/// The id of the event of a delivery. It begins with the source's, so that no source's deliveries are taken for another's
/// or for events that come in elsewhere. An id that has no place in an event's is hashed.
fn event_id(source: &SourceId, delivery: &str) -> Result<Name, Unmappable> {
    let plain = Name::new(&format!("{source}:{delivery}"));
    let id = plain.or_else(|_| Name::new(&format!("{source}:{}", hashed(delivery.as_bytes()))));
    id.map_err(|why| Unmappable::at("id", why.to_string()))
}

fn hashed(bytes: &[u8]) -> String {
    format!("sha256-{}", Hash::of(bytes).to_hex())
}

#[cfg(test)]
mod tests;
