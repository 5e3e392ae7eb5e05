//! Changing how a budget is configured.

use super::budget::{Budget, Open, document_of, documents_of, open_now, standing};
use super::create::period_changes;
use super::period::Period;
use super::told::{Operation, zone_of};
use super::usage::Usage;
use crate::Refusal;
use guerdon_ledger::{Amount, Movement, Name};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Body, Change, Document};
use jiff::Timestamp;
use std::sync::Arc;

/// Changes how a budget is configured.
#[derive(Debug, Clone)]
pub struct ChangeBudget {
    /// Which budget.
    pub id: Name,
    /// How it is to be configured, whole. The currency stays what it is.
    pub budget: Budget,
    /// Only if this version still stands.
    pub expected_version: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

impl Command for ChangeBudget {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        Needs { documents: documents_of(&self.id), ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        standing(seen, &self.id)
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let open = open_now(seen, &self.id, at)?;
        if let Some(expected) = self.expected_version.filter(|expected| *expected != open.version) {
            return Err(Refusal::VersionMismatch { expected, found: open.version });
        }
        open.expect_currency(&self.budget.currency)?;
        let before = Usage::seen(&open, seen);
        let hard_cap = self.budget.hard_cap.minor_units();
        // A cap that was passed before may still be raised towards what is committed.
        if hard_cap < before.committed() && hard_cap < before.hard_cap {
            return Err(Refusal::CapBelowCommitted { hard_cap, committed: before.committed() });
        }
        let soft_cap = self.budget.soft_cap.map(Amount::minor_units);
        let configured = Open { budget: Arc::new(self.budget.clone()), ..open.clone() };
        let operation = Operation {
            kind: "budget.change",
            reference: None,
            amount: 0,
            before: &before,
            after: Usage { hard_cap, soft_cap, ..before },
            movement: Movement::default(),
        };
        let document = Document {
            key: document_of(&self.id),
            version: open.version + 1,
            body: Body::of(&self.budget),
            removed: false,
            recorded_at: at,
        };
        let mut changes = vec![Change::Document(document)];
        if self.budget.period != open.budget.period {
            // The period at hand goes on, and ends where one of the new kind would.
            let ends_at = Period::first(self.budget.period, at, &zone_of(seen)).ends_at;
            let period = Period { ends_at, ..Period::clone(&open.period) };
            changes.extend(period_changes(seen, &self.id, &period, at));
        }
        let decision = operation.decide(&configured, seen, at);
        Ok(Decision { changes, reason: self.reason.clone(), ..decision })
    }
}
