//! The language of the scenario files: what a line may say, and how it is read.
//!
//! ```text
//! scenario <title>
//! at <date> <time>                                      moves the clock, UTC
//! transaction <name>                                    all of its lines happen, or none
//!     <account> -> <account> <amount> <asset>           a posting
//!     hold <reference> on <account> <amount> <asset> [until <date> <time>]
//!     capture <reference> on <account> to <account> [<amount>]
//!     release <reference> on <account> [<amount>]
//!     limit <code>: <measure> <account> <asset> [+ …] [at least <number>] [at most <number>]
//!     reverse <name of an earlier transaction>
//! refused <what the books answer to the transaction above; without this line it must be accepted>
//! balances posted held available                        every account that is not empty, one to a line
//!     <account> <asset> <number> <number> <number>
//! holds amount captured released status                 every hold there ever was, one to a line
//!     <reference> on <account> <number> <number> <number> <status>
//! ```
//!
//! Numbers are whole minor units (points, cents), with or without commas. `#` begins a comment. Lines that belong
//! to the one above are indented.

use crate::words::Words;
use guerdon_ledger::{AccountKey, Balance, Guard, HoldKey, HoldOp, Posting};

/// A story with its own, empty books.
pub(crate) struct Scenario {
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
}

/// A step of a scenario and the line it begins at.
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) action: Action,
}

/// What a step does or expects.
pub(crate) enum Action {
    At(i64),
    Transaction { name: String, entries: Vec<Entry>, refused: Option<Refused> },
    Balances(Vec<BalanceLine>),
    Holds(Vec<HoldLine>),
}

/// A line of a transaction.
pub(crate) enum Entry {
    Posting(Posting),
    Hold(HoldOp),
    Guard(Guard),
    Reverse(String),
}

/// The refusal that a transaction must meet.
pub(crate) struct Refused {
    pub(crate) line: usize,
    pub(crate) answer: String,
}

/// A balance that must be found.
pub(crate) struct BalanceLine {
    pub(crate) line: usize,
    pub(crate) key: AccountKey,
    pub(crate) balance: Balance,
}

/// A hold that must be found, in the words of [`crate::show::hold`].
pub(crate) struct HoldLine {
    pub(crate) line: usize,
    pub(crate) key: HoldKey,
    pub(crate) hold: String,
}

/// A line that says nothing the language knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) line: usize,
    pub(crate) why: String,
}

/// Reads a whole file.
pub(crate) fn read(text: &str) -> Result<Vec<Scenario>, Unreadable> {
    let mut scenarios = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let content = raw.split('#').next().unwrap_or_default().trim_end();
        if !content.is_empty() {
            let line = index + 1;
            read_line(&mut scenarios, line, content).map_err(|why| Unreadable { line, why })?;
        }
    }
    Ok(scenarios)
}

fn read_line(scenarios: &mut Vec<Scenario>, line: usize, content: &str) -> Result<(), String> {
    if let Some(title) = content.strip_prefix("scenario ") {
        scenarios.push(Scenario { title: title.trim().to_owned(), steps: Vec::new() });
        return Ok(());
    }
    let scenario = scenarios.last_mut().ok_or("a file begins with a scenario")?;
    match content.starts_with(char::is_whitespace) {
        true => {
            let step = scenario.steps.last_mut().ok_or("an indented line belongs to a step above it")?;
            read_content(&mut step.action, line, &mut Words::new(content))
        }
        false => read_heading(&mut scenario.steps, line, content),
    }
}

fn read_heading(steps: &mut Vec<Step>, line: usize, content: &str) -> Result<(), String> {
    let (keyword, rest) = content.split_once(' ').unwrap_or((content, ""));
    let mut words = Words::new(rest);
    let action = match keyword {
        "at" => Action::At(words.time()?),
        "transaction" => Action::Transaction { name: words.rest(), entries: Vec::new(), refused: None },
        "balances" => {
            words.expect("posted held available")?;
            Action::Balances(Vec::new())
        }
        "holds" => {
            words.expect("amount captured released status")?;
            Action::Holds(Vec::new())
        }
        "refused" => match steps.last_mut().map(|step| &mut step.action) {
            Some(Action::Transaction { refused: refused @ None, .. }) => {
                *refused = Some(Refused { line, answer: words.rest() });
                return Ok(());
            }
            _ => return Err("a refusal follows the transaction that meets it".to_owned()),
        },
        other => return Err(format!("a step does not begin with \"{other}\"")),
    };
    words.end()?;
    steps.push(Step { line, action });
    Ok(())
}

fn read_content(action: &mut Action, line: usize, words: &mut Words<'_>) -> Result<(), String> {
    match action {
        Action::At(_) => return Err("nothing belongs to a time".to_owned()),
        Action::Transaction { refused: Some(_), .. } => {
            return Err("a refusal ends its transaction".to_owned());
        }
        Action::Transaction { entries, .. } => entries.push(read_entry(words)?),
        Action::Balances(lines) => lines.push(read_balance(line, words)?),
        Action::Holds(lines) => lines.push(read_hold(line, words)?),
    }
    words.end()
}

fn read_entry(words: &mut Words<'_>) -> Result<Entry, String> {
    Ok(match words.word()? {
        "hold" => Entry::Hold(HoldOp::Place {
            key: words.hold_key()?,
            amount: words.amount()?,
            asset: words.asset()?,
            expires_at_us: if words.take("until") { Some(words.time()?) } else { None },
        }),
        "capture" => {
            let key = words.hold_key()?;
            words.expect("to")?;
            Entry::Hold(HoldOp::Capture { key, to: words.account()?, amount: words.optional_amount()? })
        }
        "release" => {
            Entry::Hold(HoldOp::Release { key: words.hold_key()?, amount: words.optional_amount()? })
        }
        "limit" => Entry::Guard(read_guard(words)?),
        "reverse" => Entry::Reverse(words.rest()),
        from => {
            let from = Words::new(from).account()?;
            words.expect("->")?;
            let (to, amount) = (words.account()?, words.amount()?);
            Entry::Posting(Posting::new(from, to, words.asset()?, amount).map_err(|e| e.to_string())?)
        }
    })
}

fn read_guard(words: &mut Words<'_>) -> Result<Guard, String> {
    let code = words.word()?.strip_suffix(':').ok_or("the code of a limit ends in a colon")?;
    let mut terms = vec![words.term()?];
    while words.take("+") {
        terms.push(words.term()?);
    }
    let (mut min, mut max) = (None, None);
    while words.take("at") {
        match words.word()? {
            "least" => min = Some(words.number()?),
            "most" => max = Some(words.number()?),
            other => return Err(format!("a limit is at least or at most something, not at {other}")),
        }
    }
    // A guard's code is static in the ledger; a test process can spare a few bytes.
    Ok(Guard { code: String::leak(code.to_owned()), terms, min, max })
}

fn read_balance(line: usize, words: &mut Words<'_>) -> Result<BalanceLine, String> {
    let key = words.account_key()?;
    let balance = Balance { posted: words.number()?, held: words.number()? };
    match words.number()? == balance.available() {
        true => Ok(BalanceLine { line, key, balance }),
        false => Err("available is posted less held".to_owned()),
    }
}

fn read_hold(line: usize, words: &mut Words<'_>) -> Result<HoldLine, String> {
    let key = words.hold_key()?;
    let (amount, captured, released) = (words.number()?, words.number()?, words.number()?);
    let status = words.word()?;
    Ok(HoldLine { line, key, hold: crate::show::hold(amount, captured, released, status) })
}
