//! Changing what a tenant is called and what it has chosen.

use crate::Refusal;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Change, Settings, Tenant, ZoneName};
use jiff::Timestamp;

/// Changes what is `Some`.
#[derive(Debug, Default)]
pub struct ChangeTenant {
    /// Its name for people.
    pub name: Option<String>,
    /// Decides its days, months and periods from now on.
    pub time_zone: Option<ZoneName>,
    /// What it has chosen, whole.
    pub settings: Option<Settings>,
    /// Only if this version still stands.
    pub expected_version: Option<i64>,
}

impl Command for ChangeTenant {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, seen: &Seen<'_>, _: Timestamp) -> Result<Decision, Refusal> {
        let tenant = super::lifecycle::existing(seen)?;
        if let Some(expected) = self.expected_version.filter(|expected| *expected != tenant.version) {
            return Err(Refusal::VersionMismatch { expected, found: tenant.version });
        }
        let changed = Tenant {
            name: self.name.clone().unwrap_or_else(|| tenant.name.clone()),
            time_zone: self.time_zone.clone().unwrap_or_else(|| tenant.time_zone.clone()),
            settings: self.settings.clone().unwrap_or_else(|| tenant.settings.clone()),
            version: tenant.version + 1,
            ..tenant.clone()
        };
        Ok(Decision {
            kind: "tenant.change".to_owned(),
            changes: vec![Change::Tenant(changed)],
            ..Decision::default()
        })
    }
}
