//! The hash chain over a tenant's journal.
//!
//! `hash(n) = SHA-256("guerdon.journal.v1" ‖ hash(n−1) ‖ field₁ ‖ field₂ ‖ …)`, where each field is its length in
//! bytes as a big-endian u32 followed by its bytes, and `hash(0)` is 32 zero bytes. An auditor can recompute it with
//! any tool from the exported rows alone.

use crate::id::Invalid;
use sha2::{Digest, Sha256};
use std::fmt;

const DOMAIN: &[u8] = b"guerdon.journal.v1";

/// A SHA-256 hash; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first row of a journal follows: 32 zero bytes.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash of some bytes, outside of any chain.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of the row that follows `self` and consists of `fields`.
    pub fn next(&self, fields: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut digest = Sha256::new();
        digest.update(DOMAIN);
        digest.update(self.0);
        for field in fields {
            let field = field.as_ref();
            // A field is at most a request body, far below 4 GiB.
            digest.update((field.len() as u32).to_be_bytes());
            digest.update(field);
        }
        Self(digest.finalize().into())
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Invalid`] when they are not that.
    pub fn from_hex(text: &str) -> Result<Self, Invalid> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|e| Invalid(format!("not a hash: {e}")))?;
        Ok(Self(bytes))
    }

    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers come from `sha256sum`: `( printf 'guerdon.journal.v1'; head -c 32 /dev/zero;
    /// printf '\0\0\0\1a' ) | sha256sum`, and so on for the second row.
    #[test]
    fn another_tool_computes_the_same_chain() {
        let first = Hash::GENESIS.next([b"a".as_slice()]);
        assert_eq!(first.to_hex(), "6596be8af89db864418a334ee72c5c5ce5b150035bf68615d80b1ec56eaac1fd");
        let second = first.next([b"1".as_slice(), b"", br#"{"kind":"award"}"#]);
        assert_eq!(second.to_hex(), "8ba21af6c2d11b0593872cc94a3bab0b0302bdb1e6b7638cbc3343708f172df9");
    }

    #[test]
    fn fields_cannot_run_into_each_other() {
        let split = |a: &'static str, b: &'static str| Hash::GENESIS.next([a.as_bytes(), b.as_bytes()]);
        assert_ne!(split("ab", "c"), split("a", "bc"));
    }

    #[test]
    fn hexadecimal_reads_back() {
        let hash = Hash::of(b"x");
        assert_eq!(Hash::from_hex(&hash.to_hex()), Ok(hash));
        assert!(Hash::from_hex("xyz").is_err());
    }
}
