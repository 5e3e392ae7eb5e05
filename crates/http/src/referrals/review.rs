//! The end of a review.

use super::list::referral_id;
use super::views::{ReferralView, recorded_referral};
use crate::app::App;
use crate::body::Body;
use crate::caller::{Caller, ReferralWriter};
use crate::etag::Versioned;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::{Note, Path};
use axum::extract::State;
use guerdon_programs::referrals::{Verdict, review as end_review};
use serde::Deserialize;
use utoipa::ToSchema;

/// How a review ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decision": "approve", "note": "They are twins"}))]
pub(crate) struct ReviewBody {
    /// Whether it is a referral.
    decision: DecisionBody,
    /// What to note.
    #[schema(value_type = Option<String>, example = "They are twins")]
    note: Option<Note>,
}

/// Whether it is a referral.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionBody {
    /// It is.
    Approve,
    /// It is none, and never qualifies.
    Reject,
}

/// Review a referral
///
/// Once: a second review is refused with 409 `already_reviewed`. Approving lets the rewards that waited confirm in their
/// time; rejecting takes back those that are pending.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/review", operation_id = "review_referral", tag = "Referrals", request_body = ReviewBody,
    params(("id" = String, Path, description = "The referral", example = "ref-1001"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 200, body = ReferralView), WriteProblems))]
pub(crate) async fn review(
    State(app): State<App>,
    caller: Caller<ReferralWriter>,
    Path(id): Path<String>,
    body: Body<ReviewBody>,
) -> Result<Versioned<ReferralView>, Problem> {
    let ReviewBody { decision, note } = body.value;
    let verdict = match decision {
        DecisionBody::Approve => Verdict::Approve,
        DecisionBody::Reject => Verdict::Reject,
    };
    let (id, note) = (referral_id(&id)?, note.map(String::from));
    let receipt = end_review(app.journal(), caller.envelope(body.idempotency), &id, verdict, note).await?;
    let referral = recorded_referral(&receipt.record)?;
    Ok(Versioned::ok(referral.version, ReferralView::from(referral)).replayed(receipt.replayed))
}
