//! Which events came in, and what rules did with them: reads of the lists that the transactions of events stand in.

use super::told::{Matched, Outcome, Told};
use crate::budgets::entry_lists;
use guerdon_ledger::{MemberId, Name, Reference};
use guerdon_store::driver::{DbError, Transaction};
use guerdon_store::journal::{ListName, Record};
use guerdon_store::read::{ListPage, listed};
use jiff::Timestamp;

/// The list of the events of a type; of all where `None`.
pub fn events_of_type(event_type: Option<&str>) -> ListName {
    match event_type {
        Some(event_type) => ListName::one("events", event_type),
        None => ListName::all("events"),
    }
}

/// Whose executions: a rule's or a member's.
#[derive(Debug, Clone)]
pub enum Whose {
    /// Those of a rule.
    Rule(Name),
    /// Those for a member.
    Member(MemberId),
}

impl Whose {
    fn list(&self) -> ListName {
        match self {
            Self::Rule(rule) => ListName::one("rule", rule.as_str()),
            Self::Member(member) => ListName::one("rules-for", member.as_str()),
        }
    }
}

/// The lists that an event's transaction stands in.
pub(super) fn lists_of(told: &Told, event: &Reference) -> Vec<ListName> {
    let mut lists = vec![events_of_type(None)];
    lists.extend(told.event_type.as_deref().map(|event_type| events_of_type(Some(event_type))));
    for matched in &told.matched {
        lists.push(ListName::one("rule", &matched.rule_id));
        lists.extend(matched.members.iter().map(|member| Whose::Member(member.clone()).list()));
    }
    let used = told.budgets.iter().filter(|told| told.did.is_some());
    lists.extend(used.flat_map(|told| entry_lists(&told.budget, Some(event.as_str()))));
    lists
}

/// What a rule did with an event, for one member; or that it did nothing, and for whom it would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The rule.
    pub rule_id: String,
    /// The version of it that decided.
    pub version: i64,
    /// The event.
    pub event_id: String,
    /// The member; none where the rule is about none.
    pub member_id: Option<MemberId>,
    /// What came of it.
    pub outcome: Outcome,
    /// The transaction of the event.
    pub seq: i64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Execution {
    /// What tells it from others of its transaction in a list: of a rule's its member, of a member's its rule; nothing
    /// where the rule is about nobody.
    pub fn within(&self, whose: &Whose) -> &str {
        match whose {
            Whose::Rule(_) => self.member_id.as_ref().map_or("", MemberId::as_str),
            Whose::Member(_) => &self.rule_id,
        }
    }
}

/// Executions, newest first: those before a transaction and, [within](Execution::within) it, before a member or a rule.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn executions(
    tx: &mut Transaction,
    whose: &Whose,
    before: (i64, &str),
    limit: i64,
) -> Result<Vec<Execution>, DbError> {
    // Of the transaction that a page ended in there may be some left, or none.
    let (list, end) = (whose.list(), before.0.saturating_add(1));
    let records = listed(tx, &ListPage { list: &list, from: 0, before: end, limit: limit + 1 }).await?;
    let mut executions: Vec<_> = records.iter().flat_map(|record| of_record(record, whose)).collect();
    executions.retain(|one| (one.seq, one.within(whose)) < before);
    executions.truncate(limit as usize);
    Ok(executions)
}

/// Those of one transaction, in the order of their list.
fn of_record(record: &Record, whose: &Whose) -> Vec<Execution> {
    let matched = Told::of(record).map_or_else(Vec::new, |told| told.into_owned().matched);
    let mut executions: Vec<_> = matched.iter().flat_map(|one| of_rule(record, one, whose)).collect();
    executions.sort_by(|a, b| b.within(whose).cmp(a.within(whose)));
    executions
}

/// One for each member that the rule is about, or one about none.
fn of_rule(record: &Record, matched: &Matched, whose: &Whose) -> Vec<Execution> {
    let execution = |member_id: Option<&MemberId>| Execution {
        rule_id: matched.rule_id.clone(),
        version: matched.version,
        event_id: record.reference.clone().unwrap_or_default(),
        member_id: member_id.cloned(),
        outcome: matched.outcome,
        seq: record.seq,
        recorded_at: record.recorded_at,
    };
    match whose {
        Whose::Rule(rule) if rule.as_str() != matched.rule_id => Vec::new(),
        Whose::Rule(_) if matched.members.is_empty() => vec![execution(None)],
        Whose::Rule(_) => matched.members.iter().map(|member| execution(Some(member))).collect(),
        Whose::Member(id) => {
            matched.members.iter().find(|m| *m == id).map(Some).map(execution).into_iter().collect()
        }
    }
}
