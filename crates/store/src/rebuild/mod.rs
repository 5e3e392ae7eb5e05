//! Builds every derived table anew from the journal, in one transaction that no writer can get between. What projections
//! made is thrown away and their cursors set back: they follow the journal from its beginning.
//!
//! The journal is verified first: on one that is not sound nothing is built. What was built is verified before it is
//! committed. A journal whose tables had to be changed gets a transaction that says so: it puts the repair on the audit
//! trail, and it moves the head, so that a running server forgets what it had read from the tables as they were.

mod clear;
mod fill;

use crate::derived::DERIVED;
use crate::driver::{Database, DbError, Dialect, Mode, Transaction};
use crate::records::TenantId;
use crate::verify::{self, Findings, OnProgress, tenants, verify_journal};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Waits for the writers at work and holds up those that come; readers go on. In the order in which a new tenant's slug
/// and head are written, so that the two cannot wait for each other.
const LOCK: &str = "LOCK TABLE tenant_directory, heads IN EXCLUSIVE MODE";
const COUNT_HEADS: &str = "SELECT count(*) FROM heads";
const COUNT_SLUGS: &str = "SELECT count(*) FROM tenant_directory";
const COUNT_PROGRESS: &str = "SELECT count(*) FROM index_progress";

/// What became of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// Rows it had.
    pub before: i64,
    /// Rows it has.
    pub after: i64,
    /// Rows that were missing, or not what the journal says, or not the journal's.
    pub differed: u64,
}

/// What was rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Journals read.
    pub journals: u64,
    /// Transactions in them, those among them that record the repair.
    pub transactions: u64,
    /// Every derived table.
    pub tables: Vec<TableReport>,
}

/// Why nothing was rebuilt. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The journal is not sound, so nothing can be built on it; or what was built on it does not verify.
    #[error("the journal is not sound: {} findings", .0.found.values().sum::<u64>())]
    Unsound(Box<verify::Report>),
}

/// How many rows of each table differed.
type Differed = BTreeMap<&'static str, u64>;

/// Rebuilds every derived table of all tenants. `actor` and `at` go into the transactions that record a repair.
///
/// # Errors
/// [`RebuildError`]; the database is as it was.
pub async fn rebuild(
    database: &Database,
    actor: &str,
    at: Timestamp,
    progress: OnProgress<'_>,
) -> Result<Report, RebuildError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Owner).await?;
    if tx.dialect() == Dialect::Postgres {
        tx.run_script(LOCK).await?;
    }
    let mut found = Findings::default();
    let tenants = tenants(&mut tx, &mut found).await?;
    let differed = check(&mut tx, &tenants, &mut found, progress).await?;
    if ["journal", "journal_texts"].iter().any(|table| found.report.found.contains_key(table)) {
        return Err(RebuildError::Unsound(Box::new(found.report)));
    }
    let before = count(&mut tx).await?;
    clear::clear(&mut tx).await?;
    for tenant in &tenants {
        tx.turn_to(*tenant);
        crate::budgets::clear(&mut tx).await?;
        let differed = differed.get(tenant).cloned().unwrap_or_default();
        fill::fill(&mut tx, fill::Repair { tenant: *tenant, actor, at, differed }, progress).await?;
    }
    let after = count(&mut tx).await?;
    let mut result = Findings::default();
    check(&mut tx, &tenants, &mut result, progress).await?;
    if !result.report.is_clean() {
        return Err(RebuildError::Unsound(Box::new(result.report)));
    }
    tx.commit().await?;
    if let Err(error) = database.checkpoint().await {
        tracing::warn!(%error, "the log was not copied into the file; it will be later");
    }
    let total = |table| differed.values().filter_map(|rows| rows.get(table)).sum();
    let tables = before.iter().zip(after).map(|((table, before), (_, after))| TableReport {
        table,
        before: *before,
        after,
        differed: total(table),
    });
    let (journals, transactions) = (result.report.journals, result.report.transactions);
    Ok(Report { journals, transactions, tables: tables.collect() })
}

/// Verifies all journals; answers how many rows of each tenant's tables differ.
async fn check(
    tx: &mut Transaction,
    tenants: &BTreeSet<TenantId>,
    findings: &mut Findings,
    progress: OnProgress<'_>,
) -> Result<BTreeMap<TenantId, Differed>, DbError> {
    let mut differed = BTreeMap::new();
    for tenant in tenants {
        tx.turn_to(*tenant);
        verify_journal(tx, *tenant, findings, progress).await?;
        differed.insert(*tenant, findings.rows.clone());
    }
    Ok(differed)
}

async fn count(tx: &mut Transaction) -> Result<Vec<(&'static str, i64)>, DbError> {
    let mut tables =
        vec![("heads", COUNT_HEADS), ("tenant_directory", COUNT_SLUGS), ("index_progress", COUNT_PROGRESS)];
    tables.extend(DERIVED.map(|table| (table.name(), table.count)));
    let mut counts = Vec::with_capacity(tables.len());
    for (table, sql) in tables {
        let rows = tx.query(sql, []).await?;
        counts.push((table, rows.first().map_or(Ok(0), |row| row.int(0))?));
    }
    Ok(counts)
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    [own::statements(), clear::statements(), fill::statements()].concat()
}

mod own {
    use super::{COUNT_HEADS, COUNT_PROGRESS, COUNT_SLUGS, LOCK};
    crate::statements::list! { COUNT_HEADS, COUNT_SLUGS, COUNT_PROGRESS; postgres: LOCK }
}
