//! Amounts that are computed: expressions in CEL.

use crate::evaluate::View;
use crate::flaw::{Flaws, Place};
use crate::limits;
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Program};
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// An expression, compiled once.
#[derive(Clone)]
pub(crate) struct Expression {
    source: String,
    program: Arc<Program>,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib())).clone()
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
        match environment().compile(source) {
            Ok(program) => Some(Self { source: source.to_owned(), program: Arc::new(program) }),
            Err(error) => {
                flaws.invalid(place, format!("this is not an expression in CEL: {error}"));
                None
            }
        }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// What it comes to for what is known, rounded down to a whole number.
    pub(crate) fn evaluate(&self, view: &View<'_>) -> Result<i128, String> {
        let variables = Variables(*view);
        let mut context = Context::with_env(environment());
        context.set_variable_resolver(&variables);
        let result = self.program.execute(&context);
        match result.map_err(|error| format!("{} has no value: {error}", self.source))? {
            cel::Value::Int(whole) => Ok(whole.into()),
            cel::Value::UInt(whole) => Ok(whole.into()),
            cel::Value::Float(float) if float.is_finite() => Ok(float.floor() as i128),
            other => Err(format!("{} comes to a {}, not to a number", self.source, other.type_of())),
        }
    }
}

/// What an expression may name.
struct Variables<'a>(View<'a>);

impl VariableResolver for Variables<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value = match name {
            "event" => self.0.event,
            "member" => self.0.member?,
            "referral" => self.0.referral?,
            name => self.0.event.get(name)?,
        };
        let value: Box<dyn Val> = cel::to_value(value).ok()?.try_into().ok()?;
        Some(CowVal::Owned(value))
    }
}
