//! `guerdon verify`: the proof that the books are right.

mod budgets;

use self::budgets::Budgets;
use crate::config::{LogArgs, StoreArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open::{Purpose, open};
use crate::out::{Out, count, counted, table};
use crate::progress::{Rate, spinner};
use clap::Args;
use comfy_table::{Cell, Color};
use guerdon_store::driver::{Database, DbError};
use guerdon_store::verify::{self, Finding, Progress, Report};
use indicatif::ProgressBar;
use owo_colors::OwoColorize;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  guerdon verify
  guerdon verify --data /var/lib/guerdon
  guerdon verify --budgets
  guerdon verify --database-url postgres://guerdon@db/guerdon --json

Walks every journal from its first row, computes its hashes anew, replays its postings and holds, and compares every \
other table with what follows. Works on a stopped or a running server.

Exit codes: 0 the books are right; 1 something is wrong, and the table says what and where; 2 it could not look.";

/// Arguments of `guerdon verify`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Also reconcile every budget: what is kept of it against what its entries say.
    #[arg(long)]
    budgets: bool,
}

/// What was found, with the budgets where they were asked for.
#[derive(Debug, Serialize)]
struct Found {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    budgets: Option<Budgets>,
}

/// Verifies.
///
/// # Errors
/// [`Failure`] when it could not look.
pub(crate) async fn run(args: VerifyArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let config = args.store.read(logs)?;
    logs::begin(&config, Talk::Warn)?;
    let opened = open(&config, Purpose::Verify).await?;
    let report = look(&opened.database).await?;
    let budgets = match args.budgets {
        true => Some(Budgets::look(&opened.database).await?),
        false => None,
    };
    let found = Found { report, budgets };
    out.show(&found, || {
        let budgets = found.budgets.iter().map(|budgets| format!("\n{}", budgets.told()));
        told(&found.report) + &budgets.collect::<String>()
    })?;
    let right = found.report.is_clean() && found.budgets.as_ref().is_none_or(Budgets::are_right);
    if right { Ok(Ending::Well) } else { Ok(Ending::Wrong) }
}

async fn look(database: &Database) -> Result<Report, DbError> {
    let life = spinner();
    life.set_message("looking");
    let report = verify::verify(database, &mut show_on(&life)).await;
    life.finish_and_clear();
    report
}

/// Shows how far verification or rebuilding has come.
pub(crate) fn show_on(life: &ProgressBar) -> impl FnMut(Progress) + Send {
    let rate = Rate::begin();
    let (mut seen, mut last) = (0, 0);
    let life = life.clone();
    move |progress| {
        // Each stage of each tenant counts from nothing.
        seen += if progress.done >= last { progress.done - last } else { progress.done };
        last = progress.done;
        let rows = rate.told(u64::try_from(seen).unwrap_or_default(), "rows");
        life.set_message(format!("{} of {} · {rows}", progress.stage, progress.tenant));
    }
}

fn told(report: &Report) -> String {
    let looked = format!(
        "{}, {}, {}, {}, {}",
        counted(report.journals, "journal", "journals"),
        counted(report.transactions, "transaction", "transactions"),
        counted(report.entries, "entry", "entries"),
        counted(report.accounts, "account", "accounts"),
        counted(report.holds, "hold", "holds"),
    );
    if report.is_clean() {
        return format!("{} The books are right: {looked}.", "✔".green().bold());
    }
    let all: u64 = report.found.values().sum();
    let mut text = findings(&report.findings);
    let each = report.found.iter().map(|(table, number)| format!("{table} {}", count(*number)));
    text += &format!(
        "\n\n{} {} ({}) in {looked}.",
        "✘".red().bold(),
        counted(all, "finding", "findings"),
        each.collect::<Vec<_>>().join(", ")
    );
    if all > report.findings.len() as u64 {
        text += &format!(" The first {} are listed.", count(report.findings.len() as u64));
    }
    text
}

/// A table of findings.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let rows = findings.iter().map(|finding| {
        [
            Cell::new(&finding.tenant),
            Cell::new(finding.table),
            Cell::new(&finding.key).fg(Color::Red),
            Cell::new(&finding.what),
            Cell::new(finding.expected.as_deref().unwrap_or_default()),
            Cell::new(finding.found.as_deref().unwrap_or_default()),
        ]
    });
    table(&["tenant", "table", "row", "what is wrong", "expected", "found"], rows)
}
