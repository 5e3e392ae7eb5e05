//! Which bodies each call takes, and how they can be spoiled.

use super::{AWARD, HUGE, TRANSACT};
use crate::support::award;
use serde_json::{Value, json};

/// One call, a body that it takes, and what may be put into that body to spoil it: a field, a value, the code and the
/// pointer that tell of it.
pub struct Call {
    pub who: &'static str,
    pub path: &'static str,
    pub good: Value,
    pub spoiled: Vec<(&'static str, Value, &'static str, &'static str)>,
}

fn long(characters: usize) -> Value {
    json!("x".repeat(characters))
}

/// Ways to spoil an amount.
fn amounts(
    field: &'static str,
    pointer: &'static str,
) -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        (field, json!(0), "invalid_value", pointer),
        (field, json!(-5), "invalid_value", pointer),
        (field, json!(HUGE + 1), "invalid_value", pointer),
        (field, json!(1.5), "wrong_type", pointer),
        (field, json!(1e3), "wrong_type", pointer),
        (field, json!(1e300), "wrong_type", pointer),
        (field, json!(u64::MAX), "invalid_value", pointer),
        (field, json!("5"), "wrong_type", pointer),
        (field, json!(true), "wrong_type", pointer),
        (field, json!([5]), "wrong_type", pointer),
        (field, json!({"value": 5}), "wrong_type", pointer),
    ]
}

/// Ways to spoil an id.
fn ids(field: &'static str, pointer: &'static str) -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        (field, json!(""), "invalid_value", pointer),
        (field, json!("a b"), "invalid_value", pointer),
        (field, json!("a/b"), "invalid_value", pointer),
        (field, json!("é"), "invalid_value", pointer),
        (field, json!("a\u{0}b"), "invalid_value", pointer),
        (field, json!("'; DROP TABLE journal; --"), "invalid_value", pointer),
        (field, long(129), "invalid_value", pointer),
        (field, json!(7), "wrong_type", pointer),
        (field, json!(["a"]), "wrong_type", pointer),
    ]
}

/// Ways to spoil a text.
fn texts(
    field: &'static str,
    pointer: &'static str,
    most: usize,
) -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        (field, json!(""), "invalid_value", pointer),
        (field, json!("  \n "), "invalid_value", pointer),
        (field, long(most + 1), "invalid_value", pointer),
        (field, json!("a\u{0}b"), "invalid_value", pointer),
        (field, json!("\u{1b}[31mred"), "invalid_value", pointer),
        (field, json!(5), "wrong_type", pointer),
        (field, json!({"text": "a"}), "wrong_type", pointer),
    ]
}

pub fn calls() -> Vec<Call> {
    let posting = json!({"from": "pool", "to": "wallet:emp-8", "asset": "PTS", "amount": 1});
    let spoil = |name: &str, value: Value| {
        let mut spoiled = posting.clone();
        spoiled[name] = value;
        json!([posting, spoiled])
    };
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Call {
            who: "platform",
            path: "/api/v1/tenants",
            good: json!({"slug": "globex", "name": "Globex"}),
            spoiled: [
                vec![
                    ("slug", json!("A"), "invalid_value", "/slug"),
                    ("slug", json!("Globex"), "invalid_value", "/slug"),
                    ("slug", json!("-a"), "invalid_value", "/slug"),
                    ("slug", json!("platform"), "invalid_value", "/slug"),
                    ("slug", json!("01936f5e-7b1c-7000-8000-000000000001"), "invalid_value", "/slug"),
                    ("slug", long(64), "invalid_value", "/slug"),
                    ("slug", json!("a\u{0}b"), "invalid_value", "/slug"),
                    ("time_zone", json!("Mars/Olympus"), "invalid_value", "/time_zone"),
                    ("time_zone", json!("\u{0}"), "invalid_value", "/time_zone"),
                    ("settings", json!([]), "wrong_type", "/settings"),
                    ("settings", json!(["USD", 5]), "wrong_type", "/settings"),
                    (
                        "settings",
                        json!({"reward_currency": "usd"}),
                        "invalid_value",
                        "/settings/reward_currency",
                    ),
                    ("settings", json!({"low_balance": -1}), "invalid_value", "/settings/low_balance"),
                    ("settings", json!({"low": 1}), "unknown_field", "/settings/low"),
                ],
                texts("name", "/name", 200),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/members",
            good: json!({"id": "new", "name": "New"}),
            spoiled: [
                vec![
                    ("role", json!("king"), "invalid_value", "/role"),
                    ("role", json!("platform_admin"), "invalid_value", "/role"),
                    ("role", json!("service"), "invalid_value", "/role"),
                    ("email", json!("nobody"), "invalid_value", "/email"),
                    ("email", json!("a b@c"), "invalid_value", "/email"),
                    ("email", json!("a@\u{0}"), "invalid_value", "/email"),
                ],
                ids("id", "/id"),
                ids("team", "/team"),
                ids("department", "/department"),
                texts("name", "/name", 200),
            ]
            .concat(),
        },
        Call {
            who: "admin",
            path: "/api/v1/api-keys",
            good: json!({"name": "k", "role": "service", "scopes": ["ledger:read"]}),
            spoiled: [
                vec![
                    ("role", json!("platform_admin"), "invalid_value", "/role"),
                    ("role", json!("admin"), "invalid_value", "/scopes"),
                    ("scopes", json!([]), "invalid_value", "/scopes"),
                    ("scopes", json!(["ledger"]), "invalid_value", "/scopes/0"),
                    ("scopes", json!(["ledger:read", "ledger:own"]), "invalid_value", "/scopes/1"),
                    ("scopes", json!("ledger:read"), "wrong_type", "/scopes"),
                    ("expires_at", json!("2026-01-05T09:00:00Z"), "invalid_value", "/expires_at"),
                    ("expires_at", json!("tomorrow"), "invalid_value", "/expires_at"),
                    ("expires_at", json!("-009000-01-01T00:00:00Z"), "invalid_value", "/expires_at"),
                ],
                ids("member_id", "/member_id"),
                texts("name", "/name", 200),
            ]
            .concat(),
        },
        Call {
            who: "admin",
            path: "/api/v1/assets",
            good: json!({"code": "MILES", "scale": 0}),
            spoiled: [
                vec![
                    ("code", json!("miles"), "invalid_value", "/code"),
                    ("code", long(17), "invalid_value", "/code"),
                    ("code", json!("USD"), "invalid_value", "/scale"),
                    ("scale", json!(13), "invalid_value", "/scale"),
                    ("scale", json!(-1), "invalid_value", "/scale"),
                    ("scale", json!(300), "invalid_value", "/scale"),
                    ("scale", json!(1.5), "wrong_type", "/scale"),
                ],
                texts("name", "/name", 200),
            ]
            .concat(),
        },
        Call {
            who: "platform",
            path: "/api/v1/platform/allocations/allocate",
            good: json!({"tenant_id": "acme", "amount": 1}),
            spoiled: [
                vec![("tenant_id", json!(7), "wrong_type", "/tenant_id")],
                amounts("amount", "/amount"),
                texts("reference", "/reference", 255),
            ]
            .concat(),
        },
        Call {
            who: "platform",
            path: "/api/v1/platform/allocations/clawback",
            good: json!({"tenant_id": "acme", "amount": 1}),
            spoiled: [
                vec![
                    ("all", json!(true), "invalid_value", "/all"),
                    ("all", json!("yes"), "wrong_type", "/all"),
                ],
                amounts("amount", "/amount"),
                texts("reason", "/reason", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "platform",
            path: "/api/v1/points/clawback/acme",
            good: json!({"amount": 1}),
            spoiled: [amounts("amount", "/amount"), texts("reason", "/reason", 2_000)].concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/allocations/distribute-to-lead",
            good: json!({"lead_id": "lead-1", "amount": 1}),
            spoiled: [
                ids("lead_id", "/lead_id"),
                amounts("amount", "/amount"),
                texts("note", "/note", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/allocations/distribute-to-department",
            good: json!({"department": "d", "amount": 1}),
            spoiled: [
                ids("department", "/department"),
                amounts("amount", "/amount"),
                texts("note", "/note", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: AWARD,
            good: award("emp-7", 1),
            spoiled: [
                vec![
                    ("from", json!("moon"), "invalid_value", "/from"),
                    ("from", json!("Pool"), "invalid_value", "/from"),
                    ("department", json!("sales"), "invalid_value", "/department"),
                    ("message", json!("twice"), "duplicate_field", "/reason"),
                ],
                ids("user_id", "/user_id"),
                amounts("amount", "/amount"),
                ids("category", "/category"),
                texts("reason", "/reason", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/ledger/credit",
            good: json!({"user_id": "emp-7", "amount_cents": 1}),
            spoiled: [
                vec![
                    ("amount", json!(1), "duplicate_field", "/amount_cents"),
                    ("asset", json!("usd"), "invalid_value", "/asset"),
                    ("asset", json!(""), "invalid_value", "/asset"),
                    ("metadata", json!([]), "wrong_type", "/metadata"),
                    ("metadata", json!("a"), "wrong_type", "/metadata"),
                    ("metadata", json!({"a": "x\u{0}"}), "invalid_value", "/metadata"),
                    ("metadata", json!({"a\u{0}": "x"}), "invalid_value", "/metadata"),
                    ("metadata", json!({ "k".repeat(41): 1 }), "invalid_value", "/metadata"),
                    ("metadata", json!({"a": long(9_000)}), "invalid_value", "/metadata"),
                    ("metadata", json!({ "a": deep }), "invalid_value", "/metadata"),
                ],
                ids("user_id", "/user_id"),
                amounts("amount_cents", "/amount_cents"),
                texts("reason", "/reason", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/ledger/reverse",
            good: json!({"entry_id": "txn_1"}),
            spoiled: [
                vec![("entry_id", json!(1), "wrong_type", "/entry_id")],
                texts("reason", "/reason", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: TRANSACT,
            good: json!({"postings": [posting]}),
            spoiled: [
                vec![
                    ("kind", json!("Gift"), "invalid_value", "/kind"),
                    ("kind", json!(""), "invalid_value", "/kind"),
                    ("kind", long(65), "invalid_value", "/kind"),
                    ("postings", json!([]), "invalid_value", "/postings"),
                    ("postings", json!({}), "wrong_type", "/postings"),
                    ("postings", json!([["pool", "wallet:emp-8", "PTS", 1]]), "wrong_type", "/postings/0"),
                    ("postings", json!(vec![posting.clone(); 1_001]), "invalid_value", "/postings"),
                    ("postings", spoil("from", json!("wallet")), "invalid_value", "/postings/1/from"),
                    ("postings", spoil("from", json!("")), "invalid_value", "/postings/1/from"),
                    ("postings", spoil("to", json!("issuance:x")), "invalid_value", "/postings/1/to"),
                    ("postings", spoil("to", json!("pool ")), "invalid_value", "/postings/1/to"),
                    ("postings", spoil("to", long(201)), "invalid_value", "/postings/1/to"),
                    ("postings", spoil("to", json!("pool")), "invalid_value", "/postings/1"),
                    ("postings", spoil("asset", json!("pts")), "invalid_value", "/postings/1/asset"),
                    ("postings", spoil("amount", json!(0)), "invalid_value", "/postings/1/amount"),
                    ("postings", spoil("amount", json!(2.5)), "wrong_type", "/postings/1/amount"),
                    ("postings", spoil("memo", json!("x")), "unknown_field", "/postings/1/memo"),
                    ("effective_at", json!("2026-01-31"), "invalid_value", "/effective_at"),
                    ("effective_at", json!("2026-02-30T00:00:00Z"), "invalid_value", "/effective_at"),
                    ("effective_at", json!("-009999-01-01T00:00:00Z"), "invalid_value", "/effective_at"),
                    ("effective_at", json!(1767225600), "wrong_type", "/effective_at"),
                ],
                texts("reason", "/reason", 2_000),
                texts("reference", "/reference", 255),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/ledger/holds",
            good: json!({"account": "pool", "reference": "r", "amount": 1}),
            spoiled: [
                vec![
                    ("account", json!("lead"), "invalid_value", "/account"),
                    ("expires_at", json!("soon"), "invalid_value", "/expires_at"),
                ],
                ids("reference", "/reference"),
                amounts("amount", "/amount"),
                texts("reason", "/reason", 2_000),
            ]
            .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/ledger/holds/capture",
            good: json!({"account": "pool", "reference": "r", "to": "redeemed"}),
            spoiled: [vec![("to", json!("wallet:"), "invalid_value", "/to")], amounts("amount", "/amount")]
                .concat(),
        },
        Call {
            who: "manager",
            path: "/api/v1/ledger/holds/release",
            good: json!({"account": "pool", "reference": "r"}),
            spoiled: [ids("reference", "/reference"), amounts("amount", "/amount")].concat(),
        },
        Call {
            who: "platform",
            path: "/api/v1/tenants/acme/suspend",
            good: json!({}),
            spoiled: texts("reason", "/reason", 2_000),
        },
        Call {
            who: "platform",
            path: "/api/v1/platform/clock",
            good: json!({"now": "2026-01-06T00:00:00Z"}),
            spoiled: vec![
                ("now", json!("tomorrow"), "invalid_value", "/now"),
                ("now", json!(5), "wrong_type", "/now"),
            ],
        },
        Call { who: "platform", path: "/api/v1/platform/jobs/run", good: json!({}), spoiled: Vec::new() },
    ]
}
