//! Projections: what follows the journal in order, from a cursor of its own, and writes what it makes of it in the
//! transaction that moves the cursor: exactly once in effect, whoever follows.

use crate::driver::{Database, DbError, Mode, Transaction};
use crate::records::{TenantId, parsed};
use tokio::runtime::Handle;

const FIND_CURSOR: &str = "SELECT seq FROM cursors WHERE tenant_id = $1 AND projection = $2";
const MOVE_CURSOR: &str = "INSERT INTO cursors (tenant_id, projection, seq) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, projection) DO UPDATE SET seq = excluded.seq WHERE cursors.seq = $4 RETURNING seq";
const FIND_SEQ: &str = "SELECT seq FROM heads WHERE tenant_id = $1";
/// The tenants whose journals have gone on, and may have something that the projection has not seen.
const LIST_BEHIND: &str = "SELECT h.tenant_id FROM heads AS h
    LEFT JOIN cursors AS c ON c.tenant_id = h.tenant_id AND c.projection = $1
    WHERE h.seq > coalesce(c.seq, 0) ORDER BY h.tenant_id";

/// A cursor that has nothing to pass over but other things is moved once they are this many.
const WORTH_MOVING: i64 = 10_000;

/// How far a projection has followed the tenant's journal.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn cursor(tx: &mut Transaction, projection: &str) -> Result<i64, DbError> {
    let rows = tx.query(FIND_CURSOR, [tx.tenant(), projection.into()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// What of a tenant's journal a projection has not followed yet.
#[derive(Debug, Clone, Copy)]
pub struct Ahead {
    projection: &'static str,
    /// The transaction after which it goes on.
    pub from: i64,
    /// The last transaction of the journal.
    pub end: i64,
}

/// A part of the journal that a projection takes in at once.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    projection: &'static str,
    from: i64,
    to: i64,
    /// Whether it goes to the end of the journal.
    pub is_last: bool,
}

impl Ahead {
    /// What lies ahead of a projection, as a transaction sees the tenant's journal.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn of(tx: &mut Transaction, projection: &'static str) -> Result<Self, DbError> {
        Ok(Self { projection, from: cursor(tx, projection).await?, end: last_seq(tx).await? })
    }

    /// The stretch up to a transaction in which there was something for the projection, or was not; `None` where there is
    /// nothing to be done.
    pub fn stretch(self, to: i64, found: bool) -> Option<Stretch> {
        let Self { projection, from, end } = self;
        let is_last = to >= end;
        let is_worth_it = found || !is_last || to - from >= WORTH_MOVING;
        is_worth_it.then_some(Stretch { projection, from, to, is_last })
    }
}

impl Stretch {
    /// Keeps what the projection makes of the stretch, in the transaction that moves its cursor; answers `false`, and
    /// keeps nothing, where another server has followed meanwhile. It is not flushed: what is lost of it is made again.
    ///
    /// It is written in one go in a thread of its own: on SQLite the journal waits meanwhile, and whoever held the turn
    /// to write from one statement to the next would have it wait for the calls that come in between.
    ///
    /// # Errors
    /// [`DbError`] as the database says.
    pub async fn keep(
        self,
        database: &Database,
        tenant: TenantId,
        made: impl AsyncFnOnce(&mut Transaction) -> Result<(), DbError> + Send + 'static,
    ) -> Result<bool, DbError> {
        let database = database.clone();
        let runtime = Handle::current();
        let kept = move || runtime.block_on(self.write(&database, tenant, made));
        tokio::task::spawn_blocking(kept).await.map_err(|error| DbError::Broken(error.to_string()))?
    }

    async fn write(
        self,
        database: &Database,
        tenant: TenantId,
        made: impl AsyncFnOnce(&mut Transaction) -> Result<(), DbError>,
    ) -> Result<bool, DbError> {
        let mut tx = database.begin(tenant, Mode::OwnThread).await?;
        let params = [tx.tenant(), self.projection.into(), self.to.into(), self.from.into()];
        if tx.query(MOVE_CURSOR, params).await?.is_empty() {
            return Ok(false);
        }
        made(&mut tx).await?;
        tx.commit_unflushed().await.map(|()| true)
    }
}

async fn last_seq(tx: &mut Transaction) -> Result<i64, DbError> {
    let rows = tx.query(FIND_SEQ, [tx.tenant()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// The tenants whose journals have gone on since a projection followed them.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn behind(database: &Database, projection: &str) -> Result<Vec<TenantId>, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    let rows = tx.query(LIST_BEHIND, [projection.into()]).await?;
    rows.iter().map(|row| parsed(row.text(0)?)).collect()
}

crate::statements::list! { FIND_CURSOR, MOVE_CURSOR, FIND_SEQ, LIST_BEHIND }
