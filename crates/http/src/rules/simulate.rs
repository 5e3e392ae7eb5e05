//! Trying a rule before it is trusted.

use super::config::stored;
use super::views::{RuleSchema, parse, rule_id};
use crate::app::App;
use crate::body::Body;
use crate::caller::{Caller, RuleReader};
use crate::events::{BadEventIn, MatchedView};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{PostingSchema, Span};
use axum::Json;
use axum::extract::State;
use guerdon_ledger::{AssetCode, Posting, Reference};
use guerdon_programs::events::{Event, Simulated, Simulation, Summary};
use guerdon_store::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Events of one simulation at most.
const MAX_EVENTS: usize = 10_000;
/// Events that are told one by one at most; the summary has all.
const TOLD: usize = 200;

/// A rule to be tried, and on what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rule": {"name": "Ten points for an order", "event": "order.completed", "conditions": [],
    "actions": [{"type": "credit", "user": "user_id", "points": 10}]},
    "events": [{"id": "order-1001", "type": "order.completed", "user_id": "alice"}]}))]
pub(crate) struct SimulateBody {
    /// The rule: a draft that is stored nowhere.
    #[schema(value_type = Option<RuleSchema>)]
    rule: Option<Value>,
    /// Or the id of a stored one, as it stands.
    #[schema(example = "paid-referrer")]
    rule_id: Option<String>,
    /// Events to try it on, in this order: up to 10,000.
    #[schema(value_type = Option<Vec<Object>>)]
    events: Option<Vec<Value>>,
    /// Or stored events that happened at or after this: RFC 3339, or a date in the tenant's time zone.
    #[schema(example = "2026-01-01")]
    from: Option<String>,
    /// And before this: RFC 3339, or a date in the tenant's time zone, which is meant whole.
    #[schema(example = "2026-01-31")]
    to: Option<String>,
}

/// What a rule would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimulationView {
    /// The rule in plain English.
    reading: String,
    /// All of it together.
    summary: SummaryView,
    /// Event by event, in order: the first 200.
    events: Vec<SimulatedView>,
    /// Whether there were more stored events than are tried in one call.
    more: bool,
}

/// What a simulation comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryView {
    /// How many events.
    #[schema(example = 1)]
    events: usize,
    /// How often the rule matched.
    #[schema(example = 1)]
    matched: usize,
    /// How often it would have taken effect.
    #[schema(example = 1)]
    applied: usize,
    /// How many members it would have been for.
    #[schema(example = 1)]
    members: usize,
    /// How often what came of it.
    #[schema(value_type = Object, example = json!({"applied": 1}))]
    outcomes: BTreeMap<&'static str, usize>,
    /// What members would have been given, in minor units by asset: what it would have cost.
    #[schema(value_type = Object, example = json!({"PTS": 10}))]
    credited: BTreeMap<AssetCode, i64>,
    /// What would have been taken from members, in minor units by asset.
    #[schema(value_type = Object, example = json!({}))]
    debited: BTreeMap<AssetCode, i64>,
}

/// What a rule would do with one event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimulatedView {
    /// The event.
    #[schema(example = "order-1001")]
    event_id: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    #[serde(flatten)]
    outcome: MatchedView,
    /// What would have moved.
    #[schema(value_type = Vec<PostingSchema>)]
    postings: Vec<Posting>,
}

impl From<Simulated> for SimulatedView {
    fn from(one: Simulated) -> Self {
        let Simulated { event_id, occurred_at, outcome, postings } = one;
        Self { event_id, occurred_at, outcome: MatchedView::of(outcome, None), postings }
    }
}

impl From<Summary> for SummaryView {
    fn from(summary: Summary) -> Self {
        let Summary { events, matched, applied, outcomes, credited, debited, members } = summary;
        Self { events, matched, applied, members, outcomes, credited, debited }
    }
}

/// Try a rule on events
///
/// The rule is a draft or a stored one, the events are given or stored ones of a span of time. Decided by what decides
/// live, and nothing is written. Members and budgets are taken as they stand; history is counted from the first of these
/// events on.
#[utoipa::path(post, path = "/api/v1/rules/simulate", operation_id = "simulate_rule", tag = "Rules",
    request_body = SimulateBody, responses((status = 200, body = SimulationView), ReadProblems))]
pub(crate) async fn simulate(
    State(app): State<App>,
    caller: Caller<RuleReader>,
    body: Body<SimulateBody>,
) -> Result<Json<SimulationView>, Problem> {
    let SimulateBody { rule, rule_id: id, events, from, to } = body.value;
    let rule = match (rule, id) {
        (Some(rule), None) => parse("/rule", &rule)?,
        (None, Some(id)) => stored(&app, caller.tenant, &rule_id(&id)?).await?.rule,
        _ => return Err(Problem::invalid("/rule", "invalid_value", "give one of the two: rule or rule_id")),
    };
    let (events, more) = match events {
        Some(events) if from.is_none() && to.is_none() => (given(&app, events)?, false),
        None => of_span(&app, caller.tenant, from.as_deref(), to.as_deref()).await?,
        Some(_) => {
            let told = "give events, or from and to of stored ones";
            return Err(Problem::invalid("/events", "invalid_value", told));
        }
    };
    let reading = rule.reading();
    let Simulation { mut events, summary } =
        app.events().simulate(caller.envelope(None), rule, events).await?;
    events.truncate(TOLD);
    let events = events.into_iter().map(SimulatedView::from).collect();
    Ok(Json(SimulationView { reading, summary: summary.into(), events, more }))
}

fn given(app: &App, events: Vec<Value>) -> Result<Vec<Event>, Problem> {
    if events.len() > MAX_EVENTS {
        let told = format!("a simulation has at most {MAX_EVENTS} events, this has {}", events.len());
        return Err(Problem::invalid("/events", "invalid_value", told));
    }
    let now = app.journal().clock().now();
    let event = |(index, body)| {
        let unnamed = || Reference::new(&format!("event-{}", index + 1));
        Event::new(body, now, unnamed).map_err(|bad| BadEventIn(format!("/events/{index}"), bad).into())
    };
    events.into_iter().enumerate().map(event).collect()
}

async fn of_span(
    app: &App,
    tenant: TenantId,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(Vec<Event>, bool), Problem> {
    let span = Span::parse(app, tenant, from, to).await?;
    let from = span.from.unwrap_or(Timestamp::MIN);
    let to = span.to.unwrap_or(Timestamp::MAX);
    Ok(app.events().stored(tenant, (from, to), MAX_EVENTS).await?)
}
