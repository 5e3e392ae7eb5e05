//! Values and rows: the three kinds of thing that both databases keep for Guerdon.

use guerdon_ledger::{AccountPath, AssetCode, MemberId, Name, Reference};
use smol_str::SmolStr;
use std::sync::Arc;

/// A value on its way to or from a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// No value.
    Null,
    /// A 64-bit integer: counts, minor units, microseconds since 1970 UTC.
    Int(i64),
    /// Text, JSON among it. Most of it is short: names, codes, empty lists.
    Text(SmolStr),
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// [`Value::Int`].
    Int,
    /// [`Value::Text`].
    Text,
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<SmolStr> for Value {
    fn from(value: SmolStr) -> Self {
        Self::Text(value)
    }
}

/// What is shared as text stays shared.
macro_rules! from_shared {
    ($($type:ty),+) => {
        $(impl From<&$type> for Value {
            fn from(value: &$type) -> Self {
                Self::Text(value.clone().into())
            }
        })+
    };
}

from_shared!(AccountPath, AssetCode, MemberId, Name, Reference, SmolStr, Arc<str>);

impl From<jiff::Timestamp> for Value {
    fn from(value: jiff::Timestamp) -> Self {
        Self::Int(value.as_microsecond())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row that a database answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

/// A column did not hold what the program keeps there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column} should hold {expected}, it holds {found:?}")]
pub struct WrongColumn {
    column: usize,
    expected: &'static str,
    found: Option<Value>,
}

impl Row {
    /// The integer in a column, from 0.
    ///
    /// # Errors
    /// [`WrongColumn`] when there is none.
    pub fn int(&self, column: usize) -> Result<i64, WrongColumn> {
        self.int_or_null(column)?.ok_or_else(|| self.wrong(column, "an integer"))
    }

    /// The text in a column, from 0.
    ///
    /// # Errors
    /// [`WrongColumn`] when there is none.
    pub fn text(&self, column: usize) -> Result<&str, WrongColumn> {
        self.text_or_null(column)?.ok_or_else(|| self.wrong(column, "text"))
    }

    /// The integer in a column, or `None` where it is null.
    ///
    /// # Errors
    /// [`WrongColumn`] when it holds something else.
    pub fn int_or_null(&self, column: usize) -> Result<Option<i64>, WrongColumn> {
        match self.0.get(column) {
            Some(Value::Int(value)) => Ok(Some(*value)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "an integer or null")),
        }
    }

    /// The text in a column, or `None` where it is null.
    ///
    /// # Errors
    /// [`WrongColumn`] when it holds something else.
    pub fn text_or_null(&self, column: usize) -> Result<Option<&str>, WrongColumn> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "text or null")),
        }
    }

    /// Takes the text out of a column, from 0.
    ///
    /// # Errors
    /// [`WrongColumn`] when there is none.
    pub(crate) fn take_text(&mut self, column: usize) -> Result<SmolStr, WrongColumn> {
        match self.take_text_or_null(column)? {
            Some(text) => Ok(text),
            None => Err(self.wrong(column, "text")),
        }
    }

    /// Takes the text out of a column, or `None` where it is null.
    ///
    /// # Errors
    /// [`WrongColumn`] when it holds something else.
    pub(crate) fn take_text_or_null(&mut self, column: usize) -> Result<Option<SmolStr>, WrongColumn> {
        match self.0.get_mut(column) {
            Some(Value::Text(value)) => Ok(Some(std::mem::take(value))),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "text or null")),
        }
    }

    /// All values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    fn wrong(&self, column: usize, expected: &'static str) -> WrongColumn {
        WrongColumn { column, expected, found: self.0.get(column).cloned() }
    }
}
