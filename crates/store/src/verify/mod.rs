//! The proof that the books are right: every journal is walked from its first row, its hashes are computed anew, its
//! postings and holds are replayed, and every other table is compared with what follows.
//!
//! Each journal is read in a transaction of its own that sees one instant, so a server may go on writing. What this needs
//! of memory grows with accounts, members and open holds, not with history.

mod books;
mod chain;
mod detail;
mod finals;
mod report;
mod tables;
mod tenants;
mod walk;

pub use report::{Finding, LISTED_PER_TABLE, Report};

pub(crate) use report::Findings;
pub(crate) use tenants::tenants;
pub(crate) use walk::{Page, Walk};

use crate::derived::{ENTRIES, HOLDS, KEYS, LISTINGS, REVERSALS, filled_to};
use crate::directory::FIND_HEAD;
use crate::driver::{Database, DbError, Dialect, Mode, Row, Transaction};
use crate::journal::record::{Texts, texts_hash};
use crate::journal::transaction_id;
use crate::records::TenantId;
use books::Books;
use chain::Chain;
use std::collections::{BTreeSet, HashMap};
use walk::Salted;

const FIND_SLUG: &str = "SELECT slug FROM tenant_directory WHERE tenant_id = $1";

/// How far verification or rebuilding has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Whose journal is at hand.
    pub tenant: TenantId,
    /// What is being done with it.
    pub stage: &'static str,
    /// The transactions, or rows, done in this stage.
    pub done: i64,
}

/// Who is told how far it has come.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Verifies all journals and everything that is derived from them. A row that cannot be read is a finding like any other.
///
/// # Errors
/// [`DbError`] when the database cannot be read at all.
pub async fn verify(database: &Database, progress: OnProgress<'_>) -> Result<Report, DbError> {
    let mut findings = Findings::default();
    for tenant in all_tenants(database, &mut findings).await? {
        let mut tx = database.begin(tenant, Mode::Read).await?;
        verify_journal(&mut tx, tenant, &mut findings, progress).await?;
    }
    Ok(findings.report)
}

/// Verifies the journal of one tenant and everything that is derived from it.
///
/// # Errors
/// [`DbError`] when the database cannot be read at all.
pub async fn verify_tenant(
    database: &Database,
    tenant: TenantId,
    progress: OnProgress<'_>,
) -> Result<Report, DbError> {
    let mut findings = Findings::default();
    let mut tx = database.begin(tenant, Mode::Read).await?;
    verify_journal(&mut tx, tenant, &mut findings, progress).await?;
    Ok(findings.report)
}

async fn all_tenants(database: &Database, findings: &mut Findings) -> Result<BTreeSet<TenantId>, DbError> {
    // Row-level security shows a reader no tenant but its own; on SQLite an owner would hold up the writer.
    let mode = match database.dialect() {
        Dialect::Sqlite => Mode::Read,
        Dialect::Postgres => Mode::Owner,
    };
    let mut tx = database.begin(TenantId::PLATFORM, mode).await?;
    tenants(&mut tx, findings).await
}

/// Verifies the journal of one tenant, whose transaction this is.
pub(crate) async fn verify_journal(
    tx: &mut Transaction,
    tenant: TenantId,
    findings: &mut Findings,
    progress: OnProgress<'_>,
) -> Result<(), DbError> {
    findings.turn_to(tenant.to_string());
    findings.report.journals += 1;
    let filled_to = filled_to(tx).await?;
    let mut books = Books::new(filled_to);
    let mut chain = Chain::new(tenant);
    let mut walk = Walk::new();
    while let Some(page) = walk.next(tx).await? {
        for row in &page.rows {
            chain.take(row, findings)?;
            match page.record(row) {
                Ok(record) => books.take(&record, findings),
                Err(error) => {
                    let what = "the row cannot be read";
                    findings.note(
                        "journal",
                        transaction_id(row.int(0)?),
                        what,
                        None,
                        Some(error.to_string()),
                    );
                }
            }
        }
        check_texts(&page, findings)?;
        findings.report.transactions += page.rows.len() as u64;
        progress(Progress { tenant, stage: "transactions", done: chain.seq });
    }
    books.end();
    for seq in walk.texts_beyond(tx).await? {
        findings.note("journal_texts", transaction_id(seq), "there is no such transaction", None, None);
    }
    check_ends(tx, &chain, &books, tenant, findings).await?;
    check_progress(filled_to, &chain, tenant, findings);
    tables::compare(tx, &mut books, findings).await?;
    let mut wrong = HashMap::new();
    for table in [&HOLDS, &ENTRIES, &KEYS, &REVERSALS, &LISTINGS] {
        let rows = tables::compare_tallies(tx, &mut books, table, &mut wrong).await?;
        progress(Progress { tenant, stage: table.name(), done: rows as i64 });
        match table.name() {
            "entries" => findings.report.entries += rows,
            "holds" => findings.report.holds += rows,
            _ => {}
        }
    }
    if !wrong.is_empty() {
        detail::name_rows(tx, tenant, &wrong, filled_to, findings, progress).await?;
    }
    Ok(())
}

/// Checks the personal texts beside some rows: those that are still there must be those that were hashed.
fn check_texts(page: &Page, findings: &mut Findings) -> Result<(), DbError> {
    let mut unhashed: HashMap<i64, &Salted> = page.texts.iter().map(|(seq, text)| (*seq, text)).collect();
    for row in &page.rows {
        let seq = row.int(0)?;
        let (Some(hash), Some((salt, body))) = (row.text_or_null(16)?, unhashed.get(&seq)) else { continue };
        unhashed.remove(&seq);
        let found = texts_hash(salt, body);
        if found != hash {
            let what = "the texts are not those that were hashed";
            findings.note("journal_texts", transaction_id(seq), what, Some(hash.to_owned()), Some(found));
        } else if serde_json::from_str::<Texts>(body).is_err() {
            findings.note("journal_texts", transaction_id(seq), "the texts cannot be read", None, None);
        }
    }
    for seq in unhashed.into_keys() {
        findings.note("journal_texts", transaction_id(seq), "no transaction has these texts", None, None);
    }
    Ok(())
}

/// Checks the row that holds the journal's end, and the slug that leads to it.
async fn check_ends(
    tx: &mut Transaction,
    chain: &Chain,
    books: &Books,
    tenant: TenantId,
    findings: &mut Findings,
) -> Result<(), DbError> {
    let heads = tx.query(FIND_HEAD, [tx.tenant()]).await?;
    let slugs = tx.query(FIND_SLUG, [tx.tenant()]).await?;
    match heads.first() {
        Some(head) => check_head(head, chain, tenant, findings)?,
        None if chain.seq == 0 && slugs.is_empty() => return Ok(()),
        None => {
            findings.note_row("heads", tenant.to_string(), "the row is missing", Some(shown(chain)), None)
        }
    }
    let found = slugs.first().map(|row| row.text(0)).transpose()?;
    let slug = match (&books.tenant, tenant) {
        (Some(tenant), _) => Some(tenant.slug.as_str()),
        (None, TenantId::PLATFORM) => Some("platform"),
        (None, _) => found,
    };
    if found.is_none() || found != slug {
        let (expected, found) = (slug.map(str::to_owned), found.map(str::to_owned));
        let what = "the slug of the journal's tenant is not there";
        findings.note_row("tenant_directory", tenant.to_string(), what, expected, found);
    }
    Ok(())
}

fn check_head(head: &Row, chain: &Chain, tenant: TenantId, findings: &mut Findings) -> Result<(), DbError> {
    let (seq, hash, recorded_at) = (head.int(0)?, head.text(1)?, head.int(2)?);
    if seq > chain.seq {
        // Nothing but a lost row of the journal makes it so: what the head alone remembers cannot be rebuilt.
        let what = "the head names a transaction that is missing";
        findings.note("journal", transaction_id(seq), what, None, None);
    } else if seq < chain.seq || hash != chain.hash || (seq > 0 && recorded_at != chain.recorded_at) {
        let found = format!("seq={seq}, hash={hash}, recorded_at={recorded_at}");
        let what = "the row is not the end of the journal";
        findings.note_row("heads", tenant.to_string(), what, Some(shown(chain)), Some(found));
    }
    Ok(())
}

/// Checks how far the indexes over history say that they are filled.
fn check_progress(filled_to: i64, chain: &Chain, tenant: TenantId, findings: &mut Findings) {
    findings.report.waiting += chain.seq.saturating_sub(filled_to).max(0) as u64;
    if filled_to > chain.seq && filled_to != i64::MAX {
        let (expected, found) = (format!("seq={} or before", chain.seq), format!("seq={filled_to}"));
        let what = "the row names a transaction that is missing";
        findings.note_row("index_progress", tenant.to_string(), what, Some(expected), Some(found));
    }
}

fn shown(chain: &Chain) -> String {
    match chain.seq {
        0 => format!("seq=0, hash={}", chain.hash),
        seq => format!("seq={seq}, hash={}, recorded_at={}", chain.hash, chain.recorded_at),
    }
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    use crate::statements::Sql;
    let own = vec![("FIND_SLUG", Sql::from(&FIND_SLUG))];
    [own, tenants::statements(), walk::statements()].concat()
}
