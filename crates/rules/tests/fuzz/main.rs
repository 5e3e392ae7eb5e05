//! Rules and events at random, hostile ones among them: nothing panics, nothing takes long, and what is held to be the
//! same is the same.
//!
//! `GUERDON_FUZZ_SECONDS` says how long `as_long_as_asked` goes on; a second where it is not set.

mod events;
mod rules;

use events::event;
use guerdon_rules::{Cell, CellKey, Context, Flaw, FlawCode, Listed, Rule, RuleSet};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rules::{mutilated, rule};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// No event takes longer, not even unoptimised.
const LONGEST: Duration = Duration::from_secs(2);

fn zone(which: usize) -> TimeZone {
    let names = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"];
    TimeZone::get(names[which % names.len()]).expect("a zone")
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("an instant")
}

/// A rule, where it is one; else there are flaws, at places that are there.
fn parsed(document: &Value) -> Option<Rule> {
    let flaws = match Rule::parse(document) {
        Ok(rule) => return Some(rule),
        Err(flaws) => flaws,
    };
    assert!(!flaws.is_empty(), "neither a rule nor a flaw: {document}");
    for flaw in flaws {
        let parent = flaw.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        assert!(document.pointer(parent).is_some(), "{} is not in {document}", flaw.pointer);
        assert!(!flaw.detail.is_empty());
    }
    None
}

/// Takes rules and an event through everything.
fn decide(documents: &[Value], event: &Value, second: i64) {
    let began = Instant::now();
    let (at, zone) = (instant(second), zone(second.unsigned_abs() as usize));
    let rules: Vec<Rule> = documents.iter().filter_map(parsed).collect();
    for rule in &rules {
        let canonical = rule.to_json();
        let again = Rule::parse(&canonical).unwrap_or_else(|flaws| panic!("{canonical}: {flaws:?}"));
        assert_eq!(again.to_json(), canonical);
        assert!(!rule.reading().is_empty());
        let ids = |rule: &Rule| rule.counters().map(|counter| counter.id()).collect::<Vec<_>>();
        assert_eq!(ids(&again), ids(rule));
    }
    let listed = |(index, rule)| Listed { id: format!("r{index}"), version: 1, rule };
    let set = RuleSet::compile(rules.into_iter().enumerate().map(listed).collect(), Vec::new());
    let cell = Cell { count: i64::MAX, sum: i64::MIN, distinct: (0..256).collect() };
    let cells = |key: &CellKey<'_>| (key.bucket % 3 != 0).then_some(&cell);
    let member = json!({"id": "ann", "team": "sales", "attributes": event});
    for (member, referral) in [(None, None), (Some(&member), Some(event))] {
        let context = Context { event, occurred_at: at, zone: &zone, member, referral, cells: &cells };
        let considered = set.consider(event, at, &zone);
        for index in 0..set.len() {
            let id = format!("r{index}");
            let explained = set.explain(&id, event, at, &zone).expect("the rule");
            let conclusion = explained.conclude(&context);
            assert!(conclusion.trace.to_json().is_object());
            explained.effects(&context);
            let is_considered = considered.iter().any(|candidate| candidate.rule_id() == id);
            assert!(!conclusion.holds || is_considered, "{id} holds and is left out: {event}");
            for ask in explained.asks() {
                assert!(ask.cells().count() <= 402);
            }
        }
        let priorities: Vec<i64> = considered.iter().map(|candidate| candidate.rule().priority()).collect();
        assert!(priorities.is_sorted_by(|a, b| a >= b));
    }
    for (_, tally) in set.tallies(event, at, &zone) {
        let mut cell = cell.clone();
        cell.add(&tally);
    }
    assert!(began.elapsed() < LONGEST * (1 + documents.len() as u32), "{:?}", began.elapsed());
}

/// From the first year that a clock can show to the last.
fn second() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1_700_000_000i64..1_900_000_000, 1 => -377_705_023_201i64..253_402_207_200]
}

proptest! {
    #![proptest_config(Config::with_cases(300))]

    #[test]
    fn rules_decide_any_event(
        documents in prop::collection::vec(rule(), 1..6),
        event in event(),
        second in second(),
    ) {
        decide(&documents, &event, second);
    }

    #[test]
    fn rules_at_random_are_mostly_rules(document in rule()) {
        // Else the property above would be of nothing. A few are larger than the limits.
        let flaws = Rule::parse(&document).err().unwrap_or_default();
        let too_large = |flaw: &Flaw| flaw.code == FlawCode::LimitExceeded;
        prop_assert!(flaws.iter().all(too_large), "{document}: {flaws:#?}");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_places_that_are_there(document in mutilated()) {
        parsed(&document);
    }

    #[test]
    fn any_text_is_a_path_an_expression_or_a_flaw(text in "\\PC{0,60}|[-a-z0-9_$.\\[\\]()'\"!?:+*/%<>=&|, {}]{0,60}") {
        let document = json!({"name": "r", "conditions": [{"field": text, "operator": "exists"}],
            "actions": [{"type": "debit", "user": text, "points": {"expr": text}}]});
        decide(&[document], &json!({"a": [1, {"b": text}], "x": text}), 0);
    }
}

#[test]
fn as_long_as_asked() {
    let seconds = std::env::var("GUERDON_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let strategy =
        (prop::collection::vec(prop_oneof![4 => rule(), 1 => mutilated()], 1..12), event(), second());
    let mut count = 0u64;
    while Instant::now() < until {
        let (documents, event, second) = strategy.new_tree(&mut runner).expect("a case").current();
        let told = std::panic::catch_unwind(|| decide(&documents, &event, second));
        assert!(told.is_ok(), "at {second}: {} with {event}", Value::from(documents));
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn hostile_events_are_decided() {
    let conditions = json!([{"any": [
        {"field": "a[].b[].c", "operator": "contains", "value": "x"},
        {"field": "a[]", "operator": "matches", "value": "(a|b|ab)*c$"},
        {"field": "deep", "operator": "==", "value": {"field": "deep"}},
        {"distinct": "e", "of": "a.0", "by": "u", "operator": ">", "value": 1}]}]);
    let rule = json!({"name": "r", "conditions": conditions,
        "actions": [{"type": "credit", "user": "u", "points": {"expr": "sum(a.map(x, size(string)))"}},
            {"type": "debit", "user": "u", "points": {"expr": "a.all(x, a.all(y, x == y)) ? 1 : 2"}}]});
    let deep = (0..100)
        .fold(json!(1), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"x": inner}) });
    for event in [
        json!({"a": vec!["ab".repeat(2_000); 200], "u": "x".repeat(10_000), "type": "e", "string": "ü".repeat(100_000)}),
        json!({"a": vec![json!({"b": vec![json!({"c": "y".repeat(50)}); 50]}); 50]}),
        json!({"a": (0..20_000).collect::<Vec<_>>(), "": {"": {"": 1}}}),
        json!({"deep": deep, "a": deep}),
        json!({"a": [1e308, -1e308, 5e-324, i64::MIN, u64::MAX, null, "\u{0}\u{202e}\u{1F600}"]}),
        json!({"type": ["e"], "u": {"id": 1}, "a": {}}),
        json!({}),
        json!([]),
        json!(null),
        json!("text"),
        json!(7),
    ] {
        decide(std::slice::from_ref(&rule), &event, 1_750_000_000);
    }
}
