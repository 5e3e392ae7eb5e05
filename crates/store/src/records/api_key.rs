//! API keys: how programs say who they are.

use super::Role;
use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use guerdon_ledger::MemberId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An API key, without its secret: of that only the SHA-256 hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: Uuid,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whom it acts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// What a `service` may do: `ledger:write`, `events:write`, ….
    pub scopes: Vec<String>,
    /// SHA-256 of the key, in hexadecimal.
    pub secret_hash: String,
    /// Whether it was taken back.
    pub revoked: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it no longer works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Counts its changes, from 1.
    pub version: i64,
}

pub(crate) const LOOK_UP_API_KEYS: Lookup = Lookup {
    sqlite:
        "SELECT key_id, name, role, member_id, scopes, secret_hash, status, created_at, expires_at, version
        FROM api_keys WHERE tenant_id = $1 AND key_id = $2",
    postgres: "SELECT found.* FROM unnest($2::text[]) AS wanted (k) CROSS JOIN LATERAL
        (SELECT key_id, name, role, member_id, scopes, secret_hash, status, created_at, expires_at, version
        FROM api_keys WHERE tenant_id = $1 AND key_id = k LIMIT 1) AS found",
    key: &[Type::Text],
};

pub(crate) const FIND_API_KEY_BY_SECRET: &str =
    "SELECT key_id, name, role, member_id, scopes, secret_hash, status, created_at, expires_at, version
    FROM api_keys WHERE tenant_id = $1 AND secret_hash = $2";

pub(crate) const LIST_API_KEYS: &str =
    "SELECT key_id, name, role, member_id, scopes, secret_hash, status, created_at, expires_at, version
    FROM api_keys WHERE tenant_id = $1 AND key_id < $2 ORDER BY key_id DESC LIMIT $3";

pub(crate) const WRITE_API_KEY: Write = Write {
    table: "api_keys",
    columns: &[
        ("key_id", Type::Text),
        ("name", Type::Text),
        ("role", Type::Text),
        ("member_id", Type::Text),
        ("scopes", Type::Text),
        ("secret_hash", Type::Text),
        ("status", Type::Text),
        ("created_at", Type::Int),
        ("expires_at", Type::Int),
        ("version", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, key_id) DO UPDATE SET name = excluded.name, role = excluded.role,
        member_id = excluded.member_id, scopes = excluded.scopes, secret_hash = excluded.secret_hash,
        status = excluded.status, expires_at = excluded.expires_at, version = excluded.version",
};

impl ApiKey {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            self.id.to_string().into(),
            self.name.as_str().into(),
            self.role.name().into(),
            self.member_id.as_ref().map(MemberId::as_str).into(),
            super::json(&self.scopes),
            self.secret_hash.as_str().into(),
            if self.revoked { "revoked" } else { "active" }.into(),
            self.created_at.into(),
            self.expires_at.into(),
            self.version.into(),
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: super::parsed(row.text(0)?)?,
            name: row.text(1)?.to_owned(),
            role: super::named(row.text(2)?)?,
            member_id: row.text_or_null(3)?.map(super::parsed).transpose()?,
            scopes: super::from_json(row.text(4)?)?,
            secret_hash: row.text(5)?.to_owned(),
            revoked: row.text(6)? == "revoked",
            created_at: super::instant(row.int(7)?)?,
            expires_at: row.int_or_null(8)?.map(super::instant).transpose()?,
            version: row.int(9)?,
        })
    }
}

crate::statements::list! { LOOK_UP_API_KEYS, FIND_API_KEY_BY_SECRET, LIST_API_KEYS, WRITE_API_KEY }
