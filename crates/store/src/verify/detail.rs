//! Row by row, through those parts of the tables over history whose tallies differ: what is missing, altered, unexpected.
//!
//! The journal is walked once more, and each row that it makes in such a part is looked up. What the part has beyond
//! those rows, no transaction wrote.

use super::finals::{Due, Finals};
use super::report::Findings;
use super::tables::{Counts, Wrong};
use super::walk::{Page, Walk};
use super::{OnProgress, Progress};
use crate::derived::{DERIVED, Derived, Stored};
use crate::driver::{DbError, Transaction, Value};
use crate::records::TenantId;
use std::collections::{HashMap, HashSet};

/// Keys of altered rows that are remembered, so that they are not named twice.
const REMEMBERED: usize = 10_000;

type Rows = Vec<Vec<Value>>;
/// Rows of a table that are to be looked up, and whether they must be there.
type Wanted = (Option<&'static Derived>, Vec<(Vec<Value>, Due)>);

/// What the walk has come upon.
#[derive(Default)]
struct Seen {
    /// Rows by table that are to be looked up.
    expected: HashMap<&'static str, Wanted>,
    /// By table, how many rows are missing, less those that are there altered though they need not be: what the table
    /// has beyond what the journal makes, as far as its count tells, is this much more.
    missing: HashMap<&'static str, i64>,
    /// Keys of rows by table that are altered.
    altered: HashSet<(&'static str, Vec<Value>)>,
}

/// Names the rows that differ in the parts that are wrong.
pub(super) async fn name_rows(
    tx: &mut Transaction,
    tenant: TenantId,
    wrong: &Wrong,
    filled_to: i64,
    findings: &mut Findings,
    progress: OnProgress<'_>,
) -> Result<(), DbError> {
    let mut finals = Finals::new(filled_to);
    let mut seen = Seen::default();
    let mut walk = Walk::new();
    let mut done = 0;
    while let Some(page) = walk.next(tx).await? {
        for record in page.rows.iter().filter_map(|row| page.record(row).ok()) {
            done = record.seq;
            finals.take(&record, |table, row, due| seen.expect(wrong, table, row, due));
        }
        progress(Progress { tenant, stage: "rows that differ", done });
        seen.look_up(tx, findings).await?;
    }
    finals.end(|table, row, due| seen.expect(wrong, table, row, due));
    seen.look_up(tx, findings).await?;
    for table in DERIVED {
        seen.name_unexpected(tx, wrong, table, findings).await?;
    }
    Ok(())
}

impl Seen {
    fn expect(&mut self, wrong: &Wrong, table: &'static Derived, row: Vec<Value>, due: Due) {
        if wrong.contains_key(&(table.name(), table.part_of(&row).into())) {
            let (of, rows) = self.expected.entry(table.name()).or_default();
            *of = Some(table);
            rows.push((row, due));
        }
    }

    async fn look_up(&mut self, tx: &mut Transaction, findings: &mut Findings) -> Result<(), DbError> {
        for (table, rows) in std::mem::take(&mut self.expected).into_values() {
            let Some((table, history)) = table.and_then(|table| Some((table, table.history.as_ref()?)))
            else {
                continue;
            };
            let keys = rows.iter().map(|(row, _)| table.key_of(row).to_vec()).collect();
            let stored = tx.look_up(history.look_up, keys).await?;
            let stored: HashMap<&[Value], &[Value]> =
                stored.iter().map(|row| (table.key_of(row.values()), row.values())).collect();
            for (row, due) in &rows {
                self.compare(table, row, *due, stored.get(table.key_of(row)).copied(), findings);
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        table: &'static Derived,
        row: &[Value],
        due: Due,
        stored: Option<&[Value]>,
        findings: &mut Findings,
    ) {
        let missing = self.missing.entry(table.name()).or_default();
        match stored {
            None if due == Due::Later => {}
            None => {
                *missing += 1;
                findings.missing(table, table.key_of(row), Some(row));
            }
            Some(found) if found == row => {}
            Some(found) => {
                *missing -= i64::from(due == Due::Later);
                findings.altered(table, Some(row), found);
                if self.altered.len() < REMEMBERED {
                    self.altered.insert((table.name(), table.key_of(row).to_vec()));
                }
            }
        }
    }

    /// Rows beyond those that the journal makes: counted by difference, and named as far as findings are listed.
    async fn name_unexpected(
        &self,
        tx: &mut Transaction,
        wrong: &Wrong,
        table: &'static Derived,
        findings: &mut Findings,
    ) -> Result<(), DbError> {
        let parts = || wrong.iter().filter(|((name, _), _)| *name == table.name());
        let total = parts().fold(Counts::default(), |sum, (_, part)| Counts {
            expected: sum.expected + part.expected,
            stored: sum.stored + part.stored,
        });
        let missing = self.missing.get(table.name()).copied().unwrap_or_default();
        let mut beyond = total.stored.saturating_add_signed(missing).saturating_sub(total.expected);
        for ((_, part), _) in parts() {
            let mut stored = Stored::of_part(table, part);
            while beyond > 0 && findings.lists(table) {
                let mut rows = stored.next(tx).await?;
                rows.retain(|row| table.part_of(row) == part);
                if rows.is_empty() {
                    break;
                }
                for row in self.unknown(tx, table, rows).await?.into_iter().take(beyond as usize) {
                    findings.unexpected(table, &row);
                    beyond -= 1;
                }
            }
        }
        findings.unexpected_unlisted(table, beyond);
        Ok(())
    }

    /// Those of some rows that the transactions which they name did not write.
    async fn unknown(
        &self,
        tx: &mut Transaction,
        table: &'static Derived,
        rows: Rows,
    ) -> Result<Rows, DbError> {
        let Some(history) = &table.history else { return Ok(Vec::new()) };
        let seq_of = |row: &[Value]| match row.get(history.seq) {
            Some(Value::Int(seq)) => *seq,
            _ => 0,
        };
        let records = Page::look_up(tx, rows.iter().map(|row| seq_of(row)).collect()).await?;
        let mut known: HashSet<Vec<Value>> = HashSet::new();
        for record in &records {
            // A filled index has all rows; a hold's row is told by its key alone, which any place in its life has.
            let mut finals = Finals::new(i64::MAX);
            let mut note = |of: &'static Derived, row: Vec<Value>, _| {
                if of.name() == table.name() {
                    known.insert(table.key_of(&row).to_vec());
                }
            };
            finals.take(record, &mut note);
            finals.end(&mut note);
        }
        let unknown = |row: &Vec<Value>| {
            let key = table.key_of(row);
            !known.contains(key) && !self.altered.contains(&(table.name(), key.to_vec()))
        };
        Ok(rows.into_iter().filter(unknown).collect())
    }
}
