//! The driver layer: what SQLite and PostgreSQL have in common. Values, rows, transactions; nothing of the business.
//!
//! Functions are async. PostgreSQL's wait for the network; SQLite's run where they are called in the journal's own
//! thread and in others of their own ([`Mode::OwnThread`]), and on the blocking pool elsewhere.

mod faults;
mod postgres;
mod sqlite;
mod statement;
mod transaction;
mod value;

pub use faults::{FaultRates, Faults};
pub(crate) use sqlite::numbered;
pub use statement::{Lookup, Statement, Write};
pub use transaction::Transaction;
pub use value::{Row, Type, Value, WrongColumn};

use crate::TenantId;
use crate::journal::tail::Tail;
use deadpool_postgres::Pool;
use sqlite::SqliteFile;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use transaction::Connection;

/// What went wrong in a database. Its text is for logs, never for callers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// The database is away, busy or full: the same call may go through later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A constraint of the database refused a row.
    #[error("the database refused a row: {0}")]
    Constraint(String),
    /// Anything else: a bug, or a database that is not Guerdon's.
    #[error("the database answered with an error: {0}")]
    Broken(String),
}

impl From<WrongColumn> for DbError {
    fn from(error: WrongColumn) -> Self {
        Self::Broken(error.to_string())
    }
}

/// Where the data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file. Not durable means that a power cut may lose it: for tests only.
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Whether each commit reaches the disk before it is answered.
        durable: bool,
    },
    /// A PostgreSQL database, and how many connections to keep at most.
    Postgres {
        /// `postgres://…`
        url: String,
        /// Connections at most.
        connections: usize,
    },
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    engine: Engine,
    faults: Option<Arc<Faults>>,
    tail: Arc<Tail>,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(Arc<SqliteFile>),
    Postgres { pool: Pool, owner: Pool },
}

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reads of one instant.
    Read,
    /// Writes beside the journal: sessions, passwords.
    Write,
    /// Writes of whoever has a thread for itself and may block it: the journal's lanes, and projections.
    OwnThread,
    /// Migrations, verification, rebuilding: as the owner of the tables.
    Owner,
}

impl Database {
    /// Opens a database; makes the file where there is none.
    ///
    /// # Errors
    /// [`DbError`] when it cannot be opened. PostgreSQL is connected to at first use.
    pub fn open(location: &Location) -> Result<Self, DbError> {
        let engine = match location {
            Location::Sqlite { path, durable } => Engine::Sqlite(SqliteFile::new(path, *durable)?),
            Location::Postgres { url, connections } => Engine::Postgres {
                pool: postgres::pool(url, Some(postgres::ROLE), *connections)?,
                owner: postgres::pool(url, None, 2)?,
            },
        };
        Ok(Self { engine, faults: None, tail: Arc::default() })
    }

    /// The same database, struck by faults.
    pub fn with_faults(mut self, faults: Arc<Faults>) -> Self {
        self.faults = Some(faults);
        self
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        match self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite(file) => Some(file.path()),
            Engine::Postgres { .. } => None,
        }
    }

    /// Begins a transaction of one tenant. On PostgreSQL row-level security shows it that tenant's rows alone.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the database is away.
    pub async fn begin(&self, tenant: TenantId, mode: Mode) -> Result<Transaction, DbError> {
        self.strike()?;
        // Before the database's own snapshot: what is merged in between is then in both.
        let tail = self.tail.view(tenant);
        let transaction = |connection| Transaction {
            connection,
            faults: self.faults.clone(),
            tenant: tenant.into(),
            owner: mode == Mode::Owner,
            tail,
            waiting: None,
        };
        match &self.engine {
            Engine::Sqlite(file) => {
                let here = mode == Mode::OwnThread;
                let turn = if mode == Mode::Read { None } else { Some(file.turn_to_write().await?) };
                let connection = file.take(turn.is_some())?;
                connection.batch(if mode == Mode::Read { "BEGIN" } else { "BEGIN IMMEDIATE" })?;
                let (file, connection) = (file.clone(), Some(connection));
                Ok(transaction(Connection::Sqlite { file, connection, here, turn }))
            }
            Engine::Postgres { pool, owner } => {
                let client = if mode == Mode::Owner { owner } else { pool }.get().await?;
                // Whoever goes away from here on gives the connection back clean.
                let mut tx = transaction(Connection::Postgres(Some(client)));
                tx.open(tenant, mode).await?;
                Ok(tx)
            }
        }
    }

    /// The index rows that wait to be merged, of every connection to this database that this process opened here.
    pub(crate) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Copies SQLite's log into its file; nothing to do on PostgreSQL.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn checkpoint(&self) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite(file) => file.checkpoint().await,
            Engine::Postgres { .. } => Ok(()),
        }
    }

    /// Brings everything that was committed to the disk, where a commit alone does not. Blocks meanwhile.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the disk does not take it: then nothing more is written before a new start, since
    /// what of it was kept is not known.
    pub(crate) fn flush(&self) -> Result<(), DbError> {
        self.faults.as_ref().map_or(Ok(()), |faults| faults.before_flush())?;
        match &self.engine {
            Engine::Sqlite(file) => file.flush(),
            Engine::Postgres { .. } => Ok(()),
        }
    }

    fn strike(&self) -> Result<(), DbError> {
        self.faults.as_ref().map_or(Ok(()), |faults| faults.before_statement())
    }
}
