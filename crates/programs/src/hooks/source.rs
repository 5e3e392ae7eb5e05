//! A source of webhooks as it is configured: a document whose every version is kept. Its secrets are sealed.

use super::mapping::Mapping;
use super::signature::{SECRETS, Scheme};
use crate::Refusal;
use crate::access::Secret;
use crate::vault::{Sealed, Vault, VaultError};
use guerdon_ledger::{Invalid, Name};
use guerdon_store::journal::Seen;
use guerdon_store::{Body, Change, Document, DocumentKey, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of the documents that configure sources.
pub const HOOK_SOURCE: &str = "hook_source";
/// Characters of a source's id at most, so that an event's id, which begins with it, has room for what follows.
const ID_CHARACTERS: usize = 40;

/// The id of a source: a [`Name`] of at most 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SourceId(Name);

impl SourceId {
    /// Checks an id.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn new(id: &str) -> Result<Self, Invalid> {
        match id.len() <= ID_CHARACTERS {
            true => Name::new(id).map(Self),
            false => Err(Invalid(format!(
                "the id of a source has 1 to {ID_CHARACTERS} characters, this has {}",
                id.len()
            ))),
        }
    }
}

impl TryFrom<String> for SourceId {
    type Error = Invalid;
    fn try_from(id: String) -> Result<Self, Invalid> {
        Self::new(&id)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A source's configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HookSource {
    /// Its name for people.
    pub name: String,
    /// How it signs.
    #[serde(flatten)]
    pub scheme: Scheme,
    /// How its payloads become events.
    pub event: Mapping,
    /// What it signs with, the newest first.
    pub secrets: Vec<KeptSecret>,
}

/// A secret of a source, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSecret {
    /// The secret.
    pub sealed: Sealed,
    /// Since when it is good.
    pub added_at: Timestamp,
    /// From when on it no longer is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl KeptSecret {
    /// Whether it is good at an instant.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl HookSource {
    /// The source in a document's body.
    pub fn of(body: &serde_json::Value) -> Option<Self> {
        // Only this program writes such documents, from this type.
        Self::deserialize(body).ok()
    }

    /// The source that a command changed, as it then was.
    pub fn changed_by(changes: &[Change]) -> Option<(Self, i64)> {
        changes.iter().find_map(|change| match change {
            Change::Document(document) => Some((Self::of(&document.body)?, document.version)),
            _ => None,
        })
    }

    /// The next version of a source's document.
    pub(super) fn document(&self, id: &SourceId, version: i64, at: Timestamp) -> Change {
        Change::Document(Document {
            key: document_of(id),
            version,
            body: Body::of(self),
            removed: false,
            recorded_at: at,
        })
    }

    /// The secrets that are good at an instant. One that cannot be opened is none, and the log says so.
    pub(super) fn opened(&self, vault: &Vault, tenant: TenantId, place: &str, now: Timestamp) -> Vec<Secret> {
        let good = self.secrets.iter().filter(|secret| secret.is_good(now)).take(SECRETS);
        let opened = good.filter_map(|secret| {
            let opened = vault.open(tenant, place, &secret.sealed);
            opened
                .inspect_err(|error| tracing::error!(%tenant, place, %error, "no webhook can be verified"))
                .ok()
        });
        opened.collect()
    }
}

/// Seals a secret of a source.
///
/// # Errors
/// [`VaultError`].
pub fn seal(vault: &Vault, tenant: TenantId, id: &SourceId, secret: &Secret) -> Result<Sealed, VaultError> {
    vault.seal(tenant, &place_of(id), secret.expose())
}

/// What the secrets of a source are sealed for.
pub(super) fn place_of(id: &SourceId) -> String {
    format!("{HOOK_SOURCE}/{id}")
}

/// The document that configures a source.
pub fn document_of(id: &SourceId) -> DocumentKey {
    DocumentKey { kind: HOOK_SOURCE.into(), id: id.to_string().into() }
}

/// The source as a decision sees it, with its version.
pub(super) fn standing(
    seen: &Seen<'_>,
    id: &SourceId,
    expected_version: Option<i64>,
) -> Result<(HookSource, i64), Refusal> {
    let missing = || Refusal::HookSourceNotFound(id.to_string());
    let document = seen.document(&document_of(id)).ok_or_else(missing)?;
    if let Some(expected) = expected_version.filter(|expected| *expected != document.version) {
        return Err(Refusal::VersionMismatch { expected, found: document.version });
    }
    Ok((HookSource::of(&document.body).ok_or_else(missing)?, document.version))
}
