//! Balances of members, now and as of any time.

use crate::app::App;
use crate::caller::{Anyone, Caller};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Path, Query, When};
use axum::Json;
use axum::extract::State;
use guerdon_ledger::{AssetCode, MemberId};
use guerdon_programs::access::Area;
use guerdon_programs::general::member_account;
use guerdon_store::driver::Mode;
use guerdon_store::read::{self, Instant};
use guerdon_store::{Role, directory};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whose balance, of what, and when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct BalanceQuery {
    /// Of what; the tenant's reward currency where not given.
    asset: Option<String>,
    /// As it was known at this instant: RFC 3339, or a date in the tenant's time zone, at its end.
    at: Option<String>,
    /// As it is now known to have been at this instant: RFC 3339, or a date in the tenant's time zone, at its end.
    effective_at: Option<String>,
}

/// Whose balance, of what, and when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBalanceQuery {
    /// Whose.
    user_id: Option<String>,
    /// Of what; the tenant's reward currency where not given.
    asset: Option<String>,
    /// As it was known at this instant: RFC 3339, or a date in the tenant's time zone, at its end.
    at: Option<String>,
    /// As it is now known to have been at this instant: RFC 3339, or a date in the tenant's time zone, at its end.
    effective_at: Option<String>,
}

/// A member's balance, in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberBalance {
    /// Whose.
    #[schema(example = "alice")]
    user_id: String,
    /// The account that it lies on.
    #[schema(example = "reward:alice")]
    account: String,
    /// Of what.
    #[schema(example = "USD")]
    asset: String,
    /// What lies on the account.
    #[schema(example = 5000)]
    balance_cents: i64,
    /// The same as `balance_cents`.
    #[schema(example = 5000)]
    posted: i64,
    /// The part of it that holds have reserved; only of the balance now.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<i64>,
    /// What may still be spent; only of the balance now.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<i64>,
    /// The instant that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// A member's balance, now or as of any time
///
/// Members see their own; managers, auditors and services with the scope `ledger:read` see all.
#[utoipa::path(get, path = "/api/v1/ledger/balance/{user_id}", operation_id = "get_balance_of_user", tag = "Ledger",
    params(("user_id" = String, Path, description = "Whose", example = "alice"), BalanceQuery),
    responses((status = 200, body = MemberBalance), ReadProblems))]
pub(crate) async fn balance_of_user(
    State(app): State<App>,
    caller: Caller<Anyone>,
    Path(user_id): Path<String>,
    Query(query): Query<BalanceQuery>,
) -> Result<Json<MemberBalance>, Problem> {
    let member = own_or_all(&caller, Some(&user_id))?;
    member_balance(&app, &caller, member, &query).await
}

/// A member's balance, now or as of any time
///
/// Without `user_id` the caller's own.
#[utoipa::path(get, path = "/api/v1/ledger/balance", operation_id = "get_balance", tag = "Ledger", params(UserBalanceQuery),
    responses((status = 200, body = MemberBalance), ReadProblems))]
pub(crate) async fn balance(
    State(app): State<App>,
    caller: Caller<Anyone>,
    Query(query): Query<UserBalanceQuery>,
) -> Result<Json<MemberBalance>, Problem> {
    let member = own_or_all(&caller, query.user_id.as_deref())?;
    let query = BalanceQuery { asset: query.asset, at: query.at, effective_at: query.effective_at };
    member_balance(&app, &caller, member, &query).await
}

async fn member_balance(
    app: &App,
    caller: &Caller<Anyone>,
    member: MemberId,
    query: &BalanceQuery,
) -> Result<Json<MemberBalance>, Problem> {
    let asset = asset_or_default(app, caller, query.asset.as_deref()).await?;
    let key = member_account(&member, &asset).in_asset(&asset);
    let instant = match (
        When::parse(app, caller.tenant, "at", query.at.as_deref()).await?,
        When::parse(app, caller.tenant, "effective_at", query.effective_at.as_deref()).await?,
    ) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("effective_at", "invalid_value", "send either at or effective_at"));
        }
        (Some(at), None) => Some((Instant::Recorded(at), at)),
        (None, Some(at)) => Some((Instant::Effective(at), at)),
        (None, None) => None,
    };
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    if read::member(&mut tx, &member).await?.is_none() {
        return Err(Problem::not_found("member_not_found", format!("there is no member {member}")));
    }
    let now = read::balance(&mut tx, &key).await?;
    let posted = match instant {
        Some((instant, _)) => read::balance_as_of(&mut tx, &key, instant).await?,
        None => now.posted,
    };
    Ok(Json(MemberBalance {
        user_id: member.to_string(),
        account: key.account.to_string(),
        asset: asset.to_string(),
        balance_cents: posted,
        posted,
        held: instant.is_none().then_some(now.held),
        available: instant.is_none().then(|| now.available()),
        at: instant.map(|(_, at)| at),
    }))
}

/// The member asked for, where the caller may see them: their own, or anyone's with a reader's role.
pub(crate) fn own_or_all(caller: &Caller<Anyone>, user_id: Option<&str>) -> Result<MemberId, Problem> {
    let own = caller.principal.member.as_ref();
    let member = match user_id {
        Some(id) => {
            MemberId::new(id).map_err(|e| Problem::invalid("user_id", "invalid_value", e.to_string()))?
        }
        None => {
            own.cloned().ok_or_else(|| Problem::invalid("user_id", "missing_field", "say whose: user_id"))?
        }
    };
    match reads_all(caller) || own == Some(&member) {
        true => Ok(member),
        false => Err(Problem::forbidden("members see their own balances and entries")),
    }
}

/// Whether the caller sees everyone's.
pub(crate) fn reads_all(caller: &Caller<Anyone>) -> bool {
    let principal = &caller.principal;
    principal.is_at_least(Role::Manager)
        || principal.role == Role::Auditor
        || principal.has_scope(Area::Ledger, false)
}

pub(super) async fn asset_or_default(
    app: &App,
    caller: &Caller<Anyone>,
    asset: Option<&str>,
) -> Result<AssetCode, Problem> {
    if let Some(code) = asset {
        return AssetCode::new(code).map_err(|e| Problem::invalid("asset", "invalid_value", e.to_string()));
    }
    let tenant = directory::find_tenant_by_id(app.database(), caller.tenant).await?;
    Ok(tenant.map_or_else(AssetCode::usd, |tenant| tenant.settings.reward_currency))
}
