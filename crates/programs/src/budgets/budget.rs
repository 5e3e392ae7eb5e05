//! A budget as it is configured: a document whose every version is kept.

use super::period::{Period, PeriodKind};
use crate::Refusal;
use guerdon_ledger::{AccountKey, AccountPath, Amount, AssetCode, Invalid, Name};
use guerdon_store::journal::{Needs, Seen};
use guerdon_store::{Document, DocumentKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};
use std::sync::Arc;

/// The kind of the documents that configure budgets.
pub const BUDGET: &str = "budget";
/// The kind of the documents that say which period a budget is in.
pub const PERIOD: &str = "budget_period";

/// A share of a cap, in ten-thousandths: 1 to 10,000. On the wire a fraction, such as 0.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(u16);

impl Share {
    /// Checks a fraction.
    ///
    /// # Errors
    /// [`Invalid`] when it is not above 0 and at most 1, or has more than four decimal digits.
    pub fn new(fraction: f64) -> Result<Self, Invalid> {
        let parts = (fraction * 10_000.0).round();
        match (1.0..=10_000.0).contains(&parts) && (parts / 10_000.0 - fraction).abs() < 1e-9 {
            true => Ok(Self(parts as u16)),
            false => Err(Invalid(
                "a share is above 0 and at most 1, with at most four decimal digits, such as 0.8".to_owned(),
            )),
        }
    }

    /// The share as a fraction.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// The least amount in minor units that is this share of a cap.
    pub fn of(self, cap: i64) -> i64 {
        let least = (i128::from(cap) * i128::from(self.0) + 9_999) / 10_000;
        i64::try_from(least).unwrap_or(i64::MAX)
    }
}

impl TryFrom<f64> for Share {
    type Error = Invalid;
    fn try_from(fraction: f64) -> Result<Self, Invalid> {
        Self::new(fraction)
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> f64 {
        share.fraction()
    }
}

/// What a budget does by itself when much or little of it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Adjustment {
    /// Raises the hard cap once this share of it is committed, each time it comes to that.
    Raise {
        /// The share that is committed.
        at: Share,
        /// By how much, in minor units.
        by: Amount,
        /// Never above this, in minor units.
        up_to: Amount,
    },
    /// Lowers the hard cap at the end of a period in which less than this share of it was charged.
    Lower {
        /// The share that was charged.
        below: Share,
        /// By how much, in minor units.
        by: Amount,
        /// Never below this, in minor units.
        down_to: Amount,
    },
    /// Pauses the budget once this share of the hard cap is committed.
    Pause {
        /// The share that is committed.
        at: Share,
    },
}

/// A budget's configuration. Amounts are in minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Its name for people.
    pub name: String,
    /// What it is counted in, for ever.
    pub currency: AssetCode,
    /// What may be reserved and charged in a period, at most.
    pub hard_cap: Amount,
    /// Above this there is a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_cap: Option<Amount>,
    /// How long its periods are.
    pub period: PeriodKind,
    /// Whether what was funded and not used stays when a period ends; else it goes back to where it came from.
    #[serde(default)]
    pub rollover: bool,
    /// What it is funded with when a period begins by itself or by a reset; nothing where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refill: Option<Amount>,
    /// Shares of the hard cap at which there is an alert, in rising order.
    pub alerts: Vec<Share>,
    /// What it does by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// Whether nothing may be reserved for the time being.
    #[serde(default)]
    pub paused: bool,
}

impl Budget {
    /// The shares at which there is an alert where nobody says otherwise: 80 % and 95 %.
    pub fn usual_alerts() -> Vec<Share> {
        vec![Share(8_000), Share(9_500)]
    }

    /// Checks what no field shows by itself. Alerts are put in rising order.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn checked(mut self) -> Result<Self, (&'static str, Invalid)> {
        let wrong = |field, why: &str| Err((field, Invalid(why.to_owned())));
        self.alerts.sort_unstable();
        if self.name.is_empty() || self.name.len() > 200 {
            return wrong("name", "a name has 1 to 200 characters");
        }
        if self.soft_cap.is_some_and(|soft| soft > self.hard_cap) {
            return wrong("soft_cap", "the soft cap is at most the hard cap");
        }
        if self.alerts.len() > 10 || self.alerts.windows(2).any(|pair| pair[0] == pair[1]) {
            return wrong("alerts", "there are at most 10 alerts, each at another share");
        }
        if self.adjustments.len() > 10 {
            return wrong("adjustments", "there are at most 10 adjustments");
        }
        if self.period == PeriodKind::Rolling && self.adjusts_at_the_end() {
            return wrong("adjustments", "a rolling period has no end at which to lower the cap");
        }
        Ok(self)
    }

    fn adjusts_at_the_end(&self) -> bool {
        self.adjustments.iter().any(|adjustment| matches!(adjustment, Adjustment::Lower { .. }))
    }

    /// The budget in a document.
    pub(crate) fn of(document: &Document) -> Option<Arc<Self>> {
        document.body.read()
    }
}

/// The period that a budget is in, and its accounts in it.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) period: Arc<Period>,
    pub(super) accounts: Arc<Accounts>,
}

impl Current {
    /// Of the document that says which period the budget is in.
    pub(super) fn of(document: &Document) -> Option<Self> {
        let current = document.body.read_with(|period: Period| {
            let accounts = Accounts::of(&Name::new(&document.key.id).ok()?, &period.name).ok()?;
            Some(Self { period: Arc::new(period), accounts: Arc::new(accounts) })
        });
        current.as_deref().cloned()
    }
}

/// The document that configures a budget.
pub fn document_of(id: &Name) -> DocumentKey {
    DocumentKey { kind: SmolStr::new_static(BUDGET), id: id.clone().into() }
}

/// The document that says which period a budget is in.
pub(super) fn period_document_of(id: &Name) -> DocumentKey {
    DocumentKey { kind: SmolStr::new_static(PERIOD), id: id.clone().into() }
}

/// The accounts of a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// `funding:<budget>`: what was put in, as its negative.
    pub funding: AccountPath,
    /// `budget:<budget>`: what there is, and what of it is reserved.
    pub budget: AccountPath,
    /// `spent:<budget>:<period>`: what the period was charged.
    pub spent: AccountPath,
}

impl Accounts {
    /// Those of a budget in a period.
    ///
    /// # Errors
    /// [`Invalid`] when the id is too long to name an account.
    pub fn of(id: &Name, period: &str) -> Result<Self, Invalid> {
        Ok(Self {
            funding: format_smolstr!("funding:{id}").try_into()?,
            budget: format_smolstr!("budget:{id}").try_into()?,
            spent: format_smolstr!("spent:{id}:{period}").try_into()?,
        })
    }
}

/// A budget as a decision sees it.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) id: Name,
    pub(super) budget: Arc<Budget>,
    /// The version of its configuration.
    pub(super) version: i64,
    pub(super) period: Arc<Period>,
    pub(super) accounts: Arc<Accounts>,
}

impl Open {
    /// Refuses another currency than the budget's own.
    pub(super) fn expect_currency(&self, given: &AssetCode) -> Result<(), Refusal> {
        match *given == self.budget.currency {
            true => Ok(()),
            false => Err(Refusal::CurrencyMismatch {
                budget: self.id.clone(),
                currency: self.budget.currency.clone(),
                given: given.clone(),
            }),
        }
    }

    /// The balances of all its accounts.
    pub(super) fn all_keys(&self) -> Vec<AccountKey> {
        let funding = self.accounts.funding.clone().in_asset(&self.budget.currency);
        self.keys().into_iter().chain([funding]).collect()
    }

    /// The balances that tell how it stands.
    pub(super) fn keys(&self) -> Vec<AccountKey> {
        let accounts = [&self.accounts.budget, &self.accounts.spent];
        accounts.map(|account| account.clone().in_asset(&self.budget.currency)).into()
    }
}

/// Opens a budget for a decision that belongs to the period at hand. One whose period is over must be reset before.
pub(super) fn open_now(seen: &Seen<'_>, id: &Name, at: Timestamp) -> Result<Open, Refusal> {
    let open = open(seen, id)?;
    match open.period.has_ended(at) {
        false => Ok(open),
        true => Err(Refusal::PeriodEnded { budget: id.clone(), period: open.period.name.clone() }),
    }
}

/// What tells how a budget stands, once its documents are seen.
pub(super) fn standing(seen: &Seen<'_>, id: &Name) -> Needs {
    let accounts = open(seen, id).map(|open| open.keys()).unwrap_or_default();
    Needs { accounts, ..Needs::default() }
}

/// Opens a budget for a decision.
pub(super) fn open(seen: &Seen<'_>, id: &Name) -> Result<Open, Refusal> {
    let missing = || Refusal::BudgetNotFound(id.clone());
    let document = seen.document(&document_of(id)).ok_or_else(missing)?;
    let period = seen.document(&period_document_of(id)).ok_or_else(missing)?;
    let budget = Budget::of(document).ok_or_else(missing)?;
    let Current { period, accounts } = Current::of(period).ok_or_else(missing)?;
    Ok(Open { id: id.clone(), budget, version: document.version, period, accounts })
}

/// The documents that [`open`] looks at.
pub(super) fn documents_of(id: &Name) -> Vec<DocumentKey> {
    vec![document_of(id), period_document_of(id)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_fraction_of_at_most_four_digits() {
        for (fraction, parts) in [(0.8, 8_000), (0.95, 9_500), (1.0, 10_000), (0.0001, 1), (0.3333, 3_333)] {
            assert_eq!(Share::new(fraction), Ok(Share(parts)), "{fraction}");
            assert_eq!(Share(parts).fraction(), fraction);
        }
        for fraction in [0.0, -0.1, 1.0001, 0.00001, 0.33333, f64::NAN, f64::INFINITY] {
            assert!(Share::new(fraction).is_err(), "{fraction}");
        }
    }

    #[test]
    fn a_share_of_a_cap_is_rounded_up_so_that_less_is_never_called_as_much() {
        for (fraction, cap, least) in
            [(0.8, 10_000, 8_000), (0.95, 10_000, 9_500), (0.95, 10, 10), (0.5, 1, 1)]
        {
            assert_eq!(Share::new(fraction).expect("share").of(cap), least);
        }
        let most = guerdon_ledger::MAX_MINOR_UNITS;
        assert_eq!(Share(10_000).of(most), most);
    }
}
