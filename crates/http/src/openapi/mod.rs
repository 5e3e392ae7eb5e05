//! The OpenAPI document and its two renderers, served offline.

mod complete;

pub(crate) use complete::complete;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the document says before any path.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Guerdon",
        description = "The incentives ledger: points, budgets and rewards on one double-entry journal.\n\nEvery call that \
            moves value needs an `Idempotency-Key`: the first call answers 201, the same call again 200 with the same \
            body and `Idempotent-Replayed: true`, another call with the same key 409. Amounts are whole numbers of minor \
            units. Errors are problem documents (RFC 9457) with a stable `code`.\n\nThe base path `/api/v1` may also be \
            written `/api` or `/v1`, and `/points/…` needs none.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
pub(crate) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(
            Http::builder()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("An API key (gk_…) or a JWT of a configured issuer"))
                .build(),
        );
        document.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    }
}

/// `/openapi.json`, Swagger UI under `/docs`, a second renderer under `/docs/reference`.
pub(crate) fn docs<S: Clone + Send + Sync + 'static>(document: utoipa::openapi::OpenApi) -> Router<S> {
    // Kept as text: the document itself would take several times as much memory for as long as the server runs.
    let text = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
    drop(document);
    let swagger = SwaggerUi::new("/docs").config(
        Config::new(["/openapi.json"])
            .validator_url("none")
            .try_it_out_enabled(true)
            .persist_authorization(true)
            .doc_expansion("none"),
    );
    let json = [(header::CONTENT_TYPE, "application/json")];
    Router::new()
        .merge(swagger)
        .route("/openapi.json", get(|| async move { (json, text) }))
        .route("/docs/reference", get(|| async { Html(include_str!("../../assets/reference.html")) }))
        .route("/docs/rapidoc.js", get(rapidoc))
}

async fn rapidoc() -> impl IntoResponse {
    let headers =
        [(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, include_str!("../../assets/rapidoc-min.js"))
}
