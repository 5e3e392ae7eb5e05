//! What a lane of the journal promises when things go wrong: one bad job harms no other, a database that is away is away
//! for no longer than it is, and a queue that is full says so.

use guerdon_ledger::{AccountPath, Amount, AssetCode, MemberId};
use guerdon_programs::general::{Credit, Direction};
use guerdon_programs::points::{Allocate, Clawback};
use guerdon_programs::tenants::{self, NewTenant};
use guerdon_programs::{Error, Refusal};
use guerdon_store::driver::{Database, FaultRates, Faults, Location, Mode};
use guerdon_store::journal::{
    Command, Envelope, ExecuteError, Idempotency, Journal, Metadata, Receipt, Tuning,
};
use guerdon_store::{Clock, Settings, Slug, TenantId, ZoneName, migrate, read, verify};
use guerdon_testkit::gate::Gate;
use guerdon_testkit::postgres::{Cluster, Durability};
use jiff::Timestamp;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// A database with one tenant.
struct Company {
    database: Database,
    tenant: TenantId,
    _folder: tempfile::TempDir,
}

impl Company {
    async fn on_both() -> Vec<Self> {
        let cluster = Cluster::shared().unwrap_or_else(|error| panic!("{error}"));
        vec![Self::on_sqlite().await, Self::on(cluster).await]
    }

    async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("guerdon.db");
        Self::at(Location::Sqlite { path, durable: false }, folder).await
    }

    async fn on(cluster: &Cluster) -> Self {
        let url = cluster.create_database().await.unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().expect("a folder");
        Self::at(Location::Postgres { url, connections: 4 }, folder).await
    }

    async fn at(location: Location, folder: tempfile::TempDir) -> Self {
        let database = Database::open(&location).expect("the database opens");
        migrate::up(&database, Timestamp::UNIX_EPOCH).await.expect("the migrations apply");
        let journal = Journal::start(database.clone(), Clock::System, 1).expect("the journal starts");
        let slug = Slug::new("acme").expect("a slug");
        let (name, time_zone, settings) = ("Acme".to_owned(), ZoneName::default(), Settings::default());
        let new = NewTenant { slug, name, time_zone, settings };
        let (tenant, _) = tenants::create(&journal, "tester".into(), None, new).await.expect("a tenant");
        journal.stop().await.expect("the journal ends");
        Self { database, tenant, _folder: folder }
    }

    fn journal(&self, tuning: Tuning) -> Journal {
        Journal::start_tuned(self.database.clone(), Clock::System, 1, tuning).expect("the journal starts")
    }

    fn envelope(&self, key: Option<&str>) -> Envelope {
        let fingerprint = "asked".to_owned();
        let idempotency = key.map(|key| Idempotency { key: key.into(), fingerprint: fingerprint.into() });
        Envelope { tenant: self.tenant, actor: "tester".into(), idempotency }
    }

    async fn points(&self, account: &AccountPath) -> i64 {
        let mut tx = self.database.begin(self.tenant, Mode::Read).await.expect("a reading");
        let key = account.clone().in_asset(&AssetCode::points());
        read::balance(&mut tx, &key).await.expect("a balance").posted
    }

    /// Takes a wallet below zero, which nothing but a hand in the database can do.
    async fn overdraw(&self, account: &AccountPath) {
        let update = format!("UPDATE balances SET posted = -100 WHERE account = '{account}'");
        let script = match self.database.file() {
            Some(_) => format!(
                "PRAGMA ignore_check_constraints = ON; {update}; PRAGMA ignore_check_constraints = OFF"
            ),
            None => format!(
                "ALTER TABLE balances DROP CONSTRAINT no_negative_balance; {update};
                 ALTER TABLE balances ADD CONSTRAINT no_negative_balance
                 CHECK (posted - held >= 0 OR account = 'issuance' OR account LIKE 'funding:%') NOT VALID"
            ),
        };
        let mut tx = self.database.begin(self.tenant, Mode::Owner).await.expect("a hand in the database");
        tx.run_script(&script).await.expect("tampering");
        tx.commit().await.expect("tampering");
    }
}

fn member(name: &str) -> MemberId {
    MemberId::new(name).expect("a member id")
}

fn amount(points: i64) -> Amount {
    Amount::new(points).expect("an amount")
}

fn credit(name: &str, points: i64) -> Credit {
    Credit {
        direction: Direction::Credit,
        member: member(name),
        amount: amount(points),
        asset: Some(AssetCode::points()),
        reason: None,
        metadata: Metadata::default(),
    }
}

/// Sends commands while the lane stands at a gate, so that they are one batch.
async fn in_one_batch<C: Command<Refusal = Refusal>>(
    company: &Company,
    journal: &Journal,
    commands: Vec<(Envelope, C)>,
) -> Vec<Result<Receipt, Error>> {
    let (gate, mut keeper) = Gate::closed();
    let mut passing = pin!(journal.execute(company.envelope(None), gate));
    assert!(futures::poll!(&mut passing).is_pending());
    assert!(keeper.lane_stands().await);
    let calls = commands.into_iter().map(|(envelope, command)| journal.execute(envelope, command));
    let mut calls = pin!(futures::future::join_all(calls));
    assert!(futures::poll!(&mut calls).is_pending());
    keeper.open();
    let _ = passing.await;
    calls.await
}

/// A command without a key is not tried again, so nothing else has the lane look at what its commit has kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_was_kept_unheard_is_in_the_tables_when_the_lane_has_ended() {
    for company in Company::on_both().await {
        let faults = Arc::new(Faults::new(1, FaultRates { answer_lost: 1_000, ..FaultRates::default() }));
        let database = company.database.clone().with_faults(faults.clone());
        let journal = Journal::start(database, Clock::System, 1).expect("the journal starts");
        let answer = journal.execute(company.envelope(None), credit("bea", 10)).await;
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        faults.enable(false);
        journal.stop().await.expect("the journal ends");
        let mut tx = company.database.begin(company.tenant, Mode::Read).await.expect("a reading");
        let (sql, tenant) = ("SELECT count(*) FROM entries WHERE tenant_id = $1", tx.tenant());
        let rows = tx.query(sql, [tenant]).await.expect("entries");
        assert_eq!(rows[0].int(0), Ok(2));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn one_poisoned_job_does_not_fail_the_others_of_its_batch() {
    for company in Company::on_both().await {
        let journal = company.journal(Tuning::default());
        let bea = AccountPath::wallet(&member("bea"));
        journal.execute(company.envelope(Some("first")), credit("bea", 10)).await.expect("a credit");
        journal.stop().await.expect("the journal ends");
        company.overdraw(&bea).await;

        // What it receives leaves it below zero still: the books allow that, the database does not.
        let journal = company.journal(Tuning::default());
        let names = (0..40).map(|i| if i == 17 { "bea".to_owned() } else { format!("m{}", i % 7) });
        let commands = names.enumerate().map(|(i, name)| {
            let key = format!("credit-{i}");
            let key = (i % 3 != 0).then_some(key.as_str());
            (company.envelope(key), credit(&name, 1))
        });
        let answers = in_one_batch(&company, &journal, commands.collect()).await;
        for (i, answer) in answers.iter().enumerate() {
            match i {
                17 => assert!(matches!(answer, Err(ExecuteError::Broken(_))), "{answer:?}"),
                _ => assert!(answer.as_ref().is_ok_and(|receipt| !receipt.replayed), "{i}: {answer:?}"),
            }
        }
        let mut received = 0;
        for i in 0..7 {
            received += company.points(&AccountPath::wallet(&member(&format!("m{i}")))).await;
        }
        assert_eq!(received, 39, "each of the others once");
        assert_eq!(company.points(&bea).await, -100);
        let later = journal.execute(company.envelope(Some("later")), credit("zoe", 5)).await;
        assert_eq!(later.expect("the lane goes on").record.seq, 42);
        journal.stop().await.expect("the journal ends");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_poisoned_group_is_refused_whole() {
    for company in Company::on_both().await {
        let journal = company.journal(Tuning::default());
        journal.execute(company.envelope(Some("first")), credit("bea", 10)).await.expect("a credit");
        journal.stop().await.expect("the journal ends");
        company.overdraw(&AccountPath::wallet(&member("bea"))).await;
        let journal = company.journal(Tuning::default());
        let group = vec![credit("ann", 1), credit("bea", 1), credit("zoe", 1)];
        let answer = journal.execute_all(company.envelope(Some("group")), group).await;
        assert!(matches!(answer, Err(ExecuteError::Broken(_))), "{answer:?}");
        assert_eq!(company.points(&AccountPath::wallet(&member("ann"))).await, 0);
        let alone = journal.execute(company.envelope(Some("alone")), credit("ann", 1)).await;
        assert_eq!(alone.expect("ann is unharmed").record.seq, 3);
        journal.stop().await.expect("the journal ends");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_full_queue_is_unavailable_and_what_it_took_is_recorded() {
    for company in Company::on_both().await {
        let journal = company.journal(Tuning { queue: 8, ..Tuning::default() });
        let allocate = |i: i32| {
            (company.envelope(Some(&format!("a-{i}"))), Allocate { amount: amount(1), reference: None })
        };
        let answers = in_one_batch(&company, &journal, (0..20).map(allocate).collect()).await;
        let (taken, turned_away) = answers.split_at(8);
        assert!(taken.iter().all(Result::is_ok), "{taken:?}");
        assert!(
            turned_away.iter().all(|a| matches!(a, Err(ExecuteError::Unavailable(_)))),
            "{turned_away:?}"
        );
        let (envelope, again) = allocate(19);
        assert!(!journal.execute(envelope, again).await.expect("there is room again").replayed);
        assert_eq!(company.points(&AccountPath::pool()).await, 9);
        journal.stop().await.expect("the journal ends");
        let late = journal.execute(company.envelope(None), Clawback { amount: None, reason: None }).await;
        assert!(matches!(late, Err(ExecuteError::Unavailable(_))), "a journal that has ended takes nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn postgresql_may_go_and_come_back_without_a_restart() {
    let cluster = Cluster::start(Durability::Durable).unwrap_or_else(|error| panic!("{error}"));
    let company = Company::on(&cluster).await;
    let journal = company.journal(Tuning::default());
    let mut recorded = 0;
    for round in 0..3 {
        let allocate = || {
            let command = Allocate { amount: amount(1), reference: None };
            journal.execute(company.envelope(Some(&format!("round-{round}"))), command)
        };
        let other = Allocate { amount: amount(1), reference: None };
        journal.execute(company.envelope(None), other).await.expect("it is there");
        if round == 1 { cluster.kill() } else { cluster.stop() }.expect("it goes");
        let answer = tokio::time::timeout(Duration::from_secs(30), allocate()).await.expect("an answer");
        assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        assert!(company.database.begin(company.tenant, Mode::Read).await.is_err());
        cluster.start_again().expect("it comes back");
        let receipt = comes_back(allocate).await;
        recorded += 2;
        assert_eq!(company.points(&AccountPath::pool()).await, recorded, "{receipt:?}");
    }
    journal.stop().await.expect("the journal ends");
    let report = verify::verify(&company.database, &mut |_| {}).await.expect("a report");
    assert!(report.is_clean(), "{:#?}", report.findings);
}

/// Asks under the same key, as a client does, until the database is there again.
async fn comes_back<F: Future<Output = Result<Receipt, Error>>>(ask: impl Fn() -> F) -> Receipt {
    for _ in 0..200 {
        match ask().await {
            Ok(receipt) => return receipt,
            Err(ExecuteError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(25)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the database came back and the journal did not notice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_database_that_fails_is_unavailable_until_it_works_again() {
    for company in Company::on_both().await {
        let rates = FaultRates { crash: 1_000, ..FaultRates::default() };
        let faults = Arc::new(Faults::new(1, rates));
        faults.enable(false);
        let database = company.database.clone().with_faults(faults.clone());
        let journal = Journal::start(database, Clock::System, 1).expect("the journal starts");
        let allocate = |key: &str| {
            let command = Allocate { amount: amount(5), reference: None };
            journal.execute(company.envelope(Some(key)), command)
        };
        allocate("before").await.expect("it works");
        faults.enable(true);
        for _ in 0..3 {
            let answer = allocate("meanwhile").await;
            assert!(matches!(answer, Err(ExecuteError::Unavailable(_))), "{answer:?}");
        }
        faults.enable(false);
        faults.recover();
        assert!(!allocate("meanwhile").await.expect("it works again").replayed);
        assert_eq!(company.points(&AccountPath::pool()).await, 10);
        journal.stop().await.expect("the journal ends");
    }
}
