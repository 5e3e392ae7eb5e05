//! Lists: whoever recorded a transaction finds it in its lists at once, wherever its index rows are by then; and by the
//! time at which it was recorded.

mod support;

use guerdon_store::driver::{Database, Mode};
use guerdon_store::journal::{Decision, Journal, ListName, Tuning};
use guerdon_store::read::{ListPage, first_recorded_at, listed, transactions_after};
use guerdon_store::{Clock, TenantId};
use jiff::{Timestamp, ToSpan};
use std::time::Duration;
use support::workload::{Decided, changes};
use support::{Stores, envelope};

const RECORDED: i64 = 90;

fn all() -> ListName {
    ListName::all("all")
}

fn third(which: i64) -> ListName {
    ListName::one("third", &which.to_string())
}

/// Everything in a list from a transaction on, newest first, in pages of four.
async fn paged(database: &Database, tenant: TenantId, list: &ListName, from: i64) -> Vec<i64> {
    let (mut seqs, mut before) = (Vec::new(), i64::MAX);
    loop {
        let mut tx = database.begin(tenant, Mode::Read).await.expect("a reading");
        let page = listed(&mut tx, &ListPage { list, from, before, limit: 4 }).await.expect("a page");
        seqs.extend(page.iter().map(|record| record.seq));
        match page.last() {
            Some(record) if page.len() == 4 => before = record.seq,
            _ => return seqs,
        }
    }
}

async fn everything_up_to(store: &Stores, tenant: TenantId, end: i64) {
    let of = |wanted: &dyn Fn(i64) -> bool| (1..=end).rev().filter(|seq| wanted(*seq)).collect::<Vec<_>>();
    assert_eq!(paged(&store.database, tenant, &all(), 0).await, of(&|_| true));
    assert_eq!(paged(&store.database, tenant, &all(), 20).await, of(&|seq| seq >= 20));
    for which in 0..3 {
        assert_eq!(paged(&store.database, tenant, &third(which), 0).await, of(&|seq| seq % 3 == which));
    }
    assert!(paged(&store.database, tenant, &third(3), 0).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_whole_while_its_rows_are_on_their_way() {
    // Rows wait until there are a few, and are merged a few at a time, beside the commits and while nobody asks.
    let tuning = Tuning { batch: 4, worth_merging: 7, idle: Duration::from_millis(1), ..Tuning::default() };
    for store in Stores::both().await {
        let tenant = store.tenant("acme").await;
        let start =
            || Journal::start_tuned(store.database.clone(), Clock::System, 2, tuning).expect("journal");
        let journal = start();
        for seq in 1..=RECORDED {
            // Named twice, listed once.
            let lists = vec![all(), third(seq % 3), all()];
            let decision = Decision { lists, ..changes("note", Vec::new()) };
            let key = envelope(tenant, &format!("note {seq}"));
            let receipt = journal.execute(key, Decided(decision)).await.expect("recorded");
            assert_eq!(receipt.record.lists, [all(), third(seq % 3)]);
            if seq % 7 == 0 {
                everything_up_to(&store, tenant, seq).await;
            }
        }
        journal.stop().await.expect("stop");
        everything_up_to(&store, tenant, RECORDED).await;
        let journal = start();
        everything_up_to(&store, tenant, RECORDED).await;
        journal.stop().await.expect("stop");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_its_tenants_own() {
    for store in Stores::both().await {
        let (acme, globex) = (store.tenant("acme").await, store.tenant("globex").await);
        let journal = store.journal();
        for tenant in [acme, globex, acme] {
            let decision = Decision { lists: vec![all()], ..changes("note", Vec::new()) };
            let mut note = envelope(tenant, "");
            note.idempotency = None;
            journal.execute(note, Decided(decision)).await.expect("recorded");
        }
        for at in ["before it ends", "after"] {
            assert_eq!(paged(&store.database, acme, &all(), 0).await, [2, 1], "{at}");
            assert_eq!(paged(&store.database, globex, &all(), 0).await, [1], "{at}");
            journal.stop().await.expect("stop");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_in_the_journal_is_found_by_the_time_of_recording() {
    for store in Stores::both().await {
        let (acme, nobody) = (store.tenant("acme").await, store.tenant("globex").await);
        let journal = store.journal();
        for seq in 1..=13 {
            let note = Decided(changes("note", Vec::new()));
            journal.execute(envelope(acme, &format!("note {seq}")), note).await.expect("recorded");
        }
        let mut tx = store.database.begin(acme, Mode::Read).await.expect("a reading");
        let records = transactions_after(&mut tx, 0, 100).await.expect("the journal");
        for around in records.iter().map(|record| record.recorded_at) {
            for at in [around - 1.microsecond(), around, around + 1.microsecond()] {
                let first = first_recorded_at(&mut tx, at).await.expect("a place");
                for record in &records {
                    assert_eq!(record.seq < first, record.recorded_at < at, "{} at {at}", record.seq);
                }
            }
        }
        let ends = [Timestamp::MIN, Timestamp::MAX];
        for (at, first) in ends.into_iter().zip([1, 14]) {
            assert_eq!(first_recorded_at(&mut tx, at).await.expect("a place"), first);
        }
        let mut tx = store.database.begin(nobody, Mode::Read).await.expect("a reading");
        assert_eq!(first_recorded_at(&mut tx, Timestamp::UNIX_EPOCH).await.expect("a place"), 1);
        journal.stop().await.expect("stop");
    }
}
