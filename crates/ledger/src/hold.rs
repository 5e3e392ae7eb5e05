//! Holds: value reserved on an account for a reference.

use crate::account::AccountPath;
use crate::amount::Amount;
use crate::asset::AssetCode;
use crate::id::Reference;
use serde::{Deserialize, Serialize};

/// What a hold is known by: the account it lies on and the reference it is for. A reference is used once on an
/// account, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldKey {
    /// The account that the amount is reserved on.
    pub account: AccountPath,
    /// What it is reserved for.
    pub reference: Reference,
}

/// Where a hold is in its life. Once resolved it stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldStatus {
    /// Some of it still is reserved.
    Open,
    /// Resolved, and some of it was captured.
    Captured,
    /// Resolved, and none of it was captured.
    Released,
}

impl HoldStatus {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Released => "released",
        }
    }
}

/// A hold as it stands, in minor units of its asset. Invariant: `captured + released ≤ amount`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it is known by.
    #[serde(flatten)]
    pub key: HoldKey,
    /// What is reserved.
    pub asset: AssetCode,
    /// How much was reserved at first.
    pub amount: Amount,
    /// How much of it has been captured.
    pub captured: i64,
    /// How much of it has been released.
    pub released: i64,
    /// From when on it can no longer be captured, in microseconds since 1970 UTC; only released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_us: Option<i64>,
}

impl Hold {
    /// How much is still reserved.
    pub fn remaining(&self) -> i64 {
        self.amount.minor_units() - self.captured - self.released
    }

    /// Where it is in its life.
    pub fn status(&self) -> HoldStatus {
        match (self.remaining() > 0, self.captured > 0) {
            (true, _) => HoldStatus::Open,
            (false, true) => HoldStatus::Captured,
            (false, false) => HoldStatus::Released,
        }
    }

    /// Whether it can no longer be captured at `at_us`.
    pub fn has_expired(&self, at_us: i64) -> bool {
        self.expires_at_us.is_some_and(|end| at_us >= end)
    }
}

/// What a movement does to a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOp {
    /// Reserves an amount.
    Place {
        /// What it will be known by.
        key: HoldKey,
        /// What to reserve.
        asset: AssetCode,
        /// How much.
        amount: Amount,
        /// From when on it can no longer be captured, in microseconds since 1970 UTC.
        expires_at_us: Option<i64>,
    },
    /// Moves reserved value to another account: all that remains, or a part.
    Capture {
        /// Which hold.
        key: HoldKey,
        /// The account that receives.
        to: AccountPath,
        /// How much; all that remains where it is `None`.
        amount: Option<Amount>,
    },
    /// Gives reserved value back to its account: all that remains, or a part.
    Release {
        /// Which hold.
        key: HoldKey,
        /// How much; all that remains where it is `None`.
        amount: Option<Amount>,
    },
}

impl HoldOp {
    /// Which hold it is about.
    pub fn key(&self) -> &HoldKey {
        match self {
            Self::Place { key, .. } | Self::Capture { key, .. } | Self::Release { key, .. } => key,
        }
    }
}
