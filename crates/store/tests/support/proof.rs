//! What the tests of verification and rebuilding have in common.

use super::Stores;
use super::workload::busy;
use guerdon_store::verify::{Finding, Report, verify};
use guerdon_store::{TenantId, directory};
use jiff::Timestamp;

/// A company that has been busy, beside another that shall never be blamed, the platform, and one yet to be made.
pub async fn company(store: &Stores) -> TenantId {
    let journal = store.journal();
    let (acme, other) = (store.tenant("acme").await, store.tenant("other").await);
    busy(&journal, acme, "acme").await;
    busy(&journal, other, "other").await;
    directory::open_platform(&store.database, Timestamp::UNIX_EPOCH).await.expect("platform");
    store.tenant("reserved").await;
    journal.stop().await.expect("stop");
    acme
}

pub async fn report(store: &Stores) -> Report {
    verify(&store.database, &mut |_| {}).await.expect("verify")
}

pub async fn is_clean(store: &Stores) {
    let report = report(store).await;
    assert!(report.is_clean(), "{:#?}", report.findings);
}

/// The finding that names a row.
pub fn names<'a>(report: &'a Report, table: &str, key: &str) -> Option<&'a Finding> {
    report.findings.iter().find(|finding| finding.table == table && finding.key == key)
}
