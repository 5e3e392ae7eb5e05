//! The versions of a rule, what differs between them, and what the rule did.

use super::config::{change, stored};
use super::views::{RuleView, rule_id};
use crate::app::App;
use crate::caller::{Caller, EventReader, RuleReader, RuleWriter};
use crate::etag::{IfMatch, Versioned};
use crate::events::{ExecutionView, Executions};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, List, NoQuery, Page, PageQuery, Part, Path, Query, answer};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::Name;
use guerdon_programs::rules::{StoredRule, document_of};
use guerdon_store::driver::Mode;
use guerdon_store::{TenantId, read};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// The versions of a rule, newest first
#[utoipa::path(get, path = "/api/v1/rules/{id}/versions", operation_id = "list_rule_versions", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"), PageQuery),
    responses((status = 200, body = Page<RuleView>), ReadProblems))]
pub(crate) async fn versions(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    Path(id): Path<String>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let id = rule_id(&id)?;
    stored(&app, caller.tenant, &id).await?;
    answer(Versions { app, tenant: caller.tenant, id }, format, &page).await
}

struct Versions {
    app: App,
    tenant: TenantId,
    id: Name,
}

impl List for Versions {
    type Row = RuleView;
    type Schema = RuleView;
    type At = i64;

    async fn read(&self, at: Option<i64>, limit: i64) -> Result<Part<RuleView, i64>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let before = at.unwrap_or(i64::MAX);
        let found = read::document_versions(&mut tx, &document_of(&self.id), before, limit + 1).await?;
        let rules: Vec<StoredRule> = found.iter().filter_map(StoredRule::of).collect();
        Ok(Part::of(rules, limit, |rule| rule.version, RuleView::of))
    }
}

/// One version of a rule
#[utoipa::path(get, path = "/api/v1/rules/{id}/versions/{version}", operation_id = "get_rule_version", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"),
        ("version" = i64, Path, description = "The version", example = 1)),
    responses((status = 200, body = RuleView), ReadProblems))]
pub(crate) async fn version(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    Path((id, version)): Path<(String, String)>,
    _: Query<NoQuery>,
) -> Result<Versioned<RuleView>, Problem> {
    let old = at_version(&app, caller.tenant, &rule_id(&id)?, &version).await?;
    Ok(Versioned::ok(old.version, RuleView::of(old)))
}

async fn at_version(app: &App, tenant: TenantId, id: &Name, version: &str) -> Result<StoredRule, Problem> {
    let not_found =
        || Problem::not_found("version_not_found", format!("there is no version {version} of {id}"));
    let number = version.parse().map_err(|_| not_found())?;
    let mut tx = app.database().begin(tenant, Mode::Read).await?;
    let document = read::document_version(&mut tx, &document_of(id), number).await?;
    document.and_then(|document| StoredRule::of(&document)).ok_or_else(not_found)
}

/// Restore a version of a rule
///
/// What that version said becomes the newest version.
#[utoipa::path(post, path = "/api/v1/rules/{id}/versions/{version}/restore", operation_id = "restore_rule_version", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"),
        ("version" = i64, Path, description = "The version", example = 1),
        ("If-Match" = Option<String>, Header, description = "The ETag of the rule as it was read")),
    responses((status = 200, body = RuleView), WriteProblems))]
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller<RuleWriter>,
    Path((id, version)): Path<(String, String)>,
    IfMatch(expected): IfMatch,
) -> Result<Versioned<RuleView>, Problem> {
    let id = rule_id(&id)?;
    let old = at_version(&app, caller.tenant, &id, &version).await?;
    change(&app, caller, id, old.rule, expected, None).await
}

/// Which versions to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareQuery {
    /// The one.
    #[param(value_type = i64, example = 1)]
    from: String,
    /// The other; the newest where not given.
    #[param(value_type = Option<i64>, example = 2)]
    to: Option<String>,
}

/// What differs between two versions of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiffView {
    /// The one.
    #[schema(example = 1)]
    from: i64,
    /// The other.
    #[schema(example = 2)]
    to: i64,
    /// What differs, place by place.
    changes: Vec<PlaceView>,
}

/// A place in a rule that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceView {
    /// Where.
    #[schema(example = "/actions/0/amount_cents")]
    pointer: String,
    /// What stood there; null where nothing did.
    #[schema(value_type = Value)]
    before: Value,
    /// What stands there; null where nothing does.
    #[schema(value_type = Value)]
    after: Value,
}

/// What differs between two versions of a rule
#[utoipa::path(get, path = "/api/v1/rules/{id}/diff", operation_id = "compare_rule_versions", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"), CompareQuery),
    responses((status = 200, body = DiffView), ReadProblems))]
pub(crate) async fn compare(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    Path(id): Path<String>,
    Query(query): Query<CompareQuery>,
) -> Result<Json<DiffView>, Problem> {
    let id = rule_id(&id)?;
    let from = at_version(&app, caller.tenant, &id, &query.from).await?;
    let to = match &query.to {
        Some(to) => at_version(&app, caller.tenant, &id, to).await?,
        None => stored(&app, caller.tenant, &id).await?,
    };
    let changes = guerdon_rules::diff(&from.rule.to_json(), &to.rule.to_json());
    let place = |change: guerdon_rules::Change| PlaceView {
        pointer: change.pointer,
        before: change.before.unwrap_or_default(),
        after: change.after.unwrap_or_default(),
    };
    let changes = changes.into_iter().map(place).collect();
    Ok(Json(DiffView { from: from.version, to: to.version, changes }))
}

/// What a rule did, newest first
#[utoipa::path(get, path = "/api/v1/rules/{id}/executions", operation_id = "list_rule_executions", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"), PageQuery),
    responses((status = 200, body = Page<ExecutionView>), ReadProblems))]
pub(crate) async fn executions(
    State(app): State<App>,
    caller: Caller<EventReader>,
    Path(id): Path<String>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let id = rule_id(&id)?;
    stored(&app, caller.tenant, &id).await?;
    answer(Executions::of_rule(app, caller.tenant, id), format, &page).await
}
