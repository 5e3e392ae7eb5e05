//! Telling what happened.

use super::views::{BadEventIn, EventWords};
use crate::app::App;
use crate::body::{Raw, malformed};
use crate::caller::{Caller, EventWriter};
use crate::etag::recorded;
use crate::problem::Problem;
use crate::responses::WriteProblems;
use crate::wire::PostedBody;
use crate::wire::bulk::{self, BulkAnswer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guerdon_ledger::chain::Hash;
use guerdon_ledger::{Invalid, Reference};
use guerdon_programs::events::Event;
use guerdon_store::journal::{Envelope, Idempotency};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What happened, as a product tells it: any object.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "describes events to OpenAPI")]
#[schema(example = json!({"id": "sub-881", "type": "subscription.started", "occurred_at": "2025-11-21T09:30:00Z",
    "referrer_id": "alice", "referrer": {"is_paid_user": true}, "referred": {"subscription_status": "active"}}))]
pub(crate) struct EventSchema {
    /// Its id: an event is recorded once for it. Without one the `Idempotency-Key` is its id, or else one is made.
    #[schema(example = "sub-881", max_length = 128)]
    id: Option<String>,
    /// What kind of event it is.
    #[serde(rename = "type")]
    #[schema(example = "subscription.started", max_length = 128)]
    event_type: Option<String>,
    /// When it happened; as it came in where it does not say.
    #[schema(value_type = Option<String>, format = DateTime)]
    occurred_at: Option<String>,
}

/// The answer to one event, or to many.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes answers to OpenAPI")]
pub(crate) enum EventAnswer<'a> {
    /// To one.
    One(Box<PostedBody<'a, EventWords>>),
    /// To many, in order.
    Many(BulkAnswer<'a, EventWords>),
}

/// Tell what happened
///
/// Send one event as an object, or up to 10,000 as a JSON array or as NDJSON (`application/x-ndjson`). An event is
/// recorded once for its `id`: telling it again answers what was recorded then. All that the active rules make of it is
/// one transaction with it. A budget that is exhausted, a limit that is reached or a member who has left does not lose the
/// event: `outcome` says what came of each rule that matched.
#[utoipa::path(post, path = "/api/v1/events", operation_id = "record_event", tag = "Events",
    params(("Idempotency-Key" = Option<String>, Header, description = "Stands for the id of an event that has none")),
    request_body(content((EventSchema = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 201, body = EventAnswer), (status = 200, description = "Told before", body = EventAnswer), WriteProblems))]
pub(crate) async fn record(
    State(app): State<App>,
    caller: Caller<EventWriter>,
    raw: Raw,
) -> Result<Response, Problem> {
    let now = app.journal().clock().now();
    let key = raw.idempotency.as_ref();
    if raw.is_ndjson() || raw.bytes.trim_ascii_start().starts_with(b"[") {
        let bodies: Vec<Value> = bulk::items(&raw)?;
        let event = |(index, body)| {
            let id = || id_of(key.map(|key| key.numbered(index)).as_ref());
            Event::new(body, now, id).map_err(|bad| BadEventIn(format!("/{index}"), bad).into())
        };
        let events = bodies.into_iter().enumerate().map(event).collect::<Result<Vec<_>, Problem>>()?;
        return record_many(&app, caller.envelope(None), events).await;
    }
    raw.expect_json()?;
    let body = serde_json::from_slice(&raw.bytes).map_err(|error| malformed(&error))?;
    let event = Event::new(body, now, || id_of(key)).map_err(|bad| BadEventIn(String::new(), bad))?;
    let receipt = app.events().record(caller.envelope(None), event).await?;
    let body = PostedBody::<EventWords>::new(&receipt.record).without_metadata();
    Ok(recorded(StatusCode::CREATED, receipt.replayed, body))
}

async fn record_many(app: &App, envelope: Envelope, events: Vec<Event>) -> Result<Response, Problem> {
    let record = |envelope: Envelope, events: Vec<Event>| async move {
        let mut receipts = Vec::with_capacity(events.len());
        for event in events {
            receipts.push(app.events().record(envelope.clone(), event).await?);
        }
        Ok(receipts)
    };
    bulk::record::<_, EventWords, _>(envelope, false, events, record).await
}

/// The id of an event that has none: the caller's key, where there is one.
fn id_of(key: Option<&Idempotency>) -> Result<Reference, Invalid> {
    let made = || Uuid::now_v7().to_string();
    let text = key.map_or_else(made, |key| key.key.to_string());
    // A key may hold what an id may not; its hash stands for it then.
    let hash = |_| Reference::new(&Hash::of(text.as_bytes()).to_hex());
    Reference::new(&text).or_else(hash)
}
