//! What handlers share.

use crate::problem::Problem;
use guerdon_programs::access::Access;
use guerdon_programs::budgets::Budgets;
use guerdon_programs::drafting::Drafting;
use guerdon_programs::events::Events;
use guerdon_programs::hooks::Hooks;
use guerdon_programs::vault::Vault;
use guerdon_programs::worker::Worker;
use guerdon_store::driver::Database;
use guerdon_store::journal::Journal;
use guerdon_store::{Tenant, TenantId, directory};
use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The largest body of a call, in bytes.
    pub body_limit: usize,
    /// The largest body of a bulk call, in bytes.
    pub bulk_limit: usize,
    /// Seals secrets that must be used again.
    pub vault: Vault,
    /// Makes drafts of rules from sentences.
    pub drafting: Drafting,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            body_limit: 1 << 20,
            bulk_limit: 64 << 20,
            vault: Vault::default(),
            drafting: Drafting::default(),
        }
    }
}

/// What handlers share: the journal, the worker, who may call, how the server behaves.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    worker: Worker,
    access: Access,
    hooks: Hooks,
    options: Options,
    metrics: Option<PrometheusHandle>,
    tenants: moka::sync::Cache<String, TenantId>,
}

impl App {
    /// An app over a worker, and the events, the budgets and the journal beneath it.
    pub fn new(worker: Worker, access: Access, options: Options, metrics: Option<PrometheusHandle>) -> Self {
        let tenants = moka::sync::Cache::new(10_000);
        let hooks = Hooks::new(worker.events().clone(), options.vault.clone());
        Self(Arc::new(Inner { worker, access, hooks, options, metrics, tenants }))
    }

    /// The worker, which does nothing by itself before it is [run](Worker::run).
    pub fn worker(&self) -> &Worker {
        &self.0.worker
    }

    pub(crate) fn events(&self) -> &Events {
        self.0.worker.events()
    }

    pub(crate) fn budgets(&self) -> &Budgets {
        self.events().budgets()
    }

    pub(crate) fn journal(&self) -> &Journal {
        self.budgets().journal()
    }

    pub(crate) fn database(&self) -> &Database {
        self.journal().database()
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.0.hooks
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn metrics(&self) -> Option<&PrometheusHandle> {
        self.0.metrics.as_ref()
    }

    /// The id of the tenant that a slug or an id names. Neither ever names another, so what is found is remembered.
    pub(crate) async fn tenant_id(&self, slug_or_id: &str) -> Result<TenantId, Problem> {
        if let Some(id) = self.0.tenants.get(slug_or_id) {
            return Ok(id);
        }
        let id = self.tenant(slug_or_id).await?.id;
        self.0.tenants.insert(slug_or_id.to_owned(), id);
        Ok(id)
    }

    /// The tenant that a slug or an id names.
    pub(crate) async fn tenant(&self, slug_or_id: &str) -> Result<Tenant, Problem> {
        let found = directory::find_tenant(self.database(), slug_or_id).await?;
        found.ok_or_else(|| Problem::no_tenant(slug_or_id))
    }

    /// The time zone that decides a tenant's days.
    pub(crate) async fn zone(&self, tenant: TenantId) -> Result<TimeZone, Problem> {
        let found = directory::find_tenant_by_id(self.database(), tenant).await?;
        Ok(found.map_or(TimeZone::UTC, |tenant| tenant.time_zone.zone()))
    }
}
