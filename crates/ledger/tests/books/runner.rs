//! Plays scenarios on empty books and tells what was not as expected.

use crate::language::{self, Action, BalanceLine, Entry, HoldLine, Refused, Scenario, Step};
use crate::show;
use guerdon_ledger::{AssetCode, Balance, Book, Movement, Posting, Refusal, reversed};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Everything in the file that was not as expected, in words.
pub(crate) fn run(file: &str, text: &str) -> Vec<String> {
    match language::read(text) {
        Ok(scenarios) => scenarios.iter().flat_map(|scenario| play(file, scenario)).collect(),
        Err(unreadable) => vec![format!("{file}:{}: {}", unreadable.line, unreadable.why)],
    }
}

/// Plays until a step is not as expected; what follows it would only repeat the failure.
fn play(file: &str, scenario: &Scenario) -> Vec<String> {
    let mut stage = Stage::default();
    for step in &scenario.steps {
        let failures = stage.step(step);
        if !failures.is_empty() {
            let place =
                |failure: Failure| format!("{file}:{}: {}: {}", failure.line, scenario.title, failure.what);
            return failures.into_iter().map(place).collect();
        }
    }
    Vec::new()
}

struct Failure {
    line: usize,
    what: String,
}

impl Failure {
    fn of(line: usize, subject: &str, expected: &str, found: &str) -> Self {
        Self { line, what: format!("{subject}\n    expected: {expected}\n    found:    {found}") }
    }
}

/// The books of one scenario, its clock, and the postings of what was accepted, by name.
#[derive(Default)]
struct Stage {
    book: Book,
    at_us: i64,
    accepted: HashMap<String, Vec<Posting>>,
}

impl Stage {
    fn step(&mut self, step: &Step) -> Vec<Failure> {
        match &step.action {
            Action::At(at_us) => {
                self.at_us = *at_us;
                Vec::new()
            }
            Action::Transaction { name, entries, refused } => {
                Vec::from_iter(self.transact(step.line, name, entries, refused.as_ref()).err())
            }
            Action::Balances(lines) => self.compare_balances(step.line, lines),
            Action::Holds(lines) => self.compare_holds(step.line, lines),
        }
    }

    fn transact(
        &mut self,
        line: usize,
        name: &str,
        entries: &[Entry],
        refused: Option<&Refused>,
    ) -> Result<(), Failure> {
        let movement = self.movement(line, entries)?;
        let answer =
            self.apply(&movement).map_err(|what| Failure { line, what: format!("{name}: {what}") })?;
        let found = match &answer {
            Ok(_) => "accepted".to_owned(),
            Err(refusal) => format!("refused, {}", show::refusal(refusal)),
        };
        let (line, expected) = match refused {
            None => (line, "accepted".to_owned()),
            Some(refused) => (refused.line, format!("refused, {}", refused.answer)),
        };
        if let Ok(postings) = answer {
            self.accepted.insert(name.to_owned(), postings);
        }
        match found == expected {
            true => Ok(()),
            false => Err(Failure::of(line, name, &expected, &found)),
        }
    }

    fn movement(&self, line: usize, entries: &[Entry]) -> Result<Movement, Failure> {
        let mut movement = Movement::default();
        for entry in entries {
            match entry {
                Entry::Posting(posting) => movement.postings.push(posting.clone()),
                Entry::Hold(op) => movement.holds.push(op.clone()),
                Entry::Guard(guard) => movement.guards.push(guard.clone()),
                Entry::Reverse(name) => match self.accepted.get(name) {
                    Some(postings) => movement.postings.extend(reversed(postings)),
                    None => {
                        return Err(Failure { line, what: format!("no transaction \"{name}\" to reverse") });
                    }
                },
            }
        }
        Ok(movement)
    }

    /// Applies a movement and checks what is true of every movement; the error says what was not.
    fn apply(&mut self, movement: &Movement) -> Result<Result<Vec<Posting>, Refusal>, String> {
        let before = self.book.clone();
        let effects = match self.book.apply(movement, self.at_us) {
            Ok(effects) => effects,
            Err(_) if self.book != before => return Err("it was refused, yet the books changed".to_owned()),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let after = self.book.clone();
        self.book.undo(&effects);
        if self.book != before {
            return Err("undoing it does not restore the books".to_owned());
        }
        if self.book.apply(movement, self.at_us).as_ref() != Ok(&effects) || self.book != after {
            return Err("doing it again does something else".to_owned());
        }
        self.check_books().map(|()| Ok(effects.postings))
    }

    fn check_books(&self) -> Result<(), String> {
        let mut sums: BTreeMap<&AssetCode, i128> = BTreeMap::new();
        for (key, balance) in self.book.balances() {
            *sums.entry(&key.asset).or_default() += i128::from(balance.posted);
            if balance.available() < 0 && !key.account.is_source() {
                return Err(format!("{} ends below zero", show::account_key(key)));
            }
        }
        match sums.iter().find(|(_, sum)| **sum != 0) {
            Some((asset, sum)) => Err(format!("all balances in {asset} sum to {sum}")),
            None => Ok(()),
        }
    }

    fn compare_balances(&self, line: usize, lines: &[BalanceLine]) -> Vec<Failure> {
        let listed: HashSet<_> = lines.iter().map(|line| &line.key).collect();
        let unlisted = self
            .book
            .balances()
            .filter(|(key, balance)| **balance != Balance::default() && !listed.contains(key));
        let unlisted = unlisted.map(|(key, balance)| {
            Failure::of(line, &show::account_key(key), "not in the list, so empty", &show::balance(*balance))
        });
        let differing = lines.iter().filter_map(|expected| {
            let found = self.book.balance(&expected.key);
            let [expected_text, found_text] = [expected.balance, found].map(show::balance);
            (expected.balance != found).then(|| {
                Failure::of(expected.line, &show::account_key(&expected.key), &expected_text, &found_text)
            })
        });
        differing.chain(unlisted).collect()
    }

    fn compare_holds(&self, line: usize, lines: &[HoldLine]) -> Vec<Failure> {
        let listed: HashSet<_> = lines.iter().map(|line| &line.key).collect();
        let found: HashMap<_, _> = self
            .book
            .holds()
            .map(|hold| {
                let (amount, status) = (hold.amount.minor_units(), hold.status().name());
                (&hold.key, show::hold(amount, hold.captured, hold.released, status))
            })
            .collect();
        let unlisted = found.iter().filter(|(key, _)| !listed.contains(**key)).map(|(key, hold)| {
            Failure::of(line, &show::hold_key(key), "not in the list, so never placed", hold)
        });
        let differing = lines.iter().filter_map(|expected| {
            let found = found.get(&expected.key).map_or("no such hold", String::as_str);
            (expected.hold != found)
                .then(|| Failure::of(expected.line, &show::hold_key(&expected.key), &expected.hold, found))
        });
        differing.chain(unlisted).collect()
    }
}
