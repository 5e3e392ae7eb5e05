//! Projections: what follows the journal in order, from a cursor of its own, and writes what it makes of it in the
//! transaction that moves the cursor: exactly once in effect, whoever follows.

use crate::driver::{Database, DbError, Mode, Transaction};
use crate::records::{TenantId, parsed};

const FIND_CURSOR: &str = "SELECT seq FROM cursors WHERE tenant_id = $1 AND projection = $2";
const MOVE_CURSOR: &str = "INSERT INTO cursors (tenant_id, projection, seq) VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, projection) DO UPDATE SET seq = excluded.seq WHERE cursors.seq = $4 RETURNING seq";
const FIND_SEQ: &str = "SELECT seq FROM heads WHERE tenant_id = $1";
/// The tenants whose journals have gone on, and may have something that the projection has not seen.
const LIST_BEHIND: &str = "SELECT h.tenant_id FROM heads AS h
    LEFT JOIN cursors AS c ON c.tenant_id = h.tenant_id AND c.projection = $1
    WHERE h.seq > coalesce(c.seq, 0) ORDER BY h.tenant_id";

/// How far a projection has followed the tenant's journal.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn cursor(tx: &mut Transaction, projection: &str) -> Result<i64, DbError> {
    let rows = tx.query(FIND_CURSOR, [tx.tenant(), projection.into()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// Moves the cursor of a projection from one transaction to another. Answers whether it stood there: if not, somebody
/// else has followed, and whatever this transaction made of the journal must not be kept.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn move_cursor(
    tx: &mut Transaction,
    projection: &str,
    from: i64,
    to: i64,
) -> Result<bool, DbError> {
    let params = [tx.tenant(), projection.into(), to.into(), from.into()];
    Ok(!tx.query(MOVE_CURSOR, params).await?.is_empty())
}

/// The last transaction of the tenant's journal.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn last_seq(tx: &mut Transaction) -> Result<i64, DbError> {
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
