//! Recording who was brought by whom.

use super::views::{ReferralView, recorded_referral};
use crate::app::App;
use crate::body::Body;
use crate::caller::{Caller, ReferralWriter};
use crate::etag::Versioned;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::strict::Strict;
use crate::wire::{Email, Line};
use axum::extract::State;
use guerdon_ledger::{MemberId, Name};
use guerdon_programs::referrals::{By, NewReferral, Signals, attribute};
use guerdon_store::Code;
use serde::Deserialize;
use std::net::IpAddr;
use utoipa::ToSchema;
use uuid::Uuid;

/// A member who was brought by another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "ref-1001", "referrer_id": "alice", "referred_id": "bob",
    "signals": {"email": "bob@example.com", "ip": "192.0.2.17", "device": "d-4711"}}))]
pub(crate) struct ReferralBody {
    /// Your own id of it; a UUID is made where not given.
    #[schema(value_type = Option<String>, example = "ref-1001")]
    id: Option<Name>,
    /// The code that was used; either this or `referrer_id`.
    #[schema(value_type = Option<String>)]
    code: Option<Line>,
    /// Who brought. A member id not seen before is added.
    #[schema(value_type = Option<String>, example = "alice")]
    referrer_id: Option<MemberId>,
    /// Who was brought. A member id not seen before is added.
    #[schema(value_type = String, example = "bob")]
    referred_id: MemberId,
    /// What is known of who was brought, to be compared with other referrals. It is kept as salted hashes alone.
    #[serde(default)]
    #[schema(value_type = Option<SignalsBody>)]
    signals: Option<Strict<SignalsBody>>,
}

/// What is known of a person.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalsBody {
    /// The e-mail address.
    #[schema(value_type = Option<String>, example = "bob@example.com")]
    email: Option<Email>,
    /// The network address that they came from.
    #[schema(value_type = Option<String>, example = "192.0.2.17")]
    ip: Option<IpAddr>,
    /// Whatever you tell their device by.
    #[schema(value_type = Option<String>, example = "d-4711")]
    device: Option<Line>,
}

impl From<SignalsBody> for Signals {
    fn from(body: SignalsBody) -> Self {
        Self { email: body.email.map(String::from), ip: body.ip, device: body.device.map(String::from) }
    }
}

/// By what the referrer is told.
fn by(code: Option<Line>, referrer: Option<MemberId>) -> Result<By, Problem> {
    match (code.map(String::from), referrer) {
        // What cannot be a code is nobody's.
        (Some(code), None) => Code::new(&code).map(By::Code).map_err(|_| {
            Problem::not_found("referral_code_not_found", format!("there is no referral code {code}"))
        }),
        (None, Some(referrer)) => Ok(By::Referrer(referrer)),
        (None, None) => {
            Err(Problem::invalid("/code", "missing_field", "say who brought: code or referrer_id"))
        }
        (Some(_), Some(_)) => {
            Err(Problem::invalid("/referrer_id", "invalid_value", "send either code or referrer_id"))
        }
    }
}

/// Record a referral
///
/// A member is referred once, for ever: a second time is refused with 409 `already_referred`, which names the first. What
/// looks odd is flagged for a review and not refused; what rewards it waits for that.
#[utoipa::path(post, path = "/api/v1/referrals", operation_id = "create_referral", tag = "Referrals", request_body = ReferralBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the call safe to repeat")),
    responses((status = 201, body = ReferralView), (status = 200, description = "Replayed", body = ReferralView), WriteProblems))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller<ReferralWriter>,
    body: Body<ReferralBody>,
) -> Result<Versioned<ReferralView>, Problem> {
    let ReferralBody { id, code, referrer_id, referred_id, signals } = body.value;
    let id = match id {
        Some(id) => id,
        None => Name::new(&Uuid::now_v7().to_string()).map_err(|error| Problem::internal(&error))?,
    };
    let signals = signals.map(|signals| signals.0.into()).unwrap_or_default();
    let new = NewReferral { id, by: by(code, referrer_id)?, referred: referred_id, signals };
    let receipt = attribute(app.journal(), caller.envelope(body.idempotency), new).await?;
    let referral = recorded_referral(&receipt.record)?;
    Ok(Versioned::made(referral.version, ReferralView::from(referral)).replayed(receipt.replayed))
}
