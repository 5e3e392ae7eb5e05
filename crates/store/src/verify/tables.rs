//! The stored rows of the derived tables beside those that the journal makes.

use super::books::{Books, Latest, Part, Sums, Tally};
use super::report::Findings;
use super::walk::Page;
use crate::derived::{
    API_KEYS, BALANCES, DOCUMENTS, Derived, FLOWS, MEMBERS, REFERRAL_CODES, REFERRAL_MARKS, REFERRALS,
    SCHEDULE, Stored, TENANTS, as_written_now, row_of,
};
use crate::driver::{DbError, Transaction, Value};
use std::collections::HashMap;

/// The row that a table must have.
enum Expected {
    /// This one.
    Row(Vec<Value>),
    /// The one that the transaction made.
    Changed(Latest),
}

/// Compares the tables that do not grow with history.
pub(super) async fn compare(
    tx: &mut Transaction,
    books: &mut Books,
    findings: &mut Findings,
) -> Result<(), DbError> {
    compare_balances(tx, books, findings).await?;
    let mut flows = books.flow_rows();
    let mut stored = Stored::all(&FLOWS);
    for row in all_of(tx, &mut stored).await? {
        let expected = flows.remove(FLOWS.key_of(&row)).map(Expected::Row);
        compare_row(tx, books, &FLOWS, expected, &row, findings).await?;
    }
    flows.values().for_each(|row| findings.missing(&FLOWS, FLOWS.key_of(row), Some(row)));
    let records =
        [&TENANTS, &MEMBERS, &API_KEYS, &DOCUMENTS, &SCHEDULE, &REFERRAL_CODES, &REFERRALS, &REFERRAL_MARKS];
    for table in records {
        let mut stored = Stored::all(table);
        loop {
            let rows = stored.next(tx).await?;
            for row in &rows {
                let key = (table.name(), table.key_of(row).to_vec());
                let expected = books.changed.remove(&key).map(Expected::Changed);
                compare_row(tx, books, table, expected, row, findings).await?;
            }
            if rows.is_empty() {
                break;
            }
        }
        note_rest(tx, books, table, findings).await?;
    }
    Ok(())
}

async fn compare_balances(
    tx: &mut Transaction,
    books: &mut Books,
    findings: &mut Findings,
) -> Result<(), DbError> {
    let mut sums = Sums::default();
    let mut stored = Stored::all(&BALANCES);
    loop {
        let rows = stored.next(tx).await?;
        for row in &rows {
            findings.report.accounts += 1;
            sums.add(row, findings);
            let expected = books.take_balance(BALANCES.key_of(row)).map(Expected::Row);
            compare_row(tx, books, &BALANCES, expected, row, findings).await?;
        }
        if rows.is_empty() {
            break;
        }
    }
    for row in books.rest_of_balances() {
        findings.missing(&BALANCES, BALANCES.key_of(&row), Some(&row));
    }
    sums.check(findings);
    Ok(())
}

async fn all_of(tx: &mut Transaction, stored: &mut Stored) -> Result<Vec<Vec<Value>>, DbError> {
    let mut all = Vec::new();
    loop {
        let rows = stored.next(tx).await?;
        if rows.is_empty() {
            return Ok(all);
        }
        all.extend(rows);
    }
}

async fn compare_row(
    tx: &mut Transaction,
    books: &Books,
    table: &'static Derived,
    expected: Option<Expected>,
    row: &[Value],
    findings: &mut Findings,
) -> Result<(), DbError> {
    match expected {
        None => findings.unexpected(table, row),
        Some(Expected::Row(expected)) if expected == row => {}
        Some(Expected::Row(expected)) => findings.altered(table, Some(&expected), row),
        Some(Expected::Changed(latest)) if latest.digest == books.expected.digest(row) => {}
        Some(Expected::Changed(latest)) => {
            let now = as_written_now(table, tx.tenant(), row);
            if now.is_some_and(|row| books.expected.digest(&row) == latest.digest) {
                return Ok(());
            }
            let expected = recorded(tx, table, table.key_of(row), latest.seq, findings).await?;
            findings.altered(table, expected.as_deref(), row);
        }
    }
    Ok(())
}

/// Notes the rows of configuration that the table does not have.
async fn note_rest(
    tx: &mut Transaction,
    books: &mut Books,
    table: &'static Derived,
    findings: &mut Findings,
) -> Result<(), DbError> {
    for ((_, key), latest) in books.changed.extract_if(|(name, _), _| *name == table.name()) {
        let expected = recorded(tx, table, &key, latest.seq, findings).await?;
        findings.missing(table, &key, expected.as_deref());
    }
    Ok(())
}

/// The row that a transaction made, where it will be shown.
async fn recorded(
    tx: &mut Transaction,
    table: &'static Derived,
    key: &[Value],
    seq: i64,
    findings: &Findings,
) -> Result<Option<Vec<Value>>, DbError> {
    if !findings.lists(table) {
        return Ok(None);
    }
    let Some(record) = Page::single(tx, seq).await? else { return Ok(None) };
    let rows = record.changes.iter().map(row_of).filter(|(of, _)| of.name() == table.name());
    Ok(rows.map(|(_, row)| row).rfind(|row| table.key_of(row) == key))
}

/// How many rows a part of a table should have, and has; those that may be on their way are neither.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) expected: u64,
    pub(super) stored: u64,
}

/// The parts of tables whose rows are not what the journal says.
pub(super) type Wrong = HashMap<Part, Counts>;

/// Compares a table that grows with history by the tallies of its parts. Answers how many rows it has.
pub(super) async fn compare_tallies(
    tx: &mut Transaction,
    books: &mut Books,
    table: &'static Derived,
    wrong: &mut Wrong,
) -> Result<u64, DbError> {
    let mut stored = Stored::all(table);
    let mut total = 0;
    let mut part: Option<(Part, Tally)> = None;
    loop {
        let rows = stored.next(tx).await?;
        total += rows.len() as u64;
        for row in &rows {
            let digest = books.expected.digest(row);
            if books.expected.is_on_its_way(digest) {
                continue;
            }
            let name = table.part_of(row);
            if part.as_ref().is_none_or(|((_, current), _)| current != name) {
                settle(books, part.take(), wrong);
            }
            let (_, tally) = part.get_or_insert_with(|| ((table.name(), name.into()), Tally::default()));
            tally.add(digest);
        }
        if rows.is_empty() {
            break;
        }
    }
    settle(books, part, wrong);
    let rest = books.expected.tallies.extract_if(|(name, _), _| *name == table.name());
    wrong.extend(rest.map(|(part, tally)| (part, Counts { expected: tally.rows, stored: 0 })));
    Ok(total)
}

fn settle(books: &mut Books, stored: Option<(Part, Tally)>, wrong: &mut Wrong) {
    let Some((part, stored)) = stored else { return };
    let expected = books.expected.tallies.remove(&part).unwrap_or_default();
    if expected != stored {
        wrong.insert(part, Counts { expected: expected.rows, stored: stored.rows });
    }
}
