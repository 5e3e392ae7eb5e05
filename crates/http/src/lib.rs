//! The HTTP face of Guerdon: router, extractors, wire types, problem documents, OpenAPI. Handlers extract, convert,
//! call a use case and render; they have no opinions.

mod access;
mod app;
mod assets;
mod audit;
mod body;
mod budgets;
mod caller;
mod etag;
mod events;
mod general;
mod hooks;
mod members;
mod middleware;
mod openapi;
mod platform;
mod points;
mod problem;
mod referrals;
mod responses;
mod rewards_ledger;
mod rules;
mod strict;
mod tenants;
mod wire;

pub use app::{App, Options};
pub use problem::{FieldError, Problem};

use axum::ServiceExt;
use axum::extract::Request;
use axum::serve::ListenerExt;
use std::future::Future;
use tokio::net::TcpListener;
use tower::Layer;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Answers smaller than this are not worth compressing, in bytes.
const COMPRESS_ABOVE: u64 = 2_048;

/// All paths, and the document that describes them.
fn routes() -> (axum::Router<App>, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(points::routes())
        .merge(general::routes())
        .merge(budgets::routes())
        .merge(events::routes())
        .merge(rules::routes())
        .merge(referrals::routes())
        .merge(rewards_ledger::routes())
        .merge(hooks::routes())
        .merge(members::routes())
        .merge(tenants::routes())
        .merge(access::routes())
        .merge(assets::routes())
        .merge(audit::routes())
        .merge(platform::routes())
        .split_for_parts();
    (router, openapi::complete(document))
}

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().1
}

/// The router over an app, without the door for the other prefixes, which [`serve`] adds.
pub fn router(app: App) -> axum::Router {
    let (router, document) = routes();
    router
        .merge(openapi::docs(document))
        .fallback(middleware::not_found)
        .method_not_allowed_fallback(middleware::method_not_allowed)
        .layer(CatchPanicLayer::custom(middleware::panicked))
        .layer(axum::middleware::from_fn(middleware::observe))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESS_ABOVE).and(not_a_stream)))
        .with_state(app)
}

fn not_a_stream(
    _: axum::http::StatusCode,
    _: axum::http::Version,
    headers: &axum::http::HeaderMap,
    _: &axum::http::Extensions,
) -> bool {
    !headers.contains_key(axum::http::header::CONTENT_ENCODING)
}

/// Serves until `shutdown`, then finishes the requests at hand.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: axum::Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small answers may be delayed");
        }
    });
    let service = MapRequestLayer::new(middleware::canonical).layer(router);
    let service = ServiceExt::<Request>::into_make_service(service);
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}
