//! Verification: clean on what the journal wrote, whatever the server is at.

mod support;

use guerdon_store::verify::verify;
use support::proof::{company, is_clean, names, report};
use support::workload::{moves, posting, record};
use support::{Stores, envelope, workload};

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_company_verifies() {
    for store in Stores::both().await {
        company(&store).await;
        let mut stages = std::collections::BTreeSet::new();
        let report = verify(&store.database, &mut |progress| {
            stages.insert(progress.stage);
        })
        .await;
        let report = report.expect("verify");
        assert!(report.is_clean(), "{:#?}", report.findings);
        assert_eq!(report.journals, 4);
        let count = async |table: &str| store.value(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(report.transactions.to_string(), count("journal").await);
        assert_eq!(report.entries.to_string(), count("entries").await);
        assert_eq!(report.accounts.to_string(), count("balances").await);
        assert_eq!(report.holds.to_string(), count("holds").await);
        assert!(stages.contains("transactions") && stages.contains("entries"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_longer_than_a_page_verifies() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        support::issue(&journal, tenant, 1_000_000).await;
        for page in 0..3 {
            let awards = (0..1_500).map(|i| {
                workload::Decided(moves("award", vec![posting("pool", &format!("wallet:m{i}"), "PTS", 1)]))
            });
            let key = format!("page-{page}");
            journal.execute_all(envelope(tenant, &key), awards.collect()).await.expect("awards");
        }
        journal.stop().await.expect("stop");
        is_clean(&store).await;
        let clean = report(&store).await;
        assert_eq!((clean.transactions, clean.entries, clean.accounts), (4_501, 9_002, 1_502));
        // Of many findings all are counted and some are listed.
        store.tamper("DELETE FROM entries WHERE account <> 'pool'").await;
        let found = report(&store).await;
        assert_eq!(found.found.get("entries"), Some(&4_501));
        assert_eq!(found.findings.len(), guerdon_store::verify::LISTED_PER_TABLE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_on_writing_is_not_blamed() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        support::issue(&journal, tenant, 1_000_000).await;
        let writer = tokio::spawn({
            let journal = journal.clone();
            async move {
                for i in 0..400 {
                    let award =
                        moves("award", vec![posting("pool", &format!("wallet:m{}", i % 7), "PTS", 1)]);
                    record(&journal, tenant, &format!("a{i}"), award).await;
                }
            }
        });
        let mut rounds = 0;
        while !writer.is_finished() || rounds == 0 {
            let report = report(&store).await;
            assert!(report.is_clean(), "{:#?}", report.findings);
            rounds += 1;
        }
        writer.await.expect("writer");
        assert!(report(&store).await.is_clean());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn index_rows_on_their_way_are_no_finding_and_wrong_ones_are() {
    let store = Stores::sqlite().await;
    let acme = company(&store).await;
    let mine = format!("tenant_id = '{acme}'");
    let last: i64 =
        store.value(&format!("SELECT seq FROM index_progress WHERE {mine}")).await.parse().expect("seq");
    let filled = last - 30;
    let behind = format!(
        "UPDATE index_progress SET seq = {filled} WHERE {mine};
        DELETE FROM entries WHERE {mine} AND seq > {filled} AND seq % 2 = 0;
        DELETE FROM idempotency_keys WHERE {mine} AND seq > {filled} AND seq % 3 = 0;
        DELETE FROM listings WHERE {mine} AND seq > {filled} AND seq % 2 = 1;
        DELETE FROM reversals WHERE {mine}"
    );
    store.tamper(&behind).await;
    let clean = report(&store).await;
    assert!(clean.is_clean(), "{:#?}", clean.findings);
    assert_eq!(clean.waiting, 30);
    // What is there already must be right, and nothing else be there.
    let wrong = format!(
        "UPDATE entries SET posted = posted + 1 WHERE {mine} AND account = 'pool' AND seq =
            (SELECT max(seq) FROM entries WHERE {mine} AND account = 'pool');
        INSERT INTO entries VALUES ('{acme}', 'wallet:thief', 'PTS', {last}, 0, 5, 5, 0, 0);
        INSERT INTO idempotency_keys VALUES ('{acme}', 'forged', {last});
        INSERT INTO listings VALUES ('{acme}', 'forged', {last});
        DELETE FROM entries WHERE {mine} AND account = 'lead:lee'"
    );
    store.tamper(&wrong).await;
    let found = report(&store).await;
    assert_eq!(found.found.get("entries"), Some(&3), "{:#?}", found.findings);
    assert_eq!(found.found.get("idempotency_keys"), Some(&1));
    assert_eq!(found.found.get("listings"), Some(&1));
    let of_entries: Vec<_> =
        found.findings.iter().filter(|f| f.table == "entries").map(|f| f.what.as_str()).collect();
    for what in
        ["the row is missing", "the row is not what the journal says", "the journal knows of no such row"]
    {
        assert!(of_entries.contains(&what), "{what}: {:#?}", found.findings);
    }
    assert!(names(&found, "idempotency_keys", "forged").is_some());
    store.tamper(&format!("UPDATE index_progress SET seq = {last} + 1 WHERE {mine}")).await;
    assert!(names(&report(&store).await, "index_progress", &acme.to_string()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_texts_leave_the_proof_whole() {
    for store in Stores::both().await {
        let acme = company(&store).await;
        let of_emp_8 = "(SELECT seq FROM journal WHERE changes LIKE '%emp-8%')";
        store
            .tamper(&format!(
                "DELETE FROM journal_texts WHERE tenant_id = '{acme}' AND seq IN {of_emp_8};
                UPDATE members SET name = NULL, email = NULL WHERE tenant_id = '{acme}' AND member_id = 'emp-8'"
            ))
            .await;
        let report = report(&store).await;
        assert!(report.is_clean(), "{:#?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_as_an_older_program_wrote_them_are_no_finding() {
    for store in Stores::both().await {
        company(&store).await;
        // Without the currency, which has a default; and in another order and spacing.
        store.tamper("UPDATE tenants SET settings = '{\"low_balance\": 2}'").await;
        store.tamper("UPDATE documents SET body = replace(body, ',', ' , ')").await;
        let clean = report(&store).await;
        assert!(clean.is_clean(), "{:#?}", clean.findings);
        store.tamper("UPDATE tenants SET settings = '{\"low_balance\": 3}'").await;
        assert_eq!(report(&store).await.found.get("tenants"), Some(&2));
        store.tamper("UPDATE tenants SET settings = '{\"low_balance\": 2, \"forged\": 1}'").await;
        assert_eq!(report(&store).await.found.get("tenants"), Some(&2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_no_tenant_are_found() {
    for store in Stores::both().await {
        company(&store).await;
        let nobody = "00000000-0000-7000-8000-00000000dead";
        store
            .tamper(&format!(
                "INSERT INTO balances VALUES ('{nobody}', 'wallet:x', 'PTS', 5, 0, 1);
                INSERT INTO members VALUES ('not-an-id', 'm', NULL, NULL, 'member', NULL, NULL, 'active', 1, 0, '{{}}')"
            ))
            .await;
        let report = report(&store).await;
        let finding = names(&report, "balances", "wallet:x PTS").expect("named");
        assert_eq!(finding.tenant, nobody);
        assert!(names(&report, "members", "not-an-id").is_some(), "{:#?}", report.findings);
    }
}
