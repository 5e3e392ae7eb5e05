//! Looks at conditions: what holds of what is known.

use crate::condition::{Condition, Test, Why};
use crate::path::{Path, Root};
use serde_json::Value;

/// What is known of the world when conditions are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) event: &'a Value,
    pub(crate) member: Option<&'a Value>,
    pub(crate) referral: Option<&'a Value>,
}

/// What a test came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) held: bool,
    /// The value that made it hold, or else the first that did not.
    pub(crate) seen: Option<&'a Value>,
    pub(crate) why: Option<Why>,
}

impl<'a> View<'a> {
    /// A view of the event alone.
    pub(crate) fn of(event: &'a Value) -> Self {
        Self { event, member: None, referral: None }
    }

    fn root(&self, root: Root) -> Option<&'a Value> {
        match root {
            Root::Event => Some(self.event),
            Root::Member => self.member,
            Root::Referral => self.referral,
        }
    }

    /// The one value that a path leads to.
    pub(crate) fn find(&self, path: &Path) -> Option<&'a Value> {
        path.find(self.root(path.root())?)
    }

    /// Looks at a test.
    pub(crate) fn look(&self, test: &Test) -> Look<'a> {
        let path = &test.path;
        if path.is_many() {
            return self.look_at_each(test);
        }
        match self.find(path) {
            Some(value) => self.judge(test, value),
            None => nothing(test),
        }
    }

    fn judge(&self, test: &Test, value: &'a Value) -> Look<'a> {
        let verdict = test.of(value, &|path: &Path| self.find(path));
        Look { held: verdict == Ok(true), seen: Some(value), why: verdict.err() }
    }

    fn look_at_each(&self, test: &Test) -> Look<'a> {
        let mut look: Option<Look<'a>> = None;
        if let Some(root) = self.root(test.path.root()) {
            test.path.visit(root, &mut |value| {
                let this = self.judge(test, value);
                if this.held || look.is_none() {
                    look = Some(this);
                }
                this.held
            });
        }
        look.unwrap_or_else(|| nothing(test))
    }

    /// Whether a condition holds, as far as the event alone can tell: members, referrals and figures are not known yet.
    pub(crate) fn foresee(&self, condition: &Condition) -> Option<bool> {
        match condition {
            Condition::Test(test) => {
                let known = |path: &Path| path.root() == Root::Event;
                match known(&test.path) && test.other().is_none_or(known) {
                    true => Some(self.look(test).held),
                    false => None,
                }
            }
            Condition::Fact(fact) => match fact.subject(self.event) {
                Some(_) => None,
                None => Some(false),
            },
            Condition::Not(inner) => self.foresee(inner).map(|held| !held),
            Condition::All(inner) => self.foresee_until(inner, false),
            Condition::Any(inner) => self.foresee_until(inner, true),
        }
    }

    /// The answer of a group that is settled as soon as one of its conditions is so.
    pub(crate) fn foresee_until(&self, conditions: &[Condition], settles: bool) -> Option<bool> {
        let mut answer = Some(!settles);
        for condition in conditions {
            match self.foresee(condition) {
                Some(held) if held == settles => return Some(settles),
                Some(_) => {}
                None => answer = None,
            }
        }
        answer
    }
}

fn nothing<'a>(test: &Test) -> Look<'a> {
    let verdict = test.of_nothing();
    Look { held: verdict == Ok(true), seen: None, why: verdict.err() }
}
