//! Actions: what a rule does when its conditions hold.

mod amount;
mod effect;
mod parse;
mod person;

pub(crate) use amount::{Denomination, Units, Worth};
pub use effect::{Effect, Money, NoEffect};
pub(crate) use parse::{actions, duration, name};
pub(crate) use person::Person;

use crate::duration::Duration;
use guerdon_ledger::{AssetCode, Name};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a credit is paid from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A source of value: a budget where one is named, else the tenant's funding.
    Funding,
    /// The tenant's pool.
    Pool,
}

/// When a reward of money is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirm {
    /// With the event.
    AtOnce,
    /// When a person does it.
    Manual,
    /// By itself, so long after the event.
    After(Duration),
}

impl Confirm {
    fn text(&self) -> String {
        match self {
            Self::AtOnce => "at_once".to_owned(),
            Self::Manual => "manual".to_owned(),
            Self::After(duration) => duration.to_string(),
        }
    }
}

/// An action as it is written.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Credit {
        user: Person,
        worth: Worth,
        from: Source,
        budget: Option<Name>,
        confirm: Option<Confirm>,
        category: Option<String>,
    },
    Debit {
        user: Person,
        worth: Worth,
    },
    Reserve {
        budget: Option<Name>,
        worth: Worth,
        expires_after: Option<Duration>,
    },
    IssueReward {
        user: Person,
        reward: Name,
    },
    GrantAchievement {
        user: Person,
        achievement: Name,
    },
    SetAttribute {
        user: Person,
        name: Name,
        value: Value,
    },
    Notify {
        user: Option<Person>,
        message: String,
        channel: Option<Name>,
    },
}

impl Action {
    /// The type as it is written.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Credit { .. } => "credit",
            Self::Debit { .. } => "debit",
            Self::Reserve { .. } => "reserve",
            Self::IssueReward { .. } => "issue_reward",
            Self::GrantAchievement { .. } => "grant_achievement",
            Self::SetAttribute { .. } => "set_attribute",
            Self::Notify { .. } => "notify",
        }
    }

    /// The canonical form.
    pub(crate) fn to_json(&self) -> Value {
        let mut document = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                document.insert(name.to_owned(), value);
            }
        };
        put("type", self.name().into());
        if let Some(user) = self.user() {
            put("user", user.to_json());
        }
        if let Some(worth) = self.worth() {
            put(worth.field(), worth.units.to_json());
            put("asset", worth.asset().map(AssetCode::as_str).into());
        }
        match self {
            Self::Credit { from, budget, confirm, category, .. } => {
                put("from", if *from == Source::Pool { json!("pool") } else { Value::Null });
                put("budget_id", budget.as_ref().map(Name::as_str).into());
                put("confirm", confirm.as_ref().map(Confirm::text).into());
                put("category", category.clone().into());
            }
            Self::Debit { .. } => {}
            Self::Reserve { budget, expires_after, .. } => {
                put("budget_id", budget.as_ref().map(Name::as_str).into());
                put("expires_after", expires_after.map(|duration| duration.to_string()).into());
            }
            Self::IssueReward { reward, .. } => put("reward", reward.as_str().into()),
            Self::GrantAchievement { achievement, .. } => put("achievement", achievement.as_str().into()),
            Self::SetAttribute { name, value, .. } => {
                put("name", name.as_str().into());
                document.insert("value".to_owned(), value.clone());
            }
            Self::Notify { message, channel, .. } => {
                put("message", message.as_str().into());
                put("channel", channel.as_ref().map(Name::as_str).into());
            }
        }
        document.into()
    }

    /// Whom it concerns.
    pub(crate) fn user(&self) -> Option<&Person> {
        match self {
            Self::Credit { user, .. }
            | Self::Debit { user, .. }
            | Self::IssueReward { user, .. }
            | Self::GrantAchievement { user, .. }
            | Self::SetAttribute { user, .. } => Some(user),
            Self::Notify { user, .. } => user.as_ref(),
            Self::Reserve { .. } => None,
        }
    }

    /// The budget that it names.
    pub(crate) fn budget(&self) -> Option<&Name> {
        match self {
            Self::Credit { budget, .. } | Self::Reserve { budget, .. } => budget.as_ref(),
            _ => None,
        }
    }

    /// How much it moves.
    pub(crate) fn worth(&self) -> Option<&Worth> {
        match self {
            Self::Credit { worth, .. } | Self::Debit { worth, .. } | Self::Reserve { worth, .. } => {
                Some(worth)
            }
            _ => None,
        }
    }
}
