//! Secrets: those of API keys and sessions, 256 random bits, shown once, kept as a hash; and those that the
//! configuration holds.

use guerdon_ledger::chain::Hash;
use guerdon_store::TenantId;
use serde::Deserialize;
use std::fmt;
use uuid::Uuid;

/// What every API key begins with.
pub(super) const KEY_PREFIX: &str = "gk_";
/// What every session's token begins with.
pub(super) const SESSION_PREFIX: &str = "gs_";

/// A new API key of a tenant: `gk_<tenant>_<256 random bits>`, both in hexadecimal. The tenant stands in the key so
/// that looking the key up needs no index over all tenants.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_secret(tenant: TenantId) -> Result<String, getrandom::Error> {
    random_token(KEY_PREFIX, tenant)
}

/// A new token for a session of a tenant: `gs_<tenant>_<256 random bits>`.
pub(super) fn new_session_token(tenant: TenantId) -> Result<String, getrandom::Error> {
    random_token(SESSION_PREFIX, tenant)
}

fn random_token(prefix: &str, tenant: TenantId) -> Result<String, getrandom::Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(format!("{prefix}{}_{}", tenant.uuid().simple(), hex::encode(bits)))
}

/// What is kept of a key: its SHA-256 in hexadecimal. A key has 256 random bits, so it needs no salt.
pub fn secret_hash(key: &str) -> String {
    Hash::of(key.as_bytes()).to_hex()
}

/// The tenant that a key names; the platform where it names none.
pub(super) fn tenant_of_key(key: &str) -> TenantId {
    named_tenant(key, KEY_PREFIX).unwrap_or(TenantId::PLATFORM)
}

/// The tenant that a session's token names.
pub(super) fn tenant_of_session(token: &str) -> Option<TenantId> {
    named_tenant(token, SESSION_PREFIX)
}

fn named_tenant(token: &str, prefix: &str) -> Option<TenantId> {
    let (tenant, _) = token.strip_prefix(prefix)?.split_once('_')?;
    Uuid::try_parse(tenant).ok().map(TenantId::new)
}

/// A secret of the configuration. It is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_tenant() {
        let tenant = TenantId::new(Uuid::from_u128(7));
        let key = new_secret(tenant).expect("randomness");
        assert_eq!(tenant_of_key(&key), tenant);
        assert_eq!(tenant_of_key("gk_0123456789012345678901234567890123"), TenantId::PLATFORM);
        assert_eq!(tenant_of_key("nonsense"), TenantId::PLATFORM);
    }

    #[test]
    fn a_session_is_not_a_key() {
        let tenant = TenantId::new(Uuid::from_u128(7));
        let token = new_session_token(tenant).expect("randomness");
        assert_eq!(tenant_of_session(&token), Some(tenant));
        assert_eq!(tenant_of_key(&token), TenantId::PLATFORM);
        assert_eq!(tenant_of_session("nonsense"), None);
    }

    #[test]
    fn a_secret_of_the_configuration_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret(…)");
    }
}
