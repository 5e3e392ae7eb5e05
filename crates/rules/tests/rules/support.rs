//! What the tables of this folder share.

use guerdon_rules::{Candidate, Cell, CellKey, Conclusion, Context, Effect, Listed, NoEffect, Rule, RuleSet};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::HashMap;

/// What is known when a rule is tried.
pub struct World {
    pub at: Timestamp,
    pub zone: TimeZone,
    pub member: Option<Value>,
    pub referral: Option<Value>,
    pub history: HashMap<(String, String, i64), Cell>,
}

impl Default for World {
    fn default() -> Self {
        let (member, referral) = (None, None);
        Self {
            at: instant("2026-06-15T12:00:00Z"),
            zone: TimeZone::UTC,
            member,
            referral,
            history: HashMap::new(),
        }
    }
}

pub fn instant(text: &str) -> Timestamp {
    text.parse().expect(text)
}

pub fn rule(document: &Value) -> Rule {
    Rule::parse(document).unwrap_or_else(|flaws| panic!("{document}: {flaws:#?}"))
}

pub fn set_of(document: &Value) -> RuleSet {
    let listed = Listed { id: "r".to_owned(), version: 1, rule: rule(document) };
    RuleSet::compile(vec![listed], Vec::new())
}

impl World {
    /// Runs with all that is known of an event.
    pub fn with<T>(&self, event: &Value, run: impl FnOnce(&Context<'_>) -> T) -> T {
        let cells = |key: &CellKey<'_>| {
            self.history.get(&(key.counter.to_string(), key.subject.to_owned(), key.bucket))
        };
        run(&Context {
            event,
            occurred_at: self.at,
            zone: &self.zone,
            member: self.member.as_ref(),
            referral: self.referral.as_ref(),
            cells: &cells,
        })
    }

    /// What a rule comes to. Where the set leaves it out, it must not hold.
    pub fn conclude(&self, set: &RuleSet, event: &Value) -> Conclusion {
        let considered = set.consider(event, self.at, &self.zone);
        let candidate = set.explain("r", event, self.at, &self.zone).expect("the rule");
        let conclusion = self.with(event, |context| candidate.conclude(context));
        assert!(!conclusion.holds || considered.len() == 1, "left out though it holds: {event}");
        conclusion
    }

    pub fn effects(&self, set: &RuleSet, event: &Value) -> Vec<Result<Effect, NoEffect>> {
        let candidate: Candidate = set.explain("r", event, self.at, &self.zone).expect("the rule");
        self.with(event, |context| candidate.effects(context))
    }

    /// Adds an event to history.
    pub fn record(&mut self, set: &RuleSet, event: &Value) {
        for (counter, tally) in set.tallies(event, self.at, &self.zone) {
            let key = (counter.to_string(), tally.subject.to_string(), tally.bucket);
            self.history.entry(key).or_default().add(&tally);
        }
    }
}
