//! The simulator, on both databases; see `docs/testing.md` for how to run it long and how to replay a seed.

use guerdon_store::driver::{Database, DbError, Mode};
use guerdon_testkit::simulator::{Counts, Kind, Plan, Report, run, run_and_tamper};
use std::time::{Duration, Instant};

/// How often a long run says where it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// The seeds to run: the one asked for, or as many as asked for, or an ordinary number of them.
fn plans(kind: Kind, seeds: u64, commands: usize) -> impl Iterator<Item = Plan> {
    let commands = number("GUERDON_SIM_COMMANDS").map_or(commands, |commands| commands as usize);
    let (from, count) = match number("GUERDON_SIM_SEED") {
        Some(seed) => (seed, number("GUERDON_SIM_SEEDS").unwrap_or(1)),
        None => (1, number("GUERDON_SIM_SEEDS").unwrap_or(seeds)),
    };
    (from..from.saturating_add(count)).map(move |seed| Plan::of(kind, seed, commands))
}

async fn run_all(plans: impl Iterator<Item = Plan>) -> Counts {
    let (started, mut told, mut seeds) = (Instant::now(), Instant::now(), 0);
    let mut counts = Counts::default();
    for plan in plans {
        let report = succeed(&plan).await;
        counts.add(&report.counts);
        seeds += 1;
        if told.elapsed() > PROGRESS {
            told = Instant::now();
            let rate = counts.commands as f64 / started.elapsed().as_secs_f64();
            eprintln!("{:?}: {seeds} seeds, to {}, {rate:.0} commands/s; {counts}", plan.kind, plan.seed);
        }
    }
    eprintln!("{seeds} seeds in {:?}; {counts}\n{:?}", started.elapsed(), counts.kinds);
    counts
}

async fn succeed(plan: &Plan) -> Report {
    let report = run(plan).await.unwrap_or_else(|error| panic!("{error}\n{}", plan.command()));
    assert!(report.wrong.is_empty(), "\n{report}\n");
    report
}

/// What a number of runs must have come across, or they prove less than they seem to.
const MET: &str = "\
    Abandoned AlreadyReversed BalanceOverflow BudgetExists BudgetNotFound BudgetPaused CaptureToItself Conflict \
    Forbidden HoldExists HoldExpired HoldNotFound HoldResolved HoldTooSmall InsufficientBalance LimitExceeded \
    MemberExists MemberInactive MemberNotFound NoDepartment NotALead NotActive NotReversible PlatformOnly \
    TenantLifecycle TransactionNotFound Unavailable UnknownAsset VersionMismatch allocate asset.define award \
    budget.charge budget.create budget.fund budget.release budget.reserve capture claim clawback credit debit \
    delegate hold member.change member.create release reserve reverse tenant.resume tenant.suspend transact";

/// What a run of 10,000 operations on budgets must have come across.
const BUDGETS_MET: &str = "AlreadyReversed BudgetExists BudgetNotFound BudgetPaused CapBelowCommitted CurrencyMismatch \
    ExpiresInThePast HardCapExceeded InsufficientBalance NotDue NotReversible ReservationExists ReservationExpired \
    ReservationNotFound ReservationResolved ReservationTooSmall TransactionNotFound VersionMismatch budget.change \
    budget.charge budget.create budget.fund budget.release budget.reserve budget.reset budget.reverse";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_on_sqlite_agree_with_the_model() {
    let counts = run_all(plans(Kind::Sqlite, 30, 600)).await;
    if number("GUERDON_SIM_SEED").is_none() && number("GUERDON_SIM_SEEDS").is_none() {
        let missed: Vec<_> = MET.split(' ').filter(|kind| !counts.kinds.contains_key(*kind)).collect();
        assert!(missed.is_empty(), "never met: {missed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_on_postgresql_agree_with_the_model() {
    run_all(plans(Kind::Postgres, 6, 300)).await;
    if number("GUERDON_SIM_SEED").is_none() {
        // Two servers, many lost commits, one tenant: both came to decide the same row to the byte.
        succeed(&Plan::of(Kind::Postgres, 1099, 300)).await;
    }
}

/// The run of 16 clients with budgets that was asked for, or one of so many operations.
async fn run_budgets(kind: Kind, operations: usize) {
    let operations = number("GUERDON_SIM_COMMANDS").map_or(operations, |commands| commands as usize);
    let from = number("GUERDON_SIM_SEED").unwrap_or(1);
    let seeds = from..from.saturating_add(number("GUERDON_SIM_SEEDS").unwrap_or(1));
    let counts = run_all(seeds.map(|seed| Plan::of_budgets(kind, seed, operations))).await;
    if operations >= 10_000 {
        let missed: Vec<_> =
            BUDGETS_MET.split(' ').filter(|kind| !counts.kinds.contains_key(*kind)).collect();
        assert!(missed.is_empty(), "never met: {missed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_on_sqlite_agree_with_the_model() {
    run_budgets(Kind::Sqlite, 10_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_on_postgresql_agree_with_the_model() {
    run_budgets(Kind::Postgres, 1_500).await;
}

#[tokio::test]
async fn one_client_replays_exactly() {
    for plan in plans(Kind::Steady, 10, 300) {
        let first = succeed(&plan).await;
        let second = succeed(&plan).await;
        let differs = first.transcript.iter().zip(&second.transcript).find(|(one, other)| one != other);
        assert_eq!(differs, None, "{}", plan.command());
        assert_eq!(first.counts, second.counts, "{}", plan.command());
    }
}

/// A plan that neither fails nor waits, so that what is found afterwards was put there.
fn calm() -> Plan {
    let mut plans = (1..).map(|seed| Plan::of(Kind::Steady, seed, 400));
    plans.find(Plan::is_calm).expect("a calm seed")
}

async fn run_script(database: &Database, sql: &str) -> Result<(), DbError> {
    let mut tx = database.begin(guerdon_store::TenantId::PLATFORM, Mode::Owner).await?;
    tx.run_script(sql).await?;
    tx.commit().await
}

#[tokio::test]
async fn what_was_tampered_with_is_noticed() {
    let plan = calm();
    succeed(&plan).await;
    let change_history = "DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete;
        DROP TRIGGER entries_no_update;";
    let lose_the_last = "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal AS j
            WHERE j.tenant_id = journal.tenant_id);
        UPDATE heads SET (seq, hash, recorded_at) = (SELECT seq, hash, recorded_at FROM journal AS j
            WHERE j.tenant_id = heads.tenant_id ORDER BY seq DESC LIMIT 1) WHERE seq > 0;";
    for (sql, noticed) in [
        (lose_the_last, "the journal has it as []"),
        ("UPDATE entries SET amount = amount + 1 WHERE seq = 9", "FROM entries"),
        ("UPDATE balances SET posted = posted + 1 WHERE account = 'redeemed'", "FROM balances"),
        ("UPDATE holds SET placed_seq = placed_seq + 1", "FROM holds"),
        ("UPDATE flows SET postings = postings + 1", "FROM flows"),
        ("UPDATE members SET version = version + 1", "FROM members"),
        ("UPDATE heads SET seq = seq + 1", "the head is"),
        ("INSERT INTO reversals VALUES ((SELECT min(tenant_id) FROM heads), 9999, 1)", "FROM reversals"),
        ("UPDATE journal SET reason = 'another' WHERE seq = 7", "the hash of 7"),
        ("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)", "the head is"),
        ("UPDATE journal_texts SET body = body || ' '", "the texts beside"),
    ] {
        let script = format!("{change_history} {sql}");
        let report = run_and_tamper(&plan, async |database| run_script(database, &script).await).await;
        let report = report.expect("a run");
        let told = report.wrong.iter().any(|what| what.contains(noticed));
        assert!(told, "{sql} was not noticed: {report}");
    }
}
