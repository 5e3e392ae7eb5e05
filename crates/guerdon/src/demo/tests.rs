use super::company::PROFILES;
use super::seed::{Seeded, seed};
use crate::testing::contents;
use guerdon_ledger::AssetCode;
use guerdon_programs::points;
use guerdon_store::driver::{Database, Location, Mode};
use guerdon_store::{Clock, Role, directory, migrate, read};
use guerdon_testkit::postgres::Cluster;
use jiff::Timestamp;
use std::collections::BTreeSet;

const UNTIL: &str = "2026-11-18T15:00:00Z";

fn until() -> Timestamp {
    UNTIL.parse().expect("instant")
}

async fn seeded(location: &Location, number: u64) -> (Database, Seeded) {
    let database = Database::open(location).expect("opens");
    migrate::up(&database, until()).await.expect("migrates");
    let seeded = seed(&database, 4, number, until(), None).await.expect("lived through");
    (database, seeded)
}

async fn on_sqlite(folder: &tempfile::TempDir, number: u64) -> (Database, Seeded) {
    let path = folder.path().join("guerdon.db");
    seeded(&Location::Sqlite { path, durable: false }, number).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_makes_the_same_history_on_both_databases() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().expect("folder"));
    let (one, made) = on_sqlite(&first, 1).await;
    let cluster = Cluster::shared().unwrap_or_else(|error| panic!("{error}"));
    let url = cluster.create_database().await.unwrap_or_else(|error| panic!("{error}"));
    let (two, again) = seeded(&Location::Postgres { url, connections: 8 }, 1).await;
    let (three, other) = on_sqlite(&second, 2).await;
    for index in 0..PROFILES.len() {
        let history = contents(&one, made.companies[index].tenant).await;
        assert_eq!(history, contents(&two, again.companies[index].tenant).await);
        assert_ne!(history, contents(&three, other.companies[index].tenant).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_companies_are_lively_and_their_books_balance() {
    let folder = tempfile::tempdir().expect("folder");
    let (database, made) = on_sqlite(&folder, 1).await;
    let mut people = 0;
    for company in &made.companies {
        let all = contents(&database, company.tenant).await;
        people += all.members.len();
        assert_eq!(all.rows.len() as i64, company.transactions);

        let kinds: BTreeSet<&str> = all.rows.iter().map(|row| row.kind.as_str()).collect();
        for kind in [
            "allocate",
            "clawback",
            "delegate",
            "award",
            "debit",
            "credit",
            "hold",
            "capture",
            "release",
            "reverse",
            "member.create",
            "member.change",
        ] {
            assert!(kinds.contains(kind), "{}: no {kind}", company.profile.slug);
        }
        let awards: Vec<_> = all.rows.iter().filter(|row| row.kind == "award").collect();
        assert!(awards.len() > 400, "{} awards", awards.len());
        assert!(awards.iter().all(|row| row.reason.as_ref().is_some_and(|reason| reason.len() > 15)));

        let stats = points::stats(&database, company.tenant).await.expect("stats");
        assert!(
            stats.balanced && stats.pool > 0 && stats.lead_wallets > 0 && stats.redeemed > 0,
            "{stats:?}"
        );
        let mut tx = database.begin(company.tenant, Mode::Read).await.expect("reads");
        for asset in ["PTS", company.profile.currency] {
            let asset = AssetCode::new(asset).expect("asset");
            assert_eq!(read::asset_balance(&mut tx, &asset).await.expect("sum").posted, 0);
        }
    }
    assert_eq!(people, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_ends_where_it_should_and_the_books_go_on_from_there() {
    let folder = tempfile::tempdir().expect("folder");
    let (database, made) = on_sqlite(&folder, 1).await;
    let latest = directory::latest_entry(&database).await.expect("reads").expect("entries");
    assert!(latest <= until() && until().duration_since(latest).as_hours() < 24, "{latest}");
    assert!(Clock::System.now() > latest);
    let mut tx = database.begin(made.companies[0].tenant, Mode::Read).await.expect("reads");
    let first = read::transaction(&mut tx, 1).await.expect("reads").expect("first");
    assert!(until().duration_since(first.recorded_at).as_hours() > 24 * 180);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_a_lead_and_a_member_of_the_leads_team_have_keys() {
    let folder = tempfile::tempdir().expect("folder");
    let (_, made) = on_sqlite(&folder, 1).await;
    let roles: Vec<Role> = made.keys.iter().map(|key| key.person.role).collect();
    assert_eq!(roles, [Role::Manager, Role::Lead, Role::Member]);
    assert_eq!(made.keys[1].person.team, made.keys[2].person.team);
    assert!(made.admin_key.starts_with("gk_"));
}
