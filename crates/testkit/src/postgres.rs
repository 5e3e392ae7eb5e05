//! A private PostgreSQL for tests: its own folder, no service, no fixed port, gone with the process.
//!
//! ```no_run
//! # async fn example() -> Result<(), guerdon_testkit::postgres::ClusterError> {
//! use guerdon_testkit::postgres::Cluster;
//!
//! let url = Cluster::shared()?.create_database().await?; // empty, and nobody else's
//! # Ok(())
//! # }
//! ```
//!
//! Where `GUERDON_TEST_POSTGRES` holds a URL, [`Cluster::shared`] is the server there: `scripts/test` starts one for
//! all test processes of a run. A process that lacks it starts its own when it first asks. Tests that stop, kill or
//! slow down PostgreSQL take a cluster for themselves with [`Cluster::start`].

mod binaries;
mod server;

use server::{Listen, Server};
use std::sync::OnceLock;
use std::{env, fmt};
use tokio_postgres::NoTls;
use uuid::Uuid;

const SHARED_URL: &str = "GUERDON_TEST_POSTGRES";

/// Whether what was committed outlives a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No flushes: fast, for ordinary tests.
    Fast,
    /// Flushes as in production: for tests that crash it and for measurements.
    Durable,
}

/// Why there is no PostgreSQL to test with, or why it did not do as asked.
#[derive(Clone, thiserror::Error)]
pub enum ClusterError {
    /// No programs to run.
    #[error(
        "PostgreSQL was not found in {looked}. Install it (Debian and Ubuntu: apt-get install postgresql; Fedora: \
         dnf install postgresql-server; macOS: brew install postgresql), or set GUERDON_TEST_PG_BIN to the folder \
         of its initdb and pg_ctl, or GUERDON_TEST_POSTGRES to the URL of a server on which tests may make databases"
    )]
    NotInstalled {
        /// Where it was looked for.
        looked: String,
    },
    /// PostgreSQL does not run as root, and nobody else is there.
    #[error("PostgreSQL does not run as root, and there is no user named postgres or nobody to run it as")]
    NoUser,
    /// One of its programs failed.
    #[error("{command} failed: {output}")]
    Command {
        /// The program.
        command: String,
        /// What it and the server said.
        output: String,
    },
    /// A file or a process could not be handled.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: String,
        /// What the system answered.
        error: String,
    },
    /// A statement failed, or the server could not be reached.
    #[error("{what} at {url}: {error}")]
    Database {
        /// What was tried.
        what: &'static str,
        /// Where.
        url: String,
        /// What PostgreSQL answered.
        error: String,
    },
    /// Not of the form that a database can be put into.
    #[error(
        "{url} is not of the form postgres://user@host/database or postgres:///database?host=/folder&user=name"
    )]
    NotAUrl {
        /// What was given.
        url: String,
    },
    /// Only who started a server may stop it.
    #[error("this server was started by someone else, so it is not stopped, killed or started here")]
    NotOurs,
}

/// In words, because this is what a failing test prints.
impl fmt::Debug for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A running PostgreSQL on which tests make databases.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    server: Option<Server>,
}

impl Cluster {
    /// Starts one that listens on a Unix socket only. It stops, and its folder goes, when this is dropped or the
    /// process ends, however it ends. Blocks for about a second.
    ///
    /// # Errors
    /// [`ClusterError`] when PostgreSQL is not installed or does not start.
    pub fn start(durability: Durability) -> Result<Self, ClusterError> {
        Self::start_listening(durability, Listen::OnSocket)
    }

    /// Like [`Cluster::start`], and listens on a free port of 127.0.0.1 too, which [`Cluster::url`] then names.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_on_tcp(durability: Durability) -> Result<Self, ClusterError> {
        Self::start_listening(durability, Listen::OnPort)
    }

    fn start_listening(durability: Durability, listen: Listen) -> Result<Self, ClusterError> {
        let server = Server::start(durability, listen)?;
        Ok(Self { url: server.url(), server: Some(server) })
    }

    /// A server that runs already, by its URL.
    ///
    /// # Errors
    /// [`ClusterError::NotAUrl`] when databases cannot be put into it.
    pub fn at(url: &str) -> Result<Self, ClusterError> {
        match with_database(url, "postgres") {
            Some(_) => Ok(Self { url: url.to_owned(), server: None }),
            None => Err(ClusterError::NotAUrl { url: url.to_owned() }),
        }
    }

    /// The one that all tests of this process share: that of `GUERDON_TEST_POSTGRES`, or one started at first use.
    ///
    /// # Errors
    /// As [`Cluster::start`] and [`Cluster::at`], each time.
    pub fn shared() -> Result<&'static Self, ClusterError> {
        static SHARED: OnceLock<Result<Cluster, ClusterError>> = OnceLock::new();
        let start = || match env::var(SHARED_URL) {
            Ok(url) if !url.is_empty() => Self::at(&url),
            _ => Self::start(Durability::Fast),
        };
        SHARED.get_or_init(start).as_ref().map_err(Clone::clone)
    }

    /// The URL of a database here, as PostgreSQL's own programs and `tokio_postgres` read it.
    pub fn url(&self, database: &str) -> String {
        with_database(&self.url, database).unwrap_or_else(|| self.url.clone())
    }

    /// Makes an empty database with a name that no other has, and returns its URL. It goes with the cluster.
    ///
    /// # Errors
    /// [`ClusterError::Database`] when the server cannot be reached or refuses.
    pub async fn create_database(&self) -> Result<String, ClusterError> {
        let failed = |what| {
            move |error: tokio_postgres::Error| {
                let told = error.as_db_error().map(ToString::to_string);
                let error = told.unwrap_or_else(|| error.to_string());
                ClusterError::Database { what, url: self.url.clone(), error }
            }
        };
        let database = format!("test_{}", Uuid::new_v4().simple());
        let connecting = tokio_postgres::connect(&self.url, NoTls);
        let (client, connection) = connecting.await.map_err(failed("connecting"))?;
        let create = async move {
            let statement = format!("CREATE DATABASE {database}");
            client.batch_execute(&statement).await.map(|()| database)
        };
        // The connection ends once the client, which the statement owns, is dropped.
        let (created, _) = tokio::join!(create, connection);
        Ok(self.url(&created.map_err(failed("making a database"))?))
    }

    /// Stops it in order; connections are closed, what was committed is kept. Blocks.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not stop or was not started here.
    pub fn stop(&self) -> Result<(), ClusterError> {
        self.ours()?.stop()
    }

    /// Kills it without warning, as a crash would.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not run or was not started here.
    pub fn kill(&self) -> Result<(), ClusterError> {
        self.ours()?.kill()
    }

    /// Starts it again at the same address after [`Cluster::stop`] or [`Cluster::kill`]. Blocks until it answers.
    ///
    /// # Errors
    /// [`ClusterError`] when it does not start or was not started here.
    pub fn start_again(&self) -> Result<(), ClusterError> {
        self.ours()?.start_again()
    }

    fn ours(&self) -> Result<&Server, ClusterError> {
        self.server.as_ref().ok_or(ClusterError::NotOurs)
    }
}

/// The URL with another database in it.
fn with_database(url: &str, database: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("postgres"))?;
    let (address, parameters) = rest.split_once('?').map_or((rest, None), |(a, p)| (a, Some(p)));
    let host = address.split('/').next().unwrap_or_default();
    let parameters = parameters.map(|parameters| format!("?{parameters}")).unwrap_or_default();
    Some(format!("{scheme}://{host}/{database}{parameters}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_without_postgresql_prints_how_to_install_it() {
        let error = ClusterError::NotInstalled { looked: "/nowhere".to_owned() };
        assert!(format!("{error:?}").contains("apt-get install postgresql"));
    }

    #[test]
    fn a_database_is_put_into_every_form_of_url() {
        for (url, expected) in [
            ("postgres:///postgres?host=/tmp/x&user=u", Some("postgres:///d?host=/tmp/x&user=u")),
            ("postgresql://u:p@h:5433/postgres", Some("postgresql://u:p@h:5433/d")),
            ("postgres://u@h", Some("postgres://u@h/d")),
            ("postgres://u@h?sslmode=disable", Some("postgres://u@h/d?sslmode=disable")),
            ("postgres://u@%2Ftmp%2Fx/postgres", Some("postgres://u@%2Ftmp%2Fx/d")),
            ("host=/tmp/x user=u", None),
            ("http://localhost/", None),
        ] {
            assert_eq!(with_database(url, "d").as_deref(), expected, "{url}");
        }
    }
}
