//! Marks: what is remembered of referrals, so that a new one can be compared with those before it at a cost that does
//! not grow with their number.

use crate::driver::{DbError, Lookup, Row, Type, Value, Write};
use serde::{Deserialize, Serialize};

/// What a mark counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// The codes of a member.
    Codes,
    /// The referrals of a referrer on the day of the last of them.
    Day,
    /// Referrals with one e-mail address, as a salted hash.
    Email,
    /// Referrals from one network address, as a salted hash.
    Ip,
    /// Referrals from one device, as a salted hash.
    Device,
    /// A referrer's referrals whose member ids count up by one each.
    IdRun,
    /// A referrer's referrals whose e-mail addresses, as salted hashes, count up by one each.
    EmailRun,
}

impl MarkKind {
    /// The name in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Codes => "codes",
            Self::Day => "day",
            Self::Email => "email",
            Self::Ip => "ip",
            Self::Device => "device",
            Self::IdRun => "id_run",
            Self::EmailRun => "email_run",
        }
    }
}

/// Which mark.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MarkKey {
    /// What is counted.
    pub kind: MarkKind,
    /// Of what: a hash, or the id of a member.
    pub value: String,
}

/// How often a thing was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralMark {
    /// Which mark.
    #[serde(flatten)]
    pub key: MarkKey,
    /// How often.
    pub count: i64,
    /// Where first: the id of a referral, or a code.
    pub first: String,
    /// What was seen last, where a next one is told by it: the day, or the end of a run.
    pub last: String,
}

pub(crate) const LOOK_UP_REFERRAL_MARKS: Lookup = Lookup {
    sqlite: "SELECT kind, value, count, first, last FROM referral_marks
        WHERE tenant_id = $1 AND kind = $2 AND value = $3",
    postgres: "SELECT found.* FROM unnest($2::text[], $3::text[]) AS wanted (k, v) CROSS JOIN LATERAL
        (SELECT kind, value, count, first, last FROM referral_marks
        WHERE tenant_id = $1 AND kind = k AND value = v LIMIT 1) AS found",
    key: &[Type::Text, Type::Text],
};

pub(crate) const WRITE_REFERRAL_MARK: Write = Write {
    table: "referral_marks",
    columns: &[
        ("kind", Type::Text),
        ("value", Type::Text),
        ("count", Type::Int),
        ("first", Type::Text),
        ("last", Type::Text),
    ],
    on_conflict: "ON CONFLICT (tenant_id, kind, value) DO UPDATE SET count = excluded.count,
        first = excluded.first, last = excluded.last",
};

impl MarkKey {
    /// The mark of a kind for a value.
    pub fn new(kind: MarkKind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into() }
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        vec![self.kind.name().into(), self.value.as_str().into()]
    }
}

impl ReferralMark {
    pub(crate) fn values(&self) -> Vec<Value> {
        let seen = vec![self.count.into(), self.first.as_str().into(), self.last.as_str().into()];
        [self.key.values(), seen].concat()
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            key: MarkKey { kind: super::named(row.text(0)?)?, value: row.text(1)?.to_owned() },
            count: row.int(2)?,
            first: row.text(3)?.to_owned(),
            last: row.text(4)?.to_owned(),
        })
    }
}

crate::statements::list! { LOOK_UP_REFERRAL_MARKS, WRITE_REFERRAL_MARK }
