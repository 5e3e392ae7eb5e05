//! An issuer of tokens: its keys, and what it signs with them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use guerdon_programs::access::{Algorithm, IssuerConfig, Secret};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value as Json, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The bytes of a PKCS #8 document before the RSA key of 2048 bits in it.
const PKCS8_HEAD: usize = 26;

/// A key that signs tokens.
pub struct Signer {
    pub kid: Option<&'static str>,
    pub algorithm: Algorithm,
    pub key: EncodingKey,
    /// The public half, in the forms in which somebody may take it for a secret.
    pub public: Vec<Vec<u8>>,
}

impl Signer {
    pub fn rsa(kid: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("key");
        let document = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("PKCS #8");
        let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).expect("SPKI");
        Self {
            kid: Some(kid),
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_der(&document.as_ref()[PKCS8_HEAD..]),
            public: vec![spki.as_ref().to_vec(), pair.public_key().as_ref().to_vec()],
        }
    }

    pub fn ec(kid: &'static str) -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let key = EncodingKey::from_ec_der(document.expect("key").as_ref());
        Self { kid: Some(kid), algorithm: Algorithm::ES256, key, public: Vec::new() }
    }

    pub fn ed(kid: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new());
        let key = EncodingKey::from_ed_der(document.expect("key").as_ref());
        Self { kid: Some(kid), algorithm: Algorithm::EdDSA, key, public: Vec::new() }
    }

    pub fn shared(secret: &str) -> Self {
        let key = EncodingKey::from_secret(secret.as_bytes());
        Self { kid: None, algorithm: Algorithm::HS256, key, public: Vec::new() }
    }

    /// The same key under another name, or for another algorithm.
    pub fn named(&self, kid: Option<&'static str>, algorithm: Algorithm) -> Self {
        Self { kid, algorithm, key: self.key.clone(), public: Vec::new() }
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = self.kid.map(str::to_owned);
        header
    }

    pub fn sign(&self, claims: &Json) -> String {
        encode(&self.header(), claims, &self.key).expect("token")
    }

    pub fn jwk(&self) -> Json {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("JWK");
        jwk.common.key_id = self.kid.map(str::to_owned);
        serde_json::to_value(jwk).expect("JSON")
    }
}

/// The endpoint where an issuer publishes its keys.
pub struct Endpoint(MockServer);

impl Endpoint {
    pub async fn publishing(signers: &[&Signer]) -> Self {
        let endpoint = Self(MockServer::start().await);
        endpoint.publish(signers).await;
        endpoint
    }

    /// From now on these keys and no others.
    pub async fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<Json> = signers.iter().map(|signer| signer.jwk()).collect();
        self.answer(ResponseTemplate::new(200).set_body_json(json!({"keys": keys}))).await;
    }

    pub async fn go_away(&self) {
        self.answer(ResponseTemplate::new(503)).await;
    }

    async fn answer(&self, answer: ResponseTemplate) {
        self.0.reset().await;
        Mock::given(any()).respond_with(answer).mount(&self.0).await;
    }

    /// How often the keys were fetched since they were published.
    pub async fn fetches(&self) -> usize {
        self.0.received_requests().await.expect("recorded").len()
    }

    pub fn config(&self, issuer: &str) -> IssuerConfig {
        IssuerConfig { jwks_url: Some(self.0.uri()), ..config(issuer) }
    }
}

/// The configuration of an issuer that shares a secret.
pub fn sharing(issuer: &str, secret: &str) -> IssuerConfig {
    IssuerConfig { secret: Some(Secret::new(secret)), ..config(issuer) }
}

fn config(issuer: &str) -> IssuerConfig {
    serde_json::from_value(json!({"issuer": issuer})).expect("configuration")
}
