//! What a token claims, and whether it may.

use super::config::Issuer;
use crate::access::{AccessError, TokenFault};
use guerdon_ledger::MemberId;
use guerdon_store::Role;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

/// How far the issuer's clock may be from this server's, in seconds.
const LEEWAY: SignedDuration = SignedDuration::from_secs(30);

/// The claims of a token whose signature holds. Each is checked by itself, so that a refusal can say which it was.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Claims {
    sub: Option<String>,
    tenant: Option<String>,
    role: Option<String>,
    /// What a service may do, separated by blanks (RFC 8693).
    scope: Option<String>,
    aud: Option<Audience>,
    /// Seconds since 1970 UTC.
    exp: Option<f64>,
    /// Seconds since 1970 UTC.
    nbf: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Whom a token speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::access) struct Bearer {
    /// Their id with the issuer: in a tenant the member's.
    pub(in crate::access) subject: MemberId,
    pub(in crate::access) role: Role,
    /// The slug or id of their tenant; `None` for a platform admin.
    pub(in crate::access) tenant: Option<String>,
    pub(in crate::access) scopes: Vec<String>,
    pub(in crate::access) expires_at: Timestamp,
}

impl Claims {
    /// Whom they speak of, where all of them hold at an instant.
    pub(super) fn check(self, issuer: &Issuer, now: Timestamp) -> Result<Bearer, AccessError> {
        let expires_at = numeric_date(self.exp.ok_or(TokenFault::Claim("exp"))?);
        if now.duration_since(expires_at) >= LEEWAY {
            return Err(AccessError::Expired);
        }
        if self.nbf.is_some_and(|nbf| numeric_date(nbf).duration_since(now) > LEEWAY) {
            return Err(TokenFault::NotYet.into());
        }
        if !self.is_meant_for(issuer.audience.as_deref()) {
            return Err(TokenFault::Audience.into());
        }
        let role = self.role(issuer.platform)?;
        let tenant = match role {
            // Platform admins belong to no tenant, whichever they work in.
            Role::PlatformAdmin => None,
            _ => Some(self.tenant.ok_or(TokenFault::Claim("tenant"))?),
        };
        let subject = self.sub.as_deref().map(MemberId::new).and_then(Result::ok);
        let scopes = self.scope.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let subject = subject.ok_or(TokenFault::Claim("sub"))?;
        Ok(Bearer { subject, role, tenant, scopes, expires_at })
    }

    fn is_meant_for(&self, audience: Option<&str>) -> bool {
        match (audience, &self.aud) {
            (None, _) => true,
            (Some(wanted), Some(Audience::One(one))) => one == wanted,
            (Some(wanted), Some(Audience::Many(many))) => many.iter().any(|one| one == wanted),
            (Some(_), None) => false,
        }
    }

    fn role(&self, platform: bool) -> Result<Role, TokenFault> {
        let name = self.role.as_deref().ok_or(TokenFault::Claim("role"))?;
        let name: StrDeserializer<'_, ValueError> = name.into_deserializer();
        match Role::deserialize(name) {
            Ok(Role::PlatformAdmin) if !platform => Err(TokenFault::Role),
            Ok(role) => Ok(role),
            Err(_) => Err(TokenFault::Role),
        }
    }
}

/// An instant from seconds since 1970 UTC, the nearest there is.
fn numeric_date(seconds: f64) -> Timestamp {
    let end = if seconds < 0.0 { Timestamp::MIN } else { Timestamp::MAX };
    // A cast from a float goes to the nearest integer there is.
    Timestamp::from_millisecond((seconds * 1_000.0) as i64).unwrap_or(end)
}
