//! Rewards, one and all.

use super::steps::seq_of;
use super::views::{RewardView, RewardedView};
use crate::app::App;
use crate::caller::{Anyone, Caller, LedgerReader};
use crate::general::{own_or_all, reads_all};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, NoQuery, Page, PageQuery, Part, Path, Query, TransactionView, answer};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_programs::rewards_ledger::{RewardState, Rewards, of_transaction};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::read;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

/// Which rewards.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RewardQuery {
    /// Of this member.
    #[param(example = "alice")]
    user_id: Option<String>,
    /// In this state: `pending`, `confirmed`, `paid` or `reversed`.
    #[param(value_type = Option<String>, example = "pending")]
    status: Option<RewardState>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Rewards, newest first
///
/// Members see their own; managers, auditors and services with the scope `ledger:read` see all. A page may hold fewer
/// than `limit`; `next_cursor` says whether there is more.
#[utoipa::path(get, path = "/api/v1/rewards-ledger", operation_id = "list_rewards", tag = "Rewards ledger", params(RewardQuery),
    responses((status = 200, body = Page<RewardView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<Anyone>,
    format: Format,
    Query(query): Query<RewardQuery>,
) -> Result<Response, Problem> {
    let member = match query.user_id.as_deref() {
        None if reads_all(&caller) => None,
        user_id => Some(own_or_all(&caller, user_id)?),
    };
    let rewards = Rewards { member, state: query.status };
    let page = PageQuery::new(query.limit, query.cursor);
    answer(RewardList { app, tenant: caller.tenant, rewards }, format, &page).await
}

struct RewardList {
    app: App,
    tenant: TenantId,
    rewards: Rewards,
}

impl List for RewardList {
    type Row = RewardView;
    type Schema = RewardView;
    type At = (i64, i64);

    async fn read(&self, at: Option<Self::At>, limit: i64) -> Result<Part<RewardView, Self::At>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let (found, next) = self.rewards.read(&mut tx, at, limit).await?;
        Ok(Part { rows: found.into_iter().map(RewardView::from).collect(), next })
    }
}

/// The rewards that a transaction credited, as they stand
#[utoipa::path(get, path = "/api/v1/rewards-ledger/{id}", operation_id = "get_reward", tag = "Rewards ledger",
    params(("id" = String, Path, description = "The transaction that credited it", example = "txn_7")),
    responses((status = 200, body = RewardedView), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<LedgerReader>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Json<Value>, Problem> {
    let not_found = || Problem::not_found("reward_not_found", format!("{id} credited no reward"));
    let seq = seq_of(&id)?;
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let record = read::transaction(&mut tx, seq).await?.ok_or_else(not_found)?;
    let rewards = of_transaction(&mut tx, &record).await?;
    if rewards.is_empty() {
        return Err(not_found());
    }
    let reversed_by = read::reversal_of(&mut tx, seq).await?;
    let body = RewardedView {
        transaction: TransactionView::new(&record).reversed_by(reversed_by),
        words: rewards.into_iter().map(RewardView::from).collect::<Vec<_>>().into(),
    };
    Ok(Json(serde_json::to_value(body).map_err(|e| Problem::internal(&e))?))
}
