//! Which issuers of signed tokens are trusted, as the configuration says and as it was checked.

use super::jwks::{Jwks, NoKey};
use crate::access::{AccessError, Secret, TokenFault};
use guerdon_store::Tenant;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use reqwest::{Client, Url};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Instant;

/// What an issuer that publishes keys may sign with, where the configuration does not say.
const PUBLISHED_DEFAULT: &[Algorithm] = &[Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// What an issuer that shares a secret may sign with, where the configuration does not say.
const SECRET_DEFAULT: &[Algorithm] = &[Algorithm::HS256];
/// Bytes that a shared secret has at least: as many as the hash (RFC 7518, 3.2).
const SECRET_BYTES: usize = 32;

/// An issuer of JWTs that is trusted. Its keys come from `jwks_url` or are the `secret`, one of the two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// What its tokens say in `iss`.
    pub issuer: String,
    /// What its tokens must say in `aud`, alone or among others. Not looked at where not set.
    #[serde(default)]
    pub audience: Option<String>,
    /// Where it publishes its keys, as a JWK set.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// The secret that it shares with this server, of at least 32 bytes: for development.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// What it may sign with: RS256, ES256 and EdDSA where not set, with a secret HS256.
    #[serde(default)]
    pub algorithms: Vec<Algorithm>,
    /// The tenants that it may speak for, by slug or id. All of them where not set.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// Whether it may name platform admins.
    #[serde(default)]
    pub platform: bool,
}

/// What is wrong with an issuer's configuration.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// Without a name no token can be matched to it.
    #[error("an issuer has no name: set `issuer` to what its tokens say in `iss`")]
    NoName,
    /// Named twice.
    #[error("the issuer {0} is configured twice")]
    Twice(String),
    /// No key, or two kinds of them.
    #[error("the issuer {0} needs either jwks_url or secret")]
    KeySource(String),
    /// The address of the keys is none.
    #[error("the issuer {issuer} has a jwks_url that is no http or https address: {url}")]
    Url {
        /// The issuer.
        issuer: String,
        /// What was given.
        url: String,
    },
    /// The secret could be guessed.
    #[error("the issuer {0} has a secret shorter than 32 bytes")]
    ShortSecret(String),
    /// An algorithm that does not go with the keys: a secret signs with HS…, published keys never do.
    #[error("the issuer {issuer} cannot use {algorithm:?} with the keys it has")]
    Algorithm {
        /// The issuer.
        issuer: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// Whoever speaks for some tenants only cannot name those who run all of them.
    #[error("the issuer {0} is limited to some tenants and so cannot name platform admins")]
    PlatformOfTenants(String),
    /// No HTTP client could be made.
    #[error("no HTTP client for fetching keys: {0}")]
    Client(#[from] reqwest::Error),
}

/// An issuer whose configuration was checked.
#[derive(Debug)]
pub(in crate::access) struct Issuer {
    pub(super) audience: Option<String>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) platform: bool,
    tenants: Vec<String>,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Shared(Arc<DecodingKey>),
    Published(Box<Jwks>),
}

impl Issuer {
    pub(super) fn checked(config: &IssuerConfig, client: &Client) -> Result<Self, IssuerError> {
        let name = || config.issuer.clone();
        if config.issuer.is_empty() {
            return Err(IssuerError::NoName);
        }
        if config.platform && !config.tenants.is_empty() {
            return Err(IssuerError::PlatformOfTenants(name()));
        }
        let (keys, default) = match (&config.jwks_url, &config.secret) {
            (Some(url), None) => (published(config, url, client)?, PUBLISHED_DEFAULT),
            (None, Some(secret)) => (shared(config, secret)?, SECRET_DEFAULT),
            _ => return Err(IssuerError::KeySource(name())),
        };
        let algorithms = if config.algorithms.is_empty() { default } else { &config.algorithms };
        let symmetric = matches!(keys, Keys::Shared(_));
        let wrong = |a: &&Algorithm| (a.family() == AlgorithmFamily::Hmac) != symmetric;
        if let Some(algorithm) = algorithms.iter().find(wrong) {
            return Err(IssuerError::Algorithm { issuer: name(), algorithm: *algorithm });
        }
        Ok(Self {
            audience: config.audience.clone(),
            algorithms: algorithms.to_vec(),
            platform: config.platform,
            tenants: config.tenants.clone(),
            keys,
        })
    }

    /// The key that a token names, for an algorithm that is the issuer's.
    pub(super) async fn key(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Arc<DecodingKey>, AccessError> {
        match &self.keys {
            Keys::Shared(key) => Ok(key.clone()),
            Keys::Published(jwks) => {
                jwks.key(kid, algorithm, Instant::now()).await.map_err(|error| match error {
                    NoKey::Unknown => TokenFault::Key.into(),
                    NoKey::Away => AccessError::IssuerAway,
                })
            }
        }
    }

    /// Whether it may speak for a tenant.
    pub(in crate::access) fn speaks_for(&self, tenant: &Tenant) -> bool {
        let names = |name: &String| name == tenant.slug.as_str() || name.parse() == Ok(tenant.id);
        self.tenants.is_empty() || self.tenants.iter().any(names)
    }
}

fn published(config: &IssuerConfig, url: &str, client: &Client) -> Result<Keys, IssuerError> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(parsed) = parsed else {
        return Err(IssuerError::Url { issuer: config.issuer.clone(), url: url.to_owned() });
    };
    if parsed.scheme() == "http" {
        tracing::warn!(
            issuer = config.issuer,
            "keys are fetched without TLS: whoever can forge them gets in"
        );
    }
    Ok(Keys::Published(Box::new(Jwks::new(parsed, client.clone()))))
}

fn shared(config: &IssuerConfig, secret: &Secret) -> Result<Keys, IssuerError> {
    let bytes = secret.expose().as_bytes();
    match bytes.len() >= SECRET_BYTES {
        true => Ok(Keys::Shared(Arc::new(DecodingKey::from_secret(bytes)))),
        false => Err(IssuerError::ShortSecret(config.issuer.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Issuers, jwks};
    use super::*;
    use serde_json::json;

    const SECRET: &str = "a secret of thirty-two characters";

    fn check(config: serde_json::Value) -> String {
        match serde_json::from_value::<IssuerConfig>(config) {
            Err(error) => error.to_string(),
            Ok(config) => match Issuer::checked(&config, &jwks::client().expect("client")) {
                Err(error) => error.to_string(),
                Ok(issuer) => format!("{:?}", issuer.algorithms),
            },
        }
    }

    #[test]
    fn a_configuration_is_checked_before_it_is_used() {
        let keys = "https://id.example/keys";
        for (config, expected) in [
            (json!({"issuer": "i", "jwks_url": keys}), "[RS256, ES256, EdDSA]"),
            (json!({"issuer": "i", "jwks_url": keys, "algorithms": ["PS512"]}), "[PS512]"),
            (json!({"issuer": "i", "secret": SECRET}), "[HS256]"),
            (json!({"issuer": "i", "secret": SECRET, "algorithms": ["HS512", "HS384"]}), "[HS512, HS384]"),
            (json!({"issuer": "", "secret": SECRET}), "has no name"),
            (json!({"issuer": "i"}), "either jwks_url or secret"),
            (json!({"issuer": "i", "jwks_url": keys, "secret": SECRET}), "either jwks_url or secret"),
            (json!({"issuer": "i", "jwks_url": "file:///etc/keys"}), "no http or https address"),
            (json!({"issuer": "i", "jwks_url": "id.example"}), "no http or https address"),
            (json!({"issuer": "i", "secret": &SECRET[..31]}), "shorter than 32 bytes"),
            (json!({"issuer": "i", "jwks_url": keys, "algorithms": ["RS256", "HS256"]}), "cannot use HS256"),
            (json!({"issuer": "i", "secret": SECRET, "algorithms": ["RS256"]}), "cannot use RS256"),
            (json!({"issuer": "i", "secret": SECRET, "algorithms": ["none"]}), "unknown variant"),
            (json!({"issuer": "i", "secret": SECRET, "platform": true, "tenants": ["a"]}), "platform admins"),
            (json!({"issuer": "i", "secret": SECRET, "audiences": ["a"]}), "unknown field"),
        ] {
            let told = check(config.clone());
            assert!(told.contains(expected), "{config}: {told}");
        }
    }

    #[test]
    fn an_issuer_is_configured_once() {
        let config = json!({"issuer": "i", "secret": SECRET});
        let config: IssuerConfig = serde_json::from_value(config).expect("configuration");
        let twice = Issuers::checked(&[config.clone(), config]).map(drop);
        assert!(matches!(twice, Err(IssuerError::Twice(name)) if name == "i"));
    }
}
