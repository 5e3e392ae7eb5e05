//! What rules did, by rule or by member.

use crate::app::App;
use crate::caller::{Caller, EventReader};
use crate::problem::Problem;
use crate::responses::ReadProblems;
use crate::wire::{Both, Format, List, Page, PageQuery, Part, Query, answer};
use axum::extract::State;
use axum::response::Response;
use guerdon_ledger::{MemberId, Name};
use guerdon_programs::events::{Execution, Whose, executions as read_executions};
use guerdon_store::TenantId;
use guerdon_store::driver::Mode;
use guerdon_store::journal::transaction_id;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whose executions: a rule's or a member's, one of the two.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExecutionQuery {
    /// Those of this rule.
    #[param(value_type = Option<String>, example = "paid-referrer")]
    rule_id: Option<Name>,
    /// Those for this member.
    #[param(value_type = Option<String>, example = "alice")]
    user_id: Option<MemberId>,
    /// How many at most, 1 to 200; 50 where not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a rule did with an event, for one member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExecutionView {
    /// The rule.
    #[schema(example = "paid-referrer")]
    rule_id: String,
    /// The version of it that decided.
    #[schema(example = 1)]
    version: i64,
    /// The event.
    #[schema(example = "order-1001")]
    event_id: String,
    /// The member; null where the rule is about none.
    #[schema(example = "alice")]
    user_id: Option<String>,
    /// `applied`, or why nothing came of it.
    #[schema(example = "applied")]
    outcome: String,
    /// The transaction of the event.
    #[schema(example = "txn_42")]
    transaction_id: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Execution> for ExecutionView {
    fn from(execution: Execution) -> Self {
        Self {
            rule_id: execution.rule_id,
            version: execution.version,
            event_id: execution.event_id,
            user_id: execution.member_id.map(|id| id.to_string()),
            outcome: execution.outcome.name().to_owned(),
            transaction_id: transaction_id(execution.seq),
            created_at: execution.recorded_at,
        }
    }
}

/// What rules did, newest first
///
/// Those of a rule, or those for a member: name one of the two. What rules did with one event stands on the event.
#[utoipa::path(get, path = "/api/v1/executions", operation_id = "list_executions", tag = "Rules", params(ExecutionQuery),
    responses((status = 200, body = Page<ExecutionView>), ReadProblems))]
pub(crate) async fn executions(
    State(app): State<App>,
    caller: Caller<EventReader>,
    format: Format,
    Query(query): Query<ExecutionQuery>,
) -> Result<Response, Problem> {
    let whose = match (query.rule_id, query.user_id) {
        (Some(rule), None) => Whose::Rule(rule),
        (None, Some(member)) => Whose::Member(member),
        _ => {
            let told = "name one of the two: rule_id or user_id";
            return Err(Problem::invalid("rule_id", "invalid_value", told));
        }
    };
    let page = PageQuery::new(query.limit, query.cursor);
    answer(Executions { app, tenant: caller.tenant, whose }, format, &page).await
}

/// Executions of a rule or for a member.
pub(crate) struct Executions {
    app: App,
    tenant: TenantId,
    whose: Whose,
}

impl Executions {
    /// Those of a rule.
    pub(crate) fn of_rule(app: App, tenant: TenantId, rule: Name) -> Self {
        Self { app, tenant, whose: Whose::Rule(rule) }
    }
}

impl List for Executions {
    type Row = ExecutionView;
    type Schema = ExecutionView;
    type At = Both<i64, String>;

    async fn read(&self, at: Option<Self::At>, limit: i64) -> Result<Part<ExecutionView, Self::At>, Problem> {
        let Both(seq, within) = at.unwrap_or_else(|| Both(i64::MAX, NOBODY.to_owned()));
        let mut tx = self.app.database().begin(self.tenant, Mode::Read).await?;
        let found = read_executions(&mut tx, &self.whose, (seq, named(&within)), limit + 1).await?;
        let place = |one: &Execution| {
            let within = one.within(&self.whose);
            Both(one.seq, if within.is_empty() { NOBODY } else { within }.to_owned())
        };
        Ok(Part::of(found, limit, place, ExecutionView::from))
    }
}

/// Stands in a cursor for nobody; no id holds it.
const NOBODY: &str = "~";

fn named(within: &str) -> &str {
    if within == NOBODY { "" } else { within }
}
