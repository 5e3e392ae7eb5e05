//! What callers are told when the books refuse.

use super::Problem;
use axum::http::StatusCode;
use guerdon_ledger::Refusal as Books;
use serde_json::json;

/// The problem that a refusal by the books is, told in words.
pub(super) fn problem(refusal: &Books, told: String) -> Problem {
    let refused = |code| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, told.clone());
    let conflict = |code| Problem::new(StatusCode::CONFLICT, code, told.clone());
    match refusal {
        Books::InsufficientBalance { account, asset, available, requested } => {
            refused("insufficient_balance")
                .with("account", account.as_str())
                .with("asset", asset.as_str())
                .with("available", *available)
                .with("requested", *requested)
        }
        Books::BalanceOverflow { account, asset } => refused("balance_overflow")
            .with("account", account.as_str())
            .with("asset", asset.as_str())
            .with("limit", guerdon_ledger::MAX_MINOR_UNITS),
        Books::LimitExceeded { code, limit, sum } => {
            refused("limit_exceeded").with("name", *code).with("limit", *limit).with("requested", *sum)
        }
        Books::HoldExists { .. } => conflict("hold_exists"),
        Books::HoldNotFound { .. } => Problem::not_found("hold_not_found", told),
        Books::HoldResolved { status, .. } => conflict("hold_resolved").with("state", status.name()),
        Books::HoldExpired { expires_at_us, .. } => {
            let at = jiff::Timestamp::from_microsecond(*expires_at_us).map_or(json!(null), |at| json!(at));
            conflict("hold_expired").with("expires_at", at)
        }
        Books::HoldTooSmall { remaining, requested, .. } => {
            refused("hold_too_small").with("available", *remaining).with("requested", *requested)
        }
        Books::CaptureToItself { .. } => refused("same_account"),
    }
}
