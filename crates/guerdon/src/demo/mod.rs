//! `guerdon demo`: a server with a company that has half a year behind it.

mod company;
mod dice;
mod names;
mod plan;
mod seed;
mod step;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use crate::config::{Config, LogArgs, ServerArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::open::{self, Opened, Purpose};
use crate::out::Out;
use crate::progress::spinner;
use crate::serve;
use clap::Args;
use guerdon_programs::access::Secret;
use guerdon_store::driver::Location;
use guerdon_store::journal::Journal;
use guerdon_store::{Clock, directory};
use seed::Seeded;
use summary::Summary;
use tempfile::TempDir;

const EXAMPLES: &str = "\
Examples:
  guerdon demo                              in a folder of its own, which goes when the server stops
  guerdon demo --data ./trial               in a new folder that stays; go on with: guerdon serve --data ./trial
  guerdon demo --seed 7 --listen 127.0.0.1:0

Two companies, Acme Corporation and Bluebird Coffee, 120 people, and six months of allocations, budgets, awards, \
orders and mistakes, up to this minute: the same for the same --seed. Every one of them is a transaction of the \
journal like any other. Only a --data or --database-url flag says where; the environment and guerdon.toml do not, so \
that a demonstration never lands in books that somebody keeps.";

/// Arguments of `guerdon demo`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// What the history grows from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

/// Makes the companies and serves them.
///
/// # Errors
/// [`Failure`] when it cannot begin, or the listener fails.
pub(crate) async fn run(args: DemoArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let (config, _temporary) = place(&args, logs)?;
    logs::begin(&config, Talk::Warn)?;
    let listener = serve::bind(&config.listen).await?;
    let stop = serve::watch()?;
    let opened = open_empty(&config).await?;
    let until = config.clock.unwrap_or_else(|| Clock::System.now());

    let life = spinner();
    life.set_message("living through six months");
    let admin_key = config.admin_key.as_ref().map(Secret::expose);
    let made = seed::seed(&opened.database, config.lanes(), args.seed, until, admin_key).await;
    life.finish_and_clear();
    let seeded: Seeded = made?;

    let opened = opened.reopened(&config.location())?;
    let clock = open::clock(&config, &opened.database).await?;
    let journal = Journal::start(opened.database.clone(), clock, config.lanes())?;
    let app = serve::app(&journal, &config, &listener)?;
    let summary = Summary::of(&seeded, &listener.url(), &config);
    out.show(&summary, || summary.told())?;
    serve::serve(listener, journal, app, stop).await?;
    Ok(Ending::Well)
}

/// Where the demonstration lies: only where flags say so; else in a folder that goes with it.
fn place(args: &DemoArgs, logs: &LogArgs) -> Result<(Config, Option<TempDir>), Failure> {
    let mut config = args.server.read(logs)?;
    let store = &args.server.store;
    if store.database_url.is_none() {
        config.database_url = None;
    }
    if store.data.is_some() || store.database_url.is_some() {
        return Ok((config, None));
    }
    let temporary = tempfile::Builder::new().prefix("guerdon-demo-").tempdir()?;
    temporary.path().clone_into(&mut config.data);
    Ok((config, Some(temporary)))
}

/// Opens a database that nobody has used. While the history is written a power cut may lose it: it can be had again.
async fn open_empty(config: &Config) -> Result<Opened, Failure> {
    let location = match config.location() {
        Location::Sqlite { path, .. } if path.exists() => {
            return Err(Failure::DatabaseExists(config.data.clone()));
        }
        Location::Sqlite { path, .. } => Location::Sqlite { path, durable: false },
        location @ Location::Postgres { .. } => location,
    };
    let opened = open::open_at(config, location, Purpose::Demo).await?;
    if !directory::list_journals(&opened.database).await?.is_empty() {
        return Err(Failure::Input(
            "the database is in use already: a demonstration wants an empty one".to_owned(),
        ));
    }
    Ok(opened)
}
