//! Crediting and debiting a member.

use super::metadata::Metadata;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, LedgerWriter};
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::{Note, Posted, PostedBody, RecordedWords};
use axum::extract::State;
use guerdon_ledger::{Amount, AssetCode, MemberId};
use guerdon_programs::general::{Credit, Direction};
use guerdon_store::journal::Record;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Value for a member, or from one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "alice", "amount_cents": 5000, "asset": "USD", "reason": "Referral of bob", "metadata": {"campaign": "spring"}}))]
pub(crate) struct CreditBody {
    /// Whose account.
    #[schema(value_type = String, example = "alice")]
    user_id: MemberId,
    /// How much, in minor units; also accepted as `amount`.
    #[serde(alias = "amount")]
    #[schema(value_type = i64, example = 5000, minimum = 1, maximum = 9007199254740991_i64)]
    amount_cents: Amount,
    /// Of what; the tenant's reward currency where not given.
    #[serde(alias = "currency")]
    #[schema(value_type = Option<String>, example = "USD")]
    asset: Option<AssetCode>,
    /// Why.
    #[schema(value_type = Option<String>, example = "Referral of bob")]
    reason: Option<Note>,
    /// Anything else worth keeping: at most 50 keys.
    #[serde(default)]
    #[schema(value_type = Object)]
    metadata: Metadata,
}

/// Beside a credit or a debit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreditWords {
    /// The transaction.
    #[schema(example = "txn_7")]
    entry_id: String,
    /// Whose account.
    #[schema(example = "alice")]
    user_id: Option<String>,
    /// How much moved, in minor units.
    #[schema(example = 5000)]
    amount_cents: i64,
    /// Of what.
    #[schema(example = "USD")]
    asset: Option<String>,
    /// What lies on the member's account now, in minor units.
    #[schema(example = 5000)]
    balance_cents: i64,
}

impl RecordedWords for CreditWords {
    fn of(record: &Record) -> Self {
        let posting = record.postings.first();
        let account = posting.and_then(|p| [p.to(), p.from()].into_iter().find(|a| a.member().is_some()));
        let balance = account.zip(posting).and_then(|(account, p)| record.balance(account, p.asset()));
        Self {
            entry_id: record.id(),
            user_id: account.and_then(|a| a.member()).map(str::to_owned),
            amount_cents: posting.map_or(0, |p| p.amount().minor_units()),
            asset: posting.map(|p| p.asset().to_string()),
            balance_cents: balance.unwrap_or_default().posted,
        }
    }
}

/// Credit a member
///
/// A member id not seen before is added. Points go to the member's wallet, money to their reward account.
#[utoipa::path(post, path = "/api/v1/ledger/credit", operation_id = "credit", tag = "Ledger",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = CreditBody,
    responses((status = 201, body = PostedBody<CreditWords>), (status = 200, description = "Replayed", body = PostedBody<CreditWords>), WriteProblems))]
pub(crate) async fn credit(
    app: State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<CreditBody>,
) -> Result<Posted<CreditWords>, Problem> {
    post(app, caller, body, Direction::Credit).await
}

/// Debit a member
///
/// More than the member has available is refused.
#[utoipa::path(post, path = "/api/v1/ledger/debit", operation_id = "debit", tag = "Ledger",
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = CreditBody,
    responses((status = 201, body = PostedBody<CreditWords>), (status = 200, description = "Replayed", body = PostedBody<CreditWords>), WriteProblems))]
pub(crate) async fn debit(
    app: State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<CreditBody>,
) -> Result<Posted<CreditWords>, Problem> {
    post(app, caller, body, Direction::Debit).await
}

async fn post(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    body: Keyed<CreditBody>,
    direction: Direction,
) -> Result<Posted<CreditWords>, Problem> {
    let CreditBody { user_id, amount_cents, asset, reason, metadata } = body.value;
    let command = Credit {
        direction,
        member: user_id,
        amount: amount_cents,
        asset,
        reason: reason.map(String::from),
        metadata: metadata.into(),
    };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), command).await?.into())
}
