//! A database that fails while it commits.

mod support;

use guerdon_ledger::{AccountPath, AssetCode};
use guerdon_store::driver::{Database, FaultRates, Faults, Mode};
use guerdon_store::journal::{Envelope, ExecuteError, Journal};
use guerdon_store::{Clock, TenantId, read};
use std::sync::Arc;
use support::{Stores, Transfer, envelope, issue};

/// A server over the store whose faults strike every time, once they are let.
struct Failing {
    journal: Journal,
    faults: Arc<Faults>,
}

impl Failing {
    fn on(store: &Stores, rates: FaultRates) -> Self {
        let faults = Arc::new(Faults::new(1, rates));
        faults.enable(false);
        let database = store.database.clone().with_faults(faults.clone());
        let journal = Journal::start(database, Clock::System, 2).expect("journal");
        Self { journal, faults }
    }
}

const LOST_ANSWERS: FaultRates = FaultRates { statement: 0, commit_lost: 0, answer_lost: 1_000, crash: 0 };
const LOST_COMMITS: FaultRates = FaultRates { statement: 0, commit_lost: 1_000, answer_lost: 0, crash: 0 };

async fn pool(database: &Database, tenant: TenantId) -> i64 {
    let mut tx = database.begin(tenant, Mode::Read).await.expect("begin");
    let key = AccountPath::pool().in_asset(&AssetCode::points());
    read::balance(&mut tx, &key).await.expect("balance").posted
}

/// The journal looks for what a commit of unknown fate recorded, by its key. To whoever asked it is not a replay: what
/// is shown only once, such as the secret of a new key, must be shown now.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_by_a_commit_without_an_answer_is_new_to_whoever_asked() {
    for store in Stores::both().await {
        let tenant = store.tenant("acme").await;
        let Failing { journal, faults } = Failing::on(&store, LOST_ANSWERS);
        issue(&journal, tenant, 1_000).await;
        faults.enable(true);
        let give = || Transfer::new("pool", "wallet:bea", 10);
        let calls = (0..20).map(|i| journal.execute(envelope(tenant, &format!("give-{}", i / 2)), give()));
        let receipts = futures::future::join_all(calls).await;
        let receipts: Vec<_> = receipts.into_iter().map(|receipt| receipt.expect("recorded")).collect();
        for pair in receipts.chunks(2) {
            assert_eq!(pair[0].record, pair[1].record);
            assert_ne!(pair[0].replayed, pair[1].replayed, "one of two calls is new: {pair:?}");
        }
        let all = journal.execute_all(envelope(tenant, "all"), vec![give(), give()]).await.expect("all");
        assert!(all.iter().all(|receipt| !receipt.replayed));
        let again = journal.execute(envelope(tenant, "give-0"), give()).await.expect("again");
        assert!(again.replayed);
        faults.enable(false);
        assert_eq!(pool(&store.database, tenant).await, 1_000 - 12 * 10);
        journal.stop().await.expect("stop");
        support::proof::is_clean(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_key_is_not_tried_again_after_a_commit_without_an_answer() {
    for store in Stores::both().await {
        let tenant = store.tenant("acme").await;
        let Failing { journal, faults } = Failing::on(&store, LOST_ANSWERS);
        issue(&journal, tenant, 1_000).await;
        faults.enable(true);
        let keyless = Envelope { tenant, actor: "tester".into(), idempotency: None };
        let answer = journal.execute(keyless, Transfer::new("pool", "wallet:bea", 10)).await;
        assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        faults.enable(false);
        assert_eq!(pool(&store.database, tenant).await, 990);
        journal.stop().await.expect("stop");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_lost_each_time_leaves_nothing_behind() {
    for store in Stores::both().await {
        let tenant = store.tenant("acme").await;
        let Failing { journal, faults } = Failing::on(&store, LOST_COMMITS);
        issue(&journal, tenant, 1_000).await;
        faults.enable(true);
        let give =
            |key: &str| journal.execute(envelope(tenant, key), Transfer::new("pool", "wallet:bea", 10));
        let answer = give("give").await;
        assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        faults.enable(false);
        assert_eq!(pool(&store.database, tenant).await, 1_000);
        let receipt = give("give").await.expect("recorded");
        assert!(!receipt.replayed);
        assert_eq!(receipt.record.seq, 2);
        journal.stop().await.expect("stop");
        support::proof::is_clean(&store).await;
    }
}

/// An account's entries are read from the journal's own indexes, of which a part waits in memory on SQLite. Together
/// they show what the transaction sees, however much is recorded meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn entries_are_those_of_the_instant_that_is_read() {
    for store in Stores::both().await {
        let tenant = store.tenant("acme").await;
        let journal = store.journal();
        issue(&journal, tenant, 1_000).await;
        let mut before = journal.database().begin(tenant, Mode::Read).await.expect("begin");
        assert_eq!(seqs(&mut before).await, (1, vec![1]));
        let mut begun = journal.database().begin(tenant, Mode::Read).await.expect("begin");
        for i in 0..3 {
            let give = Transfer::new("pool", "wallet:bea", 10);
            journal.execute(envelope(tenant, &format!("give-{i}")), give).await.expect("recorded");
        }
        assert_eq!(seqs(&mut before).await, (1, vec![1]), "a reading sees one instant");
        let (last, entries) = seqs(&mut begun).await;
        assert_eq!(entries, (1..=last).rev().collect::<Vec<_>>(), "a reading sees all of its instant");
        drop((before, begun));
        journal.stop().await.expect("stop");
    }
}

/// The last transaction, and the transactions that the pool's entries name, the newest first.
async fn seqs(tx: &mut guerdon_store::driver::Transaction) -> (i64, Vec<i64>) {
    let last = read::transactions_before(tx, i64::MAX, 1).await.expect("transactions");
    let (account, asset) = (AccountPath::pool(), AssetCode::points());
    let page = read::EntryPage { account, asset, before: None, from: None, to: None, limit: 50 };
    let entries = read::entries(tx, &page).await.expect("entries");
    (last.first().expect("one").seq, entries.iter().map(|entry| entry.seq).collect())
}
