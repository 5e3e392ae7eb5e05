//! Requests as bytes: the head is rendered once, only key, length and body change.

use super::target::Target;

/// A request's head up to its idempotency key, which differs for every request of the run.
#[derive(Debug)]
pub(crate) struct Template {
    head: Vec<u8>,
}

/// What the head of a request says, beside its length and the key's number.
#[derive(Debug)]
pub(crate) struct Heading<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'a str,
    pub(crate) bearer: &'a str,
    pub(crate) content_type: &'static str,
    /// Made once per run, so that no two runs share a key.
    pub(crate) key_prefix: &'a str,
    /// The tenant a platform admin acts in.
    pub(crate) tenant: Option<&'a str>,
}

impl Template {
    /// Renders everything that all requests have in common.
    pub(crate) fn new(target: &Target, heading: &Heading<'_>) -> Self {
        let Heading { method, path, bearer, content_type, key_prefix, tenant } = heading;
        let host = target.host();
        let tenant = tenant.map(|slug| format!("Guerdon-Tenant: {slug}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\n{tenant}\
             Content-Type: {content_type}\r\nIdempotency-Key: {key_prefix}-"
        );
        Self { head: head.into_bytes() }
    }

    /// Replaces what `out` held with request number `serial`.
    pub(crate) fn render(&self, serial: u64, body: &[u8], out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.head);
        push_decimal(out, serial);
        out.extend_from_slice(b"\r\nContent-Length: ");
        push_decimal(out, body.len() as u64);
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }
}

/// Appends a number in decimal without the formatting machinery.
pub(crate) fn push_decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
