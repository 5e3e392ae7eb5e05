//! What is wrong with actions, limits and the rest of a rule.

use crate::flaws::{flawed, with};
use serde_json::json;

#[test]
fn each_flaw_of_what_a_rule_does_is_told_where_it_is() {
    let long = |count: usize| "x".repeat(count);
    for (at, value, pointer, code, detail) in [
        ("/actions", json!([]), "/actions", "invalid_value", "at least one action"),
        (
            "/actions",
            json!(vec![json!({"type": "notify", "message": "m"}); 11]),
            "/actions",
            "limit_exceeded",
            "10 actions",
        ),
        ("/actions/0/type", json!("creddit"), "/actions/0/type", "invalid_value", "did you mean credit?"),
        ("/actions/0/user", json!(5), "/actions/0/user", "wrong_type", "{\"path\": …}"),
        ("/actions/0/user", json!("a b[]"), "/actions/0/user", "invalid_value", "leads to many"),
        ("/actions/0/user", json!({"id": "a b"}), "/actions/0/user/id", "invalid_value", "A-Z a-z"),
        ("/actions/0/user", json!({"path": "a", "id": "b"}), "/actions/0/user", "invalid_value", "either"),
        ("/actions/0/amount", json!(0), "/actions/0/amount", "invalid_value", "from 1 to 9007199254740991"),
        ("/actions/0/amount", json!(1.5), "/actions/0/amount", "invalid_value", "whole number"),
        ("/actions/0/amount", json!("5"), "/actions/0/amount", "wrong_type", "{\"expr\": …}"),
        ("/actions/0/amount", json!({"expr": "1 +"}), "/actions/0/amount/expr", "invalid_value", "CEL"),
        (
            "/actions/0/amount",
            json!({"expr": "mx(1)"}),
            "/actions/0/amount/expr",
            "invalid_value",
            "did you mean max?",
        ),
        (
            "/actions/0/amount",
            json!({"expr": long(4_097)}),
            "/actions/0/amount/expr",
            "limit_exceeded",
            "4096 bytes",
        ),
        (
            "/actions/0/amount",
            json!({"expr": vec!["1"; 300].join("+")}),
            "/actions/0/amount/expr",
            "limit_exceeded",
            "500 names",
        ),
        (
            "/actions/0/amount",
            json!({"expr": vec!["1"; 100].join("+")}),
            "/actions/0/amount/expr",
            "invalid_value",
            "48 deep",
        ),
        (
            "/actions/0/amount",
            json!({"expr": "1", "min": 5, "max": 4}),
            "/actions/0/amount/min",
            "invalid_value",
            "above max",
        ),
        (
            "/actions/0/amount",
            json!({"expr": "1", "mni": 5}),
            "/actions/0/amount/mni",
            "unknown_field",
            "min?",
        ),
        ("/actions/0/points", json!(5), "/actions/0/points", "invalid_value", "exactly one"),
        ("/actions/0/asset", json!("usd"), "/actions/0/asset", "invalid_value", "A-Z"),
        ("/actions/0/from", json!("poo"), "/actions/0/from", "invalid_value", "did you mean pool?"),
        ("/actions/0/confirm", json!("later"), "/actions/0/confirm", "invalid_value", "at_once, manual"),
        (
            "/actions/0",
            json!({"type": "credit", "user": "u"}),
            "/actions/0/amount",
            "missing_field",
            "exactly one",
        ),
        ("/actions/0", json!({"type": "credit", "amount": 1}), "/actions/0/user", "missing_field", "user_id"),
        (
            "/actions/0",
            json!({"type": "credit", "user": "u", "points": 1, "asset": "USD"}),
            "/actions/0/asset",
            "invalid_value",
            "amount with asset",
        ),
        (
            "/actions/0",
            json!({"type": "credit", "user": "u", "points": 1, "from": "pool", "budget_id": "b"}),
            "/actions/0/budget_id",
            "invalid_value",
            "no budget",
        ),
        (
            "/actions/0",
            json!({"type": "reserve", "amount": 1}),
            "/actions/0/budget_id",
            "missing_field",
            "here or on the rule",
        ),
        (
            "/actions/0",
            json!({"type": "issue_reward", "user": "u"}),
            "/actions/0/reward",
            "missing_field",
            "which one",
        ),
        (
            "/actions/0",
            json!({"type": "set_attribute", "user": "u", "name": "n", "value": [1]}),
            "/actions/0/value",
            "wrong_type",
            "a string",
        ),
        ("/actions/0", json!({"type": "notify"}), "/actions/0/message", "missing_field", "what to tell"),
        ("/limits/per_user", json!(0), "/limits/per_user", "invalid_value", "from 1"),
        ("/limits/per_user_window", json!("P30D"), "/limits/per_user", "missing_field", "needs per_user"),
        ("/limits/cooldown", json!("soon"), "/limits/cooldown", "invalid_value", "ISO 8601"),
        ("/limits/perUser", json!(1), "/limits/perUser", "unknown_field", "per_user?"),
        ("/starts_at", json!("2026-01-01"), "/starts_at", "invalid_value", "RFC 3339"),
        ("/priority", json!(1_001), "/priority", "invalid_value", "to 1000"),
        ("/exclusive", json!("yes"), "/exclusive", "wrong_type", "true or false"),
        ("/budget_id", json!("a b"), "/budget_id", "invalid_value", "A-Z a-z"),
        ("/expires_after", json!("P200Y"), "/expires_after", "invalid_value", "100 years"),
    ] {
        flawed(&with(at, value), pointer, code, detail);
    }
}
