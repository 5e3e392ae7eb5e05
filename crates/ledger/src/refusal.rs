//! Why the books refuse a movement.

use crate::account::AccountPath;
use crate::asset::AssetCode;
use crate::hold::{HoldKey, HoldStatus};

/// A refusal of the books, with the numbers behind it in minor units. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account has less than the movement takes.
    #[error("{account} has {available} {asset} available, {requested} were asked for")]
    InsufficientBalance {
        /// Whose balance.
        account: AccountPath,
        /// Of what.
        asset: AssetCode,
        /// What it had, free of holds.
        available: i64,
        /// What the movement takes from it, net.
        requested: i64,
    },
    /// A balance would leave ±[`crate::MAX_MINOR_UNITS`].
    #[error("the balance of {account} in {asset} would pass the largest number the books can hold")]
    BalanceOverflow {
        /// Whose balance.
        account: AccountPath,
        /// Of what.
        asset: AssetCode,
    },
    /// A guard's bound would be passed.
    #[error("the limit {code} is {limit}, this would make it {sum}")]
    LimitExceeded {
        /// The guard's name.
        code: &'static str,
        /// The bound.
        limit: i64,
        /// What the sum would have become.
        sum: i64,
    },
    /// The reference was used on this account before.
    #[error("the reference {} already has a hold on {}", key.reference, key.account)]
    HoldExists {
        /// Which hold.
        key: HoldKey,
    },
    /// There is no such hold.
    #[error("no hold on {} for the reference {}", key.account, key.reference)]
    HoldNotFound {
        /// Which hold.
        key: HoldKey,
    },
    /// The hold is resolved.
    #[error("the hold for {} is already {}", key.reference, status.name())]
    HoldResolved {
        /// Which hold.
        key: HoldKey,
        /// What became of it.
        status: HoldStatus,
    },
    /// The hold ran out, so it can only be released.
    #[error("the hold for {} expired", key.reference)]
    HoldExpired {
        /// Which hold.
        key: HoldKey,
        /// When, in microseconds since 1970 UTC.
        expires_at_us: i64,
    },
    /// More was asked for than the hold still reserves.
    #[error("the hold for {} has {remaining} left, {requested} were asked for", key.reference)]
    HoldTooSmall {
        /// Which hold.
        key: HoldKey,
        /// What it still reserves.
        remaining: i64,
        /// What was asked for.
        requested: i64,
    },
    /// A capture to the account that the hold lies on.
    #[error("a hold on {account} cannot be captured to itself")]
    CaptureToItself {
        /// The account.
        account: AccountPath,
    },
}
