//! `guerdon rebuild`: every derived table, anew from the journal.

use crate::config::{LogArgs, StoreArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open::{Purpose, open};
use crate::out::{Out, count, counted, line, table};
use crate::progress::spinner;
use crate::verify::{findings, show_on};
use clap::Args;
use comfy_table::{Cell, CellAlignment, Color};
use guerdon_store::Clock;
use guerdon_store::driver::Database;
use guerdon_store::rebuild::{self, RebuildError, Report};

const EXAMPLES: &str = "\
Examples:
  guerdon rebuild --data /var/lib/guerdon
  guerdon rebuild --database-url postgres://guerdon@db/guerdon

Verifies the journal, builds everything else from it in one transaction, and verifies what it built before it is \
kept. The embedded database must not be in use by a server; PostgreSQL's writers wait meanwhile.

Exit codes: 0 everything is as the journal says now; 1 the journal itself is not sound, so nothing was changed; \
2 it was not done.";

/// Whom the journal names as the one who repaired.
const ACTOR: &str = "operator";

/// Arguments of `guerdon rebuild`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    store: StoreArgs,
}

/// Rebuilds.
///
/// # Errors
/// [`Failure`] when it was not done.
pub(crate) async fn run(args: RebuildArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let config = args.store.read(logs)?;
    logs::begin(&config, Talk::Warn)?;
    let opened = open(&config, Purpose::Rebuild).await?;
    match build(&opened.database).await {
        Ok(report) => {
            out.show(&report, || told(&report))?;
            Ok(Ending::Well)
        }
        Err(RebuildError::Unsound(report)) => {
            out.show(&*report, || findings(&report.findings))?;
            if !out.is_json() {
                line(
                    "\nThe journal itself is not sound, so nothing can be built on it. Nothing was changed.",
                )?;
            }
            Ok(Ending::Wrong)
        }
        Err(other) => Err(other.into()),
    }
}

async fn build(database: &Database) -> Result<Report, RebuildError> {
    let life = spinner();
    let report = rebuild::rebuild(database, ACTOR, Clock::System.now(), &mut show_on(&life)).await;
    life.finish_and_clear();
    report
}

fn told(report: &Report) -> String {
    let number = |number: i64| Cell::new(count(number)).set_alignment(CellAlignment::Right);
    let rows = report.tables.iter().map(|table| {
        let differed = Cell::new(count(table.differed)).set_alignment(CellAlignment::Right);
        let differed = if table.differed > 0 { differed.fg(Color::Yellow) } else { differed };
        [Cell::new(table.table), number(table.before), number(table.after), differed]
    });
    let differed: u64 = report.tables.iter().map(|table| table.differed).sum();
    format!(
        "{}\n\nRebuilt from {} in {}; {} not as the journal says.",
        table(&["table", "rows before", "rows now", "differed"], rows),
        counted(report.transactions, "transaction", "transactions"),
        counted(report.journals, "journal", "journals"),
        match differed {
            0 => "no row was".to_owned(),
            1 => "1 row was".to_owned(),
            many => format!("{} rows were", count(many)),
        }
    )
}
