//! The projection that follows what the journal says of events: which came in, and what rules did with them.

use super::service::Events;
use crate::Error;
use guerdon_store::TenantId;
use guerdon_store::driver::{Mode, Transaction};
use guerdon_store::events::{EventRecord, Execution, StoredEvent, event_records, put_events, put_executions};
use guerdon_store::projection::Ahead;
use serde::Deserialize;
use std::borrow::Cow;

/// The name of its cursor.
pub const PROJECTION: &str = "events";
/// Transactions that are taken in at a time: many, so that rows of one rule or member are written side by side, but not
/// so many that calls wait long while they are written.
const PAGE: usize = 5_000;

impl Events {
    /// Follows a tenant's journal to its end. Answers how many events there were. Whoever reads what the projection
    /// makes follows first, and so sees what was recorded before.
    ///
    /// # Errors
    /// As the database says.
    pub async fn follow(&self, tenant: TenantId) -> Result<usize, Error> {
        let mut followed = 0;
        loop {
            let database = self.journal().database();
            let mut tx = database.begin(tenant, Mode::Read).await?;
            let ahead = Ahead::of(&mut tx, PROJECTION).await?;
            let records = event_records(&mut tx, ahead.from, ahead.end, PAGE as i64).await?;
            drop(tx);
            let seqs = records.iter().map(|record| record.seq);
            let Some(stretch) = ahead.stretch(seqs, PAGE) else { return Ok(followed) };
            let (events, executions) = made_of(&records);
            let made = async move |tx: &mut Transaction| {
                put_events(tx, events).await?;
                put_executions(tx, executions).await
            };
            if !stretch.keep(database, tenant, made).await? {
                continue;
            }
            followed += records.len();
            if stretch.is_last {
                return Ok(followed);
            }
        }
    }
}

/// What the projection looks at of what a transaction [says](super::Told) of an event.
#[derive(Debug, Deserialize)]
struct Told<'a> {
    #[serde(rename = "type", default, borrow)]
    event_type: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    matched: Vec<Matched<'a>>,
}

#[derive(Debug, Deserialize)]
struct Matched<'a> {
    #[serde(borrow)]
    rule_id: Cow<'a, str>,
    version: i64,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    members: Vec<Cow<'a, str>>,
}

fn made_of(records: &[EventRecord]) -> (Vec<StoredEvent>, Vec<Execution>) {
    let (mut events, mut executions) = (Vec::with_capacity(records.len()), Vec::new());
    for record in records {
        // Only this program writes such records.
        let Ok(told) = serde_json::from_str::<Told<'_>>(&record.metadata) else { continue };
        events.push(StoredEvent {
            seq: record.seq,
            event_id: record.event_id.clone(),
            event_type: told.event_type.as_deref().map(Into::into),
            occurred_at: record.occurred_at,
            recorded_at: record.recorded_at,
        });
        executions.extend(executions_of(record, &told));
    }
    executions
        .sort_unstable_by(|a, b| (&a.rule_id, a.seq, &a.member_id).cmp(&(&b.rule_id, b.seq, &b.member_id)));
    (events, executions)
}

/// A row for each member that a rule is about; one with no member where it is about none.
fn executions_of(record: &EventRecord, told: &Told<'_>) -> Vec<Execution> {
    let mut executions = Vec::new();
    for matched in &told.matched {
        let mut members: Vec<&str> = matched.members.iter().map(AsRef::as_ref).collect();
        members.sort_unstable();
        members.dedup();
        if members.is_empty() {
            members.push("");
        }
        executions.extend(members.into_iter().map(|member| Execution {
            rule_id: matched.rule_id.as_ref().into(),
            seq: record.seq,
            member_id: member.into(),
            version: matched.version,
            event_id: record.event_id.clone(),
            outcome: matched.outcome.as_ref().into(),
            recorded_at: record.recorded_at,
        }));
    }
    executions
}
