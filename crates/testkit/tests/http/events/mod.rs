//! Events and rules: what happened is told, rules decide who earns what, and each decision can be explained.

mod amounts;
mod documents;
mod history;
mod life;
mod limits;
mod order;
mod parties;
mod simulate;

use guerdon_testkit::{Answer, Company};
use serde_json::{Value, json};

/// The rule that must work as it stands.
fn paid_referrer() -> Value {
    json!({"name": "Paid referrer", "conditions": [
        {"field": "referrer.is_paid_user", "operator": "==", "value": true},
        {"field": "referred.subscription_status", "operator": "==", "value": "active"}],
        "actions": [{"type": "credit", "user": "referrer_id", "amount_cents": 50000}], "logic": "AND"})
}

/// The event that must work as it stands.
fn paid_referral() -> Value {
    json!({"referrer_id": "alice", "referrer": {"is_paid_user": true}, "referred": {"subscription_status": "active"}})
}

/// Makes a rule of a company.
async fn rule(company: &Company, body: Value) -> Value {
    company.manager.post("/api/v1/rules", body).await.created()
}

/// Tells an event.
async fn tell(company: &Company, body: Value) -> Answer {
    company.manager.post_without_key("/api/v1/events", body).await
}

/// What a member has of the tenant's reward currency, in cents.
async fn cents(company: &Company, member: &str) -> i64 {
    has(company, member, "USD").await
}

/// What a member has in points.
async fn points(company: &Company, member: &str) -> i64 {
    has(company, member, "PTS").await
}

/// What a member has of an asset; nothing where nobody knows them.
async fn has(company: &Company, member: &str, asset: &str) -> i64 {
    let found = company.manager.get(&format!("/api/v1/ledger/balance/{member}?asset={asset}")).await;
    match found.status.as_u16() {
        404 => 0,
        _ => found.ok()["balance_cents"].as_i64().expect("an amount"),
    }
}

/// What came of each rule that matched, in order.
fn outcomes(answer: &Value) -> Vec<&str> {
    let matched = answer["matched"].as_array().expect("matched");
    matched.iter().map(|one| one["outcome"].as_str().expect("an outcome")).collect()
}
