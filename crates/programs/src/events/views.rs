//! Members and referrals as rules see them, under `$member` and `$referral`.

use guerdon_store::{Member, Referral};
use serde_json::{Value, json};

/// A member as rules see them.
pub(super) fn member_view(member: &Member) -> Value {
    json!({
        "id": member.id,
        "role": member.role,
        "team": member.team,
        "department": member.department,
        "status": member.status,
        "attributes": member.attributes,
        "created_at": member.created_at,
    })
}

/// A referral as rules see it.
pub(super) fn referral_view(referral: &Referral) -> Value {
    json!({
        "id": referral.id,
        "code": referral.code,
        "referrer_id": referral.referrer_id,
        "referred_id": referral.referred_id,
        "status": referral.status,
        "created_at": referral.created_at,
    })
}
