//! What the tests of the commands share: books of their own on either database.

use guerdon_programs::tenants::{self, NewTenant};
use guerdon_store::driver::{Database, Location, Mode};
use guerdon_store::journal::Journal;
use guerdon_store::read::{self, BalanceRow, JournalRow};
use guerdon_store::{Clock, Member, Settings, Slug, TenantId, ZoneName, migrate};
use guerdon_testkit::postgres::Cluster;
use jiff::Timestamp;
use tempfile::TempDir;

/// A database of its own with a tenant, gone with the test.
pub(crate) struct Books {
    pub(crate) database: Database,
    pub(crate) journal: Journal,
    pub(crate) tenant: TenantId,
    pub(crate) folder: TempDir,
}

/// All that there is in a tenant, but the instants and the ids that are made at random.
#[derive(Debug, PartialEq)]
pub(crate) struct Contents {
    pub(crate) members: Vec<Member>,
    pub(crate) balances: Vec<BalanceRow>,
    pub(crate) rows: Vec<Row>,
}

/// A row of the journal, likewise.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) postings: String,
    pub(crate) reverses: Option<i64>,
}

impl Books {
    /// On each database.
    pub(crate) async fn both() -> Vec<Self> {
        let cluster = Cluster::shared().unwrap_or_else(|error| panic!("{error}"));
        let url = cluster.create_database().await.unwrap_or_else(|error| panic!("{error}"));
        vec![Self::sqlite().await, Self::at(Location::Postgres { url, connections: 8 }, folder()).await]
    }

    /// On SQLite.
    pub(crate) async fn sqlite() -> Self {
        let folder = folder();
        Self::at(Location::Sqlite { path: folder.path().join("guerdon.db"), durable: false }, folder).await
    }

    async fn at(location: Location, folder: TempDir) -> Self {
        let database = Database::open(&location).expect("opens");
        migrate::up(&database, Timestamp::UNIX_EPOCH).await.expect("migrates");
        let journal = Journal::start(database.clone(), Clock::System, 4).expect("starts");
        let new = NewTenant {
            slug: Slug::new("acme").expect("slug"),
            name: "Acme".to_owned(),
            time_zone: ZoneName::default(),
            settings: Settings::default(),
        };
        let (tenant, _) = tenants::create(&journal, "tester".into(), None, new).await.expect("tenant");
        Self { database, journal, tenant, folder }
    }

    pub(crate) async fn contents(&self) -> Contents {
        contents(&self.database, self.tenant).await
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("folder")
}

/// All that there is in a tenant.
pub(crate) async fn contents(database: &Database, tenant: TenantId) -> Contents {
    let mut tx = database.begin(tenant, Mode::Read).await.expect("reads");
    let mut members = read::members(&mut tx, "", 100_000).await.expect("members");
    for member in &mut members {
        member.created_at = Timestamp::UNIX_EPOCH;
    }
    let balances = read::balances_after(&mut tx, ("", ""), "", 100_000).await.expect("balances");
    let rows = read::journal_rows(&mut tx, 0, 100_000).await.expect("rows");
    Contents { members, balances, rows: rows.into_iter().map(Row::of).collect() }
}

impl Row {
    fn of(row: JournalRow) -> Self {
        let JournalRow { kind, actor, idempotency_key, reason, reference, postings, reverses, .. } = row;
        Self { kind, actor, idempotency_key, reason, reference, postings, reverses }
    }
}
