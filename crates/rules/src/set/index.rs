//! Which rules could match an event: by its type, then by the values that they want to find in it.

use super::candidate::Compiled;
use crate::condition::{Check, Condition, Operand, Test};
use crate::path::{Path, Root, Segment};
use crate::rule::Logic;
use crate::scalar;
use foldhash::fast::FixedState;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// The rules by their rank: their place in the order of effect.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_type: HashMap<String, Group, FixedState>,
    /// Rules that look at every event.
    of_any_type: Group,
}

/// The rules for one type of event.
#[derive(Debug, Default)]
struct Group {
    /// Those that want no particular value anywhere.
    always: Vec<u32>,
    /// The others, under the place of the value that they want.
    wanted: Node,
}

/// A place in an event.
#[derive(Debug, Default)]
struct Node {
    inner: HashMap<Box<str>, Node, FixedState>,
    /// By the hash of the value that stands here. Others may have the same hash: the rule looks again.
    values: HashMap<u64, Vec<u32>, FixedState>,
    /// By the range that the number that stands here must lie in.
    ranges: Vec<(Range, u32)>,
}

/// A range of numbers, both ends included. Rounding to `f64` keeps the order of numbers, so what lies within a range
/// also does so when rounded; what only does so when rounded is refused by the rule itself.
#[derive(Debug, Clone, Copy)]
struct Range {
    least: f64,
    most: f64,
}

/// What a rule wants at a place, without which it cannot hold.
struct Want<'r> {
    path: &'r Path,
    what: What,
}

enum What {
    /// One of some values, by their hashes.
    Values(Vec<u64>),
    /// A number.
    Within(Range),
}

impl Index {
    pub(super) fn of(rules: &[Arc<Compiled>]) -> Self {
        let wants: Vec<Vec<Want<'_>>> = rules.iter().map(|rule| wants(rule)).collect();
        let mut popularity: HashMap<(&Path, u64), usize> = HashMap::new();
        for want in wants.iter().flatten() {
            for hash in want.hashes() {
                *popularity.entry((want.path, *hash)).or_default() += 1;
            }
        }
        // How many rules meet under what this one would be kept under. Nobody knows that of ranges, which come last.
        let cost = |want: &&Want<'_>| match &want.what {
            What::Values(hashes) => {
                hashes.iter().filter_map(|hash| popularity.get(&(want.path, *hash))).sum()
            }
            What::Within(_) => usize::MAX,
        };
        let mut index = Self::default();
        for (rank, (rule, wants)) in (0u32..).zip(rules.iter().zip(&wants)) {
            let want = wants.iter().min_by_key(cost);
            for event in rule.rule().events() {
                index.by_type.entry(event.clone()).or_default().add(rank, want);
            }
            if rule.rule().events().is_empty() {
                index.of_any_type.add(rank, want);
            }
        }
        index
    }

    /// Shows the rank of every rule that could match, in no order, none of them twice.
    pub(super) fn visit(&self, event: &Value, show: &mut dyn FnMut(u32)) {
        self.of_any_type.visit(event, show);
        if let Some(event_type) = event.get("type").and_then(Value::as_str)
            && let Some(group) = self.by_type.get(event_type)
        {
            group.visit(event, show);
        }
    }
}

impl Group {
    fn add(&mut self, rank: u32, want: Option<&Want<'_>>) {
        let Some(want) = want else { return self.always.push(rank) };
        let mut node = &mut self.wanted;
        for segment in want.path.segments() {
            if let Segment::Key { name, .. } = segment {
                node = node.inner.entry(name.clone()).or_default();
            }
        }
        match &want.what {
            What::Values(hashes) => {
                hashes.iter().for_each(|hash| node.values.entry(*hash).or_default().push(rank));
            }
            What::Within(range) => node.ranges.push((*range, rank)),
        }
    }

    fn visit(&self, event: &Value, show: &mut dyn FnMut(u32)) {
        self.always.iter().copied().for_each(&mut *show);
        self.wanted.visit(event, show);
    }
}

impl Node {
    fn visit(&self, value: &Value, show: &mut dyn FnMut(u32)) {
        if !self.values.is_empty()
            && let Some(ranks) = scalar::hash(value).and_then(|hash| self.values.get(&hash))
        {
            ranks.iter().copied().for_each(&mut *show);
        }
        if !self.ranges.is_empty()
            && let Some(number) = value.as_f64()
        {
            let fits = |range: &Range| range.least <= number && number <= range.most;
            self.ranges.iter().filter(|(range, _)| fits(range)).for_each(|(_, rank)| show(*rank));
        }
        if self.inner.is_empty() {
            return;
        }
        match value {
            // Whichever is smaller: what rules want here, or what stands here.
            Value::Object(map) if map.len() < self.inner.len() => {
                for (name, inner) in map {
                    if let Some(node) = self.inner.get(name.as_str()) {
                        node.visit(inner, show);
                    }
                }
            }
            Value::Object(map) => {
                for (name, node) in &self.inner {
                    if let Some(inner) = map.get(&**name) {
                        node.visit(inner, show);
                    }
                }
            }
            Value::Array(elements) => {
                for (name, node) in &self.inner {
                    if let Some(inner) = crate::path::element(elements, name) {
                        node.visit(inner, show);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The values without which a rule cannot hold.
fn wants(rule: &Compiled) -> Vec<Want<'_>> {
    let mut found = Vec::new();
    let rule = rule.rule();
    if rule.logic == Logic::And || rule.conditions.len() == 1 {
        rule.conditions.iter().for_each(|condition| gather(condition, &mut found));
    }
    found
}

fn gather<'r>(condition: &'r Condition, found: &mut Vec<Want<'r>>) {
    match condition {
        Condition::Test(test) => found.extend(want(test)),
        Condition::All(inner) => inner.iter().for_each(|inner| gather(inner, found)),
        Condition::Any(inner) if inner.len() == 1 => gather(&inner[0], found),
        _ => {}
    }
}

fn want(test: &Test) -> Option<Want<'_>> {
    if test.path.root() != Root::Event || test.path.is_many() {
        return None;
    }
    let what = match &test.check {
        Check::Equal { negated: false, to: Operand::Literal(value) } => {
            What::Values(vec![scalar::hash(value)?])
        }
        Check::OneOf { negated: false, values } => {
            let mut hashes: Vec<u64> = values.values.iter().filter_map(scalar::hash).collect();
            hashes.sort_unstable();
            hashes.dedup();
            What::Values(hashes)
        }
        Check::BetweenNumbers(least, most) => {
            What::Within(Range { least: least.as_f64()?, most: most.as_f64()? })
        }
        Check::Order { holds, than: Operand::Literal(value) } => {
            let bound = value.as_f64()?;
            match holds.contains(&Ordering::Greater) {
                true => What::Within(Range { least: bound, most: f64::INFINITY }),
                false => What::Within(Range { least: f64::NEG_INFINITY, most: bound }),
            }
        }
        _ => return None,
    };
    Some(Want { path: &test.path, what })
}

impl Want<'_> {
    fn hashes(&self) -> &[u64] {
        match &self.what {
            What::Values(hashes) => hashes,
            What::Within(_) => &[],
        }
    }
}
