//! The life of rewards: confirm, pay, take back, and look.

mod list;
mod steps;
mod views;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::get))
        .routes(routes!(steps::confirm))
        .routes(routes!(steps::pay))
        .routes(routes!(steps::reverse))
}
