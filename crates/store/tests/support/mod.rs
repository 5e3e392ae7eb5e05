#![allow(dead_code, missing_docs, reason = "each test uses its part")]
//! Both databases for the store's own tests, and the plainest command there is.

pub mod plain;
pub mod proof;
pub mod workload;

use guerdon_ledger::{AccountPath, Amount, AssetCode, Movement, Posting};
use guerdon_store::driver::{Database, Location};
use guerdon_store::journal::{Command, Decision, Envelope, Idempotency, Journal, Needs, Seen};
use guerdon_store::{Clock, Slug, TenantId, directory, migrate};
use jiff::Timestamp;
use uuid::Uuid;

/// A database of its own, which goes with the test.
pub struct Stores {
    pub database: Database,
    pub location: Location,
    _folder: tempfile::TempDir,
}

impl Stores {
    /// One of each kind. PostgreSQL is the one at `GUERDON_TEST_POSTGRES`.
    pub async fn both() -> Vec<Self> {
        let mut stores = vec![Self::sqlite().await];
        let server = std::env::var("GUERDON_TEST_POSTGRES")
            .expect("GUERDON_TEST_POSTGRES names a PostgreSQL server for tests: run scripts/test");
        stores.push(Self::postgres(&server).await);
        stores
    }

    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let location = Location::Sqlite { path: folder.path().join("guerdon.db"), durable: false };
        Self::opened(location, folder).await
    }

    /// A SQLite file whose commits reach the disk.
    pub async fn durable_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let location = Location::Sqlite { path: folder.path().join("guerdon.db"), durable: true };
        Self::opened(location, folder).await
    }

    async fn postgres(server: &str) -> Self {
        let name = format!("t{}", Uuid::new_v4().simple());
        let (client, connection) =
            tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("PostgreSQL");
        let driver = tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("database");
        driver.abort();
        let url = server.replace("/postgres?", &format!("/{name}?"));
        let location = Location::Postgres { url, connections: 8 };
        Self::opened(location, tempfile::tempdir().expect("folder")).await
    }

    async fn opened(location: Location, folder: tempfile::TempDir) -> Self {
        let database = Database::open(&location).expect("open");
        migrate::up(&database, Timestamp::UNIX_EPOCH).await.expect("migrations");
        Self { database, location, _folder: folder }
    }

    pub fn journal(&self) -> Journal {
        Journal::start(self.database.clone(), Clock::System, 4).expect("journal")
    }

    pub async fn tenant(&self, slug: &str) -> TenantId {
        let slug = Slug::new(slug).expect("slug");
        let id = TenantId::new(Uuid::now_v7());
        directory::reserve(&self.database, &slug, id, Timestamp::UNIX_EPOCH).await.expect("tenant");
        id
    }
}

impl Drop for Stores {
    /// The server's database goes with the test, as the file does.
    fn drop(&mut self) {
        if let Location::Postgres { url, .. } = &self.location {
            let url = url.clone();
            // What is left behind does no harm, so no one is told.
            let _ = std::thread::spawn(move || plain::drop_database(&url)).join();
        }
    }
}

/// Moves points.
pub struct Transfer(Posting);

impl Transfer {
    pub fn new(from: &str, to: &str, amount: i64) -> Self {
        let path = |text| AccountPath::new(text).expect("path");
        let amount = Amount::new(amount).expect("amount");
        Self(Posting::new(path(from), path(to), AssetCode::points(), amount).expect("posting"))
    }
}

impl Command for Transfer {
    type Refusal = guerdon_ledger::Refusal;

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn decide(&self, _: &Seen<'_>, _: Timestamp) -> Result<Decision, Self::Refusal> {
        let movement = Movement { postings: vec![self.0.clone()], ..Movement::default() };
        Ok(Decision { kind: "transfer".to_owned(), movement, ..Decision::default() })
    }
}

pub fn envelope(tenant: TenantId, key: &str) -> Envelope {
    let idempotency = Idempotency { key: key.into(), fingerprint: "f".into() };
    Envelope { tenant, actor: "tester".into(), idempotency: Some(idempotency) }
}

pub async fn issue(journal: &Journal, tenant: TenantId, amount: i64) {
    journal
        .execute(envelope(tenant, "issue"), Transfer::new("issuance", "pool", amount))
        .await
        .expect("issue");
}
