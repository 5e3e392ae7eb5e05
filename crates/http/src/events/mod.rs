//! Events: told one at a time or many, listed with what rules made of them.

mod executions;
mod list;
mod record;
mod views;

pub(crate) use executions::{ExecutionView, Executions};
pub(crate) use views::{BadEventIn, MatchedView};

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(record::record, list::list))
        .routes(routes!(list::get))
        .routes(routes!(executions::executions))
}
