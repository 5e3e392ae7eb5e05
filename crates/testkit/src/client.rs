//! A caller in a test: sends JSON, gives each call that posts an idempotency key of its own, and reads the answer.

use crate::contract;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// A caller.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
    tenant: Option<String>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body: JSON, or the text where it is none.
    pub body: Value,
    /// The body to the byte, where it is text.
    pub text: String,
    /// The body to the byte.
    pub bytes: Vec<u8>,
}

impl Client {
    /// A caller with a key.
    pub fn new(base: &str, key: &str) -> Self {
        Self { http: reqwest::Client::new(), base: base.to_owned(), key: Some(key.to_owned()), tenant: None }
    }

    /// The key, where there is one.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// A caller of the same server with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), tenant: None, ..self.clone() }
    }

    /// The same caller without a credential.
    pub fn without_key(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    /// The same caller, naming a tenant in the header.
    pub fn of_tenant(&self, tenant: &str) -> Self {
        Self { tenant: Some(tenant.to_owned()), ..self.clone() }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Posts with a key of its own.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_with_key(path, &Uuid::new_v4().to_string(), body).await
    }

    /// Posts with a given key.
    pub async fn post_with_key(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[("idempotency-key", key)], Some(body.to_string())).await
    }

    /// Posts without a key.
    pub async fn post_without_key(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    /// Changes.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, &[], Some(body.to_string())).await
    }

    /// Removes.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Posts with a given key; `None` when no answer comes, as from a server that was killed.
    pub async fn try_post(&self, path: &str, key: &str, body: Value) -> Option<Answer> {
        self.try_send(Method::POST, path, &[("idempotency-key", key)], Some(body.to_string().into_bytes()))
            .await
            .ok()
    }

    /// Sends anything at all, as JSON unless a header says otherwise.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.send_bytes(method, path, headers, body.map(String::into_bytes)).await
    }

    /// Sends any bytes at all. Every answer is held against the OpenAPI document.
    ///
    /// # Panics
    /// When no answer comes, or one that the document does not tell of.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.expect("an answer")
    }

    async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(tenant) = &self.tenant {
            request = request.header("guerdon-tenant", tenant);
        }
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.unwrap_or_default()).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        let answer = Answer { status, headers, body, text, bytes };
        contract::check(&method, path, &answer);
        Ok(answer)
    }
}

impl Answer {
    /// The body of an answer that must have a status.
    ///
    /// # Panics
    /// When it has another; the message shows the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// The body of a 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.expect(200)
    }

    /// The body of a 201.
    #[track_caller]
    pub fn created(self) -> Value {
        self.expect(201)
    }

    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of a problem with a status and a code.
    ///
    /// # Panics
    /// When it is another answer, or no problem document.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let kind = self.header("content-type").to_owned();
        let body = self.expect(status);
        assert_eq!(kind, "application/problem+json", "{body}");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status, "{body}");
        assert!(
            body["request_id"].is_string() && body["type"].is_string() && body["title"].is_string(),
            "{body}"
        );
        body
    }
}
