//! Plain SQL, as anyone with `sqlite3` or `psql` would type it.

use super::Stores;
use guerdon_store::TenantId;
use guerdon_store::driver::{Dialect, Location};
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::ValueRef;
use tokio_postgres::SimpleQueryMessage;

/// Rows as text; `null` where there is nothing.
pub type Rows = Vec<Vec<String>>;

impl Stores {
    pub fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    pub fn is_postgres(&self) -> bool {
        self.dialect() == Dialect::Postgres
    }

    /// Runs statements as the owner of the tables, and answers the rows of the last.
    pub async fn sql(&self, text: &str) -> Rows {
        self.try_sql(text).await.unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    pub async fn try_sql(&self, text: &str) -> Result<Rows, String> {
        match &self.location {
            Location::Sqlite { path, .. } => {
                let connection = rusqlite::Connection::open(path).map_err(|e| e.to_string())?;
                connection.busy_timeout(std::time::Duration::from_secs(10)).map_err(|e| e.to_string())?;
                on_sqlite(&connection, text).map_err(|e| e.to_string())
            }
            Location::Postgres { url, .. } => on_postgres(url, text).await,
        }
    }

    /// Runs statements as the role that the server works as, with the tenant that it would set. PostgreSQL only.
    pub async fn try_sql_as_app(&self, tenant: Option<TenantId>, text: &str) -> Result<Rows, String> {
        let set = match tenant {
            Some(tenant) => format!("SET guerdon.tenant_id = '{tenant}';"),
            None => String::new(),
        };
        self.try_sql(&format!("SET ROLE guerdon_app; {set} {text}")).await
    }

    /// The single value that a statement answers.
    pub async fn value(&self, text: &str) -> String {
        self.sql(text).await.remove(0).remove(0)
    }

    /// Runs statements past the triggers that refuse changes of history, as only the owner can.
    pub async fn tamper(&self, text: &str) {
        if self.is_postgres() {
            self.sql(&format!("SET session_replication_role = replica; {text}")).await;
            return;
        }
        let triggers =
            self.sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").await.into_iter();
        let (drops, makes): (Vec<_>, Vec<_>) =
            triggers.map(|row| (format!("DROP TRIGGER {};", row[0]), format!("{};", row[1]))).unzip();
        // CHECK constraints are no obstacle either to whoever has the file.
        let script =
            format!("PRAGMA ignore_check_constraints = 1; {} {text}; {}", drops.concat(), makes.concat());
        self.sql(&script).await;
    }

    /// All rows of a table of all tenants, in order.
    pub async fn dump(&self, table: &str) -> Rows {
        let mut rows = self.sql(&format!("SELECT * FROM {table}")).await;
        rows.sort();
        rows
    }
}

fn on_sqlite(connection: &rusqlite::Connection, text: &str) -> rusqlite::Result<Rows> {
    let mut batch = rusqlite::Batch::new(connection, text);
    let mut answer = Vec::new();
    while let Some(mut statement) = batch.next()? {
        answer.clear();
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            answer.push((0..width).map(|i| Ok(shown(row.get_ref(i)?))).collect::<rusqlite::Result<_>>()?);
        }
    }
    Ok(answer)
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
    }
}

async fn on_postgres(url: &str, text: &str) -> Result<Rows, String> {
    let text_of = |error: tokio_postgres::Error| {
        error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned())
    };
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(|e| e.to_string())?;
    let driver = tokio::spawn(connection);
    let answer = client.simple_query(text).await.map_err(text_of);
    driver.abort();
    let mut rows = Vec::new();
    for message in answer? {
        match message {
            SimpleQueryMessage::RowDescription(_) => rows.clear(),
            SimpleQueryMessage::Row(row) => {
                rows.push((0..row.len()).map(|i| row.get(i).unwrap_or("null").to_owned()).collect());
            }
            _ => {}
        }
    }
    Ok(rows)
}

/// Drops a database of the test server, whoever is connected to it.
pub fn drop_database(url: &str) {
    let (database, parameters) = url.split_once('?').unwrap_or((url, ""));
    let Some((server, name)) = database.rsplit_once('/') else { return };
    let server = format!("{server}/postgres?{parameters}");
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let _ = runtime.block_on(on_postgres(&server, &drop));
    }
}
