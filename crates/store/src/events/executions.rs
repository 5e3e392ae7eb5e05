//! What rules did.

use crate::driver::{DbError, Row, Transaction, Type, Value, Write};
use crate::records::instant;
use compact_str::CompactString;
use jiff::Timestamp;

/// What a rule did with an event, for one member; or that it did nothing, and for whom it would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The rule.
    pub rule_id: CompactString,
    /// The transaction of the event.
    pub seq: i64,
    /// The member; empty where the rule is about none.
    pub member_id: CompactString,
    /// The version of the rule.
    pub version: i64,
    /// The event.
    pub event_id: CompactString,
    /// What came of it: `applied`, or why not.
    pub outcome: CompactString,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

pub(crate) const WRITE_EXECUTION: Write = Write {
    table: "rule_executions",
    columns: &[
        ("rule_id", Type::Text),
        ("seq", Type::Int),
        ("member_id", Type::Text),
        ("version", Type::Int),
        ("event_id", Type::Text),
        ("outcome", Type::Text),
        ("recorded_at", Type::Int),
    ],
    on_conflict: "",
};

/// Those before a transaction, and before a member of that transaction.
const LIST_OF_RULE: &str = "SELECT rule_id, seq, member_id, version, event_id, outcome, recorded_at
    FROM rule_executions WHERE tenant_id = $1 AND rule_id = $2 AND (seq, member_id) < ($3, $4)
    ORDER BY seq DESC, member_id DESC LIMIT $5";
const LIST_OF_MEMBER: &str = "SELECT rule_id, seq, member_id, version, event_id, outcome, recorded_at
    FROM rule_executions WHERE tenant_id = $1 AND member_id = $2 AND (seq, rule_id) < ($3, $4)
    ORDER BY seq DESC, rule_id DESC LIMIT $5";

/// Whose executions: a rule's or a member's.
#[derive(Debug, Clone)]
pub enum ExecutionPage<'a> {
    /// Those of a rule.
    OfRule(&'a str),
    /// Those for a member.
    OfMember(&'a str),
}

/// Adds executions.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_executions(tx: &mut Transaction, executions: Vec<Execution>) -> Result<(), DbError> {
    let rows = executions.into_iter().map(Execution::into_values).collect();
    tx.write(&WRITE_EXECUTION, rows).await.map(drop)
}

/// Executions, newest first, those before a transaction and, within it, before a member or a rule.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn executions(
    tx: &mut Transaction,
    page: &ExecutionPage<'_>,
    (seq, within): (i64, &str),
    limit: i64,
) -> Result<Vec<Execution>, DbError> {
    let (sql, whose) = match page {
        ExecutionPage::OfRule(rule) => (LIST_OF_RULE, *rule),
        ExecutionPage::OfMember(member) => (LIST_OF_MEMBER, *member),
    };
    let params = [tx.tenant(), whose.into(), seq.into(), within.into(), limit.into()];
    tx.query(sql, params).await?.into_iter().map(Execution::from_row).collect()
}

impl Execution {
    fn into_values(self) -> Vec<Value> {
        vec![
            self.rule_id.into(),
            self.seq.into(),
            self.member_id.into(),
            self.version.into(),
            self.event_id.into(),
            self.outcome.into(),
            self.recorded_at.into(),
        ]
    }

    fn from_row(mut row: Row) -> Result<Self, DbError> {
        Ok(Self {
            rule_id: row.take_text(0)?,
            seq: row.int(1)?,
            member_id: row.take_text(2)?,
            version: row.int(3)?,
            event_id: row.take_text(4)?,
            outcome: row.take_text(5)?,
            recorded_at: instant(row.int(6)?)?,
        })
    }
}

crate::statements::list! { WRITE_EXECUTION, LIST_OF_RULE, LIST_OF_MEMBER }
