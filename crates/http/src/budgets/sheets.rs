//! Reports as tables for a workbook.

use super::report_views::StoodView;
use crate::wire::{Cell, Table};
use guerdon_programs::budgets::{Report, by_currency};
use guerdon_store::budgets::{Amounts, BudgetDay, EntryKind};

/// How often and how much, in the order of [`EntryKind::ALL`].
const AMOUNTS: [&str; 12] = [
    "Funds",
    "Funded amount",
    "Reservations",
    "Reserved amount",
    "Charges",
    "Charged amount",
    "Releases",
    "Released amount",
    "Reversals",
    "Reversed amount",
    "Resets",
    "Amount reset",
];

/// A budget, day by day.
pub(crate) fn of_budget(report: &Report, series: &[BudgetDay]) -> Table {
    let scale = report.asset.scale;
    let row = |first: [Cell; 2], amounts: &Amounts, stood: Option<&BudgetDay>| {
        [first.to_vec(), happened(amounts, scale), standing(stood.map(StoodView::from), scale)].concat()
    };
    let of_day = |day: &BudgetDay| {
        row([Cell::Day(day.day.clone()), Cell::Text(day.period.clone())], &day.amounts, Some(day))
    };
    let total = [Cell::Text(format!("Total {}", report.asset.code)), Cell::Empty];
    let standing = ["Funded", "Reserved", "Charged", "Hard cap", "Utilization"];
    Table {
        title: report.budget.budget.name.clone(),
        headings: [&["Day", "Period"][..], &AMOUNTS, &standing].concat(),
        rows: series.iter().map(of_day).collect(),
        totals: vec![row(total, &report.totals, report.closing.as_ref())],
    }
}

/// The budgets of a tenant, and under them each currency.
pub(crate) fn of_tenant(reports: &[Report]) -> Table {
    let of_budget = |report: &Report| {
        let (scale, budget) = (report.asset.scale, &report.budget);
        let stood = |day: &Option<BudgetDay>| standing(day.as_ref().map(StoodView::from), scale);
        let first = [budget.id.to_string(), budget.budget.name.clone(), report.asset.code.to_string()];
        let first = first.map(Cell::Text).to_vec();
        [first, happened(&report.totals, scale), stood(&report.opening), stood(&report.closing)].concat()
    };
    let currencies = by_currency(reports);
    let totals = currencies.iter().map(|currency| {
        let scale = currency.asset.scale;
        let first =
            vec![Cell::Text("Total".to_owned()), Cell::Empty, Cell::Text(currency.asset.code.to_string())];
        let opening = standing(Some(StoodView::from(&currency.opening)), scale);
        let closing = standing(Some(StoodView::from(&currency.closing)), scale);
        [first, happened(&currency.totals, scale), opening, closing].concat()
    });
    let before =
        ["Funded before", "Reserved before", "Charged before", "Hard cap before", "Utilization before"];
    let after = ["Funded after", "Reserved after", "Charged after", "Hard cap after", "Utilization after"];
    Table {
        title: "Budgets".to_owned(),
        headings: [&["Budget", "Name", "Currency"][..], &AMOUNTS, &before, &after].concat(),
        rows: reports.iter().map(of_budget).collect(),
        totals: totals.collect(),
    }
}

fn happened(amounts: &Amounts, scale: u8) -> Vec<Cell> {
    let cells = |kind| {
        let (count, amount) = amounts.of(kind);
        [Cell::Count(count), Cell::Amount(amount, scale)]
    };
    EntryKind::ALL.into_iter().flat_map(cells).collect()
}

fn standing(stood: Option<StoodView>, scale: u8) -> Vec<Cell> {
    let Some(stood) = stood else { return vec![Cell::Empty; 5] };
    let amounts = [stood.funded, stood.reserved, stood.charged, stood.hard_cap];
    let share = Cell::Share(stood.utilization);
    amounts.map(|amount| Cell::Amount(amount, scale)).into_iter().chain([share]).collect()
}
