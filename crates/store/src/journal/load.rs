//! Loading what a batch needs and is not already known.

use super::command::Needs;
use super::proof::load_proofs;
use super::record::{LOOK_UP_RECORDS, Record};
use super::referrals;
use super::state::{Flow, Head, TenantState};
use crate::driver::{DbError, Dialect, Lookup, Row, Transaction, Type, Value};
use crate::records::{
    ApiKey, Counter, CounterKey, Document, FIND_TENANT, LOOK_UP_API_KEYS, LOOK_UP_COUNTERS,
    LOOK_UP_DOCUMENTS, LOOK_UP_MEMBERS, Member, Tenant, checked, instant, named, parsed,
};
use foldhash::{HashSet, HashSetExt};
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{AccountKey, Amount, AssetCode, Balance, Hold, HoldKey, HoldOp, Movement};
use std::hash::Hash as Hashable;
use std::sync::Arc;

const FIND_HEAD: &str = "SELECT seq, hash, recorded_at FROM heads WHERE tenant_id = $1";
/// The one lock that orders all writers of a tenant, on every server.
const LOCK_HEAD: &str = "SELECT seq, hash, recorded_at FROM heads WHERE tenant_id = $1 FOR UPDATE";

const LIST_FLOWS: &str =
    "SELECT asset, from_class, to_class, postings, amount FROM flows WHERE tenant_id = $1";

pub(crate) const LOOK_UP_KEYS: Lookup = Lookup {
    sqlite: "SELECT idempotency_key, seq FROM idempotency_keys WHERE tenant_id = $1 AND idempotency_key = $2",
    postgres: "SELECT found.* FROM unnest($2::text[]) AS wanted (k) CROSS JOIN LATERAL
        (SELECT idempotency_key, seq FROM idempotency_keys
        WHERE tenant_id = $1 AND idempotency_key = k LIMIT 1) AS found",
    key: &[Type::Text],
};

pub(crate) const LOOK_UP_REVERSALS: Lookup = Lookup {
    sqlite: "SELECT reversed, seq FROM reversals WHERE tenant_id = $1 AND reversed = $2",
    postgres: "SELECT found.* FROM unnest($2::bigint[]) AS wanted (r) CROSS JOIN LATERAL
        (SELECT reversed, seq FROM reversals WHERE tenant_id = $1 AND reversed = r LIMIT 1) AS found",
    key: &[Type::Int],
};

pub(crate) const LOOK_UP_BALANCES: Lookup = Lookup {
    sqlite: "SELECT account, asset, posted, held FROM balances
        WHERE tenant_id = $1 AND account = $2 AND asset = $3",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[]) AS wanted (a, c) CROSS JOIN LATERAL
        (SELECT account, asset, posted, held FROM balances
        WHERE tenant_id = $1 AND account = a AND asset = c LIMIT 1) AS found",
    key: &[Type::Text, Type::Text],
};

pub(crate) const LOOK_UP_HOLDS: Lookup = Lookup {
    sqlite: "SELECT account, reference, asset, amount, captured, released, expires_at FROM holds
        WHERE tenant_id = $1 AND account = $2 AND reference = $3",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[]) AS wanted (a, r) CROSS JOIN LATERAL
        (SELECT account, reference, asset, amount, captured, released, expires_at FROM holds
        WHERE tenant_id = $1 AND account = a AND reference = r LIMIT 1) AS found",
    key: &[Type::Text, Type::Text],
};

/// Locks the tenant's head; `None` where there is no such tenant.
pub(super) async fn lock_head(tx: &mut Transaction) -> Result<Option<Head>, DbError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => FIND_HEAD,
        Dialect::Postgres => LOCK_HEAD,
    };
    let rows = tx.query(sql, [tx.tenant()]).await?;
    rows.first().map(head_of).transpose()
}

/// The tenant's head as it is committed; `None` where there is no such tenant.
pub(super) async fn find_head(tx: &mut Transaction) -> Result<Option<Head>, DbError> {
    let rows = tx.query(FIND_HEAD, [tx.tenant()]).await?;
    rows.first().map(head_of).transpose()
}

pub(crate) fn head_of(row: &Row) -> Result<Head, DbError> {
    Ok(Head {
        seq: row.int(0)?,
        hash: checked(Hash::from_hex(row.text(1)?))?,
        recorded_at: instant(row.int(2)?)?,
    })
}

/// The tenant as of its head: its profile and its flows.
pub(super) async fn fresh_state(
    tx: &mut Transaction,
    id: crate::TenantId,
    head: Head,
) -> Result<TenantState, DbError> {
    let mut state = TenantState::new(id, head);
    let tenant = tx.query(FIND_TENANT, [tx.tenant()]).await?;
    state.tenant = tenant.first().map(Tenant::from_row).transpose()?;
    for row in tx.query(LIST_FLOWS, [tx.tenant()]).await? {
        let key = (
            checked(guerdon_ledger::AssetCode::new(row.text(0)?))?,
            named(row.text(1)?)?,
            named(row.text(2)?)?,
        );
        state.flows.insert(key, Flow { postings: row.int(3)?, amount: row.int(4)? });
    }
    Ok(state)
}

/// Loads what the commands of a batch need. Transactions that idempotency keys name are loaded too.
pub(super) async fn load(
    tx: &mut Transaction,
    state: &mut TenantState,
    mut needs: Needs,
    keys: Vec<Arc<str>>,
) -> Result<(), DbError> {
    referrals::load(tx, &mut state.referrals, &mut needs).await?;
    let mut transactions = needs.transactions.clone();
    let (waiting, keys): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| tx.tail().key(key).is_some());
    for key in waiting {
        let seq = tx.tail().key(&key).unwrap_or_default();
        transactions.push(seq);
        state.keys.insert(key, seq);
    }
    let keys = keys.iter().map(|key| vec![key.into()]).collect();
    for row in tx.look_up(&LOOK_UP_KEYS, keys).await? {
        transactions.push(row.int(1)?);
        state.keys.insert(row.text(0)?.into(), row.int(1)?);
    }
    load_transactions(tx, state, transactions).await?;
    let proofs = distinct(needs.proofs, |key| !state.proofs.contains_key(key));
    load_balances(tx, state, [needs.accounts, proofs.clone()].concat()).await?;
    load_proofs(tx, state, proofs).await?;
    load_holds(tx, state, needs.holds).await?;
    load_counters(tx, state, needs.counters).await?;
    load_records(tx, state, needs.members, needs.api_keys, needs.documents).await
}

async fn load_transactions(
    tx: &mut Transaction,
    state: &mut TenantState,
    seqs: Vec<i64>,
) -> Result<(), DbError> {
    let wanted: Vec<Vec<Value>> = distinct(seqs, |seq| !state.records.contains_key(seq))
        .into_iter()
        .map(|seq| vec![seq.into()])
        .collect();
    let waiting = wanted.iter().filter_map(|seq| match seq[..] {
        [Value::Int(seq)] => Some((seq, tx.tail().reversal(seq)?)),
        _ => None,
    });
    state.reversals.extend(waiting);
    for row in tx.look_up(&LOOK_UP_REVERSALS, wanted.clone()).await? {
        state.reversals.insert(row.int(0)?, row.int(1)?);
    }
    for row in tx.look_up(&LOOK_UP_RECORDS, wanted).await? {
        let record = Record::from_row(&row)?;
        state.records.insert(record.seq, Arc::new(record));
    }
    Ok(())
}

async fn load_balances(
    tx: &mut Transaction,
    state: &mut TenantState,
    keys: Vec<AccountKey>,
) -> Result<(), DbError> {
    let wanted = distinct(keys, |key| state.lacks_balance(key));
    let values = wanted.iter().map(|key| vec![(&key.account).into(), (&key.asset).into()]).collect();
    let rows = tx.look_up(&LOOK_UP_BALANCES, values).await?;
    for key in wanted {
        state.book.load_balance(key, Balance::default());
    }
    for row in rows {
        let (key, balance) = balance_of(&row)?;
        state.book.load_balance(key, balance);
    }
    Ok(())
}

pub(crate) fn balance_of(row: &Row) -> Result<(AccountKey, Balance), DbError> {
    let key = AccountKey {
        account: checked(guerdon_ledger::AccountPath::new(row.text(0)?))?,
        asset: checked(guerdon_ledger::AssetCode::new(row.text(1)?))?,
    };
    Ok((key, Balance { posted: row.int(2)?, held: row.int(3)? }))
}

async fn load_holds(
    tx: &mut Transaction,
    state: &mut TenantState,
    keys: Vec<HoldKey>,
) -> Result<(), DbError> {
    let wanted = distinct(keys, |key| !state.known_holds.contains(key));
    let values = wanted.iter().map(|key| vec![(&key.account).into(), (&key.reference).into()]).collect();
    let rows = tx.look_up(&LOOK_UP_HOLDS, values).await?;
    state.known_holds.extend(wanted);
    for row in rows {
        state.book.load_hold(hold_of(&row)?);
    }
    Ok(())
}

pub(crate) fn hold_of(row: &Row) -> Result<Hold, DbError> {
    Ok(Hold {
        key: HoldKey {
            account: checked(guerdon_ledger::AccountPath::new(row.text(0)?))?,
            reference: parsed(row.text(1)?)?,
        },
        asset: checked(guerdon_ledger::AssetCode::new(row.text(2)?))?,
        amount: checked(Amount::new(row.int(3)?))?,
        captured: row.int(4)?,
        released: row.int(5)?,
        expires_at_us: row.int_or_null(6)?,
    })
}

async fn load_records(
    tx: &mut Transaction,
    state: &mut TenantState,
    members: Vec<guerdon_ledger::MemberId>,
    api_keys: Vec<uuid::Uuid>,
    documents: Vec<crate::DocumentKey>,
) -> Result<(), DbError> {
    let members = distinct(members, |id| !state.members.contains_key(id));
    for row in tx.look_up(&LOOK_UP_MEMBERS, members.iter().map(|id| vec![id.into()]).collect()).await? {
        let member = Member::from_row(&row)?;
        state.members.insert(member.id.clone(), Some(member));
    }
    for id in members {
        state.members.entry(id).or_insert(None);
    }
    let api_keys = distinct(api_keys, |id| !state.api_keys.contains_key(id));
    for row in
        tx.look_up(&LOOK_UP_API_KEYS, api_keys.iter().map(|id| vec![id.to_string().into()]).collect()).await?
    {
        let key = ApiKey::from_row(&row)?;
        state.api_keys.insert(key.id, Some(key));
    }
    for id in api_keys {
        state.api_keys.entry(id).or_insert(None);
    }
    let documents = distinct(documents, |key| !state.documents.contains_key(key));
    let keys = documents.iter().map(|key| vec![(&key.kind).into(), (&key.id).into()]).collect();
    for row in tx.look_up(&LOOK_UP_DOCUMENTS, keys).await? {
        let document = Document::from_row(&row)?;
        state.documents.insert(document.key.clone(), Some(document));
    }
    for key in documents {
        state.documents.entry(key).or_insert(None);
    }
    Ok(())
}

async fn load_counters(
    tx: &mut Transaction,
    state: &mut TenantState,
    keys: Vec<CounterKey>,
) -> Result<(), DbError> {
    let wanted = distinct(keys, |key| !state.counters.contains_key(key));
    for row in tx.look_up(&LOOK_UP_COUNTERS, wanted.iter().map(CounterKey::values).collect()).await? {
        let counter = Counter::from_row(&row)?;
        state.counters.insert(counter.key.clone(), Some(counter));
    }
    for key in wanted {
        state.counters.entry(key).or_insert(None);
    }
    Ok(())
}

/// Loads what a movement touches and its command did not name.
pub(super) async fn load_for(
    tx: &mut Transaction,
    state: &mut TenantState,
    movement: &Movement,
) -> Result<(), DbError> {
    let holds: Vec<HoldKey> = movement.holds.iter().map(|op| op.key().clone()).collect();
    if holds.iter().any(|key| !state.known_holds.contains(key)) {
        load_holds(tx, state, holds).await?;
    }
    let accounts = accounts_of(state, movement);
    if accounts.iter().any(|key| state.lacks_balance(key)) {
        load_balances(tx, state, accounts).await?;
    }
    Ok(())
}

fn accounts_of(state: &TenantState, movement: &Movement) -> Vec<AccountKey> {
    let mut accounts = Vec::with_capacity(movement.postings.len() * 2);
    for posting in &movement.postings {
        accounts.push(posting.from().clone().in_asset(posting.asset()));
        accounts.push(posting.to().clone().in_asset(posting.asset()));
    }
    for op in &movement.holds {
        let Some(asset) = asset_of(state, movement, op.key()) else { continue };
        accounts.push(op.key().account.clone().in_asset(asset));
        if let HoldOp::Capture { to, .. } = op {
            accounts.push(to.clone().in_asset(asset));
        }
    }
    accounts
        .extend(movement.guards.iter().flat_map(|guard| guard.terms.iter().map(|term| term.account.clone())));
    accounts
}

/// The asset of a hold, which the movement itself may place.
fn asset_of<'a>(state: &'a TenantState, movement: &'a Movement, hold: &HoldKey) -> Option<&'a AssetCode> {
    let placed = movement.holds.iter().find_map(|op| match op {
        HoldOp::Place { key, asset, .. } if key == hold => Some(asset),
        _ => None,
    });
    placed.or_else(|| state.book.hold(hold).map(|hold| &hold.asset))
}

/// Those that are wanted, each once, in the order they came.
pub(super) fn distinct<T: Clone + Eq + Hashable>(all: Vec<T>, wanted: impl Fn(&T) -> bool) -> Vec<T> {
    let mut seen = HashSet::with_capacity(all.len());
    all.into_iter().filter(|item| wanted(item) && seen.insert(item.clone())).collect()
}

crate::statements::list! { FIND_HEAD, LIST_FLOWS, LOOK_UP_KEYS, LOOK_UP_REVERSALS, LOOK_UP_BALANCES, LOOK_UP_HOLDS; postgres: LOCK_HEAD }
