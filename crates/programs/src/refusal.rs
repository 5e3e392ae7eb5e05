//! Why a use case is refused: the fact, with its numbers.

use crate::budgets::ReservationState;
use crate::rewards_ledger::RewardState;
use guerdon_ledger::{AccountPath, AssetCode, MemberId, Name, Reference};
use guerdon_store::journal::ExecuteError;
use guerdon_store::{Code, Review, Role, TenantStatus};
use jiff::Timestamp;

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
    /// There is no such rule.
    #[error("there is no rule {0}")]
    RuleNotFound(Name),
    /// The id is taken.
    #[error("there is a rule {0} already")]
    RuleExists(Name),
    /// The active rules are others than those that an event was looked at with. It is looked at anew before anyone hears
    /// of it.
    #[error("the active rules have changed meanwhile")]
    RulesChanged,
    /// There is no such budget.
    #[error("there is no budget {0}")]
    BudgetNotFound(Name),
    /// The id is taken.
    #[error("there is a budget {0} already")]
    BudgetExists(Name),
    /// Nothing is reserved on a budget that is paused.
    #[error(
        "the budget {0} is paused: what is reserved can be charged and released, nothing can be reserved"
    )]
    BudgetPaused(Name),
    /// A budget moves value in its own currency only.
    #[error("the budget {budget} is in {currency}, this is in {given}")]
    CurrencyMismatch {
        /// The budget.
        budget: Name,
        /// Its currency.
        currency: AssetCode,
        /// What was given.
        given: AssetCode,
    },
    /// The cap of the period would be passed.
    #[error(
        "the hard cap of {budget} is {hard_cap}, which leaves {available} in {period}; {requested} were asked for"
    )]
    HardCapExceeded {
        /// The budget.
        budget: Name,
        /// Its period.
        period: String,
        /// What the cap leaves, in minor units.
        available: i64,
        /// What was asked for.
        requested: i64,
        /// The cap.
        hard_cap: i64,
    },
    /// A cap cannot be lowered below what is reserved and charged.
    #[error("{committed} are reserved and charged already, so the hard cap cannot be {hard_cap}")]
    CapBelowCommitted {
        /// The cap that was asked for, in minor units.
        hard_cap: i64,
        /// What is reserved and charged.
        committed: i64,
    },
    /// There is no such reservation.
    #[error("the budget {budget} has no reservation for {reference}")]
    ReservationNotFound {
        /// The budget.
        budget: Name,
        /// What it would be for.
        reference: Reference,
    },
    /// The reference was used on this budget before.
    #[error("there was a reservation of {amount} for {reference} already, which is {}", state.name())]
    ReservationExists {
        /// What it is for.
        reference: Reference,
        /// What became of it.
        state: ReservationState,
        /// How much was reserved, in minor units.
        amount: i64,
    },
    /// Nothing of the reservation is left.
    #[error("the reservation for {reference} is {} already: {charged} charged, {released} released", state.name())]
    ReservationResolved {
        /// What it is for.
        reference: Reference,
        /// What became of it.
        state: ReservationState,
        /// How much of it was charged, in minor units.
        charged: i64,
        /// How much of it was released.
        released: i64,
    },
    /// The reservation ran out, so it cannot be charged any more.
    #[error("the reservation for {reference} expired at {expired_at}")]
    ReservationExpired {
        /// What it is for.
        reference: Reference,
        /// When it ran out.
        expired_at: Timestamp,
    },
    /// More was asked for than is still reserved.
    #[error("the reservation for {reference} has {remaining} left, {requested} were asked for")]
    ReservationTooSmall {
        /// What it is for.
        reference: Reference,
        /// What is still reserved, in minor units.
        remaining: i64,
        /// What was asked for.
        requested: i64,
    },
    /// A reservation that ends before it begins.
    #[error("a reservation cannot expire in the past: {expires_at}")]
    ExpiresInThePast {
        /// When it would expire.
        expires_at: Timestamp,
    },
    /// Of this reservation nothing was charged that was not reversed.
    #[error("nothing charged for {reference} is left to reverse")]
    NothingToReverse {
        /// What it is for.
        reference: Reference,
    },
    /// What is kept of the budget is what its entries say.
    #[error("there is nothing to fix: what is kept of {0} is what its entries say")]
    NothingToFix(Name),
    /// The accounts of a budget move through the budget alone.
    #[error(
        "{0} is a budget's: what it has moves through the budget, see /api/v1/tenants/{{tenant}}/budgets"
    )]
    BudgetOnly(AccountPath),
    /// The budget must be reset before anything else is done with it: its period is over.
    #[error("the period {period} of {budget} is over")]
    PeriodEnded {
        /// The budget.
        budget: Name,
        /// The period.
        period: String,
    },
    /// Nobody brings themselves.
    #[error("{0} cannot refer themselves")]
    SelfReferral(MemberId),
    /// A member is referred once, for ever.
    #[error("{referred} was referred by {referrer} already: {id}")]
    AlreadyReferred {
        /// Who was brought.
        referred: MemberId,
        /// The first referral.
        id: Name,
        /// Who brought them then.
        referrer: MemberId,
    },
    /// Whoever was brought does not bring who brought them.
    #[error("{referrer} was referred by {referred}, and so does not refer them: {id}")]
    CircularReferral {
        /// Who should have brought.
        referrer: MemberId,
        /// Who should have been brought.
        referred: MemberId,
        /// The referral the other way round.
        id: Name,
    },
    /// The id is taken.
    #[error("there is a referral {0} already")]
    ReferralExists(Name),
    /// There is no such referral.
    #[error("there is no referral {0}")]
    ReferralNotFound(String),
    /// A review ends once.
    #[error("the referral {id} was {} by {by} already", review.name())]
    AlreadyReviewed {
        /// The referral.
        id: Name,
        /// How it ended.
        review: Review,
        /// Who ended it.
        by: String,
    },
    /// There is no such referral code.
    #[error("there is no referral code {0}")]
    CodeNotFound(String),
    /// The code is somebody's.
    #[error("the referral code {0} is taken")]
    CodeTaken(Code),
    /// The member has as many codes as one may have.
    #[error("{member} has {limit} referral codes, which is as many as a member may have")]
    TooManyCodes {
        /// Whose.
        member: MemberId,
        /// How many.
        limit: i64,
    },
    /// There is no such reward.
    #[error("{id} credited no reward{}", member.as_ref().map(|m| format!(" of {m}")).unwrap_or_default())]
    RewardNotFound {
        /// The transaction.
        id: String,
        /// Whose reward was meant.
        member: Option<MemberId>,
    },
    /// The life of a reward does not go that way.
    #[error("the reward {id} of {member} is {}, so there is no way to {step} it", state.name())]
    IllegalTransition {
        /// The transaction that credited it.
        id: String,
        /// Whose it is.
        member: String,
        /// Where it is in its life.
        state: RewardState,
        /// The step that was meant.
        step: &'static str,
    },
    /// The reward belongs to a referral that somebody is to look at.
    #[error("the reward {id} waits for the review of the referral {referral}")]
    UnderReview {
        /// The transaction that credited it.
        id: String,
        /// The referral.
        referral: Name,
    },
    /// The general ledger does not reverse past the life of a reward.
    #[error("{id} credited a reward that is {}: see POST /api/v1/rewards-ledger/{id}/reverse", state.name())]
    IsReward {
        /// The transaction.
        id: String,
        /// Where the reward is in its life.
        state: RewardState,
    },
    /// The references of holds that tell where rewards are in their life are not for callers.
    #[error("references that begin with pending:, approved:, paid: and reversed: are those of rewards: {0}")]
    ReservedReference(Reference),
    /// What should be done when its time comes is not due, or was done.
    #[error("there is nothing to be done")]
    NotDue,
    /// There is no such source of webhooks.
    #[error("there is no hook source {0}")]
    HookSourceNotFound(String),
    /// The id is taken.
    #[error("there is a hook source {0} already")]
    HookSourceExists(String),
    /// A source signs as it did when it was made: its secrets are of that kind.
    #[error("this source signs as {scheme}; for another scheme make another source")]
    HookSchemeFixed {
        /// How it signs.
        scheme: &'static str,
    },
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
