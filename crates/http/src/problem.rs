//! Problem documents (RFC 9457): what callers are told when a call does not succeed.

mod books;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guerdon_programs::access::AccessError;
use guerdon_programs::budgets::ReservationState;
use guerdon_programs::{Error, Refusal};
use guerdon_store::driver::DbError;
use guerdon_store::journal::transaction_id;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

/// A call that did not succeed, told as RFC 9457 says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem; the same for all with one `code`.
    #[serde(rename = "type")]
    #[schema(example = "https://guerdon.dev/problems/insufficient_balance")]
    kind: String,
    /// The kind of problem, in words.
    #[schema(example = "Insufficient balance")]
    title: String,
    /// The HTTP status.
    #[serde(serialize_with = "status_number")]
    #[schema(value_type = u16, example = 422)]
    status: StatusCode,
    /// What happened, in words, with the numbers.
    #[schema(example = "pool has 40 PTS available, 100 were asked for")]
    detail: String,
    /// A stable name of the kind of problem, for programs.
    #[schema(example = "insufficient_balance")]
    code: &'static str,
    /// The request, as in the header `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// For bad input: where it is bad, and what would be right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The numbers behind a refusal: `available`, `requested`, `limit`, ….
    #[serde(flatten)]
    #[schema(value_type = Object, additional_properties)]
    numbers: Map<String, Json>,
}

/// One place where input is bad.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or the name of a parameter or header.
    #[schema(example = "/amount")]
    pub pointer: String,
    /// What is bad about it: `missing_field`, `unknown_field`, `wrong_type`, `invalid_value`.
    #[schema(example = "invalid_value")]
    pub code: &'static str,
    /// What would be right.
    #[schema(
        example = "an amount must be a whole number of minor units from 1 to 9007199254740991, this is 0"
    )]
    pub detail: String,
}

fn status_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// Characters of what is told at most: it may quote what was sent, however long that was.
const TOLD: usize = 500;
/// Characters of a place at most.
const PLACE: usize = 200;
/// Places that are told at most.
const PLACES: usize = 50;

fn cut(mut text: String, characters: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Problem {
    /// A problem of a kind, told in words.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = cut(detail.into(), TOLD);
        let mut title = code.replace('_', " ");
        if let Some(first) = title.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind: format!("https://guerdon.dev/problems/{code}"),
            title,
            status,
            detail,
            code,
            request_id: None,
            errors: Vec::new(),
            numbers: Map::new(),
        }
    }

    /// Bad input in one place.
    pub fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (cut(pointer.into(), PLACE), cut(detail.into(), TOLD));
        let told = match pointer.is_empty() {
            true => detail.clone(),
            false => format!("{pointer}: {detail}"),
        };
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "invalid_request", told);
        problem.errors.push(FieldError { pointer, code, detail });
        problem
    }

    /// Bad input in several places, each with its code and what would be right. Some of them are told, where there are
    /// many.
    pub fn invalid_in(places: impl IntoIterator<Item = (String, &'static str, String)>) -> Self {
        let mut places = places.into_iter().take(PLACES);
        let Some((pointer, code, detail)) = places.next() else {
            return Self::invalid("", "invalid_value", "this is not what was asked for");
        };
        let mut problem = Self::invalid(pointer, code, detail);
        problem.errors.extend(places.map(|(pointer, code, detail)| FieldError {
            pointer: cut(pointer, PLACE),
            code,
            detail: cut(detail, TOLD),
        }));
        problem
    }

    /// The caller may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// There is no such thing, or it is another tenant's.
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// There is no such tenant, or it is not the caller's: the two cannot be told apart.
    pub(crate) fn no_tenant(named: &str) -> Self {
        Self::not_found("tenant_not_found", format!("there is no tenant {named}"))
    }

    /// The database is away.
    pub fn unavailable() -> Self {
        let told = "the books cannot be reached at the moment; it is safe to repeat the call with its Idempotency-Key";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", told)
    }

    /// A bug. Its text is for the log.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a bug");
        let told = "this is a bug in Guerdon; the log has more under the request id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", told)
    }

    /// With a number behind the refusal.
    pub fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.numbers.insert(name.to_owned(), value.into());
        self
    }

    /// The same problem, its places under one in a larger body.
    pub fn under(mut self, place: &str) -> Self {
        for error in &mut self.errors {
            error.pointer.insert_str(0, place);
        }
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The stable name of the kind of problem.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// With the id of the request.
    pub(crate) fn of_request(mut self, id: &str) -> Self {
        self.request_id = Some(id.to_owned());
        self
    }
}

/// A problem on its way out, for the middleware to add the request's id to.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) std::sync::Arc<std::sync::Mutex<Option<Problem>>>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        metrics::counter!("guerdon_refusals_total", "code" => self.code).increment(1);
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        let told = Told(std::sync::Arc::new(std::sync::Mutex::new(Some(self))));
        response.extensions_mut().insert(told);
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let unprocessable = |code, detail: String| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        match error {
            Error::Refused { refusal, .. } => refusal.into(),
            Error::IdempotencyConflict { ref key, seq } => {
                let id = transaction_id(seq);
                let told = match key.strip_prefix("event ") {
                    Some(event) => format!("the event {event} was recorded as {id}, and said something else"),
                    None => {
                        format!("the Idempotency-Key {key} was used for another request, recorded as {id}")
                    }
                };
                Self::new(StatusCode::CONFLICT, "idempotency_conflict", told).with("transaction_id", id)
            }
            Error::TenantNotFound => Self::not_found("tenant_not_found", "there is no such tenant"),
            Error::TenantNotActive(guerdon_store::TenantStatus::Closed) => unprocessable(
                "tenant_closed",
                "the tenant is closed: it can be read, and nothing can be posted".to_owned(),
            ),
            Error::TenantNotActive(_) => unprocessable(
                "tenant_suspended",
                "the tenant is suspended: it can be read, and nothing can be posted until it is resumed"
                    .to_owned(),
            ),
            Error::Unavailable(text) => {
                tracing::warn!(error = text, "the books cannot be reached");
                Self::unavailable()
            }
            Error::Broken(text) => Self::internal(&text),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Error::from(error).into()
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Database(error) => error.into(),
            AccessError::IssuerAway => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "issuer_unavailable",
                "the keys of the token's issuer cannot be fetched",
            ),
            error => Self::new(StatusCode::UNAUTHORIZED, "unauthorized", error.to_string()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use StatusCode as S;
        let told = refusal.to_string();
        let (status, code) = match &refusal {
            Refusal::Books(books) => return books::problem(books, told),
            Refusal::Forbidden(_) | Refusal::AdminOnly(_) => (S::FORBIDDEN, "forbidden"),
            Refusal::PlatformOnly(_) => (S::FORBIDDEN, "platform_only"),
            Refusal::MemberNotFound(_) => (S::NOT_FOUND, "member_not_found"),
            Refusal::MemberExists(_) => (S::CONFLICT, "member_exists"),
            Refusal::MemberInactive(_) => (S::UNPROCESSABLE_ENTITY, "member_inactive"),
            Refusal::NotALead { .. } => (S::UNPROCESSABLE_ENTITY, "not_a_lead"),
            Refusal::NoDepartment(_) | Refusal::BadDepartment(_) => {
                (S::UNPROCESSABLE_ENTITY, "no_department")
            }
            Refusal::NoLeadWallet => (S::UNPROCESSABLE_ENTITY, "no_lead_wallet"),
            Refusal::TransactionNotFound(_) => (S::NOT_FOUND, "transaction_not_found"),
            Refusal::AlreadyReversed { by, .. } => {
                return Self::new(S::CONFLICT, "already_reversed", told).with("reversed_by", by.as_str());
            }
            Refusal::NotReversible { .. } => (S::UNPROCESSABLE_ENTITY, "not_reversible"),
            Refusal::UnknownAsset(_) => (S::UNPROCESSABLE_ENTITY, "unknown_asset"),
            Refusal::AssetExists { scale, .. } => {
                return Self::new(S::CONFLICT, "asset_exists", told).with("scale", *scale);
            }
            Refusal::SlugTaken(_) => (S::CONFLICT, "slug_taken"),
            Refusal::TenantNotFound(_) => (S::NOT_FOUND, "tenant_not_found"),
            Refusal::TenantLifecycle { from, .. } => {
                return Self::new(S::CONFLICT, "illegal_state", told).with("state", from.name());
            }
            Refusal::VersionMismatch { expected, found } => {
                let mismatch = Self::new(S::PRECONDITION_FAILED, "version_mismatch", told);
                return mismatch.with("expected", *expected).with("found", *found);
            }
            Refusal::ApiKeyNotFound(_) => (S::NOT_FOUND, "api_key_not_found"),
            Refusal::ApiKeyRevoked(_) => (S::CONFLICT, "api_key_revoked"),
            Refusal::HoldNotFound { .. } => (S::NOT_FOUND, "hold_not_found"),
            Refusal::RuleNotFound(_) => (S::NOT_FOUND, "rule_not_found"),
            Refusal::RuleExists(_) => (S::CONFLICT, "rule_exists"),
            Refusal::RulesChanged => (S::CONFLICT, "rules_changed"),
            Refusal::BudgetNotFound(_) => (S::NOT_FOUND, "budget_not_found"),
            Refusal::BudgetExists(_) => (S::CONFLICT, "budget_exists"),
            Refusal::BudgetPaused(_) => (S::CONFLICT, "budget_paused"),
            Refusal::BudgetOnly(_) => (S::UNPROCESSABLE_ENTITY, "budget_account"),
            Refusal::CurrencyMismatch { currency, given, .. } => {
                let mismatch = Self::new(S::UNPROCESSABLE_ENTITY, "currency_mismatch", told);
                return mismatch.with("currency", currency.as_str()).with("given", given.as_str());
            }
            Refusal::HardCapExceeded { period, available, requested, hard_cap, .. } => {
                let exceeded = Self::new(S::UNPROCESSABLE_ENTITY, "hard_cap_exceeded", told);
                let exceeded = exceeded.with("available", *available).with("requested", *requested);
                return exceeded.with("limit", *hard_cap).with("period", period.as_str());
            }
            Refusal::CapBelowCommitted { hard_cap, committed } => {
                let below = Self::new(S::UNPROCESSABLE_ENTITY, "cap_below_committed", told);
                return below.with("requested", *hard_cap).with("committed", *committed);
            }
            Refusal::ReservationNotFound { .. } => (S::NOT_FOUND, "reservation_not_found"),
            Refusal::ReservationExists { state, amount, .. } => {
                let exists = Self::new(S::CONFLICT, "reservation_exists", told);
                return exists.with("state", state.name()).with("amount", *amount);
            }
            Refusal::ReservationResolved { state, charged, released, .. } => {
                let code = match state {
                    ReservationState::Charged => "reservation_charged",
                    _ => "reservation_released",
                };
                let resolved = Self::new(S::CONFLICT, code, told).with("state", state.name());
                return resolved.with("charged", *charged).with("released", *released);
            }
            Refusal::ReservationExpired { expired_at, .. } => {
                let expired = Self::new(S::CONFLICT, "reservation_expired", told);
                return expired.with("state", "expired").with("expired_at", json!(expired_at));
            }
            Refusal::ReservationTooSmall { remaining, requested, .. } => {
                let small = Self::new(S::UNPROCESSABLE_ENTITY, "amount_over_reservation", told);
                return small.with("available", *remaining).with("requested", *requested);
            }
            Refusal::ExpiresInThePast { .. } => (S::UNPROCESSABLE_ENTITY, "expires_in_the_past"),
            Refusal::NothingToReverse { .. } => (S::CONFLICT, "nothing_to_reverse"),
            Refusal::NothingToFix(_) => (S::CONFLICT, "nothing_to_fix"),
            Refusal::PeriodEnded { .. } => (S::CONFLICT, "period_ended"),
            Refusal::NotDue => (S::CONFLICT, "not_due"),
            Refusal::SelfReferral(_) => (S::UNPROCESSABLE_ENTITY, "self_referral"),
            Refusal::AlreadyReferred { id, referrer, .. } => {
                let already = Self::new(S::CONFLICT, "already_referred", told);
                return already.with("referral_id", id.as_str()).with("referrer_id", referrer.as_str());
            }
            Refusal::CircularReferral { id, .. } => {
                let circular = Self::new(S::UNPROCESSABLE_ENTITY, "circular_referral", told);
                return circular.with("referral_id", id.as_str());
            }
            Refusal::ReferralExists(_) => (S::CONFLICT, "referral_exists"),
            Refusal::ReferralNotFound(_) => (S::NOT_FOUND, "referral_not_found"),
            Refusal::AlreadyReviewed { review, by, .. } => {
                let already = Self::new(S::CONFLICT, "already_reviewed", told);
                return already.with("review", review.name()).with("reviewed_by", by.as_str());
            }
            Refusal::CodeNotFound(_) => (S::NOT_FOUND, "referral_code_not_found"),
            Refusal::CodeTaken(_) => (S::CONFLICT, "referral_code_taken"),
            Refusal::TooManyCodes { limit, .. } => {
                return Self::new(S::UNPROCESSABLE_ENTITY, "too_many_codes", told).with("limit", *limit);
            }
            Refusal::RewardNotFound { .. } => (S::NOT_FOUND, "reward_not_found"),
            Refusal::IllegalTransition { state, .. } => {
                let illegal = Self::new(S::CONFLICT, "illegal_transition", told);
                return illegal.with("state", state.name()).with("possible", json!(state.possible()));
            }
            Refusal::UnderReview { referral, .. } => {
                return Self::new(S::CONFLICT, "under_review", told).with("referral_id", referral.as_str());
            }
            Refusal::IsReward { state, .. } => {
                return Self::new(S::CONFLICT, "reward_state", told).with("state", state.name());
            }
            Refusal::ReservedReference(_) => (S::UNPROCESSABLE_ENTITY, "reserved_reference"),
            Refusal::HookSourceNotFound(_) => (S::NOT_FOUND, "hook_source_not_found"),
            Refusal::HookSourceExists(_) => (S::CONFLICT, "hook_source_exists"),
            Refusal::HookSchemeFixed { .. } => (S::UNPROCESSABLE_ENTITY, "hook_scheme_fixed"),
        };
        Self::new(status, code, told)
    }
}
