//! What operators and functions do to values.

use super::node::{Arithmetic, Function, Item, Node};
use super::run::{Fault, Result, Run};
use crate::scalar::Exact;
use memchr::memmem;
use serde_json::Value;
use std::cmp::Ordering;

type Checked<T> = std::result::Result<T, Fault>;

/// A value of the event, the member or the referral, where it is there.
pub(super) fn known<'a>(value: Option<&'a Value>, what: &str) -> Result<'a> {
    let value = value.ok_or_else(|| Fault::Missing(what.to_owned()))?;
    Item::of(value).ok_or(Fault::Range)
}

pub(super) fn select<'a>(of: &Item<'a>, field: &str) -> Result<'a> {
    match of {
        Item::There(Value::Object(map)) => known(map.get(field), field),
        other => Err(Fault::Kinds { to: "a field", found: other.kind() }),
    }
}

pub(super) fn index<'a>(of: &Item<'a>, at: &Item<'a>) -> Result<'a> {
    match (of, at) {
        (Item::There(Value::Object(map)), Item::Text(name)) => known(map.get(*name), name),
        (Item::There(Value::Array(_)) | Item::List(_), Item::Whole(at)) => {
            let missing = || Fault::Missing(format!("element {at}"));
            element(of, usize::try_from(*at).map_err(|_| missing())?).map_err(|fault| match fault {
                Fault::Missing(_) => missing(),
                other => other,
            })
        }
        (_, at) => Err(Fault::Kinds { to: "[ ]", found: at.kind() }),
    }
}

/// How many elements a list has.
pub(super) fn length(of: &Item<'_>, to: &'static str) -> Checked<usize> {
    match of {
        Item::There(Value::Array(elements)) => Ok(elements.len()),
        Item::List(elements) => Ok(elements.len()),
        other => Err(Fault::Kinds { to, found: other.kind() }),
    }
}

/// An element of a list.
pub(super) fn element<'a>(of: &Item<'a>, index: usize) -> Result<'a> {
    match of {
        Item::There(Value::Array(elements)) => known(elements.get(index), "element"),
        Item::List(elements) => {
            elements.get(index).cloned().ok_or_else(|| Fault::Missing("element".to_owned()))
        }
        other => Err(Fault::Kinds { to: "[ ]", found: other.kind() }),
    }
}

pub(super) fn number(item: &Item<'_>) -> Option<Exact> {
    match item {
        Item::Whole(whole) => Some(Exact::Whole((*whole).into())),
        // What is no number at all is below and above nothing, so a comparison with it has no value.
        Item::Fraction(fraction) if !fraction.is_nan() => Some(Exact::of_f64(*fraction)),
        _ => None,
    }
}

/// Both sides as fractions.
fn fractions(left: &Item<'_>, right: &Item<'_>, to: &'static str) -> Checked<(f64, f64)> {
    let fraction = |item: &Item<'_>| match item {
        Item::Whole(whole) => Ok(*whole as f64),
        Item::Fraction(fraction) => Ok(*fraction),
        other => Err(Fault::Kinds { to, found: other.kind() }),
    };
    Ok((fraction(left)?, fraction(right)?))
}

/// Whole numbers give whole numbers, as CEL has it; where one side is a fraction, the result is one.
pub(super) fn arithmetic<'a>(operator: Arithmetic, left: Item<'a>, right: Item<'a>) -> Result<'a> {
    if let (Item::Whole(left), Item::Whole(right)) = (&left, &right) {
        let divides = matches!(operator, Arithmetic::Divide | Arithmetic::Remainder);
        if divides && *right == 0 {
            return Err(Fault::ByZero);
        }
        let whole = match operator {
            Arithmetic::Add => left.checked_add(*right),
            Arithmetic::Subtract => left.checked_sub(*right),
            Arithmetic::Multiply => left.checked_mul(*right),
            Arithmetic::Divide => left.checked_div(*right),
            Arithmetic::Remainder => left.checked_rem(*right),
        };
        return whole.map(Item::Whole).ok_or(Fault::Range);
    }
    let to = match operator {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "/",
        Arithmetic::Remainder => "%",
    };
    let (left, right) = fractions(&left, &right, to)?;
    match operator {
        Arithmetic::Add => Ok(Item::Fraction(left + right)),
        Arithmetic::Subtract => Ok(Item::Fraction(left - right)),
        Arithmetic::Multiply => Ok(Item::Fraction(left * right)),
        Arithmetic::Divide if right == 0.0 => Err(Fault::ByZero),
        Arithmetic::Divide => Ok(Item::Fraction(left / right)),
        Arithmetic::Remainder => Err(Fault::Kinds { to, found: "a fraction" }),
    }
}

impl<'a> Run<'a> {
    pub(super) fn call(&mut self, function: Function, args: &'a [Node]) -> Result<'a> {
        let args: Vec<Item<'a>> = args.iter().map(|arg| self.of(arg)).collect::<Checked<_>>()?;
        match (function, &args[..]) {
            (Function::Size, [of]) => self.size(of),
            (Function::Min, [list]) if length(list, "min").is_ok() => self.extreme(list, Ordering::Less),
            (Function::Max, [list]) if length(list, "max").is_ok() => self.extreme(list, Ordering::Greater),
            (Function::Min, [first, rest @ ..]) => rest.iter().try_fold(first.clone(), pick(Ordering::Less)),
            (Function::Max, [first, rest @ ..]) => {
                rest.iter().try_fold(first.clone(), pick(Ordering::Greater))
            }
            (Function::Sum, [list]) => self.sum(list),
            (Function::Contains | Function::StartsWith | Function::EndsWith, [text, what]) => {
                self.text(function, text, what)
            }
            (function, [one]) => convert(function, one),
            _ => Err(Fault::Range),
        }
    }

    fn size(&mut self, of: &Item<'a>) -> Result<'a> {
        let size = match of {
            Item::Text(text) => {
                self.spend(text.len() / 16)?;
                text.chars().count()
            }
            Item::There(Value::Object(map)) => map.len(),
            other => length(other, "size")?,
        };
        i64::try_from(size).map(Item::Whole).map_err(|_| Fault::Range)
    }

    fn extreme(&mut self, list: &Item<'a>, wanted: Ordering) -> Result<'a> {
        let count = length(list, "min and max")?;
        self.spend(count)?;
        let mut best = element(list, 0)?;
        for index in 1..count {
            best = pick(wanted)(best, &element(list, index)?)?;
        }
        match number(&best) {
            Some(_) => Ok(best),
            None => Err(Fault::Kinds { to: "min and max", found: best.kind() }),
        }
    }

    fn sum(&mut self, list: &Item<'a>) -> Result<'a> {
        let count = length(list, "sum")?;
        self.spend(count)?;
        (0..count)
            .try_fold(Item::Whole(0), |sum, index| arithmetic(Arithmetic::Add, sum, element(list, index)?))
    }

    fn text(&mut self, function: Function, text: &Item<'a>, what: &Item<'a>) -> Result<'a> {
        let (Item::Text(text), Item::Text(what)) = (text, what) else {
            let found = if matches!(text, Item::Text(_)) { what } else { text };
            return Err(Fault::Kinds { to: "a function of strings", found: found.kind() });
        };
        self.spend(text.len() / 16)?;
        Ok(Item::Bool(match function {
            Function::StartsWith => text.starts_with(what),
            Function::EndsWith => text.ends_with(what),
            _ => memmem::find(text.as_bytes(), what.as_bytes()).is_some(),
        }))
    }
}

/// Of two numbers the lesser, or the greater.
fn pick<'a>(wanted: Ordering) -> impl Fn(Item<'a>, &Item<'a>) -> Result<'a> {
    move |best, other| match (number(&best), number(other)) {
        (Some(left), Some(right)) => Ok(if right.order(left) == wanted { other.clone() } else { best }),
        (None, _) => Err(Fault::Kinds { to: "min and max", found: best.kind() }),
        (_, None) => Err(Fault::Kinds { to: "min and max", found: other.kind() }),
    }
}

/// The functions of one value.
fn convert<'a>(function: Function, one: &Item<'a>) -> Result<'a> {
    match (function, one) {
        (Function::Int | Function::Floor | Function::Ceil | Function::Round, Item::Whole(_))
        | (Function::Double | Function::Min | Function::Max, Item::Fraction(_))
        | (Function::Min | Function::Max, Item::Whole(_)) => Ok(one.clone()),
        (Function::Abs, Item::Whole(whole)) => whole.checked_abs().map(Item::Whole).ok_or(Fault::Range),
        (Function::Abs, Item::Fraction(fraction)) => Ok(Item::Fraction(fraction.abs())),
        (Function::Int, Item::Fraction(fraction)) => to_whole(fraction.trunc()),
        (Function::Floor, Item::Fraction(fraction)) => to_whole(fraction.floor()),
        (Function::Ceil, Item::Fraction(fraction)) => to_whole(fraction.ceil()),
        (Function::Round, Item::Fraction(fraction)) => to_whole(fraction.round()),
        (Function::Double, Item::Whole(whole)) => Ok(Item::Fraction(*whole as f64)),
        (Function::Int, Item::Text(text)) => text.parse().map(Item::Whole).map_err(|_| odd_number()),
        (Function::Double, Item::Text(text)) => match text.parse::<f64>() {
            Ok(fraction) if fraction.is_finite() => Ok(Item::Fraction(fraction)),
            _ => Err(odd_number()),
        },
        (_, other) => Err(Fault::Kinds { to: "a function of numbers", found: other.kind() }),
    }
}

fn odd_number() -> Fault {
    Fault::Kinds { to: "a number", found: "a string that is not one" }
}

/// Within the numbers that fractions hold exactly, and so within `i64`.
fn to_whole<'a>(fraction: f64) -> Result<'a> {
    match fraction.abs() < 9.2e18 {
        true => Ok(Item::Whole(fraction as i64)),
        false => Err(Fault::Range),
    }
}
