//! Making, changing and archiving rules.

use super::document::{StoredCounter, StoredRule, counter_document, document_of, set_document};
use super::history::COUNT_JOB;
use crate::budgets::Spending;
use crate::{Refusal, assets};
use guerdon_ledger::Name;
use guerdon_rules::{Counter, Rule, Status};
use guerdon_store::journal::{Command, Decision, Needs, Seen};
use guerdon_store::{Change, Document, DocumentKey, Scheduled};
use jiff::Timestamp;
use serde_json::json;

/// What is to become of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Putting {
    /// It is made.
    Create,
    /// It is changed, if a version still stands; whichever stands where `None`.
    Change(Option<i64>),
}

/// Makes or changes a rule. What active rules count of history is counted from then on; what came before is counted by
/// [`CountHistory`](super::CountHistory).
#[derive(Debug, Clone)]
pub struct PutRule {
    /// Which rule.
    pub id: Name,
    /// What it is to say, whole.
    pub rule: Rule,
    /// Whether it is new.
    pub putting: Putting,
}

impl PutRule {
    /// What it counts of history, where it is active.
    pub(crate) fn counters(&self) -> impl Iterator<Item = &Counter> {
        let counted = self.rule.status() == Status::Active;
        self.rule.counters().map(AsRef::as_ref).filter(move |_| counted)
    }

    fn check(&self, seen: &Seen<'_>) -> Result<(), Refusal> {
        for code in self.rule.assets() {
            assets::check(seen, code)?;
        }
        for budget in self.rule.budgets() {
            if Spending::documents(budget).first().is_none_or(|key| seen.document(key).is_none()) {
                return Err(Refusal::BudgetNotFound(budget.clone()));
            }
        }
        Ok(())
    }
}

impl Command for PutRule {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let mut documents: Vec<DocumentKey> = vec![document_of(&self.id), set_document()];
        documents.extend(self.counters().map(|counter| counter_document(counter.id())));
        documents.extend(self.rule.budgets().flat_map(Spending::documents));
        documents.extend(assets::needed(self.rule.assets()));
        Needs { documents, ..Needs::default() }
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        let key = document_of(&self.id);
        let before = seen.document(&key);
        match (self.putting, before) {
            (Putting::Create, Some(_)) => return Err(Refusal::RuleExists(self.id.clone())),
            (Putting::Change(_), None) => return Err(Refusal::RuleNotFound(self.id.clone())),
            (Putting::Change(Some(expected)), Some(found)) if found.version != expected => {
                return Err(Refusal::VersionMismatch { expected, found: found.version });
            }
            _ => {}
        }
        self.check(seen)?;
        let was_active =
            before.and_then(StoredRule::of).is_some_and(|old| old.rule.status() == Status::Active);
        let mut changes = vec![Change::Document(Document {
            version: seen.newest_version(&key).map_or(1, |document| document.version + 1),
            key,
            body: self.rule.to_json().into(),
            removed: false,
            recorded_at: at,
        })];
        for counter in self.counters() {
            if seen.document(&counter_document(counter.id())).is_none() {
                let stored =
                    StoredCounter { counter: counter.to_json(), counted_from: Some(seen.next_seq()) };
                changes.push(Change::Document(stored.document(counter.id(), 1, at)));
                let subject = counter.id().to_string();
                let job = COUNT_JOB.to_owned();
                changes.push(Change::Schedule(Scheduled { job, subject, due_at: Some(at) }));
            }
        }
        if was_active || self.rule.status() == Status::Active {
            changes.push(next_set(seen, at));
        }
        let kind = match (self.putting, self.rule.status()) {
            (Putting::Create, _) => "rule.create",
            (_, Status::Archived) => "rule.archive",
            _ => "rule.change",
        };
        Ok(Decision { kind: kind.to_owned(), changes, ..Decision::default() })
    }
}

/// That the active rules, or what is counted for them, are others now.
pub(super) fn next_set(seen: &Seen<'_>, at: Timestamp) -> Change {
    let key = set_document();
    let version = seen.newest_version(&key).map_or(1, |document| document.version + 1);
    Change::Document(Document { key, version, body: json!({}).into(), removed: false, recorded_at: at })
}
