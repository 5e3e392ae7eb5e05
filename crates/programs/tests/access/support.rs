//! A house with a database of each kind, for the length of a test.

use guerdon_ledger::MemberId;
use guerdon_programs::access::{
    Access, CreateApiKey, IssuerConfig, NewPassword, Principal, new_secret, secret_hash,
};
use guerdon_programs::members::{ChangeMember, CreateMember};
use guerdon_programs::{Refusal, tenants};
use guerdon_store::driver::{Database, Location};
use guerdon_store::journal::{Command, Envelope, Journal, Receipt};
use guerdon_store::{
    ApiKey, Clock, MemberStatus, PersonalText, Role, Settings, Slug, TenantId, ZoneName, migrate,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use uuid::Uuid;

/// A password that is long enough.
pub const PASSWORD: &str = "correct horse battery staple";

/// A server without its doors: a database of its own, a journal, a clock that is moved by hand.
pub struct House {
    pub database: Database,
    pub journal: Journal,
    pub clock: Clock,
    pub access: Access,
}

/// Runs a test in a house on SQLite, then in one on the PostgreSQL at `GUERDON_TEST_POSTGRES`.
pub async fn on_both(test: impl AsyncFn(House)) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("guerdon.db");
    test(House::open(&Location::Sqlite { path, durable: false }).await).await;

    let server = std::env::var("GUERDON_TEST_POSTGRES")
        .expect("GUERDON_TEST_POSTGRES names a PostgreSQL server for tests: run scripts/test");
    let name = format!("t{}", Uuid::new_v4().simple());
    administer(&server, &format!("CREATE DATABASE {name}")).await;
    let url = server.replace("/postgres?", &format!("/{name}?"));
    assert_ne!(url, server, "the URL reads postgres://…/postgres?…");
    test(House::open(&Location::Postgres { url, connections: 8 }).await).await;
    administer(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

async fn administer(server: &str, sql: &str) {
    let (client, connection) =
        tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("PostgreSQL");
    let driver = tokio::spawn(connection);
    client.batch_execute(sql).await.expect(sql);
    driver.abort();
}

impl House {
    async fn open(location: &Location) -> Self {
        let database = Database::open(location).expect("open");
        migrate::up(&database, Timestamp::UNIX_EPOCH).await.expect("migrations");
        let clock = Clock::standing_at("2026-01-31T12:00:00Z".parse().expect("instant"));
        let journal = Journal::start(database.clone(), clock.clone(), 2).expect("journal");
        let access = Access::new(database.clone(), clock.clone());
        Self { database, journal, clock, access }
    }

    /// The same house, trusting these issuers.
    pub fn trusting(self, issuers: &[IssuerConfig]) -> Self {
        Self { access: self.access.trusting(issuers).expect("issuers"), ..self }
    }

    /// Another server on the same database.
    pub fn second_server(&self) -> Self {
        let journal = Journal::start(self.database.clone(), self.clock.clone(), 2).expect("journal");
        let access = Access::new(self.database.clone(), self.clock.clone());
        Self { database: self.database.clone(), journal, clock: self.clock.clone(), access }
    }

    pub fn pass_seconds(&self, seconds: i64) {
        assert!(self.clock.move_to(self.clock.now() + SignedDuration::from_secs(seconds)));
    }

    pub async fn record<C: Command<Refusal = Refusal>>(&self, tenant: TenantId, command: C) -> Receipt {
        let envelope = Envelope { tenant, actor: "tester".into(), idempotency: None };
        self.journal.execute(envelope, command).await.unwrap_or_else(|error| panic!("{error:?}"))
    }

    pub async fn tenant(&self, slug: &str) -> TenantId {
        let new = tenants::NewTenant {
            slug: Slug::new(slug).expect("slug"),
            name: slug.to_owned(),
            time_zone: ZoneName::default(),
            settings: Settings::default(),
        };
        tenants::create(&self.journal, "tester".into(), None, new).await.expect("tenant").0
    }

    pub async fn member(&self, tenant: TenantId, name: &str, role: Role) -> MemberId {
        let new = CreateMember {
            id: id(name),
            personal: PersonalText::default(),
            role,
            team: None,
            department: None,
        };
        self.record(tenant, new).await;
        id(name)
    }

    pub async fn change(
        &self,
        tenant: TenantId,
        id: &MemberId,
        role: Option<Role>,
        status: Option<MemberStatus>,
    ) {
        let change = ChangeMember {
            id: id.clone(),
            name: None,
            email: None,
            role,
            team: None,
            department: None,
            status,
            expected_version: None,
            by_admin: true,
        };
        self.record(tenant, change).await;
    }

    /// A new API key: its id and its secret.
    pub async fn key(
        &self,
        tenant: TenantId,
        member: Option<&MemberId>,
        expires_at: Option<Timestamp>,
    ) -> (Uuid, String) {
        let secret = new_secret(tenant).expect("randomness");
        let key = ApiKey {
            id: Uuid::now_v7(),
            name: "for the test".to_owned(),
            role: Role::Manager,
            member_id: member.cloned(),
            scopes: Vec::new(),
            secret_hash: secret_hash(&secret),
            revoked: false,
            created_at: self.clock.now(),
            expires_at,
            version: 1,
        };
        let id = key.id;
        self.record(tenant, CreateApiKey { key }).await;
        (id, secret)
    }

    /// Sets a password as an admin of the tenant would.
    pub async fn set_password(&self, tenant: TenantId, member: &MemberId, new: &str) {
        let password = NewPassword { new: new.to_owned(), current: None };
        let set = self.access.set_password(&self.journal, tenant, &admin(tenant), member, password).await;
        set.expect("password");
    }

    /// What came of a bearer token, in short: whom it names, or why it was refused.
    pub async fn bearer(&self, token: &str) -> String {
        told(self.access.bearer(token).await)
    }

    /// What came of a session's token, in short.
    pub async fn session(&self, token: &str) -> String {
        told(self.access.session(token).await)
    }
}

fn told<E: std::fmt::Debug>(answer: Result<Arc<Principal>, E>) -> String {
    match answer {
        Ok(principal) => format!("{} as {}", principal.actor, principal.role.name()),
        Err(error) => format!("{error:?}"),
    }
}

pub fn id(name: &str) -> MemberId {
    MemberId::new(name).expect("member id")
}

/// Somebody who runs a tenant and is no member of it.
pub fn admin(tenant: TenantId) -> Principal {
    Principal { tenant, role: Role::Admin, member: None, actor: "key:admin".into(), scopes: Vec::new() }
}
