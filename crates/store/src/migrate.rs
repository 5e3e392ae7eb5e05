//! Migrations: forward and back, the same steps on both databases, each step one transaction.

use crate::driver::{Database, DbError, Dialect, Mode, Transaction};
use crate::records::TenantId;
use jiff::Timestamp;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
struct Migration {
    name: &'static str,
    sqlite: Script,
    postgres: Script,
}

#[derive(Debug, Clone, Copy)]
struct Script {
    up: &'static str,
    down: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: Script {
                up: include_str!(concat!("../migrations/sqlite/", $name, ".up.sql")),
                down: include_str!(concat!("../migrations/sqlite/", $name, ".down.sql")),
            },
            postgres: Script {
                up: include_str!(concat!("../migrations/postgres/", $name, ".up.sql")),
                down: include_str!(concat!("../migrations/postgres/", $name, ".down.sql")),
            },
        }
    };
}

/// All steps, in order. A step's version is its place, from 1.
const MIGRATIONS: &[Migration] = &[
    migration!("0001_journal"),
    migration!("0002_books"),
    migration!("0003_access"),
    migration!("0004_views"),
    migration!("0005_work"),
    migration!("0006_budgets"),
    migration!("0007_referrals"),
    migration!("0008_events"),
];

const MAKE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
    (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
const LIST_APPLIED: &str = "SELECT version, name, applied_at FROM schema_migrations ORDER BY version";
const NOTE_APPLIED: &str = "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)";
const NOTE_TAKEN_BACK: &str = "DELETE FROM schema_migrations WHERE version = $1";
/// Servers that start at the same moment migrate one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4857123094112)";

/// A step, and whether it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its place, from 1.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// When it was applied, where it was.
    pub applied_at: Option<Timestamp>,
}

/// Why the schema could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A newer program made this database.
    #[error(
        "the database is at version {found}, this program knows versions up to {known}: use a newer program"
    )]
    TooNew {
        /// The database's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
}

/// Applies what is missing, and answers what was applied.
///
/// # Errors
/// [`MigrateError`]; the steps before the failing one stay applied.
pub async fn up(database: &Database, at: Timestamp) -> Result<Vec<Step>, MigrateError> {
    let mut applied = Vec::new();
    while let Some(step) = apply_next(database, at).await? {
        applied.push(step);
    }
    Ok(applied)
}

/// Takes back the last `steps` steps, and answers those taken back, the last first.
///
/// # Errors
/// [`MigrateError`]; the steps before the failing one stay taken back.
pub async fn down(database: &Database, steps: usize) -> Result<Vec<Step>, MigrateError> {
    let mut taken_back = Vec::new();
    for _ in 0..steps {
        let mut tx = locked(database).await?;
        let Some(step) = newest_applied(&mut tx).await? else { break };
        let migration = &MIGRATIONS[step.version as usize - 1];
        tx.run_script(script(migration, tx.dialect()).down).await?;
        tx.query(NOTE_TAKEN_BACK, [step.version.into()]).await?;
        tx.commit().await?;
        taken_back.push(step);
    }
    Ok(taken_back)
}

/// All steps, and which of them were applied.
///
/// # Errors
/// [`MigrateError`] as the database says.
pub async fn status(database: &Database) -> Result<Vec<Step>, MigrateError> {
    let mut tx = locked(database).await?;
    let applied = applied(&mut tx).await?;
    let all = MIGRATIONS.iter().enumerate().map(|(index, migration)| {
        let version = index as i64 + 1;
        applied.iter().find(|step| step.version == version).cloned().unwrap_or_else(|| Step {
            version,
            name: migration.name.to_owned(),
            applied_at: None,
        })
    });
    Ok(all.collect())
}

async fn apply_next(database: &Database, at: Timestamp) -> Result<Option<Step>, MigrateError> {
    let mut tx = locked(database).await?;
    let done = newest_applied(&mut tx).await?.map_or(0, |step| step.version);
    let Some(migration) = MIGRATIONS.get(done as usize) else { return Ok(None) };
    let step = Step { version: done + 1, name: migration.name.to_owned(), applied_at: Some(at) };
    tx.run_script(script(migration, tx.dialect()).up).await?;
    tx.query(NOTE_APPLIED, [step.version.into(), step.name.as_str().into(), at.into()]).await?;
    tx.commit().await?;
    Ok(Some(step))
}

async fn locked(database: &Database) -> Result<Transaction, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Owner).await?;
    if tx.dialect() == Dialect::Postgres {
        tx.run_script(LOCK).await?;
    }
    tx.run_script(MAKE_TABLE).await?;
    Ok(tx)
}

async fn applied(tx: &mut Transaction) -> Result<Vec<Step>, DbError> {
    let rows = tx.query(LIST_APPLIED, []).await?;
    rows.iter()
        .map(|row| {
            Ok(Step {
                version: row.int(0)?,
                name: row.text(1)?.to_owned(),
                applied_at: Some(crate::records::instant(row.int(2)?)?),
            })
        })
        .collect()
}

async fn newest_applied(tx: &mut Transaction) -> Result<Option<Step>, MigrateError> {
    let newest = applied(tx).await?.pop();
    let known = MIGRATIONS.len() as i64;
    match newest {
        Some(step) if step.version > known => Err(MigrateError::TooNew { found: step.version, known }),
        newest => Ok(newest),
    }
}

fn script(migration: &Migration, dialect: Dialect) -> Script {
    match dialect {
        Dialect::Sqlite => migration.sqlite,
        Dialect::Postgres => migration.postgres,
    }
}

crate::statements::list! { MAKE_TABLE, LIST_APPLIED, NOTE_APPLIED, NOTE_TAKEN_BACK; postgres: LOCK }
