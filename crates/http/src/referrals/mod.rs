//! Referrals: codes, attribution, and the review of what looks odd.

mod codes;
mod create;
mod list;
mod review;
mod views;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(codes::create, codes::list))
        .routes(routes!(create::create, list::list))
        .routes(routes!(list::get))
        .routes(routes!(review::review))
}
