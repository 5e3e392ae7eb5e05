//! Signatures of webhooks: whether a delivery was sent by whoever has the secret, and lately.
//!
//! Standard Webhooks as <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
//! says, Stripe's as <https://docs.stripe.com/webhooks/signature> says, and an HMAC (RFC 2104) of the body in a header,
//! as GitHub and many others send it.

use crate::access::Secret;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Secrets that are good at once, at most: the one that is, and the one that was before it.
pub const SECRETS: usize = 2;
/// Signatures of a delivery that are looked at, at most.
const SIGNATURES: usize = 10;
/// How far the time in a signature may be from now, in seconds, where a source does not say.
pub const TOLERANCE_SECONDS: u32 = 300;

/// How a source signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case")]
pub enum Scheme {
    /// Headers `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    StandardWebhooks {
        /// How far the time in the signature may be from now.
        tolerance_seconds: u32,
    },
    /// Header `Stripe-Signature`.
    Stripe {
        /// How far the time in the signature may be from now.
        tolerance_seconds: u32,
    },
    /// One header with an HMAC of the body, which says nothing of when it was sent.
    Hmac {
        /// The header, in small letters.
        header: String,
        /// The hash.
        algorithm: Algorithm,
        /// How the signature is written.
        encoding: Encoding,
        /// What stands before it, such as `sha256=`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        prefix: String,
    },
}

/// The hash of an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How the bytes of a signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal digits, small or large.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// A delivery as it came in.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Delivery {
    /// A header, by its name in small letters; the first of several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// What a delivery says of its signature.
#[derive(Debug, Default)]
struct Claim {
    /// What was signed before the body.
    before: String,
    /// The signatures, one of which must be right.
    signatures: Vec<Vec<u8>>,
    /// When it was signed, in seconds since 1970.
    at: Option<i64>,
    /// Its id, where that was signed too.
    id: Option<String>,
}

/// Whether a delivery was signed with one of the secrets within the tolerance; then its id, where that was signed.
///
/// However it is wrong, the body is hashed as often as when it is right, so that time tells nobody how it was wrong. No
/// secrets at all are as good as wrong ones.
///
/// # Errors
/// `()`: why is nobody's business.
pub fn verify(
    scheme: &Scheme,
    secrets: &[Secret],
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Option<String>, ()> {
    let claim = scheme.claim(delivery);
    let is_timely = scheme.tolerance().is_none_or(|tolerance_seconds| {
        claim.at.is_some_and(|at| at.abs_diff(now.as_second()) <= u64::from(tolerance_seconds))
    });
    let mut is_signed = false;
    for index in 0..SECRETS {
        let key = secrets.get(index).and_then(|secret| scheme.key(secret.expose()));
        let is_key = key.is_some();
        let key = hmac::Key::new(scheme.algorithm(), &key.unwrap_or_default());
        let mut context = hmac::Context::with_key(&key);
        context.update(claim.before.as_bytes());
        context.update(&delivery.body);
        let right = context.sign();
        for signature in &claim.signatures {
            is_signed |= verify_slices_are_equal(right.as_ref(), signature).is_ok() & is_key;
        }
    }
    if is_timely & is_signed { Ok(claim.id) } else { Err(()) }
}

impl Scheme {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StandardWebhooks { .. } => "standard_webhooks",
            Self::Stripe { .. } => "stripe",
            Self::Hmac { .. } => "hmac",
        }
    }

    /// How far the time in a signature may be from now, in seconds; `None` where there is none in it.
    pub fn tolerance(&self) -> Option<u32> {
        match self {
            Self::StandardWebhooks { tolerance_seconds } | Self::Stripe { tolerance_seconds } => {
                Some(*tolerance_seconds)
            }
            Self::Hmac { .. } => None,
        }
    }

    /// What a secret must be, for whoever gave one that it is not: `None` where it is.
    pub fn flaw_in(&self, secret: &str) -> Option<&'static str> {
        let visible = secret.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let length = self.key(secret).map_or(0, |key| key.len());
        match self {
            Self::StandardWebhooks { .. } if !(24..=64).contains(&length) => {
                Some("a secret of Standard Webhooks is whsec_ and 24 to 64 bytes in base64")
            }
            _ if !visible || !(16..=256).contains(&secret.len()) => {
                Some("a secret has 16 to 256 visible ASCII characters")
            }
            _ => None,
        }
    }

    /// A secret of 256 random bits, in the form that the scheme has.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new_secret(&self) -> Result<Secret, getrandom::Error> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits)?;
        Ok(Secret::new(match self {
            Self::Hmac { .. } => hex::encode(bits),
            _ => format!("whsec_{}", BASE64_STANDARD.encode(bits)),
        }))
    }

    /// The key that a secret stands for.
    fn key(&self, secret: &str) -> Option<Vec<u8>> {
        match self {
            Self::StandardWebhooks { .. } => {
                BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()
            }
            Self::Stripe { .. } | Self::Hmac { .. } => Some(secret.as_bytes().to_vec()),
        }
    }

    fn algorithm(&self) -> hmac::Algorithm {
        match self {
            Self::Hmac { algorithm: Algorithm::Sha512, .. } => hmac::HMAC_SHA512,
            _ => hmac::HMAC_SHA256,
        }
    }

    fn claim(&self, delivery: &Delivery) -> Claim {
        match self {
            Self::StandardWebhooks { .. } => standard(delivery).unwrap_or_default(),
            Self::Stripe { .. } => stripe(delivery).unwrap_or_default(),
            Self::Hmac { header, encoding, prefix, .. } => {
                let text = delivery.header(header).and_then(|text| text.trim().strip_prefix(prefix.as_str()));
                let signature = text.and_then(|text| encoding.decoded(text));
                Claim { signatures: signature.into_iter().collect(), ..Claim::default() }
            }
        }
    }
}

impl Encoding {
    fn decoded(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => BASE64_STANDARD.decode(text).ok(),
        }
    }
}

/// `webhook-signature: v1,<base64> v1,<base64> …`, of `<id>.<timestamp>.<body>`. Other versions are passed over.
fn standard(delivery: &Delivery) -> Option<Claim> {
    let id = delivery.header("webhook-id").filter(|id| !id.is_empty())?;
    let timestamp = delivery.header("webhook-timestamp")?;
    let listed = delivery.header("webhook-signature")?.split(' ').take(SIGNATURES);
    let signatures = listed.filter_map(|one| Encoding::Base64.decoded(one.strip_prefix("v1,")?)).collect();
    Some(Claim {
        before: format!("{id}.{timestamp}."),
        signatures,
        at: Some(seconds(timestamp)?),
        id: Some(id.to_owned()),
    })
}

/// `Stripe-Signature: t=<timestamp>,v1=<hex>,v1=<hex>,…`, of `<timestamp>.<body>`. Other versions are passed over.
fn stripe(delivery: &Delivery) -> Option<Claim> {
    let pairs = delivery.header("stripe-signature")?.split(',').take(SIGNATURES);
    let pairs: Vec<(&str, &str)> = pairs.filter_map(|pair| pair.trim().split_once('=')).collect();
    let (_, timestamp) = pairs.iter().find(|(name, _)| *name == "t")?;
    let given = pairs.iter().filter(|(name, _)| *name == "v1");
    Some(Claim {
        before: format!("{timestamp}."),
        signatures: given.filter_map(|(_, text)| Encoding::Hex.decoded(text)).collect(),
        at: Some(seconds(timestamp)?),
        id: None,
    })
}

/// Seconds since 1970, in digits alone.
fn seconds(text: &str) -> Option<i64> {
    let plain = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests;
