//! Reports: what happened to budgets over some days, and how they stood before and after. They are made of the totals of
//! days, so that they cost what the days do, however much happened on them.

use super::days::Days;
use super::forecast::{Forecast, forecast};
use super::period::day_of;
use super::service::{BudgetNow, Budgets};
use super::usage::Usage;
use crate::{Error, assets};
use guerdon_ledger::{Asset, AssetCode, Name};
use guerdon_store::TenantId;
use guerdon_store::budgets::{Amounts, BudgetDay, budget_days, last_days_before, sums_of_days};
use guerdon_store::driver::{DbError, Mode, Transaction};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashMap};

/// What happened to a budget over some days.
#[derive(Debug, Clone)]
pub struct Report {
    /// The budget as it stands now.
    pub budget: BudgetNow,
    /// What it is counted in.
    pub asset: Asset,
    /// What happened.
    pub totals: Amounts,
    /// How it stood before the first day; `None` where nothing had happened to it.
    pub opening: Option<BudgetDay>,
    /// How it stood at the end of the last day, or now where that is yet to come; `None` where nothing had happened to it.
    pub closing: Option<BudgetDay>,
}

/// What happened to the budgets of one currency. Amounts are in its minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyReport {
    /// What they are counted in.
    pub asset: Asset,
    /// How many they are.
    pub budgets: usize,
    /// What happened.
    pub totals: Amounts,
    /// How they stood together before the first day.
    pub opening: Usage,
    /// How they stood together at the end of the last.
    pub closing: Usage,
}

/// How a budget stood at the end of a day.
pub fn stood(day: &BudgetDay) -> Usage {
    let BudgetDay { funded, reserved, charged, hard_cap, .. } = *day;
    Usage { funded, reserved, charged, hard_cap, soft_cap: None }
}

impl Budgets {
    /// Reports on a budget, and on each of the days on which something happened to it.
    ///
    /// # Errors
    /// [`crate::Refusal::BudgetNotFound`], or as the database says.
    pub async fn report(
        &self,
        tenant: TenantId,
        id: &Name,
        days: &Days,
    ) -> Result<(Report, Vec<BudgetDay>), Error> {
        let now = self.get(tenant, id).await?;
        self.follow(tenant).await?;
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let (first, until) = (days.first().to_string(), days.until().to_string());
        let series = budget_days(&mut tx, id.as_str(), &first, &until).await?;
        let report = reports(&mut tx, vec![now], days).await?.pop();
        let report = report.ok_or_else(|| DbError::Broken(format!("no report on the budget {id}")))?;
        Ok((report, series))
    }

    /// Reports on budgets of a tenant in the order of their ids, those after one.
    ///
    /// # Errors
    /// As the database says.
    pub async fn reports(
        &self,
        tenant: TenantId,
        days: &Days,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Report>, Error> {
        let at = self.journal().clock().now();
        let mut budgets = self.list(tenant, after, limit).await?;
        for now in budgets.iter_mut().filter(|now| now.period.has_ended(at)) {
            *now = self.get(tenant, &now.id).await?;
        }
        self.follow(tenant).await?;
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        Ok(reports(&mut tx, budgets, days).await?)
    }

    /// Where a budget is heading.
    ///
    /// # Errors
    /// [`crate::Refusal::BudgetNotFound`], or as the database says.
    pub async fn forecast(
        &self,
        tenant: TenantId,
        id: &Name,
        zone: &TimeZone,
    ) -> Result<(BudgetNow, Forecast), Error> {
        let now = self.get(tenant, id).await?;
        self.follow(tenant).await?;
        let today = day_of(self.journal().clock().now(), zone);
        let first = today.saturating_sub(super::forecast::DAYS.days());
        let mut tx = self.journal().database().begin(tenant, Mode::Read).await?;
        let before = last_days_before(&mut tx, &[id.as_str()], &first.to_string()).await?;
        let days = budget_days(&mut tx, id.as_str(), &first.to_string(), "~").await?;
        // Days without a row had nothing, but for those before the budget's first.
        let began = before.is_empty().then(|| days.first().and_then(|day| day.day.parse().ok()));
        let use_of = |day: &BudgetDay| Some((day.day.parse().ok()?, super::forecast::net_use(&day.amounts)));
        let used = days.iter().filter_map(use_of).collect();
        let last_day = now.period.ends_at.map(|end| day_of(end - 1.microsecond(), zone));
        let forecast = forecast(&now.usage, &used, began.unwrap_or(Some(first)), today, last_day);
        Ok((now, forecast))
    }
}

/// Reports on some budgets, in the order in which they are given.
async fn reports(tx: &mut Transaction, budgets: Vec<BudgetNow>, days: &Days) -> Result<Vec<Report>, DbError> {
    let (first, until) = (days.first().to_string(), days.until().to_string());
    let ids: Vec<&str> = budgets.iter().map(|now| now.id.as_str()).collect();
    let mut opening = last_days_before(tx, &ids, &first).await?;
    let mut closing = last_days_before(tx, &ids, &until).await?;
    let mut totals = sums_of_days(tx, &ids, &first, &until).await?;
    let mut known: HashMap<AssetCode, Asset> = HashMap::new();
    let mut reports = Vec::new();
    for budget in budgets {
        let code = &budget.budget.currency;
        let asset = match known.get(code) {
            Some(asset) => asset.clone(),
            None => assets::find(tx, code).await?,
        };
        known.insert(code.clone(), asset.clone());
        let id = budget.id.as_str();
        let (opening, closing) = (opening.remove(id), closing.remove(id));
        let totals = totals.remove(id).unwrap_or_default();
        reports.push(Report { budget, asset, totals, opening, closing });
    }
    Ok(reports)
}

/// What reports come to, currency by currency: amounts of different ones are never added.
pub fn by_currency<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<CurrencyReport> {
    let mut currencies: BTreeMap<AssetCode, CurrencyReport> = BTreeMap::new();
    for report in reports {
        let currency =
            currencies.entry(report.asset.code.clone()).or_insert_with(|| CurrencyReport::of(&report.asset));
        currency.budgets += 1;
        currency.totals.add_all(&report.totals);
        add(&mut currency.opening, report.opening.as_ref());
        add(&mut currency.closing, report.closing.as_ref());
    }
    currencies.into_values().collect()
}

impl CurrencyReport {
    fn of(asset: &Asset) -> Self {
        let nothing = Usage { funded: 0, reserved: 0, charged: 0, hard_cap: 0, soft_cap: None };
        let totals = Amounts::default();
        Self { asset: asset.clone(), budgets: 0, totals, opening: nothing, closing: nothing }
    }
}

/// Adds how a budget stood to how others did.
fn add(sum: &mut Usage, day: Option<&BudgetDay>) {
    let Some(day) = day else { return };
    sum.funded = sum.funded.saturating_add(day.funded);
    sum.reserved = sum.reserved.saturating_add(day.reserved);
    sum.charged = sum.charged.saturating_add(day.charged);
    sum.hard_cap = sum.hard_cap.saturating_add(day.hard_cap);
}
