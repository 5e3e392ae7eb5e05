//! Accounts and their balances.

use super::filter::checked;
use crate::app::App;
use crate::caller::{Caller, LedgerReader};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{BalanceView, Both, Format, List, Page, PageQuery, Part, Query, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{AccountKey, Balance, Invalid};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::read;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Which accounts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountQuery {
    /// Those whose path begins with this.
    prefix: Option<String>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An account and its balance in one asset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// The account.
    #[schema(example = "pool")]
    account: String,
    #[serde(flatten)]
    #[schema(value_type = BalanceView)]
    balance: Value,
}

/// Accounts and their balances, by path
#[utoipa::path(get, path = "/api/v1/ledger/accounts", operation_id = "list_accounts", tag = "Ledger", params(AccountQuery),
    responses((status = 200, body = Page<AccountView>), ReadProblems))]
pub(crate) async fn accounts(
    State(app): State<App>,
    caller: Caller<LedgerReader>,
    format: Format,
    Query(query): Query<AccountQuery>,
) -> Result<Response, Problem> {
    let page = PageQuery::new(query.limit, query.cursor);
    let prefix = checked("prefix", query.prefix.as_deref(), prefix)?.unwrap_or_default();
    answer(Accounts { app, tenant: caller.tenant, prefix }, format, &page).await
}

/// How the path of an account may begin.
fn prefix(text: &str) -> Result<String, Invalid> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'@' | b'-');
    match text.len() <= 200 && text.bytes().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(Invalid("an account path is at most 200 of A-Z a-z 0-9 . _ : @ -".to_owned())),
    }
}

struct Accounts {
    app: App,
    tenant: TenantId,
    prefix: String,
}

impl List for Accounts {
    type Row = AccountView;
    type Schema = AccountView;
    type At = Both<String, String>;

    async fn read(
        &self,
        after: Option<Self::At>,
        limit: i64,
    ) -> Result<Part<AccountView, Self::At>, Problem> {
        let Both(account, asset) = after.unwrap_or_else(|| Both(String::new(), String::new()));
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let rows = read::balances_after(&mut tx, (&account, &asset), &self.prefix, limit + 1).await?;
        let place = |(key, _): &(AccountKey, _)| Both(key.account.to_string(), key.asset.to_string());
        Ok(Part::of(rows, limit, place, |(key, balance)| view(&key, balance)))
    }
}

fn view(key: &AccountKey, balance: Balance) -> AccountView {
    let balance = serde_json::to_value(BalanceView::new(&key.asset, balance)).unwrap_or_default();
    AccountView { account: key.account.to_string(), balance }
}
