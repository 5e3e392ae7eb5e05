//! Records on the wire: their version as `ETag` and `If-Match`, and whether they are an answer given again.

use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The version that `If-Match` names, where it was sent.
#[derive(Debug)]
pub(crate) struct IfMatch(pub(crate) Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default();
        if text == "*" {
            return Ok(Self(None));
        }
        let version =
            text.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"')).and_then(|v| v.parse().ok());
        version.map(|version| Self(Some(version))).ok_or_else(|| {
            Problem::invalid(
                "If-Match",
                "invalid_value",
                "send the ETag of the record as it was read, such as \"v3\"",
            )
        })
    }
}

/// The version that `If-Match` names, of a record that must not be changed by whoever has not read it: any, where it is
/// `*`.
#[derive(Debug)]
pub(crate) struct MustMatch(pub(crate) Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for MustMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition_required",
                "send the ETag of the record as it was read in the header If-Match, such as \"v3\"",
            ));
        }
        IfMatch::from_request_parts(parts, state).await.map(|IfMatch(version)| Self(version))
    }
}

/// A record with its version as `ETag`.
#[derive(Debug)]
pub(crate) struct Versioned<T> {
    fresh: StatusCode,
    replayed: bool,
    version: i64,
    body: T,
}

impl<T> Versioned<T> {
    /// A record that was read or changed.
    pub(crate) fn ok(version: i64, body: T) -> Self {
        Self { fresh: StatusCode::OK, replayed: false, version, body }
    }

    /// A record that was made.
    pub(crate) fn made(version: i64, body: T) -> Self {
        Self { fresh: StatusCode::CREATED, ..Self::ok(version, body) }
    }

    /// Says whether it was made or changed by an earlier call with the same key.
    pub(crate) fn replayed(self, replayed: bool) -> Self {
        Self { replayed, ..self }
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = recorded(self.fresh, self.replayed, self.body);
        if let Ok(etag) = HeaderValue::from_str(&format!("\"v{}\"", self.version)) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// The answer to a call that recorded something; 200 and a header that says so where an earlier call with the same key
/// had recorded it.
pub(crate) fn recorded(fresh: StatusCode, replayed: bool, body: impl Serialize) -> Response {
    let mut text = Vec::with_capacity(USUAL_BYTES);
    if let Err(error) = serde_json::to_writer(&mut text, &body) {
        return Problem::internal(&error).into_response();
    }
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    match replayed {
        false => (fresh, json, text).into_response(),
        true => {
            let header = (HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
            (StatusCode::OK, json, [header], text).into_response()
        }
    }
}

/// What most answers fit into.
const USUAL_BYTES: usize = 1_024;
