//! What is to be done when its time comes.

use crate::driver::{DbError, Row, Type, Value, Write};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Work that a transaction schedules. What was scheduled last for a job and a subject stands, so a use case moves it by
/// scheduling it anew, and calls it off by scheduling it for never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// The kind of work: `budgets.reset`.
    pub job: String,
    /// What it is to be done to, within the tenant: the id of a budget.
    pub subject: String,
    /// When; never where `None`.
    pub due_at: Option<Timestamp>,
}

pub(crate) const WRITE_SCHEDULED: Write = Write {
    table: "schedule",
    columns: &[("job", Type::Text), ("subject", Type::Text), ("due_at", Type::Int)],
    on_conflict: "ON CONFLICT (tenant_id, job, subject) DO UPDATE SET due_at = excluded.due_at",
};

impl Scheduled {
    pub(crate) fn values(&self) -> Vec<Value> {
        let due_at = self.due_at.map(Timestamp::as_microsecond);
        vec![self.job.as_str().into(), self.subject.as_str().into(), due_at.into()]
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            job: row.text(0)?.to_owned(),
            subject: row.text(1)?.to_owned(),
            due_at: row.int_or_null(2)?.map(super::instant).transpose()?,
        })
    }
}

crate::statements::list! { WRITE_SCHEDULED }
