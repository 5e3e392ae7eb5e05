//! The caller, once known.

use guerdon_ledger::MemberId;
use guerdon_store::{Role, TenantId};
use std::sync::Arc;

/// A part of the API that a `service` is let into by scopes: `<area>:read`, `<area>:write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// The general ledger.
    Ledger,
    /// Points: allocations and awards.
    Points,
    /// Budgets.
    Budgets,
    /// Events.
    Events,
    /// Rules.
    Rules,
    /// Members.
    Members,
    /// Referrals and codes.
    Referrals,
    /// Configuration: assets, keys, settings.
    Config,
}

impl Area {
    /// The name in scopes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Points => "points",
            Self::Budgets => "budgets",
            Self::Events => "events",
            Self::Rules => "rules",
            Self::Members => "members",
            Self::Referrals => "referrals",
            Self::Config => "config",
        }
    }
}

/// A caller whose credential was good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant of the credential; the platform for a platform admin.
    pub tenant: TenantId,
    /// What they may do.
    pub role: Role,
    /// Whom they act as.
    pub member: Option<MemberId>,
    /// How the journal names them: the member, or `key:<id>`; of a JWT's bearer that is no member, `service:<sub>` or
    /// `platform:<sub>`.
    pub actor: Arc<str>,
    /// What a service may do.
    pub scopes: Vec<String>,
}

impl Principal {
    /// Whether this is the platform's own admin.
    pub fn is_platform_admin(&self) -> bool {
        self.role == Role::PlatformAdmin
    }

    /// Whether they may act as at least `role` in the tenant they come for. A platform admin may, in any.
    pub fn is_at_least(&self, role: Role) -> bool {
        self.is_platform_admin() || self.role.includes(role)
    }

    /// Whether a service was given a scope; a write scope lets it read too.
    pub fn has_scope(&self, area: Area, write: bool) -> bool {
        let given = |scope: &String| match scope.split_once(':') {
            Some((name, "write")) => name == area.name(),
            Some((name, "read")) => name == area.name() && !write,
            _ => false,
        };
        self.role == Role::Service && self.scopes.iter().any(given)
    }
}
