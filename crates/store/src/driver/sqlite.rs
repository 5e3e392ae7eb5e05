//! SQLite: one file, one writer, a pool of readers.

use super::statement::{Lookup, Write};
use super::value::{Row, Value};
use super::{DbError, Statement};
use foldhash::{HashMap, HashMapExt};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags, params_from_iter};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// What a connection keeps of the file, in KiB. More than most transactions of the journal change, since what there is no
/// room for is written to the log before they end and again once it is changed further; and not much more, since whoever
/// commits looks through all of it where a page was split.
const KEPT: i64 = 16_000;
/// How often the log is copied beside the writers, before what is left is copied in a turn to write.
const CHECKPOINTS_BESIDE: usize = 2;

/// A SQLite file and its idle connections.
#[derive(Debug)]
pub(super) struct SqliteFile {
    path: PathBuf,
    durable: bool,
    /// The connection of whoever writes: what it has read stays true from one writer to the next.
    writer: Mutex<Option<SqliteConnection>>,
    readers: Mutex<Vec<SqliteConnection>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Never used: while it is open no other is the last to be closed, which would remove the log.
    _anchor: Mutex<SqliteConnection>,
    /// To flush the log with, which is there once something was written.
    log: OnceLock<File>,
    /// Whether a flush failed. The system drops what it could not write, so that a later flush says nothing of it.
    unsure: AtomicBool,
    /// To flush the file with. Closed after the connections, for closing it ends the locks that they have on it.
    file: File,
}

impl SqliteFile {
    pub(super) fn new(path: &Path, durable: bool) -> Result<Arc<Self>, DbError> {
        let first = connect(path, durable)?;
        first.connection.pragma_update(None, "journal_mode", "WAL")?;
        // Only a connection that has read is a user of the log.
        first.batch("SELECT count(*) FROM sqlite_schema")?;
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(unavailable)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            durable,
            writer: Mutex::default(),
            readers: Mutex::default(),
            turn: Arc::default(),
            _anchor: Mutex::new(first),
            log: OnceLock::new(),
            unsure: AtomicBool::new(false),
            file,
        }))
    }

    /// Brings the log to the disk, and so everything that was committed.
    pub(super) fn flush(&self) -> Result<(), DbError> {
        if !self.durable {
            return Ok(());
        }
        self.expect_sure()?;
        let flushed = self.log().and_then(File::sync_data);
        flushed.map_err(|error| {
            self.unsure.store(true, Ordering::SeqCst);
            unavailable(error)
        })
    }

    fn log(&self) -> std::io::Result<&File> {
        if let Some(log) = self.log.get() {
            return Ok(log);
        }
        let mut path = self.path.clone().into_os_string();
        path.push("-wal");
        let log = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(self.log.get_or_init(|| log))
    }

    fn expect_sure(&self) -> Result<(), DbError> {
        match self.unsure.load(Ordering::SeqCst) {
            false => Ok(()),
            true => Err(DbError::Unavailable(
                "the disk did not take what was written; look to it and start the server again".to_owned(),
            )),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The right to write, in the order that it was asked for.
    pub(super) async fn turn_to_write(&self) -> Result<OwnedMutexGuard<()>, DbError> {
        let turn = self.turn.clone().lock_owned().await;
        self.expect_sure().map(|()| turn)
    }

    pub(super) fn take(&self, to_write: bool) -> Result<SqliteConnection, DbError> {
        let idle = match to_write {
            true => self.writer.lock().unwrap_or_else(PoisonError::into_inner).take(),
            false => self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop(),
        };
        idle.map_or_else(|| connect(&self.path, self.durable), Ok)
    }

    pub(super) fn put_back(&self, connection: SqliteConnection, to_write: bool) {
        match to_write {
            true => *self.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection),
            false => self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection),
        }
    }

    /// Copies the log into the file, so that the next writer begins the log anew.
    ///
    /// Nearly all of it is copied and flushed while writers go on. What they add meanwhile is copied in a turn to write,
    /// when there is little left: so the log comes to its end however busy they are, and none of them waits long.
    pub(super) async fn checkpoint(&self) -> Result<(), DbError> {
        self.expect_sure()?;
        let connection = connect(&self.path, self.durable)?;
        for _ in 0..CHECKPOINTS_BESIDE {
            connection.checkpoint()?;
            if self.durable {
                // SQLite flushes it only once all is copied.
                self.file.sync_data().map_err(unavailable)?;
            }
        }
        let _turn = self.turn_to_write().await?;
        connection.checkpoint()
    }
}

/// One connection, and the statements as SQLite wants them written.
#[derive(Debug)]
pub(super) struct SqliteConnection {
    connection: Connection,
    /// `$N` binds by first appearance in SQLite, `?N` by number: so statements are rewritten, once each.
    texts: HashMap<(usize, usize), Arc<str>>,
}

impl SqliteConnection {
    pub(super) fn batch(&self, sql: &str) -> Result<(), DbError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Copies as much of the log as no reader needs, and holds up no one.
    fn checkpoint(&self) -> Result<(), DbError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
    }

    pub(super) fn query(&mut self, statement: &Statement) -> Result<Vec<Row>, DbError> {
        let sql = self.text(place(statement.sql), || numbered(statement.sql));
        let mut found = Vec::new();
        fetch(&mut self.connection.prepare_cached(&sql)?, &statement.params, &mut found)?;
        Ok(found)
    }

    pub(super) fn look_up(
        &mut self,
        lookup: &'static Lookup,
        tenant: &Value,
        keys: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>, DbError> {
        let sql = self.text(place(lookup.sqlite), || numbered(lookup.sqlite));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut found = Vec::new();
        for key in &keys {
            fetch(&mut statement, std::iter::once(tenant).chain(key), &mut found)?;
        }
        Ok(found)
    }

    pub(super) fn write(
        &mut self,
        write: &'static Write,
        tenant: &Value,
        rows: Vec<Vec<Value>>,
    ) -> Result<u64, DbError> {
        let sql = self.text((std::ptr::from_ref(write) as usize, 0), || write.sqlite());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut written = 0;
        // Bound once, and it stays so from row to row; of a row every column is bound anew.
        statement.raw_bind_parameter(1, tenant)?;
        for row in rows {
            if row.len() != write.columns.len() {
                return Err(DbError::Broken(format!("a row of {} lacks columns", write.table)));
            }
            for (index, value) in row.iter().enumerate() {
                statement.raw_bind_parameter(index + 2, value)?;
            }
            written += statement.raw_execute()? as u64;
        }
        Ok(written)
    }

    fn text(&mut self, key: (usize, usize), write: impl FnOnce() -> String) -> Arc<str> {
        self.texts.entry(key).or_insert_with(|| write().into()).clone()
    }
}

fn connect(path: &Path, durable: bool) -> Result<SqliteConnection, DbError> {
    let flags = OpenFlags::default() | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(256);
    // A commit does not flush the log: whoever commits does, beside the next commit where it can be.
    connection.pragma_update(None, "synchronous", if durable { "NORMAL" } else { "OFF" })?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -KEPT)?;
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    // Checkpoints are taken by a thread of their own, so that no commit waits for one.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(SqliteConnection { connection, texts: HashMap::new() })
}

/// Runs a statement with these parameters and adds its rows to those found.
fn fetch<'a>(
    statement: &mut CachedStatement<'_>,
    params: impl IntoIterator<Item = &'a Value>,
    found: &mut Vec<Row>,
) -> Result<(), DbError> {
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(params))?;
    while let Some(row) = rows.next()? {
        let values = (0..width).map(|i| value_of(row.get_ref(i)?)).collect::<Result<_, DbError>>()?;
        found.push(Row(values));
    }
    Ok(())
}

/// Where a constant lies: cheaper to look up than what it says.
fn place(sql: &'static str) -> (usize, usize) {
    (sql.as_ptr() as usize, sql.len())
}

/// `$N` as `?N`. Guerdon's SQL has no other use for a dollar.
pub(crate) fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn value_of(value: ValueRef<'_>) -> Result<Value, DbError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(value) => Ok(Value::Int(value)),
        // Only tampering makes it other than UTF-8, and that is for the verifier to tell.
        ValueRef::Text(text) => {
            Ok(str::from_utf8(text)
                .map_or_else(|_| String::from_utf8_lossy(text).as_ref().into(), Value::from))
        }
        other => Err(DbError::Broken(format!("a column holds a {}", other.data_type()))),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

fn unavailable(error: std::io::Error) -> DbError {
    DbError::Unavailable(error.to_string())
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::ConstraintViolation) => Self::Constraint(error.to_string()),
            Some(
                Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::DiskFull
                | Code::SystemIoFailure
                | Code::CannotOpen
                | Code::ReadOnly,
            ) => Self::Unavailable(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir) -> Arc<SqliteFile> {
        SqliteFile::new(&folder.path().join("test.db"), true).expect("a file")
    }

    fn write(file: &SqliteFile) -> Result<(), DbError> {
        let connection = file.take(true)?;
        connection.batch("CREATE TABLE IF NOT EXISTS t (n INTEGER); INSERT INTO t VALUES (1)")?;
        file.put_back(connection, true);
        Ok(())
    }

    #[test]
    fn the_log_that_is_flushed_is_the_one_that_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        write(&file).and_then(|()| file.flush()).expect("flushed");
        // Every connection but the one that is never used goes away.
        drop(file.take(true));
        write(&file).and_then(|()| file.flush()).expect("flushed");
        let log = std::fs::metadata(folder.path().join("test.db-wal")).expect("the log");
        let flushed = file.log.get().expect("opened").metadata().expect("metadata");
        assert_eq!((log.len(), log.modified().ok()), (flushed.len(), flushed.modified().ok()));
        assert!(log.len() > 0);
    }

    #[test]
    fn after_a_flush_that_failed_nothing_more_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        write(&file).expect("written");
        // A device that cannot be flushed stands in for a disk that fails.
        let device = File::open("/dev/null").expect("a device");
        file.log.set(device).expect("no log was opened before");
        let refused = |answer: Result<(), DbError>| matches!(answer, Err(DbError::Unavailable(_)));
        assert!(refused(file.flush()));
        assert!(refused(file.flush()), "nor is it taken for flushed by another attempt");
        assert!(refused(futures::executor::block_on(file.turn_to_write()).map(drop)));
        assert!(refused(futures::executor::block_on(file.checkpoint())));
    }
}
