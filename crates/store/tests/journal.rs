//! The journal on both databases: what is recorded, refused, replayed and undone.

mod support;

use guerdon_ledger::{AccountPath, AssetCode, MemberId};
use guerdon_store::journal::{ExecuteError, Journal};
use guerdon_store::{TenantId, read};
use support::{Stores, Transfer, issue};

async fn posted(journal: &Journal, tenant: TenantId, account: &str) -> i64 {
    let mut tx = journal.database().begin(tenant, guerdon_store::driver::Mode::Read).await.expect("read");
    let key = AccountPath::new(account).expect("path").in_asset(&AssetCode::points());
    read::balance(&mut tx, &key).await.expect("balance").posted
}

#[tokio::test(flavor = "multi_thread")]
async fn three_tiers_add_up() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        issue(&journal, tenant, 50_000).await;
        let lead = AccountPath::lead(&MemberId::new("lee").expect("id"));
        journal
            .execute(support::envelope(tenant, "d"), Transfer::new("pool", lead.as_str(), 10_000))
            .await
            .expect("d");
        let receipt = journal
            .execute(support::envelope(tenant, "a"), Transfer::new("pool", "wallet:emp-7", 1_000))
            .await
            .expect("award");
        assert_eq!(receipt.record.seq, 3);
        for (account, expected) in
            [("pool", 39_000), ("lead:lee", 10_000), ("wallet:emp-7", 1_000), ("issuance", -50_000)]
        {
            assert_eq!(posted(&journal, tenant, account).await, expected, "{account}");
        }
        journal.stop().await.expect("stop");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_records_once_and_answers_the_same() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        issue(&journal, tenant, 1_000).await;
        let calls = (0..100).map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move {
                journal
                    .execute(support::envelope(tenant, "once"), Transfer::new("pool", "wallet:x", 10))
                    .await
            })
        });
        let mut first = 0;
        for call in calls.collect::<Vec<_>>() {
            let receipt = call.await.expect("joined").expect("recorded");
            first += i32::from(!receipt.replayed);
            assert_eq!(receipt.record.seq, 2);
        }
        assert_eq!(first, 1);
        assert_eq!(posted(&journal, tenant, "wallet:x").await, 10);
        let mut other = support::envelope(tenant, "once");
        other.idempotency.as_mut().expect("key").fingerprint = "another".into();
        let conflict = journal.execute(other, Transfer::new("pool", "wallet:x", 10)).await;
        assert!(matches!(conflict, Err(ExecuteError::IdempotencyConflict { seq: 2, .. })), "{conflict:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_commands_all_are_recorded_or_none() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        issue(&journal, tenant, 100).await;
        let transfer = |amount| Transfer::new("pool", "wallet:x", amount);
        let refused = journal
            .execute_all(support::envelope(tenant, "g"), vec![transfer(60), transfer(30), transfer(20)])
            .await;
        assert!(matches!(refused, Err(ExecuteError::Refused { index: 2, .. })), "{refused:?}");
        assert_eq!(posted(&journal, tenant, "wallet:x").await, 0);
        let recorded = journal
            .execute_all(support::envelope(tenant, "g"), vec![transfer(60), transfer(40)])
            .await
            .expect("all");
        assert_eq!(recorded.iter().map(|r| r.record.seq).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(posted(&journal, tenant, "wallet:x").await, 100);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_n_pays_n_of_many_at_once() {
    for store in Stores::both().await {
        let journal = store.journal();
        let tenant = store.tenant("acme").await;
        issue(&journal, tenant, 500).await;
        let mut calls = tokio::task::JoinSet::new();
        for i in 0..640 {
            let journal = journal.clone();
            calls.spawn(async move {
                let transfer = Transfer::new("pool", &format!("wallet:m{}", i % 64), 1);
                journal.execute(support::envelope(tenant, &format!("k{i}")), transfer).await.is_ok()
            });
        }
        let succeeded = calls.join_all().await.into_iter().filter(|ok| *ok).count();
        assert_eq!(succeeded, 500);
        assert_eq!(posted(&journal, tenant, "pool").await, 0);
    }
}
