//! Referrals: codes, who was brought by whom, and the review of those that look odd.

mod attribute;
mod code;
mod lifecycle;
mod review;
mod salt;
mod sightings;
mod signals;

pub use attribute::{Attribute, By, NewReferral, attribute};
pub use code::{CODES, MakeCode, make_code};
pub use lifecycle::{may_qualify, qualified, waits_for_review};
pub use review::{ReviewReferral, Verdict, review};
pub use salt::Salt;
pub use signals::Signals;

pub(crate) use lifecycle::reversed;
