//! The operations that only read, as SQL functions on PostgreSQL: they say what the paths say.

use super::Budget;
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_testkit::{Engine, Server};
use serde_json::json;

const UTILIZATION: &str =
    "SELECT currency || ' ' || period || ' ' || utilization || ' ' || soft_cap_exceeded || ' '
        || hard_cap_approaching, funded, reserved, charged, available, hard_cap, soft_cap
    FROM get_budget_utilization($1)";
const CAPACITY: &str = "SELECT check_budget_capacity($1, $2)::int::bigint";
const RECONCILIATION: &str = "SELECT account, balance, ledger, discrepancy, held, reservations
    FROM reconcile_budget($1) ORDER BY account";

/// The rows of a statement in a session of a tenant, as texts.
async fn ask(
    server: &Server,
    tenant: &str,
    sql: &'static str,
    params: Vec<guerdon_store::driver::Value>,
) -> Vec<String> {
    let tenant: TenantId = tenant.parse().expect("a tenant");
    let mut tx = server.database.begin(tenant, Mode::Read).await.expect("a transaction");
    let rows = tx.query(sql, params).await.expect(sql);
    let text = |row: &guerdon_store::driver::Row| {
        let cells = (0..7).map_while(|column| match row.int(column) {
            Ok(number) => Some(number.to_string()),
            Err(_) => row.text(column).ok().map(str::to_owned),
        });
        cells.collect::<Vec<_>>().join(" | ")
    };
    rows.iter().map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_paths_say_the_sql_functions_say() {
    let server = Server::start(Engine::Postgres).await;
    let budget = Budget::of(&server, 10_000).await;
    budget.reserve("order-1", 5_000).await.created();
    budget.charge("order-1", Some(4_600)).await.created();
    budget.reserve("order-2", 4_500).await.created();
    let (acme, other) = (budget.company.id.clone(), server.company("globex").await.id);
    let marketing = || vec!["marketing".into()];
    assert_eq!(
        ask(&server, &acme, UTILIZATION, marketing()).await,
        ["USD 2026-01 0.9500 true true | 10000 | 4900 | 4600 | 500 | 10000 | 8000"]
    );
    let told = budget.get("/utilization").await;
    for (name, value) in [
        ("funded", json!(10_000)),
        ("reserved", json!(4_900)),
        ("charged", json!(4_600)),
        ("available", json!(500)),
        ("utilization", json!(0.95)),
        ("soft_cap_exceeded", json!(true)),
        ("hard_cap_approaching", json!(true)),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    for (amount, fits) in [(500, "1"), (501, "0"), (0, "0"), (-5, "0")] {
        let params = vec!["marketing".into(), amount.into()];
        assert_eq!(ask(&server, &acme, CAPACITY, params).await, [fits], "{amount}");
    }
    assert_eq!(
        ask(&server, &acme, RECONCILIATION, marketing()).await,
        [
            "budget:marketing | 5400 | 5400 | 0 | 4900 | 4900",
            "funding:marketing | -10000 | -10000 | 0 | 0 | 0",
            "spent:marketing:2026-01 | 4600 | 4600 | 0 | 0 | 0",
        ]
    );
    // Another tenant's session knows of no such budget.
    assert!(ask(&server, &other, UTILIZATION, marketing()).await.is_empty());
    assert!(ask(&server, &other, RECONCILIATION, marketing()).await.is_empty());
    assert_eq!(ask(&server, &other, CAPACITY, vec!["marketing".into(), 1.into()]).await, ["0"]);
    budget.patch(json!({"paused": true})).await.ok();
    assert_eq!(ask(&server, &acme, CAPACITY, vec!["marketing".into(), 1.into()]).await, ["0"], "paused");
    server.stop().await;
}
