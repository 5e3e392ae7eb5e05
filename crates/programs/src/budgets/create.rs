//! Making a budget.

use super::budget::{Accounts, Budget, document_of, documents_of, period_document_of};
use super::period::Period;
use super::told::zone_of;
use crate::{Refusal, assets};
use guerdon_ledger::Name;
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Body, Change, Document, Scheduled};
use jiff::Timestamp;

/// The job that resets budgets whose period is over.
pub const RESET_JOB: &str = "budgets.reset";

/// Makes a budget, which begins empty, in the period that it is made in.
#[derive(Debug, Clone)]
pub struct CreateBudget {
    /// Its id.
    pub id: Name,
    /// How it is configured.
    pub budget: Budget,
}

impl Command for CreateBudget {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let assets = assets::needed(std::iter::once(&self.budget.currency));
        Needs { documents: [documents_of(&self.id), assets].concat(), ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        assets::check(seen, &self.budget.currency)?;
        if seen.newest_version(&document_of(&self.id)).is_some() {
            return Err(Refusal::BudgetExists(self.id.clone()));
        }
        let period = Period::first(self.budget.period, at, &zone_of(seen));
        if Accounts::of(&self.id, &period.name).is_err() {
            return Err(Refusal::BudgetNotFound(self.id.clone()));
        }
        let budget = Document {
            key: document_of(&self.id),
            version: 1,
            body: Body::of(&self.budget),
            removed: false,
            recorded_at: at,
        };
        let mut changes = vec![Change::Document(budget)];
        changes.extend(period_changes(seen, &self.id, &period, at));
        Ok(Decision {
            kind: "budget.create".to_owned(),
            changes,
            reference: Some(self.id.to_string()),
            ..Decision::default()
        })
    }
}

/// The changes by which a budget comes into a period: what it is in, and when it is to be reset.
pub(super) fn period_changes(seen: &Seen<'_>, id: &Name, period: &Period, at: Timestamp) -> [Change; 2] {
    let key = period_document_of(id);
    let document = Document {
        version: seen.newest_version(&key).map_or(1, |document| document.version + 1),
        key,
        body: Body::of(period),
        removed: false,
        recorded_at: at,
    };
    let scheduled = Scheduled { job: RESET_JOB.to_owned(), subject: id.to_string(), due_at: period.ends_at };
    [Change::Document(document), Change::Schedule(scheduled)]
}
