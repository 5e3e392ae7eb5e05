//! API keys: make, rotate, revoke. Their secrets never come here, only the hashes of them.

use crate::Refusal;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{ApiKey, Change, TenantStatus};
use jiff::Timestamp;
use uuid::Uuid;

/// Scopes of one key at most.
pub const MAX_SCOPES: usize = 50;

/// Makes an API key.
#[derive(Debug)]
pub struct CreateApiKey {
    /// The key as it shall be; `created_at` and `version` are set when it is recorded.
    pub key: ApiKey,
}

impl Command for CreateApiKey {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { members: self.key.member_id.iter().cloned().collect(), ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        if let Some(id) = &self.key.member_id
            && seen.member(id).is_none()
        {
            return Err(Refusal::MemberNotFound(id.clone()));
        }
        let key = ApiKey { created_at: at, version: 1, ..self.key.clone() };
        Ok(Decision {
            kind: "api_key.create".to_owned(),
            changes: vec![Change::ApiKey(key)],
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}

/// Gives an API key a new secret; the old one stops working.
#[derive(Debug)]
pub struct RotateApiKey {
    /// Which key.
    pub id: Uuid,
    /// SHA-256 of the new secret, in hexadecimal.
    pub secret_hash: String,
}

impl Command for RotateApiKey {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { api_keys: vec![self.id], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let key = standing_key(seen, self.id)?;
        let key = ApiKey { secret_hash: self.secret_hash.clone(), version: key.version + 1, ..key.clone() };
        Ok(Decision {
            kind: "api_key.rotate".to_owned(),
            changes: vec![Change::ApiKey(key)],
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}

/// Takes an API key back, for good.
#[derive(Debug)]
pub struct RevokeApiKey {
    /// Which key.
    pub id: Uuid,
}

impl Command for RevokeApiKey {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { api_keys: vec![self.id], ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let key = standing_key(seen, self.id)?;
        let key = ApiKey { revoked: true, version: key.version + 1, ..key.clone() };
        Ok(Decision {
            kind: "api_key.revoke".to_owned(),
            changes: vec![Change::ApiKey(key)],
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}

fn standing_key<'a>(seen: &Seen<'a>, id: Uuid) -> Result<&'a ApiKey, Refusal> {
    match seen.api_key(id) {
        None => Err(Refusal::ApiKeyNotFound(id.to_string())),
        Some(key) if key.revoked => Err(Refusal::ApiKeyRevoked(id.to_string())),
        Some(key) => Ok(key),
    }
}
