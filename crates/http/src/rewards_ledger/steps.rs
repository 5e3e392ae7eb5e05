//! The steps in the life of rewards.

use super::views::RewardWords;
use crate::app::App;
use crate::body::Keyed;
use crate::caller::{Caller, LedgerWriter};
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::{Line, Note, Path, Posted, PostedBody};
use axum::extract::State;
use guerdon_ledger::MemberId;
use guerdon_programs::rewards_ledger::{ConfirmReward, IfSpent, PayReward, ReverseReward};
use guerdon_store::journal::seq_of_transaction_id;
use serde::Deserialize;
use utoipa::ToSchema;

/// The transaction that a path names.
pub(super) fn seq_of(id: &str) -> Result<i64, Problem> {
    seq_of_transaction_id(id)
        .ok_or_else(|| Problem::not_found("reward_not_found", format!("{id} credited no reward")))
}

/// Rewards to confirm.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The trial month is over"}))]
pub(crate) struct ConfirmBody {
    /// Only that of this member, where the transaction rewarded several.
    #[schema(value_type = Option<String>)]
    user_id: Option<MemberId>,
    /// Why.
    #[schema(value_type = Option<String>, example = "The trial month is over")]
    reason: Option<Note>,
}

/// Confirm a pending reward: the member can use it
///
/// A reward that is not pending is refused with 409 `illegal_transition`, and that of a referral whose review is open
/// with 409 `under_review`.
#[utoipa::path(post, path = "/api/v1/rewards-ledger/{id}/confirm", operation_id = "confirm_reward", tag = "Rewards ledger",
    params(("id" = String, Path, description = "The transaction that credited it", example = "txn_7"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = ConfirmBody,
    responses((status = 201, body = PostedBody<RewardWords>), (status = 200, description = "Replayed", body = PostedBody<RewardWords>), WriteProblems))]
pub(crate) async fn confirm(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    Path(id): Path<String>,
    body: Keyed<ConfirmBody>,
) -> Result<Posted<RewardWords>, Problem> {
    let ConfirmBody { user_id, reason } = body.value;
    let reason = reason.map(String::from);
    let confirm = ConfirmReward { seq: seq_of(&id)?, member: user_id, reason, only_due: false };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), confirm).await?.into())
}

/// Rewards to pay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "payout-2026-02"}))]
pub(crate) struct PayBody {
    /// Only that of this member, where the transaction rewarded several.
    #[schema(value_type = Option<String>)]
    user_id: Option<MemberId>,
    /// What the payment is known by elsewhere.
    #[schema(value_type = Option<String>, example = "payout-2026-02")]
    reference: Option<Line>,
    /// Why.
    #[schema(value_type = Option<String>)]
    reason: Option<Note>,
}

/// Pay a confirmed reward out: `reward:<member>` → `redeemed`
///
/// A reward is paid once. One that is pending, paid or taken back is refused with 409 `illegal_transition`; one that the
/// member has spent, with the numbers.
#[utoipa::path(post, path = "/api/v1/rewards-ledger/{id}/pay", operation_id = "pay_reward", tag = "Rewards ledger",
    params(("id" = String, Path, description = "The transaction that credited it", example = "txn_7"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = PayBody,
    responses((status = 201, body = PostedBody<RewardWords>), (status = 200, description = "Replayed", body = PostedBody<RewardWords>), WriteProblems))]
pub(crate) async fn pay(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    Path(id): Path<String>,
    body: Keyed<PayBody>,
) -> Result<Posted<RewardWords>, Problem> {
    let PayBody { user_id, reference, reason } = body.value;
    let pay = PayReward {
        seq: seq_of(&id)?,
        member: user_id,
        reference: reference.map(String::from),
        reason: reason.map(String::from),
    };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), pay).await?.into())
}

/// Rewards to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The order was returned", "if_spent": "take_what_is_left"}))]
pub(crate) struct TakeBackBody {
    /// Only that of this member, where the transaction rewarded several.
    #[schema(value_type = Option<String>)]
    user_id: Option<MemberId>,
    /// Why.
    #[schema(value_type = String, example = "The order was returned")]
    reason: Note,
    /// What to do where the member has spent a part of it; `refuse` where not given.
    #[serde(default)]
    if_spent: IfSpentBody,
}

/// What to do where a part was spent.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IfSpentBody {
    /// Refuse, with the numbers.
    #[default]
    Refuse,
    /// Take what is left, and put on record what is missing.
    TakeWhatIsLeft,
}

/// Take a reward back, to where it came from
///
/// Once, and whether it is pending or confirmed. What was paid is refused with 409 `illegal_transition`. Where these are
/// all rewards of the transaction, the transaction is reversed, with whatever else it moved.
#[utoipa::path(post, path = "/api/v1/rewards-ledger/{id}/reverse", operation_id = "reverse_reward", tag = "Rewards ledger",
    params(("id" = String, Path, description = "The transaction that credited it", example = "txn_7"),
        ("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters, made once for this intent")),
    request_body = TakeBackBody,
    responses((status = 201, body = PostedBody<RewardWords>), (status = 200, description = "Replayed", body = PostedBody<RewardWords>), WriteProblems))]
pub(crate) async fn reverse(
    State(app): State<App>,
    caller: Caller<LedgerWriter>,
    Path(id): Path<String>,
    body: Keyed<TakeBackBody>,
) -> Result<Posted<RewardWords>, Problem> {
    let TakeBackBody { user_id, reason, if_spent } = body.value;
    let reverse = ReverseReward {
        seq: seq_of(&id)?,
        member: user_id,
        reason: Some(reason.into()),
        if_spent: match if_spent {
            IfSpentBody::Refuse => IfSpent::Refuse,
            IfSpentBody::TakeWhatIsLeft => IfSpent::TakeWhatIsLeft,
        },
        only_pending: false,
    };
    Ok(app.journal().execute(caller.envelope(Some(body.idempotency)), reverse).await?.into())
}
