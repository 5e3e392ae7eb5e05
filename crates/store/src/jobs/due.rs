//! What is due, of all tenants: read as the platform, done as each tenant. What belongs to a tenant that is suspended or
//! closed is not among it; it waits until the tenant is active again.

use crate::driver::{Database, DbError, Dialect, Mode, Row, Statement, Value};
use crate::records::{TenantId, instant, parsed};
use jiff::Timestamp;

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Whose it is.
    pub tenant: TenantId,
    /// Since when.
    pub due_at: Timestamp,
    /// What is to be done to it, within the tenant: the id of a budget, the account of a hold, the end of a journal.
    pub subject: String,
    /// Of a hold, what it is for; empty otherwise.
    pub reference: String,
}

// Row-level security makes PostgreSQL think little of how much it will see: of a join it would rather begin with all
// tenants, and of a list rather sort all that is due than read the next of it. So the tenant is no join, and the lists
// are read as the indexes have them.

/// For the transaction at hand.
const READ_IN_ORDER: &str = "SET LOCAL enable_bitmapscan = off";
/// `$3` to `$5` are the last of the page before.
const LIST_DUE: &str = "SELECT tenant_id, due_at, subject FROM schedule AS s
    WHERE job = $1 AND due_at <= $2 AND (due_at, tenant_id, subject) > ($3, $4, $5)
      AND (SELECT status FROM tenants AS t WHERE t.tenant_id = s.tenant_id) = 'active'
    ORDER BY due_at, tenant_id, subject LIMIT $6";
const COUNT_DUE: &str = "SELECT count(*) FROM schedule AS s WHERE job = $1 AND due_at <= $2
    AND (SELECT status FROM tenants AS t WHERE t.tenant_id = s.tenant_id) = 'active'";
const FIND_NEXT_DUE: &str = "SELECT due_at FROM schedule AS s WHERE job = $1 AND due_at IS NOT NULL
    AND (SELECT status FROM tenants AS t WHERE t.tenant_id = s.tenant_id) = 'active'
    ORDER BY due_at LIMIT 1";
/// `$2` to `$5` are the last of the page before.
const LIST_EXPIRED: &str = "SELECT tenant_id, expires_at, account, reference FROM holds AS h
    WHERE status = 'open' AND expires_at <= $1
      AND (expires_at, tenant_id, account, reference) > ($2, $3, $4, $5)
      AND (SELECT status FROM tenants AS t WHERE t.tenant_id = h.tenant_id) = 'active'
    ORDER BY expires_at, tenant_id, account, reference LIMIT $6";
const COUNT_EXPIRED: &str = "SELECT count(*) FROM holds AS h WHERE status = 'open' AND expires_at <= $1
    AND (SELECT status FROM tenants AS t WHERE t.tenant_id = h.tenant_id) = 'active'";
const FIND_NEXT_EXPIRY: &str =
    "SELECT expires_at FROM holds AS h WHERE status = 'open' AND expires_at IS NOT NULL
    AND (SELECT status FROM tenants AS t WHERE t.tenant_id = h.tenant_id) = 'active'
    ORDER BY expires_at LIMIT 1";
/// The tenants whose journals have gone on since a projection followed them, and how far.
const LIST_ACTIVE_BEHIND: &str = "SELECT tenant_id, recorded_at, seq FROM heads AS h WHERE tenant_id > $2
    AND seq > coalesce(
        (SELECT seq FROM cursors AS c WHERE c.tenant_id = h.tenant_id AND c.projection = $1), 0)
    AND (SELECT status FROM tenants AS t WHERE t.tenant_id = h.tenant_id) = 'active'
    ORDER BY tenant_id LIMIT $3";
const LIST_ACTIVE: &str =
    "SELECT tenant_id FROM tenants WHERE status = 'active' AND tenant_id > $1 ORDER BY tenant_id LIMIT $2";

/// What was scheduled for a job and is due by `now`, in the order in which it fell due; what follows `after`, `limit` at
/// most.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn due(
    database: &Database,
    job: &str,
    now: Timestamp,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>, DbError> {
    let [due_at, tenant, subject, _] = place(after);
    let params = vec![job.into(), now.into(), due_at, tenant, subject, limit.into()];
    let rows = look(database, LIST_DUE, params).await?;
    rows.iter().map(|row| due_of(row, row.text(2)?.to_owned(), String::new())).collect()
}

/// How much was scheduled for a job and is due by `now`.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn due_count(database: &Database, job: &str, now: Timestamp) -> Result<i64, DbError> {
    count(look(database, COUNT_DUE, vec![job.into(), now.into()]).await?)
}

/// When what was scheduled for a job falls due next, or did; `None` where nothing is scheduled.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn next_due(database: &Database, job: &str) -> Result<Option<Timestamp>, DbError> {
    first_instant(look(database, FIND_NEXT_DUE, vec![job.into()]).await?)
}

/// The holds that ran out by `now` and still reserve something, in the order in which they did; what follows `after`,
/// `limit` at most.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn expired_holds(
    database: &Database,
    now: Timestamp,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>, DbError> {
    let [due_at, tenant, account, reference] = place(after);
    let params = vec![now.into(), due_at, tenant, account, reference, limit.into()];
    let rows = look(database, LIST_EXPIRED, params).await?;
    rows.iter().map(|row| due_of(row, row.text(2)?.to_owned(), row.text(3)?.to_owned())).collect()
}

/// How many holds ran out by `now` and still reserve something.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn expired_holds_count(database: &Database, now: Timestamp) -> Result<i64, DbError> {
    count(look(database, COUNT_EXPIRED, vec![now.into()]).await?)
}

/// When a hold runs out next, or did; `None` where none will.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn next_expiry(database: &Database) -> Result<Option<Timestamp>, DbError> {
    first_instant(look(database, FIND_NEXT_EXPIRY, Vec::new()).await?)
}

/// The journals that have gone on since a projection followed them, by tenant; what follows `after`, `limit` at most.
/// The subject is the last transaction of each.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn behind(
    database: &Database,
    projection: &str,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>, DbError> {
    let [_, tenant, ..] = place(after);
    let rows = look(database, LIST_ACTIVE_BEHIND, vec![projection.into(), tenant, limit.into()]).await?;
    rows.iter().map(|row| due_of(row, row.int(2)?.to_string(), String::new())).collect()
}

/// The active tenants, each due at `now`; what follows `after`, `limit` at most.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn active_tenants(
    database: &Database,
    now: Timestamp,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>, DbError> {
    let [_, tenant, ..] = place(after);
    let rows = look(database, LIST_ACTIVE, vec![tenant, limit.into()]).await?;
    let of = |row: &Row| -> Result<Due, DbError> {
        let tenant = parsed(row.text(0)?)?;
        Ok(Due { tenant, due_at: now, subject: String::new(), reference: String::new() })
    };
    rows.iter().map(of).collect()
}

async fn look(database: &Database, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    if tx.dialect() == Dialect::Sqlite {
        return tx.query(sql, params).await;
    }
    let both = vec![Statement::new(READ_IN_ORDER, []), Statement::new(sql, params)];
    Ok(tx.query_all(both).await?.pop().unwrap_or_default())
}

/// Where a page begins; before everything, for the first.
fn place(after: Option<&Due>) -> [Value; 4] {
    match after {
        Some(due) => {
            [due.due_at.into(), due.tenant.into(), due.subject.as_str().into(), due.reference.as_str().into()]
        }
        None => [i64::MIN.into(), "".into(), "".into(), "".into()],
    }
}

fn due_of(row: &Row, subject: String, reference: String) -> Result<Due, DbError> {
    Ok(Due { tenant: parsed(row.text(0)?)?, due_at: instant(row.int(1)?)?, subject, reference })
}

fn count(rows: Vec<Row>) -> Result<i64, DbError> {
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

fn first_instant(rows: Vec<Row>) -> Result<Option<Timestamp>, DbError> {
    rows.first().map(|row| instant(row.int(0)?)).transpose()
}

crate::statements::list! {
    LIST_DUE, COUNT_DUE, FIND_NEXT_DUE, LIST_EXPIRED, COUNT_EXPIRED, FIND_NEXT_EXPIRY, LIST_ACTIVE_BEHIND, LIST_ACTIVE;
    postgres: READ_IN_ORDER
}
