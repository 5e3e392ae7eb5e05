//! Paths: where in an event a value stands.

use crate::flaw::suggestion;
use crate::limits;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// What a path begins at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Root {
    /// The event at hand.
    Event,
    /// `$member`: the member that the event's `user_id` names.
    Member,
    /// `$referral`: the referral whose referred member is the event's `user_id`.
    Referral,
}

const MEMBER_FIELDS: &[&str] = &["id", "role", "team", "department", "status", "attributes"];
const REFERRAL_FIELDS: &[&str] = &["referrer_id", "referred_id", "code", "status", "created_at"];

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    /// The field of an object; of a list the element with this number, where it is one.
    Key { name: Box<str>, number: Option<usize> },
    /// Every element of a list.
    Each,
}

/// A path such as `purchase.total`, `items.0.sku`, `items[].sku` or `$member.team`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    root: Root,
    segments: Box<[Segment]>,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it, and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a path must not be empty; write one such as purchase.total".to_owned());
        }
        if text.len() > limits::PATH_BYTES {
            return Err(format!("a path has at most {} bytes, this has {}", limits::PATH_BYTES, text.len()));
        }
        let (root, rest) = Self::root_of(text)?;
        let mut segments = Vec::new();
        for part in rest.split('.') {
            Self::push(part, text, &mut segments)?;
        }
        if segments.len() > limits::PATH_SEGMENTS {
            let (most, count) = (limits::PATH_SEGMENTS, segments.len());
            return Err(format!("a path has at most {most} segments, this has {count}"));
        }
        Self::check_known(root, &segments)?;
        Ok(Self { root, segments: segments.into() })
    }

    fn root_of(text: &str) -> Result<(Root, &str), String> {
        if !text.starts_with('$') {
            return Ok((Root::Event, text));
        }
        let (name, rest) = text.split_once('.').unwrap_or((text, ""));
        let root = match name {
            "$member" => Root::Member,
            "$referral" => Root::Referral,
            _ => return Err(format!("there is no {name}; {}", suggestion(name, &["$member", "$referral"]))),
        };
        match rest {
            "" => Err(format!("say which field of it, such as {name}.{}", known_fields(root)[0])),
            rest => Ok((root, rest)),
        }
    }

    /// Reads `name`, `name[0]`, `name[]`, `name[][1]`.
    fn push(part: &str, whole: &str, segments: &mut Vec<Segment>) -> Result<(), String> {
        let odd =
            || format!("{whole:?} is not a path; write it as purchase.total, items.0.sku or items[].sku");
        let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if name.is_empty() || name.contains(']') || name.chars().any(char::is_control) {
            return Err(odd());
        }
        segments.push(Segment::Key { name: name.into(), number: number(name) });
        while let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').ok_or_else(odd)?;
            segments.push(match index {
                "" => Segment::Each,
                index => Segment::Key { name: index.into(), number: Some(number(index).ok_or_else(odd)?) },
            });
            rest = after;
        }
        match rest {
            "" => Ok(()),
            _ => Err(odd()),
        }
    }

    fn check_known(root: Root, segments: &[Segment]) -> Result<(), String> {
        let known = known_fields(root);
        match segments.first() {
            Some(Segment::Key { name, .. }) if !known.is_empty() && !known.contains(&&**name) => {
                Err(format!("{} has no field {name}; {}", root.name(), suggestion(name, known)))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn root(&self) -> Root {
        self.root
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether it leads to more than one value.
    pub fn is_many(&self) -> bool {
        self.segments.contains(&Segment::Each)
    }

    /// The value that it leads to. A path through every element of a list leads to none alone.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        let mut value = value;
        for segment in &self.segments {
            value = match segment {
                Segment::Key { name, number } => step(value, name, *number)?,
                Segment::Each => return None,
            };
        }
        Some(value)
    }

    /// Shows every value that it leads to, in order, until `look` has seen enough and says so.
    pub(crate) fn visit<'v>(&self, value: &'v Value, look: &mut dyn FnMut(&'v Value) -> bool) -> bool {
        visit(&self.segments, value, look)
    }
}

fn visit<'v>(segments: &[Segment], value: &'v Value, look: &mut dyn FnMut(&'v Value) -> bool) -> bool {
    let Some((segment, rest)) = segments.split_first() else { return look(value) };
    match segment {
        Segment::Key { name, number } => {
            step(value, name, *number).is_some_and(|inner| visit(rest, inner, look))
        }
        Segment::Each => match value {
            Value::Array(elements) => elements.iter().any(|element| visit(rest, element, look)),
            _ => false,
        },
    }
}

fn step<'v>(value: &'v Value, name: &str, number: Option<usize>) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(name),
        Value::Array(elements) => elements.get(number?),
        _ => None,
    }
}

fn number(text: &str) -> Option<usize> {
    let plain = text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn known_fields(root: Root) -> &'static [&'static str] {
    match root {
        Root::Event => &[],
        Root::Member => MEMBER_FIELDS,
        Root::Referral => REFERRAL_FIELDS,
    }
}

impl Root {
    /// As it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Event => "the event",
            Self::Member => "$member",
            Self::Referral => "$referral",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.root != Root::Event {
            write!(f, "{}.", self.root.name())?;
        }
        for (index, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key { name, .. } if index == 0 => f.write_str(name)?,
                Segment::Key { name, .. } => write!(f, ".{name}")?,
                Segment::Each => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The element of a list that a segment names.
pub(crate) fn element<'v>(elements: &'v [Value], name: &str) -> Option<&'v Value> {
    elements.get(number(name)?)
}
