//! Conditions: what must hold for a rule to take effect.

mod fact;
mod parse;
mod test;

pub(crate) use fact::{Bound, Fact, Figure, Measured, stored_counter};
pub(crate) use parse::conditions;
pub(crate) use test::{Check, Operand, Test, Why};

use serde_json::{Value, json};

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// A value of the event, the member or the referral.
    Test(Test),
    /// A figure over history.
    Fact(Box<Fact>),
    /// Every one of these; holds where there are none.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this one.
    Not(Box<Condition>),
}

impl Condition {
    /// The canonical form.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Test(test) => test.to_json(),
            Self::Fact(fact) => fact.to_json(),
            Self::All(inner) => json!({ "all": list(inner) }),
            Self::Any(inner) => json!({ "any": list(inner) }),
            Self::Not(inner) => json!({ "not": inner.to_json() }),
        }
    }

    /// Shows every fact in it, in order.
    pub(crate) fn facts<'c>(&'c self, found: &mut Vec<&'c Fact>) {
        match self {
            Self::Test(_) => {}
            Self::Fact(fact) => found.push(fact),
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|inner| inner.facts(found)),
            Self::Not(inner) => inner.facts(found),
        }
    }

    /// How many conditions it is made of, itself counted.
    pub(crate) fn size(&self) -> usize {
        1 + match self {
            Self::Test(_) => 0,
            Self::Fact(fact) => fact.counter.conditions().len(),
            Self::All(inner) | Self::Any(inner) => inner.iter().map(Self::size).sum(),
            Self::Not(inner) => inner.size(),
        }
    }
}

/// How many regular expressions there are in some conditions.
pub(crate) fn regexes(conditions: &[Condition]) -> usize {
    let of_test = |test: &Test| usize::from(matches!(test.check, Check::Matches(_)));
    let of = |condition: &Condition| match condition {
        Condition::Test(test) => of_test(test),
        Condition::Fact(fact) => fact.counter.conditions().iter().map(of_test).sum(),
        Condition::All(inner) | Condition::Any(inner) => regexes(inner),
        Condition::Not(inner) => regexes(std::slice::from_ref(inner)),
    };
    conditions.iter().map(of).sum()
}

/// The canonical form of several.
pub(crate) fn list(conditions: &[Condition]) -> Vec<Value> {
    conditions.iter().map(Condition::to_json).collect()
}
