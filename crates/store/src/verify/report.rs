//! What verification found.

use crate::derived::Derived;
use crate::driver::Value;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Findings listed for each table at most; all are counted.
pub const LISTED_PER_TABLE: usize = 100;

/// Something that is not as the journal says, or as a journal must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The id of the tenant, as it is stored.
    pub tenant: String,
    /// The table.
    pub table: &'static str,
    /// The key of the row: `txn_42`, `wallet:emp-7 PTS`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
    /// What it should be, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenant {}: {} {}: {}", self.tenant, self.table, self.key, self.what)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        match &self.found {
            Some(found) => write!(f, "; found {found}"),
            None => Ok(()),
        }
    }
}

/// What was checked, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Journals walked, the platform's own among them.
    pub journals: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Rows of the index by account.
    pub entries: u64,
    /// Stored balances.
    pub accounts: u64,
    /// Stored holds.
    pub holds: u64,
    /// Transactions whose rows in the indexes over history (entries, keys, reversals, listings) may still be on their
    /// way from the journal: on SQLite, until the server has merged them.
    pub waiting: u64,
    /// Findings, [`LISTED_PER_TABLE`] of each table at most.
    pub findings: Vec<Finding>,
    /// How many findings there are in each table, listed or not.
    pub found: BTreeMap<&'static str, u64>,
}

impl Report {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }
}

/// Findings while they are gathered, of one tenant after the other.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) report: Report,
    /// How many rows of each table differ from what the journal says: of the tenant at hand.
    pub(crate) rows: BTreeMap<&'static str, u64>,
    tenant: String,
}

impl Findings {
    /// Goes on with another tenant.
    pub(crate) fn turn_to(&mut self, tenant: String) {
        self.tenant = tenant;
        self.rows.clear();
    }

    /// Notes something that is not as it should be.
    pub(crate) fn note(
        &mut self,
        table: &'static str,
        key: impl Into<String>,
        what: impl Into<String>,
        expected: Option<String>,
        found: Option<String>,
    ) {
        if self.count(table, 1) {
            let (tenant, key, what) = (self.tenant.clone(), key.into(), what.into());
            self.report.findings.push(Finding { tenant, table, key, what, expected, found });
        }
    }

    /// Notes a row that differs, of a table that is not listed among the derived.
    pub(crate) fn note_row(
        &mut self,
        table: &'static str,
        key: impl Into<String>,
        what: impl Into<String>,
        expected: Option<String>,
        found: Option<String>,
    ) {
        *self.rows.entry(table).or_default() += 1;
        self.note(table, key, what, expected, found);
    }

    /// Notes a row that the table should have.
    pub(crate) fn missing(&mut self, table: &Derived, key: &[Value], expected: Option<&[Value]>) {
        let expected = expected.map(|row| shown(table, row, |_| true));
        self.note_row(table.name(), self.key(table, key), "the row is missing", expected, None);
    }

    /// Notes a row that no transaction wrote.
    pub(crate) fn unexpected(&mut self, table: &Derived, row: &[Value]) {
        let found = Some(shown(table, row, |_| true));
        let key = self.key(table, table.key_of(row));
        self.note_row(table.name(), key, "the journal knows of no such row", None, found);
    }

    /// Notes a row that is not what the journal says.
    pub(crate) fn altered(&mut self, table: &Derived, expected: Option<&[Value]>, row: &[Value]) {
        let differs = |index: usize| expected.is_none_or(|expected| expected.get(index) != row.get(index));
        let (expected, found) =
            (expected.map(|expected| shown(table, expected, differs)), shown(table, row, differs));
        let key = self.key(table, table.key_of(row));
        self.note_row(table.name(), key, "the row is not what the journal says", expected, Some(found));
    }

    /// Counts rows that no transaction wrote and that cannot be named.
    pub(crate) fn unexpected_unlisted(&mut self, table: &Derived, rows: u64) {
        if rows > 0 {
            *self.rows.entry(table.name()).or_default() += rows;
            self.count(table.name(), rows);
        }
    }

    /// Counts findings; answers whether one more is to be listed.
    fn count(&mut self, table: &'static str, findings: u64) -> bool {
        let count = self.report.found.entry(table).or_default();
        *count += findings;
        *count <= LISTED_PER_TABLE as u64
    }

    /// Whether another finding in a table would be listed.
    pub(crate) fn lists(&self, table: &Derived) -> bool {
        self.report.found.get(table.name()).is_none_or(|count| *count < LISTED_PER_TABLE as u64)
    }

    fn key(&self, table: &Derived, key: &[Value]) -> String {
        if key.is_empty() {
            return self.tenant.clone();
        }
        let parts = table.columns().zip(key).map(|(column, value)| match (column, value) {
            ("seq" | "reversed", Value::Int(seq)) => format!("txn_{seq}"),
            ("posting", Value::Int(posting)) => format!("posting {posting}"),
            (_, value) => plain(value),
        });
        parts.collect::<Vec<_>>().join(" ")
    }
}

/// The columns of a row that are asked for, as `name=value`. What is personal or secret is not shown.
fn shown(table: &Derived, row: &[Value], wanted: impl Fn(usize) -> bool) -> String {
    let columns = table.columns().zip(row).enumerate().filter(|(index, _)| wanted(*index));
    let columns = columns.map(|(_, (column, value))| match (table.name(), column, value) {
        ("members", "name" | "email", Value::Text(text)) | ("api_keys", "secret_hash", Value::Text(text)) => {
            format!("{column}=({} characters)", text.chars().count())
        }
        _ => format!("{column}={}", plain(value)),
    });
    columns.collect::<Vec<_>>().join(", ")
}

pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Text(text) => text.to_string(),
    }
}
