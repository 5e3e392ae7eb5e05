//! The life of a tenant: active ⇄ suspended, and closed for ever.

use crate::Refusal;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Change, Tenant, TenantStatus};
use jiff::Timestamp;

/// Suspends, resumes or closes a tenant.
#[derive(Debug)]
pub struct SetStatus {
    /// What it shall be.
    pub to: TenantStatus,
    /// Why.
    pub reason: Option<String>,
}

impl Command for SetStatus {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        use TenantStatus::{Active, Closed, Suspended};
        let tenant = existing(seen)?;
        let kind = match (tenant.status, self.to) {
            (Active, Suspended) => "tenant.suspend",
            (Suspended, Active) => "tenant.resume",
            (Active | Suspended, Closed) => "tenant.close",
            (from, to) => return Err(Refusal::TenantLifecycle { from, to }),
        };
        let changed = Tenant { status: self.to, version: tenant.version + 1, ..tenant.clone() };
        Ok(Decision {
            kind: kind.to_owned(),
            reason: self.reason.clone(),
            changes: vec![Change::Tenant(changed)],
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}

/// The tenant, which the platform's own journal does not have.
pub(super) fn existing<'a>(seen: &Seen<'a>) -> Result<&'a Tenant, Refusal> {
    seen.tenant().ok_or_else(|| Refusal::TenantNotFound("platform".to_owned()))
}
