//! Counters: what is kept of history, so that facts can be looked up by key.

use crate::condition::Test;
use crate::evaluate::View;
use crate::flaw::{Flaw, FlawCode, Flaws, Place};
use crate::limits;
use crate::path::Path;
use crate::scalar::Exact;
use crate::window::Grain;
use guerdon_ledger::MAX_MINOR_UNITS;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, ToSmolStr};
use std::fmt;
use std::str::FromStr;

/// Names a counter: a hash of what it counts, the same in every process and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
pub struct CounterId(u64);

impl fmt::Display for CounterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for CounterId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        let number = if hex { u64::from_str_radix(text, 16).ok() } else { None };
        number.map(Self).ok_or_else(|| format!("{text:?} is not the id of a counter: 16 hexadecimal digits"))
    }
}

impl TryFrom<SmolStr> for CounterId {
    type Error = String;
    fn try_from(text: SmolStr) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CounterId> for SmolStr {
    fn from(id: CounterId) -> Self {
        id.to_smolstr()
    }
}

/// Counts the events of a type for each subject, in buckets of time.
///
/// Rules that ask for the same share one counter: its [`id`](Self::id) is made of everything else in it.
#[derive(Debug, Clone)]
pub struct Counter {
    id: CounterId,
    event: String,
    by: Path,
    measure: Measure,
    conditions: Vec<Test>,
    grain: Grain,
}

/// What a counter keeps beside how often.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Measure {
    /// Nothing.
    Count,
    /// The sum of the whole numbers at a path.
    Sum(Path),
    /// The different values at a path.
    Distinct(Path),
}

/// What one event adds to a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// For whom or what: the text or whole number at the counter's `by`, as text.
    pub subject: SmolStr,
    /// The bucket, of the counter's grain, that the event lies in.
    pub bucket: i64,
    /// What it adds to the sum; zero where the counter keeps none.
    pub amount: i64,
    /// The hash of the value that it adds to the different ones, where the counter keeps these.
    pub value: Option<u64>,
}

/// What is kept of one counter, one subject and one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// How many events.
    pub count: i64,
    /// The sum of their amounts, for a counter that sums; it stops at the ends of `i64`.
    pub sum: i64,
    /// The hashes of the different values, for a counter of these: in order, and no more than
    /// [`limits::DISTINCT_VALUES`].
    pub distinct: Vec<u64>,
}

impl Cell {
    /// Adds what an event adds.
    pub fn add(&mut self, tally: &Tally) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(tally.amount);
        if let Some(value) = tally.value
            && self.distinct.len() < limits::DISTINCT_VALUES
            && let Err(place) = self.distinct.binary_search(&value)
        {
            self.distinct.insert(place, value);
        }
    }
}

impl Counter {
    pub(crate) fn new(
        event: String,
        by: Path,
        measure: Measure,
        conditions: Vec<Test>,
        grain: Grain,
    ) -> Self {
        let mut counter = Self { id: CounterId(0), event, by, measure, conditions, grain };
        counter.id = counter.hashed();
        counter
    }

    /// Made of a text that depends neither on the order of fields nor on how anything is kept in memory.
    fn hashed(&self) -> CounterId {
        let tests: Vec<Value> = self
            .conditions
            .iter()
            .map(|test| json!([test.path.to_string(), test.operator, test.value_json()]))
            .collect();
        let of = self.measure.path().map(Path::to_string);
        let text =
            json!([self.measure.name(), self.event, self.by.to_string(), of, self.grain.as_str(), tests]);
        CounterId(hash_of(text.to_string().as_bytes()))
    }

    /// What it is kept under.
    pub fn id(&self) -> CounterId {
        self.id
    }

    /// The type of the events that it counts.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// How long its buckets are.
    pub fn grain(&self) -> Grain {
        self.grain
    }

    pub(crate) fn measure(&self) -> &Measure {
        &self.measure
    }

    pub(crate) fn by(&self) -> &Path {
        &self.by
    }

    pub(crate) fn conditions(&self) -> &[Test] {
        &self.conditions
    }

    /// What an event adds to it; nothing where it is not of the counted type, has no subject, does not meet the
    /// conditions, or has no value to sum or to tell from others.
    pub fn tally(&self, event: &Value, occurred_at: Timestamp, zone: &TimeZone) -> Option<Tally> {
        if event.get("type")?.as_str()? != self.event {
            return None;
        }
        let subject = subject(self.by.find(event)?)?;
        let view = View::of(event);
        if !self.conditions.iter().all(|test| view.look(test).held) {
            return None;
        }
        let (amount, value) = match &self.measure {
            Measure::Count => (0, None),
            Measure::Sum(path) => (summand(path.find(event)?)?, None),
            Measure::Distinct(path) => (0, Some(value_hash(path.find(event)?)?)),
        };
        Some(Tally { subject, bucket: self.grain.bucket(occurred_at, zone), amount, value })
    }

    /// The form in which it is stored.
    pub fn to_json(&self) -> Value {
        let tests: Vec<Value> = self.conditions.iter().map(Test::to_json).collect();
        let mut document = json!({
            (self.measure.name()): self.event, "by": self.by.to_string(), "grain": self.grain.as_str(), "where": tests,
        });
        if let Some(path) = self.measure.path() {
            document["of"] = path.to_string().into();
        }
        document
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// Every flaw of the document.
    pub fn parse(document: &Value) -> Result<Self, Vec<Flaw>> {
        let mut flaws = Flaws::default();
        let counter = crate::condition::stored_counter(document, &Place::ROOT, &mut flaws);
        if counter.is_none() {
            flaws.add(&Place::ROOT, FlawCode::InvalidValue, "this is not a stored counter");
        }
        flaws.or(counter)
    }
}

impl Measure {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum(_) => "sum",
            Self::Distinct(_) => "distinct",
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Count => None,
            Self::Sum(path) | Self::Distinct(path) => Some(path),
        }
    }
}

/// A text or whole number as that by which is counted. No text that is stored holds a zero byte.
pub(crate) fn subject(value: &Value) -> Option<SmolStr> {
    match value {
        Value::String(text)
            if !text.is_empty() && text.len() <= limits::SUBJECT_BYTES && !text.contains('\0') =>
        {
            Some(text.to_smolstr())
        }
        Value::Number(number) => match Exact::of(number) {
            Exact::Whole(whole) => Some(whole.to_smolstr()),
            Exact::Other(_) => None,
        },
        _ => None,
    }
}

/// A whole number that can be summed.
pub(crate) fn summand(value: &Value) -> Option<i64> {
    let Value::Number(number) = value else { return None };
    match Exact::of(number) {
        Exact::Whole(whole) => {
            i64::try_from(whole).ok().filter(|whole| (-MAX_MINOR_UNITS..=MAX_MINOR_UNITS).contains(whole))
        }
        Exact::Other(_) => None,
    }
}

/// The hash of a scalar, the same in every process; none for lists and objects.
pub(crate) fn value_hash(value: &Value) -> Option<u64> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        Value::Number(number) => match Exact::of(number) {
            Exact::Whole(whole) => Some(hash_of(whole.to_smolstr().as_bytes())),
            Exact::Other(float) => Some(hash_of(float.to_string().as_bytes())),
        },
        // The quotes tell the text "5" from the number 5.
        Value::String(text) => Some(hash_of(format!("\"{text}").as_bytes())),
        other => Some(hash_of(other.to_string().as_bytes())),
    }
}

fn hash_of(bytes: &[u8]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
