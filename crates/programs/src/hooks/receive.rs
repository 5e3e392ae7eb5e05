//! A delivery comes in: from a public id and a signature to an event.

use super::address::named_by;
use super::mapping::{Incoming, Unmappable};
use super::signature::{Delivery, Scheme, TOLERANCE_SECONDS, verify};
use super::source::{HookSource, KeptSecret, SourceId, document_of, place_of};
use crate::Error;
use crate::events::{Event, Events};
use crate::vault::Vault;
use guerdon_ledger::{Name, Reference};
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::journal::Envelope;
use guerdon_store::{TenantId, read};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What nobody's source is called: so that it is looked for as any other is.
const NOBODY: &str = "-";

/// Webhooks that come in, and become events.
#[derive(Debug, Clone)]
pub struct Hooks {
    events: Events,
    vault: Vault,
    /// What is looked at where there is no source, so that it takes as long as where there is one.
    decoy: Value,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It became an event.
    Recorded {
        /// The event's id.
        event: Name,
        /// Whether an earlier delivery with the same id had become it.
        replayed: bool,
    },
    /// The source says that it is not one to look at.
    Ignored,
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// There is no such source, or the signature is wrong, or too old: nobody is told which.
    #[error("there is no such source, or the delivery was not signed with its secret within its tolerance")]
    Unauthorized,
    /// It cannot be made an event.
    #[error(transparent)]
    Unmappable(#[from] Unmappable),
    /// The journal did not record the event.
    #[error(transparent)]
    Journal(#[from] Error),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl Hooks {
    /// Webhooks that become events, their secrets opened with a vault.
    pub fn new(events: Events, vault: Vault) -> Self {
        let decoy = decoy(&vault).unwrap_or_else(|| json!({}));
        Self { events, vault, decoy }
    }

    /// Seals the secrets of sources.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Takes a delivery to a public id.
    ///
    /// # Errors
    /// [`HookError`].
    pub async fn receive(&self, address: &str, delivery: &Delivery) -> Result<Received, HookError> {
        let named = named_by(address).or_else(|| Some((TenantId::PLATFORM, SourceId::new(NOBODY).ok()?)));
        let Some((tenant, id)) = named else { return Err(HookError::Unauthorized) };
        let Some((source, signed_id)) = self.verified(tenant, &id, delivery).await? else {
            return Err(HookError::Unauthorized);
        };
        let now = self.events.journal().clock().now();
        match source.event.incoming(&id, &source.scheme, delivery, signed_id.as_deref())? {
            Some(incoming) => self.record(tenant, &id, incoming, now).await,
            None => Ok(Received::Ignored),
        }
    }

    /// The source, where there is one that has signed the delivery, and the delivery's id where that was signed too.
    async fn verified(
        &self,
        tenant: TenantId,
        id: &SourceId,
        delivery: &Delivery,
    ) -> Result<Option<(HookSource, Option<String>)>, DbError> {
        let mut tx = self.events.journal().database().begin(tenant, Mode::Read).await?;
        let document = read::document(&mut tx, &document_of(id)).await?;
        drop(tx);
        let is_known = document.is_some();
        let body = document.map_or_else(|| self.decoy.clone(), |document| Value::clone(&document.body));
        let Some(source) = HookSource::of(&body) else { return Ok(None) };
        let now = self.events.journal().clock().now();
        let (tenant, place) = match is_known {
            true => (tenant, place_of(id)),
            false => (TenantId::PLATFORM, NOBODY.to_owned()),
        };
        let secrets = source.opened(&self.vault, tenant, &place, now);
        let verified = verify(&source.scheme, &secrets, delivery, now);
        Ok(verified.ok().filter(|_| is_known).map(|signed_id| (source, signed_id)))
    }

    /// Records the event, once for its id: a delivery that comes again is the same, whatever else its sender changed in
    /// it.
    async fn record(
        &self,
        tenant: TenantId,
        id: &SourceId,
        incoming: Incoming,
        now: Timestamp,
    ) -> Result<Received, HookError> {
        let event = incoming.id.clone();
        // No member's id holds a blank.
        let envelope = Envelope { tenant, actor: format!("hook {id}").into(), idempotency: None };
        let replayed = match self.events.record(envelope, event_of(incoming, now)?).await {
            Ok(receipt) => receipt.replayed,
            Err(Error::IdempotencyConflict { .. }) => true,
            Err(error) => return Err(error.into()),
        };
        Ok(Received::Recorded { event, replayed })
    }
}

/// The event that a delivery became, with its id, its type and, where the mapping found it, its instant among its fields.
fn event_of(incoming: Incoming, now: Timestamp) -> Result<Event, Unmappable> {
    let Incoming { id, kind, occurred_at, payload: mut fields } = incoming;
    let reference = Reference::new(id.as_str()).map_err(|why| Unmappable::at("id", why.0))?;
    fields.insert("id".to_owned(), id.as_str().into());
    fields.insert("type".to_owned(), kind.as_str().into());
    if let Some(occurred_at) = occurred_at {
        fields.insert("occurred_at".to_owned(), occurred_at.to_string().into());
    }
    Event::new(Value::Object(fields), now, || Ok(reference))
        .map_err(|bad| Unmappable::at(bad.field, bad.detail))
}

/// A source that nobody can sign for: its secret is forgotten where it was made.
fn decoy(vault: &Vault) -> Option<Value> {
    let scheme = Scheme::StandardWebhooks { tolerance_seconds: TOLERANCE_SECONDS };
    let secret = scheme.new_secret().ok()?;
    let sealed = vault.seal(TenantId::PLATFORM, NOBODY, secret.expose()).ok()?;
    let secrets = vec![KeptSecret { sealed, added_at: Timestamp::UNIX_EPOCH, ends_at: None }];
    let event = serde_json::from_value(json!({"type": NOBODY})).ok()?;
    serde_json::to_value(HookSource { name: NOBODY.to_owned(), scheme, event, secrets }).ok()
}
