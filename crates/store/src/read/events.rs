//! Events: in the order in which they happened, and as they came.

use crate::driver::{DbError, Row, Transaction};
use crate::records::{checked, instant};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

/// By an index of their own. `$2` `$3` the instant and the transaction after which to go on, `$4` the instant before which
/// they end.
const LIST_EVENTS_IN_TIME: &str = "SELECT seq, reference, effective_at FROM journal
    WHERE tenant_id = $1 AND kind IN ('event', 'budget.event')
      AND (effective_at, seq) > ($2, $3) AND effective_at < $4 ORDER BY effective_at, seq LIMIT $5";
const FIND_TEXTS: &str = "SELECT body FROM journal_texts WHERE tenant_id = $1 AND seq = $2";

/// An event that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the journal.
    pub seq: i64,
    /// Its id.
    pub event_id: String,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// Events in the order in which they happened, those after an instant (and, at that instant, after a transaction) and
/// before another.
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
    let rows = tx.query(LIST_EVENTS_IN_TIME, params).await?;
    let event = |row: &Row| {
        let (event_id, occurred_at) = (row.text(1)?.to_owned(), instant(row.int(2)?)?);
        Ok(StoredEvent { seq: row.int(0)?, event_id, occurred_at })
    };
    rows.iter().map(event).collect()
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

crate::statements::list! { LIST_EVENTS_IN_TIME, FIND_TEXTS }
