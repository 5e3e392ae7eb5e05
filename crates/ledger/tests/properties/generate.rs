//! Random movements on a small set of accounts, so that they meet often.

use guerdon_ledger::{
    AccountKey, AccountPath, Amount, AssetCode, Book, Guard, HoldKey, HoldOp, MAX_MINOR_UNITS, Measure,
    Movement, Posting, Reference, Term,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const SOURCES: [&str; 2] = ["issuance", "funding:bank"];
const OTHERS: [&str; 5] = ["pool", "lead:ann", "wallet:bea", "wallet:cid", "redeemed"];
const WITH_HOLDS: [&str; 3] = ["funding:bank", "pool", "wallet:bea"];
const ASSETS: [&str; 2] = ["PTS", "USD"];

/// How large amounts are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Size {
    /// Mostly small beside what the accounts have, now and then too large.
    Mixed,
    /// All near the largest there is.
    Huge,
}

/// Books in which every account but the sources has 1,000 of each asset.
pub(crate) fn funded() -> Book {
    let mut book = Book::default();
    let source = account("issuance");
    let thousand = Amount::new(1_000).expect("an amount");
    let posting = |to: &str, code: &str| Posting::new(source.clone(), account(to), asset(code), thousand);
    let postings =
        OTHERS.iter().flat_map(|to| ASSETS.iter().map(|code| posting(to, code).expect("a posting")));
    let movement = Movement { postings: postings.collect(), ..Movement::default() };
    book.apply(&movement, 0).expect("sources give what is asked");
    book
}

/// A movement and the instant it comes at.
pub(crate) fn step(size: Size) -> impl Strategy<Value = (Movement, i64)> {
    (movement(size), 0..100i64)
}

/// Any movement, with few lines.
pub(crate) fn movement(size: Size) -> impl Strategy<Value = Movement> {
    let guards = prop_oneof![3 => Just(Vec::new()), 1 => vec(guard(), 1..3)];
    (postings(size), vec(hold_op(size), 0..4), guards).prop_map(|(postings, holds, guards)| Movement {
        postings,
        holds,
        guards,
    })
}

/// Up to five postings.
pub(crate) fn postings(size: Size) -> impl Strategy<Value = Vec<Posting>> {
    let ends = (any_account(), any_account()).prop_filter("two accounts", |(from, to)| from != to);
    let posting = (ends, any_asset(), amount(size))
        .prop_map(|((from, to), asset, amount)| Posting::new(from, to, asset, amount).expect("two accounts"));
    vec(posting, 0..6)
}

fn hold_op(size: Size) -> impl Strategy<Value = HoldOp> {
    let expiry = proptest::option::of(0..100i64);
    let place = (hold_key(), any_asset(), amount(size), expiry)
        .prop_map(|(key, asset, amount, expires_at_us)| HoldOp::Place { key, asset, amount, expires_at_us });
    let capture = (hold_key(), any_account(), proptest::option::of(amount(size)))
        .prop_map(|(key, to, amount)| HoldOp::Capture { key, to, amount });
    let release = (hold_key(), proptest::option::of(amount(size)))
        .prop_map(|(key, amount)| HoldOp::Release { key, amount });
    prop_oneof![3 => place, 3 => capture, 1 => release]
}

fn guard() -> impl Strategy<Value = Guard> {
    let measure = select(vec![Measure::Posted, Measure::Held, Measure::Available]);
    let terms = (any_asset(), vec((any_account(), measure), 1..4)).prop_map(|(asset, terms)| {
        let term =
            |(account, measure)| Term { account: AccountKey { account, asset: asset.clone() }, measure };
        terms.into_iter().map(term).collect()
    });
    (terms, proptest::option::of(bound()), proptest::option::of(bound()))
        .prop_map(|(terms, min, max)| Guard { code: "a_limit", terms, min, max })
}

fn bound() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -2_000..4_000i64, 1 => any::<i64>(), 1 => select(vec![i64::MIN, 0, i64::MAX])]
}

fn amount(size: Size) -> impl Strategy<Value = Amount> {
    let near_the_end = MAX_MINOR_UNITS - 2..=MAX_MINOR_UNITS;
    let minor_units = match size {
        Size::Mixed => prop_oneof![12 => 1..=100i64, 3 => 1..=2_000i64, 1 => near_the_end].boxed(),
        Size::Huge => prop_oneof![4 => near_the_end, 1 => 1..=MAX_MINOR_UNITS, 1 => 1..=2i64].boxed(),
    };
    minor_units.prop_map(|minor_units| Amount::new(minor_units).expect("within range"))
}

fn hold_key() -> impl Strategy<Value = HoldKey> {
    (select(WITH_HOLDS.to_vec()), 1..4u8).prop_map(|(path, number)| HoldKey {
        account: account(path),
        reference: Reference::new(&format!("order-{number}")).expect("a reference"),
    })
}

fn any_account() -> impl Strategy<Value = AccountPath> {
    prop_oneof![1 => select(SOURCES.to_vec()), 2 => select(OTHERS.to_vec())].prop_map(account)
}

fn any_asset() -> impl Strategy<Value = AssetCode> {
    select(ASSETS.to_vec()).prop_map(asset)
}

fn account(path: &str) -> AccountPath {
    AccountPath::new(path).expect("a path")
}

fn asset(code: &str) -> AssetCode {
    AssetCode::new(code).expect("a code")
}
