//! Names that a tenant gives: members, references, departments.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// Why a text is not the value it was meant to be, in words for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// Whether a byte may stand in a name: `A-Z a-z 0-9 . _ : @ -`.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'@' | b'-')
}

fn check(text: &str, what: &str) -> Result<(), Invalid> {
    if text.is_empty() || text.len() > 128 {
        return Err(Invalid(format!("{what} must have 1 to 128 characters, this has {}", text.len())));
    }
    match text.bytes().all(is_name_byte) {
        true => Ok(()),
        false => Err(Invalid(format!("{what} may hold only A-Z a-z 0-9 . _ : @ -"))),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "SmolStr", into = "SmolStr")]
        pub struct $type(SmolStr);

        impl $type {
            /// Checks the text.
            ///
            /// # Errors
            /// [`Invalid`] when it is empty, longer than 128 characters or holds a character outside the set.
            pub fn new(text: &str) -> Result<Self, Invalid> {
                check(text, $what)?;
                Ok(Self(text.into()))
            }

            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<SmolStr> for $type {
            type Error = Invalid;
            fn try_from(text: SmolStr) -> Result<Self, Invalid> {
                check(&text, $what)?;
                Ok(Self(text))
            }
        }

        impl From<$type> for SmolStr {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::new(text)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The tenant's own id of a member: 1–128 of `A-Z a-z 0-9 . _ : @ -`.
    MemberId, "a member id"
);
name!(
    /// What a hold is for, in the tenant's own words: an order number, say. 1–128 of `A-Z a-z 0-9 . _ : @ -`.
    Reference, "a reference"
);
name!(
    /// A department, a team, a budget or anything else that the tenant names: 1–128 of `A-Z a-z 0-9 . _ : @ -`.
    Name, "a name"
);
