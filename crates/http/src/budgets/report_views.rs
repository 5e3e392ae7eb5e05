//! Reports as callers see them. A row of CSV is flat; JSON keeps together what belongs together.

use guerdon_programs::budgets::{CurrencyReport, Days, Report, Usage, stood};
use guerdon_store::budgets::{Amounts, BudgetDay, EntryKind};
use serde::Serialize;
use utoipa::ToSchema;

/// What happened, by type: how often, and how much in minor units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AmountsView {
    /// How often it was funded, but for what a reset refilled.
    #[schema(example = 1)]
    pub(crate) fund_count: i64,
    /// With how much it was funded, also by resets.
    #[schema(example = 10000)]
    pub(crate) fund_amount: i64,
    /// How often something was reserved.
    #[schema(example = 3)]
    pub(crate) reserve_count: i64,
    /// How much was reserved.
    #[schema(example = 3000)]
    pub(crate) reserve_amount: i64,
    /// How often what was reserved was charged.
    #[schema(example = 2)]
    pub(crate) charge_count: i64,
    /// How much was charged.
    #[schema(example = 2000)]
    pub(crate) charge_amount: i64,
    /// How often what was reserved was released.
    #[schema(example = 1)]
    pub(crate) release_count: i64,
    /// How much was released.
    #[schema(example = 500)]
    pub(crate) release_amount: i64,
    /// How often what was charged was reversed.
    #[schema(example = 0)]
    pub(crate) reverse_count: i64,
    /// How much came back so.
    #[schema(example = 0)]
    pub(crate) reverse_amount: i64,
    /// How often it was reset.
    #[schema(example = 0)]
    pub(crate) reset_count: i64,
    /// How much went back unused then.
    #[schema(example = 0)]
    pub(crate) reset_amount: i64,
}

impl From<&Amounts> for AmountsView {
    fn from(amounts: &Amounts) -> Self {
        let (fund, reserve, charge) =
            (amounts.of(EntryKind::Fund), amounts.of(EntryKind::Reserve), amounts.of(EntryKind::Charge));
        let (release, reverse, reset) =
            (amounts.of(EntryKind::Release), amounts.of(EntryKind::Reverse), amounts.of(EntryKind::Reset));
        Self {
            fund_count: fund.0,
            fund_amount: fund.1,
            reserve_count: reserve.0,
            reserve_amount: reserve.1,
            charge_count: charge.0,
            charge_amount: charge.1,
            release_count: release.0,
            release_amount: release.1,
            reverse_count: reverse.0,
            reverse_amount: reverse.1,
            reset_count: reset.0,
            reset_amount: reset.1,
        }
    }
}

/// How a budget, or several of one currency, stood, in minor units.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StoodView {
    /// What there was to use: put in and carried over, less what was taken out.
    #[schema(example = 10000)]
    pub(crate) funded: i64,
    /// What was reserved and neither charged nor released.
    #[schema(example = 500)]
    pub(crate) reserved: i64,
    /// What had been charged in the period, less what was reversed.
    #[schema(example = 2000)]
    pub(crate) charged: i64,
    /// What could be reserved and charged, at most.
    #[schema(example = 10000)]
    pub(crate) hard_cap: i64,
    /// The share of the hard cap that was reserved or charged.
    #[schema(example = 0.25)]
    pub(crate) utilization: f64,
}

impl From<&Usage> for StoodView {
    fn from(usage: &Usage) -> Self {
        Self {
            funded: usage.funded,
            reserved: usage.reserved,
            charged: usage.charged,
            hard_cap: usage.hard_cap,
            utilization: usage.utilization(),
        }
    }
}

impl From<&BudgetDay> for StoodView {
    fn from(day: &BudgetDay) -> Self {
        Self::from(&stood(day))
    }
}

/// Which days a report is about, both included, in the tenant's time zone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DaysView {
    /// The first.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    from: String,
    /// The last.
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    to: String,
}

impl From<&Days> for DaysView {
    fn from(days: &Days) -> Self {
        Self { from: days.first().to_string(), to: days.last().to_string() }
    }
}

/// A day of a budget, and the period that it was in at its end.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DayOf {
    /// The day in the tenant's time zone.
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    pub(crate) day: String,
    /// The period.
    #[schema(example = "2026-11")]
    pub(crate) period: String,
}

/// What happened to a budget on a day, and how it stood at the end of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DayView {
    #[serde(flatten)]
    pub(crate) of: DayOf,
    #[serde(flatten)]
    pub(crate) amounts: AmountsView,
    #[serde(flatten)]
    pub(crate) stood: StoodView,
}

impl From<&BudgetDay> for DayView {
    fn from(day: &BudgetDay) -> Self {
        Self {
            of: DayOf { day: day.day.clone(), period: day.period.clone() },
            amounts: AmountsView::from(&day.amounts),
            stood: StoodView::from(day),
        }
    }
}

/// A budget in a report. Amounts are in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetRowView {
    /// The budget.
    #[schema(example = "marketing")]
    budget_id: String,
    /// Its name for people.
    #[schema(example = "Marketing")]
    name: String,
    /// What it is counted in.
    #[schema(example = "USD")]
    currency: String,
    /// How many decimal digits the minor unit stands for.
    #[schema(example = 2)]
    scale: u8,
    /// What happened.
    totals: AmountsView,
    /// How it stood before the first day; null where nothing had happened to it.
    #[schema(value_type = Option<StoodView>)]
    opening: Option<StoodView>,
    /// How it stood at the end of the last day, or stands now; null where nothing had happened to it.
    #[schema(value_type = Option<StoodView>)]
    closing: Option<StoodView>,
}

impl From<&Report> for BudgetRowView {
    fn from(report: &Report) -> Self {
        Self {
            budget_id: report.budget.id.to_string(),
            name: report.budget.budget.name.clone(),
            currency: report.asset.code.to_string(),
            scale: report.asset.scale,
            totals: AmountsView::from(&report.totals),
            opening: report.opening.as_ref().map(StoodView::from),
            closing: report.closing.as_ref().map(StoodView::from),
        }
    }
}

/// A report on a budget.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetReportView {
    /// Which days it is about.
    range: DaysView,
    #[serde(flatten)]
    budget: BudgetRowView,
    /// The days on which something happened. On others the budget stood as on the one before.
    series: Vec<DayView>,
}

impl BudgetReportView {
    pub(crate) fn of(days: &Days, report: &Report, series: &[BudgetDay]) -> Self {
        Self { range: days.into(), budget: report.into(), series: series.iter().map(DayView::from).collect() }
    }
}

/// The budgets of one currency together, in its minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CurrencyRowView {
    /// The currency.
    #[schema(example = "USD")]
    currency: String,
    /// How many decimal digits its minor unit stands for.
    #[schema(example = 2)]
    scale: u8,
    /// How many budgets there are of it.
    #[schema(example = 3)]
    budgets: usize,
    /// What happened.
    totals: AmountsView,
    /// How they stood before the first day.
    opening: StoodView,
    /// How they stood at the end of the last day, or stand now.
    closing: StoodView,
}

impl From<&CurrencyReport> for CurrencyRowView {
    fn from(report: &CurrencyReport) -> Self {
        Self {
            currency: report.asset.code.to_string(),
            scale: report.asset.scale,
            budgets: report.budgets,
            totals: AmountsView::from(&report.totals),
            opening: StoodView::from(&report.opening),
            closing: StoodView::from(&report.closing),
        }
    }
}

/// A report on the budgets of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantReportView {
    /// Which days it is about.
    pub(crate) range: DaysView,
    /// Each budget, by id.
    pub(crate) budgets: Vec<BudgetRowView>,
    /// The budgets of each currency together; amounts of different currencies are never added.
    pub(crate) currencies: Vec<CurrencyRowView>,
}

/// A budget of a tenant as a row of CSV.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlatRow {
    #[serde(flatten)]
    of: FlatRowOf,
    #[serde(flatten)]
    totals: AmountsView,
    #[serde(flatten)]
    stood: FlatStood,
}

#[derive(Debug, Serialize, ToSchema)]
struct FlatRowOf {
    budget_id: String,
    name: String,
    currency: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct FlatStood {
    opening_funded: Option<i64>,
    opening_reserved: Option<i64>,
    opening_charged: Option<i64>,
    opening_hard_cap: Option<i64>,
    opening_utilization: Option<f64>,
    closing_funded: Option<i64>,
    closing_reserved: Option<i64>,
    closing_charged: Option<i64>,
    closing_hard_cap: Option<i64>,
    closing_utilization: Option<f64>,
}

impl From<&Report> for FlatRow {
    fn from(report: &Report) -> Self {
        let BudgetRowView { budget_id, name, currency, totals, opening, closing, .. } = report.into();
        let (opening, closing) = (opening.as_ref(), closing.as_ref());
        let stood = FlatStood {
            opening_funded: opening.map(|stood| stood.funded),
            opening_reserved: opening.map(|stood| stood.reserved),
            opening_charged: opening.map(|stood| stood.charged),
            opening_hard_cap: opening.map(|stood| stood.hard_cap),
            opening_utilization: opening.map(|stood| stood.utilization),
            closing_funded: closing.map(|stood| stood.funded),
            closing_reserved: closing.map(|stood| stood.reserved),
            closing_charged: closing.map(|stood| stood.charged),
            closing_hard_cap: closing.map(|stood| stood.hard_cap),
            closing_utilization: closing.map(|stood| stood.utilization),
        };
        Self { of: FlatRowOf { budget_id, name, currency }, totals, stood }
    }
}
