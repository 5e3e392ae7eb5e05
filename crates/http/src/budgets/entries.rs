//! The entries of a budget.

use super::config::budget_id;
use crate::app::App;
use crate::caller::{BudgetReader, Caller};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, Page, PageQuery, Part, Path, Query, Span, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{Name, Reference};
use guerdon_programs::budgets::{Entry, EntryPage, Usage, entries as read_entries};
use guerdon_store::TenantId;
use guerdon_store::budgets::EntryKind;
use guerdon_store::driver::{DbError, Mode};
use guerdon_store::read::first_recorded_at;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct BudgetEntryQuery {
    /// That did this: `fund`, `reserve`, `charge`, `release`, `reverse` or `reset`.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>, example = "charge")]
    kind: Option<EntryKind>,
    /// About this reservation.
    #[param(value_type = Option<String>, example = "order-1001")]
    ref_id: Option<Reference>,
    /// Recorded at or after this: RFC 3339, or a date in the tenant's time zone.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// Recorded before this: RFC 3339, or a date in the tenant's time zone, which is meant whole.
    #[param(example = "2026-01-31")]
    to: Option<String>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a transaction did to a budget, in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetEntryView {
    /// The transaction.
    #[schema(example = "txn_7")]
    id: String,
    /// What it did: `fund`, `reserve`, `charge`, `release`, `reverse` or `reset`.
    #[serde(rename = "type")]
    #[schema(example = "reserve")]
    kind: &'static str,
    /// Which reservation it is about.
    #[schema(example = "order-1001")]
    ref_id: Option<String>,
    /// How much was funded, reserved, charged, released or reversed; of a reset what went back unused.
    #[schema(example = 500)]
    amount: i64,
    /// Of a reset: what the new period was funded with.
    refilled: Option<i64>,
    /// The period that the budget was in.
    #[schema(example = "2026-11")]
    period: String,
    /// The day in the tenant's time zone.
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    day: String,
    /// Who asked for it.
    actor: String,
    /// Why.
    reason: Option<String>,
    /// What there was to use afterwards.
    #[schema(example = 10000)]
    funded: i64,
    /// What was reserved afterwards.
    #[schema(example = 500)]
    reserved: i64,
    /// What had been charged by then.
    #[schema(example = 2000)]
    charged: i64,
    /// What could still be reserved afterwards.
    #[schema(example = 7500)]
    available: i64,
    /// The hard cap then.
    #[schema(example = 10000)]
    hard_cap: i64,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Entry> for BudgetEntryView {
    fn from(Entry { kind, told, record }: Entry) -> Self {
        let Usage { funded, reserved, charged, hard_cap, .. } = told.usage;
        Self {
            id: record.id(),
            kind: kind.name(),
            ref_id: record.reference,
            amount: told.amount,
            refilled: told.refilled,
            period: told.period,
            day: told.day.to_string(),
            actor: record.actor.to_string(),
            reason: record.reason,
            funded,
            reserved,
            charged,
            available: told.usage.available(),
            hard_cap,
            created_at: record.recorded_at,
        }
    }
}

/// The entries of a budget, newest first
///
/// What funded, reserved, charged, released, reversed and reset it, each with how the budget stood afterwards.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/budgets/{id}/entries", operation_id = "list_budget_entries", tag = "Budgets",
    params(("tenant" = String, Path, description = "Slug or id", example = "acme"),
        ("id" = String, Path, description = "The budget", example = "marketing"), BudgetEntryQuery),
    responses((status = 200, body = Page<BudgetEntryView>), ReadProblems))]
pub(crate) async fn entries(
    State(app): State<App>,
    caller: Caller<BudgetReader>,
    Path((_, id)): Path<(String, String)>,
    format: Format,
    Query(query): Query<BudgetEntryQuery>,
) -> Result<Response, Problem> {
    let (tenant, id) = (caller.tenant, budget_id(&id)?);
    app.budgets().get(tenant, &id).await?;
    let span = Span::parse(&app, tenant, query.from.as_deref(), query.to.as_deref()).await?;
    let (from, before) = bounds(&app, tenant, span).await?;
    let page = PageQuery::new(query.limit, query.cursor);
    let entries = Entries { app, tenant, id, from, before, kind: query.kind, reference: query.ref_id };
    answer(entries, format, &page).await
}

/// From which transaction on and before which one those of a span are.
async fn bounds(app: &App, tenant: TenantId, span: Span) -> Result<(i64, i64), DbError> {
    let mut tx = app.database().begin(tenant, Mode::Read).await?;
    let from = match span.from {
        Some(from) => first_recorded_at(&mut tx, from).await?,
        None => 0,
    };
    let before = match span.to {
        Some(to) => first_recorded_at(&mut tx, to).await?,
        None => i64::MAX,
    };
    Ok((from, before))
}

struct Entries {
    app: App,
    tenant: TenantId,
    id: Name,
    from: i64,
    before: i64,
    kind: Option<EntryKind>,
    reference: Option<Reference>,
}

impl List for Entries {
    type Row = BudgetEntryView;
    type Schema = BudgetEntryView;
    type At = i64;

    async fn read(&self, at: Option<i64>, limit: i64) -> Result<Part<BudgetEntryView, i64>, Problem> {
        let page = EntryPage {
            budget: &self.id,
            from: self.from,
            before: at.unwrap_or(i64::MAX).min(self.before),
            kind: self.kind,
            reference: self.reference.as_ref(),
            limit,
        };
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let found = read_entries(&mut tx, &page).await?;
        let rows = found.entries.into_iter().map(BudgetEntryView::from).collect();
        Ok(Part { rows, next: found.go_on_before })
    }
}
