//! The first key of all: how whoever runs the server gets in.

use super::CreateApiKey;
use super::secret::{KEY_PREFIX, new_secret, secret_hash, tenant_of_key};
use crate::Error;
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::journal::{Envelope, Idempotency, Journal};
use guerdon_store::{ApiKey, Change, Role, TenantId, directory, read};
use jiff::Timestamp;
use uuid::Uuid;

/// Characters that a given key has at least.
const MIN_LENGTH: usize = 32;
/// Characters that a given key has at most.
const MAX_LENGTH: usize = 255;
/// Keys looked at in one go.
const PAGE: i64 = 200;
/// Above every key's id: where the newest page begins.
const NEWEST: &str = "~";
/// Whom the journal names as the maker.
const ACTOR: &str = "system";

/// Why there is no key to get in with.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The key given is not of the form that keys have.
    #[error("the admin key cannot be used: {0}")]
    BadKey(&'static str),
    /// The key given was revoked or rotated since it was first given.
    #[error("the admin key given is no longer good: it was revoked or rotated; give another, or none")]
    Retired,
    /// The operating system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The journal did not record the key.
    #[error("the admin key was not recorded: {0}")]
    Journal(#[from] Error),
    /// The database is away.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Makes sure that a platform admin can get in. With a key given, that key is good from now on, and the answer is
/// `None`. With none given, and none that works, a new one is made and answered, to be shown once.
///
/// It may run at every start, and on several servers at once: each key is made once, and known to the one caller who
/// made it.
///
/// # Errors
/// [`BootstrapError`].
pub async fn ensure_platform_admin(
    journal: &Journal,
    given: Option<&str>,
) -> Result<Option<String>, BootstrapError> {
    given.map(check_form).transpose()?;
    directory::open_platform(journal.database(), journal.clock().now()).await?;
    match given {
        Some(key) => ensure_given(journal, key).await.map(|()| None),
        None => ensure_any(journal).await,
    }
}

fn check_form(key: &str) -> Result<(), BootstrapError> {
    let wrong = |why| Err(BootstrapError::BadKey(why));
    match key {
        key if !key.starts_with(KEY_PREFIX) => wrong("it must begin with gk_"),
        key if key.len() < MIN_LENGTH => wrong("it must have at least 32 characters"),
        key if key.len() > MAX_LENGTH => wrong("it must have at most 255 characters"),
        key if !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            wrong("it may hold only visible ASCII characters, no blanks")
        }
        key if tenant_of_key(key) != TenantId::PLATFORM => wrong("it is the key of a tenant"),
        _ => Ok(()),
    }
}

async fn ensure_given(journal: &Journal, key: &str) -> Result<(), BootstrapError> {
    let hash = secret_hash(key);
    let mut found = find(journal, &hash).await?;
    if found.is_none() {
        // Recorded before and not found any more means that the key was rotated since.
        let once = format!("bootstrap given {hash}");
        create(journal, "platform admin, given at start", hash.clone(), once).await?;
        found = find(journal, &hash).await?;
    }
    let now = journal.clock().now();
    found.filter(|key| lets_in(key, now)).map(drop).ok_or(BootstrapError::Retired)
}

async fn ensure_any(journal: &Journal) -> Result<Option<String>, BootstrapError> {
    let now = journal.clock().now();
    let mut tx = journal.database().begin(TenantId::PLATFORM, Mode::Read).await?;
    let (mut made, mut before) = (0, NEWEST.to_owned());
    loop {
        let page = read::api_keys(&mut tx, &before, PAGE).await?;
        if page.iter().any(|key| lets_in(key, now)) {
            return Ok(None);
        }
        made += page.len();
        match page.last() {
            Some(last) => before = last.id.to_string(),
            None => break,
        }
    }
    drop(tx);
    let secret = new_secret(TenantId::PLATFORM)?;
    let hash = secret_hash(&secret);
    // Servers that start at once have counted the same keys: one of them makes the next, the others find it made.
    let once = format!("bootstrap new {made}");
    let recorded = create(journal, "platform admin, made at start", hash.clone(), once).await?;
    Ok((recorded.as_deref() == Some(&hash)).then_some(secret))
}

async fn find(journal: &Journal, hash: &str) -> Result<Option<ApiKey>, DbError> {
    let mut tx = journal.database().begin(TenantId::PLATFORM, Mode::Read).await?;
    read::api_key_by_secret(&mut tx, hash).await
}

fn lets_in(key: &ApiKey, now: Timestamp) -> bool {
    key.role == Role::PlatformAdmin && !key.revoked && key.expires_at.is_none_or(|end| now < end)
}

/// Records a key once, and answers the hash of the secret that was recorded. The idempotency key has blanks in it, so
/// that no caller of the API can use it up.
async fn create(
    journal: &Journal,
    name: &str,
    hash: String,
    once: String,
) -> Result<Option<String>, BootstrapError> {
    let key = ApiKey {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        role: Role::PlatformAdmin,
        member_id: None,
        scopes: Vec::new(),
        secret_hash: hash,
        revoked: false,
        created_at: journal.clock().now(),
        expires_at: None,
        version: 1,
    };
    let envelope = Envelope {
        tenant: TenantId::PLATFORM,
        actor: ACTOR.into(),
        idempotency: Some(Idempotency { key: once.as_str().into(), fingerprint: once.into() }),
    };
    let receipt = journal.execute(envelope, CreateApiKey { key }).await?;
    Ok(receipt.record.changes.iter().find_map(|change| match change {
        Change::ApiKey(key) => Some(key.secret_hash.clone()),
        _ => None,
    }))
}
