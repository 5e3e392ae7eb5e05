//! A rule that may hold for an event, what it asks of history, and what it comes to.

use super::Listed;
use crate::action::{Effect, NoEffect};
use crate::condition::{Fact, Measured};
use crate::counter::{Cell, CounterId};
use crate::evaluate::View;
use crate::rule::Rule;
use crate::trace::{Trace, Tracer};
use guerdon_ledger::MemberId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use smol_str::SmolStr;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A rule of a set, as candidates share it.
#[derive(Debug)]
pub(super) struct Compiled {
    id: String,
    version: i64,
    rule: Arc<Rule>,
    facts: usize,
}

impl Compiled {
    pub(super) fn of(listed: Listed) -> Self {
        let facts = listed.rule.facts().len();
        Self { id: listed.id, version: listed.version, rule: Arc::new(listed.rule), facts }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }
}

/// What must be known of history: some cells of one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Of which counter.
    pub counter: CounterId,
    /// For whom or what.
    pub subject: SmolStr,
    /// Of which buckets: one of all time, or at most 402 in a row.
    pub buckets: RangeInclusive<i64>,
}

/// Names one cell of what is kept of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellKey<'k> {
    /// Of which counter.
    pub counter: CounterId,
    /// For whom or what.
    pub subject: &'k str,
    /// Of which bucket.
    pub bucket: i64,
}

impl Ask {
    /// The cells, by key.
    pub fn cells(&self) -> impl Iterator<Item = CellKey<'_>> {
        self.buckets.clone().map(|bucket| CellKey { counter: self.counter, subject: &self.subject, bucket })
    }
}

/// A rule that may hold for an event.
#[derive(Debug, Clone)]
pub struct Candidate {
    compiled: Arc<Compiled>,
    /// One for each fact of the rule that has a subject, in order.
    asks: Vec<Ask>,
}

/// All that is known when a candidate is concluded. The event, its instant and the zone are those it was
/// considered with.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The event.
    pub event: &'c Value,
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// The tenant's time zone.
    pub zone: &'c TimeZone,
    /// The member that the event's `user_id` names, where there is one: `id`, `role`, `team`, `department`, `status`
    /// and `attributes`.
    pub member: Option<&'c Value>,
    /// The referral whose referred member is the event's `user_id`, where there is one: `referrer_id`,
    /// `referred_id`, `code`, `status` and `created_at`.
    pub referral: Option<&'c Value>,
    /// What is stored of history, without this event; it adds its own part by itself.
    pub cells: &'c dyn Fn(&CellKey<'_>) -> Option<&'c Cell>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("event", &self.event)
            .field("occurred_at", &self.occurred_at)
            .field("member", &self.member)
            .field("referral", &self.referral)
            .finish_non_exhaustive()
    }
}

impl<'c> Context<'c> {
    fn view(&self) -> View<'c> {
        View { event: self.event, member: self.member, referral: self.referral }
    }
}

/// What a candidate comes to.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// Whether the rule holds. Its [`Limits`](crate::Limits) are not looked at.
    pub holds: bool,
    /// Why, or why not.
    pub trace: Trace,
}

impl Candidate {
    pub(super) fn of(compiled: &Arc<Compiled>, event: &Value, at: Timestamp, zone: &TimeZone) -> Self {
        let asks = match compiled.facts {
            0 => Vec::new(),
            _ => compiled.rule.facts().into_iter().filter_map(|fact| ask(fact, event, at, zone)).collect(),
        };
        Self { compiled: compiled.clone(), asks }
    }

    /// The rule's id.
    pub fn rule_id(&self) -> &str {
        &self.compiled.id
    }

    /// Which version of the rule.
    pub fn version(&self) -> i64 {
        self.compiled.version
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.compiled.rule
    }

    /// What must be known of history to conclude.
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// Looks at every condition, and says whether the rule holds and why.
    pub fn conclude(&self, context: &Context<'_>) -> Conclusion {
        let mut asks = self.asks.iter();
        let mut measure = |fact: &Fact| {
            fact.subject(context.event)?;
            let ask = asks.next()?;
            let adds = fact.counter.tally(context.event, context.occurred_at, context.zone);
            let adds = adds.filter(|tally| tally.subject == ask.subject);
            let stored =
                |bucket| (context.cells)(&CellKey { counter: ask.counter, subject: &ask.subject, bucket });
            let figure = fact.measure(ask.buckets.clone(), adds.as_ref(), stored);
            Some(Measured { figure, subject: ask.subject.clone() })
        };
        let left_out = left_out(&self.compiled.rule, context);
        let trace = Tracer::trace(&self.compiled.rule, context.view(), &mut measure, left_out);
        Conclusion { holds: trace.held(), trace }
    }

    /// Members that an action names by a bare text where no value stands in the event: whoever carries it out should
    /// know such a member, or the text was meant as a path.
    pub fn named_outright(&self, context: &Context<'_>) -> Vec<MemberId> {
        let view = context.view();
        let users = self.compiled.rule.actions.iter().filter_map(|action| action.user());
        users.filter_map(|user| user.outright(&view)).cloned().collect()
    }

    /// What the rule's actions come to, in order: effects, or why there are none. Worth asking once the rule holds.
    pub fn effects(&self, context: &Context<'_>) -> Vec<Result<Effect, NoEffect>> {
        let (rule, view) = (&self.compiled.rule, context.view());
        let effect =
            |(index, action): (usize, &crate::action::Action)| action.effect(index, &view, rule.budget_id());
        rule.actions.iter().enumerate().map(effect).collect()
    }
}

fn ask(fact: &Fact, event: &Value, at: Timestamp, zone: &TimeZone) -> Option<Ask> {
    let subject = fact.subject(event)?;
    Some(Ask { counter: fact.counter.id(), subject, buckets: fact.buckets(at, zone) })
}

/// What keeps a rule from being considered at all, in words.
fn left_out(rule: &Rule, context: &Context<'_>) -> Option<String> {
    let event_type = context.event.get("type").and_then(Value::as_str);
    if !rule.events().is_empty() && !rule.events().iter().any(|event| Some(event.as_str()) == event_type) {
        return Some(format!("the rule looks at other events: {}", rule.events().join(", ")));
    }
    match (rule.starts_at(), rule.ends_at()) {
        (Some(starts_at), _) if context.occurred_at < starts_at => {
            Some(format!("the rule starts at {starts_at}, the event occurred before"))
        }
        (_, Some(ends_at)) if context.occurred_at >= ends_at => {
            Some(format!("the rule ended at {ends_at}, the event occurred then or later"))
        }
        _ => None,
    }
}
