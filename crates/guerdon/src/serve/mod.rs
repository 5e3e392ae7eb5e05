//! `guerdon serve`: the ledger over HTTP, until it is told to stop.

mod listen;
mod metrics;
mod stop;
mod work;

pub(crate) use listen::{Listener, bind};
pub(crate) use stop::{Stop, watch};

use crate::config::{Config, LogArgs, ServerArgs};
use crate::failure::{Ending, Failure};
use crate::logs::{self, Talk};
use crate::memory;
use crate::open::{self, Purpose};
use crate::out::{Out, boxed};
use crate::secret_key;
use clap::Args;
use guerdon_http::{App, Options};
use guerdon_programs::access::{Access, Secret, ensure_platform_admin};
use guerdon_programs::budgets::Budgets;
use guerdon_programs::drafting::Drafting;
use guerdon_programs::worker::Worker;
use guerdon_store::driver::Dialect;
use guerdon_store::journal::Journal;
use serde::Serialize;
use uuid::Uuid;
use work::Work;

const EXAMPLES: &str = "\
Examples:
  guerdon serve                                          everything in ./guerdon-data
  guerdon serve --data /var/lib/guerdon --listen 0.0.0.0:8080
  guerdon serve --database-url postgres://guerdon@db/guerdon
  GUERDON_ADMIN_KEY=gk_… guerdon serve                   an admin key of your own, for automation
  guerdon serve --data ./trial --clock 2026-01-31T23:59:00Z

The schema is brought up to date at start. SIGINT and SIGTERM stop the server in order: what was asked is answered, \
what was answered is on the disk. A second signal stops it at once.";

/// Arguments of `guerdon serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    server: ServerArgs,
}

/// What a server says of itself when it is ready.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    listening: String,
    docs: String,
    database: &'a str,
    /// The platform admin's key: only when it was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_key: Option<&'a str>,
}

/// Serves.
///
/// # Errors
/// [`Failure`] when it cannot begin, or the listener fails.
pub(crate) async fn run(args: ServeArgs, logs: &LogArgs, out: Out) -> Result<Ending, Failure> {
    let config = args.server.read(logs)?;
    logs::begin(&config, Talk::Info)?;
    // First of all: a server that cannot listen must not touch anything, nor make a key that nobody sees.
    let listener = bind(&config.listen).await?;
    let stop = watch()?;
    let opened = open::open(&config, Purpose::Serve).await?;
    let clock = open::clock(&config, &opened.database).await?;
    let journal = Journal::start(opened.database.clone(), clock, config.lanes())?;
    let app = app(&journal, &config, &listener)?;
    let key = ensure_platform_admin(&journal, config.admin_key.as_ref().map(Secret::expose)).await?;
    let ready = Ready {
        listening: listener.url(),
        docs: format!("{}/docs", listener.url()),
        database: &place(&config),
        admin_key: key.as_deref(),
    };
    tracing::info!(listening = ready.listening, database = ready.database, "ready");
    out.show(&ready, || told(&ready))?;
    serve(listener, journal, app, stop).await?;
    Ok(Ending::Well)
}

/// What answers calls, and does what is due.
///
/// # Errors
/// [`Failure`] where the configuration trusts somebody who cannot be, or there is no secret key to be had.
pub(crate) fn app(journal: &Journal, config: &Config, listener: &Listener) -> Result<App, Failure> {
    let access = Access::new(journal.database().clone(), journal.clock().clone());
    let access = access.trusting(&config.jwt.issuers)?;
    let options = Options {
        body_limit: config.body_limit,
        vault: secret_key::vault(config)?,
        drafting: Drafting::new(config.model().as_ref())?,
        ..Options::default()
    };
    let owner = match journal.database().dialect() {
        // Nobody else can have the file, so whoever comes after a server that died goes on at once.
        Dialect::Sqlite => "the server of this file".to_owned(),
        // Several servers may listen on what each calls 127.0.0.1:8080.
        Dialect::Postgres => format!("{} {}", listener.url(), Uuid::now_v7()),
    };
    let worker = Worker::new(Budgets::start(journal.clone()), owner);
    Ok(App::new(worker, access, options, metrics::record()))
}

/// Answers calls and does what is due until a signal comes, then finishes what was begun and closes the books.
///
/// # Errors
/// [`Failure`] when the listener fails.
pub(crate) async fn serve(listener: Listener, journal: Journal, app: App, stop: Stop) -> Result<(), Failure> {
    let work = Work::begin(app.worker().clone());
    let router = guerdon_http::router(app);
    memory::give_back();
    let ended = stop.serve(|signal| guerdon_http::serve(listener.into_inner(), router, signal.wait())).await;
    work.end().await;
    tracing::info!("closing the books");
    if let Err(error) = journal.stop().await {
        tracing::warn!(%error, "the log was not copied into the file; nothing is lost, it will be at the next start");
    }
    tracing::info!("stopped");
    Ok(ended?)
}

fn told(ready: &Ready<'_>) -> String {
    let url = &ready.listening;
    let mut text = format!("Guerdon listens on {url}, its documentation is {url}/docs\n");
    if let Some(key) = ready.admin_key {
        let lines = [
            String::new(),
            key.to_owned(),
            String::new(),
            "It makes tenants and allocates points. It is shown this once and kept as a".to_owned(),
            "hash only: put it where your secrets are. Lost it? guerdon key create".to_owned(),
            String::new(),
        ];
        text += &format!("\n{}\n", boxed("The platform admin's API key", &lines));
    }
    text
}

/// Where the data lies, in words, without passwords.
fn place(config: &Config) -> String {
    match config.database_url {
        Some(_) => "PostgreSQL".to_owned(),
        None => config.database_file().display().to_string(),
    }
}
