//! Statements: written once, run on both databases.

use super::value::{Type, Value};

/// One statement and its parameters, `$1` first.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Portable SQL with numbered parameters.
    pub sql: &'static str,
    /// The values of `$1`, `$2`, ….
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement with its parameters.
    pub fn new(sql: &'static str, params: impl Into<Vec<Value>>) -> Self {
        Self { sql, params: params.into() }
    }
}

/// A look-up of many rows by key within one tenant: on SQLite one prepared look-up for each key, on PostgreSQL one
/// statement for all of them.
#[derive(Debug)]
pub struct Lookup {
    /// With `$1` the tenant and `$2` … one key.
    pub sqlite: &'static str,
    /// With `$1` the tenant and `$2` … arrays of keys, column by column. One look-up by index for each key, in a
    /// `LATERAL … LIMIT 1`, so that no plan ever walks the table.
    pub postgres: &'static str,
    /// The types of the key's columns.
    pub key: &'static [Type],
}

/// A write of many rows of one tenant, each row at most once: on SQLite one prepared statement for each row, on
/// PostgreSQL one statement for all of them. The first column is `tenant_id`.
#[derive(Debug)]
pub struct Write {
    /// The table.
    pub table: &'static str,
    /// The columns after `tenant_id`.
    pub columns: &'static [(&'static str, Type)],
    /// What to do where the row exists: the text after `VALUES (…)`, empty for plain inserts.
    pub on_conflict: &'static str,
}

impl Write {
    /// The statement for one row: `$1` is the tenant, `$2` … the columns.
    pub fn sqlite(&self) -> String {
        let values: Vec<_> = (0..=self.columns.len()).map(|i| format!("?{}", i + 1)).collect();
        format!("{} VALUES ({}) {}", self.insert_into(), values.join(", "), self.on_conflict)
    }

    /// The statement for many rows: `$1` is the tenant, `$2` … arrays, column by column.
    pub fn postgres(&self) -> String {
        let arrays: Vec<_> = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, (_, kind))| match kind {
                Type::Int => format!("${}::bigint[]", i + 2),
                Type::Text => format!("${}::text[]", i + 2),
            })
            .collect();
        let unnest = arrays.join(", ");
        format!(
            "{} SELECT $1::text, new.* FROM unnest({unnest}) AS new {}",
            self.insert_into(),
            self.on_conflict
        )
    }

    fn insert_into(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("INSERT INTO {} (tenant_id, {})", self.table, columns.join(", "))
    }
}

/// Turns rows into columns.
pub(super) fn transposed(rows: Vec<Vec<Value>>, width: usize) -> Vec<Vec<Value>> {
    let mut columns: Vec<_> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}
