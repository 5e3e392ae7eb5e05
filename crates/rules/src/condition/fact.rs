//! A condition on a figure over history.

use super::parse::{operator, path, tests};
use crate::counter::{Cell, Counter, Measure, Tally, subject};
use crate::fields::{self, Fields};
use crate::flaw::{FlawCode, Flaws, Place};
use crate::limits;
use crate::path::{Path, Root};
use crate::window::{Grain, Window};
use guerdon_ledger::MAX_MINOR_UNITS;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// `{"count": …, "by": …, "operator": …, "value": …}` and its like.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) counter: Arc<Counter>,
    /// What is made of the counter's buckets.
    pub(crate) figure: Figure,
    /// Whose history is looked up: a path into the event at hand.
    pub(crate) lookup: Path,
    pub(crate) bound: Bound,
}

/// What is made of a counter's buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Figure {
    /// What the buckets of a window hold together.
    Over(Window),
    /// How many buckets without a gap hold something, up to the one that the event lies in.
    Streak,
}

/// What the figure must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound {
    /// In a relation to a number.
    Compare { operator: &'static str, value: i64 },
    /// Within two numbers, both included.
    Between(i64, i64),
    /// A positive multiple of a number.
    Every(i64),
}

/// A figure, and for whom or what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) figure: i64,
    pub(crate) subject: SmolStr,
}

const OPERATORS: &[&str] = &["==", "!=", ">", ">=", "<", "<=", "between"];
const UNITS: &[(&str, Grain)] = &[("day", Grain::Day), ("week", Grain::Week), ("month", Grain::Month)];
const KINDS: [&str; 4] = ["count", "sum", "distinct", "streak"];

impl Fact {
    /// Whether an object describes a fact.
    pub(super) fn is_one(fields: &Fields<'_>) -> bool {
        KINDS.iter().any(|kind| fields.has(kind))
    }

    pub(super) fn read(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Self> {
        let kind = kind_of(fields);
        let event =
            fields.required_text(kind, limits::EVENT_TYPE_BYTES, "the type of event to look at", flaws);
        let by = event_path(fields, "by", flaws);
        let measure = measure(kind, fields, flaws);
        let lookup = match fields.has("for") {
            true => event_path(fields, "for", flaws),
            false => by.clone(),
        };
        let figure = figure(kind, fields, flaws);
        let conditions = match fields.optional("where") {
            Some(list) => tests(list, &fields.place().key("where"), flaws),
            None => Some(Vec::new()),
        };
        let bound = Bound::read(kind, fields, flaws);
        let (figure, grain) = figure?;
        let counter = Counter::new(event?, by?, measure?, conditions?, grain);
        Some(Self { counter: Arc::new(counter), figure, lookup: lookup?, bound: bound? })
    }

    /// The buckets that the figure is made of, for an event at an instant.
    pub(crate) fn buckets(&self, at: Timestamp, zone: &TimeZone) -> RangeInclusive<i64> {
        match &self.figure {
            Figure::Over(window) => window.buckets(at, zone),
            Figure::Streak => {
                let last = self.counter.grain().bucket(at, zone);
                last - self.bound.streak_needed()..=last
            }
        }
    }

    /// Whose history an event asks for.
    pub(crate) fn subject(&self, event: &Value) -> Option<SmolStr> {
        subject(self.lookup.find(event)?)
    }

    /// The figure: of what is stored, and of what the event at hand adds.
    pub(crate) fn measure<'c>(
        &self,
        buckets: RangeInclusive<i64>,
        adds: Option<&Tally>,
        stored: impl Fn(i64) -> Option<&'c Cell>,
    ) -> i64 {
        let last = *buckets.end();
        let adds = adds.filter(|tally| buckets.contains(&tally.bucket));
        match (&self.figure, self.counter.measure()) {
            (Figure::Streak, _) => {
                let filled = |bucket: &i64| {
                    adds.is_some_and(|tally| tally.bucket == *bucket)
                        || stored(*bucket).is_some_and(|cell| cell.count > 0)
                };
                // The last day may still be without one: the streak is not broken before it is over.
                let newest = if filled(&last) { last } else { last - 1 };
                (*buckets.start()..=newest).rev().take_while(filled).count() as i64
            }
            (_, Measure::Count) => {
                let count = buckets.filter_map(stored).fold(0i64, |sum, cell| sum.saturating_add(cell.count));
                count.saturating_add(i64::from(adds.is_some()))
            }
            (_, Measure::Sum(_)) => {
                let sum = buckets.filter_map(stored).fold(0i64, |sum, cell| sum.saturating_add(cell.sum));
                sum.saturating_add(adds.map_or(0, |tally| tally.amount))
            }
            (_, Measure::Distinct(_)) => {
                let stored = buckets.filter_map(stored).flat_map(|cell| cell.distinct.iter().copied());
                stored.chain(adds.and_then(|tally| tally.value)).collect::<BTreeSet<u64>>().len() as i64
            }
        }
    }

    /// The canonical form.
    pub(crate) fn to_json(&self) -> Value {
        let counter = &self.counter;
        let mut document = Map::new();
        let kind = if self.figure == Figure::Streak { "streak" } else { counter.measure().name() };
        document.insert(kind.to_owned(), counter.event().into());
        document.insert("by".to_owned(), counter.by().to_string().into());
        if let Some(path) = counter.measure().path() {
            document.insert("of".to_owned(), path.to_string().into());
        }
        if self.lookup != *counter.by() {
            document.insert("for".to_owned(), self.lookup.to_string().into());
        }
        match self.figure {
            Figure::Streak => drop(document.insert("unit".to_owned(), counter.grain().as_str().into())),
            Figure::Over(Window::Always) => {}
            Figure::Over(window) => drop(document.insert("window".to_owned(), window.to_string().into())),
        }
        if !counter.conditions().is_empty() {
            let tests: Vec<Value> = counter.conditions().iter().map(super::Test::to_json).collect();
            document.insert("where".to_owned(), tests.into());
        }
        self.bound.write(&mut document);
        document.into()
    }
}

fn kind_of(fields: &Fields<'_>) -> &'static str {
    KINDS.into_iter().find(|kind| fields.has(kind)).unwrap_or(KINDS[0])
}

/// A path into the event, which is all that is known of an event that is counted.
fn event_path(fields: &mut Fields<'_>, name: &'static str, flaws: &mut Flaws) -> Option<Path> {
    let path = path(fields, name, flaws)?;
    let place = fields.place().key(name);
    if path.root() != Root::Event {
        flaws.invalid(
            &place,
            format!("{path} is not known when events are counted; name a field of the event"),
        );
        return None;
    }
    if path.is_many() {
        flaws.invalid(&place, "name one value: [] leads to many");
        return None;
    }
    Some(path)
}

fn measure(kind: &str, fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Measure> {
    match kind {
        "sum" => event_path(fields, "of", flaws).map(Measure::Sum),
        "distinct" => event_path(fields, "of", flaws).map(Measure::Distinct),
        _ => Some(Measure::Count),
    }
}

fn figure(kind: &str, fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<(Figure, Grain)> {
    if kind == "streak" {
        let unit = fields.required("unit", "day, week or month", flaws)?;
        let grain = fields::word(unit, &fields.place().key("unit"), UNITS, flaws)?;
        return Some((Figure::Streak, grain));
    }
    let expected = "a duration such as P30D, or one of hour day week month quarter year";
    let window = match fields.optional("window") {
        Some(value) => fields::parsed(value, &fields.place().key("window"), expected, Window::parse, flaws)?,
        None => Window::Always,
    };
    Some((Figure::Over(window), window.grain()))
}

impl Bound {
    fn read(kind: &str, fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Self> {
        let most = match kind {
            "distinct" => limits::DISTINCT_VALUES as i64,
            "streak" => limits::STREAK_UNITS,
            _ => MAX_MINOR_UNITS,
        };
        let least = if kind == "sum" { -MAX_MINOR_UNITS } else { 0 };
        if fields.has("every") {
            return Self::every(kind, most, fields, flaws);
        }
        let operator = operator(fields, OPERATORS, flaws);
        let value = fields.required("value", "what the figure is compared with", flaws)?;
        let place = fields.place().key("value");
        match operator? {
            "between" => match value.as_array().map(Vec::as_slice) {
                Some([low, high]) => {
                    let low = fields::whole(low, &place.index(0), least, most, flaws);
                    let high = fields::whole(high, &place.index(1), least, most, flaws);
                    let (low, high) = (low?, high?);
                    if low > high {
                        flaws.invalid(
                            &place,
                            format!("the lower bound {low} is above the upper bound {high}"),
                        );
                        return None;
                    }
                    Some(Self::Between(low, high))
                }
                _ => {
                    flaws.wrong_type(&place, "a list of two whole numbers, the lower first", value);
                    None
                }
            },
            operator => {
                let value = fields::whole(value, &place, least, most, flaws)?;
                Some(Self::Compare { operator, value })
            }
        }
    }

    fn every(kind: &str, most: i64, fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Self> {
        let place = fields.place();
        let every = fields.required("every", "a whole number", flaws)?;
        let every = fields::whole(every, &place.key("every"), 1, most, flaws);
        if !matches!(kind, "count" | "distinct") {
            let detail =
                format!("a {kind} has no every: write operator and value; count and distinct have it");
            flaws.invalid(&place.key("every"), detail);
            return None;
        }
        for name in ["operator", "value"] {
            if fields.raw(name).is_some() {
                let detail = "either every, or operator and value: leave the other out";
                flaws.add(&place.key(name), FlawCode::InvalidValue, detail);
            }
        }
        every.map(Self::Every)
    }

    /// Whether a figure is as it must be.
    pub(crate) fn holds(&self, figure: i64) -> bool {
        match *self {
            Self::Compare { operator, value } => match operator {
                "==" => figure == value,
                "!=" => figure != value,
                ">" => figure > value,
                ">=" => figure >= value,
                "<" => figure < value,
                _ => figure <= value,
            },
            Self::Between(low, high) => (low..=high).contains(&figure),
            Self::Every(number) => figure > 0 && figure % number == 0,
        }
    }

    /// How many units before the one at hand must be looked at to tell how a streak compares.
    fn streak_needed(&self) -> i64 {
        match *self {
            Self::Compare { value, .. } => value + 1,
            Self::Between(_, high) => high + 1,
            Self::Every(number) => number,
        }
    }

    fn write(&self, document: &mut Map<String, Value>) {
        let (operator, value) = match *self {
            Self::Compare { operator, value } => (operator, json!(value)),
            Self::Between(low, high) => ("between", json!([low, high])),
            Self::Every(number) => {
                document.insert("every".to_owned(), number.into());
                return;
            }
        };
        document.insert("operator".to_owned(), operator.into());
        document.insert("value".to_owned(), value);
    }
}

/// Reads a counter as it is stored.
pub(crate) fn stored_counter(document: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Counter> {
    const GRAINS: &[(&str, Grain)] = &[
        ("minute", Grain::Minute),
        ("hour", Grain::Hour),
        ("day", Grain::Day),
        ("week", Grain::Week),
        ("month", Grain::Month),
        ("always", Grain::Always),
    ];
    let mut fields = Fields::of(document, place, "a counter", flaws)?;
    let kind = kind_of(&fields);
    let event = fields.required_text(kind, limits::EVENT_TYPE_BYTES, "the type of event", flaws);
    let by = event_path(&mut fields, "by", flaws);
    let measure = measure(kind, &mut fields, flaws);
    let grain = fields.word("grain", GRAINS, flaws);
    let conditions = match fields.optional("where") {
        Some(list) => tests(list, &place.key("where"), flaws),
        None => Some(Vec::new()),
    };
    fields.finish(flaws);
    Some(Counter::new(event?, by?, measure?, conditions?, grain?))
}
