//! The company's pool at a glance.

use super::stats::flow_between;
use crate::Error;
use guerdon_ledger::{AccountClass, AccountPath, AssetCode, Balance};
use guerdon_store::Tenant;
use guerdon_store::driver::{Database, Mode};
use guerdon_store::read;
use serde::Serialize;

/// Whether there is enough to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolStatus {
    /// Enough.
    Ready,
    /// Below the tenant's threshold.
    Low,
    /// Nothing.
    Empty,
}

/// The pool at one instant, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolView {
    /// What lies in it.
    pub balance: Balance,
    /// Below this it is low.
    pub low_balance: i64,
    /// Whether there is enough to give.
    pub status: PoolStatus,
}

/// Reads the pool. It is low below the tenant's threshold, or below a tenth of what was allocated where none is set.
///
/// # Errors
/// [`Error::Unavailable`] while the database is away.
pub async fn pool(database: &Database, tenant: &Tenant) -> Result<PoolView, Error> {
    let points = AssetCode::points();
    let mut tx = database.begin(tenant.id, Mode::Read).await?;
    let balance = read::balance(&mut tx, &AccountPath::pool().in_asset(&points)).await?;
    let flows = read::flows(&mut tx, &points).await?;
    let issued = |from, to| flow_between(&flows, from, to);
    let allocated = issued(Some(AccountClass::Issuance), None) - issued(None, Some(AccountClass::Issuance));
    let low_balance = tenant.settings.low_balance.unwrap_or(allocated / 10);
    let status = match balance.available() {
        ..=0 => PoolStatus::Empty,
        available if available < low_balance => PoolStatus::Low,
        _ => PoolStatus::Ready,
    };
    Ok(PoolView { balance, low_balance, status })
}
