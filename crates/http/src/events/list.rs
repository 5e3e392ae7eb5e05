//! What happened, listed.

use super::views::MatchedView;
use crate::app::App;
use crate::caller::{Caller, EventReader};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Format, List, NoQuery, Page, PageQuery, Part, Path, Query, answer};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::Reference;
use guerdon_programs::events::{Told, checked_type, events_of_type, key_of};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::journal::Record;
use guerdon_store::read::{ListPage, listed, payload, transaction_by_key};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventQuery {
    /// Of this type.
    #[serde(rename = "type")]
    #[param(example = "order.completed")]
    event_type: Option<String>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An event in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventLine {
    /// The event.
    #[schema(example = "order-1001")]
    event_id: String,
    /// What kind of event it is.
    #[serde(rename = "type")]
    #[schema(example = "order.completed")]
    event_type: Option<String>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Its transaction.
    #[schema(example = "txn_42")]
    transaction_id: String,
}

impl EventLine {
    fn of(record: &Record, told: Option<&Told>) -> Self {
        Self {
            event_id: record.reference.clone().unwrap_or_default(),
            event_type: told.and_then(|told| told.event_type.clone()),
            occurred_at: record.effective_at,
            created_at: record.recorded_at,
            transaction_id: record.id(),
        }
    }
}

/// Events, newest first
#[utoipa::path(get, path = "/api/v1/events", operation_id = "list_events", tag = "Events", params(EventQuery),
    responses((status = 200, body = Page<EventLine>), ReadProblems))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller<EventReader>,
    format: Format,
    Query(query): Query<EventQuery>,
) -> Result<Response, Problem> {
    if let Some(name) = &query.event_type {
        checked_type(name).map_err(|why| Problem::invalid("type", "invalid_value", why.0))?;
    }
    let page = PageQuery::new(query.limit, query.cursor);
    answer(Events { app, tenant: caller.tenant, event_type: query.event_type }, format, &page).await
}

struct Events {
    app: App,
    tenant: TenantId,
    event_type: Option<String>,
}

impl List for Events {
    type Row = EventLine;
    type Schema = EventLine;
    type At = i64;

    async fn read(&self, at: Option<i64>, limit: i64) -> Result<Part<EventLine, i64>, Problem> {
        let (list, before) = (events_of_type(self.event_type.as_deref()), at.unwrap_or(i64::MAX));
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let found = listed(&mut tx, &ListPage { list: &list, from: 0, before, limit: limit + 1 }).await?;
        let line = |record: Record| EventLine::of(&record, Told::of(&record).as_deref());
        Ok(Part::of(found, limit, |record| record.seq, line))
    }
}

/// An event, and what rules made of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    #[serde(flatten)]
    line: EventLine,
    /// How many active rules there were.
    #[schema(example = 3)]
    evaluated: usize,
    /// Those whose conditions held, and what came of each.
    matched: Vec<MatchedView>,
    /// The event as it was told; null where it was erased.
    #[schema(value_type = Option<Object>)]
    event: Option<Value>,
}

/// An event, and what rules made of it
#[utoipa::path(get, path = "/api/v1/events/{id}", operation_id = "get_event", tag = "Events",
    params(("id" = String, Path, description = "The event", example = "order-1001")),
    responses((status = 200, body = EventView), ReadProblems))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller<EventReader>,
    Path(id): Path<String>,
    _: Query<NoQuery>,
) -> Result<Json<EventView>, Problem> {
    let not_found = || Problem::not_found("event_not_found", format!("there is no event {id}"));
    let reference = Reference::new(&id).map_err(|_| not_found())?;
    let mut tx = app.database().begin(caller.tenant, Mode::Read).await?;
    let record = transaction_by_key(&mut tx, &key_of(&reference)).await?.ok_or_else(not_found)?;
    let event = payload(&mut tx, record.seq).await?;
    Ok(Json(view(&record, event)))
}

fn view(record: &Record, event: Option<Value>) -> EventView {
    let told = Told::of(record);
    let line = EventLine::of(record, told.as_deref());
    let evaluated = told.as_ref().map_or(0, |told| told.evaluated);
    let matched = told.map_or_else(Vec::new, |told| told.into_owned().matched);
    let matched = matched.into_iter().map(|one| MatchedView::of(one, Some(record.id()))).collect();
    EventView { line, evaluated, matched, event }
}
