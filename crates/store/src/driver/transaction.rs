//! Transactions: of one tenant, on either database.

use super::faults::CommitFate;
use super::sqlite::{SqliteConnection, SqliteFile};
use super::{DbError, Dialect, Faults, Lookup, Mode, Row, Statement, Value, Write, postgres};
use crate::TenantId;
use crate::journal::tail::TailView;
use crate::journal::waiting::Waiting;
use deadpool_postgres::Object;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

#[derive(Debug)]
pub(super) enum Connection {
    Sqlite {
        file: Arc<SqliteFile>,
        connection: Option<SqliteConnection>,
        /// Whether statements run where they are called.
        here: bool,
        /// Writers of this process take turns; the database's own lock would have them wait blindly.
        turn: Option<OwnedMutexGuard<()>>,
    },
    Postgres(Option<Object>),
}

/// A transaction of one tenant. Dropped without [`Transaction::commit`] it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    pub(super) connection: Connection,
    pub(super) faults: Option<Arc<Faults>>,
    pub(super) tenant: Value,
    pub(super) owner: bool,
    pub(super) tail: TailView,
    /// What waits of the indexes, once that was asked for.
    pub(super) waiting: Option<Arc<Waiting>>,
}

impl Transaction {
    /// Which database it runs on.
    pub fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite { .. } => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Opens the transaction on PostgreSQL.
    pub(super) async fn open(&mut self, tenant: TenantId, mode: Mode) -> Result<(), DbError> {
        let Connection::Postgres(Some(client)) = &self.connection else { return Ok(()) };
        let begin = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            _ => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        Ok(client.batch_execute(&format!("{begin}; SET LOCAL guerdon.tenant_id = '{tenant}'")).await?)
    }

    /// The tail of the journal's indexes, as it was when this began or later.
    pub(crate) fn tail(&self) -> &TailView {
        &self.tail
    }

    /// The index rows that are not in their tables yet, as this transaction's snapshot has it.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub(crate) async fn waiting(&mut self) -> Result<Arc<Waiting>, DbError> {
        if let Some(waiting) = &self.waiting {
            return Ok(waiting.clone());
        }
        let waiting = Arc::new(Waiting::in_snapshot(self).await?);
        self.waiting = Some(waiting.clone());
        Ok(waiting)
    }

    /// The tenant, as `$1`.
    pub fn tenant(&self) -> Value {
        self.tenant.clone()
    }

    /// Runs one statement and answers its rows.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn query(
        &mut self,
        sql: &'static str,
        params: impl Into<Vec<Value>>,
    ) -> Result<Vec<Row>, DbError> {
        let mut answers = self.query_all(vec![Statement::new(sql, params)]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Runs several statements in order, on PostgreSQL within one round trip, and answers the rows of each.
    ///
    /// # Errors
    /// [`DbError`] of the first that failed.
    pub async fn query_all(&mut self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DbError> {
        self.strike()?;
        match &self.connection {
            Connection::Postgres(Some(client)) => postgres::query_all(client, &statements).await,
            _ => self.on_sqlite(move |c| statements.iter().map(|s| c.query(s)).collect()).await,
        }
    }

    /// Looks rows up by their keys.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn look_up(
        &mut self,
        lookup: &'static Lookup,
        keys: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>, DbError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.strike()?;
        let tenant = self.tenant.clone();
        match &self.connection {
            Connection::Postgres(Some(client)) => postgres::look_up(client, lookup, &tenant, keys).await,
            _ => self.on_sqlite(move |c| c.look_up(lookup, &tenant, keys)).await,
        }
    }

    /// Looks rows of several kinds up by their keys, on PostgreSQL within one round trip, and answers those of each.
    ///
    /// # Errors
    /// [`DbError`] of the first that failed.
    pub async fn look_up_all<const N: usize>(
        &mut self,
        wanted: [(&'static Lookup, Vec<Vec<Value>>); N],
    ) -> Result<[Vec<Row>; N], DbError> {
        if wanted.iter().all(|(_, keys)| keys.is_empty()) {
            return Ok([const { Vec::new() }; N]);
        }
        self.strike()?;
        let tenant = self.tenant.clone();
        let found = match &self.connection {
            Connection::Postgres(Some(client)) => postgres::look_up_all(client, &tenant, wanted).await?,
            _ => {
                self.on_sqlite(move |c| {
                    let one = |(lookup, keys): (&'static Lookup, Vec<Vec<Value>>)| match keys.is_empty() {
                        true => Ok(Vec::new()),
                        false => c.look_up(lookup, &tenant, keys),
                    };
                    wanted.into_iter().map(one).collect::<Result<Vec<_>, _>>()
                })
                .await?
            }
        };
        found.try_into().map_err(|_| DbError::Broken("a look-up was not answered".to_owned()))
    }

    /// Writes rows and answers how many were written.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn write(&mut self, write: &'static Write, rows: Vec<Vec<Value>>) -> Result<u64, DbError> {
        if rows.is_empty() {
            return Ok(0);
        }
        self.strike()?;
        let tenant = self.tenant.clone();
        match &self.connection {
            Connection::Postgres(Some(client)) => postgres::write(client, write, &tenant, rows).await,
            _ => self.on_sqlite(move |c| c.write(write, &tenant, rows)).await,
        }
    }

    /// Writes rows of several tables, in order; on PostgreSQL within one round trip.
    ///
    /// # Errors
    /// [`DbError`] of the first that failed.
    pub async fn write_all(&mut self, writes: Vec<(&'static Write, Vec<Vec<Value>>)>) -> Result<(), DbError> {
        self.strike()?;
        let writes: Vec<_> = writes.into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
        let tenant = self.tenant.clone();
        match &self.connection {
            Connection::Postgres(Some(client)) => postgres::write_all(client, &tenant, writes).await,
            _ => {
                self.on_sqlite(move |c| {
                    writes.into_iter().try_for_each(|(write, rows)| c.write(write, &tenant, rows).map(drop))
                })
                .await
            }
        }
    }

    /// Runs a script of several statements without parameters: migrations.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn run_script(&mut self, sql: &str) -> Result<(), DbError> {
        self.strike()?;
        match &self.connection {
            Connection::Postgres(Some(client)) => Ok(client.batch_execute(sql).await?),
            _ => {
                let sql = sql.to_owned();
                self.on_sqlite(move |c| c.batch(&sql)).await
            }
        }
    }

    /// Goes on with another tenant: on SQLite, and as the owner, whom row-level security does not bind.
    pub(crate) fn turn_to(&mut self, tenant: TenantId) {
        debug_assert!(self.owner || self.dialect() == Dialect::Sqlite, "one transaction, one tenant");
        self.tenant = tenant.into();
        self.tail = self.tail.clone().of_tenant(tenant);
        self.waiting = None;
    }

    /// Commits. When this answers an error, whether the transaction was kept is not known.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn commit(self) -> Result<(), DbError> {
        let file = match &self.connection {
            Connection::Sqlite { file, .. } => Some(file.clone()),
            Connection::Postgres(_) => None,
        };
        self.commit_unflushed().await?;
        match file {
            Some(file) => tokio::task::spawn_blocking(move || file.flush()).await.map_err(broken)?,
            None => Ok(()),
        }
    }

    /// Commits what can be made again; or, in the journal, what is flushed before anybody hears of it. On SQLite nothing
    /// committed so is sure to outlast a loss of power before the next flush.
    ///
    /// # Errors
    /// As [`Transaction::commit`].
    pub async fn commit_unflushed(mut self) -> Result<(), DbError> {
        let fate = self.faults.as_ref().map_or(CommitFate::Kept, |faults| faults.at_commit());
        if fate == CommitFate::Lost {
            return Err(DbError::Unavailable("the commit was lost (injected)".to_owned()));
        }
        match &mut self.connection {
            Connection::Postgres(client) => {
                if let Some(client) = client.as_ref() {
                    client.batch_execute("COMMIT").await?;
                }
                *client = None;
            }
            Connection::Sqlite { .. } => {
                self.on_sqlite(|c| c.batch("COMMIT")).await?;
                if let Connection::Sqlite { file, connection, turn, .. } = &mut self.connection
                    && let Some(connection) = connection.take()
                {
                    file.put_back(connection, turn.is_some());
                }
            }
        }
        match fate {
            CommitFate::AnswerLost => Err(DbError::Unavailable("the answer was lost (injected)".to_owned())),
            _ => Ok(()),
        }
    }

    async fn on_sqlite<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let Connection::Sqlite { connection: slot, here, .. } = &mut self.connection else {
            return Err(DbError::Broken("the transaction has ended".to_owned()));
        };
        let Some(mut connection) = slot.take() else {
            return Err(DbError::Broken("the transaction has ended".to_owned()));
        };
        if *here {
            let answer = work(&mut connection);
            *slot = Some(connection);
            return answer;
        }
        let joined = tokio::task::spawn_blocking(move || {
            let answer = work(&mut connection);
            (answer, connection)
        });
        let (answer, connection) = joined.await.map_err(broken)?;
        *slot = Some(connection);
        answer
    }

    fn strike(&self) -> Result<(), DbError> {
        self.faults.as_ref().map_or(Ok(()), |faults| faults.before_statement())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        match &mut self.connection {
            Connection::Sqlite { file, connection, turn, .. } => {
                if let Some(connection) = connection.take()
                    && connection.batch("ROLLBACK").is_ok()
                {
                    file.put_back(connection, turn.is_some());
                }
            }
            Connection::Postgres(client) => {
                if let Some(client) = client.take() {
                    roll_back(client);
                }
            }
        }
    }
}

fn broken(error: tokio::task::JoinError) -> DbError {
    DbError::Broken(error.to_string())
}

/// Gives a connection back clean, or closes it.
fn roll_back(client: Object) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => {
            runtime.spawn(async move {
                if client.batch_execute("ROLLBACK").await.is_err() {
                    drop(Object::take(client));
                }
            });
        }
        Err(_) => drop(Object::take(client)),
    }
}
