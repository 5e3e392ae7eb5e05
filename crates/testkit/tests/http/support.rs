//! What these tests share.

use guerdon_testkit::{Company, Server};
use serde_json::{Value, json};

/// A company with points in its pool.
pub async fn company_with_points(server: &Server, points: i64) -> Company {
    let company = server.company("acme").await;
    company.allocate(points).await;
    company
}

/// Asserts that an answer says what it must; what it says besides is its own.
#[track_caller]
pub fn assert_says(answer: &Value, wanted: &Value, at: &str) {
    match (answer, wanted) {
        (Value::Object(answer), Value::Object(wanted)) => {
            for (name, value) in wanted {
                let found = answer.get(name).unwrap_or(&Value::Null);
                assert_says(found, value, &format!("{at}/{name}"));
            }
        }
        (Value::Array(answer), Value::Array(wanted)) if answer.len() == wanted.len() => {
            for (index, value) in wanted.iter().enumerate() {
                assert_says(&answer[index], value, &format!("{at}/{index}"));
            }
        }
        _ => assert_eq!(answer, wanted, "{at}"),
    }
}

/// A credit in US dollars.
pub fn credit(user: &str, amount: i64) -> Value {
    json!({"user_id": user, "amount_cents": amount})
}

/// An award from the pool.
pub fn award(user: &str, amount: i64) -> Value {
    json!({"user_id": user, "amount": amount, "reason": "Great delivery"})
}
