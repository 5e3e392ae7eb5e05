//! Amounts of an asset.

use crate::id::Invalid;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest amount, and the largest magnitude of a balance, in minor units: 2⁵³ − 1, so that every number on
/// the wire is exact in JSON readers that keep numbers as doubles.
pub const MAX_MINOR_UNITS: i64 = 9_007_199_254_740_991;

/// A positive number of minor units of some asset: 1 to [`MAX_MINOR_UNITS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

impl Amount {
    /// Checks the range.
    ///
    /// # Errors
    /// [`Invalid`] when `minor_units` is below 1 or above [`MAX_MINOR_UNITS`].
    pub fn new(minor_units: i64) -> Result<Self, Invalid> {
        match minor_units {
            1..=MAX_MINOR_UNITS => Ok(Self(minor_units)),
            _ => Err(Invalid(format!(
                "an amount must be a whole number of minor units from 1 to {MAX_MINOR_UNITS}, this is {minor_units}"
            ))),
        }
    }

    /// The number of minor units, always positive.
    pub fn minor_units(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Amount {
    type Error = Invalid;
    fn try_from(minor_units: i64) -> Result<Self, Invalid> {
        Self::new(minor_units)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> i64 {
        amount.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
