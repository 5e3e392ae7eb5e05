//! Reads actions.

use super::{Action, Confirm, Person, Source, Worth};
use crate::duration::Duration;
use crate::fields::{self, Fields};
use crate::flaw::{Flaws, Place};
use crate::limits;
use crate::scalar;
use guerdon_ledger::Name;
use serde_json::Value;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Credit,
    Debit,
    Reserve,
    IssueReward,
    GrantAchievement,
    SetAttribute,
    Notify,
}

const KINDS: &[(&str, Kind)] = &[
    ("credit", Kind::Credit),
    ("debit", Kind::Debit),
    ("reserve", Kind::Reserve),
    ("issue_reward", Kind::IssueReward),
    ("grant_achievement", Kind::GrantAchievement),
    ("set_attribute", Kind::SetAttribute),
    ("notify", Kind::Notify),
];

/// Reads the actions of a rule, of which there is one at least.
pub(crate) fn actions(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Vec<Action>> {
    let Value::Array(elements) = value else {
        flaws.wrong_type(place, "a list of actions", value);
        return None;
    };
    if elements.is_empty() {
        flaws.invalid(place, "a rule has at least one action, such as {\"type\": \"credit\", …}");
        return None;
    }
    if elements.len() > limits::ACTIONS {
        flaws.limit(place, format!("a rule has at most {} actions", limits::ACTIONS));
        return None;
    }
    let read = |(index, element)| action(element, &place.index(index), flaws);
    elements.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect()
}

fn action(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Action> {
    let mut fields = Fields::of(value, place, "an action", flaws)?;
    let kind = fields.required("type", "what to do, such as credit", flaws)?;
    let kind = fields::word(kind, &place.key("type"), KINDS, flaws)?;
    let action = read(kind, &mut fields, flaws);
    fields.finish(flaws);
    action
}

fn read(kind: Kind, fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Action> {
    match kind {
        Kind::Credit => credit(fields, flaws),
        Kind::Debit => {
            let (user, worth) = (user(fields, flaws), Worth::read(fields, flaws));
            Some(Action::Debit { user: user?, worth: worth? })
        }
        Kind::Reserve => {
            let budget = name(fields, "budget_id", flaws);
            let worth = Worth::read(fields, flaws);
            let expires_after = duration(fields, "expires_after", flaws);
            Some(Action::Reserve { budget, worth: worth?, expires_after })
        }
        Kind::IssueReward => {
            let (user, reward) = (user(fields, flaws), required_name(fields, "reward", flaws));
            Some(Action::IssueReward { user: user?, reward: reward? })
        }
        Kind::GrantAchievement => {
            let (user, achievement) = (user(fields, flaws), required_name(fields, "achievement", flaws));
            Some(Action::GrantAchievement { user: user?, achievement: achievement? })
        }
        Kind::SetAttribute => set_attribute(fields, flaws),
        Kind::Notify => {
            let place = fields.place().key("user");
            let user = fields.optional("user").map(|value| Person::read(value, &place, flaws));
            let message = fields.required_text("message", limits::TEXT_BYTES, "what to tell", flaws);
            let channel = name(fields, "channel", flaws);
            Some(Action::Notify { user: user.flatten(), message: message?, channel })
        }
    }
}

fn credit(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Action> {
    const SOURCES: &[(&str, Source)] = &[("funding", Source::Funding), ("pool", Source::Pool)];
    let user = user(fields, flaws);
    let worth = Worth::read(fields, flaws);
    let from = fields.word("from", SOURCES, flaws).unwrap_or(Source::Funding);
    let budget = name(fields, "budget_id", flaws);
    let confirm = fields.parsed("confirm", "at_once, manual or a duration such as P14D", confirm, flaws);
    let category = fields.text("category", limits::NAME_BYTES, flaws);
    if from == Source::Pool && budget.is_some() {
        flaws.invalid(&fields.place().key("budget_id"), "a credit from the pool is charged to no budget");
    }
    let waits = confirm.as_ref().is_some_and(|confirm| *confirm != Confirm::AtOnce);
    if waits && worth.as_ref().is_some_and(Worth::is_points) {
        flaws.invalid(
            &fields.place().key("confirm"),
            "points are given at once; money alone waits to be confirmed",
        );
    }
    Some(Action::Credit { user: user?, worth: worth?, from, budget, confirm, category })
}

fn set_attribute(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Action> {
    let (user, name) = (user(fields, flaws), required_name(fields, "name", flaws));
    let value = fields.required("value", "what the attribute is set to", flaws)?;
    let place = fields.place().key("value");
    if !scalar::is_scalar(value) {
        flaws.wrong_type(&place, "a string, a number, true, false or null", value);
        return None;
    }
    if value.as_str().is_some_and(|text| text.len() > limits::VALUE_BYTES) {
        flaws.limit(&place, format!("a string has at most {} bytes here", limits::VALUE_BYTES));
        return None;
    }
    Some(Action::SetAttribute { user: user?, name: name?, value: value.clone() })
}

fn user(fields: &mut Fields<'_>, flaws: &mut Flaws) -> Option<Person> {
    let value = fields.required("user", "a path such as user_id, or the id of a member", flaws)?;
    Person::read(value, &fields.place().key("user"), flaws)
}

fn confirm(text: &str) -> Result<Confirm, String> {
    match text {
        "at_once" => Ok(Confirm::AtOnce),
        "manual" => Ok(Confirm::Manual),
        text => Duration::parse(text)
            .map(Confirm::After)
            .map_err(|_| format!("{text:?} must be at_once, manual or a duration such as P14D")),
    }
}

pub(crate) fn name(fields: &mut Fields<'_>, field: &'static str, flaws: &mut Flaws) -> Option<Name> {
    fields.parsed(field, "a name", |text| Name::new(text).map_err(|invalid| invalid.0), flaws)
}

fn required_name(fields: &mut Fields<'_>, field: &'static str, flaws: &mut Flaws) -> Option<Name> {
    fields.required_parsed(field, "which one", |text| Name::new(text).map_err(|invalid| invalid.0), flaws)
}

pub(crate) fn duration(fields: &mut Fields<'_>, field: &'static str, flaws: &mut Flaws) -> Option<Duration> {
    fields.parsed(field, "an ISO 8601 duration such as P30D", Duration::parse, flaws)
}
