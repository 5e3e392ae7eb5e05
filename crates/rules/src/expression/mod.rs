//! Expressions in CEL, in which amounts are computed.
//!
//! The crate `cel` parses them, by its parser that stops where brackets nest too deep (the other takes more than 100 KB
//! of stack for each bracket in an unoptimised build). They are run here and not by its interpreter for three reasons: a run takes a bounded
//! number of steps and little memory whatever the event; it reads the event where it lies and copies nothing; and
//! whole numbers and fractions mix, since JSON does not tell 1000 from 1000.0. A test compares both on what they share.

mod apply;
mod lower;
mod node;
mod run;

#[cfg(test)]
mod tests;

use crate::evaluate::View;
use crate::flaw::{Flaws, Place};
use crate::limits;
use cel::parser::PrattParser;
use node::{Item, Node};
use run::{Fault, Run};
use serde_json::Value;
use std::sync::Arc;

/// An expression, compiled once.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    source: String,
    node: Arc<Node>,
}

impl Expression {
    pub(crate) fn read(value: &Value, place: &Place<'_>, flaws: &mut Flaws) -> Option<Self> {
        let Some(source) = value.as_str() else {
            flaws.wrong_type(place, "an expression such as \"purchase.total / 20\"", value);
            return None;
        };
        if source.len() > limits::EXPRESSION_BYTES {
            flaws.limit(place, format!("an expression has at most {} bytes", limits::EXPRESSION_BYTES));
            return None;
        }
        if words(source) > limits::EXPRESSION_WORDS {
            let most = limits::EXPRESSION_WORDS;
            flaws.limit(place, format!("an expression has at most {most} names, numbers and marks"));
            return None;
        }
        match Self::compile(source) {
            Ok(expression) => Some(expression),
            Err(detail) => {
                flaws.invalid(place, detail);
                None
            }
        }
    }

    fn compile(source: &str) -> Result<Self, String> {
        let parser = PrattParser::new().max_recursion_depth(limits::EXPRESSION_DEPTH).error_recovery_limit(1);
        let parsed = parser.parse(source).map_err(|errors| {
            let (line, message) = errors.errors.first().map_or((1, ""), |error| (error.pos.0, &*error.msg));
            format!("this is not an expression in CEL: line {line}: {message}")
        })?;
        Ok(Self { source: source.to_owned(), node: Arc::new(lower::lower(&parsed)?) })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// What it comes to for what is known, rounded down to a whole number.
    pub(crate) fn evaluate(&self, view: &View<'_>) -> Result<i128, String> {
        let told = |fault: Fault| format!("{:?} has no value: {fault}", self.source);
        match self.run(view).map_err(told)? {
            Item::Whole(whole) => Ok(whole.into()),
            // The cast stops at the ends of the range.
            Item::Fraction(fraction) if !fraction.is_nan() => Ok(fraction.floor() as i128),
            other => Err(format!("{:?} comes to {}, not to a number", self.source, other.kind())),
        }
    }

    fn run<'a>(&'a self, view: &View<'a>) -> Result<Item<'a>, Fault> {
        Run::new(*view).of(&self.node)
    }
}

/// About how many names, numbers, texts and marks a source is made of: told before the parser sees it.
fn words(source: &str) -> usize {
    let (mut count, mut quote, mut in_word) = (0, None, false);
    for c in source.chars() {
        let word_like = c.is_alphanumeric() || c == '_';
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => continue,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                count += 1;
            }
            None if c.is_whitespace() || (word_like && in_word) => {}
            None => count += 1,
        }
        in_word = word_like;
    }
    count
}
