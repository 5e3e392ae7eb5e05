//! Making a tenant: its slug is reserved, then the first row of its own journal says what it is.

use crate::{Error, Refusal};
use guerdon_store::directory::{self, Reservation};
use guerdon_store::journal::{Command, Decision, Envelope, Idempotency, Journal, Needs, Receipt, Seen};
use guerdon_store::{Change, Settings, Slug, Tenant, TenantId, TenantStatus, ZoneName};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// What a tenant is made of.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its name in paths; never changes.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Decides its days, months and periods.
    pub time_zone: ZoneName,
    /// What it has chosen.
    pub settings: Settings,
}

/// Makes a tenant.
///
/// # Errors
/// [`Refusal::SlugTaken`]; an idempotency key is good for the same tenant only.
pub async fn create(
    journal: &Journal,
    actor: Arc<str>,
    idempotency: Option<Idempotency>,
    new: NewTenant,
) -> Result<(TenantId, Receipt), Error> {
    let at = journal.clock().now();
    let id = TenantId::new(Uuid::now_v7());
    let tenant = match directory::reserve(journal.database(), &new.slug, id, at).await? {
        Reservation::Reserved(id) => id,
        Reservation::Taken => earlier(journal, &new.slug, idempotency.is_some()).await?,
    };
    let command = CreateTenant { id: tenant, new };
    let receipt = journal.execute(Envelope { tenant, actor, idempotency }, command).await?;
    Ok((tenant, receipt))
}

/// The tenant that has the slug, whose journal knows whether the same call made it.
async fn earlier(journal: &Journal, slug: &Slug, repeatable: bool) -> Result<TenantId, Error> {
    let taken = || Refusal::SlugTaken(slug.as_str().to_owned()).into_error();
    let found = directory::find_tenant(journal.database(), slug.as_str()).await?;
    found.filter(|_| repeatable).map(|tenant| tenant.id).ok_or_else(taken)
}

#[derive(Debug)]
struct CreateTenant {
    id: TenantId,
    new: NewTenant,
}

impl Command for CreateTenant {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        if seen.tenant().is_some() {
            return Err(Refusal::SlugTaken(self.new.slug.as_str().to_owned()));
        }
        let tenant = Tenant {
            id: self.id,
            slug: self.new.slug.clone(),
            name: self.new.name.clone(),
            time_zone: self.new.time_zone.clone(),
            status: TenantStatus::Active,
            settings: self.new.settings.clone(),
            version: 1,
            created_at: at,
        };
        Ok(Decision {
            kind: "tenant.create".to_owned(),
            changes: vec![Change::Tenant(tenant)],
            ..Decision::default()
        })
    }

    fn allowed_while(&self, _: TenantStatus) -> bool {
        true
    }
}
