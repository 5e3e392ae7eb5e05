//! What the ledger alone costs: an award, a hold and its capture, a transaction of many postings, a link of the chain.
//!
//! Run with `cargo bench -p guerdon-ledger`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{AccountPath, Amount, AssetCode, Book, HoldKey, HoldOp, Movement, Posting, Reference};
use std::hint::black_box;

fn account(path: &str) -> AccountPath {
    AccountPath::new(path).expect("a path")
}

fn posting(from: &str, to: &str, amount: i64) -> Posting {
    let amount = Amount::new(amount).expect("an amount");
    Posting::new(account(from), account(to), AssetCode::points(), amount).expect("a posting")
}

/// Books with a well-filled pool and ten thousand wallets of which each has a point.
fn book() -> Book {
    let mut book = Book::default();
    for member in 0..10_000 {
        let postings = vec![
            posting("issuance", "pool", 1_000_000),
            posting("issuance", &format!("wallet:employee-{member}"), 1),
        ];
        book.apply(&Movement { postings, ..Movement::default() }, 0).expect("sources give what is asked");
    }
    book
}

fn award(criterion: &mut Criterion) {
    let mut book = book();
    let awards: Vec<Movement> = (0..10_000)
        .map(|member| Movement {
            postings: vec![posting("pool", &format!("wallet:employee-{member}"), 1)],
            ..Movement::default()
        })
        .collect();
    let mut awards = awards.iter().cycle();
    criterion.bench_function("award", |bencher| {
        bencher.iter(|| awards.next().map(|award| book.apply(black_box(award), 0)));
    });
}

fn hold_and_capture(criterion: &mut Criterion) {
    let mut book = book();
    let key =
        HoldKey { account: account("pool"), reference: Reference::new("order-1").expect("a reference") };
    let amount = Amount::new(100).expect("an amount");
    let place = HoldOp::Place {
        key: key.clone(),
        asset: AssetCode::points(),
        amount,
        expires_at_us: Some(1_000_000),
    };
    let capture = HoldOp::Capture { key, to: account("redeemed"), amount: None };
    let [place, capture] = [place, capture].map(|op| Movement { holds: vec![op], ..Movement::default() });
    // A reference can be used once, so both are undone, which is counted too.
    criterion.bench_function("hold and capture, and undo both", |bencher| {
        bencher.iter(|| {
            let placed = book.apply(black_box(&place), 0).expect("a hold");
            let captured = book.apply(black_box(&capture), 0).expect("a capture");
            book.undo(&captured);
            book.undo(&placed);
        });
    });
}

fn many_postings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("postings in one transaction");
    for count in [1, 10, 100, 1_000, 10_000u64] {
        let mut book = book();
        let to = |member: u64| posting("pool", &format!("wallet:employee-{member}"), 1);
        let movement = Movement { postings: (0..count).map(to).collect(), ..Movement::default() };
        group.throughput(Throughput::Elements(count)).sample_size(10);
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| book.apply(black_box(&movement), 0));
        });
    }
    group.finish();
}

fn chain(criterion: &mut Criterion) {
    let row = [b'x'; 600];
    let mut hash = Hash::GENESIS;
    let mut group = criterion.benchmark_group("chain");
    group.throughput(Throughput::Bytes(600));
    group.bench_function("row of 600 bytes", |bencher| {
        bencher.iter(|| hash = hash.next([black_box(row.as_slice())]));
    });
    group.finish();
}

criterion_group!(benches, award, hold_and_capture, many_postings, chain);
criterion_main!(benches);
