//! Facts over history: what is counted, and what it comes to for the event at hand.

use crate::support::{World, instant, rule, set_of};
use guerdon_rules::{Cell, Counter, RuleSet, Tally, limits};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

fn set(fact: Value) -> RuleSet {
    set_of(&json!({"name": "r", "conditions": [fact], "actions": [{"type": "notify", "message": "m"}]}))
}

/// The figure that a fact comes to.
fn figure(world: &World, set: &RuleSet, event: &Value) -> Value {
    world.conclude(set, event).trace.to_json()["conditions"][0]["seen"].clone()
}

#[test]
fn the_third_conversion_within_thirty_days_counts_itself() {
    let set = set(
        json!({"count": "referral.converted", "by": "referrer_id", "window": "P30D", "operator": ">=", "value": 3}),
    );
    let event = json!({"type": "referral.converted", "referrer_id": "alice"});
    let mut world = World::default();
    for (at, holds) in [
        ("2026-01-01T12:00:00Z", false),
        ("2026-01-30T12:00:00Z", false),
        ("2026-01-30T13:00:00Z", true),
        ("2026-01-31T12:00:00Z", true),
        ("2026-03-31T12:00:00Z", false),
    ] {
        world.at = instant(at);
        assert_eq!(world.conclude(&set, &event).holds, holds, "{at}");
        world.record(&set, &event);
    }
}

#[test]
fn each_figure_is_made_of_the_events_of_its_subject() {
    let history = [
        json!({"type": "purchase", "user_id": "ann", "total": 10, "sku": "a", "paid": true}),
        json!({"type": "purchase", "user_id": "ann", "total": 20.0, "sku": "b", "paid": true}),
        json!({"type": "purchase", "user_id": "ann", "total": 40, "sku": "a", "paid": false}),
        json!({"type": "purchase", "user_id": "ann", "total": 0.5, "sku": ["c"], "paid": true}),
        json!({"type": "purchase", "user_id": "ann", "total": "80", "sku": 1, "paid": true}),
        json!({"type": "purchase", "user_id": "bob", "total": 160, "sku": "d", "paid": true}),
        json!({"type": "purchase", "user_id": 7, "total": 320, "sku": "e", "paid": true}),
        json!({"type": "purchase", "user_id": null, "total": 640, "sku": "f", "paid": true}),
        json!({"type": "purchase", "total": 640, "sku": "f", "paid": true}),
        json!({"type": "refund", "user_id": "ann", "total": 1_280, "sku": "g", "paid": true}),
    ];
    let purchase = json!({"type": "purchase", "user_id": "ann", "total": 1, "sku": "z", "paid": true});
    let other = json!({"type": "login", "user_id": "ann", "who": "bob"});
    let (count, sum, distinct) = (
        json!({"count": "purchase", "by": "user_id"}),
        json!({"sum": "purchase", "of": "total", "by": "user_id"}),
        json!({"distinct": "purchase", "of": "sku", "by": "user_id"}),
    );
    let paid = json!({"where": [{"field": "paid", "operator": "==", "value": true}]});
    let for_who = json!({"for": "who"});
    for (fact, more, event, expected) in [
        (&count, json!({}), &purchase, json!(6)),
        (&count, json!({}), &other, json!(5)),
        (&count, paid.clone(), &purchase, json!(5)),
        (&count, for_who.clone(), &other, json!(1)),
        (&count, for_who.clone(), &purchase, Value::Null),
        (&count, json!({"for": "total"}), &json!({"type": "purchase", "user_id": "x", "total": 7}), json!(1)),
        (&sum, json!({}), &purchase, json!(71)),
        (&sum, paid.clone(), &other, json!(30)),
        (&sum, for_who.clone(), &other, json!(160)),
        (&distinct, json!({}), &purchase, json!(4)),
        (&distinct, json!({}), &other, json!(3)),
        (&distinct, paid, &json!({"type": "purchase", "user_id": "ann", "sku": "b", "paid": true}), json!(3)),
        (&distinct, json!({}), &json!({"type": "purchase", "user_id": "ann", "sku": 1.0}), json!(3)),
        (&distinct, json!({}), &json!({"type": "purchase", "user_id": "ann", "sku": "1"}), json!(4)),
    ] {
        let mut fact = fact.clone();
        let fields = fact.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        fields.extend([("operator".to_owned(), json!(">=")), ("value".to_owned(), json!(0))]);
        let set = set(fact.clone());
        let mut world = World::default();
        history.iter().for_each(|event| world.record(&set, event));
        assert_eq!(figure(&world, &set, event), expected, "{fact} {event}");
    }
}

#[test]
fn figures_are_compared() {
    for (bound, holds) in [
        (json!({"operator": "==", "value": 3}), vec![3]),
        (json!({"operator": "!=", "value": 3}), vec![1, 2, 4, 5, 6, 7]),
        (json!({"operator": ">", "value": 5}), vec![6, 7]),
        (json!({"operator": ">=", "value": 6}), vec![6, 7]),
        (json!({"operator": "<", "value": 3}), vec![1, 2]),
        (json!({"operator": "<=", "value": 2}), vec![1, 2]),
        (json!({"operator": "between", "value": [2, 4]}), vec![2, 3, 4]),
        (json!({"every": 3}), vec![3, 6]),
        (json!({"every": 1}), vec![1, 2, 3, 4, 5, 6, 7]),
    ] {
        let mut fact = json!({"count": "e", "by": "u"});
        fact.as_object_mut().expect("an object").extend(bound.as_object().expect("an object").clone());
        let set = set(fact);
        let event = json!({"type": "e", "u": "ann"});
        let mut world = World::default();
        let held: Vec<i64> = (1..=7)
            .filter(|_| {
                let held = world.conclude(&set, &event).holds;
                world.record(&set, &event);
                held
            })
            .collect();
        assert_eq!(held, holds, "{bound}");
        let never = World::default().conclude(&set, &json!({"type": "other", "u": "ann"}));
        assert!(!never.holds || bound.get("every").is_none(), "nothing is no multiple");
    }
}

#[test]
fn a_streak_lasts_while_no_unit_is_left_out() {
    for (unit, days, expected) in [
        ("day", vec!["2026-06-12", "2026-06-13", "2026-06-14", "2026-06-15"], vec![1, 2, 3, 4]),
        ("day", vec!["2026-06-12", "2026-06-12", "2026-06-14"], vec![1, 1, 1]),
        ("day", vec!["2026-02-27", "2026-02-28", "2026-03-01"], vec![1, 2, 3]),
        ("day", vec!["2028-02-28", "2028-03-01"], vec![1, 1]),
        ("week", vec!["2026-06-01", "2026-06-14", "2026-06-15", "2026-06-30"], vec![1, 2, 3, 1]),
        ("month", vec!["2025-11-30", "2025-12-01", "2026-01-31", "2026-03-01"], vec![1, 2, 3, 1]),
    ] {
        let set = set(json!({"streak": "login", "by": "u", "unit": unit, "operator": ">=", "value": 4}));
        let event = json!({"type": "login", "u": "ann"});
        let mut world = World::default();
        for (day, expected) in days.iter().zip(expected) {
            world.at = instant(&format!("{day}T12:00:00Z"));
            assert_eq!(figure(&world, &set, &event), json!(expected), "{unit} {day}");
            world.record(&set, &event);
        }
    }
}

#[test]
fn a_streak_is_not_broken_before_the_day_is_over() {
    let set = set(json!({"streak": "login", "by": "u", "unit": "day", "operator": "==", "value": 2}));
    let mut world = World { zone: TimeZone::get("Africa/Harare").expect("a zone"), ..World::default() };
    for at in ["2026-06-13T22:30:00Z", "2026-06-14T22:30:00Z"] {
        world.at = instant(at);
        world.record(&set, &json!({"type": "login", "u": "ann"}));
    }
    for (at, streak) in
        [("2026-06-15T21:00:00Z", 2), ("2026-06-16T21:59:59Z", 2), ("2026-06-16T22:00:00Z", 0)]
    {
        world.at = instant(at);
        assert_eq!(figure(&world, &set, &json!({"type": "other", "u": "ann"})), json!(streak), "{at}");
    }
}

#[test]
fn rules_that_ask_for_the_same_share_a_counter() {
    let fact = |more: Value| {
        let mut fact = json!({"count": "e", "by": "u", "operator": ">=", "value": 1});
        fact.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        fact
    };
    let id = |fact: Value| {
        let rule = rule(
            &json!({"name": "r", "conditions": [fact], "actions": [{"type": "notify", "message": "m"}]}),
        );
        rule.counters().map(|counter| counter.id().to_string()).collect::<Vec<_>>().join(" ")
    };
    let plain = id(fact(json!({})));
    // What stands in tables: it never changes.
    assert_eq!(plain, "a10450f0e1ff086b");
    for same in [json!({"value": 5}), json!({"for": "v"}), json!({"where": []})] {
        assert_eq!(id(fact(same.clone())), plain, "{same}");
    }
    let day = id(fact(json!({"window": "P30D"})));
    assert_eq!(id(fact(json!({"window": "month"}))), day);
    assert_eq!(id(json!({"streak": "e", "by": "u", "unit": "day", "operator": ">", "value": 1})), day);
    for other in [
        json!({"by": "v"}),
        json!({"count": "f"}),
        json!({"window": "P1D"}),
        json!({"where": [{"field": "a", "operator": "==", "value": 1}]}),
    ] {
        assert_ne!(id(fact(other.clone())), plain, "{other}");
    }
}

#[test]
fn a_stored_counter_is_the_same_counter() {
    let rule = rule(&json!({"name": "r", "actions": [{"type": "notify", "message": "m"}], "conditions": [
        {"distinct": "e", "of": "x.0", "by": "u", "window": "PT1H", "operator": ">", "value": 1,
            "where": [{"field": "a", "operator": "in", "value": [1, "2"]}]},
        {"sum": "e", "of": "x", "by": "u", "operator": ">", "value": 1},
        {"streak": "e", "by": "u", "unit": "month", "operator": ">", "value": 1}]}));
    assert_eq!(rule.counters().count(), 3);
    for counter in rule.counters() {
        let stored = Counter::parse(&counter.to_json()).expect("what was written");
        assert_eq!(
            (stored.id(), stored.grain(), stored.to_json()),
            (counter.id(), counter.grain(), counter.to_json())
        );
    }
    assert!(Counter::parse(&json!({"count": "e", "by": "u", "grain": "yaer"})).is_err());
    assert!(Counter::parse(&json!({"by": "u"})).is_err());
}

#[test]
fn a_cell_keeps_no_more_values_than_the_limit() {
    let mut cell = Cell::default();
    for value in (0..1_000).rev() {
        let tally = Tally { subject: "s".into(), bucket: 0, amount: i64::MAX, value: Some(value) };
        cell.add(&tally);
        cell.add(&tally);
    }
    assert_eq!((cell.count, cell.sum, cell.distinct.len()), (2_000, i64::MAX, limits::DISTINCT_VALUES));
    assert!(cell.distinct.is_sorted());
}

#[test]
fn counters_of_other_rules_are_kept_too() {
    let paused = rule(&json!({"name": "r", "conditions": [{"count": "e", "by": "u", "every": 2}],
        "actions": [{"type": "notify", "message": "m"}]}));
    let kept: Vec<Counter> = paused.counters().map(|counter| (**counter).clone()).collect();
    let set = RuleSet::compile(Vec::new(), [kept.clone(), kept].concat());
    let world = World::default();
    let event = json!({"type": "e", "u": 5.0});
    let tallies = set.tallies(&event, world.at, &world.zone);
    assert_eq!(tallies.len(), 1);
    assert_eq!(tallies[0].1, Tally { subject: "5".into(), bucket: 0, amount: 0, value: None });
}

#[test]
fn what_is_asked_of_history_is_named_cell_by_cell() {
    let set = set(json!({"count": "e", "by": "u", "window": "P5D", "operator": ">", "value": 1}));
    let world = World::default();
    let candidates = set.consider(&json!({"u": "ann"}), world.at, &world.zone);
    let ask = &candidates[0].asks()[0];
    assert_eq!((ask.subject.as_str(), ask.cells().count()), ("ann", 5));
    assert!(set.consider(&json!({"v": "ann"}), world.at, &world.zone).is_empty(), "nobody to look up");
}
