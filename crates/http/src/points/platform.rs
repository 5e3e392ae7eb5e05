//! The platform's doors: allocate, claw back, and see where every company's points are.

use super::views::{HistoryLine, PoolWords, StatsAnswer};
use crate::app::App;
use crate::body::Keyed;
use crate::caller::PlatformAdmin;
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{
    Format, Line, List, NoQuery, Note, Page, PageQuery, Part, Path, Posted, PostedBody, Query, answer,
};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{AccountPath, Amount, AssetCode};
use guerdon_programs::points::{Allocate, Clawback, stats};
use guerdon_store::driver::Mode;
use guerdon_store::{Tenant, TenantId, directory, read};
use serde::Deserialize;
use utoipa::ToSchema;

/// Points for a company.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tenant_id": "acme", "amount": 50000, "reference": "invoice-2026-11"}))]
pub(crate) struct AllocateBody {
    /// The company, by slug or id.
    #[schema(example = "acme")]
    tenant_id: String,
    /// How many points.
    #[schema(value_type = i64, example = 50000, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// What it is about: an invoice, an order.
    #[serde(alias = "reference_note")]
    #[schema(value_type = Option<String>, example = "invoice-2026-11")]
    reference: Option<Line>,
}

/// Allocate points to a company's pool
#[utoipa::path(post, path = "/api/v1/platform/allocations/allocate", operation_id = "allocate", tag = "Platform: points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = AllocateBody,
    responses((status = 201, body = PostedBody<PoolWords>), (status = 200, description = "Replayed", body = PostedBody<PoolWords>), WriteProblems))]
pub(crate) async fn allocate(
    State(app): State<App>,
    caller: PlatformAdmin,
    body: Keyed<AllocateBody>,
) -> Result<Posted<PoolWords>, Problem> {
    let tenant = app.tenant_id(&body.value.tenant_id).await?;
    let command = Allocate { amount: body.value.amount, reference: body.value.reference.map(String::from) };
    Ok(app.journal().execute(caller.envelope(tenant, Some(body.idempotency)), command).await?.into())
}

/// Allocate points to a company's pool (another door to the same)
#[utoipa::path(post, path = "/api/v1/points/allocate-to-tenant", operation_id = "allocate_to_tenant", tag = "Platform: points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = AllocateBody,
    responses((status = 201, body = PostedBody<PoolWords>), (status = 200, description = "Replayed", body = PostedBody<PoolWords>), WriteProblems))]
pub(crate) async fn allocate_to_tenant(
    app: State<App>,
    caller: PlatformAdmin,
    body: Keyed<AllocateBody>,
) -> Result<Posted<PoolWords>, Problem> {
    allocate(app, caller, body).await
}

/// Points to take back: an amount, or all that the pool has free.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tenant_id": "acme", "amount": 500, "reason": "contract ended"}))]
pub(crate) struct ClawbackBody {
    /// The company, by slug or id.
    #[schema(example = "acme")]
    tenant_id: String,
    /// How many points.
    #[schema(value_type = Option<i64>, example = 500, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Option<Amount>,
    /// All that the pool has free, instead of an amount.
    #[serde(default)]
    all: bool,
    /// Why.
    #[schema(value_type = Option<String>, example = "contract ended")]
    reason: Option<Note>,
}

/// Points to take back: an amount, or all that the pool has free.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 500, "reason": "contract ended"}))]
pub(crate) struct ClawbackTenantBody {
    /// How many points.
    #[schema(value_type = Option<i64>, example = 500, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Option<Amount>,
    /// All that the pool has free, instead of an amount.
    #[serde(default)]
    all: bool,
    /// Why.
    #[schema(value_type = Option<String>, example = "contract ended")]
    reason: Option<Note>,
}

/// Claw points back from a company's pool
///
/// More than the pool has free is refused. Works while the company is suspended or closed.
#[utoipa::path(post, path = "/api/v1/platform/allocations/clawback", operation_id = "clawback", tag = "Platform: points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ClawbackBody,
    responses((status = 201, body = PostedBody<PoolWords>), (status = 200, description = "Replayed", body = PostedBody<PoolWords>), WriteProblems))]
pub(crate) async fn clawback(
    State(app): State<App>,
    caller: PlatformAdmin,
    body: Keyed<ClawbackBody>,
) -> Result<Posted<PoolWords>, Problem> {
    let ClawbackBody { tenant_id, amount, all, reason } = body.value;
    let tenant = app.tenant_id(&tenant_id).await?;
    let command = Clawback { amount: amount_or_all(amount, all)?, reason: reason.map(String::from) };
    Ok(app.journal().execute(caller.envelope(tenant, Some(body.idempotency)), command).await?.into())
}

/// Claw points back from a company's pool (another door to the same)
#[utoipa::path(post, path = "/api/v1/points/clawback/{tenant_id}", operation_id = "clawback_from_tenant", tag = "Platform: points",
    params(("tenant_id" = String, Path, description = "The company, by slug or id"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ClawbackTenantBody,
    responses((status = 201, body = PostedBody<PoolWords>), (status = 200, description = "Replayed", body = PostedBody<PoolWords>), WriteProblems))]
pub(crate) async fn clawback_tenant(
    State(app): State<App>,
    caller: PlatformAdmin,
    Path(tenant_id): Path<String>,
    body: Keyed<ClawbackTenantBody>,
) -> Result<Posted<PoolWords>, Problem> {
    let ClawbackTenantBody { amount, all, reason } = body.value;
    let tenant = app.tenant_id(&tenant_id).await?;
    let command = Clawback { amount: amount_or_all(amount, all)?, reason: reason.map(String::from) };
    Ok(app.journal().execute(caller.envelope(tenant, Some(body.idempotency)), command).await?.into())
}

fn amount_or_all(amount: Option<Amount>, all: bool) -> Result<Option<Amount>, Problem> {
    match (amount, all) {
        (Some(_), true) => {
            Err(Problem::invalid("/all", "invalid_value", "send either an amount or \"all\": true"))
        }
        (None, false) => {
            Err(Problem::invalid("/amount", "missing_field", "send an amount, or \"all\": true"))
        }
        (amount, _) => Ok(amount),
    }
}

/// A company's allocations and clawbacks, newest first
#[utoipa::path(get, path = "/api/v1/platform/allocations/history/{tenant}",
    operation_id = "list_allocations_to_tenant", tag = "Platform: points",
    params(("tenant" = String, Path, description = "The company, by slug or id", example = "acme"), PageQuery),
    responses((status = 200, body = Page<HistoryLine>), ReadProblems))]
pub(crate) async fn history(
    State(app): State<App>,
    _: PlatformAdmin,
    Path(tenant): Path<String>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let tenant = app.tenant_id(&tenant).await?;
    answer(Issued { app, tenant }, format, &page).await
}

/// What the platform issued to a company and took back.
struct Issued {
    app: App,
    tenant: TenantId,
}

impl List for Issued {
    type Row = HistoryLine;
    type Schema = HistoryLine;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<HistoryLine, i64>, Problem> {
        let issuance = AccountPath::issuance().in_asset(&AssetCode::points());
        let before = before.unwrap_or(i64::MAX);
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let records = read::account_transactions(&mut tx, &issuance, before, limit + 1).await?;
        Ok(Part::of(records, limit, |record| record.seq, |record| HistoryLine::of(&record)))
    }
}

/// Where a company's points are, and whether it all adds up
#[utoipa::path(get, path = "/api/v1/platform/allocations/stats/{tenant}", operation_id = "get_allocation_stats", tag = "Platform: points",
    params(("tenant" = String, Path, description = "The company, by slug or id")),
    responses((status = 200, body = StatsAnswer), ReadProblems))]
pub(crate) async fn tenant_stats(
    State(app): State<App>,
    _: PlatformAdmin,
    Path(tenant): Path<String>,
    _: Query<NoQuery>,
) -> Result<Json<StatsAnswer>, Problem> {
    let tenant = app.tenant(&tenant).await?;
    Ok(Json(stats_of(&app, &tenant).await?))
}

pub(super) async fn stats_of(app: &App, tenant: &Tenant) -> Result<StatsAnswer, Problem> {
    let stats = stats(app.database(), tenant.id).await?;
    Ok(StatsAnswer { tenant_id: tenant.id.to_string(), slug: tenant.slug.as_str().to_owned(), stats })
}

/// Where every company's points are, by slug
#[utoipa::path(get, path = "/api/v1/platform/allocations/all", operation_id = "list_allocation_stats", tag = "Platform: points",
    params(PageQuery), responses((status = 200, body = Page<StatsAnswer>), ReadProblems))]
pub(crate) async fn all(
    State(app): State<App>,
    _: PlatformAdmin,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(AllStats(app), format, &page).await
}

struct AllStats(App);

impl List for AllStats {
    type Row = StatsAnswer;
    type Schema = StatsAnswer;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<StatsAnswer, String>, Problem> {
        // Each line takes several reads of its own, so few are made at a time.
        let limit = limit.min(50);
        let after = after.unwrap_or_default();
        let tenants = directory::list_tenants(self.0.database(), &after, limit + 1).await?;
        let tenants = Part::of(tenants, limit, |tenant| tenant.slug.as_str().to_owned(), |tenant| tenant);
        let mut rows = Vec::with_capacity(tenants.rows.len());
        for tenant in &tenants.rows {
            rows.push(stats_of(&self.0, tenant).await?);
        }
        Ok(Part { rows, next: tenants.next })
    }
}
