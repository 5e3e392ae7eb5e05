//! Guards: bounds on sums of balances, checked once a movement is applied.

use crate::account::AccountKey;

/// Which number of a balance a guard looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// What lies on the account.
    Posted,
    /// What is held of it.
    Held,
    /// What is free of it.
    Available,
}

/// One summand of a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whose balance.
    pub account: AccountKey,
    /// Which number of it, in minor units.
    pub measure: Measure,
}

/// A bound that must hold after the movement, or the movement is refused: a spend limit, a cap, a stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The stable name of the limit, which the refusal carries.
    pub code: &'static str,
    /// What is summed. All terms are of one asset.
    pub terms: Vec<Term>,
    /// The sum may not be below this, in minor units.
    pub min: Option<i64>,
    /// The sum may not be above this, in minor units.
    pub max: Option<i64>,
}
