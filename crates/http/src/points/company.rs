//! The company's doors: the pool, delegation, histories.

use super::platform::stats_of;
use super::views::{DelegateWords, HistoryLine, PoolAnswer, StatsAnswer, TenantBrief, moves_points};
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, Manager, OwnReader, PointsReader};
use crate::general::{Filter, TransactionQuery, search};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, List, NoQuery, Note, Page, Part, Posted, PostedBody, Query, answer};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId, Name};
use guerdon_programs::points::{self, DelegateToDepartment, DelegateToLead};
use guerdon_store::journal::Record;
use guerdon_store::{TenantId, driver::Mode};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The company's pool: what may be given, and whether it is enough
#[utoipa::path(get, path = "/api/v1/allocations/pool", operation_id = "get_pool", tag = "Points",
    responses((status = 200, body = PoolAnswer), ReadProblems))]
pub(crate) async fn pool(
    State(app): State<App>,
    caller: Caller<PointsReader>,
    _: Query<NoQuery>,
) -> Result<Json<PoolAnswer>, Problem> {
    let tenant = app.tenant(&caller.tenant.to_string()).await?;
    let view = points::pool(app.database(), &tenant).await?;
    Ok(Json(PoolAnswer {
        available: view.balance.available(),
        held: view.balance.held,
        balance: view.balance.posted,
        status: view.status,
        low_balance: view.low_balance,
        asset: AssetCode::points(),
        tenant: TenantBrief::from(&tenant),
    }))
}

/// Points for a lead to give on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lead_id": "lead-1", "amount": 10000, "note": "Q4 team budget"}))]
pub(crate) struct DelegateBody {
    /// The lead.
    #[schema(value_type = String, example = "lead-1")]
    lead_id: MemberId,
    /// How many points.
    #[schema(value_type = i64, example = 10000, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// Why.
    #[serde(alias = "reference_note")]
    #[schema(value_type = Option<String>, example = "Q4 team budget")]
    note: Option<Note>,
}

/// Delegate points from the pool to a lead
#[utoipa::path(post, path = "/api/v1/allocations/distribute-to-lead", operation_id = "distribute_to_lead", tag = "Points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = DelegateBody,
    responses((status = 201, body = PostedBody<DelegateWords>), (status = 200, description = "Replayed", body = PostedBody<DelegateWords>), WriteProblems))]
pub(crate) async fn distribute_to_lead(
    State(app): State<App>,
    caller: Caller<Manager>,
    body: Keyed<DelegateBody>,
) -> Result<Posted<DelegateWords>, Problem> {
    let DelegateBody { lead_id, amount, note } = body.value;
    let command = DelegateToLead { lead: lead_id, amount, note: note.map(String::from) };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}

/// Delegate points from the pool to a lead (another door to the same)
#[utoipa::path(post, path = "/api/v1/points/delegate-to-lead", operation_id = "delegate_to_lead", tag = "Points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = DelegateBody,
    responses((status = 201, body = PostedBody<DelegateWords>), (status = 200, description = "Replayed", body = PostedBody<DelegateWords>), WriteProblems))]
pub(crate) async fn delegate_to_lead(
    app: State<App>,
    caller: Caller<Manager>,
    body: Keyed<DelegateBody>,
) -> Result<Posted<DelegateWords>, Problem> {
    distribute_to_lead(app, caller, body).await
}

/// Points for a department's own pool.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"department": "engineering", "amount": 10000, "note": "Q4 department budget"}))]
pub(crate) struct DepartmentBody {
    /// The department, as members name it.
    #[schema(value_type = String, example = "engineering")]
    department: Name,
    /// How many points.
    #[schema(value_type = i64, example = 10000, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// Why.
    #[schema(value_type = Option<String>, example = "Q4 department budget")]
    note: Option<Note>,
}

/// Give points from the company's pool to a department's pool
#[utoipa::path(post, path = "/api/v1/allocations/distribute-to-department", operation_id = "distribute_to_department", tag = "Points",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = DepartmentBody,
    responses((status = 201, body = PostedBody<DelegateWords>), (status = 200, description = "Replayed", body = PostedBody<DelegateWords>), WriteProblems))]
pub(crate) async fn distribute_to_department(
    State(app): State<App>,
    caller: Caller<Manager>,
    body: Keyed<DepartmentBody>,
) -> Result<Posted<DelegateWords>, Problem> {
    let DepartmentBody { department, amount, note } = body.value;
    if AccountPath::new(&format!("pool:{department}")).is_err() {
        return Err(Problem::invalid("/department", "invalid_value", "this cannot name an account"));
    }
    let command = DelegateToDepartment { department, amount, note: note.map(String::from) };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}

/// Where the company's points are, and whether it all adds up
#[utoipa::path(get, path = "/api/v1/points/tenant-allocation-stats", operation_id = "get_tenant_allocation_stats", tag = "Points",
    responses((status = 200, body = StatsAnswer), ReadProblems))]
pub(crate) async fn stats(
    State(app): State<App>,
    caller: Caller<PointsReader>,
    _: Query<NoQuery>,
) -> Result<Json<StatsAnswer>, Problem> {
    let tenant = app.tenant(&caller.tenant.to_string()).await?;
    Ok(Json(stats_of(&app, &tenant).await?))
}

/// What the caller gave, newest first
///
/// A page may hold fewer lines than `limit`; `next_cursor` says whether there is more.
#[utoipa::path(get, path = "/api/v1/allocations/history", operation_id = "list_own_allocations", tag = "Points",
    params(TransactionQuery), responses((status = 200, body = Page<HistoryLine>), ReadProblems))]
pub(crate) async fn own_history(
    State(app): State<App>,
    caller: Caller<OwnReader>,
    format: Format,
    Query(query): Query<TransactionQuery>,
) -> Result<Response, Problem> {
    let page = query.page();
    let filter = query.filter(&app, caller.tenant).await?;
    let actor = Some(caller.principal.actor.clone());
    answer(History { app, tenant: caller.tenant, filter, actor }, format, &page).await
}

/// What was allocated, delegated and awarded in the whole company, newest first
///
/// A page may hold fewer lines than `limit`; `next_cursor` says whether there is more.
#[utoipa::path(get, path = "/api/v1/allocations/history/tenant", operation_id = "list_tenant_allocations",
    tag = "Points", params(TransactionQuery), responses((status = 200, body = Page<HistoryLine>), ReadProblems))]
pub(crate) async fn tenant_history(
    State(app): State<App>,
    caller: Caller<PointsReader>,
    format: Format,
    Query(query): Query<TransactionQuery>,
) -> Result<Response, Problem> {
    let page = query.page();
    let filter = query.filter(&app, caller.tenant).await?;
    answer(History { app, tenant: caller.tenant, filter, actor: None }, format, &page).await
}

struct History {
    app: App,
    tenant: TenantId,
    filter: Filter,
    /// Whose, where not everybody's.
    actor: Option<Arc<str>>,
}

impl List for History {
    type Row = HistoryLine;
    type Schema = HistoryLine;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<HistoryLine, i64>, Problem> {
        let wanted = |record: &Record| {
            self.actor.as_ref().is_none_or(|actor| record.actor == *actor) && moves_points(record)
        };
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let found = search(&mut tx, before, limit, &self.filter, wanted).await?;
        Ok(Part { rows: found.records.iter().map(HistoryLine::of).collect(), next: found.go_on_before })
    }
}
