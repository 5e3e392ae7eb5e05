//! Budgets: configuration, funding, reservations, periods.

mod alerts;
mod config;
mod entries;
mod forecast;
mod operations;
mod periods;
mod reconcile;
mod report_views;
mod reports;
mod reserve;
mod sheets;
mod views;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(config::create, config::list))
        .routes(routes!(config::get, config::replace, config::change))
        .routes(routes!(config::utilization))
        .routes(routes!(operations::topup))
        .routes(routes!(operations::check))
        .routes(routes!(reserve::reserve))
        .routes(routes!(reserve::reserve_many))
        .routes(routes!(operations::charge))
        .routes(routes!(operations::release))
        .routes(routes!(operations::reverse))
        .routes(routes!(periods::reset))
        .routes(routes!(periods::reset_all))
        .routes(routes!(reconcile::reconcile))
        .routes(routes!(reconcile::reconcile_tenant))
        .routes(routes!(reconcile::reconcile_platform))
        .routes(routes!(reconcile::fix))
        .routes(routes!(entries::entries))
        .routes(routes!(alerts::alerts))
        .routes(routes!(reports::budget))
        .routes(routes!(reports::tenant))
        .routes(routes!(forecast::forecast))
}
