//! What is wrong with a document is told with its place, and what would be right.

use guerdon_rules::{Rule, limits};
use serde_json::{Value, json};

/// A rule with one field put in or replaced, by its pointer in the rule that is right.
pub fn with(pointer: &str, value: Value) -> Value {
    let mut document = json!({"name": "r", "conditions": [{"field": "a", "operator": "==", "value": 1},
        {"count": "e", "by": "user_id", "operator": ">=", "value": 3}, {"all": [{"not": {"any": []}}]}],
        "actions": [{"type": "credit", "user": "user_id", "amount": 5}], "limits": {}});
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent).expect(parent) {
        Value::Object(map) => drop(map.insert(name.to_owned(), value)),
        Value::Array(list) => {
            let index: usize = name.parse().expect(name);
            list.truncate(index);
            list.push(value);
        }
        other => panic!("{other} has no places"),
    }
    document
}

#[track_caller]
pub fn flawed(document: &Value, pointer: &str, code: &str, detail: &str) {
    let flaws = Rule::parse(document).expect_err(&format!("{document} has a flaw"));
    let found = flaws
        .iter()
        .any(|flaw| flaw.pointer == pointer && flaw.code.as_str() == code && flaw.detail.contains(detail));
    assert!(found, "no {code} at {pointer} with {detail:?}: {flaws:#?}");
}

#[test]
fn each_flaw_is_told_where_it_is() {
    let test = |operator: &str, value: Value| json!({"field": "a", "operator": operator, "value": value});
    let count = |more: Value| {
        let mut fact = json!({"count": "e", "by": "user_id", "operator": ">=", "value": 3});
        fact.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        fact
    };
    let long = |count: usize| "x".repeat(count);
    let first = "/conditions/0";
    for (at, value, pointer, code, detail) in [
        ("/name", json!(""), "/name", "invalid_value", "must not be empty"),
        ("/name", json!(5), "/name", "wrong_type", "a string, and not a number"),
        ("/name", json!(long(201)), "/name", "limit_exceeded", "200 are the most"),
        ("/name", json!("a\u{0}b"), "/name", "invalid_value", "control characters"),
        ("/nmae", json!("x"), "/nmae", "unknown_field", "did you mean name?"),
        ("/status", json!("activ"), "/status", "invalid_value", "did you mean active?"),
        ("/logic", json!("XOR"), "/logic", "invalid_value", "did you mean OR?"),
        ("/event", json!([]), "/event", "limit_exceeded", "1 to 20 event types"),
        ("/event", json!(["a", 5]), "/event/1", "wrong_type", "a string"),
        ("/conditions", json!({}), "/conditions", "wrong_type", "a list of conditions"),
        (first, json!(5), first, "wrong_type", "an object that describes a condition"),
        (first, json!({}), first, "missing_field", "a condition is a test"),
        (first, json!({"field": "a", "value": 1}), "/conditions/0/operator", "missing_field", "one of == !="),
        (
            first,
            json!({"field": "a", "operator": "=="}),
            "/conditions/0/value",
            "missing_field",
            "what == compares",
        ),
        (
            first,
            json!({"operator": "==", "value": 1}),
            "/conditions/0/field",
            "missing_field",
            "a path such as",
        ),
        (first, json!({"all": [], "any": []}), "/conditions/0/any", "unknown_field", "no field"),
        (
            first,
            json!({"feild": "a", "operator": "==", "value": 1}),
            "/conditions/0/feild",
            "unknown_field",
            "field?",
        ),
        (first, test("=", json!(1)), "/conditions/0/operator", "invalid_value", "did you mean ==?"),
        (
            first,
            test("containz", json!("x")),
            "/conditions/0/operator",
            "invalid_value",
            "did you mean contains?",
        ),
        (
            first,
            test("startsWith", json!("x")),
            "/conditions/0/operator",
            "invalid_value",
            "did you mean starts_with?",
        ),
        (first, test("at least", json!(1)), "/conditions/0/operator", "invalid_value", "did you mean >=?"),
        (first, test("frobnicate", json!(1)), "/conditions/0/operator", "invalid_value", "known: =="),
        (first, test("==", json!([1])), "/conditions/0/value", "wrong_type", "a string, a number"),
        (first, test("==", json!(long(1_001))), "/conditions/0/value", "limit_exceeded", "1000 bytes"),
        (first, test(">", json!("5")), "/conditions/0/value", "wrong_type", "a number"),
        (
            first,
            test(">", json!("2026-01-01T00:00:00Z")),
            "/conditions/0/value",
            "wrong_type",
            "before and after",
        ),
        (first, test("in", json!("x")), "/conditions/0/value", "wrong_type", "a list of values"),
        (first, test("in", json!([])), "/conditions/0/value", "invalid_value", "must not be empty"),
        (first, test("in", json!([1, [2]])), "/conditions/0/value/1", "wrong_type", "a string, a number"),
        (first, test("in", json!(vec![1; 1_001])), "/conditions/0/value", "limit_exceeded", "1000 values"),
        (first, test("starts_with", json!(5)), "/conditions/0/value", "wrong_type", "a string"),
        (first, test("matches", json!("(")), "/conditions/0/value", "invalid_value", "unclosed group"),
        (first, test("matches", json!(long(513))), "/conditions/0/value", "limit_exceeded", "512 bytes"),
        (first, test("matches", json!("\\w{900}")), "/conditions/0/value", "limit_exceeded", "once compiled"),
        (first, test("exists", json!("yes")), "/conditions/0/value", "wrong_type", "true or false"),
        (first, test("between", json!([1])), "/conditions/0/value", "wrong_type", "two numbers"),
        (first, test("between", json!([1, "2"])), "/conditions/0/value", "wrong_type", "two numbers"),
        (first, test("between", json!([2, 1])), "/conditions/0/value", "invalid_value", "above the upper"),
        (first, test("between", json!(["x", "y"])), "/conditions/0/value/0", "invalid_value", "RFC 3339"),
        (first, test("before", json!("2026-01-01")), "/conditions/0/value", "invalid_value", "RFC 3339"),
        (first, test("==", json!({"feld": "a"})), "/conditions/0/value/feld", "unknown_field", "field?"),
        (
            first,
            test("==", json!({"field": "a[]"})),
            "/conditions/0/value/field",
            "invalid_value",
            "leads to many",
        ),
        ("/conditions/0/field", json!(""), "/conditions/0/field", "invalid_value", "must not be empty"),
        ("/conditions/0/field", json!("a..b"), "/conditions/0/field", "invalid_value", "is not a path"),
        ("/conditions/0/field", json!("a["), "/conditions/0/field", "invalid_value", "is not a path"),
        ("/conditions/0/field", json!("a[x]"), "/conditions/0/field", "invalid_value", "is not a path"),
        ("/conditions/0/field", json!("[0]"), "/conditions/0/field", "invalid_value", "is not a path"),
        (
            "/conditions/0/field",
            json!("$membr.id"),
            "/conditions/0/field",
            "invalid_value",
            "did you mean $member?",
        ),
        ("/conditions/0/field", json!("$member"), "/conditions/0/field", "invalid_value", "$member.id"),
        (
            "/conditions/0/field",
            json!("$member.tem"),
            "/conditions/0/field",
            "invalid_value",
            "did you mean team?",
        ),
        (
            "/conditions/0/field",
            json!(["a"; 17].join(".")),
            "/conditions/0/field",
            "invalid_value",
            "16 segments",
        ),
        ("/conditions/0/field", json!(long(257)), "/conditions/0/field", "invalid_value", "256 bytes"),
        (
            "/conditions/2/all/0/not",
            json!({"fields": 1}),
            "/conditions/2/all/0/not",
            "missing_field",
            "a condition is",
        ),
        (
            "/conditions/1/by",
            json!("$member.id"),
            "/conditions/1/by",
            "invalid_value",
            "not known when events",
        ),
        ("/conditions/1/by", json!("a[].b"), "/conditions/1/by", "invalid_value", "leads to many"),
        ("/conditions/1/for", json!("$referral.code"), "/conditions/1/for", "invalid_value", "not known"),
        ("/conditions/1/operator", json!("in"), "/conditions/1/operator", "invalid_value", "known: =="),
        ("/conditions/1/value", json!(1.5), "/conditions/1/value", "invalid_value", "whole number"),
        ("/conditions/1/value", json!(-1), "/conditions/1/value", "invalid_value", "from 0"),
        ("/conditions/1/window", json!("P401D"), "/conditions/1/window", "invalid_value", "P400D"),
        ("/conditions/1/window", json!("P2Y"), "/conditions/1/window", "invalid_value", "P400D"),
        ("/conditions/1/window", json!("fortnight"), "/conditions/1/window", "invalid_value", "such as P30D"),
        (
            "/conditions/1/window",
            json!("weak"),
            "/conditions/1/window",
            "invalid_value",
            "did you mean week?",
        ),
        ("/conditions/1/window", json!("-P1D"), "/conditions/1/window", "invalid_value", "such as P30D"),
        ("/conditions/1/window", json!("P0D"), "/conditions/1/window", "invalid_value", "above zero"),
        ("/conditions/1/window", json!("P1X"), "/conditions/1/window", "invalid_value", "ISO 8601"),
        (
            "/conditions/1",
            count(json!({"every": 3})),
            "/conditions/1/operator",
            "invalid_value",
            "either every",
        ),
        (
            "/conditions/1",
            json!({"sum": "e", "by": "u", "of": "t", "every": 3}),
            "/conditions/1/every",
            "invalid_value",
            "sum has no every",
        ),
        (
            "/conditions/1",
            json!({"sum": "e", "by": "u", "operator": ">", "value": 3}),
            "/conditions/1/of",
            "missing_field",
            "a path",
        ),
        ("/conditions/1", json!({"count": "e", "every": 3}), "/conditions/1/by", "missing_field", "a path"),
        (
            "/conditions/1",
            json!({"distinct": "e", "of": "x", "by": "u", "operator": ">", "value": 257}),
            "/conditions/1/value",
            "invalid_value",
            "to 256",
        ),
        (
            "/conditions/1",
            json!({"streak": "e", "by": "u", "operator": ">", "value": 3}),
            "/conditions/1/unit",
            "missing_field",
            "day, week or month",
        ),
        (
            "/conditions/1",
            json!({"streak": "e", "by": "u", "unit": "day", "operator": ">", "value": 401}),
            "/conditions/1/value",
            "invalid_value",
            "to 400",
        ),
        (
            "/conditions/1",
            json!({"streak": "e", "by": "u", "unit": "day", "window": "P7D", "operator": ">", "value": 3}),
            "/conditions/1/window",
            "unknown_field",
            "no field",
        ),
        (
            "/conditions/1",
            count(json!({"where": [{"field": "$member.id", "operator": "==", "value": "x"}]})),
            "/conditions/1/where/0",
            "invalid_value",
            "not known",
        ),
        (
            "/conditions/1",
            count(json!({"where": [{"all": []}]})),
            "/conditions/1/where/0/field",
            "missing_field",
            "a path",
        ),
        (
            "/conditions/1",
            count(json!({"where": vec![test("==", json!(1)); 6]})),
            "/conditions/1/where",
            "limit_exceeded",
            "at most 5",
        ),
    ] {
        flawed(&with(at, value), pointer, code, detail);
    }
}

#[test]
fn a_rule_ends_after_it_starts() {
    let mut document = with("/starts_at", json!("2026-01-02T00:00:00Z"));
    document["ends_at"] = json!("2026-01-02T00:00:00Z");
    flawed(&document, "/ends_at", "invalid_value", "after it starts");
}

#[test]
fn places_are_escaped() {
    let mut document = with("/name", json!("r"));
    document["a~/b"] = json!(1);
    flawed(&document, "/a~0~1b", "unknown_field", "there is no field");
}

#[test]
fn all_flaws_are_told_at_once() {
    let document =
        json!({"nam": "x", "conditions": [{"field": "", "operator": "~~", "value": 1}], "actions": [{}]});
    let pointers: Vec<String> =
        Rule::parse(&document).expect_err("flaws").into_iter().map(|flaw| flaw.pointer).collect();
    assert_eq!(
        pointers,
        ["/name", "/conditions/0/field", "/conditions/0/operator", "/actions/0/type", "/nam"]
    );
    for document in [json!(null), json!([]), json!("rule"), json!(5)] {
        flawed(&document, "", "wrong_type", "an object that describes a rule");
    }
}

#[test]
fn a_rule_is_as_large_as_the_limits_say() {
    let leaf = json!({"field": "a", "operator": "exists"});
    let most = vec![leaf.clone(); limits::CONDITIONS];
    assert!(Rule::parse(&with("/conditions", json!(most))).is_ok());
    let more = vec![leaf.clone(); limits::CONDITIONS + 1];
    flawed(&with("/conditions", json!(more)), "/conditions", "limit_exceeded", "100 conditions");
    let nested = |depth: usize| (1..depth).fold(leaf.clone(), |inner, _| json!({"all": [inner]}));
    assert!(Rule::parse(&with("/conditions/0", nested(limits::CONDITION_DEPTH))).is_ok());
    let pointer = format!("/conditions/0{}", "/all/0".repeat(limits::CONDITION_DEPTH));
    flawed(&with("/conditions/0", nested(limits::CONDITION_DEPTH + 1)), &pointer, "limit_exceeded", "8 deep");
    let fact = json!({"count": "e", "by": "u", "every": 2});
    assert!(Rule::parse(&with("/conditions", json!(vec![fact.clone(); limits::FACTS]))).is_ok());
    flawed(
        &with("/conditions", json!(vec![fact; limits::FACTS + 1])),
        "/conditions/10",
        "limit_exceeded",
        "10 facts",
    );
    let hostile = nested(1_000);
    flawed(&with("/conditions/0", hostile), &pointer, "limit_exceeded", "8 deep");
}
