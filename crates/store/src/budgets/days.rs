//! Daily totals of budgets.

use super::EntryKind;
use crate::driver::{DbError, Lookup, Row, Transaction, Type, Value, Write};
use guerdon_ledger::MAX_MINOR_UNITS;
use std::collections::HashMap;

/// How often and how much, in minor units, by kind of entry: in the order of [`EntryKind::ALL`]. What passes 2⁵³ − 1
/// counts as that, which every reader of JSON takes exactly: a reservation made and released over and over adds up to
/// any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts([(i64, i64); 6]);

impl Amounts {
    /// Adds an entry.
    pub fn add(&mut self, kind: EntryKind, amount: i64) {
        let total = &mut self.0[kind as usize];
        *total = (total.0 + 1, total.1.saturating_add(amount).min(MAX_MINOR_UNITS));
    }

    /// Adds what others came to.
    pub fn add_all(&mut self, others: &Self) {
        for (total, other) in self.0.iter_mut().zip(others.0) {
            *total = (total.0 + other.0, total.1.saturating_add(other.1).min(MAX_MINOR_UNITS));
        }
    }

    /// How often, and how much.
    pub fn of(&self, kind: EntryKind) -> (i64, i64) {
        self.0[kind as usize]
    }

    /// Counts and amounts in turn, in columns from one on.
    fn from_row(row: &Row, first: usize) -> Result<Self, DbError> {
        let mut amounts = Self::default();
        for (index, total) in amounts.0.iter_mut().enumerate() {
            *total = (row.int(first + 2 * index)?, row.int(first + 1 + 2 * index)?);
        }
        Ok(amounts)
    }
}

/// What happened to a budget on a day of the tenant's, and how it stood at its last transaction of that day. Amounts are
/// in minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetDay {
    /// The budget.
    pub budget: String,
    /// The day in the tenant's time zone: `2026-11-21`.
    pub day: String,
    /// What happened.
    pub amounts: Amounts,
    /// The period that it was in.
    pub period: String,
    /// What it had been funded with.
    pub funded: i64,
    /// What was reserved.
    pub reserved: i64,
    /// What had been charged.
    pub charged: i64,
    /// The hard cap.
    pub hard_cap: i64,
}

macro_rules! columns {
    () => {
        "budget_id, day, fund_count, fund_amount, reserve_count, reserve_amount, charge_count, charge_amount,
        release_count, release_amount, reverse_count, reverse_amount, reset_count, reset_amount, period, funded,
        reserved, charged, hard_cap"
    };
}

/// Adds to a column, up to 2⁵³ − 1.
macro_rules! added {
    ($column:literal) => {
        concat!(
            $column,
            " = CASE WHEN budget_days.",
            $column,
            " > 9007199254740991 - excluded.",
            $column,
            " THEN 9007199254740991 ELSE budget_days.",
            $column,
            " + excluded.",
            $column,
            " END, "
        )
    };
}

/// Adds to the totals of a day; how the budget stood is told anew.
pub(crate) const ADD_BUDGET_DAY: Write = Write {
    table: "budget_days",
    columns: &[
        ("budget_id", Type::Text),
        ("day", Type::Text),
        ("fund_count", Type::Int),
        ("fund_amount", Type::Int),
        ("reserve_count", Type::Int),
        ("reserve_amount", Type::Int),
        ("charge_count", Type::Int),
        ("charge_amount", Type::Int),
        ("release_count", Type::Int),
        ("release_amount", Type::Int),
        ("reverse_count", Type::Int),
        ("reverse_amount", Type::Int),
        ("reset_count", Type::Int),
        ("reset_amount", Type::Int),
        ("period", Type::Text),
        ("funded", Type::Int),
        ("reserved", Type::Int),
        ("charged", Type::Int),
        ("hard_cap", Type::Int),
    ],
    on_conflict: concat!(
        "ON CONFLICT (tenant_id, budget_id, day) DO UPDATE SET ",
        added!("fund_count"),
        added!("fund_amount"),
        added!("reserve_count"),
        added!("reserve_amount"),
        added!("charge_count"),
        added!("charge_amount"),
        added!("release_count"),
        added!("release_amount"),
        added!("reverse_count"),
        added!("reverse_amount"),
        added!("reset_count"),
        added!("reset_amount"),
        "period = excluded.period, funded = excluded.funded, reserved = excluded.reserved,
        charged = excluded.charged, hard_cap = excluded.hard_cap"
    ),
};

const LIST_BUDGET_DAYS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM budget_days WHERE tenant_id = $1 AND budget_id = $2 AND day >= $3 AND day < $4 ORDER BY day"
);

const LOOK_UP_LAST_DAYS: Lookup = Lookup {
    sqlite: concat!(
        "SELECT ",
        columns!(),
        " FROM budget_days WHERE tenant_id = $1 AND budget_id = $2 AND day < $3 ORDER BY day DESC LIMIT 1"
    ),
    postgres: concat!(
        "SELECT found.* FROM unnest($2::text[], $3::text[]) AS wanted (b, d) CROSS JOIN LATERAL (SELECT ",
        columns!(),
        " FROM budget_days WHERE tenant_id = $1 AND budget_id = b AND day < d ORDER BY day DESC LIMIT 1) AS found"
    ),
    key: &[Type::Text, Type::Text],
};

/// Adds up the totals of days: `total` of SQLite is exact as far as 2⁵³, and beyond that it does not matter.
macro_rules! sums {
    ($before:literal, $after:literal) => {
        sums!(
            $before, $after, "fund_count", "fund_amount", "reserve_count", "reserve_amount", "charge_count",
            "charge_amount", "release_count", "release_amount", "reverse_count", "reverse_amount", "reset_count",
            "reset_amount"
        )
    };
    ($before:literal, $after:literal, $($column:literal),*) => {
        concat!("SELECT budget_id" $(, ", ", $before, $column, $after)*, " FROM budget_days")
    };
}

/// `$2` the budget, `$3` the first day, `$4` the day before which to end.
const LOOK_UP_SUMS_OF_DAYS: Lookup = Lookup {
    sqlite: concat!(
        sums!("CAST(min(9007199254740991, total(", ")) AS INTEGER)"),
        " WHERE tenant_id = $1 AND budget_id = $2 AND day >= $3 AND day < $4 GROUP BY budget_id"
    ),
    postgres: concat!(
        "SELECT found.* FROM unnest($2::text[], $3::text[], $4::text[]) AS wanted (b, f, u) CROSS JOIN LATERAL (",
        sums!("least(9007199254740991, sum(", "))::bigint"),
        " WHERE tenant_id = $1 AND budget_id = b AND day >= f AND day < u GROUP BY budget_id) AS found"
    ),
    key: &[Type::Text, Type::Text, Type::Text],
};

/// The totals of a budget over all days.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn budget_totals(tx: &mut Transaction, budget: &str) -> Result<Amounts, DbError> {
    // Beyond every day there is.
    let days = budget_days(tx, budget, "", "~").await?;
    let mut totals = Amounts::default();
    days.iter().for_each(|day| totals.add_all(&day.amounts));
    Ok(totals)
}

/// Adds to the totals of days, each at most once.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn add_days(tx: &mut Transaction, days: &[BudgetDay]) -> Result<(), DbError> {
    tx.write(&ADD_BUDGET_DAY, days.iter().map(BudgetDay::values).collect()).await.map(drop)
}

/// The days of a budget on which something happened, from one day until before another.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn budget_days(
    tx: &mut Transaction,
    budget: &str,
    from: &str,
    until: &str,
) -> Result<Vec<BudgetDay>, DbError> {
    let params = [tx.tenant(), budget.into(), from.into(), until.into()];
    tx.query(LIST_BUDGET_DAYS, params).await?.iter().map(BudgetDay::from_row).collect()
}

/// Of each of some budgets the last day before another on which something happened to it, by budget.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn last_days_before(
    tx: &mut Transaction,
    budgets: &[&str],
    day: &str,
) -> Result<HashMap<String, BudgetDay>, DbError> {
    let keys = budgets.iter().map(|budget| vec![(*budget).into(), day.into()]).collect();
    let rows = tx.look_up(&LOOK_UP_LAST_DAYS, keys).await?;
    let days = rows.iter().map(BudgetDay::from_row);
    days.map(|day| day.map(|day| (day.budget.clone(), day))).collect()
}

/// Of each of some budgets what happened from one day until before another, by budget; none of one to which nothing did.
/// The cost is that of the days.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn sums_of_days(
    tx: &mut Transaction,
    budgets: &[&str],
    from: &str,
    until: &str,
) -> Result<HashMap<String, Amounts>, DbError> {
    let keys = budgets.iter().map(|budget| vec![(*budget).into(), from.into(), until.into()]).collect();
    let rows = tx.look_up(&LOOK_UP_SUMS_OF_DAYS, keys).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), Amounts::from_row(row, 1)?))).collect()
}

impl BudgetDay {
    fn values(&self) -> Vec<Value> {
        let mut values = vec![self.budget.as_str().into(), self.day.as_str().into()];
        for (count, amount) in self.amounts.0 {
            values.extend([count.into(), amount.into()]);
        }
        let standing = [self.funded, self.reserved, self.charged, self.hard_cap].map(Value::Int);
        values.push(self.period.as_str().into());
        values.extend(standing);
        values
    }

    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            budget: row.text(0)?.to_owned(),
            day: row.text(1)?.to_owned(),
            amounts: Amounts::from_row(row, 2)?,
            period: row.text(14)?.to_owned(),
            funded: row.int(15)?,
            reserved: row.int(16)?,
            charged: row.int(17)?,
            hard_cap: row.int(18)?,
        })
    }
}

crate::statements::list! { ADD_BUDGET_DAY, LIST_BUDGET_DAYS, LOOK_UP_LAST_DAYS, LOOK_UP_SUMS_OF_DAYS }
