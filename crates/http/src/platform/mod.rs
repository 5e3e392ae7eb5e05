//! What the platform runs: probes, metrics, the clock, jobs.

mod jobs;

use crate::app::App;
use crate::body::Body;
use crate::caller::PlatformAdmin;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use guerdon_store::driver::Mode;
use guerdon_store::{TenantId, directory};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health, health_by_post))
        .routes(routes!(ready))
        .routes(routes!(metrics))
        .routes(routes!(move_clock))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::run))
}

/// Whether the process answers
#[utoipa::path(get, path = "/healthz", operation_id = "get_health", tag = "Probes", security(()), responses((status = 200, body = String)))]
async fn health() -> &'static str {
    "ok\n"
}

/// Whether the process answers, for probes that post
#[utoipa::path(post, path = "/healthz", operation_id = "post_health", tag = "Probes", security(()),
    responses((status = 204), (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json")))]
async fn health_by_post(body: Result<bytes::Bytes, BytesRejection>) -> Result<StatusCode, Problem> {
    match body {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(rejection) => Err(Problem::new(rejection.status(), "body_too_large", rejection.body_text())),
    }
}

/// Whether the database answers
#[utoipa::path(get, path = "/readyz", operation_id = "get_readiness", tag = "Probes", security(()),
    responses((status = 200, body = String), (status = 503, body = Problem, content_type = "application/problem+json")))]
async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    let mut tx = app.database().begin(TenantId::PLATFORM, Mode::Read).await?;
    directory::ping(&mut tx).await?;
    Ok("ready\n")
}

/// Metrics in Prometheus text
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "Probes", security(()), responses((status = 200, body = String)))]
async fn metrics(State(app): State<App>) -> Response {
    let text = app.metrics().map(|metrics| metrics.render()).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// An instant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"now": "2026-02-01T00:00:00Z"}))]
pub(crate) struct ClockBody {
    /// The instant that it is from now on.
    #[schema(value_type = String, format = DateTime, example = "2026-02-01T00:00:00Z")]
    now: Timestamp,
}

/// Move the clock forward
///
/// Only where the server was started with `--clock`, for tests and demonstrations. What falls due by it is done within
/// a second, as always; `POST /api/v1/platform/jobs/run` answers once it is.
#[utoipa::path(post, path = "/api/v1/platform/clock", operation_id = "move_clock", tag = "Platform", request_body = ClockBody,
    responses((status = 200, body = ClockBody), WriteProblems))]
async fn move_clock(
    State(app): State<App>,
    _: PlatformAdmin,
    body: Body<ClockBody>,
) -> Result<Json<ClockBody>, Problem> {
    let clock = app.journal().clock();
    match clock.move_to(body.value.now) {
        true => Ok(Json(ClockBody { now: clock.now() })),
        false => Err(Problem::new(
            StatusCode::CONFLICT,
            "clock_not_movable",
            "the clock moves forward only, and only where the server was started with --clock",
        )
        .with("now", clock.now().to_string())),
    }
}
