//! `guerdon import`: members and their opening balances from a CSV file.

mod bad_rows;
mod columns;
mod name;
mod row;
mod submit;
#[cfg(test)]
mod tests;

use crate::config::{LogArgs, StoreArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open::{self, Purpose};
use crate::out::{Out, count, counted};
use crate::progress::{Rate, bar};
use bad_rows::BadRows;
use clap::Args;
use name::ImportName;
use owo_colors::OwoColorize;
use serde::Serialize;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use submit::{Import, Tally};

const EXAMPLES: &str = "\
Examples:
  guerdon import --tenant acme members.csv
  guerdon import --tenant acme --name payroll-2026 members.csv

The file has a heading and any of these columns, in any order; only member_id is needed:
  member_id,name,email,role,team,department,asset,opening_balance
  rudo.moyo,Rudo Moyo,rudo@acme.example,lead,payments,engineering,PTS,1500

role is admin, manager, lead, member (where empty) or auditor; asset is PTS where empty; opening_balance is a whole \
number of the asset's minor units: 1250 is 12.50 USD. Points come into the wallet, other assets into the reward \
account, issued by the platform in the transaction that adds the member.

Rows that cannot be imported are listed in <FILE>.bad-rows.csv with their line and the reason; the rest is imported. \
Corrected, that file can be imported itself. An import that was stopped is gone on with by running it again: each row \
is recorded once under the import's name, however often it is read.";

/// Arguments of `guerdon import`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// The CSV file
    file: PathBuf,
    /// The tenant, by slug or id
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// What the import is called: a row is recorded once under a name [default: the file's name without .csv]
    #[arg(long, value_name = "NAME")]
    name: Option<ImportName>,
    #[command(flatten)]
    store: StoreArgs,
}

/// What was imported.
#[derive(Debug, Serialize)]
struct Imported {
    tenant: String,
    import: String,
    #[serde(flatten)]
    tally: Tally,
    /// Whether the file was read to its end.
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bad_rows: Option<PathBuf>,
    seconds: f64,
    rows_per_second: u64,
}

/// Imports.
///
/// # Errors
/// [`Failure`] when it was not done, or not to the end. What was imported until then stays.
pub(crate) async fn run(args: ImportArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let config = args.store.read(logs)?;
    logs::begin(&config, Talk::Warn)?;
    let name = args.name.map_or_else(|| ImportName::of_file(&args.file), Ok)?;
    let file = File::open(&args.file).map_err(Failure::file(&args.file))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let opened = open::open(&config, Purpose::Import).await?;
    let tenant = open::tenant(&opened.database, &args.tenant).await?;
    let journal = open::journal(&config, &opened.database)?;

    let (progress, rate) = (bar(length), Rate::begin());
    let import = Import { journal: journal.clone(), tenant: tenant.id, name };
    let mut bad_rows = BadRows::beside(&args.file)?;
    let stopped = stop_on_signal();
    let stop = || stopped.load(Ordering::Relaxed);
    progress.set_message("reading");
    let tell = |tally: &Tally| progress.set_message(told_underway(tally, &rate));
    let submitted = import.submit(progress.wrap_read(file), &mut bad_rows, &stop, &tell).await;
    progress.finish_and_clear();
    let closed = journal.stop().await;
    let bad_rows = bad_rows.finish()?;
    let tally = submitted?;
    closed?;
    let imported = Imported {
        tenant: tenant.slug.as_str().to_owned(),
        import: import.name.to_string(),
        complete: !stop(),
        bad_rows,
        seconds: rate.seconds(),
        rows_per_second: rate.of(tally.rows),
        tally,
    };
    out.show(&imported, || told(&imported))?;
    match (imported.complete, imported.tally.bad) {
        (false, _) => Err(Failure::Interrupted),
        (true, 0) => Ok(Ending::Well),
        (true, _) => Ok(Ending::Wrong),
    }
}

/// A flag that the first signal raises: rows under way are finished, no new ones are read. A second signal ends the
/// process, which loses nothing either.
fn stop_on_signal() -> Arc<AtomicBool> {
    let stopped = Arc::new(AtomicBool::new(false));
    let raise = stopped.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if raise.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        }
    });
    stopped
}

fn told_underway(tally: &Tally, rate: &Rate) -> String {
    let rows = rate.told(tally.rows, "rows");
    match tally.bad {
        0 => rows,
        bad => format!("{rows} · {}", format!("{bad} bad").yellow()),
    }
}

fn told(imported: &Imported) -> String {
    let Imported { tally, .. } = imported;
    let mut text = format!(
        "{} imported into {}, {} before, {} bad; {} read in {:.1} s ({}/s).",
        counted(tally.imported, "member", "members"),
        imported.tenant,
        counted(tally.already, "was there", "were there"),
        count(tally.bad),
        counted(tally.rows, "row", "rows"),
        imported.seconds,
        count(imported.rows_per_second),
    );
    if let Some(path) = &imported.bad_rows {
        text += &format!(
            "\nThe bad rows, with their lines and reasons: {}\nCorrect them there and import that file in the same way.",
            path.display()
        );
    }
    text
}
