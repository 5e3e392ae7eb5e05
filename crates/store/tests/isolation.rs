//! Row-level security on PostgreSQL: a session of one tenant sees no other tenant's row in any table or view.

mod support;

use guerdon_store::driver::Mode;
use guerdon_store::{TenantId, read};
use jiff::Timestamp;
use support::Stores;
use support::workload::busy;

/// Two companies with rows in every table that a tenant can have rows in.
async fn two_companies(store: &Stores) -> [TenantId; 2] {
    let journal = store.journal();
    let tenants = [store.tenant("acme").await, store.tenant("other").await];
    for (tenant, slug) in tenants.into_iter().zip(["acme", "other"]) {
        busy(&journal, tenant, slug).await;
        let mut tx = store.database.begin(tenant, Mode::Write).await.expect("write");
        let (lee, at) = ("lee".parse().expect("id"), Timestamp::UNIX_EPOCH);
        read::put_credential(&mut tx, &lee, "hash", at).await.expect("credential");
        read::put_session(&mut tx, &"0".repeat(64), &lee, at, at).await.expect("session");
        tx.commit().await.expect("commit");
        for (table, row) in [
            ("schedule", "'budgets.reset', 'marketing', 1"),
            ("cursors", "'budgets', 1"),
            (
                "budget_days",
                "'marketing', '2026-01-01', 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '2026', 1, 0, 0, 1",
            ),
            ("alerts", "1, 0, 'once', 'marketing', 'soft_cap_exceeded', 'warning', '{}', 1"),
            ("counters", "'orders', 'emp-7', 1, 1, 0, '[]', 1"),
            ("signal_salts", "'0000000000000000000000000000000000000000000000000000000000000000', 1"),
            ("webhook_events", "1, 0, 'budget.soft_cap_exceeded', '{}', 1"),
        ] {
            store.sql(&format!("INSERT INTO {table} VALUES ('{tenant}', {row})")).await;
        }
        // Of use on SQLite alone; here it is to be as closed as the rest.
        store.sql(&format!("INSERT INTO index_progress VALUES ('{tenant}', 1)")).await;
    }
    store.sql("INSERT INTO jobs (job, owner, leased_to) VALUES ('budgets.follow', 'one', 1)").await;
    journal.stop().await.expect("stop");
    tenants
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_tenant_sees_no_other_tenants_row() {
    let store = Stores::both().await.remove(1);
    let [acme, other] = two_companies(&store).await;
    let relations = store
        .sql(
            "SELECT t.table_name, t.table_type, count(c.column_name) FROM information_schema.tables AS t
            LEFT JOIN information_schema.columns AS c
                ON c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.column_name = 'tenant_id'
            WHERE t.table_schema = 'public' GROUP BY 1, 2 ORDER BY 1",
        )
        .await;
    assert!(relations.len() > 20, "{relations:?}");
    for relation in relations {
        let (name, has_tenant) = (&relation[0], relation[2] == "1");
        let count = format!("SELECT count(*) FROM {name}");
        if !has_tenant {
            let seen = store.try_sql_as_app(Some(acme), &count).await;
            let nothing = seen.as_ref().is_ok_and(|rows| rows[0][0] == "0");
            assert!(seen.is_err() || nothing, "{name} is readable in a session of a tenant");
            continue;
        }
        // The owner sees both, so that there is something not to see.
        for tenant in [acme, other] {
            let rows = store.value(&format!("{count} WHERE tenant_id = '{tenant}'")).await;
            assert_ne!(rows, "0", "{name} has no row of a tenant: this proves nothing");
        }
        let as_app = async |tenant, sql: String| {
            store
                .try_sql_as_app(tenant, &sql)
                .await
                .unwrap_or_else(|e| panic!("{sql}: {e}"))
                .remove(0)
                .remove(0)
        };
        let not_mine = format!("{count} WHERE tenant_id <> '{acme}'");
        assert_eq!(as_app(Some(acme), not_mine).await, "0", "{name}");
        assert_ne!(as_app(Some(acme), count.clone()).await, "0", "{name}");
        assert_eq!(as_app(None, count.clone()).await, "0", "{name} without a tenant");
        let unset = format!("BEGIN; SET LOCAL guerdon.tenant_id = '{acme}'; COMMIT; {count}");
        assert_eq!(as_app(None, unset).await, "0", "{name} after the transaction that named the tenant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_tenant_writes_no_other_tenants_row() {
    let store = Stores::both().await.remove(1);
    let [acme, other] = two_companies(&store).await;
    let forged = format!("INSERT INTO balances VALUES ('{other}', 'wallet:thief', 'PTS', 1, 0, 1)");
    let refused = store.try_sql_as_app(Some(acme), &forged).await.expect_err("refused");
    assert!(refused.contains("row-level security"), "{refused}");
    let before = store.dump("balances").await;
    let raised = format!("UPDATE balances SET posted = posted + 1 WHERE tenant_id = '{other}'");
    store.try_sql_as_app(Some(acme), &raised).await.expect("updates nothing");
    assert_eq!(store.dump("balances").await, before);
}
