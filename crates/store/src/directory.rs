//! The directory of tenants: which slug is which tenant, read before the tenant is known.

use crate::driver::{Database, DbError, Dialect, Mode, Transaction};
use crate::journal::load::head_of;
use crate::journal::state::Head;
use crate::records::{FIND_TENANT, LIST_TENANTS, Slug, Tenant, TenantId, instant, parsed};
use guerdon_ledger::chain::Hash;
use jiff::Timestamp;

pub(crate) const RESERVE_SLUG: &str =
    "INSERT INTO tenant_directory (slug, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const FIND_SLUG: &str = "SELECT tenant_id FROM tenant_directory WHERE slug = $1";
pub(crate) const OPEN_HEAD: &str =
    "INSERT INTO heads (tenant_id, seq, hash, recorded_at) VALUES ($1, 0, $2, $3)
    ON CONFLICT DO NOTHING";
pub(crate) const FIND_HEAD: &str = "SELECT seq, hash, recorded_at FROM heads WHERE tenant_id = $1";
pub(crate) const LIST_ALL: &str = "SELECT tenant_id FROM tenant_directory ORDER BY tenant_id";

/// Of journals that have entries: an empty one was only opened.
const LATEST_ENTRY: &str = "SELECT max(recorded_at) FROM heads WHERE seq > 0";

/// What became of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// The slug is this tenant's, whose journal is empty and waits for its first transaction.
    Reserved(TenantId),
    /// Another tenant has it.
    Taken,
}

/// Reserves a slug and opens an empty journal. A reservation whose tenant was never made is taken over, so a server
/// that stopped in between leaves nothing to clean up.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn reserve(
    database: &Database,
    slug: &Slug,
    tenant: TenantId,
    at: Timestamp,
) -> Result<Reservation, DbError> {
    match reserve_text(database, slug.as_str(), tenant, at).await? {
        Some(reserved) => Ok(Reservation::Reserved(reserved)),
        None => Ok(Reservation::Taken),
    }
}

/// Opens the platform's own journal, where it is not open yet.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn open_platform(database: &Database, at: Timestamp) -> Result<(), DbError> {
    reserve_text(database, "platform", TenantId::PLATFORM, at).await.map(drop)
}

async fn reserve_text(
    database: &Database,
    slug: &str,
    tenant: TenantId,
    at: Timestamp,
) -> Result<Option<TenantId>, DbError> {
    let mut tx = database.begin(tenant, Mode::Write).await?;
    tx.query(RESERVE_SLUG, [slug.into(), tenant.into()]).await?;
    tx.query(OPEN_HEAD, [tenant.into(), Hash::GENESIS.to_hex().into(), at.into()]).await?;
    let mine = !tx.query(FIND_SLUG, [slug.into()]).await?.is_empty()
        && slug_owner(&mut tx, slug).await? == Some(tenant);
    if mine {
        tx.commit().await?;
        return Ok(Some(tenant));
    }
    drop(tx);
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    let Some(owner) = slug_owner(&mut tx, slug).await? else { return Ok(None) };
    drop(tx);
    let mut tx = database.begin(owner, Mode::Read).await?;
    Ok(head(&mut tx).await?.is_some_and(|head| head.seq == 0).then_some(owner))
}

async fn slug_owner(tx: &mut Transaction, slug: &str) -> Result<Option<TenantId>, DbError> {
    let rows = tx.query(FIND_SLUG, [slug.into()]).await?;
    rows.first().map(|row| parsed(row.text(0)?)).transpose()
}

/// The end of the tenant's journal, where it has one.
pub(crate) async fn head(tx: &mut Transaction) -> Result<Option<Head>, DbError> {
    let rows = tx.query(FIND_HEAD, [tx.tenant()]).await?;
    rows.first().map(head_of).transpose()
}

/// The tenant that a path names, by slug or by id; `None` where there is none.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn find_tenant(database: &Database, slug_or_id: &str) -> Result<Option<Tenant>, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    let id = match slug_or_id.parse() {
        Ok(id) => Some(id),
        // What cannot be a slug is not asked for: a database may not even take the text.
        Err(_) if Slug::new(slug_or_id).is_err() => None,
        Err(_) => slug_owner(&mut tx, slug_or_id).await?,
    };
    match id {
        Some(id) => tenant_in(&mut tx, id).await,
        None => Ok(None),
    }
}

/// A tenant by its id.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn find_tenant_by_id(database: &Database, id: TenantId) -> Result<Option<Tenant>, DbError> {
    tenant_in(&mut database.begin(id, Mode::Read).await?, id).await
}

async fn tenant_in(tx: &mut Transaction, id: TenantId) -> Result<Option<Tenant>, DbError> {
    let rows = tx.query(FIND_TENANT, [id.into()]).await?;
    rows.first().map(Tenant::from_row).transpose()
}

/// Tenants by slug, those after `after`, `limit` at most.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn list_tenants(database: &Database, after: &str, limit: i64) -> Result<Vec<Tenant>, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    let rows = tx.query(LIST_TENANTS, [after.into(), limit.into()]).await?;
    rows.iter().map(Tenant::from_row).collect()
}

/// Every journal there is, the platform's own among them.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn list_journals(database: &Database) -> Result<Vec<TenantId>, DbError> {
    let mut tx = database.begin(TenantId::PLATFORM, Mode::Read).await?;
    let rows = tx.query(LIST_ALL, []).await?;
    rows.iter().map(|row| parsed(row.text(0)?)).collect()
}

/// Whether the database answers.
///
/// # Errors
/// [`DbError`] when it does not.
pub async fn ping(tx: &mut Transaction) -> Result<(), DbError> {
    head(tx).await.map(drop)
}

/// When the latest entry of all journals was recorded; `None` while there is none.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn latest_entry(database: &Database) -> Result<Option<Timestamp>, DbError> {
    // Row-level security shows a reader no tenant but its own; on SQLite an owner would hold up the writer.
    let mode = match database.dialect() {
        Dialect::Sqlite => Mode::Read,
        Dialect::Postgres => Mode::Owner,
    };
    let mut tx = database.begin(TenantId::PLATFORM, mode).await?;
    let rows = tx.query(LATEST_ENTRY, []).await?;
    let latest = rows.first().map_or(Ok(None), |row| row.int_or_null(0))?;
    latest.map(instant).transpose()
}

crate::statements::list! { RESERVE_SLUG, FIND_SLUG, OPEN_HEAD, FIND_HEAD, LIST_ALL, LATEST_ENTRY }
