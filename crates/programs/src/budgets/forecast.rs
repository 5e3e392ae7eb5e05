//! Where a budget is heading: how much of it a day takes, when it runs out, what the period will have used. Pure, and
//! the same for the same numbers.
//!
//! The method is the mean of past days (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd edition,
//! 5.2), the interval the prediction interval of that method (5.5) with the quantiles of Student's distribution, since
//! days are few. `docs/budgets-reports.md` says it in words.

use super::usage::Usage;
use guerdon_ledger::MAX_MINOR_UNITS;
use guerdon_store::budgets::{Amounts, EntryKind};
use jiff::Span;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// How many days are looked back on, at most.
pub const DAYS: i64 = 28;
/// The method by name.
pub const METHOD: &str = "mean";
/// How likely what comes lies within an interval.
pub const CONFIDENCE: f64 = 0.8;
/// Days of which two stretches are compared for the trend.
const WEEK: usize = 7;
/// The part of the week before by which use must differ to rise or fall: a tenth.
const TREND_PART: i128 = 10;
/// The 90 % quantiles of Student's distribution with 1, 2, … 27 degrees of freedom: between them and their negatives lie
/// 80 %. (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.)
const QUANTILES: [f64; DAYS as usize - 1] = [
    3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345, 1.341,
    1.337, 1.333, 1.330, 1.328, 1.325, 1.323, 1.321, 1.319, 1.318, 1.316, 1.315, 1.314,
];

/// What is expected, in whole minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The mean, rounded half away from zero.
    pub expected: i64,
    /// Between which bounds it will lie in four cases of five, rounded outwards; `None` of a single day, which has no
    /// spread.
    pub interval: Option<(i64, i64)>,
}

/// Whether use grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// The last seven days used more than the seven before, by more than a tenth.
    Rising,
    /// They used less, by more than a tenth.
    Falling,
    /// Neither.
    Steady,
}

impl Trend {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Steady => "steady",
        }
    }
}

/// Where a budget is heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The day on which this is said.
    pub today: Date,
    /// How many days it is drawn from.
    pub days_used: usize,
    /// What a day takes; `None` without a day to draw it from.
    pub per_day: Option<Estimate>,
    /// The day on which nothing is available any more at the pace of the mean; `None` where the period ends before, and
    /// where that day never comes.
    pub run_out: Option<Date>,
    /// The last day of the period; `None` of one that goes on until it is reset.
    pub last_day: Option<Date>,
    /// What will be reserved or charged at its end; `None` without an end, or without a day to draw it from.
    pub at_period_end: Option<Estimate>,
    /// `None` of less than two weeks.
    pub trend: Option<Trend>,
    /// By how much more each day takes than the one before: the slope of the line of least squares, in whole minor units,
    /// rounded half away from zero. `None` of a single day.
    pub slope_per_day: Option<i64>,
}

/// What a day took of a budget: what was reserved, less what was released or came back. Charging what is reserved takes
/// nothing more.
pub fn net_use(amounts: &Amounts) -> i64 {
    let of = |kind| amounts.of(kind).1;
    of(EntryKind::Reserve).saturating_sub(of(EntryKind::Release)).saturating_sub(of(EntryKind::Reverse))
}

/// Says where a budget is heading, from how it stands and what days took of it. The days are the whole ones before today,
/// up to [`DAYS`], from the one on which it was first used; where there is none, today counts as one. What is still to
/// come today is left out. The period ends with `last_day`, or never.
pub fn forecast(
    usage: &Usage,
    used: &BTreeMap<Date, i64>,
    first_used: Option<Date>,
    today: Date,
    last_day: Option<Date>,
) -> Forecast {
    let days = Sample::of(used, first_used, today);
    let committed = i128::from(usage.committed());
    let at_period_end = last_day.filter(|_| !days.0.is_empty()).map(|last| {
        let Estimate { expected, interval } = days.total_of(between(today, last).max(0), committed);
        let interval = interval.map(|(low, high)| (low.max(0), high.max(0)));
        Estimate { expected: expected.max(0), interval }
    });
    Forecast {
        today,
        days_used: days.0.len(),
        per_day: (!days.0.is_empty()).then(|| days.total_of(1, 0)),
        run_out: days
            .run_out(usage.available(), today)
            .filter(|day| last_day.is_none_or(|last| *day <= last)),
        last_day,
        at_period_end,
        trend: days.trend(),
        slope_per_day: days.slope(),
    }
}

/// Days from one to another; below zero where the second comes first.
fn between(from: Date, to: Date) -> i128 {
    i128::from((to - from).get_days())
}

/// What days took, the first first.
struct Sample(Vec<i128>);

impl Sample {
    fn of(used: &BTreeMap<Date, i64>, first_used: Option<Date>, today: Date) -> Self {
        let bound = i128::from(MAX_MINOR_UNITS);
        let of_day = |day: &Date| i128::from(used.get(day).copied().unwrap_or(0)).clamp(-bound, bound);
        let Some(first) = first_used.filter(|first| *first <= today) else { return Self(Vec::new()) };
        if first == today {
            return Self(vec![of_day(&today)]);
        }
        let whole = |day: &Date| *day >= first && *day < today;
        let mut days: Vec<Date> = std::iter::successors(today.yesterday().ok(), |day| day.yesterday().ok())
            .take(DAYS as usize)
            .take_while(whole)
            .collect();
        days.reverse();
        Self(days.iter().map(of_day).collect())
    }

    fn count(&self) -> i128 {
        self.0.len() as i128
    }

    fn sum(&self) -> i128 {
        self.0.iter().sum()
    }

    /// What some days will take together with what is there already. The mean of `n` days is off by σ/√n, and so is all
    /// that is drawn from it; with the spread of the days themselves, h of them vary by σ √(h (1 + h/n)).
    fn total_of(&self, days: i128, already: i128) -> Estimate {
        let n = self.count();
        let expected = saturated(already + rounded(self.sum() * days, n));
        let interval = QUANTILES.get(self.0.len().wrapping_sub(2)).map(|quantile| {
            let squares: i128 = self.0.iter().map(|x| x * x).sum();
            let variance = (n * squares - self.sum().pow(2)) as f64 / (n * (n - 1)) as f64;
            let spread = (days as f64 * (1.0 + days as f64 / n as f64)).sqrt();
            let half = quantile * variance.sqrt() * spread;
            let middle = already as f64 + (self.sum() * days) as f64 / n as f64;
            // As whole numbers, beyond which there are none, they stay what they are.
            let (low, high) = ((middle - half).floor() as i64, (middle + half).ceil() as i64);
            (low.min(expected), high.max(expected))
        });
        Estimate { expected, interval }
    }

    /// When nothing of what is available is left.
    fn run_out(&self, available: i64, today: Date) -> Option<Date> {
        if self.0.is_empty() || (available > 0 && self.sum() <= 0) {
            return None;
        }
        if available == 0 {
            return Some(today);
        }
        let days = (i128::from(available) * self.count() + self.sum() - 1) / self.sum();
        let span = Span::new().try_days(i64::try_from(days).ok()?).ok()?;
        today.checked_add(span).ok()
    }

    fn trend(&self) -> Option<Trend> {
        let before = self.0.len().checked_sub(2 * WEEK)?;
        let (before, last) = self.0[before..].split_at(WEEK);
        let (before, last) = (before.iter().sum::<i128>(), last.iter().sum::<i128>());
        let difference = (last - before) * TREND_PART;
        Some(match difference {
            more if more > before.abs() => Trend::Rising,
            less if less < -before.abs() => Trend::Falling,
            _ => Trend::Steady,
        })
    }

    fn slope(&self) -> Option<i64> {
        let n = self.count();
        (n > 1).then_some(())?;
        let numbered = || (0..).zip(&self.0);
        let days: i128 = numbered().map(|(day, _)| day).sum();
        let squares: i128 = numbered().map(|(day, _)| day * day).sum();
        let products: i128 = numbered().map(|(day, x)| day * x).sum();
        Some(saturated(rounded(n * products - days * self.sum(), n * squares - days * days)))
    }
}

/// A quotient rounded half away from zero. The divisor is above zero.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    dividend.signum() * ((2 * dividend.abs() + divisor) / (2 * divisor))
}

fn saturated(units: i128) -> i64 {
    i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
