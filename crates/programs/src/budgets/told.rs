//! What a transaction about a budget says of itself in its metadata: enough for its answer, for alerts and for reports,
//! without a look at anything else.

use super::budget::Open;
use super::entries::{kind_of, lists_of};
use super::period::day_of;
use super::usage::{Crossing, Usage, crossed};
use guerdon_ledger::{AccountPath, AssetCode, Balance, Guard, Measure, Movement, Name, Term};
use guerdon_store::budgets::EntryKind;
use guerdon_store::journal::{Decision, Metadata, Record, Seen};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::slice;

/// The kind of a transaction that did to budgets what an event's rules say. What it says of each stands under `budgets`.
pub const OF_EVENT: &str = "budget.event";

/// The metadata of a transaction about a budget. Amounts are in minor units of the budget's currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The budget.
    pub budget: Name,
    /// The period that it was in.
    pub period: String,
    /// The day in the tenant's time zone.
    pub day: Date,
    /// What its amounts are counted in.
    pub currency: AssetCode,
    /// What was funded, reserved, charged, released, reversed, or given back by a reset.
    pub amount: i64,
    /// What was done to the budget, where the kind of the transaction does not say it: of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<EntryKind>,
    /// Of a reset: what the new period was funded with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refilled: Option<i64>,
    /// Of a reset: the period that ended, and how it stood then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Of a refusal by the hard cap: what the cap left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    /// Of a correction: the balances that were put right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// How the budget stood afterwards.
    pub usage: Usage,
    /// The lines that were crossed upwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crossings: Vec<Crossing>,
}

/// A balance that was put right, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The account.
    pub account: AccountPath,
    /// As it was kept.
    pub found: Balance,
    /// As it must be.
    pub restored: Balance,
}

/// A period that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which.
    pub period: String,
    /// How the budget stood at its end.
    pub usage: Usage,
}

impl Told {
    /// What a transaction about a budget alone says of it; `None` where it is about none, or about several.
    pub fn of(record: &Record) -> Option<Cow<'_, Self>> {
        record.kind.starts_with("budget.").then(|| record.metadata.read())?
    }

    /// That a budget, which stood as `before`, stands as `after` once something is done with an amount.
    pub(super) fn standing(
        open: &Open,
        seen: &Seen<'_>,
        at: Timestamp,
        amount: i64,
        before: &Usage,
        after: Usage,
    ) -> Self {
        Self {
            budget: open.id.clone(),
            period: open.period.name.clone(),
            day: day_of(at, &zone_of(seen)),
            currency: open.budget.currency.clone(),
            amount,
            did: None,
            refilled: None,
            ended: None,
            available: None,
            corrections: Vec::new(),
            crossings: crossed(&open.budget, before, &after),
            usage: after,
        }
    }
}

/// What a transaction says of budgets.
pub(super) fn all_in(record: &Record) -> Cow<'_, [Told]> {
    if record.kind == OF_EVENT {
        return Cow::Owned(all_told(&record.kind, record.metadata.as_str()));
    }
    match Told::of(record) {
        Some(Cow::Borrowed(told)) => Cow::Borrowed(slice::from_ref(told)),
        Some(Cow::Owned(told)) => Cow::Owned(vec![told]),
        None => Cow::Owned(Vec::new()),
    }
}

/// What the metadata of a kind of transaction says of budgets; nothing of one that was made. An event may use several.
pub(super) fn all_told(kind: &str, metadata: &str) -> Vec<Told> {
    #[derive(Deserialize)]
    struct OfEvent {
        budgets: Vec<Told>,
    }
    match kind {
        OF_EVENT => serde_json::from_str(metadata).map_or(Vec::new(), |told: OfEvent| told.budgets),
        _ => serde_json::from_str(metadata).into_iter().collect(),
    }
}

/// What an operation does to a budget.
pub(super) struct Operation<'a> {
    pub(super) kind: &'static str,
    /// The reservation that it is about.
    pub(super) reference: Option<String>,
    pub(super) amount: i64,
    pub(super) before: &'a Usage,
    pub(super) after: Usage,
    pub(super) movement: Movement,
}

impl Operation<'_> {
    /// The transaction that it becomes.
    pub(super) fn decide(self, open: &Open, seen: &Seen<'_>, at: Timestamp) -> Decision {
        self.decide_and_tell(open, seen, at, |told| told)
    }

    /// The transaction that it becomes, which says more of itself.
    pub(super) fn decide_and_tell(
        self,
        open: &Open,
        seen: &Seen<'_>,
        at: Timestamp,
        more: impl FnOnce(Told) -> Told,
    ) -> Decision {
        let told = more(Told::standing(open, seen, at, self.amount, self.before, self.after));
        let entry = kind_of(self.kind, told.did);
        Decision {
            kind: self.kind.to_owned(),
            movement: self.movement,
            metadata: Metadata::of(told),
            lists: entry.map_or_else(Vec::new, |_| lists_of(&open.id, self.reference.as_deref())),
            reference: self.reference,
            ..Decision::default()
        }
    }
}

/// The time zone that decides a tenant's days.
pub(super) fn zone_of(seen: &Seen<'_>) -> TimeZone {
    seen.tenant().map_or(TimeZone::UTC, |tenant| tenant.time_zone.zone())
}

/// The bound that the books keep besides the decision: what is spent and held is at most the hard cap.
pub(super) fn hard_cap(open: &Open) -> Guard {
    let term = |account: &AccountPath, measure| Term {
        account: account.clone().in_asset(&open.budget.currency),
        measure,
    };
    Guard {
        code: "hard_cap",
        terms: vec![term(&open.accounts.spent, Measure::Posted), term(&open.accounts.budget, Measure::Held)],
        min: None,
        max: Some(open.budget.hard_cap.minor_units()),
    }
}
