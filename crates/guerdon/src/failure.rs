//! How a command of the program ends: well, with something wrong, or not done at all, and then why.

use crate::config::ConfigError;
use guerdon_programs::access::{BootstrapError, IssuerError};
use guerdon_store::driver::DbError;
use guerdon_store::migrate::MigrateError;
use guerdon_store::rebuild::RebuildError;
use jiff::Timestamp;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a command that was done ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is well: 0.
    Well,
    /// It was done, and not all is well: findings, bad rows, missing steps: 1.
    Wrong,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Well => Self::SUCCESS,
            Ending::Wrong => Self::from(1),
        }
    }
}

/// Why a command was not done: 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An issuer of JWTs cannot be used.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The language model cannot be used.
    #[error(transparent)]
    Model(#[from] guerdon_programs::drafting::ModelConfigError),
    /// A text that should be the server's secret key is none.
    #[error(transparent)]
    SecretKey(#[from] guerdon_programs::vault::BadKey),
    /// The file of the server's secret key holds none.
    #[error("{} holds no secret key", .0.display())]
    SecretKeyFile(PathBuf),
    /// There is nothing to look at.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// A new database was asked for, and one is there.
    #[error("there is a database in {} already", .0.display())]
    DatabaseExists(PathBuf),
    /// Another process has the database for itself.
    #[error("the data folder {} is in use{}", folder.display(), holder.as_ref().map(|h| format!(" by {h}")).unwrap_or_default())]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// Which process, where it says.
        holder: Option<String>,
    },
    /// The program has steps that the database lacks.
    #[error("the database lacks {} of this program's migrations: {}", .0.len(), .0.join(", "))]
    SchemaBehind(Vec<String>),
    /// The clock would go back.
    #[error("the clock cannot stand at {clock}: the database has entries up to {latest}")]
    ClockBehind {
        /// What was asked for.
        clock: Timestamp,
        /// The latest entry.
        latest: Timestamp,
    },
    /// The database could not be used.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The schema could not be migrated.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Nothing could be rebuilt.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// There is no key to get in with.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// The journal did not record something.
    #[error("{}", told(.0))]
    Journal(#[from] guerdon_programs::Error),
    /// There is no such tenant.
    #[error("there is no tenant {0}")]
    TenantNotFound(String),
    /// What was given cannot be meant.
    #[error("{0}")]
    Input(String),
    /// The address is not to be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        error: io::Error,
    },
    /// A file or folder could not be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Somebody stopped it.
    #[error("stopped before the end")]
    Interrupted,
    /// A measurement could not be made.
    #[error(transparent)]
    Bench(#[from] crate::bench::BenchError),
    /// Input or output failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The operating system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl Failure {
    /// A failure of a file or folder.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }

    /// Whether whoever read the output has gone: nothing to tell, and nobody to tell it to.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io(error) | Self::File { error, .. } if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Config(error) => return error.hint(),
            Self::NoDatabase(_) => {
                "name its folder with --data, or make one with `guerdon serve` or `guerdon migrate up`"
            }
            Self::DatabaseExists(_) => {
                "name an empty folder, or go on with `guerdon serve --data` on this one"
            }
            Self::Locked { .. } => {
                "stop that process, or use its HTTP API; `guerdon verify`, `guerdon export` and `guerdon key list` \
                 work beside it"
            }
            Self::SchemaBehind(_) => "run `guerdon migrate up`; `guerdon serve` does it by itself",
            Self::ClockBehind { .. } => "give a later --clock, or a new database",
            Self::SecretKeyFile(_) => {
                "put the key back from where you keep copies: without it, secrets that were sealed with it are lost"
            }
            Self::TenantNotFound(_) => "name it by its slug or its id",
            Self::Listen { error, .. } if error.kind() == io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port with --listen"
            }
            Self::Interrupted => "nothing is lost: run the same command again to go on",
            other if other.is_unavailable() => {
                "see that the database runs and can be reached, then try again"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether the database was away.
    fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Database(DbError::Unavailable(_))
                | Self::Migrate(MigrateError::Database(DbError::Unavailable(_)))
                | Self::Rebuild(RebuildError::Database(DbError::Unavailable(_)))
                | Self::Bootstrap(BootstrapError::Database(DbError::Unavailable(_)))
                | Self::Journal(guerdon_programs::Error::Unavailable(_))
        )
    }
}

/// What the journal says, in words.
pub(crate) fn told(error: &guerdon_programs::Error) -> String {
    match error {
        guerdon_programs::Error::Refused { refusal, .. } => refusal.to_string(),
        other => other.to_string(),
    }
}
