//! Which transactions moved or reserved what a budget has.

use crate::driver::{DbError, Row, Transaction, Type, Value, Write};
use crate::records::named;
use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Entries that a page of one kind looks at, so that its cost has a bound.
const SEARCHED: i64 = 2_000;

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

/// A transaction that moved or reserved what a budget has. The amount is in minor units of the budget's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetEntry {
    /// The budget.
    pub budget: CompactString,
    /// The transaction's place in the journal.
    pub seq: i64,
    /// What it did.
    pub kind: EntryKind,
    /// Which reservation it is about.
    pub reference: Option<CompactString>,
    /// How much.
    pub amount: i64,
    /// The period that the budget was in.
    pub period: CompactString,
    /// The day in the tenant's time zone: `2026-11-21`.
    pub day: CompactString,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// What the journal has of a transaction about a budget, as far as the projection looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRecord {
    /// Its place in the journal.
    pub seq: i64,
    /// What kind of transaction it is: `budget.reserve`.
    pub kind: CompactString,
    /// Which reservation it is about.
    pub reference: Option<CompactString>,
    /// What it says of the budget, as JSON.
    pub metadata: CompactString,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl BudgetRecord {
    fn from_row(mut row: Row) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.int(0)?,
            kind: row.take_text(1)?,
            reference: row.take_text_or_null(2)?,
            metadata: row.take_text(3)?,
            recorded_at: crate::records::instant(row.int(4)?)?,
        })
    }
}

/// By an index of their own: `$2` the transaction after which to go on, `$3` up to which, `$4` how many.
const LIST_BUDGET_RECORDS: &str = "SELECT seq, kind, reference, metadata, recorded_at FROM journal
    WHERE tenant_id = $1 AND kind >= 'budget.' AND kind < 'budget/' AND seq > $2 AND seq <= $3
    ORDER BY seq LIMIT $4";

pub(crate) const WRITE_BUDGET_ENTRY: Write = Write {
    table: "budget_entries",
    columns: &[
        ("budget_id", Type::Text),
        ("seq", Type::Int),
        ("type", Type::Text),
        ("reference", Type::Text),
        ("amount", Type::Int),
        ("period", Type::Text),
        ("day", Type::Text),
        ("recorded_at", Type::Int),
    ],
    on_conflict: "",
};

macro_rules! columns {
    () => {
        "budget_id, seq, type, reference, amount, period, day, recorded_at"
    };
}

/// `$3` the first transaction, `$4` the one before which to go on.
const LIST_BUDGET_ENTRIES: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM budget_entries WHERE tenant_id = $1 AND budget_id = $2 AND seq >= $3 AND seq < $4
    ORDER BY seq DESC LIMIT $5"
);
const LIST_ENTRIES_OF_REFERENCE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM budget_entries WHERE tenant_id = $1 AND budget_id = $2 AND reference = $3 AND seq >= $4 AND seq < $5
    ORDER BY seq DESC LIMIT $6"
);
const FIND_NEXT_ENTRY: &str = "SELECT seq, recorded_at FROM budget_entries
    WHERE tenant_id = $1 AND budget_id = $2 AND seq >= $3 ORDER BY seq LIMIT 1";
const FIND_LAST_ENTRY: &str = "SELECT seq, recorded_at FROM budget_entries
    WHERE tenant_id = $1 AND budget_id = $2 ORDER BY seq DESC LIMIT 1";
const LIST_CHARGES: &str = "SELECT seq FROM budget_entries
    WHERE tenant_id = $1 AND budget_id = $2 AND reference = $3 AND type = 'charge' ORDER BY seq DESC";

/// Transactions about budgets after one transaction and up to another, oldest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn budget_records(
    tx: &mut Transaction,
    after: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<BudgetRecord>, DbError> {
    let params = [tx.tenant(), after.into(), to.into(), limit.into()];
    tx.query(LIST_BUDGET_RECORDS, params).await?.into_iter().map(BudgetRecord::from_row).collect()
}

/// Adds entries.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_entries(tx: &mut Transaction, entries: Vec<BudgetEntry>) -> Result<(), DbError> {
    let rows = entries.into_iter().map(BudgetEntry::into_values).collect();
    tx.write(&WRITE_BUDGET_ENTRY, rows).await.map(drop)
}

/// Which entries of a budget.
#[derive(Debug, Clone)]
pub struct BudgetEntryPage<'a> {
    /// The budget.
    pub budget: &'a str,
    /// From this transaction on.
    pub from: i64,
    /// Those before this transaction.
    pub before: i64,
    /// That did this; anything where `None`.
    pub kind: Option<EntryKind>,
    /// About this reservation; any, or none, where `None`.
    pub reference: Option<&'a str>,
    /// How many at most.
    pub limit: i64,
}

/// Entries that were found.
#[derive(Debug)]
pub struct FoundEntries {
    /// Newest first.
    pub entries: Vec<BudgetEntry>,
    /// Where to go on; `None` where everything was looked at.
    pub go_on_before: Option<i64>,
}

/// Entries of a budget, newest first. A page of one kind looks at a bounded number of entries, so it may find fewer than
/// `limit` and still say where to go on; otherwise the cost is that of the page, however long the history.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn budget_entries(
    tx: &mut Transaction,
    page: &BudgetEntryPage<'_>,
) -> Result<FoundEntries, DbError> {
    let read_at_once = if page.kind.is_some() { SEARCHED } else { page.limit + 1 };
    let read = read_entries(tx, page, read_at_once).await?;
    let whole = (read.len() as i64) < read_at_once;
    let last_read = read.last().map(|entry| entry.seq);
    let wanted = |entry: &BudgetEntry| page.kind.is_none_or(|kind| entry.kind == kind);
    let mut entries: Vec<_> = read.into_iter().filter(wanted).collect();
    let more = entries.len() as i64 > page.limit;
    entries.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
    let go_on_before = match more {
        true => entries.last().map(|entry| entry.seq),
        false => last_read.filter(|_| !whole),
    };
    Ok(FoundEntries { entries, go_on_before })
}

async fn read_entries(
    tx: &mut Transaction,
    page: &BudgetEntryPage<'_>,
    limit: i64,
) -> Result<Vec<BudgetEntry>, DbError> {
    let mut params = vec![tx.tenant(), page.budget.into()];
    params.extend(page.reference.map(Value::from));
    params.extend([page.from, page.before, limit].map(Value::Int));
    let sql = if page.reference.is_some() { LIST_ENTRIES_OF_REFERENCE } else { LIST_BUDGET_ENTRIES };
    tx.query(sql, params).await?.into_iter().map(BudgetEntry::from_row).collect()
}

/// Before which transaction those entries of a budget lie that were recorded before an instant: a bound for
/// [`BudgetEntryPage`]. Recorded times never go back, so it is found by halving, in a few dozen reads by key.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn first_entry_at(tx: &mut Transaction, budget: &str, at: Timestamp) -> Result<i64, DbError> {
    let params = [tx.tenant(), budget.into()];
    let last = tx.query(FIND_LAST_ENTRY, params).await?.first().map(place).transpose()?;
    let Some((last, _)) = last.filter(|(_, recorded_at)| *recorded_at >= at.as_microsecond()) else {
        return Ok(i64::MAX);
    };
    // What is wanted lies from `low` to `high`, and there is an entry at `high`.
    let (mut low, mut high) = (0, last);
    while low < high {
        let middle = low + (high - low) / 2;
        let rows = tx.query(FIND_NEXT_ENTRY, [tx.tenant(), budget.into(), middle.into()]).await?;
        match rows.first().map(place).transpose()? {
            Some((seq, recorded_at)) if recorded_at < at.as_microsecond() => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

fn place(row: &Row) -> Result<(i64, i64), DbError> {
    Ok((row.int(0)?, row.int(1)?))
}

/// The charges of a reservation, newest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn charges_of(tx: &mut Transaction, budget: &str, reference: &str) -> Result<Vec<i64>, DbError> {
    let rows = tx.query(LIST_CHARGES, [tx.tenant(), budget.into(), reference.into()]).await?;
    rows.iter().map(|row| Ok(row.int(0)?)).collect()
}

impl BudgetEntry {
    fn into_values(self) -> Vec<Value> {
        vec![
            self.budget.into(),
            self.seq.into(),
            self.kind.name().into(),
            self.reference.into(),
            self.amount.into(),
            self.period.into(),
            self.day.into(),
            self.recorded_at.into(),
        ]
    }

    fn from_row(mut row: Row) -> Result<Self, DbError> {
        Ok(Self {
            budget: row.take_text(0)?,
            seq: row.int(1)?,
            kind: named(row.text(2)?)?,
            reference: row.take_text_or_null(3)?,
            amount: row.int(4)?,
            period: row.take_text(5)?,
            day: row.take_text(6)?,
            recorded_at: crate::records::instant(row.int(7)?)?,
        })
    }
}

crate::statements::list! { LIST_BUDGET_RECORDS, WRITE_BUDGET_ENTRY, LIST_BUDGET_ENTRIES, LIST_ENTRIES_OF_REFERENCE, FIND_NEXT_ENTRY, FIND_LAST_ENTRY, LIST_CHARGES }
