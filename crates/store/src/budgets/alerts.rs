//! Alerts, and the events that tell of them.

use crate::driver::{DbError, Lookup, Row, Transaction, Type, Value, Write};
use crate::records::{from_json, instant};
use jiff::Timestamp;
use std::collections::HashSet;

/// Something that somebody should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The transaction that brought it about.
    pub seq: i64,
    /// Counts the alerts of that transaction, from 0.
    pub number: i64,
    /// What it is known by: there is one alert for it, however often it is come across.
    pub once_key: String,
    /// The budget.
    pub budget: String,
    /// `soft_cap_exceeded`, `hard_cap_approaching`, `hard_cap_refused` or `discrepancy`.
    pub kind: String,
    /// `warning` or `critical`.
    pub level: String,
    /// The numbers behind it.
    pub detail: serde_json::Value,
    /// When.
    pub created_at: Timestamp,
}

const WRITE_ALERT: Write = Write {
    table: "alerts",
    columns: &[
        ("seq", Type::Int),
        ("number", Type::Int),
        ("once_key", Type::Text),
        ("budget_id", Type::Text),
        ("kind", Type::Text),
        ("level", Type::Text),
        ("detail", Type::Text),
        ("created_at", Type::Int),
    ],
    on_conflict: "",
};

const WRITE_EVENT: Write = Write {
    table: "webhook_events",
    columns: &[
        ("seq", Type::Int),
        ("number", Type::Int),
        ("type", Type::Text),
        ("payload", Type::Text),
        ("created_at", Type::Int),
    ],
    on_conflict: "",
};

const LOOK_UP_ONCE: Lookup = Lookup {
    sqlite: "SELECT once_key FROM alerts WHERE tenant_id = $1 AND once_key = $2",
    postgres: "SELECT found.* FROM unnest($2::text[]) AS wanted (k) CROSS JOIN LATERAL
        (SELECT once_key FROM alerts WHERE tenant_id = $1 AND once_key = k LIMIT 1) AS found",
    key: &[Type::Text],
};

/// `$2` and `$3` the transaction and number before which to go on, `$4` a budget or nothing, `$5` a level or nothing.
const LIST_ALERTS: &str =
    "SELECT seq, number, once_key, budget_id, kind, level, detail, created_at FROM alerts
    WHERE tenant_id = $1 AND (seq < $2 OR (seq = $2 AND number < $3)) AND (budget_id = $4 OR $4 = '')
      AND (level = $5 OR $5 = '') ORDER BY seq DESC, number DESC LIMIT $6";

/// Adds the alerts that there have not been yet, and for each an event for whoever listens. Answers how many.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_alerts(tx: &mut Transaction, alerts: Vec<Alert>) -> Result<usize, DbError> {
    let keys = alerts.iter().map(|alert| vec![alert.once_key.as_str().into()]).collect();
    let rows = tx.look_up(&LOOK_UP_ONCE, keys).await?;
    let mut known: HashSet<String> =
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect::<Result<_, DbError>>()?;
    let new: Vec<Alert> = alerts.into_iter().filter(|alert| known.insert(alert.once_key.clone())).collect();
    tx.write(&WRITE_ALERT, new.iter().map(Alert::values).collect()).await?;
    tx.write(&WRITE_EVENT, new.iter().map(Alert::event_values).collect()).await?;
    Ok(new.len())
}

/// Alerts before one, newest first; of one budget or level, or any.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn alerts_before(
    tx: &mut Transaction,
    before: (i64, i64),
    budget: Option<&str>,
    level: Option<&str>,
    limit: i64,
) -> Result<Vec<Alert>, DbError> {
    let (budget, level) = (budget.unwrap_or_default(), level.unwrap_or_default());
    let params = [tx.tenant(), before.0.into(), before.1.into(), budget.into(), level.into(), limit.into()];
    tx.query(LIST_ALERTS, params).await?.iter().map(Alert::from_row).collect()
}

impl Alert {
    fn values(&self) -> Vec<Value> {
        vec![
            self.seq.into(),
            self.number.into(),
            self.once_key.as_str().into(),
            self.budget.as_str().into(),
            self.kind.as_str().into(),
            self.level.as_str().into(),
            self.detail.to_string().into(),
            self.created_at.into(),
        ]
    }

    /// The event, under the same place in the journal.
    fn event_values(&self) -> Vec<Value> {
        let payload = serde_json::json!({
            "budget_id": self.budget, "kind": self.kind, "level": self.level, "detail": self.detail,
            "created_at": self.created_at,
        });
        vec![
            self.seq.into(),
            self.number.into(),
            format!("budget.{}", self.kind).into(),
            payload.to_string().into(),
            self.created_at.into(),
        ]
    }

    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.int(0)?,
            number: row.int(1)?,
            once_key: row.text(2)?.to_owned(),
            budget: row.text(3)?.to_owned(),
            kind: row.text(4)?.to_owned(),
            level: row.text(5)?.to_owned(),
            detail: from_json(row.text(6)?)?,
            created_at: instant(row.int(7)?)?,
        })
    }
}

crate::statements::list! { WRITE_ALERT, WRITE_EVENT, LOOK_UP_ONCE, LIST_ALERTS }
