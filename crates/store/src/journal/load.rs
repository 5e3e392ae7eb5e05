//! Loading what a batch needs and is not already known.

use super::command::Needs;
use super::proof::load_proofs;
use super::record::{LOOK_UP_RECORDS, Record};
use super::referrals;
use super::state::{Flow, Head, TenantState};
use crate::driver::{DbError, Dialect, Lookup, Row, Transaction, Type, Value};
use crate::records::{
    ApiKey, Counter, CounterKey, Document, DocumentKey, FIND_TENANT, LOOK_UP_API_KEYS, LOOK_UP_COUNTERS,
    LOOK_UP_DOCUMENTS, LOOK_UP_MEMBERS, Member, Tenant, checked, instant, named, parsed,
};
use foldhash::{HashMap, HashSet, HashSetExt};
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{AccountKey, Amount, AssetCode, Balance, Hold, HoldKey, HoldOp, MemberId, Movement};
use std::hash::Hash as Hashable;
use std::sync::Arc;
use uuid::Uuid;

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
    let Needs { mut transactions, accounts, holds, counters, members, api_keys, documents, .. } = needs;
    let (waiting, keys): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| tx.tail().key(key).is_some());
    for key in waiting {
        let seq = tx.tail().key(&key).unwrap_or_default();
        transactions.push(seq);
        state.keys.insert(key, seq);
    }
    let proofs = distinct(needs.proofs, |key| !state.proofs.contains_key(key));
    let wanted = Wanted {
        keys,
        accounts: distinct([accounts, proofs.clone()].concat(), |key| state.lacks_balance(key)),
        holds: distinct(holds, |key| !state.known_holds.contains(key)),
        counters: distinct(counters, |key| !state.counters.contains_key(key)),
        members: distinct(members, |id| !state.members.contains_key(id)),
        api_keys: distinct(api_keys, |id| !state.api_keys.contains_key(id)),
        documents: distinct(documents, |key| !state.documents.contains_key(key)),
    };
    transactions.extend(wanted.look_up(tx, state).await?);
    load_transactions(tx, state, transactions).await?;
    load_proofs(tx, state, proofs).await
}

/// What is to be looked up by its keys, each once.
struct Wanted {
    keys: Vec<Arc<str>>,
    accounts: Vec<AccountKey>,
    holds: Vec<HoldKey>,
    counters: Vec<CounterKey>,
    members: Vec<MemberId>,
    api_keys: Vec<Uuid>,
    documents: Vec<DocumentKey>,
}

impl Wanted {
    /// Looks all of it up, on PostgreSQL within one round trip. Answers the transactions that idempotency keys name.
    async fn look_up(self, tx: &mut Transaction, state: &mut TenantState) -> Result<Vec<i64>, DbError> {
        let Self { keys, accounts, holds, counters, members, api_keys, documents } = self;
        let [of_keys, of_accounts, of_holds, of_counters, of_members, of_api_keys, of_documents] = tx
            .look_up_all([
                (&LOOK_UP_KEYS, keys.iter().map(|key| vec![key.into()]).collect()),
                (&LOOK_UP_BALANCES, accounts.iter().map(account_values).collect()),
                (&LOOK_UP_HOLDS, holds.iter().map(hold_key_values).collect()),
                (&LOOK_UP_COUNTERS, counters.iter().map(CounterKey::values).collect()),
                (&LOOK_UP_MEMBERS, members.iter().map(|id| vec![id.into()]).collect()),
                (&LOOK_UP_API_KEYS, api_keys.iter().map(|id| vec![id.to_string().into()]).collect()),
                (&LOOK_UP_DOCUMENTS, documents.iter().map(DocumentKey::values).collect()),
            ])
            .await?;
        note_balances(state, accounts, &of_accounts)?;
        note_holds(state, holds, &of_holds)?;
        note(&mut state.counters, counters, &of_counters, Counter::from_row, |counter| counter.key.clone())?;
        note(&mut state.members, members, &of_members, Member::from_row, |member| member.id.clone())?;
        note(&mut state.api_keys, api_keys, &of_api_keys, ApiKey::from_row, |key| key.id)?;
        note(&mut state.documents, documents, &of_documents, Document::from_row, |one| one.key.clone())?;
        let mut transactions = Vec::with_capacity(of_keys.len());
        for row in of_keys {
            transactions.push(row.int(1)?);
            state.keys.insert(row.text(0)?.into(), row.int(1)?);
        }
        Ok(transactions)
    }
}

/// Notes the records that were found, and that there are no others of those that were wanted.
fn note<K: Eq + Hashable, T>(
    known: &mut HashMap<K, Option<T>>,
    wanted: Vec<K>,
    rows: &[Row],
    of: impl Fn(&Row) -> Result<T, DbError>,
    key: impl Fn(&T) -> K,
) -> Result<(), DbError> {
    for row in rows {
        let record = of(row)?;
        known.insert(key(&record), Some(record));
    }
    for key in wanted {
        known.entry(key).or_insert(None);
    }
    Ok(())
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

fn account_values(key: &AccountKey) -> Vec<Value> {
    vec![(&key.account).into(), (&key.asset).into()]
}

fn note_balances(state: &mut TenantState, wanted: Vec<AccountKey>, rows: &[Row]) -> Result<(), DbError> {
    for key in wanted {
        state.book.load_balance(key, Balance::default());
    }
    for row in rows {
        let (key, balance) = balance_of(row)?;
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

fn hold_key_values(key: &HoldKey) -> Vec<Value> {
    vec![(&key.account).into(), (&key.reference).into()]
}

fn note_holds(state: &mut TenantState, wanted: Vec<HoldKey>, rows: &[Row]) -> Result<(), DbError> {
    state.known_holds.extend(wanted);
    for row in rows {
        state.book.load_hold(hold_of(row)?);
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

/// Loads what a movement touches and its command did not name.
pub(super) async fn load_for(
    tx: &mut Transaction,
    state: &mut TenantState,
    movement: &Movement,
) -> Result<(), DbError> {
    let holds: Vec<HoldKey> = movement.holds.iter().map(|op| op.key().clone()).collect();
    if holds.iter().any(|key| !state.known_holds.contains(key)) {
        let wanted = distinct(holds, |key| !state.known_holds.contains(key));
        let rows = tx.look_up(&LOOK_UP_HOLDS, wanted.iter().map(hold_key_values).collect()).await?;
        note_holds(state, wanted, &rows)?;
    }
    let accounts = accounts_of(state, movement);
    if accounts.iter().any(|key| state.lacks_balance(key)) {
        let wanted = distinct(accounts, |key| state.lacks_balance(key));
        let rows = tx.look_up(&LOOK_UP_BALANCES, wanted.iter().map(account_values).collect()).await?;
        note_balances(state, wanted, &rows)?;
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
