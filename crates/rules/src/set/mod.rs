//! Rule sets: many rules, compiled together, so that an event costs what the few that could match cost.

mod candidate;
mod index;

pub use candidate::{Ask, Candidate, CellKey, Conclusion, Context};

use crate::counter::{Counter, CounterId, Tally};
use crate::evaluate::View;
use crate::rule::{Logic, Rule};
use candidate::Compiled;
use index::Index;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A rule of a set.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The rule's id.
    pub id: String,
    /// Which version of it this is.
    pub version: i64,
    /// The rule.
    pub rule: Rule,
}

/// Rules compiled together, with an index of which could match an event, and the counters that they need.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// In the order in which they take effect.
    rules: Vec<Arc<Compiled>>,
    index: Index,
    counters: HashMap<String, Vec<Arc<Counter>>>,
}

impl RuleSet {
    /// Compiles rules, whatever their [`Status`](crate::Status), and the counters that are to be kept: those of the
    /// rules, and any others, such as those of rules that are paused.
    pub fn compile(rules: Vec<Listed>, counters: Vec<Counter>) -> Self {
        let mut rules: Vec<Arc<Compiled>> =
            rules.into_iter().map(|listed| Arc::new(Compiled::of(listed))).collect();
        rules.sort_by(|a, b| b.rule().priority().cmp(&a.rule().priority()).then_with(|| a.id().cmp(b.id())));
        let own = rules.iter().flat_map(|rule| rule.rule().counters().cloned());
        let mut seen = HashSet::new();
        let mut by_event: HashMap<String, Vec<Arc<Counter>>> = HashMap::new();
        for counter in own.chain(counters.into_iter().map(Arc::new)) {
            if seen.insert(counter.id()) {
                by_event.entry(counter.event().to_owned()).or_default().push(counter);
            }
        }
        Self { index: Index::of(&rules), rules, counters: by_event }
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that may hold for an event, in the order in which they take effect: higher priority first, then by
    /// id. Left out are those for other events, those out of schedule, and those that fail whatever the member, the
    /// referral and the figures are.
    pub fn consider(&self, event: &Value, occurred_at: Timestamp, zone: &TimeZone) -> Vec<Candidate> {
        let view = View::of(event);
        let mut found: Vec<(u32, Candidate)> = Vec::new();
        self.index.visit(event, &mut |rank| {
            if let Some(rule) = self.rules.get(rank as usize)
                && rule.rule().is_in_schedule(occurred_at)
                && may_hold(rule.rule(), &view)
            {
                found.push((rank, Candidate::of(rule, event, occurred_at, zone)));
            }
        });
        found.sort_unstable_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// What an event adds to the counters.
    pub fn tallies(&self, event: &Value, occurred_at: Timestamp, zone: &TimeZone) -> Vec<(CounterId, Tally)> {
        let event_type = event.get("type").and_then(Value::as_str).unwrap_or_default();
        let counters = self.counters.get(event_type).map(Vec::as_slice).unwrap_or_default();
        let tally = |counter: &Arc<Counter>| Some((counter.id(), counter.tally(event, occurred_at, zone)?));
        counters.iter().filter_map(tally).collect()
    }

    /// One rule as a candidate, even where [`consider`](Self::consider) would leave it out: its
    /// [`conclude`](Candidate::conclude) then says why, and looks at every condition all the same.
    pub fn explain(
        &self,
        rule_id: &str,
        event: &Value,
        occurred_at: Timestamp,
        zone: &TimeZone,
    ) -> Option<Candidate> {
        let rule = self.rules.iter().find(|rule| rule.id() == rule_id)?;
        Some(Candidate::of(rule, event, occurred_at, zone))
    }
}

fn may_hold(rule: &Rule, view: &View<'_>) -> bool {
    let settled = match rule.logic {
        Logic::Or if !rule.conditions.is_empty() => view.foresee_until(&rule.conditions, true),
        _ => view.foresee_until(&rule.conditions, false),
    };
    settled != Some(false)
}
