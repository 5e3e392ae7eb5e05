//! API keys: make, list, rotate, revoke.

use crate::app::App;
use crate::body::Body;
use crate::caller::{Admin, Caller};
use crate::etag::recorded as answered;
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{Format, Label, List, Moment, Page, PageQuery, Part, Path, Query, answer};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_ledger::{Invalid, MemberId};
use guerdon_programs::access::{
    CreateApiKey, MAX_SCOPES, RevokeApiKey, RotateApiKey, new_secret, secret_hash,
};
use guerdon_store::driver::Mode;
use guerdon_store::journal::Record;
use guerdon_store::{ApiKey, Change, Role, TenantId, read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a key may do.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyRole {
    /// Runs the tenant.
    Admin,
    /// Gives from the pool, runs members.
    Manager,
    /// Gives from what was delegated to its member.
    Lead,
    /// Sees and spends its member's own.
    Member,
    /// Reads all of the tenant and writes nothing.
    Auditor,
    /// A program, with named scopes.
    Service,
}

impl From<KeyRole> for Role {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::Admin => Self::Admin,
            KeyRole::Manager => Self::Manager,
            KeyRole::Lead => Self::Lead,
            KeyRole::Member => Self::Member,
            KeyRole::Auditor => Self::Auditor,
            KeyRole::Service => Self::Service,
        }
    }
}

/// A scope: `<area>:read` or `<area>:write`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Scope(String);

impl TryFrom<String> for Scope {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let known = text.split_once(':').is_some_and(|(area, right)| {
            let names =
                (1..=40).contains(&area.len()) && area.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            names && matches!(right, "read" | "write")
        });
        match known {
            true => Ok(Self(text)),
            false => {
                Err(Invalid("a scope is an area and a right, such as ledger:write or points:read".to_owned()))
            }
        }
    }
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "checkout service", "role": "service", "scopes": ["ledger:write", "points:read"]}))]
pub(crate) struct NewKeyBody {
    /// What it is for.
    #[schema(value_type = String, example = "checkout service")]
    name: Label,
    /// What it may do.
    role: KeyRole,
    /// Whom it acts as.
    #[schema(value_type = Option<String>, example = "mgr-1")]
    member_id: Option<MemberId>,
    /// What a `service` may do: `ledger:write`, `points:read`, ….
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["ledger:write"]))]
    scopes: Vec<Scope>,
    /// From when on it no longer works.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
}

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyView {
    /// Its id.
    id: String,
    /// The key itself: shown here and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "gk_…")]
    key: Option<String>,
    /// What it is for.
    #[schema(example = "checkout service")]
    name: String,
    /// What it may do.
    #[schema(example = "service")]
    role: &'static str,
    /// Whom it acts as.
    member_id: Option<String>,
    /// What a `service` may do.
    scopes: Vec<String>,
    /// `active`, `expired` or `revoked`.
    #[schema(example = "active")]
    status: &'static str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// From when on it no longer works.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl KeyView {
    fn of(key: &ApiKey, secret: Option<String>, now: Timestamp) -> Self {
        let expired = key.expires_at.is_some_and(|end| now >= end);
        Self {
            id: key.id.to_string(),
            key: secret,
            name: key.name.clone(),
            role: key.role.name(),
            member_id: key.member_id.as_ref().map(MemberId::to_string),
            scopes: key.scopes.clone(),
            status: match (key.revoked, expired) {
                (true, _) => "revoked",
                (false, true) => "expired",
                (false, false) => "active",
            },
            created_at: key.created_at,
            expires_at: key.expires_at,
        }
    }
}

fn recorded(record: &Record) -> Result<&ApiKey, Problem> {
    let key = record.changes.iter().find_map(|change| match change {
        Change::ApiKey(key) => Some(key),
        _ => None,
    });
    key.ok_or_else(|| Problem::internal(&"a change of an API key without the key"))
}

fn secret_of(caller: &Caller<Admin>) -> Result<String, Problem> {
    new_secret(caller.tenant).map_err(|error| Problem::internal(&error))
}

/// Make an API key
///
/// The key is shown in this answer and never again. A replay with the same Idempotency-Key shows the record without it.
#[utoipa::path(post, path = "/api/v1/api-keys", operation_id = "create_api_key", tag = "Access", request_body = NewKeyBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = KeyView), (status = 200, description = "Replayed, without the key", body = KeyView), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<Admin>,
    body: Body<NewKeyBody>,
) -> Result<Response, Problem> {
    let NewKeyBody { name, role, member_id, scopes, expires_at } = body.value;
    let service = matches!(role, KeyRole::Service);
    if service == scopes.is_empty() || scopes.len() > MAX_SCOPES {
        let told = format!("a service has 1 to {MAX_SCOPES} scopes, any other role has none");
        return Err(Problem::invalid("/scopes", "invalid_value", told));
    }
    let now = app.journal().clock().now();
    let expires_at = expires_at.map(Timestamp::from);
    if expires_at.is_some_and(|end| end <= now) {
        return Err(Problem::invalid(
            "/expires_at",
            "invalid_value",
            format!("a key expires after now, {now}"),
        ));
    }
    let secret = secret_of(&caller)?;
    let key = ApiKey {
        id: Uuid::now_v7(),
        name: name.into(),
        role: role.into(),
        member_id,
        scopes: scopes.into_iter().map(|scope| scope.0).collect(),
        secret_hash: secret_hash(&secret),
        revoked: false,
        created_at: now,
        expires_at,
        version: 1,
    };
    let receipt = app.journal().execute(caller.envelope(body.idempotency), CreateApiKey { key }).await?;
    let secret = (!receipt.replayed).then_some(secret);
    let view = KeyView::of(recorded(&receipt.record)?, secret, now);
    Ok(answered(StatusCode::CREATED, receipt.replayed, view))
}

/// API keys, newest first, without the keys themselves
#[utoipa::path(get, path = "/api/v1/api-keys", operation_id = "list_api_keys", tag = "Access", params(PageQuery),
    responses((status = 200, body = Page<KeyView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Admin>,
    format: Format,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    answer(Keys { app, tenant: caller.tenant }, format, &page).await
}

struct Keys {
    app: App,
    tenant: TenantId,
}

impl List for Keys {
    type Row = KeyView;
    type Schema = KeyView;
    type At = String;

    async fn read(&self, before: Option<String>, limit: i64) -> Result<Part<KeyView, String>, Problem> {
        // No id holds a character above `~`.
        let before = before.unwrap_or_else(|| "~".to_owned());
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let keys = read::api_keys(&mut tx, &before, limit + 1).await?;
        let now = self.app.journal().clock().now();
        Ok(Part::of(keys, limit, |key| key.id.to_string(), |key| KeyView::of(&key, None, now)))
    }
}

fn key_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::not_found("api_key_not_found", "there is no such API key"))
}

/// Give an API key a new secret; the old one stops working
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/rotate", operation_id = "rotate_api_key", tag = "Access",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, body = KeyView), WriteProblems))]
pub(crate) async fn rotate(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
) -> Result<Json<KeyView>, Problem> {
    let secret = secret_of(&caller)?;
    let command = RotateApiKey { id: key_id(&id)?, secret_hash: secret_hash(&secret) };
    let receipt = app.journal().execute(caller.envelope(None), command).await?;
    app.access().forget();
    Ok(Json(KeyView::of(recorded(&receipt.record)?, Some(secret), app.journal().clock().now())))
}

/// Revoke an API key, for good
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", operation_id = "revoke_api_key", tag = "Access",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 204, description = "Revoked"), WriteProblems))]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller<Admin>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.journal().execute(caller.envelope(None), RevokeApiKey { id: key_id(&id)? }).await?;
    app.access().forget();
    Ok(StatusCode::NO_CONTENT)
}
