//! A budget in its period, as the model keeps it: what there is, what of it is reserved and charged.

use guerdon_ledger::{AssetCode, Name};
use guerdon_programs::Refusal;
use guerdon_programs::budgets::{Budget, PeriodKind};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

/// Shares of the hard cap, in percent, at which a budget of the simulator warns; the last is critical.
const WARNS_AT: [(i64, f64, &str); 2] = [(80, 0.8, "warning"), (95, 0.95, "critical")];

/// A budget in its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct Purse {
    pub(super) config: Budget,
    pub(in crate::simulator) version: i64,
    pub(super) period: String,
    /// When it began.
    pub(super) began: Timestamp,
    /// Versions of what says which period it is in.
    pub(in crate::simulator) entered: i64,
    /// Counts its periods.
    pub(super) number: i64,
    pub(in crate::simulator) ends_at: Option<Timestamp>,
    pub(super) funded: i64,
    pub(super) reserved: i64,
    pub(super) charged: i64,
}

impl Purse {
    pub(super) fn committed(&self) -> i64 {
        self.reserved + self.charged
    }

    pub(super) fn hard_cap(&self) -> i64 {
        self.config.hard_cap.minor_units()
    }

    pub(super) fn usage(&self) -> Value {
        let mut usage = json!({"funded": self.funded, "reserved": self.reserved, "charged": self.charged,
            "hard_cap": self.hard_cap()});
        if let Some(soft) = self.config.soft_cap {
            usage["soft_cap"] = soft.minor_units().into();
        }
        usage
    }

    /// Whether more is committed than the soft cap; and whether as much as each share of the hard cap.
    fn lines(&self) -> (bool, [bool; 2]) {
        let soft = self.config.soft_cap.is_some_and(|soft| self.committed() > soft.minor_units());
        (soft, WARNS_AT.map(|(percent, ..)| self.committed() * 100 >= self.hard_cap() * percent))
    }

    /// The period that follows, or the first, when one begins at an instant.
    pub(super) fn enter(&mut self, at: Timestamp) {
        self.number += 1;
        self.entered += 1;
        let before = std::mem::replace(&mut self.began, at);
        if self.config.period == PeriodKind::Rolling {
            self.period = format!("rolling-{}", self.number);
            self.ends_at = None;
            return;
        }
        let day = at.to_zoned(TimeZone::UTC).date();
        let month = format!("{:04}-{:02}", day.year(), day.month());
        let first = date(day.year(), day.month(), 1).to_zoned(TimeZone::UTC).expect("a midnight").timestamp();
        self.period = match self.period.split_once('.').unwrap_or((&self.period, "1")) {
            (same, times) if same == month => {
                format!("{month}.{}", times.parse::<i64>().expect("a number") + 1)
            }
            // Another kind of period began in this month already, and this month's name may be taken.
            _ if self.number > 1 && before >= first => format!("{month}.{}", self.number),
            _ => month,
        };
        self.ends_at = self.end(at);
    }

    /// Where a period of the budget's kind ends that an instant falls into.
    fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let day = at.to_zoned(TimeZone::UTC).date();
        let next = date(day.year(), day.month(), 1).checked_add(1.month()).expect("a month follows");
        let next = next.to_zoned(TimeZone::UTC).expect("a midnight").timestamp();
        (self.config.period == PeriodKind::Monthly).then_some(next)
    }

    /// The budget under another configuration. The period at hand goes on, and ends where one of the new kind would.
    pub(super) fn changed(&self, config: &Budget, at: Timestamp) -> Self {
        let mut after = Self { config: config.clone(), version: self.version + 1, ..self.clone() };
        if config.period != self.config.period {
            after.entered += 1;
            after.ends_at = after.end(at);
        }
        after
    }

    /// An empty budget, in its first period.
    pub(super) fn new(config: &Budget, at: Timestamp) -> Self {
        let mut purse = Self {
            config: config.clone(),
            version: 1,
            period: String::new(),
            began: at,
            entered: 0,
            number: 0,
            ends_at: None,
            funded: 0,
            reserved: 0,
            charged: 0,
        };
        purse.enter(at);
        purse
    }

    pub(super) fn in_currency(&self, budget: &Name, given: &AssetCode) -> Result<(), Refusal> {
        let currency = self.config.currency.clone();
        match *given == currency {
            true => Ok(()),
            false => {
                Err(Refusal::CurrencyMismatch { budget: budget.clone(), currency, given: given.clone() })
            }
        }
    }
}

/// What a transaction says of a budget: how it stands, and which lines were crossed upwards.
pub(super) fn told(
    id: &Name,
    before: &Purse,
    after: &Purse,
    amount: i64,
    at: Timestamp,
) -> Map<String, Value> {
    let ((soft_before, shares_before), (soft, shares)) = (before.lines(), after.lines());
    let mut crossings = Vec::new();
    if let Some(limit) = after.config.soft_cap.filter(|_| soft && !soft_before) {
        let limit = limit.minor_units();
        crossings.push(json!({"kind": "soft_cap_exceeded", "level": "warning", "limit": limit}));
    }
    for (index, (percent, share, level)) in WARNS_AT.into_iter().enumerate() {
        if shares[index] && !shares_before[index] {
            let limit = (after.hard_cap() * percent + 99) / 100;
            let kind = "hard_cap_approaching";
            crossings.push(json!({"kind": kind, "level": level, "share": share, "limit": limit}));
        }
    }
    let day = at.to_zoned(TimeZone::UTC).date().to_string();
    let mut told = Map::from_iter([
        ("budget".to_owned(), id.to_string().into()),
        ("period".to_owned(), after.period.clone().into()),
        ("day".to_owned(), day.into()),
        ("currency".to_owned(), after.config.currency.to_string().into()),
        ("amount".to_owned(), amount.into()),
        ("usage".to_owned(), after.usage()),
    ]);
    if !crossings.is_empty() {
        told.insert("crossings".to_owned(), crossings.into());
    }
    told
}
