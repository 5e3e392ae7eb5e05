//! Leases, and finding what is due, on both databases.

mod support;

use guerdon_ledger::{AccountPath, Amount, AssetCode, HoldKey, HoldOp};
use guerdon_store::driver::{Database, Dialect};
use guerdon_store::jobs::{self, Done, Due};
use guerdon_store::journal::Journal;
use guerdon_store::{Change, Scheduled, TenantId, statements};
use jiff::Timestamp;
use support::workload::{Decided, changes, hold_key, holds, moves, posting, tenant};
use support::{Stores, envelope};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("instant")
}

async fn take(database: &Database, owner: &str, now: i64, to: i64) -> bool {
    jobs::take_lease(database, "sweep", owner, at(now), at(to)).await.expect("a lease or none")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_one_servers_until_it_runs_out_or_is_given_back() {
    for store in Stores::both().await {
        let database = &store.database;
        assert!(take(database, "one", 100, 160).await);
        assert!(!take(database, "other", 101, 161).await);
        assert!(!take(database, "other", 159, 219).await);
        assert!(take(database, "one", 110, 170).await, "its own again");
        assert!(jobs::renew_lease(database, "sweep", "one", at(200)).await.expect("renewed"));
        assert!(!take(database, "other", 199, 259).await);
        assert!(take(database, "other", 200, 260).await, "it ran out");
        assert!(!jobs::renew_lease(database, "sweep", "one", at(300)).await.expect("not its own"));
        let late = Done { done: 2, failures: 1, last_error: Some("late".to_owned()), whole: true };
        jobs::give_lease_back(database, "sweep", "one", at(210), late).await.expect("noted");
        assert!(!take(database, "third", 220, 280).await, "it was not one's to give back");
        let done = Done { done: 3, whole: false, ..Done::default() };
        jobs::give_lease_back(database, "sweep", "other", at(230), done).await.expect("noted");
        let rows = jobs::list_jobs(database).await.expect("jobs");
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((&*row.job, &*row.owner, row.leased_to), ("sweep", "other", at(230)));
        assert_eq!((row.started_at, row.finished_at), (Some(at(200)), Some(at(210))));
        assert_eq!((row.runs, row.done, row.failures), (2, 5, 1));
        assert_eq!((row.last_error.as_deref(), row.failed_at), (Some("late"), Some(at(210))));
        assert!(take(database, "third", 230, 290).await, "it was given back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_a_lease_at_once_one_has_it() {
    for store in Stores::both().await {
        let wants = (0..16).map(|number| {
            let database = store.database.clone();
            tokio::spawn(async move { take(&database, &format!("server {number}"), 100, 160).await })
        });
        let mut taken = 0;
        for want in wants.collect::<Vec<_>>() {
            taken += usize::from(want.await.expect("an answer"));
        }
        assert_eq!(taken, 1);
    }
}

/// A company that is there, with what it scheduled.
async fn company(
    store: &Stores,
    journal: &Journal,
    slug: &str,
    scheduled: &[(&str, Option<i64>)],
) -> TenantId {
    let id = store.tenant(slug).await;
    let work = |(subject, due_at): &(&str, Option<i64>)| {
        Change::Schedule(Scheduled {
            job: "sweep".to_owned(),
            subject: (*subject).to_owned(),
            due_at: due_at.map(at),
        })
    };
    let made = [vec![tenant(id, slug, 1)], scheduled.iter().map(work).collect()].concat();
    journal.execute(envelope(id, "make"), Decided(changes("make", made))).await.expect("made");
    id
}

fn subjects(due: &[Due]) -> Vec<(&str, i64)> {
    due.iter().map(|due| (&*due.subject, due.due_at.as_second())).collect()
}

/// All pages of a list that is read with a limit.
async fn walk<F>(limit: i64, mut page: impl FnMut(Option<Due>) -> F) -> Vec<Due>
where
    F: Future<Output = Vec<Due>>,
{
    let mut all: Vec<Due> = Vec::new();
    loop {
        let more = page(all.last().cloned()).await;
        let ends = (more.len() as i64) < limit;
        all.extend(more);
        if ends {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_found_in_order_page_by_page_of_active_tenants_alone() {
    for store in Stores::both().await {
        let journal = store.journal();
        let (database, now) = (&store.database, at(100));
        let plan = [("a", Some(30)), ("b", Some(100)), ("c", Some(101)), ("d", None), ("e", Some(30))];
        let acme = company(&store, &journal, "acme", &plan).await;
        let other = company(&store, &journal, "other", &[("z", Some(10)), ("y", Some(30))]).await;
        for limit in 1..6 {
            let all = walk(limit, async |after| {
                jobs::due(database, "sweep", now, after.as_ref(), limit).await.expect("due")
            });
            let found = all.await;
            assert_eq!(subjects(&found), [("z", 10), ("a", 30), ("e", 30), ("y", 30), ("b", 100)], "{limit}");
            assert_eq!((found[0].tenant, found[1].tenant), (other, acme));
        }
        let count = async |job| jobs::due_count(database, job, now).await.expect("count");
        assert_eq!((count("sweep").await, count("weep").await), (5, 0));
        assert_eq!(jobs::next_due(database, "sweep").await.expect("next"), Some(at(10)));
        assert_eq!(jobs::next_due(database, "weep").await.expect("next"), None);

        // What was scheduled last stands; and a company that is suspended waits.
        let Change::Tenant(mut suspended) = tenant(other, "other", 2) else { panic!("a tenant") };
        suspended.status = guerdon_store::TenantStatus::Suspended;
        let again = Scheduled { job: "sweep".to_owned(), subject: "a".to_owned(), due_at: Some(at(99)) };
        for (id, change) in [(other, Change::Tenant(suspended)), (acme, Change::Schedule(again))] {
            let change = Decided(changes("change", vec![change]));
            journal.execute(envelope(id, "change"), change).await.expect("changed");
        }
        let found = jobs::due(database, "sweep", now, None, 10).await.expect("due");
        assert_eq!(subjects(&found), [("e", 30), ("a", 99), ("b", 100)]);
        assert_eq!(jobs::next_due(database, "sweep").await.expect("next"), Some(at(30)));
        let active = jobs::active_tenants(database, now, None, 10).await.expect("tenants");
        assert_eq!(active.iter().map(|due| due.tenant).collect::<Vec<_>>(), [acme]);
        let behind = jobs::behind(database, "budgets", None, 10).await.expect("journals");
        assert_eq!(behind.iter().map(|due| (due.tenant, &*due.subject)).collect::<Vec<_>>(), [(acme, "2")]);
        journal.stop().await.expect("stop");
    }
}

fn place(account: &str, reference: &str, expires_at: Option<i64>) -> HoldOp {
    HoldOp::Place {
        key: hold_key(account, reference),
        asset: AssetCode::points(),
        amount: Amount::new(5).expect("amount"),
        expires_at_us: expires_at.map(|second| second * 1_000_000),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_ran_out_are_found_while_they_reserve_something() {
    for store in Stores::both().await {
        let journal = store.journal();
        let (database, now) = (&store.database, at(100));
        let acme = company(&store, &journal, "acme", &[]).await;
        let issued = moves("issue", vec![posting("issuance", "pool", "PTS", 100)]);
        let expiries = [("a", Some(100)), ("b", Some(50)), ("c", None), ("d", Some(101)), ("e", Some(50))];
        let placed = expiries.map(|(reference, expires_at)| place("pool", reference, expires_at));
        let released = HoldOp::Release { key: hold_key("pool", "e"), amount: None };
        let part = HoldOp::Release { key: hold_key("pool", "b"), amount: Amount::new(2).ok() };
        for (key, decision) in [
            ("issue", issued),
            ("hold", holds("hold", placed.into())),
            ("release", holds("release", vec![released, part])),
        ] {
            journal.execute(envelope(acme, key), Decided(decision)).await.expect("recorded");
        }
        for limit in 1..4 {
            let all = walk(limit, async |after| {
                jobs::expired_holds(database, now, after.as_ref(), limit).await.expect("holds")
            });
            let found = all.await;
            let keys: Vec<_> = found.iter().map(|due| (&*due.subject, &*due.reference)).collect();
            assert_eq!(keys, [("pool", "b"), ("pool", "a")], "{limit}");
        }
        assert_eq!(jobs::expired_holds_count(database, now).await.expect("count"), 2);
        assert_eq!(jobs::next_expiry(database).await.expect("next"), Some(at(50)));
        let key = HoldKey { account: AccountPath::pool(), reference: "b".parse().expect("reference") };
        let rest = holds("release", vec![HoldOp::Release { key, amount: None }]);
        journal.execute(envelope(acme, "rest"), Decided(rest)).await.expect("released");
        assert_eq!(jobs::next_expiry(database).await.expect("next"), Some(at(100)));
        journal.stop().await.expect("stop");
    }
}

/// Many companies with much that is scheduled and held, little of it due.
const MANY: &str = "
    INSERT INTO tenants SELECT lpad(n::text, 36, '0'), 't' || n, 'T', 'UTC', 'active', '{}', 1, 0
        FROM generate_series(1, 1000) AS n;
    INSERT INTO schedule SELECT tenant_id, job, 's' || n, n * 1000
        FROM tenants, generate_series(1, 20) AS n, unnest(ARRAY['sweep', 'weep']) AS job;
    INSERT INTO holds SELECT tenant_id, 'pool', 'r' || n, 'PTS', 1, 0, 0, 'open', n * 1000, 1, 1
        FROM tenants, generate_series(1, 20) AS n;
    ANALYZE";

/// How PostgreSQL goes about a statement, with the settings of the server's own connections.
async fn plan(store: &Stores, name: &str, params: &str) -> String {
    let listed = statements();
    let text = |name| {
        let (_, sql) = listed.iter().find(|(listed, _)| *listed == name).expect("a statement");
        sql.text(Dialect::Postgres).expect("for PostgreSQL")
    };
    let script = format!(
        "SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS {};
        SET ROLE guerdon_app; BEGIN; SET LOCAL guerdon.tenant_id = '{}'; {}; EXPLAIN EXECUTE asked {params}",
        text(name),
        TenantId::PLATFORM,
        text("READ_IN_ORDER"),
    );
    store.sql(&script).await.concat().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_found_by_an_index_and_its_tenant_by_the_key() {
    let store = Stores::both().await.remove(1);
    store.sql(MANY).await;
    for (name, params, index) in [
        ("LIST_DUE", "('sweep', 1000, 0, '', '', 10)", "schedule_due"),
        ("COUNT_DUE", "('sweep', 1000)", "schedule_due"),
        ("FIND_NEXT_DUE", "('sweep')", "schedule_due"),
        ("LIST_EXPIRED", "(1000, 0, '', '', '', 10)", "holds_expiring"),
        ("COUNT_EXPIRED", "(1000)", "holds_expiring"),
        ("FIND_NEXT_EXPIRY", "", "holds_expiring"),
        ("LIST_ACTIVE_BEHIND", "('budgets', '', 10)", "cursors_pkey"),
    ] {
        let plan = plan(&store, name, params).await;
        let is_read_in_order = !["Seq Scan", "Bitmap", "Sort"].iter().any(|other| plan.contains(other));
        assert!(plan.contains(index) && is_read_in_order, "{name}: {plan}");
    }
}
