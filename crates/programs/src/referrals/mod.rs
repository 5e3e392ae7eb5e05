//! Referrals: codes, who was brought by whom, and the review of those that look odd.

mod lifecycle;

pub use lifecycle::{may_qualify, qualified, reversed, reviewed, waits_for_review};
