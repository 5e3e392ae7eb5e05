//! A sentence in tokens: words, numbers, signs, each with where it stands.

use super::number::{Decimal, Worded, number_word, ordinal_word};
use jiff::civil::Date;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A word as it was written, in small letters, and without the ending of a plural.
    Word { written: String, word: String, stem: String, possessive: bool },
    /// A number: `5,000`, `2.5k`, `twenty`.
    Number(Decimal),
    /// `third`, `3rd`.
    Ordinal(i64),
    /// `2x`, `double`.
    Multiple(Decimal),
    /// `$ € £ % + ¢ = < >`.
    Sign(char),
    /// What stood in quotation marks.
    Quoted(String),
    /// A name with dots or underscores in it, such as `quiz.passed`.
    Name(String),
    /// `2027-03-01`.
    Date(Date),
    /// `, ; : ! ? ( )`, and a full stop.
    Stop,
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether a hyphen joins it to the one before.
    pub(super) is_joined: bool,
}

/// Parts a sentence.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let start = text.len() - rest.len();
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '"' | '“' | '”' | '„' => quoted(rest, first),
            '0'..='9' => number(rest),
            '$' | '€' | '£' | '%' | '+' | '¢' | '=' | '<' | '>' | '≥' | '≤' => {
                (Some(Kind::Sign(first)), first.len_utf8())
            }
            _ if first.is_alphabetic() => word(rest),
            '-' | '–' | '—' | '\'' | '’' | '/' | '*' => (None, first.len_utf8()),
            _ => (Some(Kind::Stop), first.len_utf8()),
        };
        let is_joined = start > 0
            && text.as_bytes()[start - 1] == b'-'
            && tokens.last().is_some_and(|last: &Token| last.end + 1 == start);
        rest = &rest[length..];
        tokens.extend(kind.map(|kind| Token { kind, start, end: start + length, is_joined }));
    }
    joined(tokens)
}

fn quoted(rest: &str, first: char) -> (Option<Kind>, usize) {
    let inside = &rest[first.len_utf8()..];
    match inside.find(['"', '”', '“']) {
        Some(end) => {
            let closing = inside[end..].chars().next().map_or(0, char::len_utf8);
            (Some(Kind::Quoted(inside[..end].to_owned())), first.len_utf8() + end + closing)
        }
        None => (None, first.len_utf8()),
    }
}

/// A number, and what is written onto it: `3rd`, `2x`, `5k`; or a date.
fn number(rest: &str) -> (Option<Kind>, usize) {
    if let Some(date) = rest.get(..10).and_then(|text| text.parse::<Date>().ok())
        && !rest[10..].starts_with(|c: char| c.is_ascii_digit())
    {
        return (Some(Kind::Date(date)), 10);
    }
    let is_part = |(at, c): (usize, char)| {
        let before_digit = rest.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
        c.is_ascii_digit() || (matches!(c, ',' | '.') && before_digit)
    };
    let length =
        rest.char_indices().take_while(|part| is_part(*part)).map(|(at, c)| at + c.len_utf8()).last();
    let length = length.unwrap_or(1);
    let decimal = Decimal::parse(&rest[..length]);
    let letters: String = rest[length..].chars().take_while(|c| c.is_alphabetic()).collect();
    let suffix = letters.to_lowercase();
    let whole = decimal.and_then(Decimal::whole);
    let (kind, more) = match (suffix.as_str(), decimal) {
        ("st" | "nd" | "rd" | "th", _) => (whole.map(Kind::Ordinal), letters.len()),
        ("x", Some(decimal)) => (Some(Kind::Multiple(decimal)), letters.len()),
        ("k", Some(decimal)) => (decimal.times(1_000).map(Kind::Number), letters.len()),
        (_, decimal) => (decimal.map(Kind::Number), 0),
    };
    // A number that is none is a word that nobody knows.
    (Some(kind.unwrap_or_else(|| plain_word(String::new(), ""))), length + more)
}

fn word(rest: &str) -> (Option<Kind>, usize) {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
    let length = rest.find(|c| !inner(c)).unwrap_or(rest.len());
    let text = rest[..length].trim_end_matches(['.', '_', '[']);
    let after = &rest[text.len()..];
    let named = text.contains(['.', '_']) && text.len() <= 100;
    if named {
        return (Some(Kind::Name(text.to_owned())), text.len());
    }
    let plain = text.find(|c: char| !c.is_alphanumeric()).map_or(text, |end| &text[..end]);
    let apostrophe = ["'s", "’s", "'S", "’S"].iter().find(|mark| {
        plain.len() == text.len()
            && after.strip_prefix(**mark).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let lower = plain.to_lowercase();
    // don't, can't, won't …
    let contracted = ["'t", "’t"].iter().find(|mark| lower.ends_with('n') && after.starts_with(**mark));
    if let Some(mark) = contracted {
        return (Some(plain_word("not".to_owned(), "not")), plain.len() + mark.len());
    }
    let length = plain.len() + apostrophe.map_or(0, |mark| mark.len());
    let kind = match (lower.as_str(), ordinal_word(&lower)) {
        ("double" | "twofold", _) => Kind::Multiple(Decimal::of(2)),
        ("triple" | "threefold", _) => Kind::Multiple(Decimal::of(3)),
        ("quadruple", _) => Kind::Multiple(Decimal::of(4)),
        (_, Some(ordinal)) => Kind::Ordinal(ordinal),
        _ => match plain_word(lower, plain) {
            Kind::Word { written, word, stem, .. } => {
                Kind::Word { written, word, stem, possessive: apostrophe.is_some() }
            }
            other => other,
        },
    };
    (Some(kind), length)
}

fn plain_word(word: String, written: &str) -> Kind {
    Kind::Word { written: written.to_owned(), stem: stem(&word), word, possessive: false }
}

/// A word without the ending of a plural: `referrals` and `categories` are `referral` and `category`.
fn stem(word: &str) -> String {
    let cut = |count: usize| word[..word.len() - count].to_owned();
    if word.len() > 4 && word.ends_with("ies") {
        return format!("{}y", cut(3));
    }
    if word.len() > 4 && ["sses", "xes", "ches", "shes"].iter().any(|ending| word.ends_with(ending)) {
        return cut(2);
    }
    let is_plural = word.len() > 2 && word.ends_with('s');
    match is_plural && !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        true => cut(1),
        false => word.to_owned(),
    }
}

/// Words of a number that follow each other are one number: `twenty five`, `two hundred and fifty`.
fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::new();
    let mut left = tokens.as_slice();
    while let [token, rest @ ..] = left {
        left = rest;
        let Some(mut number) = worded(token) else {
            joined.push(token.clone());
            continue;
        };
        let mut end = token.end;
        // After hundreds there may be an `and`.
        while let Some((sum, last, rest)) = match left {
            [next, rest @ ..] if worded(next).is_some() => more(number, next, rest),
            [and, next, rest @ ..] if number.is_round() && is_and(and) => more(number, next, rest),
            _ => None,
        } {
            (number, end, left) = (sum, last, rest);
        }
        let kind = Kind::Number(Decimal::of(number.total()));
        joined.push(Token { kind, end, ..token.clone() });
    }
    joined
}

/// The number with the next word, where that ends, and what is left.
fn more<'t>(number: Worded, next: &Token, rest: &'t [Token]) -> Option<(Worded, usize, &'t [Token])> {
    Some((number.followed_by(worded(next)?)?, next.end, rest))
}

fn is_and(token: &Token) -> bool {
    matches!(&token.kind, Kind::Word { word, .. } if word == "and")
}

fn worded(token: &Token) -> Option<Worded> {
    match &token.kind {
        Kind::Word { word, .. } => number_word(word),
        _ => None,
    }
}
