//! Values as conditions compare them: typed, numbers exactly and by value.

use crate::flaw::{Type, type_of};
use foldhash::fast::FixedState;
use serde_json::{Number, Value};
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};

/// Deeper lists and objects are not equal to anything.
const DEPTH: usize = 32;

/// A number, exact: 5 and 5.0 are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Exact {
    /// A whole number. Every `i64` and `u64`, and every `f64` that is whole and below 10³⁶.
    Whole(i128),
    /// Any other number, never a NaN.
    Other(f64),
}

impl Exact {
    pub(crate) fn of(number: &Number) -> Self {
        if let Some(whole) = number.as_i64() {
            Self::Whole(whole.into())
        } else if let Some(whole) = number.as_u64() {
            Self::Whole(whole.into())
        } else {
            Self::of_f64(number.as_f64().unwrap_or_default())
        }
    }

    pub(crate) fn of_f64(float: f64) -> Self {
        match float.fract() == 0.0 && float.abs() < 1e36 {
            true => Self::Whole(float as i128),
            false => Self::Other(float),
        }
    }

    /// The order of two numbers by value.
    pub(crate) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(&b),
            (Self::Other(a), Self::Other(b)) => a.total_cmp(&b),
            (Self::Whole(a), Self::Other(b)) => order_mixed(a, b),
            (Self::Other(a), Self::Whole(b)) => order_mixed(b, a).reverse(),
        }
    }
}

/// A whole number against one that is not whole or out of its range, so they are never equal.
fn order_mixed(whole: i128, float: f64) -> Ordering {
    if float.abs() >= 1e36 {
        return if float > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    match whole <= float.floor() as i128 {
        true => Ordering::Less,
        false => Ordering::Greater,
    }
}

/// The order of two numbers; none where one is not a number.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(order_numbers(left, right)),
        _ => None,
    }
}

/// The order of two numbers by value.
pub(crate) fn order_numbers(left: &Number, right: &Number) -> Ordering {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => Exact::of(left).order(Exact::of(right)),
    }
}

/// Whether two values are the same: of one type, numbers by value, lists and objects by what is in them.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    equal_within(left, right, DEPTH)
}

fn equal_within(left: &Value, right: &Value, depth: usize) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Null, Value::Null) => true,
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            let same = |(left, right)| equal_within(left, right, depth - 1);
            depth > 0 && left.len() == right.len() && left.iter().zip(right).all(same)
        }
        (Value::Object(left), Value::Object(right)) => {
            let same =
                |(name, left)| right.get(name).is_some_and(|right| equal_within(left, right, depth - 1));
            depth > 0 && left.len() == right.len() && left.iter().all(same)
        }
        _ => false,
    }
}

/// Whether a value is neither a list nor an object.
pub(crate) fn is_scalar(value: &Value) -> bool {
    !matches!(type_of(value), Type::List | Type::Object)
}

/// A hash under which equal scalars meet; none for lists and objects. It is the same in one process only.
pub(crate) fn hash(value: &Value) -> Option<u64> {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    match value {
        Value::String(text) => text.hash(&mut hasher),
        Value::Number(number) => match Exact::of(number) {
            Exact::Whole(whole) => (1u8, whole).hash(&mut hasher),
            Exact::Other(float) => (2u8, float.to_bits()).hash(&mut hasher),
        },
        Value::Bool(bool) => (3u8, bool).hash(&mut hasher),
        Value::Null => 4u8.hash(&mut hasher),
        Value::Array(_) | Value::Object(_) => return None,
    }
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_compared_exactly_and_by_value() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, expected) in [
            (json!(5), json!(5.0), Equal),
            (json!(-0.0), json!(0), Equal),
            (json!(i64::MAX), json!(i64::MAX as u64), Equal),
            (json!(u64::MAX), json!(u64::MAX - 1), Greater),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992.0), Greater),
            (json!(i64::MIN), json!(-9_223_372_036_854_775_808.0), Equal),
            (json!(u64::MAX), json!(18_446_744_073_709_551_616.0), Less),
            (json!(1), json!(1.5), Less),
            (json!(2), json!(1.5), Greater),
            (json!(-1), json!(-1.5), Greater),
            (json!(-2), json!(-1.5), Less),
            (json!(1e300), json!(u64::MAX), Greater),
            (json!(-1e300), json!(i64::MIN), Less),
            (json!(1e300), json!(1e300), Equal),
            (json!(0.1), json!(0.2), Less),
        ] {
            assert_eq!(order(&left, &right), Some(expected), "{left} {right}");
            assert_eq!(order(&right, &left), Some(expected.reverse()), "{right} {left}");
            assert_eq!(equal(&left, &right), expected == Equal, "{left} {right}");
            assert_eq!(hash(&left) == hash(&right), expected == Equal, "{left} {right}");
        }
    }

    #[test]
    fn nothing_equals_a_value_of_another_type() {
        let values =
            [json!(null), json!(true), json!(5), json!("5"), json!(["5"]), json!({"5": 5}), json!("")];
        for (i, left) in values.iter().enumerate() {
            for (j, right) in values.iter().enumerate() {
                assert_eq!(equal(left, right), i == j, "{left} {right}");
            }
        }
    }

    #[test]
    fn lists_and_objects_are_equal_by_what_is_in_them() {
        assert!(equal(&json!({"a": [1, {"b": 2}]}), &json!({"a": [1.0, {"b": 2}]})));
        assert!(!equal(&json!({"a": [1]}), &json!({"a": [1, 2]})));
        assert!(!equal(&json!({"a": 1}), &json!({"b": 1})));
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert!(!equal(&deep, &deep), "too deep to say");
    }
}
