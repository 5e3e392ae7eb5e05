//! How a budget stands: what it has, what of it is reserved and charged, and which lines that has crossed.

use super::budget::{Budget, Open, Share};
use crate::Refusal;
use guerdon_ledger::{AccountPath, Amount, AssetCode, Balance};
use guerdon_store::journal::Seen;
use serde::{Deserialize, Serialize};

/// How a budget stands in its period, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// What there was to use: put in and carried over, less what was taken out.
    pub funded: i64,
    /// What is reserved and neither charged nor released.
    pub reserved: i64,
    /// What was charged, less what was reversed.
    pub charged: i64,
    /// What may be reserved and charged, at most.
    pub hard_cap: i64,
    /// Above this there is a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_cap: Option<i64>,
}

impl Usage {
    /// From what lies on the budget's account and on that of what the period spent.
    pub fn of(budget: &Budget, budget_balance: Balance, spent: Balance) -> Self {
        Self {
            funded: budget_balance.posted + spent.posted,
            reserved: budget_balance.held,
            charged: spent.posted,
            hard_cap: budget.hard_cap.minor_units(),
            soft_cap: budget.soft_cap.map(Amount::minor_units),
        }
    }

    /// As a decision sees it.
    pub(super) fn seen(open: &Open, seen: &Seen<'_>) -> Self {
        let balance = |account: &AccountPath| seen.balance(&account.clone().in_asset(&open.budget.currency));
        Self::of(&open.budget, balance(&open.accounts.budget), balance(&open.accounts.spent))
    }

    /// What is reserved or charged: what counts against the caps.
    pub fn committed(&self) -> i64 {
        self.reserved + self.charged
    }

    /// What may still be reserved: what is funded and free, and never past the hard cap.
    pub fn available(&self) -> i64 {
        (self.funded.min(self.hard_cap) - self.committed()).max(0)
    }

    /// The share of the hard cap that is committed, to four decimal digits; above 1 where the cap was lowered.
    pub fn utilization(&self) -> f64 {
        let parts = i128::from(self.committed()) * 10_000 / i128::from(self.hard_cap.max(1));
        parts as f64 / 10_000.0
    }

    /// Whether more is committed than the soft cap.
    pub fn soft_cap_exceeded(&self) -> bool {
        self.soft_cap.is_some_and(|soft| self.committed() > soft)
    }

    /// Whether a share of the hard cap is committed.
    pub fn has_reached(&self, share: Share) -> bool {
        self.committed() >= share.of(self.hard_cap)
    }

    /// How the budget stands once an amount is reserved.
    ///
    /// # Errors
    /// [`Refusal`] where the budget does not take it: its currency, a pause, the hard cap, or what is there.
    pub(super) fn after_reserving(
        &self,
        open: &Open,
        amount: Amount,
        currency: &AssetCode,
    ) -> Result<Self, Refusal> {
        open.expect_currency(currency)?;
        if open.budget.paused {
            return Err(Refusal::BudgetPaused(open.id.clone()));
        }
        let requested = amount.minor_units();
        let below_cap = self.hard_cap - self.committed();
        if requested > below_cap {
            return Err(Refusal::HardCapExceeded {
                budget: open.id.clone(),
                period: open.period.name.clone(),
                available: below_cap.max(0),
                requested,
                hard_cap: self.hard_cap,
            });
        }
        let available = self.funded - self.committed();
        if requested > available {
            let (account, asset) = (open.accounts.budget.clone(), open.budget.currency.clone());
            return Err(guerdon_ledger::Refusal::InsufficientBalance {
                account,
                asset,
                available,
                requested,
            }
            .into());
        }
        Ok(Self { reserved: self.reserved + requested, ..*self })
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Somebody should know.
    Warning,
    /// Somebody should do something.
    Critical,
}

impl Level {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A line that was crossed upwards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// `soft_cap_exceeded` or `hard_cap_approaching`.
    pub kind: CrossingKind,
    /// How bad it is: of the shares of the hard cap only the last is critical.
    pub level: Level,
    /// The share of the hard cap, where the line is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Where the line lies, in minor units.
    pub limit: i64,
}

/// Which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossingKind {
    /// The soft cap.
    SoftCapExceeded,
    /// A share of the hard cap.
    HardCapApproaching,
}

/// The lines that lie between two standings of a budget.
pub(super) fn crossed(budget: &Budget, before: &Usage, after: &Usage) -> Vec<Crossing> {
    let mut crossings = Vec::new();
    if let Some(limit) = after.soft_cap.filter(|_| after.soft_cap_exceeded() && !before.soft_cap_exceeded()) {
        let (kind, level) = (CrossingKind::SoftCapExceeded, Level::Warning);
        crossings.push(Crossing { kind, level, share: None, limit });
    }
    for share in &budget.alerts {
        if after.has_reached(*share) && !before.has_reached(*share) {
            let level = if budget.alerts.last() == Some(share) { Level::Critical } else { Level::Warning };
            let (kind, limit) = (CrossingKind::HardCapApproaching, share.of(after.hard_cap));
            crossings.push(Crossing { kind, level, share: Some(*share), limit });
        }
    }
    crossings
}

#[cfg(test)]
mod tests {
    use super::super::period::PeriodKind;
    use super::*;
    use guerdon_ledger::AssetCode;

    fn budget(hard_cap: i64, soft_cap: Option<i64>) -> Budget {
        let amount = |minor_units| Amount::new(minor_units).expect("amount");
        Budget {
            name: "Marketing".to_owned(),
            currency: AssetCode::usd(),
            hard_cap: amount(hard_cap),
            soft_cap: soft_cap.map(amount),
            period: PeriodKind::Monthly,
            rollover: false,
            refill: None,
            alerts: Budget::usual_alerts(),
            adjustments: Vec::new(),
            paused: false,
        }
    }

    fn usage(budget: &Budget, posted: i64, held: i64, spent: i64) -> Usage {
        Usage::of(budget, Balance { posted, held }, Balance { posted: spent, held: 0 })
    }

    #[test]
    fn available_is_what_is_funded_and_free_and_never_past_the_hard_cap() {
        let budget = budget(10_000, None);
        for (posted, held, spent, available) in [
            (0, 0, 0, 0),
            (10_000, 0, 0, 10_000),
            (25_000, 0, 0, 10_000),
            (4_000, 1_000, 2_000, 3_000),
            (20_000, 1_000, 2_000, 7_000),
            (20_000, 0, 10_000, 0),
            // The cap was lowered below what is committed.
            (20_000, 0, 12_000, 0),
        ] {
            assert_eq!(usage(&budget, posted, held, spent).available(), available, "{posted} {held} {spent}");
        }
    }

    #[test]
    fn a_line_is_crossed_upwards_and_only_where_it_lies_between() {
        let budget = budget(10_000, Some(8_500));
        for (before, after, crossed_lines) in [
            (0, 7_999, ""),
            (7_999, 8_000, "8000 warning"),
            (8_000, 8_500, ""),
            (8_500, 8_501, "soft 8500 warning"),
            (0, 10_000, "soft 8500 warning, 8000 warning, 9500 critical"),
            (9_500, 10_000, ""),
            (9_600, 100, ""),
        ] {
            let [before, after] = [before, after].map(|held| usage(&budget, 20_000, held, 0));
            let told = crossed(&budget, &before, &after).into_iter().map(|crossing| {
                let soft = if crossing.share.is_none() { "soft " } else { "" };
                format!("{soft}{} {}", crossing.limit, format!("{:?}", crossing.level).to_lowercase())
            });
            assert_eq!(told.collect::<Vec<_>>().join(", "), crossed_lines, "{before:?} {after:?}");
        }
    }

    #[test]
    fn utilization_is_the_share_of_the_hard_cap_that_is_committed() {
        let budget = budget(10_000, None);
        for (held, spent, share) in [(0, 0, 0.0), (1_000, 3_500, 0.45), (1, 0, 0.0001), (0, 12_000, 1.2)] {
            assert_eq!(usage(&budget, 20_000, held, spent).utilization(), share);
        }
    }
}
