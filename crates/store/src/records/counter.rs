//! Counters: how often, and how much, of what events say.

use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which counter: what it counts, for whom, in which bucket of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CounterKey {
    /// What is counted: the id of a rule's counter, or `rule <rule>` for what a rule did.
    pub counter: String,
    /// Whose it is: a value that events have at a path; empty where it is everybody's.
    pub subject: String,
    /// The bucket of time, in the counter's own unit; 0 for all time.
    pub bucket: i64,
}

/// A counter as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Which.
    #[serde(flatten)]
    pub key: CounterKey,
    /// How many were counted.
    pub count: i64,
    /// What they came to, in the unit of what is counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sum: i64,
    /// Hashes of the different values that were met, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<u64>,
    /// When the latest of them happened.
    pub last_at: Timestamp,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(sum: &i64) -> bool {
    *sum == 0
}

pub(crate) const LOOK_UP_COUNTERS: Lookup = Lookup {
    sqlite: "SELECT counter, subject, bucket, count, sum, marks, last_at FROM counters
        WHERE tenant_id = $1 AND counter = $2 AND subject = $3 AND bucket = $4",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[], $4::bigint[]) AS wanted (c, s, b)
        CROSS JOIN LATERAL (SELECT counter, subject, bucket, count, sum, marks, last_at FROM counters
        WHERE tenant_id = $1 AND counter = c AND subject = s AND bucket = b LIMIT 1) AS found",
    key: &[Type::Text, Type::Text, Type::Int],
};

pub(crate) const WRITE_COUNTER: Write = Write {
    table: "counters",
    columns: &[
        ("counter", Type::Text),
        ("subject", Type::Text),
        ("bucket", Type::Int),
        ("count", Type::Int),
        ("sum", Type::Int),
        ("marks", Type::Text),
        ("last_at", Type::Int),
    ],
    on_conflict: "ON CONFLICT (tenant_id, counter, subject, bucket) DO UPDATE SET count = excluded.count,
        sum = excluded.sum, marks = excluded.marks, last_at = excluded.last_at",
};

impl CounterKey {
    pub(crate) fn values(&self) -> Vec<Value> {
        vec![self.counter.as_str().into(), self.subject.as_str().into(), self.bucket.into()]
    }
}

impl Counter {
    pub(crate) fn values(&self) -> Vec<Value> {
        let mut values = self.key.values();
        values.extend([self.count.into(), self.sum.into(), super::json(&self.marks), self.last_at.into()]);
        values
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            key: CounterKey {
                counter: row.text(0)?.to_owned(),
                subject: row.text(1)?.to_owned(),
                bucket: row.int(2)?,
            },
            count: row.int(3)?,
            sum: row.int(4)?,
            marks: super::from_json(row.text(5)?)?,
            last_at: super::instant(row.int(6)?)?,
        })
    }
}

crate::statements::list! { LOOK_UP_COUNTERS, WRITE_COUNTER }
