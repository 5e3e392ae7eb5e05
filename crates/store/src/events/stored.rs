//! Which events came in.

use crate::driver::{DbError, Row, Transaction, Type, Value, Write};
use crate::records::{checked, instant};
use compact_str::CompactString;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

/// What the journal has of an event, as far as the projection looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Its place in the journal.
    pub seq: i64,
    /// The id of the event.
    pub event_id: CompactString,
    /// What it says of the event, as JSON.
    pub metadata: CompactString,
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// An event that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the journal.
    pub seq: i64,
    /// Its id.
    pub event_id: CompactString,
    /// What kind of event it is, where it says so.
    pub event_type: Option<CompactString>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// By an index of their own: `$2` the transaction after which to go on, `$3` up to which, `$4` how many.
const LIST_EVENT_RECORDS: &str = "SELECT seq, reference, metadata, effective_at, recorded_at FROM journal
    WHERE tenant_id = $1 AND kind IN ('event', 'budget.event') AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";

pub(crate) const WRITE_EVENT: Write = Write {
    table: "events",
    columns: &[
        ("seq", Type::Int),
        ("event_id", Type::Text),
        ("type", Type::Text),
        ("occurred_at", Type::Int),
        ("recorded_at", Type::Int),
    ],
    on_conflict: "",
};

const LIST_EVENTS: &str = "SELECT seq, event_id, type, occurred_at, recorded_at FROM events
    WHERE tenant_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
const LIST_EVENTS_OF_TYPE: &str = "SELECT seq, event_id, type, occurred_at, recorded_at FROM events
    WHERE tenant_id = $1 AND type = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4";
/// `$2` `$3` the instant and the transaction after which to go on, `$4` the instant before which they end.
const LIST_EVENTS_IN_TIME: &str = "SELECT seq, event_id, type, occurred_at, recorded_at FROM events
    WHERE tenant_id = $1 AND (occurred_at, seq) > ($2, $3) AND occurred_at < $4
    ORDER BY occurred_at, seq LIMIT $5";
const FIND_TEXTS: &str = "SELECT body FROM journal_texts WHERE tenant_id = $1 AND seq = $2";

/// Transactions about events after one transaction and up to another, oldest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn event_records(
    tx: &mut Transaction,
    after: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<EventRecord>, DbError> {
    let params = [tx.tenant(), after.into(), to.into(), limit.into()];
    tx.query(LIST_EVENT_RECORDS, params).await?.into_iter().map(EventRecord::from_row).collect()
}

/// Adds events.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn put_events(tx: &mut Transaction, events: Vec<StoredEvent>) -> Result<(), DbError> {
    let rows = events.into_iter().map(StoredEvent::into_values).collect();
    tx.write(&WRITE_EVENT, rows).await.map(drop)
}

/// Which events.
#[derive(Debug, Clone)]
pub struct EventPage<'a> {
    /// Of this type; of any where `None`.
    pub event_type: Option<&'a str>,
    /// Recorded before this transaction.
    pub before: i64,
    /// How many at most.
    pub limit: i64,
}

/// Events in the order they were recorded, newest first.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn events_before(tx: &mut Transaction, page: &EventPage<'_>) -> Result<Vec<StoredEvent>, DbError> {
    let sql = if page.event_type.is_some() { LIST_EVENTS_OF_TYPE } else { LIST_EVENTS };
    let mut params = vec![tx.tenant()];
    params.extend(page.event_type.map(Value::from));
    params.extend([page.before, page.limit].map(Value::Int));
    tx.query(sql, params).await?.into_iter().map(StoredEvent::from_row).collect()
}

/// Events in the order they happened, those after an instant (and, at that instant, after a transaction) and before
/// another.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn events_in_time(
    tx: &mut Transaction,
    (after, seq): (Timestamp, i64),
    before: Timestamp,
    limit: i64,
) -> Result<Vec<StoredEvent>, DbError> {
    let params = [tx.tenant(), after.into(), seq.into(), before.into(), limit.into()];
    tx.query(LIST_EVENTS_IN_TIME, params).await?.into_iter().map(StoredEvent::from_row).collect()
}

/// What came in with a transaction, as it came; `None` where nothing did, or where it was erased.
///
/// # Errors
/// [`DbError`] as the database says.
pub async fn payload(tx: &mut Transaction, seq: i64) -> Result<Option<Json>, DbError> {
    #[derive(Deserialize)]
    struct Texts {
        payload: Option<Json>,
    }
    let rows = tx.query(FIND_TEXTS, [tx.tenant(), seq.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let texts: Texts = checked(serde_json::from_str(row.text(0)?))?;
    Ok(texts.payload)
}

impl EventRecord {
    fn from_row(mut row: Row) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.int(0)?,
            event_id: row.take_text(1)?,
            metadata: row.take_text(2)?,
            occurred_at: instant(row.int(3)?)?,
            recorded_at: instant(row.int(4)?)?,
        })
    }
}

impl StoredEvent {
    fn into_values(self) -> Vec<Value> {
        vec![
            self.seq.into(),
            self.event_id.into(),
            self.event_type.into(),
            self.occurred_at.into(),
            self.recorded_at.into(),
        ]
    }

    fn from_row(mut row: Row) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.int(0)?,
            event_id: row.take_text(1)?,
            event_type: row.take_text_or_null(2)?,
            occurred_at: instant(row.int(3)?)?,
            recorded_at: instant(row.int(4)?)?,
        })
    }
}

crate::statements::list! { LIST_EVENT_RECORDS, WRITE_EVENT, LIST_EVENTS, LIST_EVENTS_OF_TYPE, LIST_EVENTS_IN_TIME,
FIND_TEXTS }
