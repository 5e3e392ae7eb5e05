//! Why a use case is refused: the fact, with its numbers.

use guerdon_ledger::{AccountPath, AssetCode, MemberId, Name};
use guerdon_store::journal::ExecuteError;
use guerdon_store::{Role, TenantStatus};

/// Why a use case did not happen.
pub type Error = ExecuteError<Refusal>;

/// A refusal. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The books refused.
    #[error(transparent)]
    Books(#[from] guerdon_ledger::Refusal),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Only an admin gives a role, or changes somebody who has it.
    #[error("only an admin of the tenant makes or changes a member with the role {}", .0.name())]
    AdminOnly(Role),
    /// There is no such member.
    #[error("there is no member {0}")]
    MemberNotFound(MemberId),
    /// The id is taken.
    #[error("there is a member {0} already")]
    MemberExists(MemberId),
    /// The member has left.
    #[error("the member {0} is inactive")]
    MemberInactive(MemberId),
    /// Points are delegated to leads, managers and admins only.
    #[error("{id} has the role {}; points are delegated to leads, managers and admins", role.name())]
    NotALead {
        /// Who was named.
        id: MemberId,
        /// What they are.
        role: Role,
    },
    /// The award should come from a department's pool, and there is no saying which.
    #[error("{0} is in no department: name the department whose pool to award from")]
    NoDepartment(MemberId),
    /// There is no such transaction.
    #[error("there is no transaction {0}")]
    TransactionNotFound(String),
    /// A transaction is reversed once.
    #[error("{id} was already reversed by {by}")]
    AlreadyReversed {
        /// The transaction.
        id: String,
        /// The transaction that reversed it.
        by: String,
    },
    /// The transaction moved nothing, or is itself a reversal.
    #[error("{id} cannot be reversed: {why}")]
    NotReversible {
        /// The transaction.
        id: String,
        /// Why not.
        why: &'static str,
    },
    /// The asset was not defined.
    #[error("there is no asset {0}: use PTS, an ISO 4217 currency, or define it with POST /api/v1/assets")]
    UnknownAsset(AssetCode),
    /// The asset is defined with another scale.
    #[error("the asset {code} has a scale of {scale}; a scale never changes")]
    AssetExists {
        /// The code.
        code: AssetCode,
        /// Its scale in decimal digits.
        scale: u8,
    },
    /// Only the platform issues and takes back.
    #[error("only a platform admin may move value from or to {0}")]
    PlatformOnly(AccountPath),
    /// The slug is another tenant's.
    #[error("the slug {0} is taken")]
    SlugTaken(String),
    /// There is no such tenant.
    #[error("there is no tenant {0}")]
    TenantNotFound(String),
    /// The tenant's life does not go that way.
    #[error("a tenant that is {} cannot become {}", from.name(), to.name())]
    TenantLifecycle {
        /// What it is.
        from: TenantStatus,
        /// What it should become.
        to: TenantStatus,
    },
    /// Somebody changed it since it was read.
    #[error("this is version {found} now, the change was meant for version {expected}")]
    VersionMismatch {
        /// The version that the caller had read.
        expected: i64,
        /// The version that stands.
        found: i64,
    },
    /// There is no such API key.
    #[error("there is no API key {0}")]
    ApiKeyNotFound(String),
    /// The API key was taken back for good.
    #[error("the API key {0} was revoked")]
    ApiKeyRevoked(String),
    /// There is no such hold.
    #[error("there is no hold on {account} for {reference}")]
    HoldNotFound {
        /// The account.
        account: AccountPath,
        /// The reference.
        reference: String,
    },
    /// The caller has no lead wallet to give from.
    #[error("the credential names no member, so there is no lead wallet to award from")]
    NoLeadWallet,
    /// The department has no place in an account's path.
    #[error("{0} cannot name a department's pool")]
    BadDepartment(Name),
}

impl Refusal {
    /// The refusal as the error of a single call.
    pub fn into_error(self) -> Error {
        Error::Refused { index: 0, refusal: self }
    }
}
