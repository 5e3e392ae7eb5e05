//! Sources of webhooks: make, list, change, remove, give a new secret.

use super::body::{Checked, SourceBody};
use super::views::SourceView;
use crate::app::App;
use crate::body::Body;
use crate::caller::{Admin, Auditing, Caller};
use crate::etag::{IfMatch, MustMatch, Versioned};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, List, NoQuery, Page, PageQuery, Part, Path, Query, answer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_programs::access::Secret;
use guerdon_programs::hooks::{
    ChangeHookSource, CreateHookSource, HOOK_SOURCE, HookSource, KeptSecret, MAX_OVERLAP_SECONDS,
    OVERLAP_SECONDS, RemoveHookSource, RotateHookSecret, Scheme, SourceId, document_of, seal,
};
use guerdon_programs::vault::VaultError;
use guerdon_store::driver::Mode;
use guerdon_store::journal::Record;
use guerdon_store::{TenantId, read};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NoKey => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "secret_key_missing", error.to_string())
            }
            error => Self::internal(&error),
        }
    }
}

/// The source that a path names.
fn source_id(id: &str) -> Result<SourceId, Problem> {
    // What cannot be an id is none.
    SourceId::new(id).map_err(|_| no_source(id))
}

fn no_source(id: &str) -> Problem {
    Problem::not_found("hook_source_not_found", format!("there is no hook source {id}"))
}

/// The secret that was given, where it has the form of its scheme, or a new one.
fn secret_of(given: Option<String>, scheme: &Scheme) -> Result<Secret, Problem> {
    let Some(given) = given else {
        return scheme.new_secret().map_err(|error| Problem::internal(&error));
    };
    match scheme.flaw_in(&given) {
        None => Ok(Secret::new(given)),
        Some(flaw) => Err(Problem::invalid("/secret", "invalid_value", flaw)),
    }
}

/// The source as a transaction left it.
fn recorded(
    app: &App,
    tenant: TenantId,
    id: &SourceId,
    record: &Record,
) -> Result<(SourceView, i64), Problem> {
    let changed = HookSource::changed_by(&record.changes);
    let (source, version) =
        changed.ok_or_else(|| Problem::internal(&"a change of a source without the source"))?;
    Ok((SourceView::of(tenant, id, source, version, app.journal().clock().now()), version))
}

/// Make a source of webhooks
///
/// The secret is shown in this answer and never again. A replay with the same Idempotency-Key shows the source without it.
#[utoipa::path(post, path = "/api/v1/hook-sources", operation_id = "create_hook_source", tag = "Webhooks in", request_body = SourceBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = SourceView), (status = 200, description = "Replayed, without the secret", body = SourceView), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<Admin>,
    body: Body<SourceBody>,
) -> Result<Versioned<SourceView>, Problem> {
    let SourceBody { id, secret, .. } = &body.value;
    let id = match id {
        Some(id) => id.clone(),
        None => SourceId::new(&Uuid::now_v7().to_string()).map_err(|error| Problem::internal(&error))?,
    };
    let secret = secret.clone();
    let Checked { name, scheme, event } = body.value.checked()?;
    let secret = secret_of(secret, &scheme)?;
    let sealed = seal(app.hooks().vault(), caller.tenant, &id, &secret)?;
    let kept = KeptSecret { sealed, added_at: app.journal().clock().now(), ends_at: None };
    let source = HookSource { name, scheme, event, secrets: vec![kept] };
    let command = CreateHookSource { id: id.clone(), source };
    let receipt = app.journal().execute(caller.envelope(body.idempotency), command).await?;
    // Where no id was given, an earlier call with the same key had made one of its own.
    let id = receipt.record.reference.as_deref().map_or(Ok(id), source_id)?;
    let (view, version) = recorded(&app, caller.tenant, &id, &receipt.record)?;
    let view = if receipt.replayed { view } else { view.with(&secret) };
    Ok(Versioned::made(version, view).replayed(receipt.replayed))
}

/// Sources of webhooks, by id
#[utoipa::path(get, path = "/api/v1/hook-sources", operation_id = "list_hook_sources", tag = "Webhooks in", params(PageQuery),
    responses((status = 200, body = Page<SourceView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Auditing>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Sources { app, tenant: caller.tenant }, format, &page).await
}

struct Sources {
    app: App,
    tenant: TenantId,
}

impl List for Sources {
    type Row = SourceView;
    type Schema = SourceView;
    type At = String;

    async fn read(&self, after: Option<String>, limit: i64) -> Result<Part<SourceView, String>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let documents = read::documents(&mut tx, HOOK_SOURCE, &after.unwrap_or_default(), limit + 1).await?;
        let now = self.app.journal().clock().now();
        let rows = documents.into_iter().filter_map(|document| {
            let id = SourceId::new(&document.key.id).ok()?;
            Some((id, HookSource::of(&document.body)?, document.version))
        });
        let view = |(id, source, version)| SourceView::of(self.tenant, &id, source, version, now);
        Ok(Part::of(rows.collect(), limit, |(id, ..)| id.to_string(), view))
    }
}

/// A source of webhooks
#[utoipa::path(get, path = "/api/v1/hook-sources/{id}", operation_id = "get_hook_source", tag = "Webhooks in",
    params(("id" = String, Path, description = "The source", example = "stripe")),
    responses((status = 200, body = SourceView), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<Auditing>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Versioned<SourceView>, Problem> {
    let id = source_id(&id)?;
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let document = read::document(&mut tx, &document_of(&id)).await?;
    let found = document.and_then(|document| Some((HookSource::of(&document.body)?, document.version)));
    let (source, version) = found.ok_or_else(|| no_source(&id.to_string()))?;
    let now = app.journal().clock().now();
    Ok(Versioned::ok(version, SourceView::of(caller.tenant, &id, source, version, now)))
}

/// Change how a source of webhooks is configured
///
/// Its scheme and its secrets stay.
#[utoipa::path(put, path = "/api/v1/hook-sources/{id}", operation_id = "replace_hook_source", tag = "Webhooks in", request_body = SourceBody,
    params(("id" = String, Path, description = "The source", example = "stripe"),
        ("If-Match" = String, Header, description = "The `ETag` of the source as it was read, or `*`", example = "\"v1\""),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 200, body = SourceView), WriteProblems))]
pub(crate) async fn replace(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
    MustMatch(expected_version): MustMatch,
    body: Body<SourceBody>,
) -> Result<Versioned<SourceView>, Problem> {
    let id = source_id(&id)?;
    if body.value.id.as_ref().is_some_and(|given| *given != id) {
        return Err(Problem::invalid("/id", "invalid_value", "an id is for ever; leave it out"));
    }
    if body.value.secret.is_some() {
        let told = "a source gets a new secret by POST /api/v1/hook-sources/{id}/rotate; leave it out";
        return Err(Problem::invalid("/secret", "invalid_value", told));
    }
    let Checked { name, scheme, event } = body.value.checked()?;
    let command = ChangeHookSource { id: id.clone(), name, scheme, event, expected_version };
    let receipt = app.journal().execute(caller.envelope(body.idempotency), command).await?;
    let (view, version) = recorded(&app, caller.tenant, &id, &receipt.record)?;
    Ok(Versioned::ok(version, view))
}

/// Remove a source of webhooks: its deliveries are refused
#[utoipa::path(delete, path = "/api/v1/hook-sources/{id}", operation_id = "remove_hook_source", tag = "Webhooks in",
    params(("id" = String, Path, description = "The source", example = "stripe"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the source as it was read")),
    responses((status = 204, description = "Removed"), WriteProblems))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
    IfMatch(expected_version): IfMatch,
) -> Result<StatusCode, Problem> {
    let command = RemoveHookSource { id: source_id(&id)?, expected_version };
    app.journal().execute(caller.envelope(None), command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap_seconds": 86400}))]
pub(crate) struct RotateBody {
    /// The secret that the source gave; one is made where not given.
    #[schema(format = Password)]
    secret: Option<String>,
    /// How long the secret before stays good: a day where not given, thirty days at most, 0 where it ends at once.
    #[schema(example = 86400, maximum = 2592000)]
    overlap_seconds: Option<u32>,
}

/// Give a source of webhooks a new secret; the one before stays good for a while
///
/// The secret is shown in this answer and never again. At most two are good at once.
#[utoipa::path(post, path = "/api/v1/hook-sources/{id}/rotate", operation_id = "rotate_hook_secret", tag = "Webhooks in", request_body = RotateBody,
    params(("id" = String, Path, description = "The source", example = "stripe")),
    responses((status = 200, body = SourceView), WriteProblems))]
pub(crate) async fn rotate(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
    body: Body<RotateBody>,
) -> Result<Versioned<SourceView>, Problem> {
    let id = source_id(&id)?;
    let overlap_seconds = body.value.overlap_seconds.unwrap_or(OVERLAP_SECONDS);
    if overlap_seconds > MAX_OVERLAP_SECONDS {
        let told = format!("two secrets are good at once for at most {MAX_OVERLAP_SECONDS} seconds");
        return Err(Problem::invalid("/overlap_seconds", "invalid_value", told));
    }
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let document = read::document(&mut tx, &document_of(&id)).await?;
    drop(tx);
    let source = document.and_then(|document| HookSource::of(&document.body));
    // A scheme is for ever, so what holds of the secret now holds when it is recorded.
    let scheme = source.ok_or_else(|| no_source(&id.to_string()))?.scheme;
    let secret = secret_of(body.value.secret, &scheme)?;
    let sealed = seal(app.hooks().vault(), caller.tenant, &id, &secret)?;
    let command = RotateHookSecret { id: id.clone(), sealed, overlap_seconds };
    // Without a key: a replay could not show the secret again.
    let receipt = app.journal().execute(caller.envelope(None), command).await?;
    let (view, version) = recorded(&app, caller.tenant, &id, &receipt.record)?;
    Ok(Versioned::ok(version, view.with(&secret)))
}
