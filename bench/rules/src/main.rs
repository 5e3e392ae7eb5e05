//! Events per second through rules, one thread, text in and decision out: `rules-bench WHAT SECONDS [RULES]`.
//!
//! WHAT is `guerdon`, `shared` (of RULES rules three could match), `parse`, `zen`, `datalogic`, or `rules`, which
//! prints the rules and events as JSON for an engine in another language.

use bumpalo::Bump;
use guerdon_rules::{CellKey, Context, Listed, Rule, RuleSet};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;
use zen_engine::DecisionEngine;
use zen_engine::model::DecisionContent;

/// Rules where nobody says how many.
const RULES: usize = 100;
/// Different events; each is for another rule.
const EVENTS: usize = 100;
const COUNTRIES: [&str; 3] = ["ZW", "ZA", "BW"];
const LEAST: usize = 5_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<f64>().ok());
    let what = arguments.get(1).map(String::as_str).unwrap_or_default();
    let seconds = number(2).unwrap_or(1.0);
    let count = number(3).map_or(RULES, |count| count as usize);
    let events: Vec<String> = (0..EVENTS).map(|index| event(index % count.min(RULES))).collect();
    match what {
        "guerdon" => guerdon(&own(count), &events, seconds),
        "shared" => {
            guerdon(&shared(count), &(0..EVENTS).map(|index| event(index % 3)).collect::<Vec<_>>(), seconds)
        }
        "parse" => measure(&events, seconds, |text| {
            black_box(serde_json::from_str::<Value>(text).expect("an event"));
        }),
        "zen" => zen(count, &events, seconds),
        "datalogic" => datalogic(count, &events, seconds),
        "rules" => println!("{}", json!([plain(count), events])),
        other => panic!("guerdon, shared, parse, zen, datalogic or rules, not {other:?}"),
    }
}

/// An event for which the rule of one plan holds.
fn event(plan: usize) -> String {
    json!({
        "type": "purchase.completed", "id": format!("evt-{plan}"), "user_id": "member-4711",
        "occurred_at": "2026-06-15T12:00:00Z", "referrer_id": "alice",
        "purchase": {"total": 12_950, "currency": "USD", "plan": format!("plan-{plan}"), "items": 3},
        "channel": "web", "country": "ZW", "first_purchase": true,
    })
    .to_string()
}

/// Prints how many events per second a function takes.
fn measure(events: &[String], seconds: f64, mut take: impl FnMut(&str)) {
    let mut run = |seconds: f64| {
        let (begin, mut count) = (Instant::now(), 0u64);
        while begin.elapsed().as_secs_f64() < seconds {
            events.iter().for_each(|text| take(black_box(text)));
            count += events.len() as u64;
        }
        count as f64 / begin.elapsed().as_secs_f64()
    };
    run(seconds / 4.0);
    println!("{:.0}", run(seconds));
}

fn listed(id: usize, plan: usize, least: usize) -> Listed {
    let document = json!({"name": format!("Rule {id}"), "event": "purchase.completed",
        "conditions": [
            {"field": "purchase.plan", "operator": "==", "value": format!("plan-{plan}")},
            {"field": "purchase.total", "operator": ">=", "value": least},
            {"field": "country", "operator": "in", "value": COUNTRIES},
        ],
        "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 500}]});
    Listed { id: format!("rule-{id}"), version: 1, rule: Rule::parse(&document).expect("a rule") }
}

/// Each rule wants another plan.
fn own(count: usize) -> RuleSet {
    RuleSet::compile((0..count).map(|plan| listed(plan, plan, LEAST)).collect(), Vec::new())
}

/// Each plan is wanted by three rules, of which one holds.
fn shared(count: usize) -> RuleSet {
    let rule = |id: usize| listed(id, id / 3, [LEAST, 100_000, 200_000][id % 3]);
    RuleSet::compile((0..count).map(rule).collect(), Vec::new())
}

fn guerdon(set: &RuleSet, events: &[String], seconds: f64) {
    let zone = TimeZone::UTC;
    let at: Timestamp = "2026-06-15T12:00:00Z".parse().expect("an instant");
    measure(events, seconds, |text| {
        let event: Value = serde_json::from_str(text).expect("an event");
        let cells = |_: &CellKey<'_>| None;
        let context = Context {
            event: &event,
            occurred_at: at,
            zone: &zone,
            member: None,
            referral: None,
            cells: &cells,
        };
        let mut held = 0;
        for candidate in set.consider(&event, at, &zone) {
            if black_box(candidate.conclude(&context)).holds {
                held += black_box(candidate.effects(&context)).len();
            }
        }
        assert_eq!(held, 1);
    });
}

/// A decision table with a row for each rule.
fn zen(count: usize, events: &[String], seconds: f64) {
    let rows: Vec<Value> = (0..count)
        .map(|plan| {
            json!({"_id": format!("r{plan}"), "plan": format!("'plan-{plan}'"), "total": format!(">= {LEAST}"),
                "country": "'ZW', 'ZA', 'BW'", "rule": format!("'rule-{plan}'"), "amount": "500"})
        })
        .collect();
    let content: DecisionContent = serde_json::from_value(json!({
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "content": {}},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": {
                "hitPolicy": "first",
                "inputs": [{"id": "plan", "name": "Plan", "field": "purchase.plan"},
                    {"id": "total", "name": "Total", "field": "purchase.total"},
                    {"id": "country", "name": "Country", "field": "country"}],
                "outputs": [{"id": "rule", "name": "Rule", "field": "rule"},
                    {"id": "amount", "name": "Amount", "field": "amount"}],
                "rules": rows}},
            {"id": "out", "name": "out", "type": "outputNode", "content": {}},
        ],
        "edges": [{"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"}],
    }))
    .expect("a decision");
    let mut decision = DecisionEngine::default().create_decision(content.into()).expect("a decision");
    decision.compile();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    measure(events, seconds, |text| {
        let input: Value = serde_json::from_str(text).expect("an event");
        let response = runtime.block_on(decision.evaluate(input.into())).expect("a decision");
        assert!(response.result.dot("rule").is_some(), "no row holds for {text}");
    });
}

/// A compiled expression for each rule, over an event that is parsed once.
fn datalogic(count: usize, events: &[String], seconds: f64) {
    let engine = datalogic_rs::Engine::new();
    let compile = |plan: usize| {
        let rule = json!({"and": [{"==": [{"var": "purchase.plan"}, format!("plan-{plan}")]},
            {">=": [{"var": "purchase.total"}, LEAST]}, {"in": [{"var": "country"}, COUNTRIES]}]});
        engine.compile(&rule.to_string()).expect("a rule")
    };
    let rules: Vec<_> = (0..count).map(compile).collect();
    let mut arena = Bump::new();
    measure(events, seconds, |text| {
        arena.reset();
        let event = datalogic_rs::DataValue::from_str(text, &arena).expect("an event");
        let event: &datalogic_rs::DataValue<'_> = arena.alloc(event);
        let holds = |rule: &&datalogic_rs::Logic| {
            engine.evaluate(rule, event, &arena).expect("a result").as_bool() == Some(true)
        };
        assert_eq!(rules.iter().filter(holds).count(), 1);
    });
}

/// The rules, for an engine in another language.
fn plain(count: usize) -> Vec<Value> {
    let rule = |plan: usize| json!({"id": format!("rule-{plan}"), "plan": format!("plan-{plan}"), "least": LEAST, "countries": COUNTRIES});
    (0..count).map(rule).collect()
}
