//! What an action comes to for one event: whom it concerns and how much it is.

use super::{Action, Confirm, Denomination, Person, Source, Worth};
use crate::duration::Duration;
use crate::evaluate::View;
use guerdon_ledger::{Amount, AssetCode, MemberId, Name};
use serde::Serialize;
use serde_json::Value;

/// An amount of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// How many minor units.
    pub amount: Amount,
    /// Of which asset; none: of the tenant's reward currency.
    pub asset: Option<AssetCode>,
}

/// What one action does for one event.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Gives value to a member.
    Credit {
        /// To whom.
        user: MemberId,
        /// How much.
        money: Money,
        /// From what.
        from: Source,
        /// The budget that it is charged to: the action's, or else the rule's.
        budget: Option<Name>,
        /// When it is confirmed, where the action says so.
        confirm: Option<Confirm>,
        /// What it is called in histories.
        category: Option<String>,
    },
    /// Takes value from a member.
    Debit {
        /// From whom.
        user: MemberId,
        /// How much.
        money: Money,
    },
    /// Holds a part of a budget.
    Reserve {
        /// Of which: the action's, or else the rule's.
        budget: Name,
        /// How much.
        money: Money,
        /// When it is released by itself.
        expires_after: Option<Duration>,
    },
    /// Gives a reward of the catalogue.
    IssueReward {
        /// To whom.
        user: MemberId,
        /// Which.
        reward: Name,
    },
    /// Grants an achievement.
    GrantAchievement {
        /// To whom.
        user: MemberId,
        /// Which.
        achievement: Name,
    },
    /// Sets an attribute of a member.
    SetAttribute {
        /// Whose.
        user: MemberId,
        /// Which.
        name: Name,
        /// To what: neither a list nor an object.
        value: Value,
    },
    /// Tells somebody.
    Notify {
        /// Whom; none: whoever looks after the tenant.
        user: Option<MemberId>,
        /// What.
        message: String,
        /// By which way.
        channel: Option<Name>,
    },
}

/// Why an action of a rule that holds does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoEffect {
    /// Which action, from 0.
    pub action: usize,
    /// Whether it came to zero or less, which is nothing out of order. Else it could not be done.
    pub nothing_due: bool,
    /// Why, in words.
    pub why: String,
}

/// What does not come to an effect.
struct Nothing {
    due: bool,
    why: String,
}

impl From<String> for Nothing {
    fn from(why: String) -> Self {
        Self { due: true, why }
    }
}

impl Action {
    /// What the action comes to. `budget` is the rule's.
    pub(crate) fn effect(
        &self,
        index: usize,
        view: &View<'_>,
        budget: Option<&Name>,
    ) -> Result<Effect, NoEffect> {
        self.resolve(view, budget).map_err(|Nothing { due, why }| NoEffect {
            action: index,
            nothing_due: !due,
            why,
        })
    }

    fn resolve(&self, view: &View<'_>, of_rule: Option<&Name>) -> Result<Effect, Nothing> {
        let or_of_rule = |budget: &Option<Name>| budget.as_ref().or(of_rule).cloned();
        Ok(match self {
            Self::Credit { user, worth, from, budget, confirm, category } => Effect::Credit {
                user: user.resolve(view)?,
                money: worth.money(view)?,
                from: *from,
                budget: or_of_rule(budget),
                confirm: confirm.clone(),
                category: category.clone(),
            },
            Self::Debit { user, worth } => {
                Effect::Debit { user: user.resolve(view)?, money: worth.money(view)? }
            }
            Self::Reserve { budget, worth, expires_after } => Effect::Reserve {
                budget: or_of_rule(budget).ok_or_else(|| "no budget is named".to_owned())?,
                money: worth.money(view)?,
                expires_after: *expires_after,
            },
            Self::IssueReward { user, reward } => {
                Effect::IssueReward { user: user.resolve(view)?, reward: reward.clone() }
            }
            Self::GrantAchievement { user, achievement } => {
                Effect::GrantAchievement { user: user.resolve(view)?, achievement: achievement.clone() }
            }
            Self::SetAttribute { user, name, value } => {
                Effect::SetAttribute { user: user.resolve(view)?, name: name.clone(), value: value.clone() }
            }
            Self::Notify { user, message, channel } => Effect::Notify {
                user: user.as_ref().map(|user: &Person| user.resolve(view)).transpose()?,
                message: message.clone(),
                channel: channel.clone(),
            },
        })
    }
}

impl Worth {
    fn money(&self, view: &View<'_>) -> Result<Money, Nothing> {
        let asset = match &self.of {
            Denomination::Reward { .. } => None,
            Denomination::Points => Some(AssetCode::points()),
            Denomination::Asset(code) => Some(code.clone()),
        };
        match self.units.of(view)? {
            Some(amount) => Ok(Money { amount, asset }),
            None => Err(Nothing { due: false, why: "the amount comes to nothing".to_owned() }),
        }
    }
}
