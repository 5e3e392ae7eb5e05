//! A place among the tokens of a sentence, from which phrases are read on.

use super::number::Decimal;
use super::token::{Kind, Token};

/// A place. Reading from a copy of it leaves the place where it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) tokens: &'t [Token],
    pub(super) at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn kind(&self) -> Option<&'t Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// One token further.
    pub(super) fn next(self) -> Self {
        Self { at: self.at + 1, ..self }
    }

    /// Whether a word stands here, by itself or by its stem.
    fn is_word(&self, wanted: &str) -> bool {
        match self.kind() {
            Some(Kind::Word { word, stem, .. }) => word == wanted || stem == wanted,
            Some(Kind::Sign('%')) => wanted == "%",
            Some(Kind::Number(number)) => wanted == "one" && number.whole() == Some(1),
            _ => false,
        }
    }

    /// Past a phrase, where it stands here.
    pub(super) fn phrase(self, phrase: &str) -> Option<Self> {
        phrase.split(' ').try_fold(self, |cursor, word| cursor.is_word(word).then(|| cursor.next()))
    }

    /// Past the first of some phrases that stands here.
    pub(super) fn one_of(self, phrases: &[&str]) -> Option<Self> {
        phrases.iter().find_map(|phrase| self.phrase(phrase))
    }

    /// Past any of some words, as many as there are.
    pub(super) fn skip(self, words: &[&str]) -> Self {
        let mut cursor = self;
        while let Some(next) = cursor.one_of(words) {
            cursor = next;
        }
        cursor
    }

    pub(super) fn sign(self, wanted: char) -> Option<Self> {
        (self.kind() == Some(&Kind::Sign(wanted))).then(|| self.next())
    }

    pub(super) fn number(self) -> Option<(Self, Decimal)> {
        match self.kind()? {
            Kind::Number(number) => Some((self.next(), *number)),
            _ => None,
        }
    }

    /// A whole number from 1 on.
    pub(super) fn count(self) -> Option<(Self, i64)> {
        let (next, number) = self.number()?;
        number.whole().filter(|count| *count >= 1).map(|count| (next, count))
    }

    pub(super) fn ordinal(self) -> Option<(Self, i64)> {
        match self.kind()? {
            Kind::Ordinal(ordinal) if *ordinal >= 1 => Some((self.next(), *ordinal)),
            _ => None,
        }
    }

    /// A word as it is written, in small letters.
    pub(super) fn word(self) -> Option<(Self, &'t str)> {
        match self.kind()? {
            Kind::Word { word, .. } if !word.is_empty() => Some((self.next(), word)),
            _ => None,
        }
    }

    /// A word that a hyphen joins to the one before.
    pub(super) fn joined_word(self) -> Option<(Self, &'t str)> {
        self.tokens.get(self.at).filter(|token| token.is_joined).and_then(|_| self.word())
    }

    /// A word's stem.
    pub(super) fn stem(self) -> Option<(Self, &'t str)> {
        match self.kind()? {
            Kind::Word { stem, .. } if !stem.is_empty() => Some((self.next(), stem)),
            _ => None,
        }
    }

    /// Whether what was read from another place until here ends in a possessive: `the friend's`.
    pub(super) fn after_possessive(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        matches!(before.map(|token| &token.kind), Some(Kind::Word { possessive: true, .. }))
    }

    /// Whether one of some phrases ends right before here, `the` and the like aside.
    pub(super) fn follows(&self, words: &[&str]) -> bool {
        let mut at = self.at;
        while let Some(before) = at.checked_sub(1) {
            let here = Cursor { tokens: self.tokens, at: before };
            if here.one_of(words).is_some() {
                return true;
            }
            if here.one_of(&["the", "a", "an", "each", "every", "their", "both", "our", "of"]).is_none() {
                return false;
            }
            at = before;
        }
        false
    }
}
