//! A server in a test: the real router over a real database of its own, on a random port, with a clock that the test
//! moves.

use crate::client::Client;
use crate::postgres::Cluster;
use guerdon_http::{App, Options};
use guerdon_programs::access::{Access, CreateApiKey, secret_hash};
use guerdon_programs::budgets::Budgets;
use guerdon_programs::vault::Vault;
use guerdon_programs::worker::Worker;
use guerdon_store::driver::{Database, Location};
use guerdon_store::journal::{Envelope, Journal};
use guerdon_store::{ApiKey, Clock, Role, TenantId, directory, migrate};
use jiff::Timestamp;
use serde_json::json;
use std::net::SocketAddr;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The platform admin's key of every server in a test.
pub const ADMIN_KEY: &str = "gk_test_0123456789abcdef0123456789abcdef";
/// What every server in a test seals secrets with.
const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// When a server in a test begins.
const START: &str = "2026-01-05T09:00:00Z";

/// Which database a server in a test has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A SQLite file in a folder that goes with the test.
    Sqlite,
    /// A database of its own in the tests' PostgreSQL.
    Postgres,
}

/// A server in a test.
#[derive(Debug)]
pub struct Server {
    /// Which database it has.
    pub engine: Engine,
    /// The database.
    pub database: Database,
    /// The journal.
    pub journal: Journal,
    location: Location,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
    _folder: Option<tempfile::TempDir>,
}

impl Server {
    /// A server on each database.
    ///
    /// # Panics
    /// When there is no PostgreSQL to test with; the message says how to install it.
    pub async fn both() -> Vec<Self> {
        vec![Self::start(Engine::Sqlite).await, Self::start(Engine::Postgres).await]
    }

    /// A server on one database.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, Self::options()).await
    }

    /// How a server in a test behaves: as any other, with a key to seal secrets with.
    ///
    /// # Panics
    /// Never: the key is one.
    pub fn options() -> Options {
        Options { vault: Vault::of(SECRET_KEY).expect("a key"), ..Options::default() }
    }

    /// A server on one database, with options.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start_with(engine: Engine, options: Options) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder for the test");
                let path = folder.path().join("guerdon.db");
                Self::start_at(Location::Sqlite { path, durable: false }, options, Some(folder)).await
            }
            Engine::Postgres => {
                let cluster = Cluster::shared().unwrap_or_else(|error| panic!("{error}"));
                Self::start_on(cluster, options).await
            }
        }
    }

    /// A server on a database of its own in a PostgreSQL that the test may stop.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start_on(cluster: &Cluster, options: Options) -> Self {
        let url = cluster.create_database().await.unwrap_or_else(|error| panic!("{error}"));
        Self::start_at(Location::Postgres { url, connections: 10 }, options, None).await
    }

    /// Another server on the same database, which must be PostgreSQL: a SQLite file is one server's alone. Each has a
    /// clock of its own.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn beside(&self) -> Self {
        assert_eq!(self.engine, Engine::Postgres, "a SQLite file is one server's alone");
        Self::serve(self.location.clone(), Self::options(), None, false).await
    }

    async fn start_at(location: Location, options: Options, folder: Option<tempfile::TempDir>) -> Self {
        Self::serve(location, options, folder, true).await
    }

    async fn serve(
        location: Location,
        options: Options,
        folder: Option<tempfile::TempDir>,
        is_first: bool,
    ) -> Self {
        let engine = match location {
            Location::Sqlite { .. } => Engine::Sqlite,
            Location::Postgres { .. } => Engine::Postgres,
        };
        let database = Database::open(&location).expect("the database opens");
        let clock = Clock::standing_at(START.parse().expect("an instant"));
        migrate::up(&database, clock.now()).await.expect("the migrations apply");
        let journal = Journal::start(database.clone(), clock.clone(), 4).expect("the journal starts");
        if is_first {
            make_admin(&journal).await;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        // It does nothing by itself: a test says when.
        let worker = Worker::new(Budgets::start(journal.clone()), format!("http://{address}"));
        let app = App::new(worker, Access::new(database.clone(), clock), options, None);
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            guerdon_http::serve(listener, guerdon_http::router(app), shutdown)
                .await
                .expect("the server serves");
        });
        Self {
            engine,
            database,
            journal,
            location,
            address,
            stop: Some(stop),
            served: Some(served),
            _folder: folder,
        }
    }

    /// A caller with a key.
    pub fn client(&self, key: &str) -> Client {
        Client::new(&format!("http://{}", self.address), key)
    }

    /// The platform admin.
    pub fn platform(&self) -> Client {
        self.client(ADMIN_KEY)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has the worker do what is due, which it does only when told. Answers what was done of a job.
    ///
    /// # Panics
    /// When there is no such job.
    pub async fn run_jobs(&self, job: &str) -> serde_json::Value {
        let ran = self.platform().post("/api/v1/platform/jobs/run", json!({})).await.ok();
        let jobs = ran["data"].as_array().expect("jobs");
        jobs.iter().find(|ran| ran["job"] == job).expect("a job of that name").clone()
    }

    /// Moves the clock forward.
    pub fn move_clock_to(&self, at: &str) {
        assert!(self.journal.clock().move_to(at.parse().expect("an instant")), "the clock goes forward only");
    }

    /// Stops as `guerdon serve` does: finishes the requests at hand, drains the journal.
    ///
    /// # Panics
    /// When it does not stop.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(served) = self.served.take() {
            served.await.expect("the server ends");
        }
        self.journal.stop().await.expect("the journal ends");
    }

    /// A company with an admin, a manager, a lead and an employee, each with a key.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn company(&self, slug: &str) -> Company {
        let platform = self.platform();
        let tenant = platform.post("/api/v1/tenants", json!({"slug": slug, "name": slug})).await.created();
        let id = tenant["id"].as_str().expect("id").to_owned();
        let inside = platform.of_tenant(slug);
        for (member, role) in [
            ("adm-1", "admin"),
            ("mgr-1", "manager"),
            ("lead-1", "lead"),
            ("emp-7", "member"),
            ("emp-8", "member"),
        ] {
            let body = json!({"id": member, "name": member, "role": role, "department": "engineering"});
            inside.post("/api/v1/members", body).await.created();
        }
        let mut keys = Vec::new();
        for (member, role) in
            [("adm-1", "admin"), ("mgr-1", "manager"), ("lead-1", "lead"), ("emp-7", "member")]
        {
            let body = json!({"name": member, "role": role, "member_id": member});
            let key = inside.post("/api/v1/api-keys", body).await.created();
            keys.push(self.client(key["key"].as_str().expect("key")));
        }
        let mut keys = keys.into_iter();
        let mut next = || keys.next().expect("a key for each");
        Company {
            id,
            slug: slug.to_owned(),
            platform: inside,
            admin: next(),
            manager: next(),
            lead: next(),
            employee: next(),
        }
    }
}

/// A company and its callers.
#[derive(Debug)]
pub struct Company {
    /// The tenant's id.
    pub id: String,
    /// The tenant's slug.
    pub slug: String,
    /// The platform admin, acting on this tenant.
    pub platform: Client,
    /// `adm-1`.
    pub admin: Client,
    /// `mgr-1`.
    pub manager: Client,
    /// `lead-1`.
    pub lead: Client,
    /// `emp-7`.
    pub employee: Client,
}

impl Company {
    /// A caller with a key of its own: `{"name", "role", "member_id"?, "scopes"?}`.
    pub async fn caller(&self, key: serde_json::Value) -> Client {
        let key = self.platform.post("/api/v1/api-keys", key).await.created();
        self.platform.with_key(key["key"].as_str().expect("the key itself"))
    }

    /// How many transactions the company's journal has.
    pub async fn head(&self) -> i64 {
        let newest = self.platform.get("/api/v1/ledger/transactions?limit=1").await.ok();
        let id = newest["data"][0]["id"].as_str().expect("a journal has its tenant's making").to_owned();
        id.trim_start_matches("txn_").parse().expect("a number")
    }

    /// Allocates points to the company's pool.
    pub async fn allocate(&self, amount: i64) {
        let body = json!({"tenant_id": self.slug, "amount": amount});
        self.platform.post("/api/platform/allocations/allocate", body).await.created();
    }
}

async fn make_admin(journal: &Journal) {
    directory::open_platform(journal.database(), journal.clock().now())
        .await
        .expect("the platform's journal");
    let key = ApiKey {
        id: Uuid::now_v7(),
        name: "platform admin".to_owned(),
        role: Role::PlatformAdmin,
        member_id: None,
        scopes: Vec::new(),
        secret_hash: secret_hash(ADMIN_KEY),
        revoked: false,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        version: 1,
    };
    let envelope = Envelope { tenant: TenantId::PLATFORM, actor: "test".into(), idempotency: None };
    journal.execute(envelope, CreateApiKey { key }).await.expect("the platform admin's key");
}
