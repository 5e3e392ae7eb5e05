//! Referrals, one and all; those that wait for a review among them.

use super::views::ReferralView;
use crate::app::App;
use crate::caller::{Caller, ReferralReader};
use crate::etag::Versioned;
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, NoQuery, Page, PageQuery, Part, Path, Query, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{MemberId, Name};
use guerdon_store::driver::Mode;
use guerdon_store::read::{self, ReferralFilter};
use guerdon_store::{ReferralStatus, Review, TenantId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which referrals.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferralQuery {
    /// In this state: `pending`, `qualified`, `rejected` or `reversed`.
    #[param(value_type = Option<String>, example = "pending")]
    status: Option<ReferralStatus>,
    /// Whose review is in this state: `none`, `open`, `approved` or `rejected`.
    #[param(value_type = Option<String>, example = "open")]
    review: Option<Review>,
    /// Of this referrer.
    #[param(value_type = Option<String>, example = "alice")]
    referrer_id: Option<MemberId>,
    /// Of this member, who was brought: one at most.
    #[param(value_type = Option<String>, example = "bob")]
    referred_id: Option<MemberId>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Referrals, newest first
///
/// With `review=open` those that wait for somebody to look at them.
#[utoipa::path(get, path = "/api/v1/referrals", operation_id = "list_referrals", tag = "Referrals", params(ReferralQuery),
    responses((status = 200, body = Page<ReferralView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<ReferralReader>,
    format: Format,
    Query(query): Query<ReferralQuery>,
) -> Result<Response, Problem> {
    let ReferralQuery { status, review, referrer_id: referrer, referred_id: referred, limit, cursor } = query;
    let filter = ReferralFilter { status, review, referrer };
    let page = PageQuery::new(limit, cursor);
    answer(Referrals { app, tenant: caller.tenant, filter, referred }, format, &page).await
}

struct Referrals {
    app: App,
    tenant: TenantId,
    filter: ReferralFilter,
    referred: Option<MemberId>,
}

impl List for Referrals {
    type Row = ReferralView;
    type Schema = ReferralView;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<ReferralView, i64>, Problem> {
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let before = before.unwrap_or(i64::MAX);
        let found = match &self.referred {
            None => read::referrals(&mut tx, &self.filter, before, limit + 1).await?,
            Some(referred) => {
                let found = read::referral_of(&mut tx, referred).await?;
                found.into_iter().filter(|found| found.seq < before && self.filter.wants(found)).collect()
            }
        };
        Ok(Part::of(found, limit, |referral| referral.seq, ReferralView::from))
    }
}

/// A referral
#[utoipa::path(get, path = "/api/v1/referrals/{id}", operation_id = "get_referral", tag = "Referrals",
    params(("id" = String, Path, description = "The referral", example = "ref-1001")),
    responses((status = 200, body = ReferralView), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<ReferralReader>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Versioned<ReferralView>, Problem> {
    let name = referral_id(&id)?;
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let referral = read::referral(&mut tx, &name).await?.ok_or_else(|| no_referral(&id))?;
    Ok(Versioned::ok(referral.version, ReferralView::from(referral)))
}

/// The referral that a path names.
pub(super) fn referral_id(id: &str) -> Result<Name, Problem> {
    // What cannot be an id is none.
    Name::new(id).map_err(|_| no_referral(id))
}

fn no_referral(id: &str) -> Problem {
    Problem::not_found("referral_not_found", format!("there is no referral {id}"))
}
