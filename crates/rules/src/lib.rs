//! The rule language of Guerdon, pure.
//!
//! A [`Rule`] is a JSON document that is parsed and checked once; what is wrong with it is told as [`Flaw`]s. Rules that
//! are at work together are compiled into a [`RuleSet`]. For an event, [`RuleSet::consider`] finds the few that may
//! hold. Each [`Candidate`] says what it must know of history ([`Ask`]), and once that is at hand, whether it holds
//! and why ([`Candidate::conclude`]) and what it comes to ([`Candidate::effects`]). [`RuleSet::tallies`] says what the
//! event adds to the [`Counter`]s that history is asked through.
//!
//! ```
//! use guerdon_rules::{CellKey, Context, Listed, Rule, RuleSet};
//! use jiff::{Timestamp, tz::TimeZone};
//! use serde_json::json;
//!
//! let rule = Rule::parse(&json!({
//!     "name": "Large orders",
//!     "event": "purchase",
//!     "conditions": [{"field": "total", "operator": ">=", "value": 10_000}],
//!     "actions": [{"type": "credit", "user": "user_id", "points": 100}],
//! })).expect("no flaws");
//! let set = RuleSet::compile(vec![Listed { id: "large".to_owned(), version: 1, rule }], Vec::new());
//!
//! let event = json!({"type": "purchase", "user_id": "ann", "total": 12_000});
//! let (at, zone) = (Timestamp::UNIX_EPOCH, TimeZone::UTC);
//! let candidates = set.consider(&event, at, &zone);
//! let nothing_stored = |_: &CellKey<'_>| None;
//! let context = Context {
//!     event: &event, occurred_at: at, zone: &zone, member: None, referral: None, cells: &nothing_stored,
//! };
//! assert!(candidates[0].conclude(&context).holds);
//! assert!(candidates[0].effects(&context)[0].is_ok());
//! ```
//!
//! Nothing here reads a clock, a database or a random source. No event makes anything here panic, and none takes
//! more than bounded time and memory, by the [`limits`] that rules are held to.

mod action;
mod condition;
mod counter;
mod diff;
mod duration;
mod evaluate;
mod expression;
mod fields;
mod flaw;
pub mod limits;
mod path;
mod reading;
mod rule;
mod scalar;
mod sentence;
mod set;
mod trace;
mod window;

pub use action::{Confirm, Effect, Money, NoEffect, Source};
pub use counter::{Cell, Counter, CounterId, Tally};
pub use diff::{Change, diff};
pub use duration::Duration;
pub use flaw::{Flaw, FlawCode};
pub use path::Path;
pub use rule::{Limits, Rule, Status};
pub use sentence::{Misread, SENTENCE_CHARACTERS, Sentence, Used, Words, read_sentence};
pub use set::{Ask, Candidate, CellKey, Conclusion, Context, Listed, RuleSet};
pub use trace::Trace;
pub use window::{CalendarUnit, Grain, Window};
