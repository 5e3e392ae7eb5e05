//! Where a mapping finds a value: in the payload, in a header, or in the mapping itself.

use super::mapping::Unmappable;
use super::signature::Delivery;
use guerdon_ledger::Invalid;
use guerdon_rules::Path;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// A path to one value of a payload, such as `data.object.id` or `items.0.sku`.
#[derive(Debug, Clone, PartialEq)]
pub struct PayloadPath(Path);

impl PayloadPath {
    /// Checks a path.
    ///
    /// # Errors
    /// [`Invalid`] also for those that lead to many values, or to what is no part of a payload.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let path = Path::parse(text).map_err(Invalid)?;
        match path.is_many() || text.starts_with('$') {
            true => Err(Invalid(format!("{text:?} does not lead to one value of the payload"))),
            false => Ok(Self(path)),
        }
    }

    /// What it leads to. Null is nothing.
    pub(super) fn find<'v>(&self, payload: &'v Value) -> Option<&'v Value> {
        self.0.find(payload).filter(|value| !value.is_null())
    }
}

impl fmt::Display for PayloadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a header, in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderName(String);

impl HeaderName {
    /// Checks a name (RFC 9110, 5.6.2), of at most 100 characters.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        match (1..=100).contains(&text.len()) && text.bytes().all(is_token) {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(Invalid(format!("{text:?} is no name of a header; write one such as X-Event-Id"))),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
    };
}

text!(PayloadPath);
text!(HeaderName);

/// A place in a delivery: `{"path": …}` in its payload, or `{"header": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the payload.
    Path(PayloadPath),
    /// A header, which hardly any source signs.
    Header(HeaderName),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Header(name) => write!(f, "header {}", name.as_str()),
        }
    }
}

impl Place {
    /// The text or whole number that stands there.
    pub(super) fn text(&self, payload: &Value, delivery: &Delivery) -> Result<String, Unmappable> {
        match self {
            Self::Header(name) => {
                let found = delivery.header(name.as_str()).map(str::trim).filter(|text| !text.is_empty());
                found.map(str::to_owned).ok_or_else(|| Unmappable::missing(self.to_string()))
            }
            Self::Path(path) => match path.find(payload) {
                None => Err(Unmappable::missing(path.to_string())),
                Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
                Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
                Some(_) => Err(Unmappable::at(path.to_string(), "this must be a text or a whole number")),
            },
        }
    }
}

/// A text that stands in the mapping itself, or where to find it.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin<T> {
    /// The text.
    Literal(T),
    /// Where it stands.
    At(Place),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Origin<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OriginVisitor(std::marker::PhantomData))
    }
}

struct OriginVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OriginVisitor<T> {
    type Value = Origin<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or {\"path\": …}, or {\"header\": …}")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Origin<T>, E> {
        T::deserialize(StrDeserializer::new(text)).map(Origin::Literal)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Origin<T>, A::Error> {
        Place::deserialize(MapAccessDeserializer::new(map)).map(Origin::At)
    }
}

impl<T: Serialize> Serialize for Origin<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(text) => text.serialize(serializer),
            Self::At(place) => place.serialize(serializer),
        }
    }
}
