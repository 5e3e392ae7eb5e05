//! What an expression is made of, and the values that it is made of when it runs.

use serde_json::Value;
use std::rc::Rc;

/// A part of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Whole(i64),
    Fraction(f64),
    Text(String),
    List(Vec<Node>),
    /// `event`.
    Event,
    /// `member`.
    Member,
    /// `referral`.
    Referral,
    /// A field of the event, by its name alone.
    Field(String),
    /// What `map`, `filter` and the like go through, by how many of them stand around it.
    Local(usize),
    /// `of.field`.
    Select {
        of: Box<Node>,
        field: String,
    },
    /// `has(of.field)`.
    Has {
        of: Box<Node>,
        field: String,
    },
    /// `of[at]`.
    Index(Box<[Node; 2]>),
    /// `a ? b : c`.
    Choose(Box<[Node; 3]>),
    /// `a && b`: settled by what is false. `a || b`: settled by what is true.
    Joined {
        settles: bool,
        sides: Box<[Node; 2]>,
    },
    /// `!a`.
    Not(Box<Node>),
    /// `-a`.
    Negate(Box<Node>),
    /// `a + b` and the like.
    Arithmetic(Arithmetic, Box<[Node; 2]>),
    /// `a < b` and the like.
    Compare(Comparison, Box<[Node; 2]>),
    /// `a == b` and `a != b`.
    Equal {
        negated: bool,
        sides: Box<[Node; 2]>,
    },
    /// `a in b`.
    In(Box<[Node; 2]>),
    /// A function, or one that is called on its first argument.
    Call(Function, Vec<Node>),
    /// `over.map(x, …)` and the like. `local` is what `x` is to the parts that name it.
    Each {
        kind: Each,
        over: Box<Node>,
        local: usize,
        test: Option<Box<Node>>,
        of: Box<Node>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    All,
    Exists,
    ExistsOne,
    /// `filter` too, which is a map of the elements to themselves.
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Int,
    Double,
    Min,
    Max,
    Sum,
    Abs,
    Floor,
    Ceil,
    Round,
    Contains,
    StartsWith,
    EndsWith,
}

/// The functions: their name, and how many arguments they take.
pub(super) const FUNCTIONS: &[(&str, Function, std::ops::RangeInclusive<usize>)] = &[
    ("size", Function::Size, 1..=1),
    ("int", Function::Int, 1..=1),
    ("double", Function::Double, 1..=1),
    ("min", Function::Min, 1..=16),
    ("max", Function::Max, 1..=16),
    ("sum", Function::Sum, 1..=1),
    ("abs", Function::Abs, 1..=1),
    ("floor", Function::Floor, 1..=1),
    ("ceil", Function::Ceil, 1..=1),
    ("round", Function::Round, 1..=1),
    ("contains", Function::Contains, 2..=2),
    ("startsWith", Function::StartsWith, 2..=2),
    ("endsWith", Function::EndsWith, 2..=2),
];

/// What the parser knows by itself.
pub(super) const MACROS: &[&str] = &["all", "exists", "exists_one", "map", "filter", "has"];

/// A value while an expression runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item<'a> {
    Null,
    Bool(bool),
    Whole(i64),
    Fraction(f64),
    Text(&'a str),
    /// A list or an object of the event, where it lies.
    There(&'a Value),
    /// A list that the expression made.
    List(Rc<Vec<Item<'a>>>),
}

impl<'a> Item<'a> {
    /// A value of JSON; none for a whole number that is out of range.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(*bool),
            Value::String(text) => Self::Text(text),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Whole(whole),
                None if number.is_u64() => return None,
                None => Self::Fraction(number.as_f64()?),
            },
            Value::Array(_) | Value::Object(_) => Self::There(value),
        })
    }

    /// In words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Whole(_) | Self::Fraction(_) => "a number",
            Self::Text(_) => "a string",
            Self::There(Value::Object(_)) => "an object",
            Self::There(_) | Self::List(_) => "a list",
        }
    }
}
