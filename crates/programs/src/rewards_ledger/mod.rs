//! The life of rewards: pending, confirmed, paid, reversed.
//!
//! A reward is what a transaction credited to `reward:<member>`. No table keeps where it is in its life: it is pending
//! while a hold reserves it, and paid or taken back once a hold of that name was captured, so the books themselves see to
//! it that each happens once.

mod pending;
mod reward;

pub use pending::{Confirm, PendingRewards, RewardCredit, pending};
pub use reward::{Reward, RewardState, Stage, Standing};
