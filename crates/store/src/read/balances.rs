//! Balances, holds and flows.

use crate::derived::LOOK_UP_HOLD_ROWS;
use crate::driver::{DbError, Row, Transaction, Value};
use crate::journal::load::{LOOK_UP_BALANCES, LOOK_UP_HOLDS, balance_of, hold_of};
use crate::journal::tail::TailEntry;
use crate::records::{checked, named, parsed};
use guerdon_ledger::{AccountClass, AccountKey, AccountPath, Amount, AssetCode, Balance, Hold, HoldKey};
use jiff::Timestamp;

const LIST_BALANCES: &str = "SELECT account, asset, posted, held FROM balances
    WHERE tenant_id = $1 AND (account > $2 OR (account = $2 AND asset > $3)) AND account >= $4 AND account < $5
    ORDER BY account, asset LIMIT $6";

const LIST_ASSETS: &str = "SELECT asset FROM balances WHERE tenant_id = $1 AND account = $2 ORDER BY asset";

const SUM_BALANCES: &str =
    "SELECT CAST(coalesce(sum(posted), 0) AS BIGINT), CAST(coalesce(sum(held), 0) AS BIGINT),
    count(*) FROM balances WHERE tenant_id = $1 AND asset = $2
    AND (account = $3 OR (account >= $4 AND account < $5))";

const SUM_ASSET: &str =
    "SELECT CAST(coalesce(sum(posted), 0) AS BIGINT), CAST(coalesce(sum(held), 0) AS BIGINT),
    count(*) FROM balances WHERE tenant_id = $1 AND asset = $2";

const LIST_FLOWS: &str =
    "SELECT from_class, to_class, postings, amount FROM flows WHERE tenant_id = $1 AND asset = $2";

const LIST_HOLDS: &str = "SELECT account, reference, asset, amount, captured, released, expires_at, placed_seq
    FROM holds WHERE tenant_id = $1 AND placed_seq < $2 AND (account = $3 OR $3 = '') AND (status = $4 OR $4 = '')
    ORDER BY placed_seq DESC, account, reference LIMIT $5";

/// The place in the tenant's journal at which an instant lies: found by halving, since the journal is in the order of
/// its recorded times.
const RECORDED_AT: &str = "SELECT recorded_at FROM journal WHERE tenant_id = $1 AND seq = $2";

const LAST_ENTRY: &str =
    "SELECT posted FROM entries WHERE tenant_id = $1 AND account = $2 AND asset = $3 AND seq <= $4
    ORDER BY seq DESC, posting DESC LIMIT 1";

/// Entries recorded after an instant that took effect before it, less those recorded before that take effect after.
const DATED_LATE: &str = "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entries
    WHERE tenant_id = $1 AND account = $2 AND asset = $3 AND effective_at <> recorded_at
      AND effective_at <= $4 AND recorded_at > $4 AND seq <= $5";
const DATED_EARLY: &str = "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM entries
    WHERE tenant_id = $1 AND account = $2 AND asset = $3 AND effective_at <> recorded_at
      AND effective_at > $4 AND recorded_at <= $4 AND seq <= $5";

/// A balance and whose it is.
pub type BalanceRow = (AccountKey, Balance);

/// The balance of one account in one asset, zero where it was never touched.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn balance(tx: &mut Transaction, key: &AccountKey) -> Result<Balance, DbError> {
    let wanted = vec![vec![(&key.account).into(), (&key.asset).into()]];
    let rows = tx.look_up(&LOOK_UP_BALANCES, wanted).await?;
    rows.first().map_or(Ok(Balance::default()), |row| Ok(balance_of(row)?.1))
}

/// Balances in the order of account and asset, after one of them, of accounts that begin with a prefix.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn balances_after(
    tx: &mut Transaction,
    after: (&str, &str),
    prefix: &str,
    limit: i64,
) -> Result<Vec<BalanceRow>, DbError> {
    // No account holds a character above `~`.
    let end = format!("{prefix}~");
    let params = [tx.tenant(), after.0.into(), after.1.into(), prefix.into(), end.into(), limit.into()];
    let rows = tx.query(LIST_BALANCES, params).await?;
    rows.iter().map(balance_of).collect()
}

/// What all accounts of a class have together, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassBalance {
    /// What lies on them.
    pub posted: i64,
    /// What holds have reserved of it.
    pub held: i64,
    /// How many they are.
    pub accounts: i64,
}

/// The sum over the balances of all accounts of some classes. The cost grows with the number of their accounts.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn class_balances(
    tx: &mut Transaction,
    asset: &AssetCode,
    classes: &[AccountClass],
) -> Result<Vec<ClassBalance>, DbError> {
    let mut sums = Vec::with_capacity(classes.len());
    for class in classes {
        // `;` follows `:` in the order of characters.
        let (root, from, to) = (class.name(), format!("{}:", class.name()), format!("{};", class.name()));
        let rows =
            tx.query(SUM_BALANCES, [tx.tenant(), asset.into(), root.into(), from.into(), to.into()]).await?;
        sums.push(rows.first().map_or(Ok(ClassBalance::default()), class_balance_of)?);
    }
    Ok(sums)
}

/// The sum over all balances of an asset: zero, unless somebody tampered.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn asset_balance(tx: &mut Transaction, asset: &AssetCode) -> Result<ClassBalance, DbError> {
    let rows = tx.query(SUM_ASSET, [tx.tenant(), asset.into()]).await?;
    rows.first().map_or(Ok(ClassBalance::default()), class_balance_of)
}

fn class_balance_of(row: &Row) -> Result<ClassBalance, DbError> {
    Ok(ClassBalance { posted: row.int(0)?, held: row.int(1)?, accounts: row.int(2)? })
}

/// What ever moved from one class of account to another, gross.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowRow {
    /// The class that gave.
    pub from: AccountClass,
    /// The class that received.
    pub to: AccountClass,
    /// How many postings.
    pub postings: i64,
    /// How much, in minor units.
    pub amount: i64,
}

/// The flows of an asset.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn flows(tx: &mut Transaction, asset: &AssetCode) -> Result<Vec<FlowRow>, DbError> {
    let rows = tx.query(LIST_FLOWS, [tx.tenant(), asset.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(FlowRow {
                from: named(row.text(0)?)?,
                to: named(row.text(1)?)?,
                postings: row.int(2)?,
                amount: row.int(3)?,
            })
        })
        .collect()
}

/// A hold.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn hold(tx: &mut Transaction, key: &HoldKey) -> Result<Option<Hold>, DbError> {
    let wanted = vec![vec![(&key.account).into(), (&key.reference).into()]];
    let rows = tx.look_up(&LOOK_UP_HOLDS, wanted).await?;
    rows.first().map(hold_of).transpose()
}

/// A hold, and the transactions that placed it and touched it last.
#[derive(Debug, Clone)]
pub struct HoldRow {
    /// The hold.
    pub hold: Hold,
    /// The transaction that placed it.
    pub placed_seq: i64,
    /// The transaction that touched it last.
    pub seq: i64,
}

/// Those of some holds that there are.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn hold_rows(tx: &mut Transaction, keys: &[HoldKey]) -> Result<Vec<HoldRow>, DbError> {
    let wanted = keys.iter().map(|key| vec![(&key.account).into(), (&key.reference).into()]).collect();
    let of = |row: &Row| -> Result<HoldRow, DbError> {
        let key =
            HoldKey { account: checked(AccountPath::new(row.text(0)?))?, reference: parsed(row.text(1)?)? };
        let hold = Hold {
            key,
            asset: checked(AssetCode::new(row.text(2)?))?,
            amount: checked(Amount::new(row.int(3)?))?,
            captured: row.int(4)?,
            released: row.int(5)?,
            expires_at_us: row.int_or_null(7)?,
        };
        Ok(HoldRow { hold, placed_seq: row.int(8)?, seq: row.int(9)? })
    };
    tx.look_up(&LOOK_UP_HOLD_ROWS, wanted).await?.iter().map(of).collect()
}

/// The assets in which an account was ever touched.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn assets_of(tx: &mut Transaction, account: &AccountPath) -> Result<Vec<AssetCode>, DbError> {
    let rows = tx.query(LIST_ASSETS, [tx.tenant(), account.into()]).await?;
    rows.iter().map(|row| checked(AssetCode::new(row.text(0)?))).collect()
}

/// Holds placed before a transaction, newest first, each with the transaction that placed it; of one account and one
/// status where they are given.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn holds_before(
    tx: &mut Transaction,
    before: i64,
    account: Option<&AccountPath>,
    status: Option<&str>,
    limit: i64,
) -> Result<Vec<(Hold, i64)>, DbError> {
    let account = account.map_or("", AccountPath::as_str);
    let params =
        [tx.tenant(), before.into(), account.into(), status.unwrap_or_default().into(), limit.into()];
    let rows = tx.query(LIST_HOLDS, params).await?;
    rows.iter().map(|row| Ok((hold_of(row)?, row.int(7)?))).collect()
}

/// The instant that a balance is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instant {
    /// As it was known then.
    Recorded(Timestamp),
    /// As it is now known to have been then.
    Effective(Timestamp),
}

/// What lay on an account at an instant, in minor units. Costs a few look-ups, and for effective dates the sum of the
/// entries that were dated back or forward over that instant.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn balance_as_of(tx: &mut Transaction, key: &AccountKey, at: Instant) -> Result<i64, DbError> {
    let (Instant::Recorded(time) | Instant::Effective(time)) = at;
    let seq = seq_at(tx, time).await?;
    let tail = tx.waiting().await?;
    let waiting = tail.entries(key);
    let posted = match waiting.iter().rfind(|entry| entry.seq <= seq) {
        Some(entry) => entry.posted,
        None => posted_at(tx, key, seq.min(tail.filled_to())).await?,
    };
    match at {
        Instant::Recorded(_) => Ok(posted),
        Instant::Effective(_) => Ok(posted + dated(tx, key, time, &waiting).await?),
    }
}

async fn posted_at(tx: &mut Transaction, key: &AccountKey, seq: i64) -> Result<i64, DbError> {
    let params = [tx.tenant(), (&key.account).into(), (&key.asset).into(), seq.into()];
    let rows = tx.query(LAST_ENTRY, params).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// What entries dated back or forward over an instant change in the balance at it.
async fn dated(
    tx: &mut Transaction,
    key: &AccountKey,
    time: Timestamp,
    waiting: &[TailEntry],
) -> Result<i64, DbError> {
    let boundary = tx.waiting().await?.filled_to();
    let params =
        [tx.tenant(), (&key.account).into(), (&key.asset).into(), Value::from(time), Value::from(boundary)];
    let late = sum(&tx.query(DATED_LATE, params.clone()).await?)?;
    let early = sum(&tx.query(DATED_EARLY, params).await?)?;
    let at = time.as_microsecond();
    let in_tail = waiting.iter().map(|entry| match (entry.effective_at <= at, entry.recorded_at <= at) {
        (true, false) => entry.amount,
        (false, true) => -entry.amount,
        _ => 0,
    });
    Ok(late - early + in_tail.sum::<i64>())
}

fn sum(rows: &[Row]) -> Result<i64, DbError> {
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

/// The last transaction recorded at or before an instant; 0 where there is none.
async fn seq_at(tx: &mut Transaction, at: Timestamp) -> Result<i64, DbError> {
    let head = crate::directory::head(tx).await?;
    let (mut low, mut high) = (0, head.map_or(0, |head| head.seq));
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let rows = tx.query(RECORDED_AT, [tx.tenant(), middle.into()]).await?;
        let recorded = rows.first().map_or(Ok(i64::MAX), |row| row.int(0))?;
        match recorded <= at.as_microsecond() {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    Ok(low)
}

crate::statements::list! { LIST_BALANCES, LIST_ASSETS, SUM_BALANCES, SUM_ASSET, LIST_FLOWS, LIST_HOLDS, RECORDED_AT, LAST_ENTRY, DATED_LATE, DATED_EARLY }
