//! The journal against the model, transaction by transaction: each decision was legal where it stands, each refusal was
//! legitimate at some point between call and answer, each reading showed one point of the story.

use super::{Case, difference, readings};
use crate::simulator::action::{Action, miles_defined};
use crate::simulator::history::{Answer, Attempt, Request, Span};
use crate::simulator::model::{Effect, Model, Refused};
use guerdon_ledger::Balance;
use guerdon_store::budgets::EntryKind;
use guerdon_store::journal::{ListName, Metadata, Record, RecordedBalance};
use guerdon_store::{Change, MemberStatus};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashSet;

/// A refusal, and between which transactions it can have been decided.
struct Open<'a> {
    request: &'a Request,
    refused: (Option<usize>, Refused),
    span: Span,
    from: i64,
    to: i64,
    /// What the model said instead, at the last point looked at.
    instead: String,
}

/// Replays the journal; answers the books at its end, where it could be replayed whole.
pub(super) fn check(case: &Case<'_>) -> (Option<Model>, Vec<String>) {
    let mut wrong = Vec::new();
    let founded = case.records.first().is_some_and(|record| record.kind == "tenant.create");
    if !founded {
        return (None, vec!["the journal does not begin with the tenant".to_owned()]);
    }
    let mut model = Model::founded();
    let mut keys = HashSet::new();
    let mut waiting = refusals(case);
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut seen = readings::by_transaction(case, &mut wrong);
    for seq in 1..=case.records.len() as i64 {
        if seq > 1 {
            match step(case, &mut model, seq) {
                Ok(()) => {}
                Err(what) => {
                    wrong.push(what);
                    return (None, wrong);
                }
            }
            let record = &case.records[seq as usize - 1];
            if let Some(key) = &record.idempotency_key
                && !keys.insert(key.clone())
            {
                wrong.push(format!("{seq} has the key {key}, which was used before"));
            }
        }
        while let Some(next) = waiting.pop_if(|next| next.from <= seq) {
            open.push(next);
        }
        open.retain_mut(|refusal| {
            let unused = |index| refusal.request.key_of(index).is_none_or(|key| !keys.contains(key.as_str()));
            let fresh = (0..refusal.request.actions.len()).all(unused);
            let settled = fresh && refusal.is_settled(case, &mut model, seq);
            if !settled && refusal.to <= seq {
                wrong.push(refusal.told(fresh));
            }
            !settled && refusal.to > seq
        });
        for observation in seen.remove(&seq).unwrap_or_default() {
            wrong.extend(readings::check(case, observation, &model));
        }
    }
    wrong.extend(open.iter().chain(&waiting).map(|refusal| refusal.told(true)));
    (Some(model), wrong)
}

/// One transaction: what the model says that it does, and what its record says.
fn step(case: &Case<'_>, model: &mut Model, seq: i64) -> Result<(), String> {
    let record = &case.records[seq as usize - 1];
    let (id, index) = *case.owners.get(&seq).ok_or_else(|| format!("{seq} is nobody's"))?;
    let request = &case.requests[id];
    let action = request.actions.get(index).ok_or_else(|| format!("{seq} is more than was asked for"))?;
    let effect = model
        .decide(action, &request.reason(index), &request.actions, record.recorded_at)
        .map_err(|refused| format!("{seq} should have been refused: {refused:?}; {action:?}"))?;
    let expected = expected(request, index, action, &effect, record);
    // The model says the same, but writes its fields in another order.
    let told = |record: &Record| record.metadata.read::<serde_json::Value>().map(Cow::into_owned);
    let metadata =
        if told(&expected) == told(record) { &record.metadata } else { &expected.metadata }.clone();
    let expected = Record { changes: record.changes.clone(), metadata, ..expected };
    if expected != *record {
        return Err(format!("{seq} has{}\n  by {action:?}", difference(record, &expected)));
    }
    check_changes(action, &effect, record, &request.reason(index))?;
    check_time(case, request, record)?;
    model.apply(&effect);
    Ok(())
}

fn expected(request: &Request, index: usize, action: &Action, effect: &Effect, record: &Record) -> Record {
    let (effective_at, metadata) = match action {
        Action::Transact { effective_at, number, .. } => {
            (*effective_at, Metadata::of(json!({ "number": number })))
        }
        _ => (None, Metadata::of(effect.metadata.clone())),
    };
    // Instants are kept to the microsecond.
    let effective_at = effective_at.map(|at| Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at));
    let balances = effect.balances.iter().map(|(key, _, sum)| RecordedBalance {
        account: key.account.clone(),
        asset: key.asset.clone(),
        balance: Balance { posted: sum.posted, held: sum.held },
    });
    Record {
        seq: record.seq,
        kind: effect.kind.to_owned(),
        actor: request.actor().into(),
        idempotency_key: request.key_of(index).map(Into::into),
        fingerprint: request.key.as_ref().map(|_| request.fingerprint.as_str().into()),
        recorded_at: record.recorded_at,
        effective_at: effective_at.unwrap_or(record.recorded_at),
        reason: effect.gives_reason.then(|| request.reason(index)),
        reference: effect.reference.clone(),
        postings: effect.postings.clone(),
        balances: balances.collect(),
        holds: effect.holds.iter().map(|(_, after)| after.hold.clone()).collect(),
        changes: Vec::new(),
        metadata,
        reverses: effect.reverses,
        lists: lists(effect),
        texts_hash: record.texts_hash.clone(),
        hash: record.hash,
    }
}

/// The lists of an entry of a budget: of all its entries, and of those for the reservation. Nothing else stands in any.
fn lists(effect: &Effect) -> Vec<ListName> {
    let of = effect.kind.strip_prefix("budget.").unwrap_or_default();
    let is_entry = EntryKind::ALL.iter().any(|kind| kind.name() == of);
    let budget = effect.metadata.get("budget").and_then(Value::as_str).filter(|_| is_entry);
    let Some(budget) = budget else { return Vec::new() };
    let of_reference = effect.reference.as_ref().map(|reference| format!("{budget} {reference}"));
    let ids = [budget.to_owned()].into_iter().chain(of_reference);
    ids.map(|id| ListName::one("budget", &id)).collect()
}

fn check_changes(action: &Action, effect: &Effect, record: &Record, reason: &str) -> Result<(), String> {
    let mut changes = record.changes.iter();
    let mut right = record.texts_hash.is_some() != effect.people.is_empty();
    for (id, _, person) in &effect.people {
        right &= matches!(changes.next(), Some(Change::Member(member)) if member.id == *id
            && member.role == person.role
            && member.department == person.department
            && (member.status == MemberStatus::Active) == person.active
            && member.version == person.version
            && member.created_at == person.since);
    }
    if let Some((_, status)) = effect.status {
        right &= matches!(changes.next(), Some(Change::Tenant(tenant)) if tenant.status == status);
    }
    if effect.defines_miles {
        let body = serde_json::to_value(miles_defined(reason)).unwrap_or_default();
        right &= matches!(changes.next(), Some(Change::Document(document)) if *document.body == body);
    }
    for (id, before, after) in &effect.purses {
        let mut document = |kind: &str, version: i64| {
            matches!(changes.next(), Some(Change::Document(document)) if document.key.kind == kind
                && document.key.id == id.as_str() && document.version == version)
        };
        if before.as_ref().is_none_or(|before| before.version < after.version) {
            right &= document("budget", after.version);
        }
        if before.as_ref().is_none_or(|before| before.entered < after.entered) {
            right &= document("budget_period", after.entered);
            right &= matches!(changes.next(), Some(Change::Schedule(due)) if due.subject == id.as_str()
                && due.due_at == after.ends_at);
        }
    }
    match right && changes.next().is_none() {
        true => Ok(()),
        false => Err(format!("{} changed {:?} by {action:?}", record.seq, record.changes)),
    }
}

/// A transaction is recorded between the first call of it and the last answer.
fn check_time(case: &Case<'_>, request: &Request, record: &Record) -> Result<(), String> {
    let attempts = case.attempts.get(&request.id).map_or(&[][..], Vec::as_slice);
    let from = attempts.iter().map(|attempt| attempt.span.clock_at_start).min();
    let to = attempts.iter().map(|attempt| attempt.span.clock_at_end).max();
    let endless = attempts.iter().any(|attempt| matches!(attempt.answer, Answer::Abandoned));
    let late = !endless && to.is_some_and(|to| record.recorded_at > to);
    match from.is_some_and(|from| record.recorded_at < from) || late {
        true => Err(format!(
            "{} was recorded at {}, not between {from:?} and {to:?}",
            record.seq, record.recorded_at
        )),
        false => Ok(()),
    }
}

/// All refusals, the earliest last.
fn refusals<'a>(case: &'a Case<'_>) -> Vec<Open<'a>> {
    let refused = |attempt: &Attempt| match &attempt.answer {
        Answer::Refused { index, refusal } => Some((Some(*index), Refused::By(refusal.clone()))),
        Answer::NotActive(status) => Some((None, Refused::NotActive(*status))),
        _ => None,
    };
    let attempts = case.attempts.values().flatten();
    let mut all: Vec<Open<'_>> = attempts
        .filter_map(|attempt| {
            Some(Open {
                request: &case.requests[attempt.request],
                refused: refused(attempt)?,
                span: attempt.span,
                from: case.timeline.least(attempt.span.start),
                to: case.timeline.most(attempt.span.end),
                instead: "nothing".to_owned(),
            })
        })
        .collect();
    all.sort_by_key(|refusal| std::cmp::Reverse(refusal.from));
    all
}

impl Open<'_> {
    /// Whether the refusal was right after transaction `seq`, at some time of its call.
    fn is_settled(&mut self, case: &Case<'_>, model: &mut Model, seq: i64) -> bool {
        let recorded_at = case.records[seq as usize - 1].recorded_at;
        let reasons = |index| self.request.reason(index);
        let (start, end) = (self.span.clock_at_start, self.span.clock_at_end);
        for clock in case.instants.range(start..=end).copied().chain([start, end]) {
            match model.try_all(&self.request.actions, &reasons, clock.max(recorded_at)) {
                Err((index, why)) if why == self.refused.1 && self.refused.0.is_none_or(|i| i == index) => {
                    return true;
                }
                other => self.instead = format!("{:?}", other.map(|effects| effects.len())),
            }
        }
        false
    }

    fn told(&self, fresh: bool) -> String {
        let key = if fresh { "" } else { " (its key was in use by then)" };
        format!(
            "request {} was refused between {} and {}{key}: {:?}\n  the model says {}\n  of {:?}",
            self.request.id, self.from, self.to, self.refused, self.instead, self.request.actions
        )
    }
}
