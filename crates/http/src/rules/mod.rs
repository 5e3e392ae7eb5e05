//! Rules: documents whose every version is kept, tried before they are trusted.

mod config;
mod from_text;
mod history;
mod simulate;
mod views;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(config::create, config::list))
        .routes(routes!(config::get, config::replace, config::archive))
        .routes(routes!(config::activate))
        .routes(routes!(config::pause))
        .routes(routes!(history::versions))
        .routes(routes!(history::version))
        .routes(routes!(history::restore))
        .routes(routes!(history::compare))
        .routes(routes!(history::executions))
        .routes(routes!(simulate::simulate))
        .routes(routes!(from_text::from_text))
}
