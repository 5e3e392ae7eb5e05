//! `guerdon export`: the journal, row by row.

mod file;
#[cfg(test)]
mod tests;

use crate::config::{LogArgs, StoreArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open::{self, Purpose};
use crate::out::{Out, counted, note};
use crate::progress::{Rate, bar};
use clap::{Args, ValueEnum};
use file::Target;
use guerdon_store::TenantId;
use guerdon_store::driver::{Database, Mode};
use guerdon_store::{directory, read};
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  guerdon export ndjson --out journal.ndjson
  guerdon export ndjson --tenant acme | jq -c '{seq, kind, postings: (.postings | fromjson)}'

Each line is one row of the journal, its columns as they were hashed. To check the chain with any tool: start each \
tenant with 32 zero bytes; each row's hash is the SHA-256 of \"guerdon.journal.v1\", the hash before it, and then each \
field from tenant_id to texts_hash in order, each as its length in bytes (four, big-endian) and its text; a null is \
the one byte zero. Instants are microseconds since 1970 UTC. Names and addresses of people stand beside the journal \
and are not exported.";

/// Rows read at a time.
const PAGE: i64 = if cfg!(test) { 7 } else { 2_000 };

/// Arguments of `guerdon export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// In which form
    format: ExportFormat,
    #[command(flatten)]
    store: StoreArgs,
    /// This tenant alone, by slug or id; all journals without it, the platform's own among them
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Write to this file instead of standard output; it appears once it is whole
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ExportFormat {
    /// One JSON object for each row of the journal
    Ndjson,
}

/// What was exported.
#[derive(Debug, Serialize)]
struct Exported {
    journals: u64,
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

/// Exports.
///
/// # Errors
/// [`Failure`]; a file that was to be written is not there then.
pub(crate) async fn run(args: ExportArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let ExportFormat::Ndjson = args.format;
    let config = args.store.read(logs)?;
    logs::begin(&config, Talk::Warn)?;
    let opened = open::open(&config, Purpose::Export).await?;
    let journals = match &args.tenant {
        Some(tenant) => vec![open::tenant(&opened.database, tenant).await?.id],
        None => directory::list_journals(&opened.database).await?,
    };
    let mut target = Target::open(args.out.as_deref())?;
    let rows = export(&opened.database, &journals, target.writer()).await?;
    target.finish()?;
    let exported = Exported { journals: journals.len() as u64, rows, file: args.out };
    let told = || {
        let rows = counted(exported.rows, "row", "rows");
        format!("Exported {rows} of {}.", counted(exported.journals, "journal", "journals"))
    };
    match &exported.file {
        Some(_) => out.show(&exported, told)?,
        // The rows themselves are on standard output.
        None if std::io::stderr().is_terminal() => note(&told()),
        None => {}
    }
    Ok(Ending::Well)
}

/// Writes the rows of some journals, each as it was at one instant; answers how many they are.
///
/// # Errors
/// [`Failure`] of the database or the writer.
pub(crate) async fn export(
    database: &Database,
    journals: &[TenantId],
    writer: &mut (impl Write + ?Sized),
) -> Result<u64, Failure> {
    let progress = bar(0);
    let rate = Rate::begin();
    let mut rows = 0;
    for tenant in journals {
        rows = export_one(database, *tenant, writer, &progress, rows).await?;
        progress.set_message(rate.told(rows, "rows"));
    }
    writer.flush()?;
    progress.finish_and_clear();
    Ok(rows)
}

async fn export_one(
    database: &Database,
    tenant: TenantId,
    writer: &mut (impl Write + ?Sized),
    progress: &ProgressBar,
    mut rows: u64,
) -> Result<u64, Failure> {
    let mut tx = database.begin(tenant, Mode::Read).await?;
    progress.inc_length(u64::try_from(read::journal_length(&mut tx).await?).unwrap_or_default());
    let mut after = 0;
    loop {
        let page = read::journal_rows(&mut tx, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(rows) };
        after = last.seq;
        for row in &page {
            serde_json::to_writer(&mut *writer, row).map_err(std::io::Error::from)?;
            writer.write_all(b"\n")?;
        }
        rows += page.len() as u64;
        progress.set_position(rows);
    }
}
