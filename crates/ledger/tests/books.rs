//! Runs the scenario files in `books/` against the ledger. What they may say is in `books/language.rs`.
//!
//! Beside what a scenario expects, every transaction of every scenario is checked for what must always be true: a
//! refused one changes nothing, an accepted one can be undone exactly and done again, the balances of each asset
//! sum to zero, and no account but a source of value has less than nothing available.

#[path = "books/language.rs"]
mod language;
#[path = "books/runner.rs"]
mod runner;
#[path = "books/show.rs"]
mod show;
#[path = "books/words.rs"]
mod words;

macro_rules! books {
    ($($name:ident),+ $(,)?) => {
        const BOOKS: &[&str] = &[$(stringify!($name)),+];

        $(#[test]
        fn $name() {
            let file = concat!("crates/ledger/tests/books/", stringify!($name), ".book");
            let failures = runner::run(file, include_str!(concat!("books/", stringify!($name), ".book")));
            assert!(failures.is_empty(), "\n\n{}\n", failures.join("\n\n"));
        })+
    };
}

books! {
    a_hold_is_resolved_once,
    a_hold_reserves_value,
    a_hold_runs_out,
    a_reversal_offsets_exactly,
    a_transaction_happens_whole_or_not_at_all,
    limits_bound_sums_of_balances,
    no_account_gives_more_than_it_has,
    numbers_never_wrap,
    points_pass_through_three_tiers,
}

#[test]
fn every_scenario_file_is_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/books");
    for entry in std::fs::read_dir(folder).expect("the folder of scenarios") {
        let path = entry.expect("an entry of the folder").path();
        if path.extension().is_some_and(|extension| extension == "book") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            assert!(BOOKS.contains(&name), "{name}.book is not in the list of books.rs");
        }
    }
}

#[test]
fn a_failure_names_file_line_expected_and_found() {
    let text = "scenario Wrong on purpose\n\
                transaction allocate\n\
                \x20   issuance -> pool 50,000 PTS\n\
                balances posted held available\n\
                \x20   issuance PTS -50,000 0 -50,000\n\
                \x20   pool PTS 40,000 0 40,000\n";
    let expected = "x.book:6: Wrong on purpose: pool PTS\n    \
                    expected: posted 40,000, held 0, available 40,000\n    \
                    found:    posted 50,000, held 0, available 50,000";
    assert_eq!(runner::run("x.book", text), [expected]);
}

#[test]
fn a_scenario_that_expects_the_wrong_answer_fails() {
    let refused = |answer: &str| format!("scenario S\ntransaction t\n    pool -> redeemed 5 PTS\n{answer}");
    let found = "pool has 0 PTS available, 5 asked for";
    for (answer, failure) in [
        (String::new(), format!("x.book:2: S: t\n    expected: accepted\n    found:    refused, {found}")),
        (format!("refused {found}"), String::new()),
        (
            "refused pool has 0 PTS available, 6 asked for".to_owned(),
            format!(
                "x.book:4: S: t\n    expected: refused, pool has 0 PTS available, 6 asked for\n    \
                 found:    refused, {found}"
            ),
        ),
    ] {
        assert_eq!(runner::run("x.book", &refused(&answer)).join("\n"), failure);
    }
}

#[test]
fn a_line_outside_the_language_is_named() {
    for (line, why) in [
        ("    pool -> redeemed 5,00 PTS", "the commas of \"5,00\" do not part thousands"),
        ("    pool => redeemed 500 PTS", "\"->\" should stand where \"=>\" does"),
        ("    pool -> redeemed 500", "the line ends too early"),
        ("    pool -> redeemed 500 PTS today", "nothing can follow here, but \"today\" does"),
        ("    hold o-1 on pool 5 PTS until noon today", "\"noon today\" is not a time"),
        (
            "    limit cap: guessed pool PTS",
            "a limit sums what is posted, held or available, not \"guessed\"",
        ),
        ("expect nothing", "a step does not begin with \"expect\""),
    ] {
        let failures = runner::run("x.book", &format!("scenario S\ntransaction t\n{line}"));
        assert_eq!(failures, [format!("x.book:3: {why}")]);
    }
}
