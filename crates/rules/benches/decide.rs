//! What deciding an event costs: text in, decision and trace out, with few rules and with many.
//!
//! Run with `cargo bench -p guerdon-rules`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use guerdon_rules::{Context, Listed, Rule, RuleSet};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::hint::black_box;

const EVENT: &str = r#"{"type":"purchase.completed","id":"evt_0193f2c4","user_id":"member-4711",
    "occurred_at":"2026-06-15T12:00:00Z","referrer_id":"alice","purchase":{"total":12950,"currency":"USD",
    "plan":"plan-42","items":3},"channel":"web","country":"ZW","first_purchase":true}"#;

/// Rules that each want another plan, so that one of them holds for the event.
fn rules(count: usize) -> RuleSet {
    let rule = |plan: usize| {
        let document = json!({"name": format!("Plan {plan}"), "event": "purchase.completed",
            "conditions": [
                {"field": "purchase.plan", "operator": "==", "value": format!("plan-{plan}")},
                {"field": "purchase.total", "operator": ">=", "value": 5000},
                {"field": "country", "operator": "in", "value": ["ZW", "ZA", "BW"]},
            ],
            "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 500}]});
        Listed { id: format!("rule-{plan}"), version: 1, rule: Rule::parse(&document).expect("a rule") }
    };
    RuleSet::compile((0..count).map(rule).collect(), Vec::new())
}

/// Rules that all want the same, but three of them differ: an index by value helps with none of the others.
fn ranges(count: usize) -> RuleSet {
    let rule = |step: usize| {
        let (low, high) = (step * 1_000, step * 1_000 + 999);
        let document = json!({"name": format!("Step {step}"), "event": "purchase.completed",
            "conditions": [{"field": "purchase.total", "operator": "between", "value": [low, high]}],
            "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 500}]});
        Listed { id: format!("rule-{step}"), version: 1, rule: Rule::parse(&document).expect("a rule") }
    };
    RuleSet::compile((0..count).map(rule).collect(), Vec::new())
}

fn decide(set: &RuleSet, event: &Value, at: Timestamp) -> usize {
    let cells = |_: &guerdon_rules::CellKey<'_>| None;
    let zone = TimeZone::UTC;
    let context =
        Context { event, occurred_at: at, zone: &zone, member: None, referral: None, cells: &cells };
    let candidates = set.consider(event, at, &zone);
    candidates.iter().filter(|candidate| black_box(candidate.conclude(&context)).holds).count()
}

fn deciding(criterion: &mut Criterion) {
    let at: Timestamp = "2026-06-15T12:00:00Z".parse().expect("an instant");
    let parse = || serde_json::from_str::<Value>(black_box(EVENT)).expect("an event");
    let mut group = criterion.benchmark_group("event");
    group.throughput(Throughput::Elements(1));
    group.bench_function("parsed alone", |bencher| bencher.iter(parse));
    for count in [10, 100, 10_000] {
        let set = rules(count.max(43));
        assert_eq!(decide(&set, &parse(), at), 1);
        group.bench_function(BenchmarkId::new("parsed and decided, rules", count), |bencher| {
            bencher.iter(|| decide(&set, &parse(), at));
        });
        let event = parse();
        group.bench_function(BenchmarkId::new("decided, rules", count), |bencher| {
            bencher.iter(|| decide(&set, black_box(&event), at));
        });
    }
    let (set, event) = (ranges(100), parse());
    group.bench_function("decided, 100 rules without an equality", |bencher| {
        bencher.iter(|| decide(&set, black_box(&event), at));
    });
    group.finish();
}

criterion_group!(benches, deciding);
criterion_main!(benches);
