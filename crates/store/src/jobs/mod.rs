//! Jobs: which server does what is done periodically, and how it went; and what is [due](Due).
//!
//! A job is done by whoever has its lease, so of several servers one does it. A lease runs out by itself, so one that
//! dies is followed by another. That two may do a job for a moment is harmless: whatever a job does, it does once by its
//! key.

mod due;

pub use due::{
    Due, active_tenants, behind, due, due_count, expired_holds, expired_holds_count, next_due, next_expiry,
};

use crate::driver::{Database, DbError, Mode, Row, Value};
use crate::records::{TenantId, instant};
use jiff::Timestamp;

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its name.
    pub job: String,
    /// The server that does it, or did it last.
    pub owner: String,
    /// Until when it is that server's; it is anybody's from then on.
    pub leased_to: Timestamp,
    /// When it was begun last.
    pub started_at: Option<Timestamp>,
    /// When it was last gone through to its end.
    pub finished_at: Option<Timestamp>,
    /// How often it was done.
    pub runs: i64,
    /// How many things were done by it.
    pub done: i64,
    /// How many things failed.
    pub failures: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When that was.
    pub failed_at: Option<Timestamp>,
}

/// What a server has done of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// How many things were done.
    pub done: i64,
    /// How many things failed.
    pub failures: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Whether it was gone through to its end.
    pub whole: bool,
}

/// `$4` is now.
const TAKE_LEASE: &str = "INSERT INTO jobs (job, owner, leased_to, started_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (job) DO UPDATE
    SET owner = excluded.owner, leased_to = excluded.leased_to, started_at = excluded.started_at
    WHERE jobs.owner = excluded.owner OR jobs.leased_to <= excluded.started_at RETURNING leased_to";
const RENEW_LEASE: &str = "UPDATE jobs SET leased_to = $3 WHERE job = $1 AND owner = $2 RETURNING leased_to";
/// What was done is added even where another has the lease by now; `$3` is now.
const GIVE_LEASE_BACK: &str = "UPDATE jobs
    SET leased_to = CASE WHEN owner = $2 THEN $3 ELSE leased_to END, finished_at = coalesce($4, finished_at),
        runs = runs + 1, done = done + $5, failures = failures + $6,
        last_error = coalesce($7, last_error), failed_at = coalesce($8, failed_at)
    WHERE job = $1";
const LIST_JOBS: &str =
    "SELECT job, owner, leased_to, started_at, finished_at, runs, done, failures, last_error, failed_at
    FROM jobs ORDER BY job";

/// Takes the lease of a job, where nobody else has it. Answers whether it is this owner's until `to`.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn take_lease(
    database: &Database,
    job: &str,
    owner: &str,
    now: Timestamp,
    to: Timestamp,
) -> Result<bool, DbError> {
    write(database, TAKE_LEASE, vec![job.into(), owner.into(), to.into(), now.into()]).await
}

/// Keeps the lease of a job until `to`. Answers whether it is still this owner's.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn renew_lease(
    database: &Database,
    job: &str,
    owner: &str,
    to: Timestamp,
) -> Result<bool, DbError> {
    write(database, RENEW_LEASE, vec![job.into(), owner.into(), to.into()]).await
}

/// Gives the lease of a job back, and notes what was done.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn give_lease_back(
    database: &Database,
    job: &str,
    owner: &str,
    now: Timestamp,
    done: Done,
) -> Result<(), DbError> {
    let params = vec![
        job.into(),
        owner.into(),
        now.into(),
        done.whole.then_some(now).into(),
        done.done.into(),
        done.failures.into(),
        done.last_error.as_deref().into(),
        done.last_error.as_ref().map(|_| now).into(),
    ];
    write(database, GIVE_LEASE_BACK, params).await.map(drop)
}

async fn write(database: &Database, sql: &'static str, params: Vec<Value>) -> Result<bool, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Write).await?;
    let rows = tx.query(sql, params).await?;
    tx.commit().await?;
    Ok(!rows.is_empty())
}

/// Every job that was ever begun, by name.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn list_jobs(database: &Database) -> Result<Vec<JobRow>, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    tx.query(LIST_JOBS, []).await?.iter().map(JobRow::from_row).collect()
}

impl JobRow {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        let instant_or_null = |column| row.int_or_null(column)?.map(instant).transpose();
        Ok(Self {
            job: row.text(0)?.to_owned(),
            owner: row.text(1)?.to_owned(),
            leased_to: instant(row.int(2)?)?,
            started_at: instant_or_null(3)?,
            finished_at: instant_or_null(4)?,
            runs: row.int(5)?,
            done: row.int(6)?,
            failures: row.int(7)?,
            last_error: row.text_or_null(8)?.map(str::to_owned),
            failed_at: instant_or_null(9)?,
        })
    }
}

/// The statements of this folder by name.
pub(crate) fn statements() -> Vec<(&'static str, crate::statements::Sql)> {
    use crate::statements::Sql;
    let own = vec![
        ("TAKE_LEASE", Sql::from(&TAKE_LEASE)),
        ("RENEW_LEASE", Sql::from(&RENEW_LEASE)),
        ("GIVE_LEASE_BACK", Sql::from(&GIVE_LEASE_BACK)),
        ("LIST_JOBS", Sql::from(&LIST_JOBS)),
    ];
    [own, due::statements()].concat()
}
