//! The projection that follows what the journal says of budgets: daily totals, alerts. It also sees to it that
//! a budget's own policy is carried out.

use super::adjust::Adjust;
use super::budget::{Budget, document_of};
use super::entries::kind_of;
use super::service::Budgets;
use super::system::by_system;
use super::told::{OF_EVENT, Told};
use super::usage::{CrossingKind, Level, Usage};
use crate::Error;
use guerdon_ledger::Name;
use guerdon_store::budgets::{
    Alert, Amounts, BudgetDay, BudgetRecord, EntryKind, add_days, budget_records, put_alerts,
};
use guerdon_store::driver::{Mode, Transaction};
use guerdon_store::journal::transaction_id;
use guerdon_store::projection::Ahead;
use guerdon_store::{TenantId, read};
use jiff::civil::Date;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// The name of its cursor.
pub const PROJECTION: &str = "budgets";
/// Transactions that are taken in at a time: few, since the journal waits while they are written.
const PAGE: usize = 1_000;

impl Budgets {
    /// Follows a tenant's journal to its end. Answers how many transactions about budgets there were. Whoever reads what
    /// the projection makes follows first, and so sees what was recorded before.
    ///
    /// # Errors
    /// As the database says, or as a policy's change of a budget does.
    pub async fn follow(&self, tenant: TenantId) -> Result<usize, Error> {
        let mut followed = 0;
        loop {
            let database = self.journal().database();
            let mut tx = database.begin(tenant, Mode::Read).await?;
            let ahead = Ahead::of(&mut tx, PROJECTION).await?;
            let records = budget_records(&mut tx, ahead.from, ahead.end, PAGE as i64).await?;
            drop(tx);
            let seqs = records.iter().map(|record| record.seq);
            let Some(stretch) = ahead.stretch(seqs, PAGE) else { return Ok(followed) };
            let found = records.len();
            let records: Vec<_> = records
                .iter()
                .flat_map(|record| Told::all_of(record).into_iter().map(move |told| (record, told)))
                .collect();
            // First, so that a server that stops in between leaves it to be done by the next.
            self.carry_out(tenant, &records).await?;
            let Made { days, alerts } = Made::of(&records);
            let made = async move |tx: &mut Transaction| {
                add_days(tx, &days.into_values().collect::<Vec<_>>()).await?;
                put_alerts(tx, alerts).await.map(drop)
            };
            if !stretch.keep(database, tenant, made).await? {
                continue;
            }
            followed += found;
            if stretch.is_last {
                return Ok(followed);
            }
        }
    }

    /// Has the policies of budgets that were used, or whose period ended, carried out.
    async fn carry_out(&self, tenant: TenantId, records: &[(&BudgetRecord, Told)]) -> Result<(), Error> {
        let mut touched: HashMap<Name, (i64, Option<Usage>)> = HashMap::new();
        for (record, told) in records.iter().filter(|(record, _)| record.kind != "budget.adjust") {
            let (seq, ended) = touched.entry(told.budget.clone()).or_default();
            *seq = record.seq;
            *ended = told.ended.as_ref().map(|ended| ended.usage).or(*ended);
        }
        for (budget, (seq, ended)) in touched {
            if !self.has_policy(tenant, &budget).await? {
                continue;
            }
            let envelope = by_system(tenant, format!("policy {budget} {seq}"));
            match self.execute(envelope, Adjust { budget, ended }).await {
                Ok(_) | Err(Error::Refused { .. } | Error::TenantNotActive(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn has_policy(&self, tenant: TenantId, budget: &Name) -> Result<bool, Error> {
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let document = read::document(&mut tx, &document_of(budget)).await?;
        Ok(document.and_then(|document| Budget::of(&document)).is_some_and(|b| !b.adjustments.is_empty()))
    }
}

/// What the projection makes of some transactions.
#[derive(Debug, Default)]
struct Made {
    days: BTreeMap<(Name, Date), BudgetDay>,
    alerts: Vec<Alert>,
}

impl Made {
    fn of(records: &[(&BudgetRecord, Told)]) -> Self {
        let mut made = Self::default();
        records.iter().for_each(|(record, told)| made.add(record, told));
        made
    }

    fn add(&mut self, record: &BudgetRecord, told: &Told) {
        let empty = || BudgetDay {
            budget: told.budget.to_string(),
            day: told.day.to_string(),
            amounts: Amounts::default(),
            period: String::new(),
            funded: 0,
            reserved: 0,
            charged: 0,
            hard_cap: 0,
        };
        let total = self.days.entry((told.budget.clone(), told.day)).or_insert_with(empty);
        if let Some(kind) = kind_of(&record.kind, told.did) {
            // A correction moves nothing, so that totals still come to what the entries do.
            let moved = if told.corrections.is_empty() { told.amount } else { 0 };
            total.amounts.add(kind, moved);
        }
        if let Some(refilled) = told.refilled {
            total.amounts.add(EntryKind::Fund, refilled);
        }
        total.period.clone_from(&told.period);
        let Usage { funded, reserved, charged, hard_cap, .. } = told.usage;
        (total.funded, total.reserved, total.charged, total.hard_cap) = (funded, reserved, charged, hard_cap);
        // One transaction may give cause for several, also of several budgets.
        let before = self.alerts.iter().rev().take_while(|alert| alert.seq == record.seq).count();
        let alerts = alerts_of(record, told).into_iter();
        self.alerts.extend(alerts.map(|alert| Alert { number: alert.number + before as i64, ..alert }));
    }
}

/// What there is to be warned of in a transaction.
fn alerts_of(record: &BudgetRecord, told: &Told) -> Vec<Alert> {
    let alert = |number: usize, kind: &str, level: Level, limit: i64, detail: serde_json::Value| Alert {
        seq: record.seq,
        number: number as i64,
        once_key: format!("{} {} {kind} {limit}", told.budget, told.period),
        budget: told.budget.to_string(),
        kind: kind.to_owned(),
        level: level.name().to_owned(),
        detail,
        created_at: record.recorded_at,
    };
    let standing = json!({
        "period": told.period, "currency": told.currency, "transaction_id": transaction_id(record.seq),
        "committed": told.usage.committed(), "hard_cap": told.usage.hard_cap,
        "utilization": told.usage.utilization(),
    });
    let with = |more: serde_json::Value| {
        let mut detail = standing.clone();
        if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
            detail.extend(more.clone());
        }
        detail
    };
    let refused_in_event = record.kind == OF_EVENT && told.available.is_some();
    if record.kind == "budget.refused" || refused_in_event {
        let detail = with(json!({"attempted": told.amount, "available": told.available}));
        return vec![alert(0, "hard_cap_refused", Level::Critical, told.usage.hard_cap, detail)];
    }
    if record.kind == "budget.discrepancy" {
        let detail = with(json!({"discrepancy": told.amount}));
        return vec![alert(0, "discrepancy", Level::Critical, told.amount, detail)];
    }
    let crossings = told.crossings.iter().enumerate().map(|(number, crossing)| {
        let kind = match crossing.kind {
            CrossingKind::SoftCapExceeded => "soft_cap_exceeded",
            CrossingKind::HardCapApproaching => "hard_cap_approaching",
        };
        let detail = with(json!({"limit": crossing.limit, "share": crossing.share}));
        alert(number, kind, crossing.level, crossing.limit, detail)
    });
    crossings.collect()
}
