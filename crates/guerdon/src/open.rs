//! The one place where a database is opened: for whom it is made, migrated, locked, or only looked at.

use crate::config::Config;
use crate::failure::Failure;
use crate::lock::FolderLock;
use guerdon_store::driver::{Database, Location};
use guerdon_store::journal::Journal;
use guerdon_store::{Clock, Tenant, directory, migrate};
use std::path::Path;

/// What the database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Serve,
    Demo,
    MigrateUp,
    MigrateDown,
    MigrateStatus,
    Verify,
    Rebuild,
    Export,
    Import,
    KeyCreate,
    KeyRevoke,
    KeyList,
}

/// What a purpose asks of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    /// Bring it up to date.
    Migrate,
    /// It must be what this program knows.
    Current,
    /// Whatever it is.
    Any,
}

impl Purpose {
    /// The command, as it is typed.
    fn command(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Demo => "demo",
            Self::MigrateUp => "migrate up",
            Self::MigrateDown => "migrate down",
            Self::MigrateStatus => "migrate status",
            Self::Verify => "verify",
            Self::Rebuild => "rebuild",
            Self::Export => "export",
            Self::Import => "import",
            Self::KeyCreate => "key create",
            Self::KeyRevoke => "key revoke",
            Self::KeyList => "key list",
        }
    }

    /// Whether a database is made where there is none.
    fn makes(self) -> bool {
        matches!(self, Self::Serve | Self::Demo | Self::MigrateUp)
    }

    /// Whether the embedded database must be nobody else's meanwhile. What only reads goes beside a server.
    fn is_alone(self) -> bool {
        !matches!(self, Self::MigrateStatus | Self::Verify | Self::Export | Self::KeyList)
    }

    fn schema(self) -> Schema {
        match self {
            Self::Serve | Self::Demo => Schema::Migrate,
            Self::MigrateUp | Self::MigrateDown | Self::MigrateStatus => Schema::Any,
            _ => Schema::Current,
        }
    }
}

/// An open database; the folder is this process's own as long as this lives.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The database.
    pub(crate) database: Database,
    _lock: Option<FolderLock>,
}

impl Opened {
    /// The same database, opened anew in another way; the folder stays this process's own.
    ///
    /// # Errors
    /// [`Failure::Database`] when it cannot be opened.
    pub(crate) fn reopened(self, location: &Location) -> Result<Self, Failure> {
        Ok(Self { database: Database::open(location)?, ..self })
    }
}

/// Opens the configured database.
///
/// # Errors
/// [`Failure`] that says what to do: no database, in use, an old schema, away.
pub(crate) async fn open(config: &Config, purpose: Purpose) -> Result<Opened, Failure> {
    open_at(config, config.location(), purpose).await
}

/// Opens a database at a place that differs from the configured one in how, not in where.
///
/// # Errors
/// As [`open`].
pub(crate) async fn open_at(
    config: &Config,
    location: Location,
    purpose: Purpose,
) -> Result<Opened, Failure> {
    let embedded = matches!(location, Location::Sqlite { .. });
    let lock = if embedded { prepare_folder(config, purpose)? } else { None };
    let database = Database::open(&location)?;
    match purpose.schema() {
        Schema::Migrate => {
            for step in migrate::up(&database, Clock::System.now()).await? {
                tracing::info!(version = step.version, name = step.name, "migrated");
            }
        }
        Schema::Current => check_current(&database).await?,
        Schema::Any => {}
    }
    Ok(Opened { database, _lock: lock })
}

fn prepare_folder(config: &Config, purpose: Purpose) -> Result<Option<FolderLock>, Failure> {
    if purpose.makes() {
        make_folder(&config.data).map_err(Failure::file(&config.data))?;
    } else if !config.database_file().is_file() {
        return Err(Failure::NoDatabase(config.data.clone()));
    }
    purpose.is_alone().then(|| FolderLock::take(&config.data, purpose.command())).transpose()
}

/// Makes the folder, for nobody else's eyes: names and addresses of people will lie in it.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

async fn check_current(database: &Database) -> Result<(), Failure> {
    let steps = migrate::status(database).await?;
    let missing: Vec<String> =
        steps.into_iter().filter(|step| step.applied_at.is_none()).map(|step| step.name).collect();
    if !missing.is_empty() {
        return Err(Failure::SchemaBehind(missing));
    }
    // Nothing is missing, so nothing is applied: this refuses a database that a newer program made.
    migrate::up(database, Clock::System.now()).await?;
    Ok(())
}

/// The clock to serve by: the system's, or one that stands where the configuration says.
///
/// # Errors
/// [`Failure::ClockBehind`] where the database has entries later than that.
pub(crate) async fn clock(config: &Config, database: &Database) -> Result<Clock, Failure> {
    let latest = directory::latest_entry(database).await?;
    let clock = config.clock.map_or(Clock::System, Clock::standing_at);
    match (latest, config.clock) {
        (Some(latest), Some(clock)) if clock < latest => Err(Failure::ClockBehind { clock, latest }),
        (Some(latest), None) if clock.now() < latest => {
            tracing::warn!(%latest, "the database has entries from the future; new ones are recorded at that instant until it comes");
            Ok(clock)
        }
        _ => Ok(clock),
    }
}

/// A journal by the system's clock, for a command that writes and ends.
///
/// # Errors
/// [`Failure::Database`] where it cannot be started.
pub(crate) fn journal(config: &Config, database: &Database) -> Result<Journal, Failure> {
    Ok(Journal::start(database.clone(), Clock::System, config.lanes())?)
}

/// The tenant of a slug or id.
///
/// # Errors
/// [`Failure::TenantNotFound`].
pub(crate) async fn tenant(database: &Database, slug_or_id: &str) -> Result<Tenant, Failure> {
    let found = directory::find_tenant(database, slug_or_id).await?;
    found.ok_or_else(|| Failure::TenantNotFound(slug_or_id.to_owned()))
}
