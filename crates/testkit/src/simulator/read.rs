//! Reading at random instants, while others write.

use super::history::{AccountSeen, History, Observation, Span};
use super::stage::{Server, Stage};
use guerdon_ledger::{AccountKey, AccountPath, AssetCode};
use guerdon_store::driver::{DbError, Dialect, Mode, Transaction};
use guerdon_store::read::{self, EntryPage, Instant};
use guerdon_store::{TenantId, read::BalanceRow};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::Arc;

/// Rows that a tenant must not see. On SQLite nothing but the tenant's id in each statement parts tenants; on
/// PostgreSQL the database itself does.
const COUNT_FOREIGN: &str = "SELECT
    (SELECT count(*) FROM journal WHERE tenant_id <> $1) + (SELECT count(*) FROM balances WHERE tenant_id <> $1)
    + (SELECT count(*) FROM holds WHERE tenant_id <> $1) + (SELECT count(*) FROM heads WHERE tenant_id <> $1)
    + (SELECT count(*) FROM members WHERE tenant_id <> $1) + (SELECT count(*) FROM entries WHERE tenant_id <> $1)";
/// Holds, entries and transactions that one reading looks at.
pub(super) const NEWEST: usize = 20;

/// What one reading asks for.
struct Question {
    tenant: TenantId,
    key: AccountKey,
    instant: Timestamp,
    /// A transaction that may have been reversed.
    reversed: i64,
}

/// Reads a tenant at one instant, and notes what it showed. A database that is away shows nothing.
pub(super) async fn observe(stage: &Stage, history: &History, place: usize, random: &mut StdRng) {
    let tenant = random.random_range(0..history.tenants.len());
    let back = SignedDuration::from_millis(random.random_range(0..200_000));
    let question = Question {
        tenant: history.tenants[tenant],
        key: some_account(random),
        instant: stage.clock.now().checked_sub(back).unwrap_or(Timestamp::UNIX_EPOCH),
        reversed: random.random_range(0..=history.known(tenant)),
    };
    let server = stage.server(place);
    let span = stage.begin(history);
    let seen = look(&server, question).await;
    if !Arc::ptr_eq(&server, &stage.server(place)) {
        return; // the server has fallen meanwhile, and what it still knows of the database is of no interest
    }
    match seen {
        Ok(seen) => history.observe(Observation { tenant, span: stage.end(history, span), ..seen }),
        Err(DbError::Unavailable(_)) => {}
        Err(error) => history.fail(format!("a reading of tenant {tenant} failed: {error}")),
    }
}

async fn look(server: &Server, question: Question) -> Result<Observation, DbError> {
    let mut tx = server.journal.database().begin(question.tenant, Mode::Read).await?;
    let last = read::transactions_before(&mut tx, i64::MAX, 1).await?.pop();
    let balances: Vec<BalanceRow> = read::balances_after(&mut tx, ("", ""), "", 10_000).await?;
    let key = question.key.clone();
    let one_balance = (key.clone(), read::balance(&mut tx, &key).await?);
    let holds = read::holds_before(&mut tx, i64::MAX, None, None, NEWEST as i64).await?;
    let account = look_at_account(&mut tx, key, question.instant).await?;
    let reversal = (question.reversed, read::reversal_of(&mut tx, question.reversed).await?);
    let foreign = foreign(&mut tx).await?;
    let (tenant, span) = (0, Span::default());
    Ok(Observation { tenant, span, last, balances, one_balance, holds, account, reversal, foreign })
}

async fn look_at_account(
    tx: &mut Transaction,
    key: AccountKey,
    instant: Timestamp,
) -> Result<AccountSeen, DbError> {
    let (account, asset) = (key.account.clone(), key.asset.clone());
    let page = EntryPage { account, asset, before: None, from: None, to: None, limit: NEWEST as i64 };
    let entries = read::entries(tx, &page).await?;
    let transactions = read::account_transactions(tx, &key, i64::MAX, NEWEST as i64).await?;
    let recorded = read::balance_as_of(tx, &key, Instant::Recorded(instant)).await?;
    let effective = read::balance_as_of(tx, &key, Instant::Effective(instant)).await?;
    Ok(AccountSeen {
        key,
        entries: entries.iter().map(|e| (e.seq, e.posting, e.amount, e.posted)).collect(),
        instant,
        recorded,
        effective,
        transactions: transactions.iter().map(|record| record.seq).collect(),
    })
}

async fn foreign(tx: &mut Transaction) -> Result<i64, DbError> {
    if tx.dialect() == Dialect::Sqlite {
        return Ok(0);
    }
    let rows = tx.query(COUNT_FOREIGN, [tx.tenant()]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.int(0)?))
}

fn some_account(random: &mut StdRng) -> AccountKey {
    let path = match random.random_range(0..6) {
        0 => "pool".to_owned(),
        1 => "funding:bank".to_owned(),
        2 => "redeemed".to_owned(),
        3 => "jar:b0".to_owned(),
        _ => format!("wallet:m{}", random.random_range(0..8)),
    };
    let asset = if random.random_range(0..3) == 0 { AssetCode::usd() } else { AssetCode::points() };
    AccountPath::new(&path).expect("a path").in_asset(&asset)
}
