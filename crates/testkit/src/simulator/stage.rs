//! The servers of a run, which crash and come back, and what clients do to them.

use super::history::{Answer, Attempt, History, Request, Span, Told};
use super::plan::{Plan, chance, round};
use crate::postgres::Cluster;
use guerdon_programs::Error;
use guerdon_programs::tenants::{self, NewTenant};
use guerdon_store::driver::{Database, DbError, Faults, Location};
use guerdon_store::journal::{Envelope, ExecuteError, Idempotency, Journal, Receipt};
use guerdon_store::{Clock, Settings, Slug, TenantId, ZoneName, migrate};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand::rngs::StdRng;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// When every run begins.
const START: &str = "2026-01-05T09:00:00Z";
/// Lanes of a server on PostgreSQL.
const LANES: usize = 2;

/// A server, from its start to its crash.
#[derive(Debug)]
pub(super) struct Server {
    /// Counts the servers of the run.
    pub(super) number: u64,
    pub(super) journal: Journal,
    pub(super) faults: Arc<Faults>,
}

/// The servers over one database.
#[derive(Debug)]
pub(super) struct Stage {
    location: Location,
    pub(super) clock: Clock,
    plan: Plan,
    servers: Vec<RwLock<Arc<Server>>>,
    opening: Mutex<()>,
    opened: AtomicU64,
    _folder: TempDir,
}

impl Stage {
    /// A new database, and the servers over it.
    pub(super) async fn set(plan: &Plan) -> Result<Self, DbError> {
        let folder = tempfile::tempdir().map_err(|error| DbError::Unavailable(error.to_string()))?;
        let location = match plan.servers {
            1 => Location::Sqlite { path: folder.path().join("guerdon.db"), durable: false },
            _ => {
                let cluster = Cluster::shared().map_err(|error| DbError::Unavailable(error.to_string()))?;
                let made = cluster.create_database().await;
                let url = made.map_err(|error| DbError::Unavailable(error.to_string()))?;
                Location::Postgres { url, connections: 6 }
            }
        };
        let clock = Clock::standing_at(START.parse().unwrap_or(Timestamp::UNIX_EPOCH));
        let database = Database::open(&location)?;
        let migrated = migrate::up(&database, clock.now()).await;
        migrated.map_err(|error| DbError::Broken(error.to_string()))?;
        let (opened, opening) = (AtomicU64::new(0), Mutex::new(()));
        let plan = plan.clone();
        let mut stage = Self { location, clock, plan, servers: Vec::new(), opening, opened, _folder: folder };
        for _ in 0..stage.plan.servers {
            let server = stage.open()?;
            stage.servers.push(RwLock::new(server));
        }
        Ok(stage)
    }

    /// One of the servers, as it is now.
    pub(super) fn server(&self, place: usize) -> Arc<Server> {
        let place = &self.servers[place % self.servers.len()];
        place.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many servers there are at a time.
    pub(super) fn places(&self) -> usize {
        self.servers.len()
    }

    /// Servers that crashed or were stopped since the beginning.
    pub(super) fn fallen(&self) -> u64 {
        self.opened.load(Ordering::SeqCst) - self.servers.len() as u64
    }

    /// The database without faults, for those who look at it afterwards.
    pub(super) fn database(&self) -> Result<Database, DbError> {
        Database::open(&self.location)
    }

    /// Opens the database anew and starts a journal on it, where a server has crashed.
    pub(super) async fn revive(&self, place: usize) -> Result<(), DbError> {
        let _only_one = self.opening.lock().await;
        match self.server(place).faults.has_crashed() {
            true => self.replace(place),
            false => Ok(()),
        }
    }

    /// Stops a server as an operator would, and starts another in its place.
    pub(super) async fn restart(&self, place: usize) -> Result<(), DbError> {
        let _only_one = self.opening.lock().await;
        // Whether the log was copied into the file or not: nothing is lost.
        let _ = self.server(place).journal.stop().await;
        self.replace(place)
    }

    fn replace(&self, place: usize) -> Result<(), DbError> {
        let server = self.open()?;
        let place = &self.servers[place % self.servers.len()];
        *place.write().unwrap_or_else(PoisonError::into_inner) = server;
        Ok(())
    }

    /// Ends the faults, and waits until every lane has done all that it was given.
    pub(super) async fn calm(&self) -> Result<(), DbError> {
        for place in 0..self.places() {
            self.server(place).faults.enable(false);
            self.revive(place).await?;
            self.server(place).faults.enable(false);
        }
        Ok(())
    }

    /// Stops all servers.
    pub(super) async fn clear(&self) -> Result<(), DbError> {
        for place in 0..self.places() {
            self.server(place).journal.stop().await?;
        }
        Ok(())
    }

    /// Opens the database under faults of its own, and starts a journal on it; a start that fails is tried again. A
    /// server that crashed never writes again, for its faults are its own too.
    fn open(&self) -> Result<Arc<Server>, DbError> {
        loop {
            let number = self.opened.fetch_add(1, Ordering::SeqCst);
            let seed = self.plan.seed.wrapping_add(number.wrapping_mul(0x1_0000_0001));
            let faults = Arc::new(Faults::new(seed, self.plan.rates));
            let database = Database::open(&self.location)?.with_faults(faults.clone());
            match Journal::start_tuned(database, self.clock.clone(), LANES, self.plan.tuning) {
                Ok(journal) => return Ok(Arc::new(Server { number, journal, faults })),
                Err(DbError::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the tenants of the run, in spite of all faults.
    pub(super) async fn make_tenants(&self) -> Result<Vec<TenantId>, DbError> {
        let mut made = Vec::new();
        while made.len() < self.plan.tenants {
            let slug = Slug::new(&format!("tenant-{}", made.len()));
            let slug = slug.map_err(|error| DbError::Broken(error.to_string()))?;
            let name = slug.as_str().to_owned();
            let key = Idempotency { key: "founding".into(), fingerprint: name.as_str().into() };
            let (time_zone, settings) = (ZoneName::default(), Settings::default());
            let new = NewTenant { slug, name, time_zone, settings };
            let journal = self.server(0).journal.clone();
            match tenants::create(&journal, "founder".into(), Some(key), new).await {
                Ok((tenant, _)) => made.push(tenant),
                Err(Error::Unavailable(_)) => self.revive(0).await?,
                Err(other) => return Err(DbError::Broken(format!("no tenant was made: {other:?}"))),
            }
        }
        Ok(made)
    }

    /// Moves the clock, which all servers share, forward: mostly by milliseconds, at times by a minute, seldom by a
    /// day; and often to an instant at which holds run out.
    pub(super) fn move_clock(&self, history: &History, random: &mut StdRng) {
        let longest = [3, 3, 40, 500, 3_000, 60_000, 86_400_000][random.random_range(0..7)];
        let by = SignedDuration::from_micros(random.random_range(0..longest * 1_000));
        let Ok(to) = self.clock.now().checked_add(by) else { return };
        let to = if chance(random, 300) { round(to) } else { to };
        history.note_instant(to);
        self.clock.move_to(to);
    }

    /// Notes when a call or a reading begins.
    pub(super) fn begin(&self, history: &History) -> Span {
        let (now, start) = (self.clock.now(), history.tick());
        Span { start, end: start, clock_at_start: now, clock_at_end: now }
    }

    /// Notes when it ended.
    pub(super) fn end(&self, history: &History, span: Span) -> Span {
        Span { end: history.tick(), clock_at_end: self.clock.now(), ..span }
    }

    /// One call of a request at a server, from its first word to its answer.
    pub(super) async fn call(&self, history: &History, server: &Server, request: &Request) -> Answer {
        let span = self.begin(history);
        let answer = self.ask(history, server, request).await;
        let span = self.end(history, span);
        let (id, server) = (request.id, server.number);
        history.note(request.tenant, Attempt { request: id, server, span, answer: answer.clone() });
        answer
    }

    async fn ask(&self, history: &History, server: &Server, request: &Request) -> Answer {
        let tenant = history.tenants[request.tenant];
        let idempotency = request
            .key
            .clone()
            .map(|key| Idempotency { key: key.into(), fingerprint: request.fingerprint.as_str().into() });
        let envelope = Envelope { tenant, actor: request.actor().into(), idempotency };
        let mut commands = request.actions.iter().enumerate();
        let mut next =
            || commands.next().map(|(index, action)| action.command(tenant, &request.reason(index)));
        match request.group {
            true => answer(server.journal.execute_all(envelope, std::iter::from_fn(next).collect()).await),
            false => match next() {
                Some(command) => answer(server.journal.execute(envelope, command).await.map(|one| vec![one])),
                None => Answer::Failed("a request without a command".to_owned()),
            },
        }
    }
}

fn answer(answer: Result<Vec<Receipt>, Error>) -> Answer {
    match answer {
        Ok(receipts) => {
            let told = receipts.into_iter().map(|r| Told { record: r.record, replayed: r.replayed });
            Answer::Recorded(told.collect())
        }
        Err(ExecuteError::Refused { index, refusal }) => Answer::Refused { index, refusal },
        Err(ExecuteError::TenantNotActive(status)) => Answer::NotActive(status),
        Err(ExecuteError::IdempotencyConflict { key, seq }) => Answer::Conflict { key, seq },
        Err(ExecuteError::Unavailable(_)) => Answer::Unavailable,
        Err(ExecuteError::TenantNotFound) => Answer::Failed("the tenant was not found".to_owned()),
        Err(ExecuteError::Broken(text)) => Answer::Failed(text),
    }
}
