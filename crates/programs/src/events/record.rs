//! Recording an event: rules decide by it, and all that they come to is one transaction with it.

use super::counted::{Counted, cell_of};
use super::draft::{Carried, Draft, Stop, Touches};
use super::event::Event;
use super::limits::Limited;
use super::lists::lists_of;
use super::told::{BUDGET_EVENT, EVENT, Matched, Outcome, Told};
use super::views::{member_view, referral_view};
use crate::budgets::Spending;
use crate::referrals::{may_qualify, qualified, waits_for_review};
use crate::rewards_ledger::{PendingRewards, RewardCredit, pending};
use crate::rules::{ALONE, Compiled, set_document};
use crate::{Refusal, assets};
use guerdon_ledger::MemberId;
use guerdon_rules::{Candidate, Cell, CellKey, Context, CounterId, Effect, NoEffect, Tally};
use guerdon_store::journal::{Command, Decision, Metadata, Needs, Seen};
use guerdon_store::{Change, CounterKey, Referral};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::HashMap;
use std::sync::Arc;

/// Records an event, and what the active rules make of it. Nothing that a rule meets loses the event: an exhausted
/// budget, a limit or a member who has left is told as what came of the rule.
#[derive(Debug, Clone)]
pub struct RecordEvent {
    event: Event,
    compiled: Arc<Compiled>,
    /// The rules that may hold, by what the event alone tells.
    candidates: Vec<Candidate>,
    tallies: Vec<(CounterId, Tally)>,
    /// Whether the event alone tells what must be seen for the candidates.
    plain: bool,
    /// Whether this is a rehearsal: then history begins with it, and what does not match is told too.
    rehearsed: bool,
}

/// What a rule comes to, and why some of it comes to nothing.
type Effects = Vec<Result<Effect, NoEffect>>;
/// What was asked of history.
type Cells = HashMap<(CounterId, String, i64), Cell>;

impl RecordEvent {
    /// Looks at an event with the active rules of its tenant.
    pub(crate) fn new(event: Event, compiled: Arc<Compiled>) -> Self {
        let (body, happened_at) = (event.body(), event.occurred_at());
        let candidates = compiled.set.consider(body, happened_at, &compiled.zone);
        let tallies = compiled.set.tallies(body, happened_at, &compiled.zone);
        let plain = candidates.iter().all(|candidate| compiled.is_plain(candidate.rule_id()));
        Self { candidates, tallies, event, compiled, plain, rehearsed: false }
    }

    /// Looks at an event with one rule alone, whether or not it may hold, to rehearse it.
    pub(super) fn rehearsed(event: Event, compiled: Arc<Compiled>) -> Self {
        let (body, happened_at) = (event.body(), event.occurred_at());
        let candidates = compiled.set.explain(ALONE, body, happened_at, &compiled.zone).into_iter().collect();
        let tallies = compiled.set.tallies(body, happened_at, &compiled.zone);
        Self { candidates, tallies, event, compiled, plain: false, rehearsed: true }
    }

    /// The same event with other rules.
    pub(crate) fn with(&self, compiled: Arc<Compiled>) -> Self {
        Self::new(self.event.clone(), compiled)
    }

    /// What a counter is stored as. A rehearsal begins with none of what is stored.
    fn name_of(&self, counter: CounterId) -> String {
        match self.rehearsed {
            false => counter.to_string(),
            true => format!("rehearsal {counter}"),
        }
    }

    fn key_of(&self, key: &CellKey<'_>) -> CounterKey {
        let (subject, bucket) = (key.subject.to_owned(), key.bucket);
        CounterKey { counter: self.name_of(key.counter), subject, bucket }
    }

    fn context<'c>(
        &'c self,
        member: Option<&'c Value>,
        referral: Option<&'c Value>,
        cells: &'c dyn Fn(&CellKey<'_>) -> Option<&'c Cell>,
    ) -> Context<'c> {
        Context {
            event: self.event.body(),
            occurred_at: self.event.occurred_at(),
            zone: &self.compiled.zone,
            member,
            referral,
            cells,
        }
    }

    fn carried<'a>(&'a self, candidate: &'a Candidate, under_review: bool) -> Carried<'a> {
        Carried {
            event: &self.event,
            compiled: &self.compiled,
            rule_id: candidate.rule_id(),
            rule: candidate.rule(),
            under_review,
        }
    }

    fn limited<'a>(&'a self, candidate: &'a Candidate, member: Option<&'a MemberId>) -> Limited<'a> {
        Limited {
            rule_id: candidate.rule_id(),
            limits: candidate.rule().limits(),
            member,
            happened_at: self.event.occurred_at(),
            zone: &self.compiled.zone,
        }
    }

    /// What the candidates may touch, as far as member and referral are known.
    fn touches(&self, member: Option<&Value>, referral: Option<&Value>) -> (Touches, Vec<CounterKey>) {
        let (mut touches, mut limits) = (Touches::default(), Vec::new());
        let context = self.context(member, referral, &|_| None);
        for candidate in &self.candidates {
            let effects: Vec<_> = candidate.effects(&context).into_iter().enumerate().collect();
            let user = effects.iter().find_map(|(_, effect)| user_of(effect.as_ref().ok()?));
            limits.extend(self.limited(candidate, user).keys());
            for (index, effect) in &effects {
                if let Ok(effect) = effect {
                    touches.add(self.carried(candidate, false), *index, effect);
                }
            }
        }
        (touches, limits)
    }

    /// What is stored of history, as the candidates ask for it.
    fn cells(&self, seen: &Seen<'_>) -> Cells {
        let asks = self.candidates.iter().flat_map(Candidate::asks);
        let cell = |key: CellKey<'_>| {
            let counter = seen.counter(&self.key_of(&key))?;
            Some(((key.counter, key.subject.to_owned(), key.bucket), cell_of(counter)))
        };
        asks.flat_map(|ask| ask.cells().filter_map(cell).collect::<Vec<_>>()).collect()
    }

    fn decide_rules(&self, seen: &Seen<'_>, at: Timestamp) -> Result<(Draft, Vec<Matched>, bool), Refusal> {
        let (mut draft, mut matched) = (Draft::default(), Vec::new());
        if self.candidates.is_empty() {
            return Ok((draft, matched, false));
        }
        let member_id = self.event.member().filter(|_| !self.plain);
        let referral = member_id.as_ref().and_then(|id| seen.referral_of(id));
        let member = member_id.as_ref().and_then(|id| seen.member(id)).map(member_view);
        let viewed = referral.map(referral_view);
        let cells = self.cells(seen);
        let look_up = |key: &CellKey<'_>| cells.get(&(key.counter, key.subject.to_owned(), key.bucket));
        let context = self.context(member.as_ref(), viewed.as_ref(), &look_up);
        let (mut excluded, mut rewarded) = (false, false);
        for candidate in &self.candidates {
            let conclusion = candidate.conclude(&context);
            if !conclusion.holds && !self.rehearsed {
                continue;
            }
            let about_referral = referral.filter(|_| self.compiled.is_about_referrals(candidate.rule_id()));
            let taken = Taken { excluded, referral: about_referral };
            let (outcome, why, members, effects) =
                match self.take(seen, at, candidate, (&context, conclusion.holds), &mut draft, taken) {
                    Ok((members, effects)) => {
                        excluded |= candidate.rule().is_exclusive();
                        rewarded |= about_referral.is_some();
                        (Outcome::Applied, None, members, effects)
                    }
                    Err(Stop::Told(outcome, why)) => {
                        let members = self.concerned(seen, candidate, &context);
                        (outcome, Some(why), members, Vec::new())
                    }
                    Err(Stop::Budget(refusal)) => {
                        draft.refused.extend(Spending::refused(seen, at, &refusal));
                        let members = self.concerned(seen, candidate, &context);
                        (Outcome::BudgetRefused, Some(refusal.to_string()), members, Vec::new())
                    }
                    // A rehearsal does nothing first: it cannot reset a budget.
                    Err(Stop::First(refusal)) if self.rehearsed => {
                        let members = self.concerned(seen, candidate, &context);
                        (Outcome::BudgetRefused, Some(refusal.to_string()), members, Vec::new())
                    }
                    Err(Stop::First(refusal)) => return Err(refusal),
                };
            let (rule_id, version) = (candidate.rule_id().to_owned(), candidate.version());
            let (effects, trace) = (json(&effects), json(&conclusion.trace));
            matched.push(Matched { rule_id, version, outcome, why, members, effects, trace });
        }
        Ok((draft, matched, rewarded))
    }

    /// Whom a rule would have been for: nobody by a name that was meant as a path.
    fn concerned(&self, seen: &Seen<'_>, candidate: &Candidate, context: &Context<'_>) -> Vec<MemberId> {
        let nobody: Vec<_> = candidate.named_outright(context);
        let mut members = users_of(&candidate.effects(context));
        members.retain(|id| seen.member(id).is_some() || !nobody.contains(id));
        members
    }

    /// Carries out a rule that holds, where nothing stands against it. Answers for whom, and what was done.
    fn take(
        &self,
        seen: &Seen<'_>,
        at: Timestamp,
        candidate: &Candidate,
        (context, holds): (&Context<'_>, bool),
        draft: &mut Draft,
        taken: Taken<'_>,
    ) -> Result<(Vec<MemberId>, Vec<super::Effect>), Stop> {
        let stop = |outcome, why: &str| Err(Stop::Told(outcome, why.to_owned()));
        if !holds {
            return stop(Outcome::NotMatched, "a condition did not hold");
        }
        if taken.excluded {
            return stop(Outcome::Excluded, "a rule before it was exclusive");
        }
        if candidate.asks().iter().any(|ask| self.compiled.is_uncounted(ask.counter)) {
            return stop(Outcome::CountingHistory, "what came in before the rule is still being counted");
        }
        if taken.referral.is_some_and(|referral| !may_qualify(referral)) {
            return stop(Outcome::ReferralRejected, "a review found that the referral is none");
        }
        let unknown = candidate.named_outright(context).into_iter().find(|id| seen.member(id).is_none());
        if let Some(id) = unknown {
            let told = format!("nothing stands at {id} in the event, and there is no member of that id");
            return Err(Stop::Told(Outcome::NoEffect, told));
        }
        let effects = candidate.effects(context);
        let members = users_of(&effects);
        let (effects, none): (Vec<_>, Vec<_>) = effects.into_iter().partition(Result::is_ok);
        let none: Vec<_> = none.into_iter().filter_map(Result::err).collect();
        let failed =
            none.iter().find(|none| !none.nothing_due).or(none.first().filter(|_| effects.is_empty()));
        if let Some(NoEffect { action, why, .. }) = failed {
            return Err(Stop::Told(Outcome::NoEffect, format!("action {action}: {why}")));
        }
        let limited = self.limited(candidate, members.first());
        if let Some(why) = limited.reached(&draft.counted, seen) {
            return Err(Stop::Told(Outcome::LimitReached, why));
        }
        let under_review = taken.referral.is_some_and(waits_for_review);
        let effects = effects.into_iter().filter_map(Result::ok).collect();
        let done = draft.carry_out(seen, at, self.carried(candidate, under_review), effects)?;
        limited.note(&mut draft.counted, seen);
        Ok((members, done))
    }

    /// The transaction that it all comes to.
    fn decision(
        &self,
        seen: &Seen<'_>,
        at: Timestamp,
        mut draft: Draft,
        matched: Vec<Matched>,
        rewarded: bool,
    ) -> Decision {
        for (counter, tally) in &self.tallies {
            draft.counted.add(seen, &self.name_of(*counter), tally, self.event.occurred_at());
        }
        let credits: Vec<RewardCredit<'_>> = draft.credits.iter().map(RewardCredit::from).collect();
        let PendingRewards { holds, waiting } = pending(seen.next_seq(), &credits, at);
        draft.movement.holds.extend(holds);
        let referral = self.event.member().filter(|_| rewarded).and_then(|id| seen.referral_of(&id));
        let referral = referral.map(|referral| qualified(referral, seen.next_seq(), at, waiting));
        let told = Told {
            event_type: self.event.event_type().map(str::to_owned),
            evaluated: self.compiled.len,
            matched,
            budgets: [draft.spending.told(seen, at), draft.refused].concat(),
        };
        let kind = if told.budgets.is_empty() { EVENT } else { BUDGET_EVENT };
        let mut changes: Vec<Change> = draft.members.into_values().map(Change::Member).collect();
        changes.extend(referral.map(Change::Referral));
        changes.extend(draft.counted.changes());
        Decision {
            kind: kind.to_owned(),
            movement: draft.movement,
            changes,
            lists: lists_of(&told, self.event.id()),
            reference: Some(self.event.id().to_string()),
            metadata: Metadata::of(told),
            payload: Some(self.event.text().clone()),
            effective_at: Some(self.event.occurred_at()),
            ..Decision::default()
        }
    }
}

/// What is known beside the event when a rule is taken.
#[derive(Clone, Copy)]
struct Taken<'a> {
    /// Whether an exclusive rule took effect before.
    excluded: bool,
    /// The referral that the rule looks at.
    referral: Option<&'a Referral>,
}

impl Command for RecordEvent {
    type Refusal = Refusal;

    fn needs(&self) -> Needs {
        let mut documents = vec![set_document()];
        let mut counters: Vec<_> = self
            .tallies
            .iter()
            .map(|(counter, tally)| Counted::key_of(&self.name_of(*counter), tally))
            .collect();
        if self.candidates.is_empty() {
            return Needs { documents, counters, ..Needs::default() };
        }
        let asks = self.candidates.iter().flat_map(Candidate::asks);
        counters.extend(asks.flat_map(|ask| ask.cells().map(|key| self.key_of(&key)).collect::<Vec<_>>()));
        let (touches, limits) = self.touches(None, None);
        counters.extend(limits);
        documents.extend(touches.budgets.iter().flat_map(Spending::documents));
        documents.extend(assets::needed(touches.assets.iter()));
        let mut members = touches.members;
        members.extend(self.event.member().filter(|_| !self.plain));
        let referrals = self.event.member().filter(|_| !self.plain).into_iter().collect();
        let (accounts, holds) = (touches.accounts, touches.holds);
        Needs { documents, counters, members, referrals, accounts, holds, ..Needs::default() }
    }

    fn needs_then(&self, seen: &Seen<'_>) -> Needs {
        if self.plain {
            return Needs::default();
        }
        let member = self.event.member();
        let view = member.as_ref().and_then(|id| seen.member(id)).map(member_view);
        let referral = member.as_ref().and_then(|id| seen.referral_of(id)).map(referral_view);
        let (touches, counters) = self.touches(view.as_ref(), referral.as_ref());
        let documents = assets::needed(touches.assets.iter());
        let Touches { accounts, members, holds, budgets, .. } = touches;
        let mut needs = Needs { documents, counters, accounts, members, holds, ..Needs::default() };
        for budget in &budgets {
            needs.extend(Spending::needs_then(seen, budget));
        }
        needs
    }

    fn decide(&self, seen: &Seen<'_>, at: Timestamp) -> Result<Decision, Refusal> {
        if !self.compiled.stands(seen) {
            return Err(Refusal::RulesChanged);
        }
        let (draft, matched, rewarded) = self.decide_rules(seen, at)?;
        Ok(self.decision(seen, at, draft, matched, rewarded))
    }
}

/// Whom an effect is for.
fn user_of(effect: &Effect) -> Option<&MemberId> {
    match effect {
        Effect::Credit { user, .. }
        | Effect::Debit { user, .. }
        | Effect::IssueReward { user, .. }
        | Effect::GrantAchievement { user, .. }
        | Effect::SetAttribute { user, .. } => Some(user),
        Effect::Notify { user, .. } => user.as_ref(),
        Effect::Reserve { .. } => None,
    }
}

/// Serialized once, and handed on as text from there.
fn json<T: Serialize>(value: &T) -> Box<RawValue> {
    // None of the types that are told of fails at that.
    to_raw_value(value).unwrap_or_default()
}

/// Whom a rule is for, each once, in the order of its actions.
fn users_of(effects: &Effects) -> Vec<MemberId> {
    let mut users: Vec<MemberId> = Vec::new();
    for user in effects.iter().filter_map(|effect| user_of(effect.as_ref().ok()?)) {
        if !users.contains(user) {
            users.push(user.clone());
        }
    }
    users
}
