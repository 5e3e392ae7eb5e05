//! How a source is to be configured, as callers say it.

use crate::problem::Problem;
use crate::wire::Label;
use guerdon_programs::hooks::{
    Algorithm, Encoding, HeaderName, Mapping, Scheme, SourceId, TOLERANCE_SECONDS,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// How far the time in a signature may be from now at most, in seconds: a day.
const MAX_TOLERANCE: u32 = 86_400;

/// A source of webhooks as it is to be configured.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Stripe", "scheme": "stripe", "event": {"type": "order.completed",
    "where": {"path": "type", "in": ["checkout.session.completed"]},
    "occurred_at": {"path": "created", "format": "unix_s"},
    "fields": {"user_id": "data.object.metadata.user_id", "total": "data.object.amount_total"}}}))]
pub(crate) struct SourceBody {
    /// Its id, of at most 40 characters; a UUID is made where not given.
    #[schema(value_type = Option<String>, max_length = 40, example = "stripe")]
    pub(super) id: Option<SourceId>,
    /// Its name for people.
    #[schema(value_type = String, example = "Stripe")]
    pub(super) name: Label,
    /// How it signs; for ever.
    #[schema(example = "stripe")]
    scheme: SchemeName,
    /// The secret that it gave; one is made where not given. It is shown in this answer and never again.
    #[schema(format = Password)]
    pub(super) secret: Option<String>,
    /// With `hmac`: the header of the signature.
    #[schema(value_type = Option<String>, example = "X-Hub-Signature-256")]
    header: Option<HeaderName>,
    /// With `hmac`: `sha256` (where not given) or `sha512`.
    #[schema(value_type = Option<String>, example = "sha256")]
    algorithm: Option<Algorithm>,
    /// With `hmac`: `hex` (where not given) or `base64`.
    #[schema(value_type = Option<String>, example = "hex")]
    encoding: Option<Encoding>,
    /// With `hmac`: what stands before the signature.
    #[schema(example = "sha256=", max_length = 20)]
    prefix: Option<String>,
    /// With `standard_webhooks` and `stripe`: how far the time in the signature may be from now; 300 where not given.
    #[schema(example = 300, minimum = 1, maximum = 86400)]
    tolerance_seconds: Option<u32>,
    /// How its payloads become events.
    #[schema(value_type = MappingSchema)]
    event: Mapping,
}

/// How a source signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SchemeName {
    /// As standardwebhooks.com says.
    StandardWebhooks,
    /// As Stripe does.
    Stripe,
    /// An HMAC of the body in a header, as GitHub and many others send it.
    Hmac,
}

/// How payloads become events.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a mapping to OpenAPI")]
pub(crate) struct MappingSchema {
    /// The event's type: a text, or where it stands: `{"path": …}` in the payload, or `{"header": …}`.
    #[schema(value_type = serde_json::Value, example = "order.completed")]
    r#type: serde_json::Value,
    /// Where the delivery's id stands: `{"path": …}` or `{"header": …}`. Where not given, what the scheme has of its own
    /// (`webhook-id`; the `id` of a Stripe event), or else a hash of the body.
    #[schema(value_type = Option<Object>, example = json!({"path": "id"}))]
    id: Option<serde_json::Value>,
    /// Where it says when it occurred, and how: `rfc3339` (where not given), `unix_s` or `unix_ms`. Where there is no
    /// such place: when it came in.
    #[schema(value_type = Option<Object>, example = json!({"path": "created", "format": "unix_s"}))]
    occurred_at: Option<serde_json::Value>,
    /// The event's fields, each with its path in the payload, or with `{"path": …, "optional": true}`. Where not given:
    /// the whole payload.
    #[schema(value_type = Option<Object>, example = json!({"user_id": "data.object.metadata.user_id"}))]
    fields: Option<serde_json::Value>,
    /// Which deliveries become events, by the value in a place: others are answered well, and nothing happens.
    #[schema(value_type = Option<Object>, example = json!({"path": "type", "in": ["checkout.session.completed"]}))]
    r#where: Option<serde_json::Value>,
}

/// A source whose configuration was checked.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) scheme: Scheme,
    pub(super) event: Mapping,
}

impl SourceBody {
    pub(super) fn checked(self) -> Result<Checked, Problem> {
        let scheme = self.scheme()?;
        let event = self.event.checked().map_err(|(field, why)| {
            Problem::invalid(format!("/event/{field}"), "invalid_value", why.to_string())
        })?;
        Ok(Checked { name: self.name.into(), scheme, event })
    }

    fn scheme(&self) -> Result<Scheme, Problem> {
        let of_hmac = [
            ("header", self.header.is_some()),
            ("algorithm", self.algorithm.is_some()),
            ("encoding", self.encoding.is_some()),
            ("prefix", self.prefix.is_some()),
        ];
        if self.scheme != SchemeName::Hmac
            && let Some((field, _)) = of_hmac.iter().find(|(_, given)| *given)
        {
            let told = "only the scheme hmac has this; the others say themselves how they sign";
            return Err(Problem::invalid(format!("/{field}"), "invalid_value", told));
        }
        let tolerance_seconds = self.tolerance_seconds.unwrap_or(TOLERANCE_SECONDS);
        if !(1..=MAX_TOLERANCE).contains(&tolerance_seconds) {
            let told = format!("a tolerance is 1 to {MAX_TOLERANCE} seconds");
            return Err(Problem::invalid("/tolerance_seconds", "invalid_value", told));
        }
        match self.scheme {
            SchemeName::StandardWebhooks => Ok(Scheme::StandardWebhooks { tolerance_seconds }),
            SchemeName::Stripe => Ok(Scheme::Stripe { tolerance_seconds }),
            SchemeName::Hmac => self.hmac(),
        }
    }

    fn hmac(&self) -> Result<Scheme, Problem> {
        if self.tolerance_seconds.is_some() {
            let told = "an hmac of the body does not say when it was made, so there is no tolerance";
            return Err(Problem::invalid("/tolerance_seconds", "invalid_value", told));
        }
        let Some(header) = &self.header else {
            let told = "the field `header` is required: the header that has the signature";
            return Err(Problem::invalid("/header", "missing_field", told));
        };
        let prefix = self.prefix.clone().unwrap_or_default();
        if prefix.len() > 20 || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            let told = "a prefix has at most 20 visible ASCII characters, such as sha256=";
            return Err(Problem::invalid("/prefix", "invalid_value", told));
        }
        Ok(Scheme::Hmac {
            header: header.as_str().to_owned(),
            algorithm: self.algorithm.unwrap_or(Algorithm::Sha256),
            encoding: self.encoding.unwrap_or(Encoding::Hex),
            prefix,
        })
    }
}
