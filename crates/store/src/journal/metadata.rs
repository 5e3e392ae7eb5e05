//! What a transaction says of itself beside its columns.

use crate::driver::DbError;
use crate::records::checked;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::{Arc, LazyLock};

/// Anything else worth keeping of a transaction: a JSON object, as the text that the journal has. It is written once, when
/// the transaction is decided; the row, its hash and every answer take that text as it is.
#[derive(Debug, Clone)]
pub struct Metadata(Arc<RawValue>);

static NOTHING: LazyLock<Metadata> =
    LazyLock::new(|| Metadata(RawValue::from_string("{}".to_owned()).unwrap_or_default().into()));

impl Metadata {
    /// What a value says that serializes as an object. None of the types that metadata is written from fails at that.
    pub fn of<T: Serialize>(value: &T) -> Self {
        to_raw_value(value).map_or_else(|_| Self::default(), |text| Self(text.into()))
    }

    /// What it says, as another type; `None` where it says something else.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_str(self.as_str()).ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, DbError> {
        let text = checked(RawValue::from_string(text.to_owned()))?;
        Ok(Self(text.into()))
    }
}

impl Default for Metadata {
    fn default() -> Self {
        NOTHING.clone()
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Two are equal where their texts are.
impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Metadata {}
