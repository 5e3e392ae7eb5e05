//! Points allocation: the platform's doors, the company's doors, and the same under the names of a source system.

mod award;
mod company;
mod platform;
mod views;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(platform::allocate))
        .routes(routes!(platform::allocate_to_tenant))
        .routes(routes!(platform::clawback))
        .routes(routes!(platform::clawback_tenant))
        .routes(routes!(platform::history))
        .routes(routes!(platform::tenant_stats))
        .routes(routes!(platform::all))
        .routes(routes!(company::pool))
        .routes(routes!(company::distribute_to_lead))
        .routes(routes!(company::delegate_to_lead))
        .routes(routes!(company::distribute_to_department))
        .routes(routes!(company::stats))
        .routes(routes!(company::own_history))
        .routes(routes!(company::tenant_history))
        .routes(routes!(award::award_points))
        .routes(routes!(award::award_to_user))
}
