//! Webhooks that come in: their sources, and the door that their deliveries take.

mod body;
mod receive;
mod sources;
mod views;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sources::create, sources::list))
        .routes(routes!(sources::get, sources::replace, sources::remove))
        .routes(routes!(sources::rotate))
        .routes(routes!(receive::receive))
}
