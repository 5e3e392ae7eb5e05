//! From what the parser read to what can be run: anything that is not known is refused here.

use super::node::{Arithmetic, Comparison, Each, FUNCTIONS, MACROS, Node};
use crate::flaw::suggestion;
use crate::limits;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

const NOT_ONE: &str = "this is not an expression that an amount can be computed by";

/// Makes a node of a parsed expression.
pub(super) fn lower(parsed: &IdedExpr) -> Result<Node, String> {
    Lower { locals: Vec::new(), depth: 0 }.node(parsed)
}

struct Lower<'p> {
    /// The names that stand for elements, outermost first.
    locals: Vec<&'p str>,
    depth: usize,
}

impl<'p> Lower<'p> {
    fn node(&mut self, parsed: &'p IdedExpr) -> Result<Node, String> {
        if self.depth >= usize::from(limits::EXPRESSION_DEPTH) {
            let most = limits::EXPRESSION_DEPTH;
            return Err(format!(
                "the expression is more than {most} deep; put brackets around parts of a long chain"
            ));
        }
        self.depth += 1;
        let node = self.node_within(parsed);
        self.depth -= 1;
        node
    }

    fn node_within(&mut self, parsed: &'p IdedExpr) -> Result<Node, String> {
        match &parsed.expr {
            Expr::Literal(literal) => literal_node(literal),
            Expr::Ident(name) => Ok(self.name(name)),
            Expr::Select(select) => {
                let (of, field) = (Box::new(self.node(&select.operand)?), select.field.clone());
                Ok(if select.test { Node::Has { of, field } } else { Node::Select { of, field } })
            }
            Expr::List(list) => Ok(Node::List(self.nodes(&list.elements)?)),
            Expr::Call(call) => self.call(call),
            Expr::Map(_) | Expr::Struct(_) => {
                Err("an amount needs no objects: {…} cannot stand here".to_owned())
            }
            Expr::Comprehension(parsed) => self.each(parsed),
            Expr::Unspecified => Err(NOT_ONE.to_owned()),
        }
    }

    fn name(&self, name: &str) -> Node {
        match self.locals.iter().rposition(|local| *local == name) {
            Some(local) => Node::Local(local),
            None => match name {
                "event" => Node::Event,
                "member" => Node::Member,
                "referral" => Node::Referral,
                name => Node::Field(name.to_owned()),
            },
        }
    }

    fn nodes(&mut self, parsed: &'p [IdedExpr]) -> Result<Vec<Node>, String> {
        parsed.iter().map(|parsed| self.node(parsed)).collect()
    }

    fn call(&mut self, call: &'p CallExpr) -> Result<Node, String> {
        let name = call.func_name.as_str();
        match (&call.target, &call.args[..]) {
            (None, [one]) if name == operators::LOGICAL_NOT => Ok(Node::Not(Box::new(self.node(one)?))),
            (None, [one]) if name == operators::NEGATE => Ok(Node::Negate(Box::new(self.node(one)?))),
            (None, [one, two, three]) if name == operators::CONDITIONAL => {
                Ok(Node::Choose(Box::new([self.node(one)?, self.node(two)?, self.node(three)?])))
            }
            (None, [left, right]) if !is_plain(name) => {
                let sides = Box::new([self.node(left)?, self.node(right)?]);
                binary(name, sides)
            }
            (target, args) => {
                let target: Vec<Node> = target.iter().map(|of| self.node(of)).collect::<Result<_, _>>()?;
                let args = self.nodes(args)?;
                function(name, target.into_iter().chain(args).collect())
            }
        }
    }

    /// `map`, `filter` and the like, which the parser has made loops of.
    fn each(&mut self, parsed: &'p ComprehensionExpr) -> Result<Node, String> {
        let (kind, test, of) = shape(parsed).ok_or_else(|| NOT_ONE.to_owned())?;
        let over = Box::new(self.node(&parsed.iter_range)?);
        let local = self.locals.len();
        self.locals.push(&parsed.iter_var);
        let test = test.map(|test| self.node(test).map(Box::new)).transpose();
        let of = self.node(of);
        self.locals.pop();
        Ok(Node::Each { kind, over, local, test: test?, of: Box::new(of?) })
    }
}

/// What a loop is, by what it begins with and what it does in each step: its kind, its test, and what it is of.
fn shape(parsed: &ComprehensionExpr) -> Option<(Each, Option<&IdedExpr>, &IdedExpr)> {
    let Expr::Call(step) = &parsed.loop_step.expr else { return None };
    match (&parsed.accu_init.expr, &*step.func_name, &step.args[..]) {
        (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_AND, [_, of]) => {
            Some((Each::All, None, of))
        }
        (Expr::Literal(LiteralValue::Boolean(_)), operators::LOGICAL_OR, [_, of]) => {
            Some((Each::Exists, None, of))
        }
        (Expr::Literal(LiteralValue::Int(_)), operators::CONDITIONAL, [of, ..]) => {
            Some((Each::ExistsOne, None, of))
        }
        (Expr::List(_), operators::ADD, _) => Some((Each::Map, None, added(step)?)),
        (Expr::List(_), operators::CONDITIONAL, [test, IdedExpr { expr: Expr::Call(add), .. }, _]) => {
            Some((Each::Map, Some(test), added(add)?))
        }
        _ => None,
    }
}

/// What a step adds to the list that is made.
fn added(step: &CallExpr) -> Option<&IdedExpr> {
    match &step.args[..] {
        [_, IdedExpr { expr: Expr::List(list), .. }] => list.elements.first(),
        _ => None,
    }
}

/// Whether a name is that of a function, and not of an operator.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn literal_node(literal: &LiteralValue) -> Result<Node, String> {
    Ok(match literal {
        LiteralValue::Null => Node::Null,
        LiteralValue::Boolean(bool) => Node::Bool(*bool.inner()),
        LiteralValue::Int(whole) => Node::Whole(*whole.inner()),
        LiteralValue::Double(fraction) => Node::Fraction(*fraction.inner()),
        LiteralValue::String(text) => Node::Text(text.inner().to_owned()),
        LiteralValue::UInt(_) => return Err("write whole numbers without u".to_owned()),
        LiteralValue::Bytes(_) => return Err("an amount needs no bytes: b'…' cannot stand here".to_owned()),
    })
}

fn binary(name: &str, sides: Box<[Node; 2]>) -> Result<Node, String> {
    Ok(match name {
        operators::LOGICAL_AND => Node::Joined { settles: false, sides },
        operators::LOGICAL_OR => Node::Joined { settles: true, sides },
        operators::ADD => Node::Arithmetic(Arithmetic::Add, sides),
        operators::SUBSTRACT => Node::Arithmetic(Arithmetic::Subtract, sides),
        operators::MULTIPLY => Node::Arithmetic(Arithmetic::Multiply, sides),
        operators::DIVIDE => Node::Arithmetic(Arithmetic::Divide, sides),
        operators::MODULO => Node::Arithmetic(Arithmetic::Remainder, sides),
        operators::LESS => Node::Compare(Comparison::Less, sides),
        operators::LESS_EQUALS => Node::Compare(Comparison::AtMost, sides),
        operators::GREATER => Node::Compare(Comparison::More, sides),
        operators::GREATER_EQUALS => Node::Compare(Comparison::AtLeast, sides),
        operators::EQUALS => Node::Equal { negated: false, sides },
        operators::NOT_EQUALS => Node::Equal { negated: true, sides },
        operators::INDEX => Node::Index(sides),
        operators::IN => Node::In(sides),
        other => return Err(format!("there is no operator {other} here")),
    })
}

fn function(name: &str, args: Vec<Node>) -> Result<Node, String> {
    let Some((_, function, count)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
        let known: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
        let known: Vec<&str> = known.into_iter().chain(MACROS.iter().copied()).collect();
        let short: String = name.chars().take(40).collect();
        return Err(format!("there is no function {short} here; {}", suggestion(name, &known)));
    };
    match count.contains(&args.len()) {
        true => Ok(Node::Call(*function, args)),
        false => Err(format!("{name} takes {} arguments, not {}", count.start(), args.len())),
    }
}
