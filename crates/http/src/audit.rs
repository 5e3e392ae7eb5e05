//! The audit trail: every transaction, configuration changes among them, and the proof that none was altered.

use crate::app::App;
use crate::caller::{Auditing, Caller};
use crate::general::{Filter, TransactionQuery, search};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, NoQuery, Page, Part, Query, TransactionView, answer};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_store::driver::Mode;
use guerdon_store::journal::Record;
use guerdon_store::verify::{Finding, verify_tenant};
use guerdon_store::{Change, TenantId};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLine {
    #[serde(flatten)]
    #[schema(value_type = TransactionView)]
    transaction: Value,
    /// The key that made the call safe to repeat.
    #[schema(value_type = Option<String>)]
    idempotency_key: Option<Arc<str>>,
    /// What configuration it changed.
    changes: Vec<ChangedView>,
}

/// A record that a transaction changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedView {
    /// What was changed: `tenant`, `member`, `api_key`, `referral_code`, `referral`, or the kind of a configuration document.
    #[schema(example = "member")]
    what: String,
    /// Its id.
    #[schema(example = "emp-7")]
    id: String,
    /// Its version after the change.
    #[schema(example = 2)]
    version: i64,
}

impl ChangedView {
    /// The record that was changed; `None` of what has no versions: work that was
    /// scheduled, what is remembered of referrals, and what was counted.
    fn of(change: &Change) -> Option<Self> {
        let (what, id, version) = match change {
            Change::Tenant(tenant) => ("tenant".to_owned(), tenant.id.to_string(), tenant.version),
            Change::Member(member) => ("member".to_owned(), member.id.to_string(), member.version),
            Change::ApiKey(key) => ("api_key".to_owned(), key.id.to_string(), key.version),
            Change::Document(document) => {
                (document.key.kind.to_string(), document.key.id.to_string(), document.version)
            }
            Change::ReferralCode(code) => ("referral_code".to_owned(), code.code.to_string(), 1),
            Change::Referral(referral) => ("referral".to_owned(), referral.id.to_string(), referral.version),
            Change::Schedule(_) | Change::ReferralMark(_) | Change::Counter(_) => return None,
        };
        Some(Self { what, id, version })
    }
}

impl AuditLine {
    fn of(record: &Record) -> Self {
        Self {
            transaction: serde_json::to_value(TransactionView::new(record)).unwrap_or_default(),
            idempotency_key: record.idempotency_key.clone(),
            changes: record.changes.iter().filter_map(ChangedView::of).collect(),
        }
    }
}

/// The audit trail, newest first
///
/// Every transaction of the tenant; those without postings changed its configuration. A page may hold fewer than
/// `limit`; `next_cursor` says whether there is more.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "list_audit_trail", tag = "Audit",
    params(TransactionQuery), responses((status = 200, body = Page<AuditLine>), ReadProblems))]
async fn list(
    State(app): State<App>,
    caller: Caller<Auditing>,
    format: Format,
    Query(query): Query<TransactionQuery>,
) -> Result<Response, Problem> {
    let page = query.page();
    let filter = query.filter(&app, caller.tenant).await?;
    answer(Trail { app, tenant: caller.tenant, filter }, format, &page).await
}

struct Trail {
    app: App,
    tenant: TenantId,
    filter: Filter,
}

impl List for Trail {
    type Row = AuditLine;
    type Schema = AuditLine;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<AuditLine, i64>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let found = search(&mut tx, before, limit, &self.filter, |_| true).await?;
        Ok(Part { rows: found.records.iter().map(AuditLine::of).collect(), next: found.go_on_before })
    }
}

/// What verification found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerifyAnswer {
    /// Whether the books are as the journal says, and the journal is whole.
    #[schema(example = true)]
    clean: bool,
    /// Transactions checked: their hashes, and what they say of every balance.
    #[schema(example = 42)]
    transactions: u64,
    /// Entries compared with them.
    #[schema(example = 84)]
    entries: u64,
    /// Balances compared with them.
    #[schema(example = 12)]
    accounts: u64,
    /// Transactions whose entries are still on their way into their tables, and were checked in the journal alone.
    #[schema(example = 0)]
    waiting: u64,
    /// Holds compared with them.
    #[schema(example = 0)]
    holds: u64,
    /// What is wrong, and where.
    findings: Vec<FindingView>,
}

/// Something that is not as the journal says, or as a journal must be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// The table.
    #[schema(example = "balances")]
    table: &'static str,
    /// The row.
    #[schema(example = "wallet:emp-7 PTS")]
    key: String,
    /// What is wrong with it.
    what: String,
    /// What it should be.
    expected: Option<String>,
    /// What it is.
    found: Option<String>,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        let Finding { table, key, what, expected, found, .. } = finding;
        Self { table, key, what, expected, found }
    }
}

/// Prove the books
///
/// Recomputes the hash chain, replays every transaction, and compares balances, entries, holds and records with it. The
/// cost grows with the history.
#[utoipa::path(get, path = "/api/v1/audit/verify", operation_id = "verify_books", tag = "Audit",
    responses((status = 200, body = VerifyAnswer), ReadProblems))]
async fn verify(
    State(app): State<App>,
    caller: Caller<Auditing>,
    _: Query<NoQuery>,
) -> Result<Json<VerifyAnswer>, Problem> {
    let report = verify_tenant(app.database(), caller.tenant, &mut |_| {}).await?;
    Ok(Json(VerifyAnswer {
        clean: report.is_clean(),
        transactions: report.transactions,
        entries: report.entries,
        accounts: report.accounts,
        waiting: report.waiting,
        holds: report.holds,
        findings: report.findings.into_iter().map(FindingView::from).collect(),
    }))
}
