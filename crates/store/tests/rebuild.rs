//! Rebuilding: whatever happened to the derived tables, the journal makes them again as they were.

mod support;

use guerdon_store::driver::Mode;
use guerdon_store::journal::ExecuteError;
use guerdon_store::read;
use guerdon_store::rebuild::{RebuildError, Report, rebuild};
use guerdon_store::verify::verify;
use jiff::Timestamp;
use std::time::Duration;
use support::plain::Rows;
use support::proof::{company, is_clean};
use support::workload::{Decided, moves, posting};
use support::{Stores, envelope};

const TABLES: [&str; 15] = [
    "tenants",
    "members",
    "api_keys",
    "documents",
    "schedule",
    "referral_codes",
    "referrals",
    "referral_marks",
    "balances",
    "flows",
    "holds",
    "entries",
    "idempotency_keys",
    "reversals",
    "listings",
];

fn at() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().expect("instant")
}

async fn rebuilt(store: &Stores) -> Report {
    rebuild(&store.database, "tester", at(), &mut |_| {}).await.expect("rebuild")
}

async fn dumps(store: &Stores) -> Vec<(&'static str, Rows)> {
    let mut dumps = Vec::new();
    for table in TABLES {
        dumps.push((table, store.dump(table).await));
    }
    dumps
}

async fn restores(store: &Stores, tampering: &str) -> Report {
    let before = dumps(store).await;
    store.tamper(tampering).await;
    let report = rebuilt(store).await;
    for (table, rows) in before {
        assert_eq!(store.dump(table).await, rows, "{table} after {tampering}");
    }
    is_clean(store).await;
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_differs_after_rebuilding_what_was_right() {
    for store in Stores::both().await {
        company(&store).await;
        let journal = store.dump("journal").await;
        let (heads, slugs) = (store.dump("heads").await, store.dump("tenant_directory").await);
        let report = restores(&store, "SELECT 1").await;
        assert_eq!(report.tables.len(), 19);
        for table in &report.tables {
            assert_eq!(table.before, table.after, "{}", table.table);
            assert_eq!(table.differed, 0, "{}", table.table);
            let is_empty = table.table == "index_progress" && store.is_postgres();
            assert_eq!(table.after == 0, is_empty, "{} proves nothing", table.table);
        }
        // Where nothing was wrong nothing is recorded.
        assert_eq!(store.dump("journal").await, journal);
        assert_eq!((store.dump("heads").await, store.dump("tenant_directory").await), (heads, slugs));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_comes_back_after_it_was_emptied() {
    for store in Stores::both().await {
        company(&store).await;
        let counts = dumps(&store).await;
        for table in TABLES {
            let report = restores(&store, &format!("DELETE FROM {table}")).await;
            let rows = counts.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| rows.len());
            for of in report.tables {
                let differed = if of.table == table { rows as u64 } else { 0 };
                assert_eq!(of.differed, differed, "{} after {table} was emptied", of.table);
            }
        }
        let all = TABLES.map(|table| format!("DELETE FROM {table};")).concat();
        restores(&store, &all).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_comes_back_after_it_was_corrupted() {
    let tamperings = [
        ("tenants", "UPDATE tenants SET name = 'x', version = 9"),
        ("members", "UPDATE members SET role = 'admin', name = NULL"),
        ("api_keys", "UPDATE api_keys SET name = 'x', status = 'active', role = 'admin'"),
        ("documents", "UPDATE documents SET body = '{}'; DELETE FROM documents WHERE version = 1"),
        ("schedule", "UPDATE schedule SET due_at = 1"),
        ("referral_codes", "UPDATE referral_codes SET member_id = 'x'"),
        ("referrals", "UPDATE referrals SET status = 'rejected', rewards = '[]'"),
        (
            "referral_marks",
            "UPDATE referral_marks SET count = 9; DELETE FROM referral_marks WHERE kind = 'day'",
        ),
        ("balances", "UPDATE balances SET posted = posted + 1, seq = 1"),
        ("flows", "UPDATE flows SET amount = 1"),
        (
            "holds",
            "UPDATE holds SET placed_seq = 1, status = 'open'; DELETE FROM holds WHERE reference = 'order-4'",
        ),
        ("entries", "UPDATE entries SET amount = 1, posted = 2"),
        ("idempotency_keys", "UPDATE idempotency_keys SET seq = seq + 1"),
        ("reversals", "UPDATE reversals SET seq = seq + 1"),
        ("listings", "UPDATE listings SET list = 'forged' WHERE list = 'moves'"),
    ];
    for store in Stores::both().await {
        company(&store).await;
        for (table, tampering) in tamperings {
            let report = restores(&store, tampering).await;
            let of = report.tables.iter().find(|of| of.table == table).expect(table);
            assert!(of.differed > 0, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_slugs_come_back() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        let slugs = store.dump("tenant_directory").await;
        store
            .tamper(&format!(
                "DELETE FROM heads WHERE tenant_id = '{acme}';
                UPDATE heads SET hash = '{}' WHERE tenant_id <> '{acme}' AND seq > 0;
                DELETE FROM tenant_directory WHERE tenant_id = '{acme}'",
                "0".repeat(64)
            ))
            .await;
        let report = rebuilt(&store).await;
        let differed = |table| report.tables.iter().find(|of| of.table == table).expect("table").differed;
        assert_eq!((differed("heads"), differed("tenant_directory"), differed("balances")), (2, 1, 0));
        assert_eq!(store.dump("tenant_directory").await, slugs);
        is_clean(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_that_trail_are_filled_to_the_end() {
    let store = Stores::sqlite().await;
    let acme = company(&store).await;
    let behind = format!(
        "UPDATE index_progress SET seq = 20 WHERE tenant_id = '{acme}';
        DELETE FROM entries WHERE tenant_id = '{acme}' AND seq > 30"
    );
    let report = restores(&store, &behind).await;
    // To trail is not to differ, so there was nothing to repair.
    assert!(report.tables.iter().all(|of| of.differed == 0), "{report:?}");
    let verified = verify(&store.database, &mut |_| {}).await.expect("verify");
    assert_eq!(verified.waiting, 0);
    // A server that starts has nothing to catch up with, and goes on.
    let journal = store.journal();
    let award = Decided(moves("award", vec![posting("pool", "wallet:x", "PTS", 1)]));
    journal.execute(envelope(acme, "afterwards"), award).await.expect("award");
    journal.stop().await.expect("stop");
    is_clean(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_is_on_the_audit_trail_of_whom_it_was_for() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        let tampering = format!(
            "UPDATE balances SET posted = posted + 1 WHERE tenant_id = '{acme}' AND account = 'pool';
            DELETE FROM entries WHERE tenant_id = '{acme}' AND account = 'lead:lee'"
        );
        restores(&store, &tampering).await;
        let repairs = store
            .sql("SELECT tenant_id, actor, metadata, postings FROM audit_log WHERE kind = 'books.rebuild'")
            .await;
        let metadata = "{\"rows\":{\"balances\":1,\"entries\":1}}";
        assert_eq!(repairs, [[acme.to_string().as_str(), "tester", metadata, "0"]]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_forgets_what_it_had_read_wrong() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        let journal = store.journal();
        store
            .tamper(&format!(
                "UPDATE balances SET posted = held + 5 WHERE tenant_id = '{acme}' AND account = 'pool'"
            ))
            .await;
        // The server reads the balance as it has been falsified, and keeps it in mind.
        let all = |key: &str, amount| {
            let award = Decided(moves("award", vec![posting("pool", "wallet:x", "PTS", amount)]));
            journal.execute(envelope(acme, key), award)
        };
        let refused = all("too-much", 6).await;
        assert!(matches!(refused, Err(ExecuteError::Refused { .. })), "{refused:?}");
        rebuilt(&store).await;
        all("enough", 6).await.expect("enough");
        journal.stop().await.expect("stop");
        is_clean(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_built_on_a_journal_that_is_not_sound() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        store.tamper("DELETE FROM entries").await;
        store.tamper(&format!("UPDATE journal SET actor = 'x' WHERE tenant_id = '{acme}' AND seq = 7")).await;
        let before = dumps(&store).await;
        let refused = rebuild(&store.database, "tester", at(), &mut |_| {}).await;
        let Err(RebuildError::Unsound(report)) = refused else { panic!("{refused:?}") };
        assert!(report.findings.iter().any(|finding| finding.table == "journal" && finding.key == "txn_7"));
        assert_eq!(dumps(&store).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_closed_again_afterwards() {
    for store in Stores::both().await {
        company(&store).await;
        let triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name";
        let before = if store.is_postgres() { Vec::new() } else { store.sql(triggers).await };
        rebuilt(&store).await;
        if !store.is_postgres() {
            assert_eq!(store.sql(triggers).await, before);
        }
        for table in ["journal", "entries", "idempotency_keys", "reversals", "listings"] {
            let refused = store.try_sql(&format!("DELETE FROM {table}")).await.expect_err(table);
            assert!(refused.contains("history is append-only"), "{table}: {refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_wait_and_readers_see_the_tables_as_they_were() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        let journal = store.journal();
        let mut reader = store.database.begin(acme, Mode::Read).await.expect("read");
        let first = read::transactions_after(&mut reader, 0, 1).await.expect("first");
        assert_eq!(first.len(), 1);
        let writer = tokio::spawn({
            let journal = journal.clone();
            async move {
                for i in 0..50 {
                    let award = Decided(moves("award", vec![posting("pool", "wallet:x", "PTS", 1)]));
                    journal.execute(envelope(acme, &format!("w{i}")), award).await.expect("award");
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        });
        rebuilt(&store).await;
        // A reader of the instant before still sees that instant whole.
        let balances = read::balances_after(&mut reader, ("", ""), "", 1_000).await.expect("balances");
        assert!(balances.len() > 20, "{}", balances.len());
        drop(reader);
        writer.await.expect("writer");
        journal.stop().await.expect("stop");
        is_clean(&store).await;
        assert_eq!(store.value("SELECT count(*) FROM audit_log WHERE kind = 'books.rebuild'").await, "0");
    }
}
