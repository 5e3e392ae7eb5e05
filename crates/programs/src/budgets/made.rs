//! What the projection makes of transactions about budgets: totals of days, and what there is to be warned of. Also which
//! budgets they touched, whose policies may then be due.

use super::entries::kind_of;
use super::told::{OF_EVENT, Told};
use super::usage::{CrossingKind, Level, Usage};
use guerdon_ledger::Name;
use guerdon_store::budgets::{Alert, Amounts, BudgetDay, EntryKind};
use guerdon_store::journal::transaction_id;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// What was made of some transactions, in their order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Made {
    pub(super) days: BTreeMap<(Name, Date), BudgetDay>,
    pub(super) alerts: Vec<Alert>,
    pub(super) touched: HashMap<Name, Touched>,
    /// How many transactions there were.
    pub(super) transactions: usize,
}

/// What last touched a budget.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Touched {
    /// The transaction.
    pub(super) seq: i64,
    /// How the budget stood when a period ended, where one did.
    pub(super) ended: Option<Usage>,
}

/// The columns of a transaction that are looked at besides what it says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) seq: i64,
    pub(super) kind: &'a str,
    pub(super) recorded_at: Timestamp,
}

impl Made {
    /// Adds a transaction, by what it says of each budget that it is about.
    pub(super) fn add(&mut self, of: Of<'_>, all: &[Told]) {
        self.transactions += 1;
        for told in all {
            self.add_day(of, told);
            self.add_alerts(of, told);
            // A policy's own change gives no cause for another.
            if of.kind != "budget.adjust" {
                let ended = told.ended.as_ref().map(|ended| ended.usage);
                self.touch(&told.budget, Touched { seq: of.seq, ended });
            }
        }
    }

    /// Adds what was made of the transactions that follow.
    pub(super) fn extend(&mut self, later: Self) {
        let Self { days, alerts, touched, transactions } = later;
        for (key, day) in days {
            match self.days.get_mut(&key) {
                Some(total) => {
                    total.amounts.add_all(&day.amounts);
                    *total = BudgetDay { amounts: total.amounts, ..day };
                }
                None => drop(self.days.insert(key, day)),
            }
        }
        self.alerts.extend(alerts);
        touched.iter().for_each(|(budget, touched)| self.touch(budget, *touched));
        self.transactions += transactions;
    }

    /// How much there is of it.
    pub(super) fn len(&self) -> usize {
        self.days.len() + self.alerts.len() + self.touched.len()
    }

    fn touch(&mut self, budget: &Name, Touched { seq, ended }: Touched) {
        let last = self.touched.entry(budget.clone()).or_default();
        *last = Touched { seq, ended: ended.or(last.ended) };
    }

    fn add_day(&mut self, of: Of<'_>, told: &Told) {
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
        if let Some(kind) = kind_of(of.kind, told.did) {
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
    }

    fn add_alerts(&mut self, of: Of<'_>, told: &Told) {
        for cause in causes(of, told) {
            // One transaction may give cause for several, also of several budgets.
            let before = self.alerts.iter().rev().take_while(|alert| alert.seq == of.seq).count();
            self.alerts.push(alert(of, told, before as i64, cause));
        }
    }
}

/// What there is to be warned of.
struct Cause {
    kind: &'static str,
    level: Level,
    /// The line that was crossed, or the amount that is wrong, in minor units.
    limit: i64,
    numbers: serde_json::Value,
}

/// What there is to be warned of in a transaction.
fn causes(of: Of<'_>, told: &Told) -> Vec<Cause> {
    let critical = |kind, limit, numbers| vec![Cause { kind, level: Level::Critical, limit, numbers }];
    let refused_in_event = of.kind == OF_EVENT && told.available.is_some();
    if of.kind == "budget.refused" || refused_in_event {
        let numbers = json!({"attempted": told.amount, "available": told.available});
        return critical("hard_cap_refused", told.usage.hard_cap, numbers);
    }
    if of.kind == "budget.discrepancy" {
        return critical("discrepancy", told.amount, json!({"discrepancy": told.amount}));
    }
    let crossed = told.crossings.iter().map(|crossing| Cause {
        kind: match crossing.kind {
            CrossingKind::SoftCapExceeded => "soft_cap_exceeded",
            CrossingKind::HardCapApproaching => "hard_cap_approaching",
        },
        level: crossing.level,
        limit: crossing.limit,
        numbers: json!({"limit": crossing.limit, "share": crossing.share}),
    });
    crossed.collect()
}

fn alert(of: Of<'_>, told: &Told, number: i64, cause: Cause) -> Alert {
    let mut detail = json!({
        "period": told.period, "currency": told.currency, "transaction_id": transaction_id(of.seq),
        "committed": told.usage.committed(), "hard_cap": told.usage.hard_cap,
        "utilization": told.usage.utilization(),
    });
    if let (Some(detail), serde_json::Value::Object(numbers)) = (detail.as_object_mut(), cause.numbers) {
        detail.extend(numbers);
    }
    Alert {
        seq: of.seq,
        number,
        once_key: format!("{} {} {} {}", told.budget, told.period, cause.kind, cause.limit),
        budget: told.budget.to_string(),
        kind: cause.kind.to_owned(),
        level: cause.level.name().to_owned(),
        detail,
        created_at: of.recorded_at,
    }
}
