//! When keys are fetched, and which of them are used.

use super::*;
use serde_json::{Value as Json, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

const RS256: Algorithm = Algorithm::RS256;

fn rsa(kid: &str) -> Json {
    json!({"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB"})
}

fn set(keys: &[Json]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"keys": keys}))
}

/// An issuer that answers in the same way until it is told otherwise.
async fn issuer(answer: ResponseTemplate) -> (MockServer, Jwks) {
    let server = MockServer::start().await;
    answers(&server, answer).await;
    let url = Url::parse(&server.uri()).expect("url");
    (server, Jwks::new(url, client().expect("client")))
}

async fn answers(server: &MockServer, answer: ResponseTemplate) {
    server.reset().await;
    Mock::given(any()).respond_with(answer).mount(server).await;
}

async fn fetches(server: &MockServer) -> usize {
    server.received_requests().await.expect("recorded").len()
}

async fn has(jwks: &Jwks, kid: &str, at: Instant) -> Result<(), NoKey> {
    jwks.key(Some(kid), RS256, at).await.map(drop)
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_after_ten_minutes() {
    let (server, jwks) = issuer(set(&[rsa("a")])).await;
    let start = Instant::now();
    for (seconds, expected) in [(0, 1), (1, 1), (599, 1), (600, 2), (601, 2), (1_199, 2), (1_200, 3)] {
        assert_eq!(has(&jwks, "a", start + Duration::from_secs(seconds)).await, Ok(()));
        assert_eq!(fetches(&server).await, expected, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_once_in_thirty_seconds() {
    let (server, jwks) = issuer(set(&[rsa("a")])).await;
    let start = Instant::now();
    assert_eq!(has(&jwks, "a", start).await, Ok(()));
    for (seconds, expected) in [(1, 2), (2, 2), (30, 2), (31, 3), (60, 3), (61, 4)] {
        assert_eq!(has(&jwks, "b", start + Duration::from_secs(seconds)).await, Err(NoKey::Unknown));
        assert_eq!(fetches(&server).await, expected, "after {seconds} s");
    }
    answers(&server, set(&[rsa("b")])).await;
    assert_eq!(has(&jwks, "b", start + Duration::from_secs(91)).await, Ok(()));
    assert_eq!(has(&jwks, "a", start + Duration::from_secs(92)).await, Err(NoKey::Unknown));
}

#[tokio::test]
async fn previous_keys_are_used_while_the_issuer_is_away() {
    let (server, jwks) = issuer(set(&[rsa("a")])).await;
    let start = Instant::now();
    assert_eq!(has(&jwks, "a", start).await, Ok(()));
    for away in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(200).set_body_string("no keys here"),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; MAX_BYTES + 1]),
    ] {
        answers(&server, away).await;
        for seconds in [700, 729] {
            assert_eq!(has(&jwks, "a", start + Duration::from_secs(seconds)).await, Ok(()));
        }
        // The next answer finds the failure forgotten.
        jwks.known().refetched_at = None;
        assert_eq!(fetches(&server).await, 1);
    }
}

#[tokio::test]
async fn without_any_keys_the_issuer_is_asked_again_after_five_seconds() {
    let (server, jwks) = issuer(ResponseTemplate::new(503)).await;
    let start = Instant::now();
    for (seconds, expected) in [(0, 1), (4, 1), (5, 2), (9, 2)] {
        assert_eq!(has(&jwks, "a", start + Duration::from_secs(seconds)).await, Err(NoKey::Away));
        assert_eq!(fetches(&server).await, expected, "after {seconds} s");
    }
    answers(&server, set(&[rsa("a")])).await;
    assert_eq!(has(&jwks, "a", start + Duration::from_secs(10)).await, Ok(()));
}

#[tokio::test]
async fn many_at_once_make_one_fetch() {
    let (server, jwks) = issuer(set(&[rsa("a")]).set_delay(Duration::from_millis(50))).await;
    let (jwks, start) = (Arc::new(jwks), Instant::now());
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let jwks = jwks.clone();
        calls.spawn(async move { has(&jwks, "a", start).await });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    assert_eq!(fetches(&server).await, 1);
}

#[test]
fn keys_are_used_for_what_they_are_only() {
    let ec = |curve| json!({"kty": "EC", "crv": curve, "x": "AQAB", "y": "AQAB"});
    let with = |mut key: Json, name: &str, value: &str| {
        key[name] = value.into();
        key
    };
    for (key, expected) in [
        (rsa("a"), RSA.to_vec()),
        (with(rsa("a"), "alg", "RS512"), vec![Algorithm::RS512]),
        (with(rsa("a"), "alg", "ES256"), vec![]),
        (with(rsa("a"), "alg", "RSA-OAEP"), vec![]),
        (with(rsa("a"), "alg", "of tomorrow"), vec![]),
        (with(rsa("a"), "use", "sig"), RSA.to_vec()),
        (with(rsa("a"), "use", "enc"), vec![]),
        (ec("P-256"), vec![Algorithm::ES256]),
        (ec("P-384"), vec![Algorithm::ES384]),
        (ec("P-521"), vec![]),
        (json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}), vec![Algorithm::EdDSA]),
        (json!({"kty": "OKP", "crv": "X25519", "x": "AQAB"}), vec![]),
        (json!({"kty": "oct", "k": "AQAB"}), vec![]),
        (json!({"kty": "of tomorrow"}), vec![]),
        (json!("nonsense"), vec![]),
    ] {
        let body = json!({"keys": [key, rsa("z")]}).to_string();
        let keys = keys_in(body.as_bytes()).expect("set");
        let found = keys.iter().find(|key| key.kid.as_deref() != Some("z"));
        assert_eq!(found.map_or(&[][..], |key| &key.algorithms), expected, "{body}");
        assert!(keys.iter().any(|key| key.kid.as_deref() == Some("z")), "{body}");
    }
}

#[test]
fn a_token_that_names_no_key_needs_there_to_be_one_only() {
    for (keys, kid, expected) in [
        (vec![rsa("a")], None, true),
        (vec![rsa("a"), rsa("b")], None, false),
        (vec![rsa("a"), rsa("b")], Some("b"), true),
        (vec![rsa("a"), rsa("b")], Some("c"), false),
        (vec![], None, false),
    ] {
        let keys = keys_in(json!({"keys": keys}).to_string().as_bytes()).expect("set");
        let known = Known { keys, ..Known::default() };
        assert_eq!(known.find(kid, RS256).is_some(), expected, "{kid:?} of {}", known.keys.len());
    }
}
