//! Reads conditions.

use super::test::{Check, Instant, Listed, Moment, Operand, Test};
use super::{Condition, Fact};
use crate::fields::{self, Fields};
use crate::flaw::{FlawCode, Flaws, Place, suggestion};
use crate::limits;
use crate::path::{Path, Root};
use crate::scalar;
use jiff::Timestamp;
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use std::cmp::Ordering::{Equal, Greater, Less};

/// The operators on fields.
pub(crate) const OPERATORS: &[&str] = &[
    "==",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "matches",
    "exists",
    "between",
    "before",
    "after",
];

/// What a condition may be, told where it is none of these.
const FORMS: &str = "a condition is a test {\"field\", \"operator\", \"value\"}, a group {\"all\": […]}, \
    {\"any\": […]} or {\"not\": …}, or a fact over history such as {\"count\", \"by\", \"operator\", \"value\"}";

/// Reads a list of conditions at the top of a rule, and checks how many there are in all.
pub(crate) fn conditions(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Vec<Condition>> {
    let mut reader = Reader { flaws, left: limits::CONDITIONS, facts_left: limits::FACTS };
    reader.list(value, place, 1)
}

/// Reads conditions, and counts what may still come.
struct Reader<'f> {
    flaws: &'f mut Flaws,
    left: usize,
    facts_left: usize,
}

impl Reader<'_> {
    fn list(&mut self, value: &Value, place: &Place<'_>, depth: usize) -> Option<Vec<Condition>> {
        let Value::Array(elements) = value else {
            self.flaws.wrong_type(place, "a list of conditions", value);
            return None;
        };
        let mut conditions = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            if self.left == 0 {
                self.flaws.limit(place, format!("a rule has at most {} conditions", limits::CONDITIONS));
                return None;
            }
            conditions.push(self.condition(element, &place.index(index), depth));
        }
        conditions.into_iter().collect()
    }

    fn condition(&mut self, value: &Value, place: &Place<'_>, depth: usize) -> Option<Condition> {
        if depth > limits::CONDITION_DEPTH {
            let most = limits::CONDITION_DEPTH;
            self.flaws.limit(place, format!("conditions nest at most {most} deep"));
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let mut fields = Fields::of(value, place, "a condition", self.flaws)?;
        let condition = if fields.has("all") {
            let inner = fields.raw("all").map(|list| (list, "all"));
            inner.and_then(|(list, name)| self.list(list, &place.key(name), depth + 1)).map(Condition::All)
        } else if fields.has("any") {
            let list = fields.raw("any")?;
            self.list(list, &place.key("any"), depth + 1).map(Condition::Any)
        } else if fields.has("not") {
            let inner = fields.raw("not")?;
            let inner = self.condition(inner, &place.key("not"), depth + 1);
            inner.map(|inner| Condition::Not(Box::new(inner)))
        } else if Fact::is_one(&fields) {
            self.fact(&mut fields)
        } else if fields.has("field") || fields.has("operator") {
            test(&mut fields, self.flaws).map(Condition::Test)
        } else {
            self.flaws.add(place, FlawCode::MissingField, FORMS);
            return None;
        };
        fields.finish(self.flaws);
        condition
    }

    fn fact(&mut self, fields: &mut Fields<'_>) -> Option<Condition> {
        if self.facts_left == 0 {
            self.flaws.limit(fields.place(), format!("a rule has at most {} facts", limits::FACTS));
            return None;
        }
        self.facts_left -= 1;
        let fact = Fact::read(fields, self.flaws)?;
        self.left = self.left.saturating_sub(fact.counter.conditions().len());
        Some(Condition::Fact(Box::new(fact)))
    }
}

/// Reads the tests that a counted event must meet: of the event alone.
pub(super) fn tests(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Vec<Test>> {
    let Value::Array(elements) = value else {
        flaws.wrong_type(place, "a list of tests such as {\"field\", \"operator\", \"value\"}", value);
        return None;
    };
    if elements.len() > limits::WHERE_CONDITIONS {
        flaws.limit(place, format!("there are at most {} tests here", limits::WHERE_CONDITIONS));
        return None;
    }
    let read = |(index, element)| {
        let place = place.index(index);
        let mut fields = Fields::of(element, &place, "a test", flaws)?;
        let test = test(&mut fields, flaws);
        fields.finish(flaws);
        let test = test?;
        let others = test.other().into_iter().chain([&test.path]);
        if let Some(path) = others.into_iter().find(|path| path.root() != Root::Event) {
            let detail =
                format!("{path} is not known of the events that are counted; name a field of theirs");
            flaws.invalid(&place, detail);
            return None;
        }
        Some(test)
    };
    elements.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect()
}

/// Reads a path that stands in a field.
pub(crate) fn path(fields: &mut Fields<'_>, name: &'static str, flaws: &mut Flaws) -> Option<Path> {
    let value = fields.required(name, "a path such as purchase.total", flaws)?;
    fields::parsed(value, &fields.place().key(name), "a path such as purchase.total", Path::parse, flaws)
}

fn test(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Test> {
    let path = path(fields, "field", flaws);
    let operator = operator(fields, OPERATORS, flaws);
    let value = fields.raw("value");
    let place = fields.place().key("value");
    let operator = operator?;
    let check = match value {
        Some(value) => check(operator, value, &place, flaws),
        None if operator == "exists" => Some(Check::Exists(true)),
        None => {
            let detail = format!("value is required: what {operator} compares with");
            flaws.add(&place, FlawCode::MissingField, detail);
            None
        }
    };
    Some(Test { path: path?, operator, check: check? })
}

/// Reads `operator`.
pub(super) fn operator(
    fields: &mut Fields<'_>,
    known: &[&'static str],
    flaws: &mut Flaws,
) -> Option<&'static str> {
    let value = fields.required("operator", &format!("one of {}", known.join(" ")), flaws)?;
    let place = fields.place().key("operator");
    let Some(text) = value.as_str() else {
        flaws.wrong_type(&place, &format!("one of {}", known.join(" ")), value);
        return None;
    };
    let found = known.iter().find(|name| **name == text).copied();
    if found.is_none() {
        let short: String = text.chars().take(40).collect();
        flaws.invalid(&place, format!("there is no operator {short:?} here; {}", meant(text, known)));
    }
    found
}

fn meant(text: &str, known: &[&'static str]) -> String {
    let lower = text.trim().to_lowercase().replace([' ', '-'], "_");
    let meant = match lower.as_str() {
        "=" | "===" | "eq" | "equals" | "equal" | "is" => "==",
        "<>" | "!==" | "ne" | "neq" | "not_equals" | "is_not" => "!=",
        "gt" | "greater_than" | "more_than" | "over" => ">",
        "gte" | "ge" | "=>" | "at_least" | "≥" => ">=",
        "lt" | "less_than" | "under" => "<",
        "lte" | "le" | "=<" | "at_most" | "≤" => "<=",
        "one_of" | "any_of" => "in",
        "none_of" | "nin" => "not_in",
        "has" | "includes" => "contains",
        "regex" | "match" | "~" | "=~" => "matches",
        "startswith" | "begins_with" | "prefix" => "starts_with",
        "endswith" | "suffix" => "ends_with",
        other => other,
    };
    match known.contains(&meant) {
        true => format!("did you mean {meant}?"),
        false => suggestion(text, known),
    }
}

fn check(operator: &'static str, value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Check> {
    Some(match operator {
        "==" | "!=" => Check::Equal { negated: operator == "!=", to: scalar_operand(value, place, flaws)? },
        ">" => Check::Order { holds: &[Greater], than: number_operand(value, place, flaws)? },
        ">=" => Check::Order { holds: &[Greater, Equal], than: number_operand(value, place, flaws)? },
        "<" => Check::Order { holds: &[Less], than: number_operand(value, place, flaws)? },
        "<=" => Check::Order { holds: &[Less, Equal], than: number_operand(value, place, flaws)? },
        "in" | "not_in" => {
            Check::OneOf { negated: operator == "not_in", values: listed(value, place, flaws)? }
        }
        "contains" | "not_contains" => Check::Contains {
            negated: operator == "not_contains",
            what: scalar_operand(value, place, flaws)?,
        },
        "starts_with" => Check::StartsWith(text_operand(value, place, flaws)?),
        "ends_with" => Check::EndsWith(text_operand(value, place, flaws)?),
        "matches" => Check::Matches(regex(value, place, flaws)?),
        "exists" => match value {
            Value::Bool(wanted) => Check::Exists(*wanted),
            other => {
                flaws.wrong_type(place, "true or false", other);
                return None;
            }
        },
        "between" => between(value, place, flaws)?,
        "before" => Check::Before(moment(value, place, flaws)?),
        _ => Check::After(moment(value, place, flaws)?),
    })
}

/// Reads `{"field": path}`, where the value is an object.
fn other(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Path> {
    let mut fields = Fields::of(value, place, "another field", flaws)?;
    let path = path(&mut fields, "field", flaws);
    fields.finish(flaws);
    let path = path?;
    if path.is_many() {
        flaws.invalid(&place.key("field"), "name one value to compare with: [] leads to many");
        return None;
    }
    Some(path)
}

fn operand(
    value: &Value,
    place: &Place<'_>,
    expected: &str,
    fits: fn(&Value) -> bool,
    flaws: &mut Flaws,
) -> Option<Operand> {
    match value {
        Value::Object(_) => other(value, place, flaws).map(Operand::Field),
        value if fits(value) => literal(value, place, flaws).map(Operand::Literal),
        value => {
            flaws.wrong_type(place, &format!("{expected}, or {{\"field\": …}}"), value);
            None
        }
    }
}

fn literal(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Value> {
    match value.as_str() {
        Some(text) if text.len() > limits::VALUE_BYTES => {
            flaws.limit(place, format!("a string has at most {} bytes here", limits::VALUE_BYTES));
            None
        }
        _ => Some(value.clone()),
    }
}

fn scalar_operand(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Operand> {
    operand(value, place, "a string, a number, true, false or null", scalar::is_scalar, flaws)
}

fn number_operand(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Operand> {
    if value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()) {
        flaws.wrong_type(place, "a number; instants are compared with before and after", value);
        return None;
    }
    operand(value, place, "a number", Value::is_number, flaws)
}

fn text_operand(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Operand> {
    operand(value, place, "a string", Value::is_string, flaws)
}

fn listed(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Listed> {
    let Value::Array(elements) = value else {
        flaws.wrong_type(place, "a list of values", value);
        return None;
    };
    if elements.is_empty() {
        flaws.invalid(place, "the list must not be empty");
        return None;
    }
    if elements.len() > limits::LISTED_VALUES {
        flaws.limit(place, format!("a list has at most {} values", limits::LISTED_VALUES));
        return None;
    }
    let read = |(index, element)| {
        let place = place.index(index);
        if !scalar::is_scalar(element) {
            flaws.wrong_type(&place, "a string, a number, true, false or null", element);
            return None;
        }
        literal(element, &place, flaws)
    };
    let values: Option<Vec<Value>> = elements.iter().enumerate().map(read).collect();
    values.map(Listed::new)
}

fn regex(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Regex> {
    let Some(source) = value.as_str() else {
        flaws.wrong_type(place, "a regular expression", value);
        return None;
    };
    if source.len() > limits::REGEX_BYTES {
        flaws.limit(place, format!("a regular expression has at most {} bytes", limits::REGEX_BYTES));
        return None;
    }
    let size = limits::REGEX_COMPILED_BYTES;
    match RegexBuilder::new(source).size_limit(size).dfa_size_limit(size).nest_limit(32).build() {
        Ok(regex) => Some(regex),
        Err(regex::Error::CompiledTooBig(_)) => {
            flaws.limit(place, "the regular expression is too large once compiled; repeat less in it");
            None
        }
        Err(error) => {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            flaws.invalid(place, format!("this is not a regular expression: {why}"));
            None
        }
    }
}

fn between(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Check> {
    let expected = "a list of two numbers, or of two RFC 3339 instants, the lower first";
    match value.as_array().map(Vec::as_slice) {
        Some([Value::Number(least), Value::Number(most)]) => {
            if scalar::order(&least.clone().into(), &most.clone().into())
                .is_some_and(|order| order == Greater)
            {
                flaws.invalid(place, format!("the lower bound {least} is above the upper bound {most}"));
                return None;
            }
            Some(Check::BetweenNumbers(least.clone(), most.clone()))
        }
        Some([first @ Value::String(_), last @ Value::String(_)]) => {
            let first = instant(first, &place.index(0), flaws);
            let last = instant(last, &place.index(1), flaws);
            let (first, last) = (first?, last?);
            if first.at > last.at {
                flaws.invalid(place, "the first instant is after the last");
                return None;
            }
            Some(Check::BetweenInstants { first, last })
        }
        _ => {
            flaws.add(place, FlawCode::WrongType, format!("this must be {expected}"));
            None
        }
    }
}

fn instant(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Instant> {
    let expected = "an RFC 3339 instant such as 2026-01-31T00:00:00Z";
    let read = |text: &str| {
        let at = text.parse().map_err(|_| format!("this must be {expected}, not {text:?}"))?;
        Ok(Instant { written: text.to_owned(), at })
    };
    fields::parsed(value, place, expected, read, flaws)
}

fn moment(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Moment> {
    match value {
        Value::Object(_) => other(value, place, flaws).map(Moment::Field),
        value => instant(value, place, flaws).map(Moment::Literal),
    }
}
