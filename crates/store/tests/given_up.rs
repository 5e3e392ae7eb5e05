//! Callers who go away before they are answered.

mod support;

use guerdon_store::driver::{Database, Location, Mode};
use guerdon_store::{Slug, TenantId, directory};
use jiff::Timestamp;
use std::pin::pin;
use support::Stores;
use uuid::Uuid;

/// A caller who goes away while a transaction begins leaves a connection that has begun one. With a single connection
/// the next caller gets just that.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_given_up_while_it_begins_leaves_nothing_open() {
    for store in Stores::both().await {
        let location = match store.location.clone() {
            Location::Postgres { url, .. } => Location::Postgres { url, connections: 1 },
            sqlite => sqlite,
        };
        let database = Database::open(&location).expect("open");
        for round in 0..20 {
            for looks in 0..=round {
                let mut beginning = pin!(database.begin(TenantId::PLATFORM, Mode::Read));
                for _ in 0..looks {
                    if futures::poll!(beginning.as_mut()).is_ready() {
                        break;
                    }
                    tokio::time::sleep(std::time::Duration::from_micros(20 * round)).await;
                }
            }
            let slug = Slug::new(&format!("tenant-{round}")).expect("slug");
            let tenant = TenantId::new(Uuid::now_v7());
            let reserved = directory::reserve(&database, &slug, tenant, Timestamp::UNIX_EPOCH).await;
            reserved.unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
    }
}
