//! Tenants: make, list, change, suspend, resume, close.

mod referral_settings;

use crate::app::App;
use crate::body::Body;
use crate::caller::{Admin, Anyone, Caller, PlatformAdmin};
use crate::etag::{IfMatch, Versioned};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::strict::Strict;
use crate::wire::{Format, Label, List, NoQuery, Note, Page, PageQuery, Part, Path, Query, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::AssetCode;
use guerdon_programs::tenants::{self, ChangeTenant, NewTenant, SetStatus};
use guerdon_store::journal::Receipt;
use guerdon_store::{Change, Settings, Slug, Tenant, TenantStatus, ZoneName, directory};
use jiff::Timestamp;
use referral_settings::ReferralSettingsBody;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, change))
        .routes(routes!(suspend))
        .routes(routes!(resume))
        .routes(routes!(close))
}

/// What a tenant has chosen.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SettingsBody {
    /// The asset of the ledger's credits and debits that name none.
    #[schema(value_type = String, example = "USD")]
    reward_currency: AssetCode,
    /// Below this many points the pool's status is `low`; a tenth of what was allocated where not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 5000, minimum = 0)]
    low_balance: Option<u32>,
    /// How it deals with referrals.
    #[schema(value_type = ReferralSettingsBody)]
    referrals: Strict<ReferralSettingsBody>,
}

impl Default for SettingsBody {
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

impl From<&Settings> for SettingsBody {
    fn from(settings: &Settings) -> Self {
        let low_balance = settings.low_balance.and_then(|low| u32::try_from(low).ok());
        let referrals = Strict(ReferralSettingsBody::from(&settings.referrals));
        Self { reward_currency: settings.reward_currency.clone(), low_balance, referrals }
    }
}

impl From<SettingsBody> for Settings {
    fn from(body: SettingsBody) -> Self {
        Self {
            reward_currency: body.reward_currency,
            low_balance: body.low_balance.map(i64::from),
            referrals: body.referrals.0.into(),
        }
    }
}

/// A company to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"slug": "acme", "name": "Acme Inc.", "time_zone": "Africa/Harare", "settings": {"reward_currency": "USD", "low_balance": 5000}}))]
pub(crate) struct NewTenantBody {
    /// Its name in paths: 2–63 of `a-z 0-9 -`. Never changes.
    #[schema(value_type = String, example = "acme")]
    slug: Slug,
    /// Its name for people.
    #[schema(value_type = String, example = "Acme Inc.")]
    name: Label,
    /// The IANA zone that decides its days, months and periods; UTC where not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Africa/Harare")]
    time_zone: ZoneName,
    /// What it has chosen.
    #[serde(default)]
    #[schema(value_type = Option<SettingsBody>)]
    settings: Option<Strict<SettingsBody>>,
}

/// A company.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantView {
    /// Its id.
    #[schema(example = "01936f5e-7b1c-7000-8000-000000000001")]
    id: String,
    /// Its name in paths.
    #[schema(example = "acme")]
    slug: String,
    /// Its name for people.
    #[schema(example = "Acme Inc.")]
    name: String,
    /// Decides its days, months and periods.
    #[schema(example = "UTC")]
    time_zone: String,
    /// `active`, `suspended` or `closed`.
    #[schema(example = "active")]
    status: &'static str,
    /// What it has chosen.
    settings: SettingsBody,
    /// Counts its changes, from 1; also the `ETag`.
    #[schema(example = 1)]
    version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            slug: tenant.slug.as_str().to_owned(),
            name: tenant.name.clone(),
            time_zone: tenant.time_zone.as_str().to_owned(),
            status: tenant.status.name(),
            settings: SettingsBody::from(&tenant.settings),
            version: tenant.version,
            created_at: tenant.created_at,
        }
    }
}

/// The tenant as a transaction left it.
fn recorded(receipt: &Receipt) -> Result<&Tenant, Problem> {
    let tenant = receipt.record.changes.iter().find_map(|change| match change {
        Change::Tenant(tenant) => Some(tenant),
        _ => None,
    });
    tenant.ok_or_else(|| Problem::internal(&"a change of a tenant without the tenant"))
}

/// A tenant that was changed.
fn changed(receipt: &Receipt) -> Result<Versioned<TenantView>, Problem> {
    let tenant = recorded(receipt)?;
    Ok(Versioned::ok(tenant.version, TenantView::from(tenant)).replayed(receipt.replayed))
}

/// Make a tenant
#[utoipa::path(post, path = "/api/v1/tenants", operation_id = "create_tenant", tag = "Platform: tenants", request_body = NewTenantBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = TenantView), (status = 200, description = "Replayed", body = TenantView), WriteProblems))]
async fn create(
    State(app): State<App>,
    caller: PlatformAdmin,
    body: Body<NewTenantBody>,
) -> Result<Versioned<TenantView>, Problem> {
    let NewTenantBody { slug, name, time_zone, settings } = body.value;
    let new = NewTenant {
        slug,
        name: name.into(),
        time_zone,
        settings: settings.map_or_else(Settings::default, |given| given.0.into()),
    };
    let actor = caller.principal.actor.clone();
    let (_, receipt) = tenants::create(app.journal(), actor, body.idempotency, new).await?;
    let tenant = recorded(&receipt)?;
    Ok(Versioned::made(tenant.version, TenantView::from(tenant)).replayed(receipt.replayed))
}

/// Tenants, by slug
#[utoipa::path(get, path = "/api/v1/tenants", operation_id = "list_tenants", tag = "Platform: tenants", params(PageQuery),
    responses((status = 200, body = Page<TenantView>), ReadProblems))]
async fn list(
    State(app): State<App>,
    _: PlatformAdmin,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Tenants(app), format, &page).await
}

struct Tenants(App);

impl List for Tenants {
    type Row = TenantView;
    type Schema = TenantView;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<TenantView, String>, Problem> {
        let after = after.unwrap_or_default();
        let tenants = directory::list_tenants(self.0.database(), &after, limit + 1).await?;
        let slug = |tenant: &Tenant| tenant.slug.as_str().to_owned();
        Ok(Part::of(tenants, limit, slug, |tenant| TenantView::from(&tenant)))
    }
}

/// A tenant
///
/// Platform admins see every tenant, everybody else their own.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}", operation_id = "get_tenant", tag = "Platform: tenants",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme")),
    responses((status = 200, body = TenantView), ReadProblems))]
async fn get(
    State(app): State<App>,
    caller: Caller<Anyone>,
    _: Query<NoQuery>,
) -> Result<Versioned<TenantView>, Problem> {
    let tenant = app.tenant(&caller.tenant.to_string()).await?;
    Ok(Versioned::ok(tenant.version, TenantView::from(&tenant)))
}

/// What to change of a tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Acme Worldwide"}))]
pub(crate) struct TenantChangeBody {
    /// Its name for people.
    #[schema(value_type = Option<String>, example = "Acme Worldwide")]
    name: Option<Label>,
    /// Decides its days, months and periods from now on.
    #[schema(value_type = Option<String>, example = "America/New_York")]
    time_zone: Option<ZoneName>,
    /// What it has chosen, whole.
    #[schema(value_type = Option<SettingsBody>)]
    settings: Option<Strict<SettingsBody>>,
}

/// Change a tenant
///
/// For platform admins and the tenant's own admins. With `If-Match` only if nobody changed it since.
#[utoipa::path(patch, path = "/api/v1/tenants/{tenant}", operation_id = "change_tenant", tag = "Platform: tenants", request_body = TenantChangeBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the tenant as it was read")),
    responses((status = 200, body = TenantView), WriteProblems))]
async fn change(
    State(app): State<App>,
    caller: Caller<Admin>,
    IfMatch(expected_version): IfMatch,
    body: Body<TenantChangeBody>,
) -> Result<Versioned<TenantView>, Problem> {
    let TenantChangeBody { name, time_zone, settings } = body.value;
    if name.is_none() && time_zone.is_none() && settings.is_none() {
        return Err(Problem::invalid("", "missing_field", "say what to change: name, time_zone or settings"));
    }
    let name = name.map(String::from);
    let command =
        ChangeTenant { name, time_zone, settings: settings.map(|given| given.0.into()), expected_version };
    let receipt = app.journal().execute(caller.envelope(body.idempotency), command).await?;
    changed(&receipt)
}

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "invoice overdue"}))]
pub(crate) struct ReasonBody {
    /// Why.
    #[schema(value_type = Option<String>, example = "invoice overdue")]
    reason: Option<Note>,
}

/// Suspend a tenant: it can be read, and nothing can be posted
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/suspend", operation_id = "suspend_tenant", tag = "Platform: tenants", request_body = ReasonBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme")),
    responses((status = 200, body = TenantView), WriteProblems))]
async fn suspend(
    app: State<App>,
    caller: PlatformAdmin,
    tenant: Path<String>,
    body: Body<ReasonBody>,
) -> Result<Versioned<TenantView>, Problem> {
    set_status(app, caller, tenant, body, TenantStatus::Suspended).await
}

/// Resume a tenant that was suspended
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/resume", operation_id = "resume_tenant", tag = "Platform: tenants", request_body = ReasonBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme")),
    responses((status = 200, body = TenantView), WriteProblems))]
async fn resume(
    app: State<App>,
    caller: PlatformAdmin,
    tenant: Path<String>,
    body: Body<ReasonBody>,
) -> Result<Versioned<TenantView>, Problem> {
    set_status(app, caller, tenant, body, TenantStatus::Active).await
}

/// Close a tenant for good: it can be read, and its points can be clawed back
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/close", operation_id = "close_tenant", tag = "Platform: tenants", request_body = ReasonBody,
    params(("tenant" = String, Path, description = "Slug or id", example = "acme")),
    responses((status = 200, body = TenantView), WriteProblems))]
async fn close(
    app: State<App>,
    caller: PlatformAdmin,
    tenant: Path<String>,
    body: Body<ReasonBody>,
) -> Result<Versioned<TenantView>, Problem> {
    set_status(app, caller, tenant, body, TenantStatus::Closed).await
}

async fn set_status(
    State(app): State<App>,
    caller: PlatformAdmin,
    Path(tenant): Path<String>,
    body: Body<ReasonBody>,
    to: TenantStatus,
) -> Result<Versioned<TenantView>, Problem> {
    let tenant = app.tenant_id(&tenant).await?;
    let command = SetStatus { to, reason: body.value.reason.map(String::from) };
    let receipt = app.journal().execute(caller.envelope(tenant, body.idempotency), command).await?;
    changed(&receipt)
}
