//! Verification names what anyone but the journal changed.

mod support;

use guerdon_store::TenantId;
use guerdon_store::verify::{Finding, Report};
use support::Stores;
use support::proof::{company, names, report};

/// Tampers, verifies, and expects the row to be named.
async fn finds(tampering: &str, table: &str, key: &str) -> Vec<(Stores, TenantId, Report)> {
    let mut reports = Vec::new();
    for store in Stores::both().await {
        let acme = company(&store).await;
        store.tamper(&tampering.replace("$T", &format!("tenant_id = '{acme}'"))).await;
        let report = report(&store).await;
        let finding = names(&report, table, key);
        assert!(finding.is_some(), "{table} {key} is not named: {:#?}", report.findings);
        assert!(report.findings.iter().all(|finding| finding.tenant == acme.to_string()));
        reports.push((store, acme, report));
    }
    reports
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_amount_in_the_journal_is_found() {
    let change = "UPDATE journal SET postings = replace(postings, '1000', '9000') WHERE $T AND kind = 'award'
        AND reference = 'ref-award'";
    for (store, acme, report) in finds(change, "entries", "wallet:emp-7 PTS txn_11 posting 0").await {
        let seq = store
            .value(&format!("SELECT seq FROM journal WHERE tenant_id = '{acme}' AND reference = 'ref-award'"))
            .await;
        assert_eq!(seq, "11");
        let of_journal: Vec<_> = report.findings.iter().filter(|f| f.table == "journal").collect();
        // The row's hash, and the two balances that no longer follow. No later row is blamed.
        assert_eq!(of_journal.len(), 3, "{of_journal:#?}");
        assert!(of_journal.iter().all(|finding| finding.key == "txn_11"), "{of_journal:#?}");
        let wallet = of_journal.iter().find(|f| f.what.contains("wallet:emp-7")).expect("wallet");
        assert_eq!(wallet.expected.as_deref(), Some("posted=9000, held=0"));
        assert_eq!(wallet.found.as_deref(), Some("posted=1000, held=0"));
        assert!(names(&report, "flows", "PTS pool wallet").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_row_of_the_journal_is_found() {
    for (_, _, report) in finds("DELETE FROM journal WHERE $T AND seq = 11", "journal", "txn_11").await {
        assert_eq!(names(&report, "journal", "txn_11").expect("found").what, "the row is missing");
        // What it wrote elsewhere is known by no transaction now.
        assert!(names(&report, "entries", "wallet:emp-7 PTS txn_11 posting 0").is_some());
        assert!(names(&report, "idempotency_keys", "award").is_some());
    }
    let many = "DELETE FROM journal WHERE $T AND seq BETWEEN 20 AND 29";
    finds(many, "journal", "txn_20 to txn_29").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_cut_short_is_found() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        let last = store.value(&format!("SELECT max(seq) FROM journal WHERE tenant_id = '{acme}'")).await;
        store.tamper(&format!("DELETE FROM journal WHERE tenant_id = '{acme}' AND seq = {last}")).await;
        let report = report(&store).await;
        let finding = names(&report, "journal", &format!("txn_{last}")).expect("named");
        assert_eq!(finding.what, "the head names a transaction that is missing");
        // Its texts are left over too.
        assert!(names(&report, "journal_texts", &format!("txn_{last}")).is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_hash_is_found_and_no_other_row_blamed() {
    let change = "UPDATE journal SET hash = replace(replace(hash, 'a', 'b'), '1', '2') WHERE $T AND seq = 15";
    for (_, _, report) in finds(change, "journal", "txn_15").await {
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_a_transaction_is_under_its_hash() {
    let columns = [
        ("kind", "'x'"),
        ("actor", "'x'"),
        ("idempotency_key", "'x'"),
        ("fingerprint", "'x'"),
        ("effective_at", "effective_at + 1"),
        ("reason", "'x'"),
        ("reference", "'x'"),
        ("metadata", "'{\"x\":1}'"),
        ("reverses", "1"),
        ("lists", "'[\"x\"]'"),
        ("texts_hash", "'x'"),
        ("recorded_at", "recorded_at + 1"),
    ];
    for store in Stores::both().await {
        let acme = company(&store).await;
        for (i, (column, value)) in columns.iter().enumerate() {
            let seq = i + 20;
            let change =
                format!("UPDATE journal SET {column} = {value} WHERE tenant_id = '{acme}' AND seq = {seq}");
            store.tamper(&change).await;
        }
        let report = report(&store).await;
        for (i, (column, _)) in columns.iter().enumerate() {
            let key = format!("txn_{}", i + 20);
            let hash =
                |f: &&Finding| f.key == key && f.what == "the row, or its hash, is not what was recorded";
            assert!(report.findings.iter().any(|f| hash(&f)), "{column}: {:#?}", report.findings);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_found() {
    let change = "UPDATE journal SET postings = '[{\"from\":1}]' WHERE $T AND seq = 12;
        UPDATE journal SET holds = 'x' WHERE $T AND seq = 13;
        UPDATE journal SET recorded_at = 9223372036854775807 WHERE $T AND seq = 14;
        UPDATE journal SET hash = replace(hash, substr(hash, 1, 1), 'ü') WHERE $T AND seq = 16;
        UPDATE balances SET account = 'ünknown :' WHERE $T AND account = 'wallet:m3'";
    for (_, _, report) in finds(change, "journal", "txn_12").await {
        for seq in 12..=16 {
            let named = names(&report, "journal", &format!("txn_{seq}"));
            assert_eq!(
                named.is_some(),
                seq != 15 || named.is_some_and(|f| f.what.contains("before")),
                "{seq}"
            );
        }
        assert!(names(&report, "balances", "ünknown : PTS").is_some());
        assert!(names(&report, "balances", "wallet:m3 PTS").is_some());
        serde_json::to_string(&report).expect("JSON");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_numbers_are_found_and_do_no_harm() {
    let change = "UPDATE journal SET balances = replace(balances, '\"posted\":', '\"posted\":-900000000000000000')
            WHERE $T AND seq = 12;
        UPDATE journal SET holds = replace(holds, '\"captured\":', '\"captured\":922337203685477580') WHERE $T;
        UPDATE balances SET posted = 9223372036854775807, held = -9223372036854775808 WHERE $T AND account = 'pool'";
    if cfg!(debug_assertions) {
        // Overflow would panic here.
        for store in Stores::both().await.into_iter().take(1) {
            let acme = company(&store).await;
            store.tamper(&change.replace("$T", &format!("tenant_id = '{acme}'"))).await;
            let report = report(&store).await;
            assert!(names(&report, "journal", "txn_12").is_some());
            assert!(names(&report, "balances", "pool PTS").is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_balance_is_found() {
    let change = "UPDATE balances SET posted = posted + 5 WHERE $T AND account = 'wallet:emp-7'";
    for (_, _, report) in finds(change, "balances", "wallet:emp-7 PTS").await {
        let finding = names(&report, "balances", "wallet:emp-7 PTS").expect("named");
        assert_eq!(finding.expected.as_deref(), Some("posted=690"));
        assert_eq!(finding.found.as_deref(), Some("posted=695"));
        let sum = names(&report, "balances", "PTS").expect("the sum");
        assert_eq!((sum.expected.as_deref(), sum.found.as_deref()), (Some("0"), Some("5")));
        assert_eq!(report.findings.len(), 2);
    }
    finds("UPDATE balances SET seq = seq + 1 WHERE $T AND account = 'pool'", "balances", "pool PTS").await;
    finds("DELETE FROM balances WHERE $T AND account = 'lead:lee'", "balances", "lead:lee PTS").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_an_altered_and_an_added_entry_are_found() {
    let change = "DELETE FROM entries WHERE $T AND account = 'wallet:emp-7' AND seq = 11;
        UPDATE entries SET posted = posted + 1 WHERE $T AND account = 'lead:lee';
        INSERT INTO entries SELECT tenant_id, account, asset, seq + 1, posting, amount, posted, recorded_at, effective_at
            FROM entries WHERE $T AND account = 'lead:lee'";
    for (_, _, report) in finds(change, "entries", "wallet:emp-7 PTS txn_11 posting 0").await {
        let of = |key: &str| names(&report, "entries", key).expect("named");
        assert_eq!(of("wallet:emp-7 PTS txn_11 posting 0").what, "the row is missing");
        let altered = of("lead:lee PTS txn_10 posting 0");
        assert_eq!(altered.expected.as_deref(), Some("posted=10000"));
        assert_eq!(altered.found.as_deref(), Some("posted=10001"));
        assert_eq!(of("lead:lee PTS txn_11 posting 0").what, "the journal knows of no such row");
        assert_eq!(report.findings.len(), 3, "{:#?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_hold_is_found() {
    for (column, value) in [
        ("captured", "captured + 1"),
        ("status", "'released'"),
        ("placed_seq", "placed_seq + 1"),
        ("seq", "seq + 1"),
        ("expires_at", "7"),
    ] {
        let change = format!("UPDATE holds SET {column} = {value} WHERE $T AND reference = 'order-3'");
        for (_, _, report) in finds(&change, "holds", "wallet:emp-7 order-3").await {
            assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
        }
    }
    let change = "DELETE FROM holds WHERE $T AND reference = 'order-1'";
    finds(change, "holds", "wallet:emp-7 order-1").await;
    let change =
        "INSERT INTO holds SELECT tenant_id, account, 'forged', asset, amount, captured, released, status,
        expires_at, placed_seq, seq FROM holds WHERE $T AND reference = 'order-1'";
    for (_, _, report) in finds(change, "holds", "wallet:emp-7 forged").await {
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_flow_is_found() {
    let change =
        "UPDATE flows SET amount = amount + 1 WHERE $T AND from_class = 'pool' AND to_class = 'lead'";
    for (_, _, report) in finds(change, "flows", "PTS pool lead").await {
        assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_configuration_is_found() {
    let change =
        "UPDATE members SET role = 'admin', email = 'thief@example.com' WHERE $T AND member_id = 'lee';
        DELETE FROM members WHERE $T AND member_id = 'emp-8';
        UPDATE api_keys SET scopes = '[\"all\"]' WHERE $T;
        UPDATE documents SET body = '{}' WHERE $T AND document_id = 'r1' AND version = 2;
        UPDATE tenants SET settings = '{}' WHERE $T;
        UPDATE idempotency_keys SET seq = 1 WHERE $T AND idempotency_key = 'several';
        DELETE FROM reversals WHERE $T;
        DELETE FROM listings WHERE $T AND list = 'moves' AND seq = (SELECT max(seq) FROM listings WHERE $T);
        UPDATE heads SET recorded_at = 1 WHERE $T;
        UPDATE tenant_directory SET slug = 'theirs' WHERE $T;
        UPDATE journal_texts SET body = replace(body, 'Person', 'Nobody') WHERE $T AND seq = 3";
    for (_, acme, report) in finds(change, "members", "lee").await {
        let role = names(&report, "members", "lee").expect("named");
        assert_eq!(role.expected.as_deref(), Some("email=(15 characters), role=manager"));
        assert_eq!(role.found.as_deref(), Some("email=(17 characters), role=admin"));
        let acme = acme.to_string();
        for (table, key) in [
            ("members", "emp-8"),
            ("documents", "rule r1 2"),
            ("tenants", acme.as_str()),
            ("idempotency_keys", "several"),
            ("heads", acme.as_str()),
            ("tenant_directory", acme.as_str()),
            ("journal_texts", "txn_3"),
        ] {
            assert!(names(&report, table, key).is_some(), "{table} {key}: {:#?}", report.findings);
        }
        assert_eq!(report.found.get("api_keys"), Some(&1));
        assert_eq!(report.found.get("reversals"), Some(&1));
        assert_eq!(report.found.get("idempotency_keys"), Some(&1));
        assert_eq!(report.found.get("listings"), Some(&1));
    }
}
