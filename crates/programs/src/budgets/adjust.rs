//! Adjustments: what a budget's own policy changes in it. An adjustment is a change like any other, and on the audit
//! trail as one; its actor is the policy.

use super::budget::{Adjustment, Budget, Open, documents_of, open, standing};
use super::change::ChangeBudget;
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, Name};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use jiff::Timestamp;

/// Changes a budget as its policy says, where it is due.
#[derive(Debug, Clone)]
pub struct Adjust {
    /// Which budget.
    pub budget: Name,
    /// How the budget stood when the period before ended; `None` where none did.
    pub ended: Option<Usage>,
}

impl Command for Adjust {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.budget), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        standing(seen, &self.budget)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open(seen, &self.budget)?;
        let usage = Usage::seen(&open, seen);
        let (budget, why) = adjusted(&open, &usage, self.ended).ok_or(Refusal::NotDue)?;
        let change = ChangeBudget {
            id: self.budget.clone(),
            budget,
            expected_version: Some(open.version),
            reason: Some(why),
        };
        Ok(Decision { kind: "budget.adjust".to_owned(), ..change.decide(seen, at)? })
    }
}

/// The budget as the first adjustment that is due makes it, and why; `None` where none is.
fn adjusted(open: &Open, usage: &Usage, ended: Option<Usage>) -> Option<(Budget, String)> {
    let budget = &open.budget;
    let with_cap = |hard_cap: i64| {
        let hard_cap = Amount::new(hard_cap).ok()?;
        let soft_cap = budget.soft_cap.map(|soft| soft.min(hard_cap));
        Some(Budget { hard_cap, soft_cap, ..Budget::clone(budget) })
    };
    budget.adjustments.iter().find_map(|adjustment| match *adjustment {
        Adjustment::Raise { at, by, up_to } => {
            let raised = usage.hard_cap.saturating_add(by.minor_units()).min(up_to.minor_units());
            (usage.has_reached(at) && raised > usage.hard_cap).then_some(())?;
            let why =
                format!("{} % of the hard cap of {} is committed", at.fraction() * 100.0, usage.hard_cap);
            Some((with_cap(raised)?, why))
        }
        Adjustment::Lower { below, by, down_to } => {
            let ended = ended.filter(|ended| ended.charged < below.of(ended.hard_cap))?;
            let least = down_to.minor_units().max(usage.committed());
            let lowered = usage.hard_cap.saturating_sub(by.minor_units()).max(least);
            (lowered < usage.hard_cap).then_some(())?;
            let why = format!(
                "{} of the hard cap of {} were charged in the period that ended, less than {} %",
                ended.charged,
                ended.hard_cap,
                below.fraction() * 100.0
            );
            Some((with_cap(lowered)?, why))
        }
        Adjustment::Pause { at } => {
            (usage.has_reached(at) && !budget.paused).then_some(())?;
            let why =
                format!("{} % of the hard cap of {} is committed", at.fraction() * 100.0, usage.hard_cap);
            Some((Budget { paused: true, ..Budget::clone(budget) }, why))
        }
    })
}
