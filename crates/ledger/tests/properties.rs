//! What must be true of the books whatever moves on them.

#[path = "properties/generate.rs"]
mod generate;

use generate::{Size, funded, movement, postings, step};
use guerdon_ledger::{
    AccountKey, AssetCode, Book, Effects, Guard, HoldStatus, MAX_MINOR_UNITS, Measure, Movement, Posting,
    Refusal, reversed,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn config() -> ProptestConfig {
    let beside = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { failure_persistence: Some(Box::new(beside)), ..ProptestConfig::default() }
}

type Steps = Vec<(Movement, i64)>;

fn steps(size: Size) -> impl Strategy<Value = Steps> {
    vec(step(size), 1..25)
}

/// Applies one movement after another and hands each, with the books before and after it, to a check.
fn play<C>(steps: &Steps, check: C) -> Result<(), TestCaseError>
where
    C: Fn(&Movement, i64, &Book, &Book, &Result<Effects, Refusal>) -> Result<(), TestCaseError>,
{
    let mut book = funded();
    for (movement, at_us) in steps {
        let before = book.clone();
        let answer = book.apply(movement, *at_us);
        check(movement, *at_us, &before, &book, &answer)?;
    }
    Ok(())
}

fn sums(book: &Book) -> BTreeMap<AssetCode, i128> {
    let mut sums = BTreeMap::new();
    for (key, balance) in book.balances() {
        *sums.entry(key.asset.clone()).or_default() += i128::from(balance.posted);
    }
    sums
}

fn sum_of(guard: &Guard, book: &Book) -> i128 {
    let terms = guard.terms.iter().map(|term| {
        let balance = book.balance(&term.account);
        i128::from(match term.measure {
            Measure::Posted => balance.posted,
            Measure::Held => balance.held,
            Measure::Available => balance.posted - balance.held,
        })
    });
    terms.sum()
}

/// What the postings add to each balance, counted apart from the books.
fn net(postings: &[Posting]) -> HashMap<AccountKey, i128> {
    let mut net = HashMap::new();
    for posting in postings {
        let amount = i128::from(posting.amount().minor_units());
        *net.entry(posting.from().clone().in_asset(posting.asset())).or_default() -= amount;
        *net.entry(posting.to().clone().in_asset(posting.asset())).or_default() += amount;
    }
    net
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_balances_of_each_asset_sum_to_zero(steps in steps(Size::Mixed)) {
        play(&steps, |_, _, _, after, _| {
            prop_assert!(sums(after).values().all(|sum| *sum == 0), "{:?}", sums(after));
            Ok(())
        })?;
    }

    #[test]
    fn only_sources_have_less_than_nothing_available(steps in steps(Size::Mixed)) {
        play(&steps, |_, _, _, after, _| {
            for (key, balance) in after.balances() {
                prop_assert!(key.account.is_source() || balance.available() >= 0, "{key:?} {balance:?}");
                prop_assert!(balance.held >= 0, "{key:?} {balance:?}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_held_is_what_holds_still_reserve(steps in steps(Size::Mixed)) {
        play(&steps, |_, _, _, after, _| {
            let mut reserved: HashMap<AccountKey, i64> = HashMap::new();
            for hold in after.holds() {
                *reserved.entry(hold.key.account.clone().in_asset(&hold.asset)).or_default() += hold.remaining();
            }
            for (key, balance) in after.balances() {
                prop_assert_eq!(balance.held, reserved.remove(key).unwrap_or_default(), "{:?}", key);
            }
            prop_assert!(reserved.is_empty(), "reserved on accounts without a balance: {reserved:?}");
            Ok(())
        })?;
    }

    #[test]
    fn a_refused_movement_leaves_the_books_as_they_were(steps in steps(Size::Mixed)) {
        play(&steps, |_, _, before, after, answer| {
            prop_assert!(answer.is_ok() || before == after);
            Ok(())
        })?;
    }

    #[test]
    fn undoing_restores_the_books(steps in steps(Size::Mixed)) {
        let mut book = Book::default();
        let mut past = Vec::new();
        for (movement, at_us) in &steps {
            let before = book.clone();
            if let Ok(effects) = book.apply(movement, *at_us) {
                past.push((before, effects));
            }
        }
        for (before, effects) in past.iter().rev() {
            book.undo(effects);
            prop_assert_eq!(&book, before);
        }
        prop_assert!(book.is_empty());
    }

    #[test]
    fn effects_tell_all_that_changed(steps in steps(Size::Mixed)) {
        play(&steps, |_, _, before, after, answer| {
            let Ok(effects) = answer else { return Ok(()) };
            let mut copy = before.clone();
            for change in &effects.balances {
                prop_assert_eq!(change.before, before.balance(&change.key));
                copy.load_balance(change.key.clone(), change.after);
            }
            for change in &effects.holds {
                prop_assert_eq!(change.before.as_ref(), before.hold(&change.after.key));
                copy.load_hold(change.after.clone());
            }
            prop_assert_eq!(&copy, after);
            let touched: BTreeSet<_> = effects.balances.iter().map(|change| format!("{:?}", change.key)).collect();
            prop_assert_eq!(touched.len(), effects.balances.len(), "a balance stands twice");
            for (key, added) in net(&effects.postings) {
                let moved = after.balance(&key).posted - before.balance(&key).posted;
                prop_assert_eq!(i128::from(moved), added, "{:?}", key);
            }
            Ok(())
        })?;
    }

    #[test]
    fn guards_hold_after_every_accepted_movement(steps in steps(Size::Mixed)) {
        play(&steps, |movement, _, _, after, answer| {
            for guard in movement.guards.iter().filter(|_| answer.is_ok()) {
                let sum = sum_of(guard, after);
                prop_assert!(guard.min.is_none_or(|min| sum >= i128::from(min)), "{guard:?} {sum}");
                prop_assert!(guard.max.is_none_or(|max| sum <= i128::from(max)), "{guard:?} {sum}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_hold_gives_what_it_has_and_once(steps in steps(Size::Mixed)) {
        play(&steps, |_, at_us, before, after, _| {
            for hold in after.holds() {
                let (captured, released, amount) = (hold.captured, hold.released, hold.amount.minor_units());
                prop_assert!(captured >= 0 && released >= 0 && captured + released <= amount, "{hold:?}");
                let Some(earlier) = before.hold(&hold.key) else { continue };
                prop_assert!(captured >= earlier.captured && released >= earlier.released, "it went back");
                prop_assert!(captured == earlier.captured || !hold.has_expired(at_us), "captured too late");
                prop_assert!(earlier.status() == HoldStatus::Open || earlier == hold, "a resolved hold changed");
                prop_assert_eq!(
                    (&earlier.asset, earlier.amount, earlier.expires_at_us),
                    (&hold.asset, hold.amount, hold.expires_at_us)
                );
            }
            prop_assert!(before.holds().all(|hold| after.hold(&hold.key).is_some()), "a hold was forgotten");
            Ok(())
        })?;
    }

    #[test]
    fn postings_are_accepted_exactly_when_every_account_can_bear_them(
        steps in steps(Size::Mixed),
        last in postings(Size::Mixed),
    ) {
        let mut book = funded();
        steps.iter().for_each(|(movement, at_us)| drop(book.apply(movement, *at_us)));
        let bearable = net(&last).into_iter().all(|(key, added)| {
            let balance = book.balance(&key);
            let posted = i128::from(balance.posted) + added;
            let enough = key.account.is_source() || posted >= i128::from(balance.held);
            enough && posted.abs() <= i128::from(MAX_MINOR_UNITS)
        });
        let answer = book.apply(&Movement { postings: last, ..Movement::default() }, 0);
        prop_assert_eq!(answer.is_ok(), bearable, "{:?}", answer);
    }

    #[test]
    fn the_order_of_postings_does_not_matter(
        (written, shuffled) in postings(Size::Mixed).prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle())),
    ) {
        let (mut one, mut other) = (funded(), funded());
        let movement = |postings| Movement { postings, ..Movement::default() };
        let answers = (one.apply(&movement(written), 0), other.apply(&movement(shuffled), 0));
        prop_assert_eq!(answers.0.is_ok(), answers.1.is_ok(), "{:?}", answers);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_reversal_brings_back_every_balance(steps in steps(Size::Mixed)) {
        play(&steps, |_, at_us, before, after, answer| {
            let Ok(effects) = answer else { return Ok(()) };
            let mut book = after.clone();
            let back = Movement { postings: reversed(&effects.postings), ..Movement::default() };
            if book.apply(&back, at_us).is_ok() {
                for (key, balance) in book.balances() {
                    prop_assert_eq!(balance.posted, before.balance(key).posted, "{:?}", key);
                    prop_assert_eq!(balance.held, after.balance(key).held, "{:?}", key);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_largest_amounts_neither_panic_nor_wrap(steps in steps(Size::Huge), last in movement(Size::Huge)) {
        let within = |number: i64| number.unsigned_abs() <= MAX_MINOR_UNITS.unsigned_abs();
        play(&steps, |_, _, _, after, _| {
            prop_assert!(after.balances().all(|(_, balance)| within(balance.posted) && within(balance.held)));
            prop_assert!(sums(after).values().all(|sum| *sum == 0));
            Ok(())
        })?;
        let postings = std::iter::repeat_n(last.postings, 2_000).flatten().collect();
        let often = Movement { postings, ..last };
        let mut book = funded();
        let answer = book.apply(&often, 0);
        prop_assert!(answer.is_err() || sums(&book).values().all(|sum| *sum == 0));
    }
}

#[test]
fn random_movements_meet_every_answer() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..200 {
        let tree = steps(Size::Mixed).new_tree(&mut runner).expect("steps");
        let mut book = funded();
        for (movement, at_us) in tree.current() {
            let answer = match book.apply(&movement, at_us) {
                Ok(_) => "Accepted".to_owned(),
                Err(refusal) => format!("{refusal:?}").split(' ').next().unwrap_or_default().to_owned(),
            };
            *seen.entry(answer).or_default() += 1;
        }
    }
    let all: usize = seen.values().sum();
    assert_eq!(seen.len(), 10, "each refusal and acceptance: {seen:?}");
    assert!(seen["Accepted"] * 5 > all, "enough is accepted to tell: {seen:?}");
}
