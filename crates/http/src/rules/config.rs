//! Making, reading, changing and archiving rules.

use super::views::{RuleSchema, RuleView, made_id, rule_id, rule_in, with_status};
use crate::app::App;
use crate::body::Body;
use crate::caller::{Caller, RuleReader, RuleWriter};
use crate::etag::{IfMatch, MustMatch, Versioned};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, List, NoQuery, Page, PageQuery, Part, Path, Query, answer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_ledger::Name;
use guerdon_programs::rules::{PutRule, Putting, StoredRule};
use guerdon_rules::{Rule, Status};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::journal::Idempotency;
use guerdon_store::read;
use serde_json::Value;

/// Make a rule
///
/// It is active at once where its `status` does not say otherwise. What an active rule counts of history is counted for
/// the events that came in before it too.
#[utoipa::path(post, path = "/api/v1/rules", operation_id = "create_rule", tag = "Rules", request_body = RuleSchema,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = RuleView), (status = 200, description = "Replayed", body = RuleView), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<RuleWriter>,
    body: Body<Value>,
) -> Result<Versioned<RuleView>, Problem> {
    let (id, rule) = rule_in(body.value)?;
    let id = id.map_or_else(made_id, Ok)?;
    let put = PutRule { id, rule, putting: Putting::Create };
    let receipt = app.events().put_rule(caller.envelope(body.idempotency), put).await?;
    let made = receipt.record.changes.iter().find_map(|change| match change {
        guerdon_store::Change::Document(document) => StoredRule::of(document),
        _ => None,
    });
    let made = made.ok_or_else(|| Problem::internal(&"a rule without its document"))?;
    Ok(Versioned::made(made.version, RuleView::of(made)).replayed(receipt.replayed))
}

/// Rules, by id
#[utoipa::path(get, path = "/api/v1/rules", operation_id = "list_rules", tag = "Rules", params(PageQuery),
    responses((status = 200, body = Page<RuleView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Rules { app, tenant: caller.tenant }, format, &page).await
}

struct Rules {
    app: App,
    tenant: TenantId,
}

impl List for Rules {
    type Row = RuleView;
    type Schema = RuleView;
    type At = String;

    async fn read(&self, at: Option<String>, limit: i64) -> Result<Part<RuleView, String>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let after = at.unwrap_or_default();
        let found = read::documents(&mut tx, guerdon_programs::rules::RULE, &after, limit + 1).await?;
        let rules: Vec<StoredRule> = found.iter().filter_map(StoredRule::of).collect();
        Ok(Part::of(rules, limit, |rule| rule.id.to_string(), RuleView::of))
    }
}

/// A rule as it stands
#[utoipa::path(get, path = "/api/v1/rules/{id}", operation_id = "get_rule", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer")),
    responses((status = 200, body = RuleView), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Versioned<RuleView>, Problem> {
    let stored = stored(&app, caller.tenant, &rule_id(&id)?).await?;
    Ok(Versioned::ok(stored.version, RuleView::of(stored)))
}

/// A rule as it stands.
pub(crate) async fn stored(app: &App, tenant: TenantId, id: &Name) -> Result<StoredRule, Problem> {
    let mut tx = app.database().begin(tenant, Mode::Read).await?;
    let document = read::document(&mut tx, &guerdon_programs::rules::document_of(id)).await?;
    let not_found = || Problem::not_found("rule_not_found", format!("there is no rule {id}"));
    document.and_then(|document| StoredRule::of(&document)).ok_or_else(not_found)
}

/// Change a rule, whole
///
/// The version before is kept: `/rules/{id}/versions` lists all of them.
#[utoipa::path(put, path = "/api/v1/rules/{id}", operation_id = "replace_rule", tag = "Rules", request_body = RuleSchema,
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"),
        ("If-Match" = String, Header, description = "The ETag of the rule as it was read")),
    responses((status = 200, body = RuleView), WriteProblems))]
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller<RuleWriter>,
    Path(id): Path<String>,
    MustMatch(expected): MustMatch,
    body: Body<Value>,
) -> Result<Versioned<RuleView>, Problem> {
    let id = rule_id(&id)?;
    let (given, rule) = rule_in(body.value)?;
    if given.is_some_and(|given| given != id) {
        return Err(Problem::invalid("/id", "invalid_value", "the id of a rule never changes"));
    }
    change(&app, caller, id, rule, expected, body.idempotency).await
}

/// Puts a rule into force, and shows it.
pub(crate) async fn change(
    app: &App,
    caller: Caller<RuleWriter>,
    id: Name,
    rule: Rule,
    expected: Option<i64>,
    idempotency: Option<Idempotency>,
) -> Result<Versioned<RuleView>, Problem> {
    let put = PutRule { id: id.clone(), rule, putting: Putting::Change(expected) };
    app.events().put_rule(caller.envelope(idempotency), put).await?;
    let stored = stored(app, caller.tenant, &id).await?;
    Ok(Versioned::ok(stored.version, RuleView::of(stored)))
}

/// Archive a rule
///
/// It takes effect no more. Its versions, and what it did, stay for ever.
#[utoipa::path(delete, path = "/api/v1/rules/{id}", operation_id = "archive_rule", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the rule as it was read")),
    responses((status = 204, description = "Archived"), WriteProblems))]
pub(crate) async fn archive(
    State(app): State<App>,
    caller: Caller<RuleWriter>,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    in_status(&app, caller, &id, Status::Archived, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Activate a rule
#[utoipa::path(post, path = "/api/v1/rules/{id}/activate", operation_id = "activate_rule", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the rule as it was read")),
    responses((status = 200, body = RuleView), WriteProblems))]
pub(crate) async fn activate(
    State(app): State<App>,
    caller: Caller<RuleWriter>,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<Versioned<RuleView>, Problem> {
    in_status(&app, caller, &id, Status::Active, expected).await
}

/// Pause a rule
///
/// What it counts of history goes on being counted.
#[utoipa::path(post, path = "/api/v1/rules/{id}/pause", operation_id = "pause_rule", tag = "Rules",
    params(("id" = String, Path, description = "The rule", example = "paid-referrer"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the rule as it was read")),
    responses((status = 200, body = RuleView), WriteProblems))]
pub(crate) async fn pause(
    State(app): State<App>,
    caller: Caller<RuleWriter>,
    Path(id): Path<String>,
    IfMatch(expected): IfMatch,
) -> Result<Versioned<RuleView>, Problem> {
    in_status(&app, caller, &id, Status::Paused, expected).await
}

async fn in_status(
    app: &App,
    caller: Caller<RuleWriter>,
    id: &str,
    status: Status,
    expected: Option<i64>,
) -> Result<Versioned<RuleView>, Problem> {
    let id = rule_id(id)?;
    let old = stored(app, caller.tenant, &id).await?;
    if old.rule.status() == status {
        return Ok(Versioned::ok(old.version, RuleView::of(old)));
    }
    // All but the status stays as it was read a moment ago, so that must still stand.
    let expected = Some(expected.unwrap_or(old.version));
    let rule = with_status(&old.rule, status)?;
    change(app, caller, id, rule, expected, None).await
}
