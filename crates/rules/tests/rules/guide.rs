//! The examples of docs/rules.md, run as they stand.

use crate::support::{World, rule, set_of};
use guerdon_rules::{Flaw, Rule};
use serde_json::{Value, json};

const GUIDE: &str = include_str!("../../../../docs/rules.md");

/// What the page says, in order.
enum Said {
    Json(Value),
    /// The last rule holds for the last event.
    Holds,
    /// It does not.
    DoesNotHold,
}

fn said() -> Vec<Said> {
    let mut found = Vec::new();
    for (index, part) in GUIDE.split("```").enumerate() {
        if index % 2 == 1 {
            let text = part.strip_prefix("json").unwrap_or_else(|| panic!("not json: {part}"));
            found.push(Said::Json(
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")),
            ));
        } else if part.starts_with("\nholds.") {
            found.push(Said::Holds);
        } else if part.starts_with("\ndoes not hold.") {
            found.push(Said::DoesNotHold);
        }
    }
    found
}

#[test]
fn every_example_is_as_the_page_says() {
    let world = World::default();
    let (mut set, mut event) = (None, Value::Null);
    let (mut rules, mut conditions, mut judged, mut traces) = (0, 0, 0, 0);
    for said in said() {
        let conclude = |event: &Value| world.conclude(set.as_ref().expect("a rule before"), event);
        match said {
            Said::Json(document) if document.get("actions").is_some() => {
                assert!(!rule(&document).reading().is_empty());
                set = Some(set_of(&document));
                rules += 1;
            }
            Said::Json(document)
                if ["field", "any", "count"].iter().any(|name| document.get(name).is_some()) =>
            {
                let wrapped = json!({"name": "r", "conditions": [document], "actions": [{"type": "notify", "message": "m"}]});
                let parsed: Result<Rule, Vec<Flaw>> = Rule::parse(&wrapped);
                assert!(parsed.is_ok(), "{parsed:?}");
                conditions += 1;
            }
            Said::Json(trace) if trace.get("held").is_some() => {
                assert_eq!(conclude(&event).trace.to_json(), trace);
                traces += 1;
            }
            Said::Json(document) => event = document,
            Said::Holds => {
                assert!(conclude(&event).holds, "{event}");
                let effects = world.effects(set.as_ref().expect("a rule before"), &event);
                assert!(effects.iter().all(Result::is_ok), "{effects:?}");
                judged += 1;
            }
            Said::DoesNotHold => {
                assert!(!conclude(&event).holds, "{event}");
                judged += 1;
            }
        }
    }
    assert_eq!((rules, conditions, judged, traces), (7, 3, 5, 1));
}
