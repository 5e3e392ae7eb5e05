//! Rules on the wire.

use crate::problem::Problem;
use guerdon_ledger::{Invalid, Name};
use guerdon_programs::rules::StoredRule;
use guerdon_rules::{Flaw, Rule, Status};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// A rule: who earns what when something happens. docs/rules.md has the whole of the format.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "describes rules to OpenAPI")]
#[schema(as = Rule, example = json!({"id": "paid-referrer", "name": "Paid referrer", "conditions": [
    {"field": "referrer.is_paid_user", "operator": "==", "value": true},
    {"field": "referred.subscription_status", "operator": "==", "value": "active"}],
    "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 50000}], "logic": "AND"}))]
pub(crate) struct RuleSchema {
    /// Its id; a UUID is made where not given.
    #[schema(example = "paid-referrer")]
    id: Option<String>,
    /// Its name for people.
    #[schema(example = "Paid referrer", max_length = 200)]
    name: String,
    /// What it is for.
    description: Option<String>,
    /// `draft`, `active`, `paused` or `archived`; `active` where not given.
    #[schema(example = "active")]
    status: Option<String>,
    /// The type of event that it looks at, or a list of them; every event where not given.
    #[schema(value_type = Option<Value>, example = "subscription.started")]
    event: Option<Value>,
    /// What must hold: comparisons of fields, `all`, `any`, `not`, and figures over history.
    #[schema(value_type = Vec<Object>)]
    conditions: Vec<Value>,
    /// `AND` or `OR`, over the conditions; `AND` where not given.
    #[schema(example = "AND")]
    logic: Option<String>,
    /// What is done then, all of it or nothing.
    #[schema(value_type = Vec<Object>)]
    actions: Vec<Value>,
    /// How often: `per_user`, `per_user_window`, `total`, `cooldown`.
    #[schema(value_type = Option<Object>)]
    limits: Option<Value>,
    /// From when on.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<String>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<String>,
    /// Higher first; 0 where not given.
    #[schema(example = 0, minimum = -1000, maximum = 1000)]
    priority: Option<i64>,
    /// Whether rules after it are left out once it has taken effect.
    exclusive: Option<bool>,
    /// The budget that its credits are charged to.
    budget_id: Option<String>,
    /// How long what it gives is good for: `P90D`.
    expires_after: Option<String>,
}

/// A version of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// Its id.
    #[schema(value_type = String, example = "paid-referrer")]
    id: Name,
    /// The version.
    #[schema(example = 1)]
    version: i64,
    /// When that version was made.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// The rule in plain English.
    #[schema(
        example = "When the event's referrer.is_paid_user is true and …, give referrer_id 50000 minor units."
    )]
    reading: String,
    #[serde(flatten)]
    #[schema(value_type = RuleSchema)]
    rule: Value,
}

impl RuleView {
    pub(crate) fn of(StoredRule { id, version, changed_at, rule }: StoredRule) -> Self {
        Self { id, version, changed_at, reading: rule.reading(), rule: rule.to_json() }
    }
}

/// The rule of a body, and the id that it gives.
pub(crate) fn rule_in(mut body: Value) -> Result<(Option<Name>, Rule), Problem> {
    let id = body.as_object_mut().and_then(|fields| fields.remove("id")).filter(|id| !id.is_null());
    let named = |id: Value| {
        let text = id.as_str().map(Name::new);
        text.unwrap_or_else(|| Err(Invalid("an id is a text".to_owned())))
    };
    let id = id.map(named).transpose();
    let id = id.map_err(|why| Problem::invalid("/id", "invalid_value", why.0))?;
    Ok((id, parse("", &body)?))
}

/// Parses a rule; its flaws are told under a place in the body.
pub(crate) fn parse(place: &str, body: &Value) -> Result<Rule, Problem> {
    Rule::parse(body).map_err(|flaws| flawed(place, flaws))
}

fn flawed(place: &str, flaws: Vec<Flaw>) -> Problem {
    Problem::invalid_in(
        flaws.into_iter().map(|flaw| (format!("{place}{}", flaw.pointer), flaw.code.as_str(), flaw.detail)),
    )
}

/// The id of a rule that has none.
pub(crate) fn made_id() -> Result<Name, Problem> {
    Name::new(&Uuid::now_v7().to_string()).map_err(|error| Problem::internal(&error))
}

/// The rule that a path names.
pub(crate) fn rule_id(id: &str) -> Result<Name, Problem> {
    // What cannot be an id is none.
    Name::new(id).map_err(|_| Problem::not_found("rule_not_found", format!("there is no rule {id}")))
}

/// The same rule with another status.
pub(crate) fn with_status(rule: &Rule, status: Status) -> Result<Rule, Problem> {
    let mut document = rule.to_json();
    document["status"] = json!(status);
    parse("", &document)
}
