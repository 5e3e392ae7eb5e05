//! Events and what rules made of them, on the wire.

use crate::problem::Problem;
use crate::wire::RecordedWords;
use guerdon_programs::events::{BadEvent, Matched, Outcome, Told};
use guerdon_store::journal::Record;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A rule whose conditions held, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchedView {
    /// The rule.
    #[schema(example = "paid-referrer")]
    rule_id: String,
    /// The version of it that decided.
    #[schema(example = 1)]
    version: i64,
    /// `applied`, or why nothing came of it: `limit_reached`, `budget_refused`, `books_refused`, `no_effect`,
    /// `member_inactive`, `unknown_asset`, `referral_rejected`, `counting_history`, `excluded`.
    #[schema(example = "applied")]
    outcome: &'static str,
    /// Why nothing came of it, with the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Whom it is about.
    #[schema(value_type = Vec<String>, example = json!(["alice"]))]
    members: Vec<guerdon_ledger::MemberId>,
    /// What it did, action by action.
    #[schema(value_type = Vec<Object>, example = json!([{"type": "credit", "user": "alice", "amount": 50000, "asset": "USD", "account": "reward:alice"}]))]
    effects: Box<RawValue>,
    /// Each condition, the value it met, and whether it held.
    #[schema(value_type = Object)]
    trace: Box<RawValue>,
    /// The transactions that it made: that of the event, where it was applied.
    #[schema(example = json!(["txn_42"]))]
    transactions: Vec<String>,
}

impl MatchedView {
    pub(crate) fn of(matched: Matched, transaction: Option<String>) -> Self {
        let Matched { rule_id, version, outcome, why, members, effects, trace } = matched;
        let transactions = transaction.filter(|_| outcome == Outcome::Applied).into_iter().collect();
        Self { rule_id, version, outcome: outcome.name(), why, members, effects, trace, transactions }
    }
}

/// What the rules made of an event, beside its transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventWords {
    /// The event.
    #[schema(example = "order-1001")]
    event_id: String,
    /// How many active rules there were.
    #[schema(example = 3)]
    evaluated: usize,
    /// Those whose conditions held.
    matched: Vec<MatchedView>,
}

impl RecordedWords for EventWords {
    fn of(record: &Record) -> Self {
        // Only this program writes such records.
        let told = Told::of(record);
        let evaluated = told.as_ref().map_or(0, |told| told.evaluated);
        let matched = told.map_or_else(Vec::new, |told| told.into_owned().matched);
        Self {
            event_id: record.reference.clone().unwrap_or_default(),
            evaluated,
            matched: matched.into_iter().map(|one| MatchedView::of(one, Some(record.id()))).collect(),
        }
    }
}

/// What is wrong with an event, and its place in the body.
pub(crate) struct BadEventIn(pub(crate) String, pub(crate) BadEvent);

impl From<BadEventIn> for Problem {
    fn from(BadEventIn(place, BadEvent { field, detail }): BadEventIn) -> Self {
        let pointer = if field.is_empty() { place } else { format!("{place}/{field}") };
        Self::invalid(pointer, "invalid_value", detail)
    }
}
