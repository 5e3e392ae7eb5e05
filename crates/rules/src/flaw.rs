//! What is wrong with a document: where, and what would be right.

use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// More flaws than this are not told at once.
const MOST: usize = 50;

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// Where: a JSON pointer (RFC 6901) from the root of the document, such as `/conditions/0/operator`.
    pub pointer: String,
    /// What kind of flaw, for programs.
    pub code: FlawCode,
    /// What is wrong and what would be right, for people.
    pub detail: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.pointer.is_empty() { "/" } else { &self.pointer }, self.detail)
    }
}

/// The kinds of flaws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawCode {
    /// A field that is required is not there.
    MissingField,
    /// A field that is not known is there.
    UnknownField,
    /// A value of another type.
    WrongType,
    /// A value of the right type that means nothing here.
    InvalidValue,
    /// Too long, too deep or too many: see [`limits`](crate::limits).
    LimitExceeded,
}

impl FlawCode {
    /// The code as it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::WrongType => "wrong_type",
            Self::InvalidValue => "invalid_value",
            Self::LimitExceeded => "limit_exceeded",
        }
    }
}

/// A place in a document, as a path back to its root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    pub(crate) const ROOT: Place<'static> = Place { parent: None, step: Step::Root };

    pub(crate) fn key<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place { parent: Some(self), step: Step::Key(name) }
    }

    pub(crate) fn index(&self, index: usize) -> Place<'_> {
        Place { parent: Some(self), step: Step::Index(index) }
    }

    fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Place::pointer).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Key(name) => push_key(&mut pointer, name),
            Step::Index(index) => pointer.push_str(&format!("/{index}")),
        }
        pointer
    }
}

/// Adds a name to a JSON pointer, escaped as RFC 6901 has it.
pub(crate) fn push_key(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

/// The flaws found so far.
#[derive(Debug, Default)]
pub(crate) struct Flaws(Vec<Flaw>);

impl Flaws {
    pub(crate) fn add(&mut self, place: &Place<'_>, code: FlawCode, detail: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Flaw { pointer: place.pointer(), code, detail: detail.into() });
        }
    }

    pub(crate) fn invalid(&mut self, place: &Place<'_>, detail: impl Into<String>) {
        self.add(place, FlawCode::InvalidValue, detail);
    }

    pub(crate) fn limit(&mut self, place: &Place<'_>, detail: impl Into<String>) {
        self.add(place, FlawCode::LimitExceeded, detail);
    }

    pub(crate) fn wrong_type(&mut self, place: &Place<'_>, expected: &str, found: &Value) {
        self.add(
            place,
            FlawCode::WrongType,
            format!("this must be {expected}, and not {}", type_of(found).article()),
        );
    }

    /// What was read, where nothing was wrong with it.
    pub(crate) fn or<T>(self, read: Option<T>) -> Result<T, Vec<Flaw>> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(self.0),
        }
    }
}

/// The types of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

impl Type {
    /// With its article, for a sentence.
    pub(crate) fn article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

pub(crate) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::Text,
        Value::Array(_) => Type::List,
        Value::Object(_) => Type::Object,
    }
}

/// `did you mean …?`, or all that there is, for a word that is not among the known ones.
pub(crate) fn suggestion(word: &str, known: &[&str]) -> String {
    let short: String = word.chars().take(40).collect::<String>().to_lowercase();
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&short, &name.to_lowercase()), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1.max(name.chars().count() / 3));
    match near {
        Some((_, name)) => format!("did you mean {name}?"),
        None => format!("known: {}", known.join(", ")),
    }
}
