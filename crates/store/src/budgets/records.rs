//! Transactions about budgets.

use crate::driver::{DbError, Row, Transaction};
use crate::records::instant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// What a transaction did to a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Money was put in.
    Fund,
    /// A part was reserved.
    Reserve,
    /// What was reserved was spent.
    Charge,
    /// What was reserved is free again.
    Release,
    /// What was spent came back.
    Reverse,
    /// What was not used went back when a period ended.
    Reset,
}

impl EntryKind {
    /// All of them, in the order of the columns of daily totals.
    pub const ALL: [Self; 6] =
        [Self::Fund, Self::Reserve, Self::Charge, Self::Release, Self::Reverse, Self::Reset];

    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Reserve => "reserve",
            Self::Charge => "charge",
            Self::Release => "release",
            Self::Reverse => "reverse",
            Self::Reset => "reset",
        }
    }
}

/// What the journal has of a transaction about a budget, as far as the projection looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRecord {
    /// Its place in the journal.
    pub seq: i64,
    /// What kind of transaction it is: `budget.reserve`.
    pub kind: SmolStr,
    /// What it says of the budget, as JSON.
    pub metadata: SmolStr,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl BudgetRecord {
    fn from_row(mut row: Row) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.int(0)?,
            kind: row.take_text(1)?,
            metadata: row.take_text(2)?,
            recorded_at: instant(row.int(3)?)?,
        })
    }
}

/// `$2` the transaction after which to go on, `$3` up to which. Every row between is looked at.
const LIST_BUDGET_RECORDS: &str = "SELECT seq, kind, metadata, recorded_at FROM journal
    WHERE tenant_id = $1 AND kind >= 'budget.' AND kind < 'budget/' AND seq > $2 AND seq <= $3 ORDER BY seq";

/// Transactions about budgets after one transaction and up to another, oldest first. Costs what lies between, whatever
/// it is about.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn budget_records(tx: &mut Transaction, after: i64, to: i64) -> Result<Vec<BudgetRecord>, DbError> {
    if after >= to {
        return Ok(Vec::new());
    }
    let params = [tx.tenant(), after.into(), to.into()];
    tx.query(LIST_BUDGET_RECORDS, params).await?.into_iter().map(BudgetRecord::from_row).collect()
}

crate::statements::list! { LIST_BUDGET_RECORDS }
