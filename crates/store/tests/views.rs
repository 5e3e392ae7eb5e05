//! The named views, as an analyst finds them with plain SQL on either database.

mod support;

use support::Stores;
use support::plain::Rows;
use support::workload::{busy, three_tiers};

fn rows<const N: usize>(expected: &[[&str; N]]) -> Rows {
    expected.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_tiers_can_be_read_in_every_log() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        three_tiers(&journal, tenant).await;
        journal.stop().await.expect("stop");
        let ask = async |columns: &str, view: &str| {
            store
                .sql(&format!("SELECT {columns} FROM {view} WHERE tenant_id = '{tenant}' ORDER BY seq"))
                .await
        };
        let columns = "transaction_id, kind, actor, amount, asset, balance, from_account, to_account, reference, reason";
        assert_eq!(
            ask(columns, "allocation_logs").await,
            rows(&[
                [
                    "txn_1",
                    "allocate",
                    "tester",
                    "50000",
                    "PTS",
                    "50000",
                    "issuance",
                    "pool",
                    "ref-allocate",
                    "why allocate"
                ],
                [
                    "txn_4",
                    "clawback",
                    "tester",
                    "-9000",
                    "PTS",
                    "30000",
                    "pool",
                    "issuance",
                    "ref-clawback",
                    "why clawback"
                ],
            ])
        );
        assert_eq!(
            ask("transaction_id, amount, balance", "platform_billing_logs").await,
            rows(&[["txn_1", "50000", "50000"], ["txn_4", "-9000", "41000"]])
        );
        assert_eq!(
            ask("transaction_id, amount, balance, from_account, to_account, member_id", "distribution_logs")
                .await,
            rows(&[
                ["txn_2", "10000", "40000", "pool", "lead:lee", "lee"],
                ["txn_3", "1000", "39000", "pool", "wallet:emp-7", "emp-7"],
            ])
        );
        assert_eq!(
            ask("transaction_id, member_id, account, amount, balance", "wallet_ledger").await,
            rows(&[["txn_3", "emp-7", "wallet:emp-7", "1000", "1000"]])
        );
        let audit =
            ask("transaction_id, kind, amount, balance, postings, idempotency_key", "audit_log").await;
        assert_eq!(audit[0], ["txn_1", "allocate", "50000", "50000", "1", "allocate"]);
        assert_eq!(audit[3], ["txn_4", "clawback", "9000", "-41000", "1", "clawback"]);
        assert_eq!(audit.len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_company_can_be_read_in_every_log() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        busy(&journal, tenant, "acme").await;
        journal.stop().await.expect("stop");
        let mine = format!("tenant_id = '{tenant}'");
        // Both sides of a move between members, and each sign.
        let usd = store
            .sql(&format!(
                "SELECT member_id, amount, balance, posting FROM wallet_ledger WHERE {mine} AND asset = 'USD'
                ORDER BY posting, amount"
            ))
            .await;
        let expected = [["emp-7", "250", "200", "0"], ["emp-8", "125", "175", "1"]];
        assert_eq!(usd[..2], rows(&expected));
        assert_eq!(usd[2..], rows(&[["emp-7", "-50", "200", "2"], ["emp-8", "50", "175", "2"]]));
        // The last balance in the log of each wallet is the stored one.
        let differing = store
            .value(&format!(
                "SELECT count(*) FROM balances AS b WHERE {mine} AND account LIKE 'wallet:%' AND posted <>
                (SELECT balance FROM wallet_ledger AS w WHERE w.{mine} AND w.account = b.account
                    ORDER BY seq DESC, posting DESC LIMIT 1)"
            ))
            .await;
        assert_eq!(differing, "0");
        let sum = "SELECT coalesce(sum(amount), 0) FROM wallet_ledger WHERE asset = 'PTS'";
        let held = "SELECT sum(posted) FROM balances WHERE account LIKE 'wallet:%' AND asset = 'PTS'";
        assert_eq!(store.value(sum).await, store.value(held).await);
        // Configuration changes are on the audit log, with nothing moved; so is every other row.
        let changes = store
            .sql(&format!("SELECT amount, asset, postings, changes FROM audit_log WHERE {mine} AND kind = 'tenant.create'"))
            .await;
        assert_eq!(changes[0][..3], rows(&[["null", "null", "0"]])[0]);
        assert!(changes[0][3].contains("Company acme"));
        assert_eq!(
            store.value("SELECT count(*) FROM audit_log").await,
            store.value("SELECT count(*) FROM journal").await
        );
        assert_eq!(
            store
                .value("SELECT count(*) FROM audit_log AS a JOIN journal AS j USING (tenant_id, seq, hash)")
                .await,
            store.value("SELECT count(*) FROM journal").await
        );
        let reversal =
            format!("SELECT transaction_id, reverses FROM audit_log WHERE {mine} AND kind = 'reverse'");
        let reverses = store.sql(&reversal).await.remove(0);
        let seq = |id: &str| id.trim_start_matches("txn_").parse::<i64>().expect("seq");
        assert_eq!(seq(&reverses[0]), seq(&reverses[1]) + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn instants_are_exact_over_the_whole_range() {
    for store in Stores::both().await {
        // Microseconds, dates before 1970, the year 9999 and the eve of the epoch.
        let instants = [
            (1_795_245_840_971_909_i64, "2026-11-21T07:24:00.971909Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (-2_208_988_800_000_001, "1899-12-31T23:59:59.999999Z"),
            (253_402_207_200_999_999, "9999-12-30T22:00:00.999999Z"),
        ];
        let tenant = "00000000-0000-7000-8000-000000000001";
        for (i, (instant, _)) in instants.iter().enumerate() {
            let (seq, hash) = (i + 1, "0".repeat(64));
            let row = format!(
                "INSERT INTO journal (tenant_id, seq, kind, actor, recorded_at, effective_at, postings, balances,
                    holds, changes, metadata, lists, hash)
                VALUES ('{tenant}', {seq}, 'k', 'a', {instant}, {instant}, '[]', '[]', '[]', '[]', '{{}}', '[]', '{hash}')"
            );
            store.sql(&row).await;
        }
        let shown = match store.is_postgres() {
            true => "to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
            false => "recorded_at",
        };
        let found = store.sql(&format!("SELECT {shown} FROM audit_log ORDER BY seq")).await;
        let found: Vec<_> = found.into_iter().flatten().collect();
        let expected: Vec<_> = instants.iter().map(|(_, text)| (*text).to_owned()).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_guide_answer() {
    let guide = include_str!("../../../docs/sql-views.md");
    let of = |database: &str| -> Vec<&str> {
        let (_, section) = guide.split_once(&format!("\n## {database}\n")).expect("section");
        let section = section.split("\n## ").next().unwrap_or_default();
        section.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
    };
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        busy(&journal, tenant, "acme").await;
        journal.stop().await.expect("stop");
        let examples = of(if store.is_postgres() { "PostgreSQL" } else { "SQLite" });
        assert_eq!(examples.len(), 3);
        let [allocated, givers, statement] = [examples[0], examples[1], examples[2]];
        let months = store.sql(allocated).await;
        assert_eq!(
            (months[0][0].as_str(), months[0][2].as_str(), months[0][3].as_str()),
            ("acme", "50000", "9000")
        );
        let givers = store.sql(givers).await;
        assert_eq!(givers.len(), 2, "{givers:?}");
        assert_eq!(givers[1][0], "system");
        let statement = store.sql(statement).await;
        assert_eq!(statement.last().expect("rows")[3..], ["1000", "1000", "why award"]);
        for view in
            ["allocation_logs", "platform_billing_logs", "distribution_logs", "wallet_ledger", "audit_log"]
        {
            assert!(guide.contains(&format!("`{view}`")));
            let columns = "tenant_id, transaction_id, seq, kind, actor, amount, asset, balance, from_account, to_account,
                reference, reason, reverses, recorded_at, effective_at";
            assert!(!store.sql(&format!("SELECT {columns} FROM {view}")).await.is_empty(), "{view}");
        }
    }
}
