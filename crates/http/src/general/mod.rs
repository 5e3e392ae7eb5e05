//! The general ledger: credits and debits, transactions of any form, holds, balances.

mod accounts;
mod balances;
mod bulk;
mod credit;
mod entries;
mod filter;
mod holds;
mod metadata;
mod reverse;
mod transactions;

pub(crate) use balances::{own_or_all, reads_all};
pub(crate) use filter::{Filter, TransactionQuery};
pub(crate) use transactions::search;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(credit::credit))
        .routes(routes!(credit::debit))
        .routes(routes!(reverse::reverse))
        .routes(routes!(balances::balance_of_user))
        .routes(routes!(balances::balance))
        .routes(routes!(accounts::accounts))
        .routes(routes!(entries::entries))
        .routes(routes!(transactions::create, transactions::list))
        .routes(routes!(transactions::get))
        .routes(routes!(bulk::create))
        .routes(routes!(holds::place, holds::list))
        .routes(routes!(holds::capture))
        .routes(routes!(holds::release))
}
