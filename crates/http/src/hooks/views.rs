//! Sources of webhooks as callers see them: never with their secrets, but once when these are new.

use super::body::MappingSchema;
use guerdon_programs::access::Secret;
use guerdon_programs::hooks::{
    Algorithm, Encoding, HookSource, KeptSecret, Mapping, Scheme, SourceId, address_of,
};
use guerdon_store::TenantId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A source of webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceView {
    /// Its id.
    #[schema(example = "stripe")]
    id: String,
    /// Where its deliveries are to be sent, on this server.
    #[schema(example = "/api/v1/hooks/hk_0193a0000000700080000000000000ab_stripe")]
    url: String,
    /// Its name for people.
    #[schema(example = "Stripe")]
    name: String,
    /// How it signs.
    #[schema(example = "stripe")]
    scheme: &'static str,
    /// The secret itself: shown here and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// With `hmac`: the header of the signature, in small letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// With `hmac`: the hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    algorithm: Option<Algorithm>,
    /// With `hmac`: how the signature is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    encoding: Option<Encoding>,
    /// With `hmac`: what stands before the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    /// With `standard_webhooks` and `stripe`: how far the time in the signature may be from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 300)]
    tolerance_seconds: Option<u32>,
    /// How its payloads become events.
    #[schema(value_type = MappingSchema)]
    event: Mapping,
    /// The secrets that are good, the newest first, without the secrets themselves.
    secrets: Vec<SecretView>,
    /// Counts the versions of its configuration; as `ETag` too.
    #[schema(example = 1)]
    version: i64,
}

/// A secret of a source, without the secret itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecretView {
    /// Since when it is good.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
    /// From when on it no longer is; null where that is not known.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

impl SourceView {
    pub(super) fn of(
        tenant: TenantId,
        id: &SourceId,
        source: HookSource,
        version: i64,
        now: Timestamp,
    ) -> Self {
        let tolerance_seconds = source.scheme.tolerance();
        let scheme = source.scheme.name();
        let (header, algorithm, encoding, prefix) = match source.scheme {
            Scheme::Hmac { header, algorithm, encoding, prefix } => {
                (Some(header), Some(algorithm), Some(encoding), Some(prefix))
            }
            _ => (None, None, None, None),
        };
        let good = source.secrets.iter().filter(|secret| secret.is_good(now));
        Self {
            id: id.to_string(),
            url: format!("/api/v1/hooks/{}", address_of(tenant, id)),
            name: source.name,
            scheme,
            secret: None,
            header,
            algorithm,
            encoding,
            prefix,
            tolerance_seconds,
            event: source.event,
            secrets: good.map(SecretView::from).collect(),
            version,
        }
    }

    /// With the secret, which is shown this once.
    pub(super) fn with(self, secret: &Secret) -> Self {
        Self { secret: Some(secret.expose().to_owned()), ..self }
    }
}

impl From<&KeptSecret> for SecretView {
    fn from(secret: &KeptSecret) -> Self {
        Self { added_at: secret.added_at, ends_at: secret.ends_at }
    }
}
