//! What differs between two versions of a document.

use crate::flaw::push_key;
use serde::Serialize;
use serde_json::Value;

/// One place at which two documents differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Where: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What stood there; nothing where it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there now; nothing where it was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Where two documents differ, in the order of their places. Elements of lists are compared by their position.
///
/// Compare canonical forms ([`Rule::to_json`](crate::Rule::to_json)), so that nothing is told that means nothing.
pub fn diff(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(&mut String::new(), Some(before), Some(after), &mut changes);
    changes
}

fn compare(pointer: &mut String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                within(pointer, name, left.get(name), right.get(name), changes);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                within(pointer, &index.to_string(), left.get(index), right.get(index), changes);
            }
        }
        (before, after) if before == after => {}
        (before, after) => {
            changes.push(Change { pointer: pointer.clone(), before: before.cloned(), after: after.cloned() })
        }
    }
}

fn within(
    pointer: &mut String,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    changes: &mut Vec<Change>,
) {
    let length = pointer.len();
    push_key(pointer, name);
    compare(pointer, before, after, changes);
    pointer.truncate(length);
}
