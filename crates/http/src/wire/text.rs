//! Texts of people: bounded, and without characters that no one can see.

use guerdon_ledger::Invalid;
use serde::Deserialize;

/// A text of 1 to `MAX` characters without control characters (but line breaks and tabs). Blanks around it are cut.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Text<const MAX: usize>(String);

/// A name or a title.
pub(crate) type Label = Text<200>;
/// A reference to something elsewhere.
pub(crate) type Line = Text<255>;
/// A reason or a message.
pub(crate) type Note = Text<2000>;

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters == 0 || characters > MAX {
            return Err(Invalid(format!("a text here has 1 to {MAX} characters, this has {characters}")));
        }
        match controls(text) {
            true => Err(Invalid("a text may not hold control characters".to_owned())),
            false => Ok(Self(text.to_owned())),
        }
    }
}

/// Whether a text holds control characters, but line breaks and tabs.
pub(crate) fn controls(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// An e-mail address, as far as it can be told without writing to it: something, `@`, something, and no blanks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Email(String);

impl TryFrom<String> for Email {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let told =
            || Invalid("an e-mail address has at most 254 characters, such as rudo@example.com".to_owned());
        let text = text.trim();
        let (name, host) = text.rsplit_once('@').ok_or_else(told)?;
        let whole = !name.is_empty() && !host.is_empty() && text.chars().count() <= 254;
        match whole && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            true => Ok(Self(text.to_owned())),
            false => Err(told()),
        }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}
