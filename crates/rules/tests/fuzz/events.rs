//! Events at random: made of the names that the rules look for, with values of every kind under them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names that rules look for, and others.
pub const NAMES: &[&str] =
    &["type", "user_id", "total", "plan", "items", "sku", "tags", "at", "note", "first", "0", "größe"];
/// Types of events.
pub const TYPES: &[&str] = &["purchase", "login", "referral.converted"];

/// Any value that is neither a list nor an object, often one that rules compare with.
pub fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..10).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0i64..40).prop_map(|quarter| json!(quarter as f64 / 4.0)),
        prop::sample::select(vec!["a", "ab", "5", "ann", "bob", ""]).prop_map(Value::from),
        prop::sample::select(TYPES.to_vec()).prop_map(Value::from),
        prop::sample::select(vec!["2026-06-15T12:00:00Z", "2026-06-15T14:00:00+02:00", "2026-06-15"])
            .prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ]
    .boxed()
}

fn value() -> BoxedStrategy<Value> {
    scalar()
        .prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((name(), inner), 0..5)
                    .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
        .boxed()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
    ]
}

/// An event, usually with a type and somebody whom it is of.
pub fn event() -> BoxedStrategy<Value> {
    let fields = prop::collection::vec((name(), value()), 0..8);
    let usual =
        (prop::sample::select(TYPES.to_vec()), prop::sample::select(vec!["ann", "bob"]), any::<bool>());
    (fields, usual)
        .prop_map(|(fields, (event_type, user, is_usual))| {
            let mut event: Map<String, Value> = fields.into_iter().collect();
            if is_usual {
                event.insert("type".to_owned(), event_type.into());
                event.insert("user_id".to_owned(), user.into());
            }
            event.into()
        })
        .boxed()
}
