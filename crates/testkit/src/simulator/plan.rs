//! What a run is like. Everything follows from its seed, so that a thousand seeds are a thousand kinds of run: few
//! clients or many, calm databases or ones that hardly work.

use guerdon_store::driver::FaultRates;
use guerdon_store::journal::Tuning;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// Which databases a run is on, and how many clients it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Many clients at once on a SQLite file.
    Sqlite,
    /// Many clients at once on a PostgreSQL database with two servers.
    Postgres,
    /// One client on a SQLite file, which the same seed replays exactly.
    Steady,
}

impl Kind {
    /// The name of the test that runs it.
    pub(super) fn test(self) -> &'static str {
        match self {
            Self::Sqlite => "many_clients_on_sqlite_agree_with_the_model",
            Self::Postgres => "many_clients_on_postgresql_agree_with_the_model",
            Self::Steady => "one_client_replays_exactly",
        }
    }
}

/// A run before it begins.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What everything follows from.
    pub seed: u64,
    /// On what, and how.
    pub kind: Kind,
    /// Requests to make, about.
    pub requests: usize,
    pub(super) clients: usize,
    pub(super) servers: usize,
    pub(super) tenants: usize,
    pub(super) members: usize,
    /// How often a call with a key is made again while the database is away.
    pub(super) patience: usize,
    pub(super) rates: FaultRates,
    pub(super) tuning: Tuning,
    pub(super) chances: Chances,
    /// Whether it is about budgets alone.
    budgets: bool,
}

/// How likely things are, in thousandths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chances {
    pub(super) keyless: u32,
    pub(super) group: u32,
    pub(super) duplicate: u32,
    pub(super) conflict: u32,
    pub(super) again: u32,
    pub(super) abandon: u32,
    pub(super) read: u32,
    pub(super) clock: u32,
    pub(super) restart: u32,
    pub(super) suspend: u32,
    pub(super) budgets: u32,
}

impl Plan {
    /// The run of a seed.
    pub fn of(kind: Kind, seed: u64, requests: usize) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut between = |low: u32, high: u32| random.random_range(low..=high);
        let calm = between(0, 3) == 0;
        let mut rate = |high: u32| if calm { 0 } else { between(0, high) };
        let rates =
            FaultRates { statement: rate(20), commit_lost: rate(60), answer_lost: rate(60), crash: rate(3) };
        let tuning = Tuning {
            queue: if between(0, 3) == 0 { 16 } else { 20_000 },
            batch: between(1, 40) as usize,
            cached: between(1, 400) as usize,
            worth_merging: between(1, 200) as usize,
            idle: Duration::from_millis(u64::from(between(1, 40))),
        };
        // When a lane is idle, and when index rows are sorted, is not told by a seed.
        let never = Tuning { worth_merging: usize::MAX, idle: Duration::from_secs(86_400), ..tuning };
        Self {
            seed,
            kind,
            requests,
            tuning: if kind == Kind::Steady { never } else { tuning },
            clients: if kind == Kind::Steady { 1 } else { between(2, 40) as usize },
            servers: if kind == Kind::Postgres { 2 } else { 1 },
            tenants: between(1, 3) as usize,
            members: between(3, 16) as usize,
            patience: between(0, 6) as usize,
            rates,
            chances: Chances {
                keyless: between(0, 150),
                group: between(50, 250),
                duplicate: between(20, 200),
                conflict: between(10, 80),
                again: between(10, 80),
                abandon: between(0, 40),
                read: between(20, 300),
                clock: between(50, 500),
                restart: between(0, 3),
                suspend: between(0, 12),
                budgets: between(0, 400),
            },
            budgets: false,
        }
    }

    /// The run of a seed in which 16 clients work with the budgets of one tenant, and with nothing else.
    pub fn of_budgets(kind: Kind, seed: u64, requests: usize) -> Self {
        let plan = Self::of(kind, seed, requests);
        let chances = Chances { group: 0, suspend: 0, restart: 0, read: 10, budgets: 1_000, ..plan.chances };
        // Some faults in any run, and not so many that most operations come to nothing.
        let rates = FaultRates { statement: 1, commit_lost: 15, answer_lost: 15, crash: 1 };
        let tuning = Tuning { queue: 20_000, ..plan.tuning };
        Self { clients: 16, tenants: 1, patience: 6, rates, tuning, chances, budgets: true, ..plan }
    }

    /// Whether the database never fails in it.
    pub fn is_calm(&self) -> bool {
        let FaultRates { statement, commit_lost, answer_lost, crash } = self.rates;
        statement + commit_lost + answer_lost + crash == 0
    }

    /// A source of random numbers for one part of the run.
    pub(super) fn random(&self, part: u64) -> StdRng {
        StdRng::seed_from_u64(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ part)
    }

    fn test(&self) -> &'static str {
        match self.kind {
            Kind::Postgres if self.budgets => "budgets_on_postgresql_agree_with_the_model",
            _ if self.budgets => "budgets_on_sqlite_agree_with_the_model",
            kind => kind.test(),
        }
    }

    /// The command that runs it again.
    pub fn command(&self) -> String {
        format!(
            "GUERDON_SIM_SEED={} GUERDON_SIM_COMMANDS={} cargo nextest run -p guerdon-testkit --test simulator {}",
            self.seed,
            self.requests,
            self.test()
        )
    }
}

/// Whether something happens, `per_thousand` times in a thousand.
pub(super) fn chance(random: &mut StdRng, per_thousand: u32) -> bool {
    random.random_range(0..1000) < per_thousand
}

/// The next round instant: so that some instants meet exactly.
pub(super) fn round(at: Timestamp) -> Timestamp {
    const ROUND_US: i64 = 5_000_000;
    let up = at.as_microsecond().div_euclid(ROUND_US) + 1;
    Timestamp::from_microsecond(up * ROUND_US).unwrap_or(at)
}
