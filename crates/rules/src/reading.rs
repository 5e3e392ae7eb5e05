//! A rule in plain English, for whoever checks it before it goes to work.

use crate::action::{Action, Confirm, Denomination, Source, Units, Worth};
use crate::condition::{Bound, Check, Condition, Fact, Figure, Operand, Test};
use crate::counter::Measure;
use crate::rule::{Logic, Rule};
use crate::window::Grain;
use serde_json::Value;

impl Rule {
    /// The rule in plain English: what must hold, then a sentence for each action and for whatever else there is, each
    /// on a line of its own.
    pub fn reading(&self) -> String {
        let mut lines = self.when();
        lines.extend(self.actions.iter().map(|action| format!("Then {}.", action.words())));
        lines.extend(self.limits_words());
        lines.extend(self.schedule_words());
        if self.priority != 0 {
            lines.push(format!("Its priority is {}; rules of higher priority come first.", self.priority));
        }
        if self.exclusive {
            lines.push("Once it has taken effect, the rules after it are skipped.".to_owned());
        }
        if let Some(budget) = &self.budget {
            lines.push(format!("Its credits are charged to the budget {budget}."));
        }
        if let Some(duration) = &self.expires_after {
            lines.push(format!("What it gives runs out after {}.", duration.words()));
        }
        lines.join("\n")
    }

    fn when(&self) -> Vec<String> {
        let event = match &self.events[..] {
            [] => "any event".to_owned(),
            events => format!("an event {}", joined(events, "or")),
        };
        match (&self.conditions[..], self.logic) {
            ([], _) => vec![format!("When {event} comes in:")],
            ([one], _) if one.is_simple() => vec![format!("When {event} comes in and {}:", one.words())],
            (conditions, logic) => {
                let which = if logic == Logic::Or { ANY } else { ALL };
                let mut lines = vec![format!("When {event} comes in and {which}:")];
                conditions.iter().for_each(|condition| condition.list(1, &mut lines));
                lines
            }
        }
    }

    fn limits_words(&self) -> Vec<String> {
        let limits = &self.limits;
        let mut lines = Vec::new();
        if let Some(most) = limits.per_user {
            let within =
                limits.per_user_window.map(|window| format!(" {}", window.words())).unwrap_or_default();
            lines.push(format!("At most {} for one member{within}.", times(most)));
        }
        if let Some(most) = limits.total {
            lines.push(format!("At most {} in all.", times(most)));
        }
        if let Some(cooldown) = &limits.cooldown {
            lines.push(format!("Not again for the same member within {}.", cooldown.words()));
        }
        lines
    }

    fn schedule_words(&self) -> Option<String> {
        match (self.starts_at, self.ends_at) {
            (None, None) => None,
            (Some(starts), None) => Some(format!("Only for events from {starts} on.")),
            (None, Some(ends)) => Some(format!("Only for events before {ends}.")),
            (Some(starts), Some(ends)) => {
                Some(format!("Only for events from {starts} on and before {ends}."))
            }
        }
    }
}

const ALL: &str = "all of these hold";
const ANY: &str = "at least one of these holds";

impl Condition {
    fn is_simple(&self) -> bool {
        match self {
            Self::Test(_) | Self::Fact(_) => true,
            Self::Not(inner) => inner.is_simple(),
            Self::All(_) | Self::Any(_) => false,
        }
    }

    /// Lines of a list, one for each condition, those in groups further in.
    fn list(&self, depth: usize, lines: &mut Vec<String>) {
        lines.push(format!("{}- {}", "  ".repeat(depth), self.words()));
        match self {
            Self::Test(_) | Self::Fact(_) => {}
            Self::All(inner) | Self::Any(inner) => {
                inner.iter().for_each(|inner| inner.list(depth + 1, lines));
            }
            Self::Not(inner) if inner.is_simple() => {}
            Self::Not(inner) => inner.list(depth + 1, lines),
        }
    }

    /// Without what is in a group.
    fn words(&self) -> String {
        match self {
            Self::Test(test) => test.words(),
            Self::Fact(fact) => fact.words(),
            Self::All(inner) if inner.is_empty() => "always".to_owned(),
            Self::Any(inner) if inner.is_empty() => "never".to_owned(),
            Self::All(_) => format!("{ALL}:"),
            Self::Any(_) => format!("{ANY}:"),
            Self::Not(inner) if inner.is_simple() => format!("it is not so that {}", inner.words()),
            Self::Not(_) => "it is not so that:".to_owned(),
        }
    }
}

impl Test {
    fn words(&self) -> String {
        let field = match self.path.is_many() {
            true => format!("any of {}", self.path),
            false => self.path.to_string(),
        };
        let value = || match &self.check {
            Check::OneOf { values, .. } => joined(&values.values, "or"),
            Check::BetweenNumbers(low, high) => format!("{low} and {high}"),
            Check::BetweenInstants { first, last } => format!("{} and {}", first.written, last.written),
            Check::Before(_) | Check::After(_) => bare(&self.value_json()),
            Check::Equal { to: Operand::Field(path), .. } => path.to_string(),
            _ => bare_field(&self.value_json()),
        };
        let relation = match (&self.check, self.operator) {
            (Check::Exists(true), _) => return format!("{field} is there"),
            (Check::Exists(false), _) => return format!("{field} is not there"),
            (_, "==") => "is",
            (_, "!=") => "is there and is not",
            (_, ">") => "is more than",
            (_, ">=") => "is at least",
            (_, "<") => "is less than",
            (_, "<=") => "is at most",
            (_, "in") => "is",
            (_, "not_in") => "is there and is none of",
            (_, "contains") => "contains",
            (_, "not_contains") => "is there and does not contain",
            (_, "starts_with") => "starts with",
            (_, "ends_with") => "ends with",
            (_, "matches") => "matches",
            (_, "between") => "is between",
            (_, "before") => "is before",
            (_, _) => "is after",
        };
        format!("{field} {relation} {}", value())
    }
}

impl Fact {
    fn words(&self) -> String {
        let counter = &self.counter;
        let event = quoted(counter.event());
        let what = match (&self.figure, counter.measure()) {
            (Figure::Streak, _) => format!("the streak of {} with an event {event}", units(counter.grain())),
            (_, Measure::Count) => format!("the number of events {event}"),
            (_, Measure::Sum(path)) => format!("the sum of {path} over the events {event}"),
            (_, Measure::Distinct(path)) => format!("the number of different {path} in the events {event}"),
        };
        let whose = match self.lookup == *counter.by() {
            true => format!("with the same {}", counter.by()),
            false => format!("whose {} is {} here", counter.by(), self.lookup),
        };
        let tests = counter.conditions();
        let only = match tests {
            [] => String::new(),
            tests => {
                let words: Vec<String> = tests.iter().map(Test::words).collect();
                format!(", counting only those where {},", words.join(" and "))
            }
        };
        let when = match &self.figure {
            Figure::Over(window) => format!(" {}", window.words()),
            Figure::Streak => String::new(),
        };
        format!("{what} {whose}{only}{when} {}", self.bound.words())
    }
}

impl Bound {
    fn words(&self) -> String {
        match *self {
            Self::Every(1) => "is at least 1".to_owned(),
            Self::Every(number) => format!("is {number}, or a multiple of it"),
            Self::Between(low, high) => format!("is between {low} and {high}"),
            Self::Compare { operator, value } => match operator {
                "==" => format!("is {value}"),
                "!=" => format!("is not {value}"),
                ">" => format!("is more than {value}"),
                ">=" => format!("is at least {value}"),
                "<" => format!("is less than {value}"),
                _ => format!("is at most {value}"),
            },
        }
    }
}

impl Action {
    fn words(&self) -> String {
        let user = self.user().map(crate::action::Person::text).unwrap_or_default();
        match self {
            Self::Credit { worth, from, budget, confirm, category, .. } => {
                let mut words = format!("credit {user} with {}", worth.words());
                if *from == Source::Pool {
                    words.push_str(" from the pool");
                }
                if let Some(budget) = budget {
                    words.push_str(&format!(", charged to the budget {budget}"));
                }
                match confirm {
                    None => {}
                    Some(Confirm::AtOnce) => words.push_str(", confirmed at once"),
                    Some(Confirm::Manual) => words.push_str(", to be confirmed by a person"),
                    Some(Confirm::After(duration)) => {
                        words.push_str(&format!(", confirmed by itself after {}", duration.words()));
                    }
                }
                if let Some(category) = category {
                    words.push_str(&format!(", as {}", quoted(category)));
                }
                words
            }
            Self::Debit { worth, .. } => format!("debit {user} by {}", worth.words()),
            Self::Reserve { budget, worth, expires_after } => {
                let of =
                    budget.as_ref().map_or("its budget".to_owned(), |budget| format!("the budget {budget}"));
                let until =
                    expires_after.map(|duration| format!(" for {}", duration.words())).unwrap_or_default();
                format!("reserve {} of {of}{until}", worth.words())
            }
            Self::IssueReward { reward, .. } => format!("issue the reward {reward} to {user}"),
            Self::GrantAchievement { achievement, .. } => {
                format!("grant {user} the achievement {achievement}")
            }
            Self::SetAttribute { name, value, .. } => {
                format!("set the attribute {name} of {user} to {value}")
            }
            Self::Notify { message, channel, .. } => {
                let whom = if user.is_empty() { "whoever looks after the company" } else { &user };
                let way = channel.as_ref().map(|channel| format!(" by {channel}")).unwrap_or_default();
                format!("tell {whom}{way}: {}", quoted(message))
            }
        }
    }
}

impl Worth {
    fn words(&self) -> String {
        let unit = match &self.of {
            Denomination::Points => "points".to_owned(),
            Denomination::Asset(code) => format!("minor units of {code}"),
            Denomination::Reward { .. } => "minor units of the reward currency".to_owned(),
        };
        match &self.units {
            Units::Fixed(amount) => format!("{amount} {unit}"),
            Units::Computed { expression, least, most } => {
                let mut words = format!("{} {unit}, rounded down", expression.source());
                if let Some(least) = least {
                    words.push_str(&format!(", at least {least}"));
                }
                if let Some(most) = most {
                    words.push_str(&format!(", at most {most}"));
                }
                words
            }
        }
    }
}

fn units(grain: Grain) -> &'static str {
    match grain {
        Grain::Week => "weeks",
        Grain::Month => "months",
        _ => "days",
    }
}

fn times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn quoted(text: &str) -> String {
    format!("“{text}”")
}

/// An instant without quotes, another field by its name.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => bare_field(other),
    }
}

fn bare_field(value: &Value) -> String {
    match value.get("field").and_then(Value::as_str) {
        Some(path) => path.to_owned(),
        None => word(value),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// `a, b or c`, each as it is said.
fn joined<T: Clone + Into<Value>>(values: &[T], joiner: &str) -> String {
    let words: Vec<String> = values.iter().map(|value| word(&value.clone().into())).collect();
    match &words[..] {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {joiner} {last}", first.join(", ")),
    }
}
