//! What a transaction says of itself beside its columns.

use crate::driver::DbError;
use crate::records::checked;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Anything else worth keeping of a transaction: a JSON object, as the text that the journal has. It is written once, when
/// the transaction is decided; the row, its hash and every answer take that text as it is.
#[derive(Clone)]
pub struct Metadata {
    text: Arc<RawValue>,
    /// What it was written from, while this server has it at hand: whoever reads it then need not parse.
    value: Option<Arc<dyn Any + Send + Sync>>,
}

static NOTHING: LazyLock<Metadata> = LazyLock::new(|| {
    let text = RawValue::from_string("{}".to_owned()).unwrap_or_default();
    Metadata { text: text.into(), value: None }
});

impl Metadata {
    /// What a value says that serializes as an object. None of the types that metadata is written from fails at that.
    pub fn of<T: Serialize + Send + Sync + 'static>(value: T) -> Self {
        let text = to_raw_value(&value);
        text.map_or_else(|_| Self::default(), |text| Self { text: text.into(), value: Some(Arc::new(value)) })
    }

    /// What it says, as the type that it was written from or another; `None` where it says something else.
    pub fn read<T: DeserializeOwned + Clone + 'static>(&self) -> Option<Cow<'_, T>> {
        match self.value.as_deref().and_then(|value| value.downcast_ref()) {
            Some(value) => Some(Cow::Borrowed(value)),
            None => serde_json::from_str(self.as_str()).ok().map(Cow::Owned),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.text.get()
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, DbError> {
        let text = checked(RawValue::from_string(text.to_owned()))?;
        Ok(Self { text: text.into(), value: None })
    }
}

impl Default for Metadata {
    fn default() -> Self {
        NOTHING.clone()
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

/// Two are equal where their texts are.
impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Metadata {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Told {
        amount: i64,
    }

    #[test]
    fn what_it_was_written_from_is_read_as_it_was_and_parsed_where_only_the_text_is_there() {
        let written = Metadata::of(Told { amount: 5 });
        let stored = Metadata::from_text(written.as_str()).expect("stored");
        assert_eq!(written, stored);
        let [at_hand, parsed] = [&written, &stored].map(|metadata| metadata.read::<Told>().expect("told"));
        assert!(matches!((&at_hand, &parsed), (Cow::Borrowed(_), Cow::Owned(_))));
        assert_eq!(at_hand, parsed);
        assert_eq!(written.read::<Vec<i64>>(), None);
    }
}
