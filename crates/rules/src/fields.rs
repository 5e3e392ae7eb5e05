//! Reads objects strictly: every field is asked for by name, and what nobody asked for is a flaw.

use crate::flaw::{FlawCode, Flaws, Place, suggestion};
use serde_json::{Map, Value};

/// An object being read.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    place: &'a Place<'a>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Begins to read an object; anything else is a flaw.
    pub(crate) fn of(value: &'a Value, place: &'a Place<'a>, what: &str, flaws: &mut Flaws) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self { map, place, known: Vec::new() }),
            other => {
                flaws.wrong_type(place, &format!("an object that describes {what}"), other);
                None
            }
        }
    }

    /// Where the object stands.
    pub(crate) fn place(&self) -> &'a Place<'a> {
        self.place
    }

    /// Whether the object has a field, whatever stands in it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// A field as it is, `null` too.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.map.get(name)
    }

    /// A field that may be left out, or be `null`.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.raw(name).filter(|value| !value.is_null())
    }

    /// A field that must be there.
    pub(crate) fn required(
        &mut self,
        name: &'static str,
        what: &str,
        flaws: &mut Flaws,
    ) -> Option<&'a Value> {
        let found = self.raw(name);
        if found.is_none() {
            flaws.add(&self.place.key(name), FlawCode::MissingField, format!("{name} is required: {what}"));
        }
        found
    }

    /// A text of 1 to `most` bytes without control characters but line breaks.
    pub(crate) fn text(&mut self, name: &'static str, most: usize, flaws: &mut Flaws) -> Option<String> {
        let value = self.optional(name)?;
        text(value, &self.place.key(name), most, flaws)
    }

    /// A text that must be there.
    pub(crate) fn required_text(
        &mut self,
        name: &'static str,
        most: usize,
        what: &str,
        flaws: &mut Flaws,
    ) -> Option<String> {
        let value = self.required(name, what, flaws)?;
        text(value, &self.place.key(name), most, flaws)
    }

    /// A whole number within bounds.
    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        least: i64,
        most: i64,
        flaws: &mut Flaws,
    ) -> Option<i64> {
        let value = self.optional(name)?;
        whole(value, &self.place.key(name), least, most, flaws)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, name: &'static str, flaws: &mut Flaws) -> Option<bool> {
        let value = self.optional(name)?;
        if !value.is_boolean() {
            flaws.wrong_type(&self.place.key(name), "true or false", value);
        }
        value.as_bool()
    }

    /// A word out of some; letters may be of any case where they are told apart without it.
    pub(crate) fn word<T: Copy>(
        &mut self,
        name: &'static str,
        known: &[(&'static str, T)],
        flaws: &mut Flaws,
    ) -> Option<T> {
        let value = self.optional(name)?;
        word(value, &self.place.key(name), known, flaws)
    }

    /// A value that is read from a text by a function, which says what is wrong with it.
    pub(crate) fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, String>,
        flaws: &mut Flaws,
    ) -> Option<T> {
        let value = self.optional(name)?;
        parsed(value, &self.place.key(name), expected, parse, flaws)
    }

    /// A value that must be there, and is read from a text by a function, which says what is wrong with it.
    pub(crate) fn required_parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Result<T, String>,
        flaws: &mut Flaws,
    ) -> Option<T> {
        let value = self.required(name, expected, flaws)?;
        parsed(value, &self.place.key(name), expected, parse, flaws)
    }

    /// Ends reading: what was not asked for is a flaw.
    pub(crate) fn finish(self, flaws: &mut Flaws) {
        for name in self.map.keys().filter(|name| !self.known.contains(&name.as_str())) {
            let short: String = name.chars().take(60).collect();
            let detail = format!("there is no field {short:?} here; {}", suggestion(name, &self.known));
            flaws.add(&self.place.key(name), FlawCode::UnknownField, detail);
        }
    }
}

pub(crate) fn text(value: &Value, place: &Place<'_>, most: usize, flaws: &mut Flaws) -> Option<String> {
    let Some(text) = value.as_str() else {
        flaws.wrong_type(place, "a string", value);
        return None;
    };
    if text.trim().is_empty() {
        flaws.invalid(place, "this must not be empty");
        return None;
    }
    if text.len() > most {
        flaws.limit(place, format!("this has {} bytes, {most} are the most", text.len()));
        return None;
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        flaws.invalid(place, "control characters cannot stand here");
        return None;
    }
    Some(text.to_owned())
}

pub(crate) fn whole(
    value: &Value,
    place: &Place<'_>,
    least: i64,
    most: i64,
    flaws: &mut Flaws,
) -> Option<i64> {
    if !value.is_number() {
        flaws.wrong_type(place, &format!("a whole number from {least} to {most}"), value);
        return None;
    }
    match value.as_i64() {
        Some(number) if (least..=most).contains(&number) => Some(number),
        _ => {
            flaws.invalid(place, format!("this must be a whole number from {least} to {most}, not {value}"));
            None
        }
    }
}

pub(crate) fn word<T: Copy>(
    value: &Value,
    place: &Place<'_>,
    known: &[(&'static str, T)],
    flaws: &mut Flaws,
) -> Option<T> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let Some(text) = value.as_str() else {
        flaws.wrong_type(place, &format!("one of {}", names.join(", ")), value);
        return None;
    };
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, what)| *what);
    if found.is_none() {
        let short: String = text.chars().take(60).collect();
        flaws.invalid(place, format!("{short:?} means nothing here; {}", suggestion(text, &names)));
    }
    found
}

pub(crate) fn parsed<T>(
    value: &Value,
    place: &Place<'_>,
    expected: &str,
    parse: impl Fn(&str) -> Result<T, String>,
    flaws: &mut Flaws,
) -> Option<T> {
    let Some(text) = value.as_str() else {
        flaws.wrong_type(place, expected, value);
        return None;
    };
    parse(text).map_err(|detail| flaws.invalid(place, detail)).ok()
}
