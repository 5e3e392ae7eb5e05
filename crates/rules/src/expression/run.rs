//! Runs an expression.

use super::apply::{arithmetic, element, index, known, length, number, select};
use super::node::{Comparison, Each, Item, Node};
use crate::evaluate::View;
use crate::limits;
use serde_json::Value;
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// It took too many steps. Nothing makes up for it.
    Steps,
    /// Nothing stands there.
    Missing(String),
    /// An operator or function met what it cannot be applied to.
    Kinds { to: &'static str, found: &'static str },
    /// A division by zero.
    ByZero,
    /// A whole number that is out of range.
    Range,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps => write!(f, "it takes more than {} steps", limits::EXPRESSION_STEPS),
            Self::Missing(what) => write!(f, "there is no {what}"),
            Self::Kinds { to, found } => write!(f, "{to} does not go with {found}"),
            Self::ByZero => f.write_str("it divides by zero"),
            Self::Range => f.write_str("a number in it is too large"),
        }
    }
}

pub(super) type Result<'a> = std::result::Result<Item<'a>, Fault>;

/// One run of an expression.
pub(super) struct Run<'a> {
    view: View<'a>,
    locals: Vec<Item<'a>>,
    steps_left: usize,
}

impl<'a> Run<'a> {
    pub(super) fn new(view: View<'a>) -> Self {
        Self { view, locals: Vec::new(), steps_left: limits::EXPRESSION_STEPS }
    }

    /// Counts steps.
    pub(super) fn spend(&mut self, steps: usize) -> std::result::Result<(), Fault> {
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(Fault::Steps)?;
        Ok(())
    }

    pub(super) fn of(&mut self, node: &'a Node) -> Result<'a> {
        self.spend(1)?;
        match node {
            Node::Null => Ok(Item::Null),
            Node::Bool(bool) => Ok(Item::Bool(*bool)),
            Node::Whole(whole) => Ok(Item::Whole(*whole)),
            Node::Fraction(fraction) => Ok(Item::Fraction(*fraction)),
            Node::Text(text) => Ok(Item::Text(text)),
            Node::List(elements) => {
                let elements = elements.iter().map(|element| self.of(element));
                Ok(Item::List(Rc::new(elements.collect::<std::result::Result<_, _>>()?)))
            }
            Node::Event => Ok(Item::There(self.view.event)),
            Node::Member => known(self.view.member, "member"),
            Node::Referral => known(self.view.referral, "referral"),
            Node::Field(name) => known(self.view.event.get(name), name),
            Node::Local(local) => self.locals.get(*local).cloned().ok_or(Fault::Range),
            Node::Select { of, field } => select(&self.of(of)?, field),
            Node::Has { of, field } => match self.of(of)? {
                Item::There(Value::Object(map)) => Ok(Item::Bool(map.contains_key(field))),
                other => Err(Fault::Kinds { to: "has", found: other.kind() }),
            },
            Node::Index(sides) => {
                let [of, at] = &**sides;
                index(&self.of(of)?, &self.of(at)?)
            }
            Node::Choose(parts) => {
                let [test, then, otherwise] = &**parts;
                let chosen = if self.truth(test, "? :")? { then } else { otherwise };
                self.of(chosen)
            }
            Node::Joined { settles, sides } => self.joined(*settles, sides),
            Node::Not(inner) => Ok(Item::Bool(!self.truth(inner, "!")?)),
            Node::Negate(inner) => match self.of(inner)? {
                Item::Whole(whole) => whole.checked_neg().map(Item::Whole).ok_or(Fault::Range),
                Item::Fraction(fraction) => Ok(Item::Fraction(-fraction)),
                other => Err(Fault::Kinds { to: "-", found: other.kind() }),
            },
            Node::Arithmetic(operator, sides) => {
                let [left, right] = &**sides;
                arithmetic(*operator, self.of(left)?, self.of(right)?)
            }
            Node::Compare(comparison, sides) => {
                let [left, right] = &**sides;
                let (left, right) = (self.of(left)?, self.of(right)?);
                self.compare(*comparison, &left, &right)
            }
            Node::Equal { negated, sides } => {
                let [left, right] = &**sides;
                let (left, right) = (self.of(left)?, self.of(right)?);
                Ok(Item::Bool(self.equal(&left, &right)? != *negated))
            }
            Node::In(sides) => {
                let [what, of] = &**sides;
                let (what, of) = (self.of(what)?, self.of(of)?);
                self.is_in(&what, &of)
            }
            Node::Call(function, args) => self.call(*function, args),
            Node::Each { kind, over, local, test, of } => self.each(*kind, over, *local, test.as_deref(), of),
        }
    }

    fn truth(&mut self, node: &'a Node, to: &'static str) -> std::result::Result<bool, Fault> {
        match self.of(node)? {
            Item::Bool(bool) => Ok(bool),
            other => Err(Fault::Kinds { to, found: other.kind() }),
        }
    }

    /// One side may settle it even where the other has no value, as CEL has it.
    fn joined(&mut self, settles: bool, sides: &'a [Node; 2]) -> Result<'a> {
        let to = if settles { "||" } else { "&&" };
        let left = self.truth(&sides[0], to);
        if left == Ok(settles) || left == Err(Fault::Steps) {
            return left.map(Item::Bool);
        }
        match (left, self.truth(&sides[1], to)) {
            (_, Err(Fault::Steps)) => Err(Fault::Steps),
            (_, Ok(right)) if right == settles => Ok(Item::Bool(settles)),
            (left, right) => left.and(right).map(Item::Bool),
        }
    }

    fn compare(&mut self, comparison: Comparison, left: &Item<'a>, right: &Item<'a>) -> Result<'a> {
        let order = match (left, right) {
            (Item::Text(left), Item::Text(right)) => {
                self.spend(left.len().min(right.len()) / 16)?;
                left.cmp(right)
            }
            (left, right) => match (number(left), number(right)) {
                (Some(left), Some(right)) => left.order(right),
                (None, _) => return Err(Fault::Kinds { to: "a comparison", found: left.kind() }),
                (_, None) => return Err(Fault::Kinds { to: "a comparison", found: right.kind() }),
            },
        };
        Ok(Item::Bool(match comparison {
            Comparison::Less => order == Ordering::Less,
            Comparison::AtMost => order != Ordering::Greater,
            Comparison::More => order == Ordering::Greater,
            Comparison::AtLeast => order != Ordering::Less,
        }))
    }

    fn equal(&mut self, left: &Item<'a>, right: &Item<'a>) -> std::result::Result<bool, Fault> {
        Ok(match (left, right) {
            (Item::Null, Item::Null) => true,
            (Item::Bool(left), Item::Bool(right)) => left == right,
            (Item::Text(left), Item::Text(right)) => {
                self.spend(left.len().min(right.len()) / 16)?;
                left == right
            }
            (Item::There(_) | Item::List(_), _) => {
                return Err(Fault::Kinds { to: "==", found: left.kind() });
            }
            (_, Item::There(_) | Item::List(_)) => {
                return Err(Fault::Kinds { to: "==", found: right.kind() });
            }
            (left, right) => match (number(left), number(right)) {
                (Some(left), Some(right)) => left.order(right) == Ordering::Equal,
                _ => false,
            },
        })
    }

    fn is_in(&mut self, what: &Item<'a>, of: &Item<'a>) -> Result<'a> {
        if let (Item::Text(name), Item::There(Value::Object(map))) = (what, of) {
            return Ok(Item::Bool(map.contains_key(*name)));
        }
        let mut found = false;
        for index in 0..length(of, "in")? {
            self.spend(1)?;
            let element = element(of, index)?;
            found = !matches!(element, Item::There(_) | Item::List(_)) && self.equal(what, &element)?;
            if found {
                break;
            }
        }
        Ok(Item::Bool(found))
    }

    fn each(
        &mut self,
        kind: Each,
        over: &'a Node,
        local: usize,
        test: Option<&'a Node>,
        of: &'a Node,
    ) -> Result<'a> {
        let over = self.of(over)?;
        let mut gathered = Vec::new();
        let (mut count, mut fault) = (0, None);
        for index in 0..length(&over, "a list function")? {
            self.spend(1)?;
            let element = element(&over, index)?;
            self.locals.truncate(local);
            self.locals.push(element);
            match kind {
                Each::Map => {
                    let wanted = match test {
                        Some(test) => self.truth(test, "a test")?,
                        None => true,
                    };
                    if wanted {
                        gathered.push(self.of(of)?);
                    }
                }
                Each::ExistsOne => count += usize::from(self.truth(of, "exists_one")?),
                Each::All | Each::Exists => match self.truth(of, "a test") {
                    Err(Fault::Steps) => return Err(Fault::Steps),
                    Ok(held) if held == (kind == Each::Exists) => {
                        self.locals.truncate(local);
                        return Ok(Item::Bool(held));
                    }
                    Ok(_) => {}
                    Err(told) => fault = fault.or(Some(told)),
                },
            }
        }
        self.locals.truncate(local);
        match (kind, fault) {
            (_, Some(fault)) => Err(fault),
            (Each::Map, None) => Ok(Item::List(Rc::new(gathered))),
            (Each::ExistsOne, None) => Ok(Item::Bool(count == 1)),
            (Each::All | Each::Exists, None) => Ok(Item::Bool(kind == Each::All)),
        }
    }
}
