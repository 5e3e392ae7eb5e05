//! Reconciling budgets, and putting right what is found wrong.

use super::config::budget_id;
use super::views::BudgetWords;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{BudgetReader, BudgetWriter, Caller, PlatformAdmin};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{NoQuery, Note, Path, Posted, PostedBody, Query};
use axum::Json;
use axum::extract::State;
use guerdon_programs::budgets::{Fix, Proved, Reconciliation};
use guerdon_store::TenantId;
use guerdon_store::budgets::{Amounts, EntryKind};
use guerdon_store::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account of a budget, in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvedView {
    /// The account.
    #[schema(example = "budget:marketing")]
    account: String,
    /// What lies on it, as it is kept.
    #[schema(example = 7500)]
    balance: i64,
    /// What its entries come to.
    #[schema(example = 7500)]
    ledger: i64,
    /// What of it is reserved, as it is kept.
    #[schema(example = 500)]
    held: i64,
    /// What its reservations come to.
    #[schema(example = 500)]
    reservations: i64,
    /// Whether both are kept right.
    #[schema(example = true)]
    balanced: bool,
}

impl From<&Proved> for ProvedView {
    fn from(Proved { account, proof }: &Proved) -> Self {
        Self {
            account: account.to_string(),
            balance: proof.found.posted,
            ledger: proof.proved.posted,
            held: proof.found.held,
            reservations: proof.proved.held,
            balanced: proof.holds(),
        }
    }
}

/// What a budget's entries come to, by type, in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TotalsView {
    /// Put in.
    #[schema(example = 10000)]
    fund: i64,
    /// Reserved.
    #[schema(example = 3000)]
    reserve: i64,
    /// Charged of what was reserved.
    #[schema(example = 2000)]
    charge: i64,
    /// Released of what was reserved.
    #[schema(example = 500)]
    release: i64,
    /// Charged, and come back.
    #[schema(example = 0)]
    reverse: i64,
    /// Gone back unused when a period ended.
    #[schema(example = 0)]
    reset: i64,
}

impl From<&Amounts> for TotalsView {
    fn from(amounts: &Amounts) -> Self {
        let of = |kind| amounts.of(kind).1;
        Self {
            fund: of(EntryKind::Fund),
            reserve: of(EntryKind::Reserve),
            charge: of(EntryKind::Charge),
            release: of(EntryKind::Release),
            reverse: of(EntryKind::Reverse),
            reset: of(EntryKind::Reset),
        }
    }
}

/// A budget reconciled: what is kept of it against what its entries say.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// What it is counted in.
    #[schema(example = "USD")]
    currency: String,
    /// What it has, as it is kept, in minor units.
    #[schema(example = 8000)]
    balance: i64,
    /// What its entries come to.
    #[schema(example = 8000)]
    ledger: i64,
    /// By how much what is kept is more than its entries say; below zero where it is less.
    #[schema(example = 0)]
    discrepancy: i64,
    /// Whether everything is kept right, on all its accounts.
    #[schema(example = true)]
    balanced: bool,
    /// What its entries come to, by type, since it was made.
    totals: TotalsView,
    /// Each of its accounts.
    accounts: Vec<ProvedView>,
}

impl From<&Reconciliation> for ReconciliationView {
    fn from(reconciled: &Reconciliation) -> Self {
        let own = &reconciled.accounts[0].proof;
        Self {
            budget_id: reconciled.id.to_string(),
            currency: reconciled.currency.to_string(),
            balance: own.found.posted,
            ledger: own.proved.posted,
            discrepancy: own.found.posted - own.proved.posted,
            balanced: reconciled.holds(),
            totals: TotalsView::from(&reconciled.totals),
            accounts: reconciled.accounts.iter().map(ProvedView::from).collect(),
        }
    }
}

/// Reconcile a budget
///
/// Reads every entry of its accounts and compares them with what is kept of it. Changes nothing.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/reconcile", operation_id = "reconcile_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing")),
    responses((status = 200, body = ReconciliationView), ReadProblems))]
pub(crate) async fn reconcile(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    _: Query<NoQuery>,
) -> Result<Json<ReconciliationView>, Problem> {
    let reconciled = app.budgets().reconcile(caller.tenant, &budget_id(&id)?).await?;
    Ok(Json(ReconciliationView::from(&reconciled)))
}

/// All budgets of a tenant reconciled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantReconciliationView {
    /// The tenant.
    tenant_id: String,
    /// How many budgets there are.
    #[schema(example = 3)]
    budgets: usize,
    /// Of how many everything is kept right.
    #[schema(example = 3)]
    balanced: usize,
    /// The others.
    discrepancies: Vec<ReconciliationView>,
}

async fn of_tenant(app: &App, tenant: TenantId) -> Result<TenantReconciliationView, Problem> {
    let reconciled = app.budgets().reconcile_all(tenant).await?;
    let wrong = reconciled.iter().filter(|one| !one.holds());
    let discrepancies: Vec<_> = wrong.map(ReconciliationView::from).collect();
    let (budgets, balanced) = (reconciled.len(), reconciled.len() - discrepancies.len());
    Ok(TenantReconciliationView { tenant_id: tenant.to_string(), budgets, balanced, discrepancies })
}

/// Reconcile all budgets of a tenant
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/reconcile", operation_id = "reconcile_budgets", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme")),
    responses((status = 200, body = TenantReconciliationView), ReadProblems))]
pub(crate) async fn reconcile_tenant(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    _: Query<NoQuery>,
) -> Result<Json<TenantReconciliationView>, Problem> {
    of_tenant(&app, caller.tenant).await.map(Json)
}

/// Reconcile all budgets of all tenants
#[utoipa::path(post, path = "/api/v1/platform/budgets/reconcile", operation_id = "reconcile_platform", tag = "Platform",
    responses((status = 200, body = Vec<TenantReconciliationView>), ReadProblems))]
pub(crate) async fn reconcile_platform(
    State(app): State<App>,
    _: PlatformAdmin,
    _: Query<NoQuery>,
) -> Result<Json<Vec<TenantReconciliationView>>, Problem> {
    const PAGE: i64 = 200;
    let (mut reconciled, mut after) = (Vec::new(), String::new());
    loop {
        let tenants = directory::list_tenants(app.database(), &after, PAGE).await?;
        for tenant in &tenants {
            reconciled.push(of_tenant(&app, tenant.id).await?);
        }
        match tenants.last().filter(|_| tenants.len() as i64 == PAGE) {
            Some(last) => last.slug.as_str().clone_into(&mut after),
            None => return Ok(Json(reconciled)),
        }
    }
}

/// What happened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "a balance was edited by hand on 12 November, see ticket 4711"}))]
pub(crate) struct FixBody {
    /// What happened, for whoever reads the audit trail.
    #[schema(value_type = String)]
    note: Note,
}

/// Put right what is kept of a budget
///
/// What its entries say is right: what is kept is restored from them, and an entry of type `reverse` says what was wrong,
/// by how much, who put it right and why. No value moves.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/budgets/{id}/fix", operation_id = "fix_budget", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = FixBody,
    responses((status = 201, body = PostedBody<BudgetWords>), (status = 200, description = "Replayed", body = PostedBody<BudgetWords>), WriteProblems))]
pub(crate) async fn fix(
    State(app): State<App>,
    caller: Caller<BudgetWriter>,
    Path((_, id)): Path<(String, String)>,
    body: Keyed<FixBody>,
) -> Result<Posted<BudgetWords>, Problem> {
    let fix = Fix { budget: budget_id(&id)?, note: body.value.note.into() };
    Ok(app.budgets().execute(caller.envelope(Some(body.idempotency)), fix).await?.into())
}
