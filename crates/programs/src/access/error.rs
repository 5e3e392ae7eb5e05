//! Why a credential was not good.

use guerdon_store::driver::DbError;

/// Why a credential was not good.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AccessError {
    /// No such key or session.
    #[error("the credential is not known")]
    Unknown,
    /// It was good once.
    #[error("the credential has expired")]
    Expired,
    /// It was taken back.
    #[error("the credential was revoked")]
    Revoked,
    /// Whom it acts as has left.
    #[error("the member is inactive")]
    Inactive,
    /// A signed token that does not hold.
    #[error("the token was refused: {0}")]
    Refused(#[from] TokenFault),
    /// The issuer's keys were never fetched and cannot be for the moment, so nobody can say.
    #[error("the keys of the token's issuer cannot be fetched")]
    IssuerAway,
    /// The database is away, so nobody can say.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// What is wrong with a signed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It is not a JWT, or one that asks for what is not supported: `alg: none`, critical headers.
    #[error("it is not a JWT of a supported kind")]
    Malformed,
    /// Its `iss` is nobody who is trusted.
    #[error("its issuer is not trusted")]
    Issuer,
    /// The issuer may not sign with that algorithm.
    #[error("its algorithm is not one of its issuer's")]
    Algorithm,
    /// The issuer publishes no such key.
    #[error("its key is not one of its issuer's")]
    Key,
    /// The signature does not hold.
    #[error("its signature does not hold")]
    Signature,
    /// A claim is missing, or holds what it cannot.
    #[error("its claim {0} is missing or not valid")]
    Claim(&'static str),
    /// Its `nbf` lies ahead.
    #[error("it is not valid yet")]
    NotYet,
    /// It is meant for somebody else.
    #[error("it is meant for another audience")]
    Audience,
    /// Its `role` is no role, or not one that the issuer may give.
    #[error("its role is not one that its issuer may give")]
    Role,
    /// Its `tenant` is no tenant, or not one that the issuer may speak for.
    #[error("its tenant is not one that its issuer speaks for")]
    Tenant,
}
