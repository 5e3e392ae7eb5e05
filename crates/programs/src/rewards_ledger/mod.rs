//! The life of rewards: pending, confirmed, paid, reversed.
//!
//! A reward is what a transaction credited to `reward:<member>`. No table keeps where it is in its life: it is pending
//! while a hold reserves it, and paid or taken back once a hold of that name was captured, so the books themselves see to
//! it that each happens once.

mod chosen;
mod confirm;
mod list;
mod pay;
mod pending;
mod reverse;
mod reward;
mod told;

pub(crate) use chosen::{expect_reversible, looked_at, referral_reversed};
pub use confirm::ConfirmReward;
pub use list::{RewardNow, Rewards, of_transaction};
pub use pay::PayReward;
pub use pending::{Confirm, PendingRewards, RewardCredit, pending};
pub use reverse::{IfSpent, ReverseReward};
pub use reward::{Reward, RewardState, Stage, Standing};
pub use told::{Told, ToldReward};
