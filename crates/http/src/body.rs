//! Bodies: read within limits, parsed strictly, refused with the field and the fix.

use crate::app::App;
use crate::problem::Problem;
use crate::strict::{Input, Strict, refused};
use crate::wire::QueryWasRead;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use bytes::Bytes;
use guerdon_ledger::chain::Hash;
use guerdon_store::journal::Idempotency;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A JSON body, and the idempotency key where one was sent.
#[derive(Debug)]
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) idempotency: Option<Idempotency>,
}

/// A JSON body of a call that moves value, and the idempotency key that such a call must have.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub(crate) value: T,
    pub(crate) idempotency: Idempotency,
}

/// A body as it came, with its idempotency key.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: String,
    pub(crate) idempotency: Option<Idempotency>,
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let raw = read(request, app.options().body_limit).await?;
        raw.expect_json()?;
        Ok(Self { value: parse(&raw.bytes)?, idempotency: raw.idempotency })
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Keyed<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let body = Body::from_request(request, app).await?;
        Ok(Self { value: body.value, idempotency: body.idempotency.ok_or_else(key_required)? })
    }
}

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        read(request, app.options().bulk_limit).await
    }
}

/// A value-moving call without a key.
pub(crate) fn key_required() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "idempotency_key_required",
        "a call that moves value needs the header Idempotency-Key, such as a UUID made once for this intent",
    )
}

impl Raw {
    /// Whether the body was sent as a kind, parameters such as `charset` aside.
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kind().eq_ignore_ascii_case(kind)
    }

    /// Whether it is JSON line by line.
    pub(crate) fn is_ndjson(&self) -> bool {
        self.is("application/x-ndjson") || self.is("application/ndjson")
    }

    fn kind(&self) -> &str {
        self.content_type.split(';').next().unwrap_or_default().trim()
    }

    pub(crate) fn expect_json(&self) -> Result<(), Problem> {
        let kind = self.kind();
        match kind.is_empty() || kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json") {
            true => Ok(()),
            false => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                format!("send the body as application/json, not as {kind}"),
            )),
        }
    }
}

async fn read(request: Request, limit: usize) -> Result<Raw, Problem> {
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some_and(|query| !query.is_empty())
        && parts.extensions.get::<QueryWasRead>().is_none()
    {
        let told = "this call takes no query parameters; what it takes stands in the body";
        return Err(Problem::invalid("?", "unknown_field", told));
    }
    let key = key(&parts.headers)?;
    let content_type =
        parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let bytes = bytes_within(body, limit).await?;
    let idempotency =
        key.map(|key| Idempotency { key, fingerprint: fingerprint(&parts.method, &parts.uri, &bytes) });
    Ok(Raw { content_type: content_type.to_owned(), bytes, idempotency })
}

/// A body of at most so many bytes.
pub(crate) async fn bytes_within(mut body: axum::body::Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(&mut body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            drain(&mut body).await;
            let told = format!("the body is larger than the {limit} bytes that this call takes");
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", told).with("limit", limit))
        }
        Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "body_unreadable", "the body broke off")),
    }
}

/// Reads on and throws away, within reason, so that a caller who is still sending gets to read the answer.
async fn drain(body: &mut axum::body::Body) {
    let mut left: usize = 16 << 20;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return };
        left = rest;
    }
}

/// The idempotency key: 1–255 visible ASCII characters, bare or in double quotes.
fn key(headers: &HeaderMap) -> Result<Option<Arc<str>>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let fits = (1..=255).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_graphic());
    match fits && values.next().is_none() {
        true => Ok(Some(bare.into())),
        false => Err(Problem::invalid(
            "Idempotency-Key",
            "invalid_value",
            "an idempotency key is sent once, as 1 to 255 visible ASCII characters without spaces",
        )),
    }
}

/// What was asked, hashed: method, path and body. 128 bits are enough to tell one tenant's requests apart.
fn fingerprint(method: &Method, uri: &Uri, body: &[u8]) -> Arc<str> {
    let query = uri.query().unwrap_or_default();
    let asked = [method.as_str().as_bytes(), uri.path().as_bytes(), query.as_bytes(), body];
    Hash::GENESIS.next(asked).to_hex()[..32].into()
}

/// Parses JSON strictly. Unknown fields, wrong types and values out of range are told with a pointer to the place.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    // To note the place in the body costs more than to read it, and most bodies are right.
    if let Ok(Strict(value)) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let Strict(value) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        told(pointer, error.into_inner())
    })?;
    deserializer.end().map_err(|error| told(String::new(), error))?;
    Ok(value)
}

/// A body that is not JSON.
pub(crate) fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", format!("the body is not JSON: {error}"))
}

fn told(pointer: String, error: serde_json::Error) -> Problem {
    if error.is_syntax() || error.is_eof() {
        return malformed(&error);
    }
    refused(Input::Body, pointer, &error.to_string())
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guerdon_ledger::{Amount, MemberId};
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Award {
        user_id: MemberId,
        amount: Amount,
    }

    #[test]
    fn bad_input_is_told_with_its_place() {
        let cases = [
            (r#"{"user_id":"a"}"#, "/amount", "missing_field"),
            (r#"{"user_id":"a","amount":0}"#, "/amount", "invalid_value"),
            (r#"{"user_id":"a","amount":-1}"#, "/amount", "invalid_value"),
            (r#"{"user_id":"a","amount":1.5}"#, "/amount", "wrong_type"),
            (r#"{"user_id":"a","amount":"1"}"#, "/amount", "wrong_type"),
            (r#"{"user_id":"a","amount":9007199254740992}"#, "/amount", "invalid_value"),
            (r#"{"user_id":"a","amount":99999999999999999999}"#, "/amount", "wrong_type"),
            (r#"{"user_id":"a b","amount":1}"#, "/user_id", "invalid_value"),
            (r#"{"user_id":"a","amount":1,"x":2}"#, "/x", "unknown_field"),
            (r#"[]"#, "", "wrong_type"),
            (r#"["a",1]"#, "", "wrong_type"),
            (r#""a""#, "", "wrong_type"),
            ("null", "", "wrong_type"),
            (r#"{"user_id":"a","amount":1,"amount":2}"#, "/amount", "duplicate_field"),
        ];
        for (body, pointer, code) in cases {
            let problem = parse::<Award>(body.as_bytes()).expect_err(body);
            let told = serde_json::to_value(&problem).expect("json");
            assert_eq!(told["errors"][0]["pointer"], pointer, "{body}: {told}");
            assert_eq!(told["errors"][0]["code"], code, "{body}: {told}");
        }
    }

    #[test]
    fn broken_json_is_malformed() {
        for body in ["{", "{\"amount\":1}}", "nonsense"] {
            assert!(parse::<Award>(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(parse::<Award>(b"{").expect_err("broken").code(), "malformed_json");
    }
}
