//! Where conditions look, and how they are taken together.

use crate::support::{World, set_of};
use serde_json::{Value, json};

fn holds(conditions: Value, event: &Value) -> bool {
    World::default().conclude(&rule_of(conditions, "AND"), event).holds
}

fn rule_of(conditions: Value, logic: &str) -> guerdon_rules::RuleSet {
    set_of(&json!({"name": "r", "logic": logic, "conditions": conditions,
        "actions": [{"type": "notify", "message": "m"}]}))
}

#[test]
fn paths_lead_through_objects_and_lists() {
    let event = json!({"items": [{"sku": "a", "tags": ["x"]}, {"sku": "b", "tags": ["y", "z"]}], "0": {"1": "n"},
        "größe": 5, "": 1, "grid": [[1, 2], [3, 4]]});
    for (field, operator, value, expected) in [
        ("items.0.sku", "==", json!("a"), true),
        ("items[0].sku", "==", json!("a"), true),
        ("items[1].sku", "==", json!("a"), false),
        ("items.2.sku", "exists", json!(true), false),
        ("items.-1.sku", "exists", json!(true), false),
        ("items[].sku", "==", json!("b"), true),
        ("items[].sku", "==", json!("c"), false),
        ("items[].sku", "!=", json!("a"), true),
        ("items[].tags", "contains", json!("z"), true),
        ("items[].tags[]", "==", json!("z"), true),
        ("items[].tags.0", "==", json!("y"), true),
        ("items[].nothing", "exists", json!(false), true),
        ("items[].nothing", "!=", json!(1), false),
        ("items.sku", "exists", json!(true), false),
        ("0.1", "==", json!("n"), true),
        ("größe", ">", json!(4), true),
        ("grid[][]", "==", json!(4), true),
        ("grid[1][0]", "==", json!(3), true),
        ("grid.1.0", "==", json!(3), true),
        ("items.0.sku.deeper", "exists", json!(true), false),
    ] {
        let conditions = json!([{"field": field, "operator": operator, "value": value}]);
        assert_eq!(holds(conditions, &event), expected, "{field} {operator} {value}");
    }
    assert!(!holds(json!([{"field": "items[].sku", "operator": "!=", "value": "a"}]), &json!({"items": []})));
}

#[test]
fn groups_nest() {
    let (yes, no) = (
        json!({"field": "a", "operator": "==", "value": 1}),
        json!({"field": "a", "operator": "==", "value": 2}),
    );
    let event = json!({"a": 1});
    for (conditions, and, or) in [
        (json!([]), true, true),
        (json!([yes]), true, true),
        (json!([no]), false, false),
        (json!([yes, no]), false, true),
        (json!([{"all": [yes, no]}]), false, false),
        (json!([{"any": [yes, no]}]), true, true),
        (json!([{"not": no}]), true, true),
        (json!([{"not": {"any": [yes, no]}}]), false, false),
        (json!([{"not": {"all": [yes, {"not": yes}]}}]), true, true),
        (json!([{"all": []}]), true, true),
        (json!([{"any": []}]), false, false),
        (json!([{"any": [no, {"all": [yes, {"not": no}]}]}, yes]), true, true),
        (json!([{"not": {"field": "missing", "operator": "==", "value": 1}}]), true, true),
        (json!([{"not": {"field": "missing", "operator": "!=", "value": 1}}]), true, true),
    ] {
        assert_eq!(
            World::default().conclude(&rule_of(conditions.clone(), "and"), &event).holds,
            and,
            "{conditions}"
        );
        assert_eq!(
            World::default().conclude(&rule_of(conditions.clone(), "Or"), &event).holds,
            or,
            "{conditions}"
        );
    }
}

#[test]
fn members_and_referrals_are_not_known_before_the_end() {
    let set = set_of(
        &json!({"name": "r", "actions": [{"type": "credit", "user": "$referral.referrer_id", "points": 5}],
        "conditions": [{"field": "$member.team", "operator": "==", "value": "sales"},
            {"field": "$referral.status", "operator": "!=", "value": "rejected"},
            {"field": "$member.attributes.level", "operator": ">", "value": {"field": "least"}}]}),
    );
    let event = json!({"least": 2});
    let mut world = World::default();
    assert_eq!(set.consider(&event, world.at, &world.zone).len(), 1, "they may hold");
    let told = world.conclude(&set, &event);
    assert!(!told.holds);
    let why = &told.trace.to_json()["conditions"][0]["why"];
    assert_eq!(why, "missing: $member has no such value, or is not there");
    world.member = Some(json!({"id": "bob", "team": "sales", "attributes": {"level": 3}}));
    world.referral = Some(json!({"referrer_id": "alice", "referred_id": "bob", "status": "pending"}));
    assert!(world.conclude(&set, &event).holds);
    let effects = world.effects(&set, &event);
    assert!(
        matches!(&effects[..], [Ok(guerdon_rules::Effect::Credit { user, .. })] if user.as_str() == "alice")
    );
    assert!(!world.conclude(&set, &json!({"least": 3})).holds);
}

#[test]
fn a_trace_tells_every_condition() {
    let set = set_of(&json!({"name": "r", "event": "purchase", "starts_at": "2026-06-01T00:00:00Z",
        "conditions": [
            {"any": [{"field": "total", "operator": ">", "value": 100}, {"not": {"field": "first", "operator": "exists"}}]},
            {"field": "note", "operator": "contains", "value": "x"}, {"field": "items[].sku", "operator": "==", "value": "b"},
            {"count": "purchase", "by": "user_id", "operator": ">=", "value": 2}],
        "actions": [{"type": "notify", "message": "m"}]}));
    let event = json!({"type": "purchase", "total": "120", "note": "y".repeat(300), "items": [{"sku": "a"}, {"sku": "b"}],
        "user_id": "ann"});
    let told = World::default().conclude(&set, &event).trace.to_json();
    let cut = format!("{}…", "y".repeat(100));
    assert_eq!(
        told,
        json!({"held": false, "logic": "AND", "conditions": [
            {"held": true, "any": [
                {"field": "total", "operator": ">", "value": 100, "seen": "120", "held": false,
                    "why": "types: a string where a number is compared"},
                {"held": true, "not": {"field": "first", "operator": "exists", "value": true, "held": false}}]},
            {"field": "note", "operator": "contains", "value": "x", "seen": cut, "held": false},
            {"field": "items[].sku", "operator": "==", "value": "b", "seen": "b", "held": true},
            {"count": "purchase", "by": "user_id", "operator": ">=", "value": 2, "subject": "ann", "seen": 1,
                "held": false}]})
    );
}

#[test]
fn what_keeps_a_rule_out_is_told() {
    let set = set_of(&json!({"name": "r", "event": ["purchase", "refund"], "conditions": [],
        "starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-07-01T00:00:00Z",
        "actions": [{"type": "notify", "message": "m"}]}));
    let mut world = World::default();
    for (at, event_type, why) in [
        ("2026-06-15T12:00:00Z", "purchase", None),
        ("2026-06-01T00:00:00Z", "refund", None),
        (
            "2026-05-31T23:59:59Z",
            "refund",
            Some("the rule starts at 2026-06-01T00:00:00Z, the event occurred before"),
        ),
        (
            "2026-07-01T00:00:00Z",
            "refund",
            Some("the rule ended at 2026-07-01T00:00:00Z, the event occurred then or later"),
        ),
        ("2026-06-15T12:00:00Z", "other", Some("the rule looks at other events: purchase, refund")),
    ] {
        world.at = crate::support::instant(at);
        let event = json!({"type": event_type});
        let told = world.conclude(&set, &event);
        assert_eq!(told.holds, why.is_none(), "{at} {event_type}");
        assert_eq!(told.trace.to_json()["why"].as_str(), why);
        assert_eq!(set.consider(&event, world.at, &world.zone).len(), usize::from(why.is_none()));
    }
}
