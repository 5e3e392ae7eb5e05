//! A sentence becomes a rule: by a grammar, which understands the usual ones, and says what it did not.
//!
//! A sentence is read from left to right in [phrases], each of which adds to a [frame](frame::Frame) what it understood.
//! The frame then is [written out](write) as a rule, which is checked as any other. What nobody read is told, and where
//! something had to be assumed, that is told too: a person decides.

mod cursor;
mod frame;
mod money;
mod number;
mod phrases;
mod token;
mod vocabulary;
mod write;

use crate::flaw::Flaw;
use crate::rule::Rule;
use cursor::Cursor;
use frame::Frame;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use token::{Kind, Token};
use vocabulary::{FILLERS, NEGATIONS};

/// Characters of a sentence at most.
pub const SENTENCE_CHARACTERS: usize = 2_000;

/// What became of a sentence.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// The rule, a draft.
    pub rule: Rule,
    /// What was understood, in the order of the sentence.
    pub used: Vec<Used>,
    /// What was not.
    pub not_understood: Vec<Words>,
    /// What was assumed, each to be confirmed by a person.
    pub assumptions: Vec<String>,
}

/// Words of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The words.
    pub text: String,
    /// Where they begin, in characters from 0.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// Words that were understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Used {
    /// The words.
    #[serde(flatten)]
    pub words: Words,
    /// What they were read as.
    #[serde(rename = "as")]
    pub meaning: &'static str,
}

/// Why a sentence did not become a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// It is longer than [`SENTENCE_CHARACTERS`].
    TooLong {
        /// How many characters it has.
        characters: usize,
    },
    /// It has no words.
    Empty,
    /// It does not say what is given.
    NoReward,
    /// It does not say what for.
    NoOccasion,
    /// It speaks of things that belong into rules of their own.
    Several {
        /// What happens first.
        first: String,
        /// What happens then.
        second: String,
    },
    /// Something of it cannot be passed over, and is not understood.
    Unclear(String),
    /// It became no rule that could be.
    Flawed(Vec<Flaw>),
}

impl std::fmt::Display for Misread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong { characters } => {
                write!(f, "a sentence has at most {SENTENCE_CHARACTERS} characters, this has {characters}")
            }
            Self::Empty => f.write_str("write a sentence such as: Give 100 points for each referral"),
            Self::NoReward => {
                f.write_str("it does not say what is given, such as 100 points, $50 or 5% cashback")
            }
            Self::NoOccasion => {
                f.write_str("it does not say what for, such as a referral, an order over $20 or quiz.passed")
            }
            Self::Several { first, second } => {
                write!(
                    f,
                    "it speaks of {first} and of {second}: write a sentence for each, or “or” between them"
                )
            }
            Self::Unclear(what) => f.write_str(what),
            Self::Flawed(flaws) => {
                let told: Vec<String> = flaws.iter().map(Flaw::to_string).collect();
                write!(f, "it becomes no rule: {}", told.join("; "))
            }
        }
    }
}

impl std::error::Error for Misread {}

/// Reads a sentence. Dates are those of the time zone, and where no year is said, the next from today.
///
/// # Errors
/// [`Misread`], where it is too little, too much, or not understood where that matters.
pub fn read_sentence(text: &str, today: Date, zone: &TimeZone) -> Result<Sentence, Misread> {
    let characters = text.chars().count();
    if characters > SENTENCE_CHARACTERS {
        return Err(Misread::TooLong { characters });
    }
    let tokens = token::tokens(text);
    if tokens.is_empty() {
        return Err(Misread::Empty);
    }
    let mut reading = Reading { frame: Frame::new(today, zone), used: Vec::new(), unread: Vec::new() };
    reading.read(&tokens)?;
    let Reading { frame, used, unread } = reading;
    let rule = write::rule(text, &frame).map_err(|why| match why {
        // What was not understood may be the very thing.
        Misread::NoReward | Misread::NoOccasion if unread.iter().any(|at| is_negation(&tokens[*at])) => {
            Misread::Unclear(NEGATED.to_owned())
        }
        why => why,
    })?;
    let words = |first: &Token, last: &Token| words(text, first.start, last.end);
    let used = used
        .into_iter()
        .map(|(from, to, meaning)| Used { words: words(&tokens[from], &tokens[to]), meaning });
    let runs = unread.chunk_by(|one, next| one + 1 == *next);
    Ok(Sentence {
        used: used.collect(),
        not_understood: runs.map(|run| words(&tokens[run[0]], &tokens[run[run.len() - 1]])).collect(),
        assumptions: write::assumptions(&frame),
        rule,
    })
}

const NEGATED: &str = "something in it is turned into its contrary, by “not”, “except” or the like, and it does not become \
                       clear what: write the sentence without it, and add that condition to the draft";

fn is_negation(token: &Token) -> bool {
    matches!(&token.kind, Kind::Word { word, .. } if NEGATIONS.contains(&word.as_str()))
}

struct Reading<'z> {
    frame: Frame<'z>,
    /// By the first and the last token.
    used: Vec<(usize, usize, &'static str)>,
    unread: Vec<usize>,
}

impl Reading<'_> {
    fn read(&mut self, tokens: &[Token]) -> Result<(), Misread> {
        let mut cursor = Cursor { tokens, at: 0 };
        while let Some(token) = tokens.get(cursor.at) {
            let read = phrases::read(cursor, &mut self.frame).filter(|(next, _)| next.at > cursor.at);
            if let Some(why) = self.frame.refusal.take() {
                return Err(why);
            }
            if let Some((next, meaning)) = read {
                self.used.push((cursor.at, next.at - 1, meaning));
                cursor = next;
                continue;
            }
            if is_negation(token) {
                return Err(Misread::Unclear(NEGATED.to_owned()));
            }
            if !is_filler(token) {
                self.expect_no_recipient(cursor)?;
                expect_no_figure(token)?;
                self.unread.push(cursor.at);
            }
            cursor = cursor.next();
        }
        Ok(())
    }

    /// Somebody else must not be given what is meant for one who is not understood.
    fn expect_no_recipient(&self, cursor: Cursor<'_>) -> Result<(), Misread> {
        let behind_gift = self.frame.gifts.last().is_some_and(|gift| gift.end + 1 == cursor.at);
        let to = cursor.at.checked_sub(1).map(|at| Cursor { at, ..cursor });
        match behind_gift && to.is_some_and(|to| to.phrase("to").is_some()) {
            true => Err(Misread::Unclear("it does not become clear to whom it is given".to_owned())),
            false => Ok(()),
        }
    }
}

/// A figure is always said for a reason.
fn expect_no_figure(token: &Token) -> Result<(), Misread> {
    let is_too_long = matches!(&token.kind, Kind::Word { word, .. } if word.is_empty());
    match token.kind {
        _ if is_too_long => Err(Misread::Unclear("it has a number that is too long".to_owned())),
        Kind::Number(_) | Kind::Ordinal(_) | Kind::Multiple(_) | Kind::Date(_) | Kind::Sign(_) => Err(
            Misread::Unclear("it has a number of which it does not become clear what it is for".to_owned()),
        ),
        _ => Ok(()),
    }
}

fn is_filler(token: &Token) -> bool {
    match &token.kind {
        Kind::Word { word, stem, .. } => FILLERS.contains(&word.as_str()) || FILLERS.contains(&stem.as_str()),
        Kind::Stop => true,
        _ => false,
    }
}

/// Words by where they stand in bytes.
fn words(text: &str, start: usize, end: usize) -> Words {
    let characters = |bytes: usize| text[..bytes].chars().count();
    Words { text: text[start..end].to_owned(), start: characters(start), end: characters(end) }
}
