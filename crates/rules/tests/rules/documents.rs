//! Rules as documents: their canonical form, how they read, and how two differ.

use crate::support::rule;
use guerdon_rules::diff;
use serde_json::{Value, json};

/// A rule that has everything.
fn whole() -> Value {
    json!({
        "name": "Third friend", "description": "Pays for every third friend.", "status": "paused",
        "event": ["referral.converted", "purchase"], "logic": "OR",
        "conditions": [
            {"all": [
                {"field": "items[0].sku", "operator": "in", "value": ["a", "b", 3]},
                {"field": "items[].price", "operator": "between", "value": [1, 2.5]},
                {"not": {"field": "$member.team", "operator": "==", "value": {"field": "team"}}}]},
            {"any": [
                {"field": "at", "operator": "between", "value": ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]},
                {"field": "at", "operator": "after", "value": {"field": "$referral.created_at"}},
                {"field": "note", "operator": "matches", "value": "^x"},
                {"field": "note", "operator": "exists"}]},
            {"count": "referral.converted", "by": "referrer_id", "window": "P30D", "every": 3,
                "where": [{"field": "paid", "operator": "==", "value": true}]},
            {"sum": "purchase", "of": "purchase.total", "by": "user_id", "for": "referrer_id", "window": "quarter",
                "operator": "between", "value": [100, 200]},
            {"distinct": "purchase", "of": "sku", "by": "user_id", "operator": ">", "value": 4},
            {"streak": "login", "by": "user_id", "unit": "week", "operator": ">=", "value": 4}],
        "actions": [
            {"type": "credit", "user": "referrer_id", "amount": {"expr": "purchase.total / 20", "min": 5, "max": 500},
                "asset": "USD", "budget_id": "growth", "confirm": "P14D", "category": "referral"},
            {"type": "credit", "user": {"path": "user_id"}, "points": 50, "from": "pool", "confirm": "at_once"},
            {"type": "debit", "user": {"id": "bank"}, "amount_cents": 5},
            {"type": "reserve", "amount": 5, "expires_after": "P1D"},
            {"type": "issue_reward", "user": "user_id", "reward": "mug"},
            {"type": "grant_achievement", "user": "user_id", "achievement": "third"},
            {"type": "set_attribute", "user": "user_id", "name": "vip", "value": true},
            {"type": "notify", "message": "Third friend!", "channel": "email"}],
        "limits": {"per_user": 1, "per_user_window": "P1M", "total": 100, "cooldown": "PT1H30M"},
        "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z",
        "priority": 10, "exclusive": true, "budget_id": "marketing", "expires_after": "P1Y",
    })
}

#[test]
fn the_canonical_form_is_the_same_rule() {
    let canonical = rule(&whole()).to_json();
    let mut expected = whole();
    expected["conditions"][0]["all"][0]["field"] = json!("items.0.sku");
    expected["conditions"][1]["any"][3]["value"] = json!(true);
    assert_eq!(canonical, expected);
    assert_eq!(rule(&canonical).to_json(), canonical);
}

#[test]
fn what_is_usual_is_left_out() {
    let usual = json!({"name": "r", "description": null, "status": "active", "event": null, "logic": "and", "conditions": [],
        "actions": [{"type": "credit", "user": "u", "points": 1, "from": "funding", "asset": null}], "limits": {},
        "priority": 0, "exclusive": false, "starts_at": null});
    assert_eq!(
        rule(&usual).to_json(),
        json!({"name": "r", "status": "active", "logic": "AND", "conditions": [],
            "actions": [{"type": "credit", "user": "u", "points": 1}]})
    );
    assert_eq!(
        rule(&json!({"name": "r", "event": ["a", "a"], "conditions": [],
        "actions": [{"type": "notify", "message": "m"}]}))
        .to_json()["event"],
        json!("a")
    );
}

#[test]
fn a_rule_reads_as_plain_english() {
    insta::assert_snapshot!("reading_of_everything", rule(&whole()).reading());
    let paid = json!({"name": "Paid referrer", "conditions": [
        {"field": "referrer.is_paid_user", "operator": "==", "value": true},
        {"field": "referred.subscription_status", "operator": "==", "value": "active"}],
        "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 50000}]});
    insta::assert_snapshot!("reading_of_two_tests", rule(&paid).reading());
    let always = json!({"name": "r", "event": "signup", "conditions": [], "limits": {"per_user": 2},
        "actions": [{"type": "notify", "message": "Hello"}], "ends_at": "2027-01-01T00:00:00Z"});
    insta::assert_snapshot!("reading_of_always", rule(&always).reading());
}

#[test]
fn two_versions_differ_place_by_place() {
    let before = rule(&whole()).to_json();
    let mut changed = whole();
    changed["priority"] = json!(20);
    changed["conditions"][2]["every"] = json!(5);
    changed["conditions"][0]["all"].as_array_mut().expect("a list").truncate(2);
    changed.as_object_mut().expect("an object").remove("exclusive");
    changed["actions"].as_array_mut().expect("a list").push(json!({"type": "notify", "message": "m"}));
    let told = serde_json::to_value(diff(&before, &rule(&changed).to_json())).expect("json");
    assert_eq!(
        told,
        json!([
            {"pointer": "/actions/8", "after": {"type": "notify", "message": "m"}},
            {"pointer": "/conditions/0/all/2", "before": whole()["conditions"][0]["all"][2]},
            {"pointer": "/conditions/2/every", "before": 3, "after": 5},
            {"pointer": "/exclusive", "before": true},
            {"pointer": "/priority", "before": 10, "after": 20},
        ])
    );
    assert_eq!(diff(&before, &before), []);
    let odd = serde_json::to_value(diff(&json!({"a/b~": 1}), &json!([]))).expect("json");
    assert_eq!(odd, json!([{"pointer": "", "before": {"a/b~": 1}, "after": []}]));
    assert_eq!(diff(&json!({"a/b~": 1}), &json!({"a/b~": 2}))[0].pointer, "/a~1b~0");
}
