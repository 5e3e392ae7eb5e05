//! The names of lists.

use crate::driver::Value;
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

/// A list that transactions stand in beside the journal itself, in the journal's order: the events of a type, what a rule
/// did. A transaction names the lists that it stands in, so each is an index of the journal, and a log is a read of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListName(SmolStr);

impl ListName {
    /// The list of all of a kind: `events`.
    pub const fn all(of: &'static str) -> Self {
        Self(SmolStr::new_static(of))
    }

    /// The list of one thing, `rule:paid-referrer`. The id may hold any text.
    pub fn one(of: &'static str, id: &str) -> Self {
        Self(format_smolstr!("{of}:{id}"))
    }
}

impl From<&ListName> for Value {
    fn from(name: &ListName) -> Self {
        Self::Text(name.0.clone())
    }
}
