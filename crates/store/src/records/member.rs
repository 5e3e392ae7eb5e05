//! Members: the people of a tenant.

use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use guerdon_ledger::{MemberId, Name};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// What a caller may do. In a tenant `admin` ⊃ `manager` ⊃ `lead` ⊃ `member`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the platform: tenants, allocations.
    PlatformAdmin,
    /// Runs a tenant: keys, settings.
    Admin,
    /// Gives from the pool, runs members.
    Manager,
    /// Gives from what was delegated.
    Lead,
    /// Receives and spends.
    Member,
    /// Reads all of its tenant and writes nothing.
    Auditor,
    /// A program, with named scopes.
    Service,
}

impl Role {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Lead => "lead",
            Self::Member => "member",
            Self::Auditor => "auditor",
            Self::Service => "service",
        }
    }

    /// Whether a person of a tenant can have it.
    pub fn is_for_members(self) -> bool {
        !matches!(self, Self::PlatformAdmin | Self::Service)
    }

    /// Whether it includes `other`, along `admin` ⊃ `manager` ⊃ `lead` ⊃ `member`.
    pub fn includes(self, other: Self) -> bool {
        let rank = |role| match role {
            Self::Admin => 4,
            Self::Manager => 3,
            Self::Lead => 2,
            Self::Member => 1,
            _ => 0,
        };
        self == other || (rank(other) > 0 && rank(self) >= rank(other))
    }
}

/// Whether a member may receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Receives and gives.
    Active,
    /// Has left: keeps what is in the wallet, receives and gives nothing.
    Inactive,
}

impl MemberStatus {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

/// What the journal keeps beside the row, so that it can be erased: the name and address of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonalText {
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// A person of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The tenant's own id of them.
    pub id: MemberId,
    /// Name and address; never part of the journal's rows.
    #[serde(skip)]
    pub personal: PersonalText,
    /// What they may do.
    pub role: Role,
    /// Their team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Name>,
    /// Their department, whose pool they may be given from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<Name>,
    /// Whether they may receive.
    pub status: MemberStatus,
    /// What else is known of them: texts, numbers and yes or no, by name. Rules set and see it; it is part of the journal.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Json>,
    /// Counts their changes, from 1.
    pub version: i64,
    /// When they were added.
    pub created_at: Timestamp,
}

pub(crate) const LOOK_UP_MEMBERS: Lookup = Lookup {
    sqlite: "SELECT member_id, name, email, role, team, department, status, version, created_at, attributes
        FROM members WHERE tenant_id = $1 AND member_id = $2",
    postgres: "SELECT found.* FROM unnest($2::text[]) AS wanted (m) CROSS JOIN LATERAL
        (SELECT member_id, name, email, role, team, department, status, version, created_at, attributes
        FROM members WHERE tenant_id = $1 AND member_id = m LIMIT 1) AS found",
    key: &[Type::Text],
};

pub(crate) const LIST_MEMBERS: &str =
    "SELECT member_id, name, email, role, team, department, status, version, created_at, attributes
    FROM members WHERE tenant_id = $1 AND member_id > $2 ORDER BY member_id LIMIT $3";

pub(crate) const WRITE_MEMBER: Write = Write {
    table: "members",
    columns: &[
        ("member_id", Type::Text),
        ("name", Type::Text),
        ("email", Type::Text),
        ("role", Type::Text),
        ("team", Type::Text),
        ("department", Type::Text),
        ("status", Type::Text),
        ("version", Type::Int),
        ("created_at", Type::Int),
        ("attributes", Type::Text),
    ],
    on_conflict: "ON CONFLICT (tenant_id, member_id) DO UPDATE SET name = excluded.name, email = excluded.email,
        role = excluded.role, team = excluded.team, department = excluded.department, status = excluded.status,
        version = excluded.version, attributes = excluded.attributes",
};

impl Member {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![
            (&self.id).into(),
            self.personal.name.as_deref().into(),
            self.personal.email.as_deref().into(),
            self.role.name().into(),
            self.team.as_ref().map(Name::as_str).into(),
            self.department.as_ref().map(Name::as_str).into(),
            self.status.name().into(),
            self.version.into(),
            self.created_at.into(),
            super::json(&self.attributes),
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: super::parsed(row.text(0)?)?,
            personal: PersonalText {
                name: row.text_or_null(1)?.map(str::to_owned),
                email: row.text_or_null(2)?.map(str::to_owned),
            },
            role: super::named(row.text(3)?)?,
            team: row.text_or_null(4)?.map(super::parsed).transpose()?,
            department: row.text_or_null(5)?.map(super::parsed).transpose()?,
            status: super::named(row.text(6)?)?,
            version: row.int(7)?,
            created_at: super::instant(row.int(8)?)?,
            attributes: super::from_json(row.text(9)?)?,
        })
    }
}

crate::statements::list! { LOOK_UP_MEMBERS, LIST_MEMBERS, WRITE_MEMBER }
