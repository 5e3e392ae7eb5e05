//! Sessions of people: log in, log out, who am I, set a password.

use crate::app::App;
use crate::body::Body;
use crate::caller::{Anyone, Caller, SESSION_COOKIE, authenticate, session_token};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{NoQuery, Path, Query};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guerdon_ledger::MemberId;
use guerdon_programs::access::{LoginError, NewPassword, PasswordError, Principal, SESSION_HOURS};
use guerdon_store::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who wants in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tenant": "acme", "member_id": "mgr-1", "password": "correct horse battery staple"}))]
pub(crate) struct LoginBody {
    /// The company, by slug or id.
    #[schema(example = "acme")]
    tenant: String,
    /// The member.
    #[schema(example = "mgr-1")]
    member_id: String,
    /// Their password.
    #[schema(format = Password, example = "correct horse battery staple")]
    password: String,
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The tenant's id; null for the platform.
    tenant_id: Option<String>,
    /// What they may do.
    #[schema(example = "manager")]
    role: &'static str,
    /// Whom they act as.
    #[schema(example = "mgr-1")]
    member_id: Option<String>,
    /// How the journal names them.
    #[schema(example = "mgr-1")]
    actor: String,
    /// What a `service` may do.
    scopes: Vec<String>,
    /// When the session ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl Me {
    fn of(principal: &Principal, expires_at: Option<Timestamp>) -> Self {
        Self {
            tenant_id: (principal.tenant != TenantId::PLATFORM).then(|| principal.tenant.to_string()),
            role: principal.role.name(),
            member_id: principal.member.as_ref().map(MemberId::to_string),
            actor: principal.actor.to_string(),
            scopes: principal.scopes.clone(),
            expires_at,
        }
    }
}

fn cookie(token: &str, seconds: i64) -> Result<HeaderValue, Problem> {
    let text = format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    HeaderValue::from_str(&text).map_err(|error| Problem::internal(&error))
}

/// Log in with a password
///
/// Sets a session cookie (`HttpOnly`, `SameSite=Strict`).
#[utoipa::path(post, path = "/api/v1/auth/login", operation_id = "log_in", tag = "Access", security(()), request_body = LoginBody,
    responses((status = 200, body = Me), (status = 429, description = "Too many at once; `Retry-After` says when to come again", body = Problem, content_type = "application/problem+json"), WriteProblems))]
pub(crate) async fn login(State(app): State<App>, body: Body<LoginBody>) -> Result<Response, Problem> {
    let LoginBody { tenant, member_id, password } = body.value;
    let session = app.access().login(&tenant, &member_id, &password).await?;
    let cookie = cookie(&session.token, SESSION_HOURS * 3_600)?;
    let me = Me::of(&session.principal, Some(session.expires_at));
    Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
}

/// Log out: the session ends
#[utoipa::path(post, path = "/api/v1/auth/logout", operation_id = "log_out", tag = "Access", security(()),
    responses((status = 204, description = "Logged out"), ReadProblems))]
pub(crate) async fn logout(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = session_token(&headers) {
        app.access().logout(token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie("", 0)?)]).into_response())
}

/// Who calls
#[utoipa::path(get, path = "/api/v1/auth/me", operation_id = "get_me", tag = "Access",
    responses((status = 200, body = Me), ReadProblems))]
pub(crate) async fn me(
    State(app): State<App>,
    headers: HeaderMap,
    _: Query<NoQuery>,
) -> Result<Json<Me>, Problem> {
    Ok(Json(Me::of(&*authenticate(&headers, &app).await?, None)))
}

/// A password to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"new": "correct horse battery staple"}))]
pub(crate) struct PasswordBody {
    /// The new password: 12 to 200 characters.
    #[schema(format = Password, example = "correct horse battery staple")]
    new: String,
    /// The one that stands; needed to change one's own.
    #[schema(format = Password)]
    current: Option<String>,
}

/// Set a member's password
///
/// One's own, or as an admin anyone's. All sessions of the member end.
#[utoipa::path(put, path = "/api/v1/members/{id}/password", operation_id = "set_password", tag = "Access", request_body = PasswordBody,
    params(("id" = String, Path, description = "The member", example = "mgr-1")),
    responses((status = 204, description = "Set"), (status = 429, description = "Too many at once; `Retry-After` says when to come again", body = Problem, content_type = "application/problem+json"), WriteProblems))]
pub(crate) async fn set_password(
    State(app): State<App>,
    caller: Caller<Anyone>,
    Path(id): Path<String>,
    body: Body<PasswordBody>,
) -> Result<StatusCode, Problem> {
    let id =
        MemberId::new(&id).map_err(|_| Problem::not_found("member_not_found", "there is no such member"))?;
    let password = NewPassword { new: body.value.new, current: body.value.current };
    app.access().set_password(app.journal(), caller.tenant, &caller.principal, &id, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Wrong => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_login",
                "the tenant, the member or the password is wrong",
            ),
            LoginError::Busy => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "too many log in at once; try again")
            }
            LoginError::Database(error) => error.into(),
            LoginError::Broken(text) => Self::internal(&text),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        let told = error.to_string();
        match error {
            PasswordError::Forbidden => Self::forbidden(told),
            PasswordError::Length(_) => Self::invalid("/new", "invalid_value", told),
            PasswordError::WrongCurrent => Self::new(StatusCode::FORBIDDEN, "wrong_password", told),
            PasswordError::Busy => Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", told),
            PasswordError::Journal(error) => error.into(),
            PasswordError::Database(error) => error.into(),
            PasswordError::Broken(text) => Self::internal(&text),
        }
    }
}
