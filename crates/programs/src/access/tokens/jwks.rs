//! The keys that an issuer publishes: fetched, kept, and fetched again when they have changed.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the issuer may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How old keys get before they are fetched again.
const REFRESH: Duration = Duration::from_secs(600);
/// How soon after one refetch the next may follow: for a key that is not known, or after a failure.
const REFETCH: Duration = Duration::from_secs(30);
/// How soon to try again while no keys were ever fetched.
const FIRST_AGAIN: Duration = Duration::from_secs(5);
/// Bytes of a key set at most.
const MAX_BYTES: usize = 1 << 20;

/// What RSA keys may be used for, by algorithm.
const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A client for fetching keys: no redirects, an answer within five seconds.
pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder().timeout(TIMEOUT).redirect(Policy::none()).user_agent("guerdon").build()
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The issuer publishes none that fits.
    Unknown,
    /// The issuer's keys were never fetched.
    Away,
}

/// An issuer's published keys.
#[derive(Debug)]
pub(super) struct Jwks {
    url: Url,
    client: Client,
    known: Mutex<Known>,
    /// Held by whoever fetches.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Vec<PublishedKey>,
    fetched_at: Option<Instant>,
    tried_at: Option<Instant>,
    refetched_at: Option<Instant>,
}

#[derive(Debug)]
struct PublishedKey {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    key: Arc<DecodingKey>,
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer was {0}")]
    Status(StatusCode),
    #[error("the answer is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("the answer is not a set of keys: {0}")]
    NoSet(#[from] serde_json::Error),
}

impl Jwks {
    pub(super) fn new(url: Url, client: Client) -> Self {
        Self { url, client, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The key of an id for an algorithm. A token that names no id needs the issuer to have one key only that fits.
    ///
    /// Whoever finds the keys old, or the id unknown, fetches them anew; meanwhile those who know their key go on.
    pub(super) async fn key(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: Instant,
    ) -> Result<Arc<DecodingKey>, NoKey> {
        let (found, is_due) = self.look(kid, algorithm, now);
        let _turn = match found {
            Ok(key) if !is_due => return Ok(key),
            Ok(key) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(key),
            },
            // Whoever has the turn may be fetching what is wanted.
            Err(_) => self.turn.lock().await,
        };
        let (found, is_due) = self.look(kid, algorithm, now);
        if !is_due {
            return found;
        }
        self.fetch(now).await;
        self.look(kid, algorithm, now).0
    }

    /// The key, where it is known, and whether it is time to fetch.
    fn look(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        now: Instant,
    ) -> (Result<Arc<DecodingKey>, NoKey>, bool) {
        let known = self.known();
        let missing = if known.fetched_at.is_some() { NoKey::Unknown } else { NoKey::Away };
        let found = known.find(kid, algorithm).ok_or(missing);
        let is_due = known.is_due(found.is_ok(), now);
        (found, is_due)
    }

    async fn fetch(&self, now: Instant) {
        self.known().note_attempt(now);
        match self.download().await {
            Ok(keys) => {
                let mut known = self.known();
                known.keys = keys;
                known.fetched_at = Some(now);
            }
            Err(error) => {
                let host = self.url.host_str().unwrap_or_default();
                tracing::warn!(host, %error, "an issuer's keys were not fetched; those known stay in use");
            }
        }
    }

    async fn download(&self) -> Result<Vec<PublishedKey>, FetchError> {
        let mut answer = self.client.get(self.url.clone()).send().await?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(keys_in(&body)?)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<Arc<DecodingKey>> {
        let fits = |key: &&PublishedKey| {
            key.algorithms.contains(&algorithm) && (kid.is_none() || key.kid.as_deref() == kid)
        };
        let mut fitting = self.keys.iter().filter(fits);
        let first = fitting.next()?;
        let ambiguous = kid.is_none() && fitting.next().is_some();
        (!ambiguous).then(|| first.key.clone())
    }

    fn is_due(&self, found: bool, now: Instant) -> bool {
        let since = |at: Option<Instant>| at.map_or(Duration::MAX, |at| now.saturating_duration_since(at));
        match self.fetched_at {
            None => since(self.tried_at) >= FIRST_AGAIN,
            Some(_) => {
                let wanted = !found || since(self.fetched_at) >= REFRESH;
                wanted && since(self.refetched_at) >= REFETCH
            }
        }
    }

    fn note_attempt(&mut self, now: Instant) {
        self.tried_at = Some(now);
        if self.fetched_at.is_some() {
            self.refetched_at = Some(now);
        }
    }
}

/// The keys of a set that can verify signatures; others, and those of kinds that are not known, are passed over.
fn keys_in(body: &[u8]) -> serde_json::Result<Vec<PublishedKey>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(body)?;
    Ok(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).filter_map(usable).collect())
}

fn usable(jwk: Jwk) -> Option<PublishedKey> {
    let for_signatures = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let algorithms = algorithms_of(&jwk);
    if !for_signatures || algorithms.is_empty() {
        return None;
    }
    let key = Arc::new(DecodingKey::from_jwk(&jwk).ok()?);
    Some(PublishedKey { kid: jwk.common.key_id, algorithms, key })
}

fn algorithms_of(jwk: &Jwk) -> Vec<Algorithm> {
    let by_kind: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => RSA,
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P384 => &[Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            &[Algorithm::EdDSA]
        }
        // Above all no shared secrets: published, they are none.
        _ => &[],
    };
    let named = jwk.common.key_algorithm;
    let fits = |algorithm: &Algorithm| named.is_none_or(|named| named == KeyAlgorithm::from(*algorithm));
    by_kind.iter().copied().filter(fits).collect()
}

#[cfg(test)]
mod tests;
