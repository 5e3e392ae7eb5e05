//! What a commit costs: one transfer alone, and many at once, on SQLite and, where `GUERDON_TEST_POSTGRES` names a
//! server, on PostgreSQL.

#![allow(missing_docs, reason = "criterion's macros make public items")]

#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use guerdon_store::TenantId;
use guerdon_store::journal::Journal;
use std::sync::atomic::{AtomicU64, Ordering};
use support::{Stores, Transfer, envelope, issue};

static CALLS: AtomicU64 = AtomicU64::new(0);

async fn transfers(journal: &Journal, tenant: TenantId, count: u64) {
    let calls = (0..count).map(|_| {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let transfer = Transfer::new("pool", &format!("wallet:m{}", call % 1_000), 1);
        journal.execute(envelope(tenant, &format!("k{call}")), transfer)
    });
    for receipt in join_all(calls).await {
        receipt.expect("recorded");
    }
}

fn commits(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let mut stores = vec![("sqlite", runtime.block_on(Stores::durable_sqlite()))];
    if std::env::var("GUERDON_TEST_POSTGRES").is_ok() {
        stores.extend(runtime.block_on(Stores::both()).pop().map(|store| ("postgres", store)));
    }
    for (name, store) in &stores {
        let _entered = runtime.enter();
        let journal = store.journal();
        let tenant = runtime.block_on(store.tenant("bench"));
        runtime.block_on(issue(&journal, tenant, 1_000_000_000_000));
        let mut group = criterion.benchmark_group(*name);
        for count in [1, 16, 128, 1_000] {
            group.throughput(Throughput::Elements(count));
            group.bench_function(format!("{count} at once"), |bencher| {
                bencher.iter(|| runtime.block_on(transfers(&journal, tenant, count)));
            });
        }
        group.finish();
        runtime.block_on(journal.stop()).expect("stop");
    }
}

criterion_group!(benches, commits);
criterion_main!(benches);
