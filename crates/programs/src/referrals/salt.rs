//! The salt of a tenant: what the signals of people are hashed with before they come near the journal.

use guerdon_store::driver::{Database, DbError, Mode};
use guerdon_store::{TenantId, read};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::fmt;

/// A secret of 256 random bits, another for each tenant. It stands outside the journal: without it nobody can tell
/// whose a hash is, not even by trying all there are.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(String);

impl Salt {
    /// The salt of these 64 hexadecimal digits.
    pub fn new(digits: String) -> Self {
        Self(digits)
    }

    /// HMAC-SHA-256 of a text, in hexadecimal, half of it: enough to tell the texts of a tenant apart. `what` keeps
    /// things of different kinds from looking alike.
    pub fn hash(&self, what: &str, text: &str) -> String {
        // A key of any length will do.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return String::new() };
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        let mut hash = hex::encode(mac.finalize().into_bytes());
        hash.truncate(32);
        hash
    }

    /// The salt of a tenant, which is made where there is none yet.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub(super) async fn of(database: &Database, tenant: TenantId, at: Timestamp) -> Result<Self, DbError> {
        let found = read::signal_salt(&mut database.begin(tenant, Mode::Read).await?).await?;
        if let Some(found) = found {
            return Ok(Self(found));
        }
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|error| DbError::Unavailable(error.to_string()))?;
        let mut tx = database.begin(tenant, Mode::Write).await?;
        // Of two that make one at once, the first is kept.
        read::put_signal_salt(&mut tx, &hex::encode(bits), at).await?;
        let kept = read::signal_salt(&mut tx).await?;
        tx.commit().await?;
        kept.map(Self).ok_or_else(|| DbError::Broken("a salt that was kept is not there".to_owned()))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number comes from `printf 'ip\000192.0.2.1' | openssl dgst -sha256 -hmac pepper`.
    #[test]
    fn another_tool_computes_the_same_hash_and_another_salt_another() {
        let salt = Salt::new("pepper".to_owned());
        assert_eq!(salt.hash("ip", "192.0.2.1"), "89dba0498e43cf9f853b8d48820bfbdc");
        assert_ne!(salt.hash("ip", "192.0.2.1"), salt.hash("device", "192.0.2.1"));
        assert_ne!(salt.hash("ip", "192.0.2.1"), Salt::new("salt".to_owned()).hash("ip", "192.0.2.1"));
        assert_eq!(format!("{salt:?}"), "Salt(…)");
    }
}
