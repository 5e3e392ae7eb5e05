//! Filling the derived tables of one tenant from its journal, page by page, with the writes of the commit itself.

use super::Differed;
use crate::directory::RESERVE_SLUG;
use crate::driver::{DbError, Dialect, Transaction, Value, Write};
use crate::journal::record::WRITE_RECORD;
use crate::journal::state::{Flow, FlowKey, Head};
use crate::journal::write::{
    MERGE_PROGRESS, WRITE_BALANCE, WRITE_ENTRY, WRITE_FLOW, WRITE_HEAD, WRITE_HOLD, WRITE_KEY, WRITE_LISTING,
    WRITE_REVERSAL, balance_values, changed_records, entries_of, flow_values, head_values, hold_values,
    key_of, listings_of, reversal_of,
};
use crate::journal::{Metadata, Record};
use crate::records::{Change, TenantId};
use crate::verify::{OnProgress, Progress, Walk};
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{AccountKey, Hold, HoldKey};
use jiff::Timestamp;
use serde_json::{Map, json};
use std::collections::{BTreeMap, HashMap};

const FIND_SLUG: &str = "SELECT slug FROM tenant_directory WHERE tenant_id = $1";
const FREE_SLUG: &str = "DELETE FROM tenant_directory WHERE tenant_id = $1";
const FORGET_PROGRESS: &str = "DELETE FROM index_progress WHERE tenant_id = $1";

/// What is to be done, for whom, and why.
pub(super) struct Repair<'a> {
    pub(super) tenant: TenantId,
    pub(super) actor: &'a str,
    pub(super) at: Timestamp,
    pub(super) differed: Differed,
}

/// What the walk through the journal gathers.
#[derive(Default)]
struct Gathered {
    flows: HashMap<FlowKey, Flow>,
    head: Option<Head>,
    slug: Option<String>,
}

/// Fills the tables of a tenant that were emptied, and mends its head and its slug where they differ.
pub(super) async fn fill(
    tx: &mut Transaction,
    repair: Repair<'_>,
    progress: OnProgress<'_>,
) -> Result<(), DbError> {
    let mut gathered = Gathered::default();
    let mut walk = Walk::new();
    while let Some(page) = walk.next(tx).await? {
        let records = page.rows.iter().map(|row| page.record(row)).collect::<Result<Vec<_>, _>>()?;
        tx.write_all(gathered.take(&records)).await?;
        let done = gathered.head.map_or(0, |head| head.seq);
        progress(Progress { tenant: repair.tenant, stage: "rebuilding", done });
    }
    let flows = gathered.flows.iter().map(|(key, flow)| flow_values(key, *flow)).collect();
    tx.write(&WRITE_FLOW, flows).await?;
    if repair.differed.contains_key("tenant_directory") {
        mend_slug(tx, gathered.slug, repair.tenant).await?;
    }
    match gathered.head {
        Some(head) => write_ends(tx, head, &repair).await,
        None => open_ends(tx, &repair).await,
    }
}

impl Gathered {
    /// The rows that some transactions make; of those that several of them touch, the last.
    fn take(&mut self, records: &[Record]) -> Vec<(&'static Write, Vec<Vec<Value>>)> {
        let mut balances: BTreeMap<AccountKey, Vec<Value>> = BTreeMap::new();
        let mut holds: BTreeMap<&HoldKey, (&Hold, i64, i64)> = BTreeMap::new();
        for record in records {
            for recorded in &record.balances {
                let key = recorded.account.clone().in_asset(&recorded.asset);
                let row = balance_values(&key, recorded.balance, record.seq);
                balances.insert(key, row);
            }
            for hold in &record.holds {
                let touched = holds.entry(&hold.key).or_insert((hold, record.seq, record.seq));
                (touched.0, touched.2) = (hold, record.seq);
            }
            self.note(record);
        }
        let hold_rows = holds.into_values().map(|(hold, first, last)| hold_values(hold, first, last));
        let mut writes = changed_records(records.iter());
        writes.push((&WRITE_BALANCE, balances.into_values().collect()));
        writes.push((&WRITE_HOLD, hold_rows.collect()));
        writes.push((&WRITE_ENTRY, records.iter().flat_map(entries_of).collect()));
        writes.push((&WRITE_KEY, records.iter().filter_map(key_of).collect()));
        writes.push((&WRITE_REVERSAL, records.iter().filter_map(reversal_of).collect()));
        writes.push((&WRITE_LISTING, records.iter().flat_map(listings_of).collect()));
        writes
    }

    fn note(&mut self, record: &Record) {
        for posting in &record.postings {
            let key = (posting.asset().clone(), posting.from().class(), posting.to().class());
            let flow = self.flows.entry(key).or_default();
            flow.postings += 1;
            flow.amount = flow.amount.saturating_add(posting.amount().minor_units());
        }
        for change in &record.changes {
            if let Change::Tenant(tenant) = change {
                self.slug = Some(tenant.slug.as_str().to_owned());
            }
        }
        self.head = Some(Head { seq: record.seq, hash: record.hash, recorded_at: record.recorded_at });
    }
}

/// Makes the directory lead to the journal: by its tenant's slug; where no transaction tells that, by the slug it has;
/// where it has none, by the tenant's id.
async fn mend_slug(tx: &mut Transaction, slug: Option<String>, tenant: TenantId) -> Result<(), DbError> {
    let rows = tx.query(FIND_SLUG, [tx.tenant()]).await?;
    let found = rows.first().map(|row| row.text(0)).transpose()?;
    let slug = match (slug, found) {
        (Some(slug), _) => slug,
        (None, _) if tenant == TenantId::PLATFORM => "platform".to_owned(),
        (None, Some(found)) => found.to_owned(),
        (None, None) => tenant.to_string(),
    };
    tx.query(FREE_SLUG, [tx.tenant()]).await?;
    tx.query(RESERVE_SLUG, [slug.into(), tx.tenant()]).await.map(drop)
}

/// Writes the journal's end, and where tables had to be changed the transaction that says so. The indexes have every row.
async fn write_ends(tx: &mut Transaction, mut head: Head, repair: &Repair<'_>) -> Result<(), DbError> {
    if !repair.differed.is_empty() {
        let mut record = repair_record(&head, repair);
        let row = record.seal(repair.tenant, &head.hash);
        tx.write(&WRITE_RECORD, vec![row]).await?;
        head = Head { seq: record.seq, hash: record.hash, recorded_at: record.recorded_at };
    }
    if tx.dialect() == Dialect::Sqlite {
        tx.write(&MERGE_PROGRESS, vec![vec![head.seq.into()]]).await?;
    }
    tx.write(&WRITE_HEAD, vec![head_values(&head)]).await.map(drop)
}

/// Mends the ends of a journal that has no transactions.
async fn open_ends(tx: &mut Transaction, repair: &Repair<'_>) -> Result<(), DbError> {
    if repair.differed.contains_key("index_progress") {
        tx.query(FORGET_PROGRESS, [tx.tenant()]).await?;
    }
    if repair.differed.contains_key("heads") {
        let head = Head { seq: 0, hash: Hash::GENESIS, recorded_at: repair.at };
        tx.write(&WRITE_HEAD, vec![head_values(&head)]).await?;
    }
    Ok(())
}

/// A transaction that moves nothing and says how many rows of which tables were put right.
fn repair_record(head: &Head, repair: &Repair<'_>) -> Record {
    let at = repair.at.max(head.recorded_at);
    let rows: Map<_, _> =
        repair.differed.iter().map(|(table, rows)| ((*table).to_owned(), (*rows).into())).collect();
    Record {
        seq: head.seq + 1,
        kind: "books.rebuild".to_owned(),
        actor: repair.actor.into(),
        idempotency_key: None,
        fingerprint: None,
        recorded_at: at,
        effective_at: at,
        reason: Some("tables that differed from the journal were built from it anew".to_owned()),
        reference: None,
        postings: Vec::new(),
        balances: Vec::new(),
        holds: Vec::new(),
        changes: Vec::new(),
        metadata: Metadata::of(json!({ "rows": rows })),
        reverses: None,
        lists: Vec::new(),
        texts_hash: None,
        hash: Hash::GENESIS,
    }
}

crate::statements::list! { FIND_SLUG, FREE_SLUG, FORGET_PROGRESS }
