//! Every operator on values of every type.

use crate::support::{World, set_of};
use serde_json::{Value, json};

/// What a condition comes to: whether it holds, and why not, where there is a reason.
fn judge(operator: &str, seen: Option<Value>, value: Value) -> (bool, Option<String>) {
    let set = set_of(&json!({"name": "r", "actions": [{"type": "notify", "message": "m"}],
        "conditions": [{"field": "a.b", "operator": operator, "value": value}]}));
    let event =
        seen.map_or(json!({"a": {}, "other": 7}), |seen| json!({"a": {"b": seen}, "other": 7, "text": "lo"}));
    let conclusion = World::default().conclude(&set, &event);
    let told = conclusion.trace.to_json();
    let why = told["conditions"][0]["why"].as_str().map(str::to_owned);
    (conclusion.holds, why)
}

const TYPES: &str = "types: ";

#[test]
fn each_operator_holds_of_what_it_says() {
    let other = || json!({"field": "other"});
    let day = "2026-06-15T12:00:00Z";
    for (seen, operator, value, holds) in [
        (json!("a"), "==", json!("a"), true),
        (json!("a"), "==", json!("A"), false),
        (json!(5), "==", json!(5.0), true),
        (json!(5), "==", json!("5"), false),
        (json!("5"), "==", json!(5), false),
        (json!(true), "==", json!(true), true),
        (json!(1), "==", json!(true), false),
        (json!(null), "==", json!(null), true),
        (json!(0), "==", json!(null), false),
        (json!(u64::MAX), "==", json!(u64::MAX), true),
        (json!(9_007_199_254_740_993_u64), "==", json!(9_007_199_254_740_992_u64), false),
        (json!(7), "==", other(), true),
        (json!(["a"]), "==", json!("a"), false),
        (json!("a"), "!=", json!("b"), true),
        (json!(5), "!=", json!("5"), true),
        (json!(5), "!=", json!(5), false),
        (json!(null), "!=", json!("x"), true),
        (json!(6), ">", json!(5), true),
        (json!(5), ">", json!(5), false),
        (json!(5.5), ">", json!(5), true),
        (json!(8), ">", other(), true),
        (json!(5), ">=", json!(5), true),
        (json!(-1), "<", json!(0), true),
        (json!(-0.5), "<", json!(-1), false),
        (json!(5), "<=", json!(5.0), true),
        (json!(u64::MAX), ">", json!(i64::MAX), true),
        (json!("ZW"), "in", json!(["ZA", "ZW"]), true),
        (json!("5"), "in", json!([5, 6]), false),
        (json!(5.0), "in", json!([5, 6]), true),
        (json!(5), "in", json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), true),
        (json!("5"), "in", json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), false),
        (json!(null), "in", json!([null]), true),
        (json!(["ZW"]), "in", json!(["ZW"]), false),
        (json!("ZW"), "not_in", json!(["ZA"]), true),
        (json!("ZW"), "not_in", json!(["ZW"]), false),
        (json!("hello"), "contains", json!("ell"), true),
        (json!("hello"), "contains", json!("Ell"), false),
        (json!(["a", "b"]), "contains", json!("b"), true),
        (json!([1, 2]), "contains", json!(2.0), true),
        (json!([1, 2]), "contains", json!("2"), false),
        (json!([[1]]), "contains", json!(1), false),
        (json!("hello"), "contains", json!({"field": "text"}), true),
        (json!("hello"), "not_contains", json!("x"), true),
        (json!(["a"]), "not_contains", json!("a"), false),
        (json!("hello"), "starts_with", json!("he"), true),
        (json!("hello"), "starts_with", json!("lo"), false),
        (json!("hello"), "ends_with", json!("lo"), true),
        (json!("hello"), "ends_with", json!({"field": "text"}), true),
        (json!("größe"), "ends_with", json!("ße"), true),
        (json!("order-12"), "matches", json!("^order-\\d+$"), true),
        (json!("my order-12"), "matches", json!("order"), true),
        (json!("order-x"), "matches", json!("order-\\d+"), false),
        (json!(0), "exists", json!(true), true),
        (json!(null), "exists", json!(true), true),
        (json!(0), "exists", json!(false), false),
        (json!(5), "between", json!([5, 7]), true),
        (json!(7.0), "between", json!([5, 7]), true),
        (json!(7.01), "between", json!([5, 7]), false),
        (json!(4), "between", json!([5, 7]), false),
        (json!(day), "between", json!([day, day]), true),
        (json!("2026-06-15T14:00:00+02:00"), "between", json!([day, day]), true),
        (json!("2026-06-15T12:00:01Z"), "between", json!([day, day]), false),
        (json!("2026-06-15T11:59:59Z"), "before", json!(day), true),
        (json!(day), "before", json!(day), false),
        (json!("2026-06-15T12:00:00.000001Z"), "after", json!(day), true),
        (json!("2026-06-15T13:00:00+02:00"), "after", json!(day), false),
    ] {
        let (held, _) = judge(operator, Some(seen.clone()), value.clone());
        assert_eq!(held, holds, "{seen} {operator} {value}");
    }
}

#[test]
fn types_that_cannot_be_compared_are_told() {
    let day = json!("2026-06-15T12:00:00Z");
    for (seen, operator, value, why) in [
        (json!("6"), ">", json!(5), "types: a string where a number is compared"),
        (json!(null), "<", json!(5), "types: null where a number is compared"),
        (json!(true), "<=", json!(5), "types: true or false where a number is compared"),
        (json!([6]), ">=", json!(5), "types: a list where a number is compared"),
        (json!(6), ">", json!({"field": "text"}), "types: a string where a number is compared"),
        (json!(6), ">", json!({"field": "nowhere.x"}), "missing: nothing stands at nowhere.x"),
        (json!(6), "==", json!({"field": "nowhere"}), "missing: nothing stands at nowhere"),
        (json!("6"), "between", json!([5, 7]), "types: a string where a number is compared"),
        (json!(6), "between", json!([day, day]), "types: a number where a string is compared"),
        (json!(6), "contains", json!("x"), "types: a number where a list is compared"),
        (json!("6"), "contains", json!(6), "types: a number where a string is compared"),
        (json!({"x": 1}), "not_contains", json!("x"), "types: an object where a list is compared"),
        (json!(6), "starts_with", json!("x"), "types: a number where a string is compared"),
        (json!(null), "ends_with", json!("x"), "types: null where a string is compared"),
        (json!(6), "matches", json!("x"), "types: a number where a string is compared"),
        (json!("yesterday"), "before", day.clone(), "not an RFC 3339 instant"),
        (json!("2026-06-15"), "after", day.clone(), "not an RFC 3339 instant"),
        (json!(5), "after", day, "types: a number where a string is compared"),
    ] {
        let (held, told) = judge(operator, Some(seen.clone()), value.clone());
        assert_eq!((held, told.as_deref()), (false, Some(why)), "{seen} {operator} {value}");
        assert!(why.starts_with(TYPES) || !why.contains(TYPES));
    }
}

#[test]
fn what_is_missing_makes_every_condition_false() {
    let day = "2026-06-15T12:00:00Z";
    for (operator, value) in [
        ("==", json!(null)),
        ("!=", json!("x")),
        (">", json!(0)),
        ("<", json!(0)),
        ("in", json!([null])),
        ("not_in", json!(["x"])),
        ("contains", json!("x")),
        ("not_contains", json!("x")),
        ("starts_with", json!("")),
        ("matches", json!("")),
        ("exists", json!(true)),
        ("between", json!([0, 1])),
        ("before", json!(day)),
        ("after", json!(day)),
    ] {
        let (held, why) = judge(operator, None, value);
        assert!(!held, "{operator}");
        assert_eq!(why.as_deref(), (operator != "exists").then_some("missing"), "{operator}");
    }
    assert_eq!(judge("exists", None, json!(false)), (true, None));
}

#[test]
fn a_text_that_is_too_long_matches_nothing() {
    let long = "x".repeat(guerdon_rules::limits::MATCHED_BYTES + 1);
    let (held, why) = judge("matches", Some(json!(long)), json!("x"));
    assert_eq!((held, why.as_deref()), (false, Some("longer than the 8192 bytes that are matched")));
    assert!(judge("matches", Some(json!(long[1..])), json!("x")).0);
}
