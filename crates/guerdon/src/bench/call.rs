//! Single calls, one connection each: for preparing and for looking, not for measuring.

use super::BenchError;
use super::request::{Heading, Template};
use super::response::Reader;
use super::target::Target;
use serde_json::Value;
use std::io::{Read, Write};

/// Calls a server with one credential.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    target: &'a Target,
    bearer: &'a str,
    tenant: Option<&'a str>,
}

impl<'a> Client<'a> {
    /// A caller with this credential.
    pub(crate) fn new(target: &'a Target, bearer: &'a str) -> Self {
        Self { target, bearer, tenant: None }
    }

    /// The same caller, acting in a tenant.
    pub(crate) fn in_tenant(&self, slug: &'a str) -> Self {
        Self { tenant: Some(slug), ..*self }
    }

    /// Reads JSON.
    pub(crate) fn get(&self, path: &str) -> Result<Value, BenchError> {
        self.call("GET", path, "application/json", b"")
    }

    /// Posts JSON under a new key and reads JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, BenchError> {
        self.call("POST", path, "application/json", body.to_string().as_bytes())
    }

    /// Posts lines of JSON under a new key.
    pub(crate) fn post_lines(&self, path: &str, lines: &[u8]) -> Result<(), BenchError> {
        self.exchange("POST", path, "application/x-ndjson", lines).map(drop)
    }

    fn call(
        &self,
        method: &'static str,
        path: &str,
        content_type: &'static str,
        body: &[u8],
    ) -> Result<Value, BenchError> {
        Ok(serde_json::from_slice(&self.exchange(method, path, content_type, body)?)?)
    }

    fn exchange(
        &self,
        method: &'static str,
        path: &str,
        content_type: &'static str,
        body: &[u8],
    ) -> Result<Vec<u8>, BenchError> {
        let key_prefix = uuid::Uuid::new_v4().simple().to_string();
        let heading = Heading {
            method,
            path,
            bearer: self.bearer,
            content_type,
            key_prefix: &key_prefix,
            tenant: self.tenant,
        };
        let mut request = Vec::new();
        Template::new(self.target, &heading).render(0, body, &mut request);
        let mut stream = self.target.connect()?;
        stream.write_all(&request)?;
        let mut reader = Reader::keeping();
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = stream.read(&mut piece)?;
            if count == 0 {
                return Err(BenchError::Closed);
            }
            let Some(answer) = reader.feed(&piece[..count])? else {
                continue;
            };
            if answer.is_success() {
                return Ok(reader.kept().to_vec());
            }
            let body = String::from_utf8_lossy(reader.kept()).into_owned();
            return Err(BenchError::Refused { path: path.to_owned(), status: answer.status, body });
        }
    }
}
