//! Budgets as callers see them.

use crate::wire::RecordedWords;
use guerdon_ledger::Hold;
use guerdon_programs::budgets::{Adjustment, Budget, BudgetNow, Period, PeriodKind, Share, Told, Usage};
use guerdon_store::journal::Record;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How a budget stands in its period, in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingView {
    /// What there was to use: put in and carried over, less what was taken out.
    #[schema(example = 10000)]
    funded: i64,
    /// What is reserved and neither charged nor released.
    #[schema(example = 500)]
    reserved: i64,
    /// What was charged, less what was reversed.
    #[schema(example = 2000)]
    charged: i64,
    /// What may still be reserved: what is funded and free, and never past the hard cap.
    #[schema(example = 7500)]
    available: i64,
    /// What may be reserved and charged, at most.
    #[schema(example = 10000)]
    hard_cap: i64,
    /// Above this there is a warning.
    #[schema(example = 8000)]
    soft_cap: Option<i64>,
    /// The share of the hard cap that is reserved or charged.
    #[schema(example = 0.25)]
    utilization: f64,
    /// Whether more is reserved and charged than the soft cap.
    soft_cap_exceeded: bool,
}

impl From<&Usage> for StandingView {
    fn from(usage: &Usage) -> Self {
        Self {
            funded: usage.funded,
            reserved: usage.reserved,
            charged: usage.charged,
            available: usage.available(),
            hard_cap: usage.hard_cap,
            soft_cap: usage.soft_cap,
            utilization: usage.utilization(),
            soft_cap_exceeded: usage.soft_cap_exceeded(),
        }
    }
}

/// How much of a budget is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UtilizationView {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// What it is counted in.
    #[schema(example = "USD")]
    currency: String,
    /// The period.
    #[schema(example = "2026-11")]
    period: String,
    #[serde(flatten)]
    standing: StandingView,
    /// Whether the last of the shares at which there is an alert is reached.
    hard_cap_approaching: bool,
}

impl From<&BudgetNow> for UtilizationView {
    fn from(now: &BudgetNow) -> Self {
        Self {
            budget_id: now.id.to_string(),
            currency: now.budget.currency.to_string(),
            period: now.period.name.clone(),
            standing: StandingView::from(&now.usage),
            hard_cap_approaching: now.budget.alerts.last().is_some_and(|share| now.usage.has_reached(*share)),
        }
    }
}

/// A period of a budget.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodView {
    /// Names it among the budget's periods.
    #[schema(example = "2026-11")]
    name: String,
    /// Counts the budget's periods, from 1.
    #[schema(example = 1)]
    number: i64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it ends by itself, and the next begins; null where it goes on until the budget is reset.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_reset_at: Option<Timestamp>,
    /// Whether it is over, and the budget waits to be reset.
    should_reset: bool,
}

impl PeriodView {
    pub(crate) fn of(period: &Period, at: Timestamp) -> Self {
        Self {
            name: period.name.clone(),
            number: period.number,
            starts_at: period.starts_at,
            next_reset_at: period.ends_at,
            should_reset: period.has_ended(at),
        }
    }
}

/// What a budget does by itself.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "describes guerdon_programs::budgets::Adjustment to OpenAPI")]
#[schema(as = Adjustment, example = json!({"action": "raise", "at": 0.95, "by": 100000, "up_to": 1500000}))]
pub(crate) struct AdjustmentSchema {
    /// `raise`: raises the hard cap by `by`, never above `up_to`, once the share `at` of it is committed. `lower`:
    /// lowers it by `by`, never below `down_to`, at the end of a period in which less than the share `below` of it was
    /// charged. `pause`: pauses the budget once the share `at` is committed.
    action: String,
    /// The share of the hard cap that is committed.
    at: Option<f64>,
    /// The share of the hard cap that was charged.
    below: Option<f64>,
    /// By how much, in minor units.
    by: Option<i64>,
    /// Never above this, in minor units.
    up_to: Option<i64>,
    /// Never below this, in minor units.
    down_to: Option<i64>,
}

/// A budget.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetView {
    /// Its id.
    #[schema(example = "marketing")]
    id: String,
    /// Its name for people.
    #[schema(example = "Marketing")]
    name: String,
    /// What it is counted in.
    #[schema(example = "USD")]
    currency: String,
    /// What may be reserved and charged in a period at most, in minor units.
    #[schema(example = 1000000)]
    hard_cap: i64,
    /// Above this there is a warning.
    #[schema(example = 800000)]
    soft_cap: Option<i64>,
    /// How long its periods are.
    #[schema(value_type = String, example = "monthly")]
    period: PeriodKind,
    /// Whether what was funded and not used stays when a period ends.
    rollover: bool,
    /// What it is funded with when a period begins, in minor units.
    refill: Option<i64>,
    /// Shares of the hard cap at which there is an alert.
    #[schema(value_type = Vec<f64>, example = json!([0.8, 0.95]))]
    alerts: Vec<Share>,
    /// What it does by itself.
    #[schema(value_type = Vec<AdjustmentSchema>)]
    adjustments: Vec<Adjustment>,
    /// Whether nothing may be reserved for the time being.
    paused: bool,
    /// The period it is in.
    current_period: PeriodView,
    /// How it stands.
    standing: StandingView,
    /// Counts its configurations, from 1; also the `ETag`.
    #[schema(example = 1)]
    version: i64,
    /// When it was configured so.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

impl BudgetView {
    pub(crate) fn of(now: BudgetNow, at: Timestamp) -> Self {
        let BudgetNow { id, budget, version, changed_at, period, usage, .. } = now;
        let Budget {
            name,
            currency,
            hard_cap,
            soft_cap,
            period: kind,
            rollover,
            refill,
            alerts,
            adjustments,
            paused,
        } = Arc::unwrap_or_clone(budget);
        Self {
            id: id.to_string(),
            name,
            currency: currency.to_string(),
            hard_cap: hard_cap.minor_units(),
            soft_cap: soft_cap.map(i64::from),
            period: kind,
            rollover,
            refill: refill.map(i64::from),
            alerts,
            adjustments,
            paused,
            current_period: PeriodView::of(&period, at),
            standing: StandingView::from(&usage),
            version,
            changed_at,
        }
    }
}

/// A part of a budget that was reserved, in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReservationView {
    /// What it is for.
    #[schema(example = "order-1001")]
    ref_id: String,
    /// How much was reserved at first.
    #[schema(example = 500)]
    amount: i64,
    /// How much of it was charged.
    #[schema(example = 0)]
    charged: i64,
    /// How much of it was released.
    #[schema(example = 0)]
    released: i64,
    /// How much of it is still reserved.
    #[schema(example = 500)]
    remaining: i64,
    /// `open`, `charged` or `released`.
    #[schema(example = "open")]
    state: &'static str,
    /// From when on it can no longer be charged.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<&Hold> for ReservationView {
    fn from(hold: &Hold) -> Self {
        let state = guerdon_programs::budgets::ReservationState::from(hold.status());
        Self {
            ref_id: hold.key.reference.to_string(),
            amount: hold.amount.minor_units(),
            charged: hold.captured,
            released: hold.released,
            remaining: hold.remaining(),
            state: state.name(),
            expires_at: hold.expires_at_us.and_then(|us| Timestamp::from_microsecond(us).ok()),
        }
    }
}

/// Beside a transaction on a budget.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetWords {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// The period that it counts for.
    #[schema(example = "2026-11")]
    period: String,
    /// The reservation as it stands, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<ReservationView>,
    /// How the budget stands.
    #[schema(value_type = Option<StandingView>)]
    standing: Option<StandingView>,
    /// The share of the hard cap that is reserved or charged.
    #[schema(example = 0.25)]
    utilization: f64,
    /// Whether more is reserved and charged than the soft cap.
    soft_cap_exceeded: bool,
}

impl RecordedWords for BudgetWords {
    fn of(record: &Record) -> Self {
        let told = Told::of(record);
        let usage = told.as_ref().map(|told| &told.usage);
        Self {
            budget_id: told.as_ref().map(|told| told.budget.to_string()).unwrap_or_default(),
            period: told.as_ref().map(|told| told.period.clone()).unwrap_or_default(),
            reservation: record.holds.first().map(ReservationView::from),
            standing: usage.map(StandingView::from),
            utilization: usage.map_or(0.0, Usage::utilization),
            soft_cap_exceeded: usage.is_some_and(Usage::soft_cap_exceeded),
        }
    }
}
