//! What clients do with budgets: the use cases with their numbers, and where they come from.

use super::action::boxed;
use super::commands::AnyCommand;
use super::generate::Generator;
use super::plan::{chance, round};
use guerdon_ledger::{Amount, AssetCode, Name, Reference};
use guerdon_programs::budgets::{
    Budget, ChangeBudget, Charge, CreateBudget, Fund, PeriodKind, Release, Reserve, Reset, ReverseCharge,
};
use jiff::Timestamp;
use rand::RngExt;

/// The budgets of a tenant: one that only a reset ends a period of, and one that the calendar does.
const BUDGETS: [(&str, PeriodKind); 2] = [("campaign", PeriodKind::Rolling), ("month", PeriodKind::Monthly)];

/// One command on a budget, in plain data.
#[derive(Debug, Clone)]
pub(super) enum Budgeting {
    Create { budget: Budget },
    Fund { amount: Amount, currency: AssetCode },
    Reserve { reference: Reference, amount: Amount, currency: AssetCode, expires_at: Option<Timestamp> },
    Charge { reference: Reference, amount: Option<Amount> },
    Release { reference: Reference, amount: Option<Amount>, only_expired: bool },
    Reverse { seq: i64 },
    Reset { ended: Option<String> },
    Change { budget: Budget, expected_version: Option<i64> },
}

impl Budgeting {
    /// The command of the use case on a budget.
    pub(super) fn command(self, budget: Name, reason: Option<String>) -> AnyCommand {
        AnyCommand(match self {
            Self::Create { budget: configured } => boxed(CreateBudget { id: budget, budget: configured }),
            Self::Fund { amount, currency } => boxed(Fund { budget, amount, currency, reason }),
            Self::Reserve { reference, amount, currency, expires_at } => {
                boxed(Reserve { budget, amount, currency, reference, expires_at, reason })
            }
            Self::Charge { reference, amount } => boxed(Charge { budget, reference, amount, reason }),
            Self::Release { reference, amount, only_expired } => {
                boxed(Release { budget, reference, amount, reason, only_expired })
            }
            Self::Reverse { seq } => boxed(ReverseCharge { budget, seq, reason }),
            Self::Reset { ended } => boxed(Reset { budget, ended, reason }),
            Self::Change { budget: configured, expected_version } => {
                boxed(ChangeBudget { id: budget, budget: configured, expected_version, reason })
            }
        })
    }
}

impl Generator<'_> {
    /// Something done with a budget of a tenant, and with which.
    pub(super) fn budgeting(&mut self, tenant: usize) -> (Name, Budgeting) {
        let which = usize::from(chance(self.random, 400));
        let id = Name::new(BUDGETS[which].0).expect("a name");
        let currency = [AssetCode::usd(), AssetCode::points()][which].clone();
        let other = chance(self.random, 10);
        let given = if other { AssetCode::new("ZWG").expect("an asset code") } else { currency.clone() };
        let what = match self.random.random_range(0..200) {
            0..14 => Budgeting::Create { budget: self.configured(which, currency) },
            14..32 => Budgeting::Fund { amount: self.amount(9_000), currency: given },
            32..96 => {
                let expires_at = chance(self.random, 300).then(|| self.moment(-1_000, 20_000));
                let expires_at = if chance(self.random, 600) { expires_at.map(round) } else { expires_at };
                let new = chance(self.random, 950);
                let reference =
                    if new { self.new_reference(tenant) } else { self.some_reservation(tenant, &id) };
                Budgeting::Reserve { reference, amount: self.amount(900), currency: given, expires_at }
            }
            96..138 => {
                Budgeting::Charge { reference: self.some_reservation(tenant, &id), amount: self.part(400) }
            }
            138..168 => {
                let reference = self.some_reservation(tenant, &id);
                let only_expired = chance(self.random, 200);
                Budgeting::Release { reference, amount: self.part(300), only_expired }
            }
            168..184 => Budgeting::Reverse { seq: self.some_charge(tenant) },
            184..191 => {
                let ended = chance(self.random, 500).then(|| "2026-01".to_owned());
                Budgeting::Reset { ended }
            }
            _ => {
                let expected_version = chance(self.random, 200).then(|| self.random.random_range(1..9));
                let configured = self.configured(which, given);
                // Now and then a calendar's period, whichever it had.
                let period = if chance(self.random, 400) { PeriodKind::Monthly } else { configured.period };
                Budgeting::Change { budget: Budget { period, ..configured }, expected_version }
            }
        };
        (id, what)
    }

    fn configured(&mut self, which: usize, currency: AssetCode) -> Budget {
        let hard_cap = self.random.random_range(3_000..=60_000);
        let amount = |minor_units| Amount::new(minor_units).expect("an amount");
        Budget {
            name: "A budget".to_owned(),
            currency,
            hard_cap: amount(hard_cap),
            soft_cap: chance(self.random, 500).then(|| amount(hard_cap / 2)),
            period: BUDGETS[which].1,
            rollover: chance(self.random, 500),
            refill: chance(self.random, 500).then(|| self.amount(9_000)),
            alerts: Budget::usual_alerts(),
            adjustments: Vec::new(),
            paused: chance(self.random, 150),
        }
    }

    /// All that is left, or some.
    fn part(&mut self, most: i64) -> Option<Amount> {
        chance(self.random, 600).then(|| self.amount(most))
    }

    /// A reservation that may be there: mostly one of this budget that was told of lately.
    fn some_reservation(&mut self, tenant: usize, budget: &Name) -> Reference {
        let account = format!("budget:{budget}");
        let known = self.history.reservation(tenant, &account, |some| self.random.random_range(0..some));
        known.filter(|_| chance(self.random, 970)).unwrap_or_else(|| self.new_reference(tenant))
    }

    /// A transaction that may be a charge.
    fn some_charge(&mut self, tenant: usize) -> i64 {
        let known = self.history.charge(tenant, |some| self.random.random_range(0..some));
        let other = self.random.random_range(0..=self.history.known(tenant) + 2);
        known.filter(|_| chance(self.random, 850)).unwrap_or(other)
    }
}
