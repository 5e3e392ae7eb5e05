//! What happens to every request: a request id, a line in the log, a measure; and one door for all prefixes.

use crate::problem::{Problem, Told};
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Instant;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, notes what became of it, and writes out problem documents.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str).to_owned();
    let mut response = told(next.run(request).await, &id);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What a credential let somebody see is nobody else's to keep.
    if route.starts_with("/api/") {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status();
    tracing::debug!(request_id = id, %method, route, status = status.as_u16(), seconds, "answered");
    let labels = [("method", method.to_string()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::counter!("guerdon_http_requests_total", &labels).increment(1);
    metrics::histogram!("guerdon_http_request_seconds", &labels).record(seconds);
    response
}

fn request_id(request: &Request) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable = given.filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
    usable.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Writes a problem document out, now that the request's id is known.
fn told(mut response: Response, id: &str) -> Response {
    let Some(Told(problem)) = response.extensions_mut().remove() else { return response };
    let problem = problem.lock().ok().and_then(|mut slot| slot.take());
    if let Some(problem) = problem {
        let body = serde_json::to_vec(&problem.of_request(id)).unwrap_or_default();
        *response.body_mut() = Body::from(body);
    }
    response
}

/// One door for all prefixes: `/api/…`, `/v1/…` and `/points/…` are `/api/v1/…`.
pub(crate) fn canonical(mut request: Request) -> Request {
    let path = request.uri().path();
    let canonical = if path.starts_with("/api/v1/") {
        None
    } else if let Some(rest) = path.strip_prefix("/api/").or_else(|| path.strip_prefix("/v1/")) {
        Some(format!("/api/v1/{rest}"))
    } else if path.starts_with("/points/") || path.starts_with("/auth/") {
        Some(format!("/api/v1{path}"))
    } else {
        None
    };
    if let Some(path) = canonical {
        let with_query = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        if let Ok(uri) = with_query.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// No such path.
pub(crate) async fn not_found(request: Request) -> Problem {
    Problem::not_found("not_found", format!("there is nothing at {}; see /docs", request.uri().path()))
}

/// The path is there, the method is not.
pub(crate) async fn method_not_allowed(request: Request) -> Problem {
    let told = format!(
        "{} takes no {}; the header Allow says what it takes",
        request.uri().path(),
        request.method()
    );
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", told)
}

/// A handler panicked: a bug, told as one.
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(&text.unwrap_or("a panic")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_one_door() {
        for (given, canonical_path) in [
            ("/api/v1/points/award", "/api/v1/points/award"),
            ("/api/platform/allocations/allocate", "/api/v1/platform/allocations/allocate"),
            ("/v1/tenants/acme/budgets?limit=5", "/api/v1/tenants/acme/budgets?limit=5"),
            ("/points/balance?user_id=a", "/api/v1/points/balance?user_id=a"),
            ("/healthz", "/healthz"),
            ("/docs", "/docs"),
        ] {
            let request = Request::builder().uri(given).body(Body::empty()).expect("request");
            assert_eq!(canonical(request).uri().to_string(), canonical_path, "{given}");
        }
    }
}
