//! Passwords: hashed with Argon2id, off the threads that serve, a few at a time.

mod set;

pub use set::{NewPassword, PasswordError, SetPassword};

use argon2::password_hash::Error as HashError;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Characters that a password has at least.
pub const MIN_PASSWORD: usize = 12;
/// Characters that a password has at most.
pub const MAX_PASSWORD: usize = 200;

/// How long a call may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The hash of no password, as costly to verify as any: what those are held against who have none.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes passwords: Argon2id with 19 MiB, two passes, one lane, which OWASP recommends. Half of the processors may
/// hash at once, so that logins cannot starve the rest.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
}

/// Why a password was neither hashed nor verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HashingError {
    #[error("too many passwords are being hashed")]
    Busy,
    #[error("hashing failed: {0}")]
    Broken(String),
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { turns: Arc::new(Semaphore::new((processors / 2).max(1))) }
    }
}

impl Passwords {
    /// The hash of a password, with its salt and parameters, as a PHC string.
    pub(super) async fn hash(&self, password: String) -> Result<String, HashingError> {
        self.run(move || hasher().hash_password(password.as_bytes()).map(|hash| hash.to_string())).await
    }

    /// Whether a password is the one behind a hash. Without a hash it takes as long, and it is not.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, HashingError> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
        let holds = self.run(move || match hasher().verify_password(password.as_bytes(), hash.as_str()) {
            Ok(()) => Ok(true),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        });
        Ok(holds.await? && is_known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(HashingError::Busy) };
        let worked = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, even where the caller has gone.
            let _turn = turn;
            work()
        });
        let answer = worked.await.map_err(|error| HashingError::Broken(error.to_string()))?;
        answer.map_err(|error| HashingError::Broken(error.to_string()))
    }
}

/// Argon2id, version 0x13, m = 19 MiB, t = 2, p = 1.
fn hasher() -> Argon2<'static> {
    Argon2::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Up to the salt: the algorithm, its version and its parameters.
    fn parameters(hash: &str) -> Vec<&str> {
        hash.split('$').take(4).collect()
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_no_other() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".to_owned()).await.expect("hash");
        for (password, hash, holds) in [
            ("correct horse battery", Some(hash.clone()), true),
            ("Correct horse battery", Some(hash.clone()), false),
            ("", Some(hash), false),
            ("correct horse battery", None, false),
        ] {
            assert_eq!(passwords.verify(password.to_owned(), hash).await, Ok(holds), "{password}");
        }
    }

    #[tokio::test]
    async fn nobodys_hash_costs_what_any_costs() {
        let hash = Passwords::default().hash("correct horse battery".to_owned()).await.expect("hash");
        assert_eq!(parameters(&hash), parameters(NOBODYS));
        assert_eq!(parameters(&hash), ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_too_long_for_a_turn_is_told_so() {
        let passwords = Passwords { turns: Arc::new(Semaphore::new(0)) };
        assert_eq!(passwords.hash("correct horse battery".to_owned()).await, Err(HashingError::Busy));
    }
}
