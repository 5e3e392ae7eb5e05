//! Traces: why a rule held or did not.

use crate::condition::{Condition, Fact, Measured, Test, Why};
use crate::evaluate::View;
use crate::limits;
use crate::path::Root;
use crate::rule::{Logic, Rule};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};
use std::cell::RefCell;
use std::slice;
use std::sync::Arc;

/// Why a rule held for an event or did not: each of its conditions, what was seen, and whether it held.
///
/// It serializes as a tree of the conditions as they are written, each with `held`, with `seen` (the value, or the
/// figure), and where it did not hold for another reason than the value, with `why`.
#[derive(Debug, Clone)]
pub struct Trace {
    rule: Arc<Rule>,
    held: bool,
    /// What keeps the rule from being considered: its events, its schedule.
    left_out: Option<String>,
    /// One for each condition, in the order in which they are written, groups before what is in them.
    findings: Vec<Finding>,
}

/// What one condition came to.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    held: bool,
    seen: Seen,
    why: Option<Why>,
}

#[derive(Debug, Clone)]
enum Seen {
    Nothing,
    Value(Value),
    /// A text, cut where it is long.
    Text(SmolStr),
    Figure(Measured),
}

/// Looks at every condition of a rule, and writes down what it finds.
pub(crate) struct Tracer<'t> {
    pub(crate) view: View<'t>,
    /// The figure of each fact, in order; none where it has no subject.
    pub(crate) measure: &'t mut dyn FnMut(&Fact) -> Option<Measured>,
    findings: Vec<Finding>,
}

impl<'t> Tracer<'t> {
    /// Traces a rule.
    pub(crate) fn trace(
        rule: &Arc<Rule>,
        view: View<'t>,
        measure: &'t mut dyn FnMut(&Fact) -> Option<Measured>,
        left_out: Option<String>,
    ) -> Trace {
        let mut tracer = Self { view, measure, findings: Vec::with_capacity(rule.size) };
        let held = match rule.logic {
            Logic::Or if !rule.conditions.is_empty() => tracer.any(&rule.conditions),
            _ => tracer.all(&rule.conditions),
        };
        let held = held && left_out.is_none();
        Trace { rule: rule.clone(), held, left_out, findings: tracer.findings }
    }

    fn all(&mut self, conditions: &[Condition]) -> bool {
        // Every one is looked at, for the trace, though the first may settle it.
        conditions.iter().filter(|condition| !self.condition(condition)).count() == 0
    }

    fn any(&mut self, conditions: &[Condition]) -> bool {
        conditions.iter().filter(|condition| self.condition(condition)).count() > 0
    }

    fn condition(&mut self, condition: &Condition) -> bool {
        let place = self.findings.len();
        // Its place comes before those of what is in it.
        self.findings.push(Finding { held: false, seen: Seen::Nothing, why: None });
        let finding = match condition {
            Condition::Test(test) => self.test(test),
            Condition::Fact(fact) => self.fact(fact),
            Condition::All(inner) => Finding::of_group(self.all(inner)),
            Condition::Any(inner) => Finding::of_group(self.any(inner)),
            Condition::Not(inner) => Finding::of_group(!self.condition(inner)),
        };
        let held = finding.held;
        if let Some(there) = self.findings.get_mut(place) {
            *there = finding;
        }
        held
    }

    fn test(&mut self, test: &Test) -> Finding {
        let look = self.view.look(test);
        Finding { held: look.held, seen: look.seen.map_or(Seen::Nothing, brief), why: look.why }
    }

    fn fact(&mut self, fact: &Fact) -> Finding {
        match (self.measure)(fact) {
            Some(measured) => {
                Finding { held: fact.bound.holds(measured.figure), seen: Seen::Figure(measured), why: None }
            }
            None => Finding { held: false, seen: Seen::Nothing, why: Some(Why::Missing) },
        }
    }
}

impl Finding {
    fn of_group(held: bool) -> Self {
        Self { held, seen: Seen::Nothing, why: None }
    }
}

/// A value as a trace keeps it: long texts are cut, and of lists and objects only the size is told.
fn brief(value: &Value) -> Seen {
    match value {
        Value::String(text) => Seen::Text(match text.char_indices().nth(limits::SEEN_CHARS) {
            Some((end, _)) => format_smolstr!("{}…", text.get(..end).unwrap_or_default()),
            None => SmolStr::new(text),
        }),
        Value::Array(elements) => Seen::Text(format_smolstr!("a list of {}", elements.len())),
        Value::Object(map) => Seen::Text(format_smolstr!("an object of {} fields", map.len())),
        scalar => Seen::Value(scalar.clone()),
    }
}

impl Trace {
    /// Whether the rule holds.
    pub fn held(&self) -> bool {
        self.held
    }

    /// As a tree.
    pub fn to_json(&self) -> Value {
        // Texts, numbers and what stood in JSON: nothing that fails.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = RefCell::new(self.findings.iter());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("held", &self.held)?;
        map.serialize_entry("logic", if self.rule.logic == Logic::Or { "OR" } else { "AND" })?;
        map.serialize_entry("conditions", &Traced { what: &self.rule.conditions[..], findings: &findings })?;
        if let Some(why) = &self.left_out {
            map.serialize_entry("why", why)?;
        }
        map.end()
    }
}

/// Conditions with what they came to, which is taken in the order in which they are written.
struct Traced<'t, T: ?Sized> {
    what: &'t T,
    findings: &'t RefCell<slice::Iter<'t, Finding>>,
}

impl Serialize for Traced<'_, [Condition]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = self.findings;
        serializer.collect_seq(self.what.iter().map(|what| Traced { what, findings }))
    }
}

impl Serialize for Traced<'_, Condition> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { what: condition, findings } = *self;
        let finding = findings.borrow_mut().next();
        let mut map = serializer.serialize_map(None)?;
        match condition {
            Condition::All(what) => map.serialize_entry("all", &Traced { what: &what[..], findings })?,
            Condition::Any(what) => map.serialize_entry("any", &Traced { what: &what[..], findings })?,
            Condition::Not(what) => map.serialize_entry("not", &Traced { what: &**what, findings })?,
            Condition::Test(test) => test.write(&mut map)?,
            Condition::Fact(fact) => {
                let Value::Object(fields) = fact.to_json() else { return map.end() };
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
            }
        }
        if let Some(finding) = finding {
            finding.write(condition, &mut map)?;
        }
        map.end()
    }
}

impl Finding {
    fn write<M: SerializeMap>(&self, condition: &Condition, map: &mut M) -> Result<(), M::Error> {
        match &self.seen {
            Seen::Nothing => {}
            Seen::Value(value) => map.serialize_entry("seen", value)?,
            Seen::Text(text) => map.serialize_entry("seen", text.as_str())?,
            Seen::Figure(measured) => {
                map.serialize_entry("subject", measured.subject.as_str())?;
                map.serialize_entry("seen", &measured.figure)?;
            }
        }
        map.serialize_entry("held", &self.held)?;
        match self.why.and_then(|why| self.reason(why, condition)) {
            Some(why) => map.serialize_entry("why", &why),
            None => Ok(()),
        }
    }

    fn reason(&self, why: Why, condition: &Condition) -> Option<String> {
        let (path, other) = match condition {
            Condition::Test(test) => (&test.path, test.other()),
            Condition::Fact(fact) => (&fact.lookup, None),
            _ => return None,
        };
        Some(match why {
            Why::Missing if path.root() == Root::Event => "missing".to_owned(),
            Why::Missing => format!("missing: {} has no such value, or is not there", path.root().name()),
            Why::OtherMissing => {
                let other = other.map(ToString::to_string).unwrap_or_default();
                format!("missing: nothing stands at {other}")
            }
            Why::Types { found, expected } => {
                format!("types: {} where {} is compared", found.article(), expected.article())
            }
            Why::NoInstant => "not an RFC 3339 instant".to_owned(),
            Why::TooLong => format!("longer than the {} bytes that are matched", limits::MATCHED_BYTES),
        })
    }
}
