//! The database as the second line: what it refuses by itself, and that both databases are the same.

mod support;

use guerdon_store::driver::Database;
use guerdon_store::verify::verify;
use guerdon_store::{TenantId, directory, migrate};
use jiff::Timestamp;
use std::collections::BTreeMap;
use support::workload::busy;
use support::{Stores, plain::Rows};

const TENANT: &str = "00000000-0000-7000-8000-000000000001";

async fn company(store: &Stores) -> TenantId {
    let journal = store.journal();
    let acme = store.tenant("acme").await;
    busy(&journal, acme, "acme").await;
    journal.stop().await.expect("stop");
    acme
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_what_no_account_may_have() {
    for store in Stores::both().await {
        company(&store).await;
        for (account, posted, held, allowed) in [
            ("pool", -1, 0, false),
            ("wallet:x", -1, 0, false),
            ("pool", 5, 6, false),
            ("wallet:x", 5, -1, false),
            ("Funding:x", -1, 0, false),
            ("ISSUANCE", -1, 0, false),
            ("issuance", -1, 0, true),
            ("funding:x", -1, 0, true),
            ("wallet:x", 5, 5, true),
        ] {
            let row =
                format!("INSERT INTO balances VALUES ('{TENANT}', '{account}', 'PTS', {posted}, {held}, 1)");
            assert_eq!(store.try_sql(&row).await.is_ok(), allowed, "{account} {posted} {held}");
        }
        for account in ["pool", "wallet:emp-7"] {
            let change = format!("UPDATE balances SET posted = -1 WHERE account = '{account}'");
            assert!(store.try_sql(&change).await.is_err(), "{account}");
        }
        let overdrawn = "UPDATE holds SET captured = amount + 1";
        assert!(store.try_sql(overdrawn).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_changes_of_history() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        for (table, column) in [
            ("journal", "actor"),
            ("entries", "account"),
            ("idempotency_keys", "idempotency_key"),
            ("reversals", "tenant_id"),
            ("listings", "list"),
        ] {
            let before = store.dump(table).await;
            assert!(!before.is_empty(), "{table}");
            for change in [format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}")] {
                let refused = store.try_sql(&change).await.expect_err(&change);
                assert!(refused.contains("history is append-only"), "{change}: {refused}");
                if store.is_postgres() {
                    let refused = store.try_sql_as_app(Some(acme), &change).await.expect_err(&change);
                    assert!(refused.contains("permission denied"), "{change}: {refused}");
                }
            }
            if store.is_postgres() {
                let truncate = format!("TRUNCATE {table}");
                assert!(store.try_sql_as_app(Some(acme), &truncate).await.is_err(), "{truncate}");
            }
            assert_eq!(store.dump(table).await, before);
        }
        if store.is_postgres() {
            assert!(store.try_sql("TRUNCATE journal").await.is_err());
        }
    }
}

/// Tables and views with their columns: name, type, and whether it may be null (of tables).
async fn columns(store: &Stores) -> BTreeMap<String, Rows> {
    let all = match store.is_postgres() {
        true => {
            "SELECT t.table_name, c.column_name,
                CASE c.data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'timestamp with time zone' THEN 'TEXT'
                    ELSE upper(c.data_type) END,
                CASE WHEN t.table_type = 'VIEW' THEN 'view' WHEN c.is_nullable = 'YES' THEN 'null' ELSE 'not null' END,
                coalesce((SELECT k.ordinal_position FROM information_schema.key_column_usage AS k
                    JOIN information_schema.table_constraints AS p USING (constraint_schema, constraint_name)
                    WHERE p.constraint_type = 'PRIMARY KEY' AND p.table_name = t.table_name
                        AND k.column_name = c.column_name), 0)
            FROM information_schema.tables AS t JOIN information_schema.columns AS c USING (table_schema, table_name)
            WHERE t.table_schema = 'public' ORDER BY t.table_name, c.ordinal_position"
        }
        false => {
            "SELECT m.name, c.name, CASE c.type WHEN 'BIGINT' THEN 'INTEGER' ELSE c.type END,
                CASE WHEN m.type = 'view' THEN 'view' WHEN c.\"notnull\" THEN 'not null' ELSE 'null' END, c.pk
            FROM sqlite_master AS m, pragma_table_info(m.name) AS c
            WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
        }
    };
    let mut tables: BTreeMap<String, Rows> = BTreeMap::new();
    for mut row in store.sql(all).await {
        // SQLite does not know the types of the columns of a view.
        if row[3] == "view" {
            row[2] = String::new();
        }
        tables.entry(row.remove(0)).or_default().push(row);
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_tables_and_columns() {
    let stores = Stores::both().await;
    let (sqlite, postgres) = (columns(&stores[0]).await, columns(&stores[1]).await);
    assert!(sqlite.contains_key("journal") && sqlite.contains_key("wallet_ledger"));
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (table, columns) in sqlite {
        assert_eq!(columns, postgres[&table], "{table}");
    }
}

async fn up(database: &Database) -> Vec<String> {
    let steps = migrate::up(database, Timestamp::UNIX_EPOCH).await.expect("up");
    steps.into_iter().map(|step| step.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_back_step_by_step_and_forth_again() {
    for store in Stores::both().await {
        let whole = columns(&store).await;
        let steps = migrate::status(&store.database).await.expect("status");
        assert!(steps.iter().all(|step| step.applied_at.is_some()));
        for step in steps.iter().rev() {
            let taken_back = migrate::down(&store.database, 1).await.expect("down");
            assert_eq!(taken_back.iter().map(|s| &s.name).collect::<Vec<_>>(), [&step.name]);
        }
        assert!(migrate::down(&store.database, 1).await.expect("down").is_empty());
        assert_eq!(columns(&store).await.into_keys().collect::<Vec<_>>(), ["schema_migrations"]);
        let names: Vec<_> = steps.into_iter().map(|step| step.name).collect();
        assert_eq!(up(&store.database).await, names);
        assert_eq!(columns(&store).await, whole);
        assert!(up(&store.database).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_steps_go_back_and_forth_under_the_data_of_the_older() {
    for store in Stores::both().await {
        company(&store).await;
        directory::open_platform(&store.database, Timestamp::UNIX_EPOCH).await.expect("platform");
        let logs = store.dump("wallet_ledger").await;
        let [texts, balances, members] = ["journal_texts", "balances", "members"];
        let before = [store.dump("journal").await, store.dump(texts).await, store.dump(balances).await];
        let people = store.dump(members).await;
        // The views, and what stands above them: what the journal makes of it is built again.
        let steps = ["0004_views", "0005_work", "0006_budgets", "0007_referrals", "0008_events"];
        let mut taken_back = migrate::down(&store.database, steps.len()).await.expect("down");
        taken_back.reverse();
        assert_eq!(taken_back.iter().map(|step| &*step.name).collect::<Vec<_>>(), steps);
        assert!(store.try_sql("SELECT * FROM wallet_ledger").await.is_err());
        assert_eq!(up(&store.database).await, steps);
        assert_eq!(store.dump("wallet_ledger").await, logs);
        assert!(store.dump("schedule").await.is_empty());
        built_again(&store).await;
        let scheduled = store.dump("schedule").await;
        assert!(!scheduled.is_empty());
        // All but the journal itself: what went is built from it again.
        let all = migrate::status(&store.database).await.expect("status").len();
        migrate::down(&store.database, all - 1).await.expect("down");
        up(&store.database).await;
        assert_eq!(store.dump(texts).await, before[1]);
        assert!(store.dump(members).await.is_empty());
        built_again(&store).await;
        assert_eq!(store.dump("schedule").await, scheduled);
        assert_eq!(store.dump(balances).await, before[2]);
        assert_eq!(store.dump(members).await, people);
    }
}

/// Builds every derived table again, after which the books are right.
async fn built_again(store: &Stores) {
    let at = Timestamp::UNIX_EPOCH;
    guerdon_store::rebuild::rebuild(&store.database, "tester", at, &mut |_| {}).await.expect("rebuild");
    assert!(verify(&store.database, &mut |_| {}).await.expect("verify").is_clean());
}
