//! Rules as documents: every version is kept for ever, and those that are active are compiled together. What they do with
//! events stands in [`events`](crate::events).

mod compiled;
mod document;
mod history;
mod put;

pub(crate) use compiled::ALONE;
pub(crate) use compiled::Cache;
pub use compiled::Compiled;
pub(crate) use document::set_document;
pub use document::{RULE, StoredRule, document_of};
pub use history::{COUNT_JOB, CountHistory};
pub(crate) use history::{Uncounted, uncounted};
pub use put::{PutRule, Putting};
