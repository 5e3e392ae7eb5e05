//! `guerdon migrate`: the schema, forward and back.

use crate::config::{LogArgs, StoreArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open::{Opened, Purpose, open};
use crate::out::{Out, table};
use clap::{Args, Subcommand, value_parser};
use comfy_table::{Cell, Color};
use guerdon_store::Clock;
use guerdon_store::migrate::{self, Step};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  guerdon migrate status                    which steps the database has; exit code 1 where some are missing
  guerdon migrate up
  guerdon migrate down --steps 1            takes the last step back, and with it the tables that it made";

/// Arguments of `guerdon migrate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    command: MigrateCommand,
}

#[derive(Debug, Subcommand)]
enum MigrateCommand {
    /// Apply what is missing; makes the database where there is none
    Up {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Take the last steps back, and with them the tables they made and all that is in them
    Down {
        #[command(flatten)]
        store: StoreArgs,
        /// How many steps
        #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
        steps: u64,
    },
    /// Show which steps the database has
    Status {
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// A step as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    version: i64,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<String>,
}

impl From<&Step> for Shown {
    fn from(step: &Step) -> Self {
        let applied_at = step.applied_at.map(|at| format!("{at:.0}"));
        Self { version: step.version, name: step.name.clone(), applied_at }
    }
}

/// Migrates.
///
/// # Errors
/// [`Failure`]; the steps before the failing one stay.
pub(crate) async fn run(args: MigrateArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    match args.command {
        MigrateCommand::Up { store } => {
            let opened = begin(&store, logs, Purpose::MigrateUp).await?;
            let steps = migrate::up(&opened.database, Clock::System.now()).await?;
            show_done(&steps, "applied", "nothing to do: the database is up to date", out)
        }
        MigrateCommand::Down { store, steps } => {
            let opened = begin(&store, logs, Purpose::MigrateDown).await?;
            let steps = usize::try_from(steps).unwrap_or(usize::MAX);
            let steps = migrate::down(&opened.database, steps).await?;
            show_done(&steps, "taken back", "nothing to do: the database has no schema", out)
        }
        MigrateCommand::Status { store } => {
            let opened = begin(&store, logs, Purpose::MigrateStatus).await?;
            show_status(&migrate::status(&opened.database).await?, out)
        }
    }
}

async fn begin(store: &StoreArgs, logs: &LogArgs, purpose: Purpose) -> Result<Opened, Failure> {
    let config = store.read(logs)?;
    logs::begin(&config, Talk::Warn)?;
    open(&config, purpose).await
}

fn show_done(steps: &[Step], done: &str, nothing: &str, out: Out) -> Result<Ending, Failure> {
    let shown: Vec<Shown> = steps.iter().map(Shown::from).collect();
    out.show(&shown, || match shown.is_empty() {
        true => nothing.to_owned(),
        false => shown.iter().map(|step| format!("{done}: {}\n", step.name)).collect(),
    })?;
    Ok(Ending::Well)
}

fn show_status(steps: &[Step], out: Out) -> Result<Ending, Failure> {
    let shown: Vec<Shown> = steps.iter().map(Shown::from).collect();
    out.show(&shown, || {
        let rows = shown.iter().map(|step| {
            let state = match &step.applied_at {
                Some(at) => Cell::new(at),
                None => Cell::new("missing").fg(Color::Yellow),
            };
            [Cell::new(step.version), Cell::new(&step.name), state]
        });
        table(&["step", "name", "applied"], rows)
    })?;
    match shown.iter().all(|step| step.applied_at.is_some()) {
        true => Ok(Ending::Well),
        false => Ok(Ending::Wrong),
    }
}
