//! The vault: secrets that must be used again, and so cannot be kept as hashes, are sealed with a key of the server.
//! What is sealed may stand in the journal; the key never does.
//!
//! AES-256-GCM with a random nonce, under a key for each tenant that HKDF-SHA256 (RFC 5869) derives from the server's.
//! What a secret is for is authenticated with it, so none can be put in the place of another. The server may have
//! several keys: the first seals, all of them open.

use crate::access::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use guerdon_ledger::chain::Hash;
use guerdon_store::TenantId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// What separates keys made for this from any others that were made of the same.
const SALT: &[u8] = b"guerdon vault v1";
/// What every sealed secret begins with.
const FORM: &str = "v1";

/// A secret that was sealed: `v1.<key>.<nonce, ciphertext and tag in base64url>`. Without the server's key it says
/// nothing but how long the secret is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// Seals secrets, and opens them again. The default has no key, and can do neither.
#[derive(Clone, Default)]
pub struct Vault {
    keys: Arc<[Key]>,
}

struct Key {
    /// The first half of a hash: tells keys apart, and nothing of what they are.
    id: String,
    bytes: [u8; KEY_BYTES],
}

/// Why a secret was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The server has no key.
    #[error(
        "the server has no secret key: set GUERDON_SECRET_KEY to 64 hexadecimal digits and start it again"
    )]
    NoKey,
    /// The secret was sealed with a key that the server has no more.
    #[error(
        "a secret was sealed with the key {0}, which the server does not have: add it to GUERDON_SECRET_KEY"
    )]
    UnknownKey(String),
    /// The secret was changed, or belongs elsewhere.
    #[error("a sealed secret is not what it was, or not in its place")]
    Broken,
    /// The operating system has no randomness to give.
    #[error("no randomness to seal a secret with")]
    Randomness,
}

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret key is 64 hexadecimal digits, as `openssl rand -hex 32` makes them; several are separated by commas"
)]
pub struct BadKey;

impl Vault {
    /// A vault with the keys of a text: 64 hexadecimal digits each, separated by commas. The first seals.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn of(keys: &str) -> Result<Self, BadKey> {
        let keys: Vec<Key> = keys.split(',').map(|text| Key::of(text.trim())).collect::<Result<_, _>>()?;
        Ok(Self { keys: keys.into() })
    }

    /// A new key, as [`Vault::of`] takes it.
    ///
    /// # Errors
    /// [`VaultError::Randomness`].
    pub fn new_key() -> Result<String, VaultError> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| VaultError::Randomness)?;
        Ok(hex::encode(bytes))
    }

    /// Seals a secret of a tenant for a place, such as `hook_source/stripe`.
    ///
    /// # Errors
    /// [`VaultError::NoKey`], [`VaultError::Randomness`].
    pub fn seal(&self, tenant: TenantId, place: &str, secret: &str) -> Result<Sealed, VaultError> {
        let key = self.keys.first().ok_or(VaultError::NoKey)?;
        let mut sealed = secret.as_bytes().to_vec();
        let nonce = key
            .of_tenant(tenant)?
            .seal_in_place_append_tag(Aad::from(place), &mut sealed)
            .map_err(|_| VaultError::Randomness)?;
        let bytes = [nonce.as_ref().as_slice(), &sealed].concat();
        Ok(Sealed(format!("{FORM}.{}.{}", key.id, BASE64.encode(bytes))))
    }

    /// Opens what was sealed for the same tenant and place.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(&self, tenant: TenantId, place: &str, sealed: &Sealed) -> Result<Secret, VaultError> {
        let mut parts = sealed.0.splitn(3, '.');
        let (Some(FORM), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VaultError::Broken);
        };
        let Some(key) = self.keys.iter().find(|key| key.id == id) else {
            return Err(if self.keys.is_empty() {
                VaultError::NoKey
            } else {
                VaultError::UnknownKey(id.to_owned())
            });
        };
        let mut bytes = BASE64.decode(text).map_err(|_| VaultError::Broken)?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Broken)?;
        let secret = key
            .of_tenant(tenant)?
            .open_in_place(nonce, Aad::from(place), sealed)
            .map_err(|_| VaultError::Broken)?;
        let secret = std::str::from_utf8(secret).map_err(|_| VaultError::Broken)?;
        Ok(Secret::new(secret))
    }
}

impl Key {
    fn of(text: &str) -> Result<Self, BadKey> {
        let mut bytes = [0; KEY_BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| BadKey)?;
        let mut id = Hash::of(&[SALT, &bytes].concat()).to_hex();
        id.truncate(8);
        Ok(Self { id, bytes })
    }

    /// The key that a tenant's secrets are sealed with.
    fn of_tenant(&self, tenant: TenantId) -> Result<RandomizedNonceKey, VaultError> {
        let derived = || {
            let mut bytes = [0; KEY_BYTES];
            let pseudorandom = Salt::new(HKDF_SHA256, SALT).extract(&self.bytes);
            pseudorandom.expand(&[tenant.uuid().as_bytes()], &AES_256_GCM)?.fill(&mut bytes)?;
            RandomizedNonceKey::new(&AES_256_GCM, &bytes)
        };
        derived().map_err(|_| VaultError::Broken)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PLACE: &str = "hook_source/shop";
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn tenant(number: u128) -> TenantId {
        TenantId::new(Uuid::from_u128(number))
    }

    fn key(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    #[test]
    fn what_was_sealed_opens_for_its_tenant_and_its_place_alone() {
        let vault = Vault::of(&key('a')).expect("key");
        let sealed = vault.seal(tenant(1), PLACE, SECRET).expect("sealed");
        assert_eq!(vault.open(tenant(1), PLACE, &sealed).expect("open").expose(), SECRET);
        assert_ne!(vault.seal(tenant(1), PLACE, SECRET).expect("sealed"), sealed, "never the same twice");
        for (number, place) in [(2, PLACE), (1, "hook_source/other"), (1, "")] {
            assert_eq!(
                vault.open(tenant(number), place, &sealed),
                Err(VaultError::Broken),
                "{number} {place}"
            );
        }
        let other = Vault::of(&key('b')).expect("key");
        assert!(matches!(other.open(tenant(1), PLACE, &sealed), Err(VaultError::UnknownKey(_))));
        assert_eq!(Vault::default().open(tenant(1), PLACE, &sealed), Err(VaultError::NoKey));
        assert_eq!(Vault::default().seal(tenant(1), PLACE, SECRET), Err(VaultError::NoKey));
    }

    #[test]
    fn no_bit_of_what_was_sealed_can_be_changed() {
        let vault = Vault::of(&key('a')).expect("key");
        let Sealed(text) = vault.seal(tenant(1), PLACE, "a secret").expect("sealed");
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = Sealed(String::from_utf8(changed).expect("text"));
            assert!(vault.open(tenant(1), PLACE, &changed).is_err(), "{changed:?}");
        }
        for text in ["", "v1", "v1.", "v1.a.b", "v1..", "…", &text[..text.len() - 1], "v1.0.AAAA"] {
            assert!(vault.open(tenant(1), PLACE, &Sealed(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_key_seals_and_all_of_them_open() {
        let (old, new) = (Vault::of(&key('a')).expect("key"), Vault::of(&key('b')).expect("key"));
        let both = Vault::of(&format!("{}, {}", key('b'), key('a'))).expect("keys");
        let sealed = old.seal(tenant(1), PLACE, SECRET).expect("sealed");
        assert_eq!(both.open(tenant(1), PLACE, &sealed).expect("open").expose(), SECRET);
        let sealed = both.seal(tenant(1), PLACE, SECRET).expect("sealed");
        assert_eq!(new.open(tenant(1), PLACE, &sealed).expect("open").expose(), SECRET);
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        for text in
            ["", "secret", &key('g'), &key('a')[1..], &format!("{},", key('a')), &format!("{}0", key('a'))]
        {
            assert_eq!(Vault::of(text).err(), Some(BadKey), "{text}");
        }
        assert!(Vault::of(&Vault::new_key().expect("randomness")).is_ok());
    }

    #[test]
    fn neither_keys_nor_secrets_are_printed() {
        let vault = Vault::of(&key('a')).expect("key");
        let told = format!("{vault:?} {:?}", vault.seal(tenant(1), PLACE, SECRET));
        assert!(!told.contains("aaaa") && !told.contains("whsec"), "{told}");
    }
}
