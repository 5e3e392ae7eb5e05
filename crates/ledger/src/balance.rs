//! Balances.

use crate::amount::MAX_MINOR_UNITS;
use serde::{Deserialize, Serialize};

/// The balance of an account in one asset, in minor units. `available` = `posted` − `held`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Balance {
    /// What lies on the account. Below zero only on sources of value.
    pub posted: i64,
    /// The part of it that holds have reserved; never below zero.
    pub held: i64,
}

impl Balance {
    /// What may still be moved or held.
    pub fn available(self) -> i64 {
        self.posted - self.held
    }

    /// Whether both numbers lie within ±[`MAX_MINOR_UNITS`].
    pub(crate) fn is_within_bounds(self) -> bool {
        [self.posted, self.held].iter().all(|number| number.unsigned_abs() <= MAX_MINOR_UNITS.unsigned_abs())
    }
}
