//! Signed tokens: JWTs of the issuers that the configuration trusts. Algorithms are pinned for each issuer, and time
//! is that of the server's clock.

mod claims;
mod config;
mod jwks;

pub use config::{IssuerConfig, IssuerError};

pub(super) use claims::Bearer;
pub(super) use config::Issuer;

use super::{AccessError, TokenFault};
use claims::Claims;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, dangerous, decode, decode_header};
use serde::Deserialize;
use std::collections::HashMap;

/// Bytes of a token at most.
const MAX_BYTES: usize = 16 * 1024;

/// The issuers that are trusted.
#[derive(Debug, Default)]
pub(super) struct Issuers(HashMap<String, Issuer>);

/// What must be known of a token before its signature can be verified.
#[derive(Deserialize)]
struct Unverified {
    iss: String,
}

impl Issuers {
    /// Checks the configuration of issuers.
    pub(super) fn checked(configs: &[IssuerConfig]) -> Result<Self, IssuerError> {
        let client = jwks::client()?;
        let mut issuers = HashMap::with_capacity(configs.len());
        for config in configs {
            if issuers.insert(config.issuer.clone(), Issuer::checked(config, &client)?).is_some() {
                return Err(IssuerError::Twice(config.issuer.clone()));
            }
        }
        Ok(Self(issuers))
    }

    /// Whom a token speaks of, and who says so.
    pub(super) async fn verify(&self, token: &str, now: Timestamp) -> Result<(Bearer, &Issuer), AccessError> {
        if token.len() > MAX_BYTES {
            return Err(TokenFault::Malformed.into());
        }
        let header = decode_header(token).map_err(|_| TokenFault::Malformed)?;
        if header.crit.is_some() {
            return Err(TokenFault::Malformed.into());
        }
        let unverified: Result<Unverified, _> = dangerous::insecure_decode_claims(token);
        let name = unverified.map_err(|_| TokenFault::Claim("iss"))?.iss;
        let issuer = self.0.get(&name).ok_or(TokenFault::Issuer)?;
        if !issuer.algorithms.contains(&header.alg) {
            return Err(TokenFault::Algorithm.into());
        }
        let key = issuer.key(header.kid.as_deref(), header.alg).await?;
        let token = decode::<Claims>(token, &key, &signature_only(header.alg)).map_err(fault)?;
        Ok((token.claims.check(issuer, now)?, issuer))
    }
}

/// Verifies the signature and nothing else: the claims are checked here, by the server's clock.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn fault(error: jsonwebtoken::errors::Error) -> TokenFault {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenFault::Signature,
        _ => TokenFault::Malformed,
    }
}
