//! Answers that many calls share, for OpenAPI.

use crate::problem::Problem;
use utoipa::IntoResponses;

/// What can go wrong with any call.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes answers to OpenAPI")]
pub(crate) enum ReadProblems {
    /// Bad input: `errors` names the place and the fix.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// No credential, or one that is not good.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The caller's role does not allow this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// No such thing, or another tenant's.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The database is away; `Retry-After` says when to come again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// What can go wrong with a call that writes.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes answers to OpenAPI")]
pub(crate) enum WriteProblems {
    /// Bad input: `errors` names the place and the fix. `idempotency_key_required` where the key is missing.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// No credential, or one that is not good.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The caller's role does not allow this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// No such thing, or another tenant's.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The idempotency key was used for another request (`idempotency_conflict`), or the thing is in a state that does
    /// not allow this.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// `If-Match` names another version than the one that stands.
    #[response(status = 412, content_type = "application/problem+json")]
    PreconditionFailed(Problem),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is not JSON.
    #[response(status = 415, content_type = "application/problem+json")]
    UnsupportedMediaType(Problem),
    /// Well-formed, and refused: `insufficient_balance`, `tenant_suspended`, … with the numbers.
    #[response(status = 422, content_type = "application/problem+json")]
    Unprocessable(Problem),
    /// The call needs `If-Match`, and has none.
    #[response(status = 428, content_type = "application/problem+json")]
    PreconditionRequired(Problem),
    /// The database is away; `Retry-After` says when to come again. Repeating with the same key is safe.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}
