//! Whom an action concerns.

use crate::counter::subject;
use crate::evaluate::View;
use crate::fields::Fields;
use crate::flaw::{FlawCode, Flaws, Place};
use crate::path::Path;
use guerdon_ledger::MemberId;
use serde_json::{Value, json};

/// A member: by id, or by a path to one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Person {
    /// Bare text: a path, and where nothing stands there, an id.
    Either {
        /// As it is written.
        text: String,
        /// As a path, where it can be one.
        path: Option<Path>,
        /// As an id, where it can be one.
        id: Option<MemberId>,
    },
    /// `{"path": …}`.
    Path(Path),
    /// `{"id": …}`.
    Id(MemberId),
}

impl Person {
    pub(crate) fn read(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Self> {
        match value {
            Value::String(text) => Self::either(text, place, flaws),
            Value::Object(_) => Self::exactly(value, place, flaws),
            other => {
                let expected = "a path such as referrer_id, {\"path\": …} or {\"id\": …}";
                flaws.wrong_type(place, expected, other);
                None
            }
        }
    }

    fn either(text: &str, place: &Place<'_>, flaws: &mut Flaws) -> Option<Self> {
        let path = one(text);
        let id = MemberId::new(text).ok();
        if let (Err(detail), None) = (&path, &id) {
            flaws.invalid(place, detail.clone());
            return None;
        }
        Some(Self::Either { text: text.to_owned(), path: path.ok(), id })
    }

    fn exactly(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Self> {
        let mut fields = Fields::of(value, place, "a member", flaws)?;
        let person = match (fields.has("path"), fields.has("id")) {
            (true, false) => fields.parsed("path", "a path", one, flaws).map(Self::Path),
            (false, true) => {
                let id = |text: &str| MemberId::new(text).map_err(|invalid| invalid.0);
                fields.parsed("id", "the id of a member", id, flaws).map(Self::Id)
            }
            _ => {
                flaws.add(place, FlawCode::InvalidValue, "write either {\"path\": …} or {\"id\": …}");
                None
            }
        };
        fields.finish(flaws);
        person
    }

    /// The member that it is for what is known, or why there is none.
    pub(crate) fn resolve(&self, view: &View<'_>) -> Result<MemberId, String> {
        let (path, id) = match self {
            Self::Id(id) => return Ok(id.clone()),
            Self::Path(path) => (Some(path), None),
            Self::Either { path, id, .. } => (path.as_ref(), id.as_ref()),
        };
        match path.and_then(|path| Some((path, view.find(path)?))) {
            Some((path, value)) => {
                let named = subject(value).and_then(|text| MemberId::new(&text).ok());
                named.ok_or_else(|| format!("what stands at {path} is not the id of a member"))
            }
            None => id.cloned().ok_or_else(|| format!("nothing stands at {}", self.text())),
        }
    }

    /// The member that a bare text is taken to be, since nothing stands where it would lead as a path.
    pub(crate) fn outright(&self, view: &View<'_>) -> Option<&MemberId> {
        match self {
            Self::Either { path, id, .. } => {
                let stands = path.as_ref().is_some_and(|path| view.find(path).is_some());
                id.as_ref().filter(|_| !stands)
            }
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Either { text, .. } => text.clone(),
            Self::Path(path) => path.to_string(),
            Self::Id(id) => id.to_string(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Either { text, .. } => text.as_str().into(),
            Self::Path(path) => json!({ "path": path.to_string() }),
            Self::Id(id) => json!({ "id": id.as_str() }),
        }
    }
}

/// A path to one value.
fn one(text: &str) -> Result<Path, String> {
    let path = Path::parse(text)?;
    match path.is_many() {
        true => Err(format!("{text} leads to many; name one, such as {}", text.replace("[]", "[0]"))),
        false => Ok(path),
    }
}
