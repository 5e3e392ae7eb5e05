//! Holds: reserve an amount, then capture it or release it.

use super::filter::checked;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, LedgerReader, LedgerWriter};
use crate::problem::Problem;
use crate::responses::{ReadProblems, WriteProblems};
use crate::wire::{
    Format, List, Moment, Note, Page, PageQuery, Part, Posted, PostedBody, Query, RecordedWords, answer,
};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{AccountPath, Amount, AssetCode, Hold, HoldKey, Invalid, Reference};
use guerdon_programs::general::{CaptureHold, PlaceHold, ReleaseHold};
use guerdon_store::driver::Mode;
use guerdon_store::journal::{Record, transaction_id};
use guerdon_store::{TenantId, read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An amount to reserve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "pool", "reference": "order-1001", "asset": "PTS", "amount": 500}))]
pub(crate) struct PlaceBody {
    /// The account to reserve on.
    #[schema(value_type = String, example = "pool")]
    account: AccountPath,
    /// What it is for; used once on an account, for ever.
    #[schema(value_type = String, example = "order-1001")]
    reference: Reference,
    /// Of what; points where not given.
    #[schema(value_type = Option<String>, example = "PTS")]
    asset: Option<AssetCode>,
    /// How much, in minor units.
    #[schema(value_type = i64, example = 500, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Amount,
    /// From when on it can only be released.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Moment>,
    /// Why.
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

/// A hold as it stands, in minor units of its asset.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldView {
    /// The account that the amount is reserved on.
    #[schema(example = "pool")]
    account: String,
    /// What it is for.
    #[schema(example = "order-1001")]
    reference: String,
    /// Of what.
    #[schema(example = "PTS")]
    asset: String,
    /// How much was reserved at first.
    #[schema(example = 500)]
    amount: i64,
    /// How much of it was captured.
    #[schema(example = 0)]
    captured: i64,
    /// How much of it was released.
    #[schema(example = 0)]
    released: i64,
    /// How much of it is still reserved.
    #[schema(example = 500)]
    remaining: i64,
    /// `open`, `captured` or `released`.
    #[schema(example = "open")]
    status: &'static str,
    /// From when on it can only be released.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The transaction that placed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    placed_by: Option<String>,
}

impl HoldView {
    fn of(hold: &Hold, placed_by: Option<i64>) -> Self {
        Self {
            account: hold.key.account.to_string(),
            reference: hold.key.reference.to_string(),
            asset: hold.asset.to_string(),
            amount: hold.amount.minor_units(),
            captured: hold.captured,
            released: hold.released,
            remaining: hold.remaining(),
            status: hold.status().name(),
            expires_at: hold.expires_at_us.and_then(|us| Timestamp::from_microsecond(us).ok()),
            placed_by: placed_by.map(transaction_id),
        }
    }
}

/// Beside a transaction on a hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldWords {
    /// The hold as it stands.
    hold: Option<HoldView>,
}

impl RecordedWords for HoldWords {
    fn of(record: &Record) -> Self {
        Self { hold: record.holds.first().map(|hold| HoldView::of(hold, None)) }
    }
}

/// Place a hold: reserve an amount on an account
#[utoipa::path(post, path = "/api/v1/ledger/holds", operation_id = "place_hold", tag = "Ledger: holds",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = PlaceBody,
    responses((status = 201, body = PostedBody<HoldWords>), (status = 200, description = "Replayed", body = PostedBody<HoldWords>), WriteProblems))]
pub(crate) async fn place(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<PlaceBody>,
) -> Result<Posted<HoldWords>, Problem> {
    let PlaceBody { account, reference, asset, amount, expires_at, reason } = body.value;
    let command = PlaceHold {
        key: HoldKey { account, reference },
        asset: asset.unwrap_or_else(AssetCode::points),
        amount,
        expires_at: expires_at.map(Timestamp::from),
        reason: reason.map(String::from),
    };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}

/// Reserved value to move on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "pool", "reference": "order-1001", "to": "redeemed", "amount": 200}))]
pub(crate) struct CaptureBody {
    /// The account that the hold lies on.
    #[schema(value_type = String, example = "pool")]
    account: AccountPath,
    /// What the hold is for.
    #[schema(value_type = String, example = "order-1001")]
    reference: Reference,
    /// The account that receives.
    #[schema(value_type = String, example = "redeemed")]
    to: AccountPath,
    /// How much, in minor units; all that remains where not given.
    #[schema(value_type = Option<i64>, example = 200, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Option<Amount>,
    /// Why.
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

/// Capture a hold: move what it reserved to another account, whole or in part
#[utoipa::path(post, path = "/api/v1/ledger/holds/capture", operation_id = "capture_hold", tag = "Ledger: holds",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = CaptureBody,
    responses((status = 201, body = PostedBody<HoldWords>), (status = 200, description = "Replayed", body = PostedBody<HoldWords>), WriteProblems))]
pub(crate) async fn capture(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<CaptureBody>,
) -> Result<Posted<HoldWords>, Problem> {
    let CaptureBody { account, reference, to, amount, reason } = body.value;
    let command = CaptureHold {
        key: HoldKey { account, reference },
        to,
        amount,
        reason: reason.map(String::from),
        by_platform: caller.principal.is_platform_admin(),
    };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}

/// Reserved value to give back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "pool", "reference": "order-1001", "amount": 300}))]
pub(crate) struct ReleaseBody {
    /// The account that the hold lies on.
    #[schema(value_type = String, example = "pool")]
    account: AccountPath,
    /// What the hold is for.
    #[schema(value_type = String, example = "order-1001")]
    reference: Reference,
    /// How much, in minor units; all that remains where not given.
    #[schema(value_type = Option<i64>, example = 300, minimum = 1, maximum = 9007199254740991_i64)]
    amount: Option<Amount>,
    /// Why.
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

/// Release a hold: give back what it reserved, whole or in part
#[utoipa::path(post, path = "/api/v1/ledger/holds/release", operation_id = "release_hold", tag = "Ledger: holds",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ReleaseBody,
    responses((status = 201, body = PostedBody<HoldWords>), (status = 200, description = "Replayed", body = PostedBody<HoldWords>), WriteProblems))]
pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<ReleaseBody>,
) -> Result<Posted<HoldWords>, Problem> {
    let ReleaseBody { account, reference, amount, reason } = body.value;
    let command =
        ReleaseHold { key: HoldKey { account, reference }, amount, reason: reason.map(String::from) };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}

/// Which holds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldQuery {
    /// On this account.
    account: Option<String>,
    /// With this status: `open`, `captured`, `released`.
    status: Option<String>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Holds, newest first
#[utoipa::path(get, path = "/api/v1/ledger/holds", operation_id = "list_holds", tag = "Ledger: holds", params(HoldQuery),
    responses((status = 200, body = Page<HoldView>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<LedgerReader>,
    format: Format,
    Query(query): Query<HoldQuery>,
) -> Result<Response, Problem> {
    let page = PageQuery::new(query.limit, query.cursor);
    let account = checked("account", query.account.as_deref(), AccountPath::new)?;
    let status = checked("status", query.status.as_deref(), status)?;
    answer(Holds { app, tenant: caller.tenant, account, status }, format, &page).await
}

fn status(text: &str) -> Result<String, Invalid> {
    match ["open", "captured", "released"].contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(Invalid(format!("a status is open, captured or released, this is {text}"))),
    }
}

struct Holds {
    app: App,
    tenant: TenantId,
    account: Option<AccountPath>,
    status: Option<String>,
}

impl List for Holds {
    type Row = HoldView;
    type Schema = HoldView;
    type At = i64;

    async fn read(&self, before: Option<i64>, limit: i64) -> Result<Part<HoldView, i64>, Problem> {
        let (account, status) = (self.account.as_ref(), self.status.as_deref());
        let before = before.unwrap_or(i64::MAX);
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let holds = read::holds_before(&mut tx, before, account, status, limit + 1).await?;
        let view = |(hold, placed_by): (Hold, i64)| HoldView::of(&hold, Some(placed_by));
        Ok(Part::of(holds, limit, |(_, placed_by)| *placed_by, view))
    }
}
