//! Expressions of Tera 1, read in the order in which its grammar tries them.
//!
//! ```text
//! logic      ::= value (("or" | "and") value)*             ; each word with a space behind it
//! value      ::= "not"? (membership | comparison) | "(" logic ")"
//! membership ::= (text filters | sum filters) "not"? "in" (text filters | array filters | ident)
//! comparison ::= side (("<=" | ">=" | ">" | "<" | "==" | "!=") side)?
//! side       ::= text filters | (sum filters) (operator (sum filters))*
//! sum        ::= operand (operator operand)*              ; operand: "(" sum ")" or a basic value
//! text       ::= string, or two and more of call, number, string, ident with "~" between
//! basic      ::= boolean | test | macro call | call | ident | number
//! ```
//!
//! Filters bind to the whole sum on their left. Rules that are tried twice at one place are read once
//! and remembered, so that nested brackets do not take exponential time.

use std::collections::HashMap;

use super::cursor::Cursor;
use super::syntax::{
    Arguments, Call, Expr, Ident, In, Logic, LogicOperator, MacroCall, Math, MathOperator, Name,
    Step, Test, Val,
};

/// Results by place: what a rule read there and where it ended.
type Memory = HashMap<usize, Option<(Expr, usize)>>;

/// Reads expressions at a cursor.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) cursor: Cursor<'a>,
    sums: Memory,
    logics: Memory,
}

type Rule<'a, T> = fn(&mut Reader<'a>) -> Option<T>;

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { cursor: Cursor::new(source), sums: Memory::new(), logics: Memory::new() }
    }

    pub(crate) fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.cursor.at;
        let found = rule(self);
        if found.is_none() {
            self.cursor.at = start;
        }
        found
    }

    /// The first of several rules that matches.
    fn any<T>(&mut self, rules: &[Rule<'a, T>]) -> Option<T> {
        rules.iter().find_map(|rule| self.attempt(rule))
    }

    pub(crate) fn deeper<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.cursor.descend()?;
        let found = rule(self);
        self.cursor.ascend();
        found
    }

    /// What `{{ }}`, `set` and arguments take.
    pub(crate) fn logic_or_array(&mut self) -> Option<Expr> {
        self.any(&[Self::logic, Self::array_filters])
    }

    /// What `for` goes over.
    pub(crate) fn container(&mut self) -> Option<Expr> {
        self.any(&[Self::sum_filters, Self::array_filters])
    }

    pub(crate) fn logic(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        if let Some(known) = self.logics.get(&start) {
            let (expr, end) = known.clone()?;
            self.cursor.at = end;
            return Some(expr);
        }
        let found = self.deeper(Self::logic_anew);
        let known = found.clone().map(|expr| (expr, self.cursor.at));
        self.logics.insert(start, known);
        found
    }

    fn logic_anew(&mut self) -> Option<Expr> {
        let mut sides = vec![self.logic_value()?];
        let mut operators = Vec::new();
        while let Some((operator, side)) = self.attempt(|reader| {
            reader.cursor.skip_space();
            let operator = match reader.cursor.word("or") {
                Some(()) => LogicOperator::Or,
                None => reader.cursor.word("and").map(|()| LogicOperator::And)?,
            };
            reader.cursor.skip_space();
            Some((operator, reader.logic_value()?))
        }) {
            operators.push(operator);
            sides.push(side);
        }
        let is_tight = |operator: &LogicOperator| *operator == LogicOperator::And;
        Some(left_to_right(sides, operators, is_tight, |left, operator, right| {
            Val::Logic(Box::new(Logic { left, operator, right }))
        }))
    }

    fn logic_value(&mut self) -> Option<Expr> {
        self.any(&[Self::negatable, Self::logic_in_brackets])
    }

    fn negatable(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        let negated = self.cursor.word("not").is_some();
        self.cursor.skip_space();
        let mut expr = self.any(&[Self::membership, Self::comparison])?;
        expr.negated = negated;
        if negated {
            expr.span.start = start;
        }
        Some(expr)
    }

    /// A `not` in the brackets is lost, as in Tera.
    fn logic_in_brackets(&mut self) -> Option<Expr> {
        self.cursor.eat("(")?;
        self.cursor.skip_space();
        let mut expr = self.logic()?;
        self.cursor.token(")")?;
        expr.negated = false;
        Some(expr)
    }

    fn membership(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        let left = self.any(&[Self::text_filters, Self::sum_filters])?;
        self.cursor.skip_space();
        let negated = self.cursor.word("not").is_some();
        self.cursor.token("in")?;
        self.cursor.skip_space();
        let right = self.any(&[Self::text_filters, Self::array_filters, Self::plain_ident])?;
        let val = Val::In(Box::new(In { left, right, negated }));
        Some(Expr::plain(val, start..self.cursor.at))
    }

    fn plain_ident(&mut self) -> Option<Expr> {
        let ident = self.path()?;
        let span = ident.span.clone();
        Some(Expr::plain(Val::Ident(ident), span))
    }

    fn comparison(&mut self) -> Option<Expr> {
        let left = self.side()?;
        let compared = self.attempt(|reader| {
            reader.cursor.skip_space();
            let operator = reader.comparison_operator()?;
            reader.cursor.skip_space();
            Some((operator, reader.side()?))
        });
        Some(match compared {
            None => left,
            Some((operator, right)) => {
                let span = left.span.start..right.span.end;
                Expr::plain(Val::Logic(Box::new(Logic { left, operator, right })), span)
            }
        })
    }

    fn comparison_operator(&mut self) -> Option<LogicOperator> {
        const OPERATORS: [(&str, LogicOperator); 6] = [
            ("<=", LogicOperator::LessOrEqual),
            (">=", LogicOperator::GreaterOrEqual),
            (">", LogicOperator::Greater),
            ("<", LogicOperator::Less),
            ("==", LogicOperator::Equal),
            ("!=", LogicOperator::NotEqual),
        ];
        OPERATORS.iter().find_map(|(text, operator)| self.cursor.eat(text).map(|()| *operator))
    }

    fn side(&mut self) -> Option<Expr> {
        self.any(&[Self::text_filters, Self::filtered_sums])
    }

    /// Sums with filters, and operators between them.
    fn filtered_sums(&mut self) -> Option<Expr> {
        self.operators(Self::sum_filters)
    }

    fn sum_filters(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        if let Some(known) = self.sums.get(&start) {
            let (expr, end) = known.clone()?;
            self.cursor.at = end;
            return Some(expr);
        }
        let found = self.deeper(Self::sum).map(|expr| self.with_filters(expr));
        let known = found.clone().map(|expr| (expr, self.cursor.at));
        self.sums.insert(start, known);
        found
    }

    fn sum(&mut self) -> Option<Expr> {
        self.operators(|reader| reader.any(&[Self::sum_in_brackets, Self::basic]))
    }

    fn sum_in_brackets(&mut self) -> Option<Expr> {
        self.cursor.eat("(")?;
        self.cursor.skip_space();
        let expr = self.deeper(Self::sum)?;
        self.cursor.token(")")?;
        Some(expr)
    }

    /// Operands with arithmetic between them; `*`, `/` and `%` bind tighter.
    fn operators(&mut self, operand: impl Fn(&mut Self) -> Option<Expr>) -> Option<Expr> {
        const OPERATORS: [(&str, MathOperator); 5] = [
            ("+", MathOperator::Add),
            ("-", MathOperator::Subtract),
            ("*", MathOperator::Multiply),
            ("/", MathOperator::Divide),
            ("%", MathOperator::Modulo),
        ];
        let mut operands = vec![operand(self)?];
        let mut operators = Vec::new();
        while let Some((operator, next)) = self.attempt(|reader| {
            reader.cursor.skip_space();
            let found = OPERATORS.iter().find(|(text, _)| reader.cursor.rest().starts_with(text));
            let Some((_, operator)) = found else { return reader.cursor.miss("an operator") };
            reader.cursor.at += 1;
            reader.cursor.skip_space();
            Some((*operator, operand(reader)?))
        }) {
            operators.push(operator);
            operands.push(next);
        }
        let is_tight =
            |it: &MathOperator| !matches!(it, MathOperator::Add | MathOperator::Subtract);
        Some(left_to_right(operands, operators, is_tight, |left, operator, right| {
            Val::Math(Box::new(Math { left, operator, right }))
        }))
    }

    fn text_filters(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        let val = self.any(&[Self::concatenation, Self::literal])?;
        let expr = Expr::plain(val, start..self.cursor.at);
        Some(self.with_filters(expr))
    }

    fn literal(&mut self) -> Option<Val> {
        self.cursor.string().map(|text| Val::String(text.to_owned()))
    }

    /// Two and more values with `~` between; if all are strings, they are one string already here.
    fn concatenation(&mut self) -> Option<Val> {
        let mut values = vec![self.concatenated()?];
        let mut count = 1;
        while let Some(value) = self.attempt(|reader| {
            reader.cursor.token("~")?;
            reader.cursor.skip_space();
            reader.concatenated()
        }) {
            count += 1;
            match (values.last_mut(), value) {
                (Some(Val::String(text)), Val::String(more)) => text.push_str(&more),
                (_, value) => values.push(value),
            }
        }
        match values.as_slice() {
            _ if count == 1 => None,
            [Val::String(text)] => Some(Val::String(text.clone())),
            _ => Some(Val::Concat(values)),
        }
    }

    fn source_before(&self) -> Option<char> {
        self.cursor.source[..self.cursor.at].chars().next_back()
    }

    fn concatenated(&mut self) -> Option<Val> {
        self.any(&[
            |reader| reader.call().map(Val::Function),
            Self::float,
            Self::integer,
            Self::literal,
            |reader| reader.path().map(Val::Ident),
        ])
    }

    fn basic(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        let val = self.any(&[
            Self::boolean,
            |reader| reader.test(true),
            |reader| reader.test(false),
            Self::macro_call,
            |reader| reader.call().map(Val::Function),
            |reader| reader.path().map(Val::Ident),
            Self::float,
            Self::integer,
        ])?;
        Some(Expr::plain(val, start..self.cursor.at))
    }

    /// What a macro's argument may be when it is left out.
    pub(crate) fn default_value(&mut self) -> Option<Val> {
        self.any(&[Self::boolean, Self::literal, Self::float, Self::integer])
    }

    /// Also the beginning of a longer word, which then is an error, as in Tera.
    fn boolean(&mut self) -> Option<Val> {
        let values = [("true", true), ("false", false), ("True", true), ("False", false)];
        let (text, value) =
            values.into_iter().find(|(text, _)| self.cursor.rest().starts_with(text))?;
        self.cursor.at += text.len();
        Some(Val::Bool(value))
    }

    fn float(&mut self) -> Option<Val> {
        let text = self.cursor.float()?;
        text.parse().ok().map(Val::Float)
    }

    fn integer(&mut self) -> Option<Val> {
        let start = self.cursor.at;
        let text = self.cursor.integer()?;
        let Ok(number) = text.parse() else {
            let complaint = format!("the integer {text} is out of bounds");
            self.cursor.fatal.get_or_insert((start, complaint));
            return None;
        };
        Some(Val::Int(number))
    }

    fn test(&mut self, negated: bool) -> Option<Val> {
        let ident = self.path()?;
        self.cursor.token("is")?;
        if negated {
            self.cursor.token("not")?;
        }
        self.cursor.skip_space();
        let name = self.name()?;
        let arguments = self.attempt(Self::test_arguments).unwrap_or_default();
        Some(Val::Test(Test { ident, negated, name, arguments }))
    }

    fn test_arguments(&mut self) -> Option<Vec<Expr>> {
        self.cursor.token("(")?;
        self.cursor.skip_space();
        let mut arguments = vec![self.logic_or_array()?];
        while let Some(argument) = self.attempt(|reader| {
            reader.cursor.token(",")?;
            reader.cursor.skip_space();
            reader.logic_or_array()
        }) {
            arguments.push(argument);
        }
        self.cursor.token(")")?;
        Some(arguments)
    }

    fn macro_call(&mut self) -> Option<Val> {
        let namespace = self.cursor.ident()?.to_owned();
        self.cursor.token("::")?;
        self.cursor.skip_space();
        let name = self.name()?;
        let arguments = self.named_arguments()?;
        Some(Val::Macro(MacroCall { namespace, name, arguments }))
    }

    /// `name(…)`
    pub(crate) fn call(&mut self) -> Option<Call> {
        self.attempt(|reader| {
            let name = reader.name()?;
            let arguments = reader.named_arguments()?;
            Some(Call { name, arguments })
        })
    }

    fn named_arguments(&mut self) -> Option<Arguments> {
        self.cursor.token("(")?;
        let mut arguments = Arguments::new();
        while let Some(argument) = self.attempt(|reader| {
            if !arguments.is_empty() {
                reader.cursor.token(",")?;
            }
            reader.cursor.skip_space();
            let key = reader.cursor.ident()?.to_owned();
            reader.cursor.token("=")?;
            reader.cursor.skip_space();
            Some((key, reader.logic_or_array()?))
        }) {
            arguments.push(argument);
        }
        if !arguments.is_empty() {
            self.cursor.skip_space();
            let _ = self.cursor.eat(",");
        }
        self.cursor.token(")")?;
        Some(arguments)
    }

    pub(crate) fn name(&mut self) -> Option<Name> {
        let start = self.cursor.at;
        let text = self.cursor.ident()?.to_owned();
        Some(Name { text, span: start..self.cursor.at })
    }

    /// `a.b[0]["c"][d.e]`
    fn path(&mut self) -> Option<Ident> {
        let start = self.cursor.at;
        let root = self.cursor.ident()?.to_owned();
        let mut steps = Vec::new();
        while let Some(step) = self.any(&[Self::dotted, Self::bracketed]) {
            // What a loop tells of itself is told to dotted names only.
            let is_lost = root == "loop" && self.source_before() == Some(']');
            steps.push(if is_lost { Step::Nowhere("in brackets".to_owned()) } else { step });
        }
        let span = start..self.cursor.at;
        Some(Ident { text: self.cursor.source[span.clone()].to_owned(), root, steps, span })
    }

    fn dotted(&mut self) -> Option<Step> {
        self.cursor.eat(".")?;
        self.cursor.part().map(|part| Step::Key(part.to_owned()))
    }

    fn bracketed(&mut self) -> Option<Step> {
        self.cursor.eat("[")?;
        let step = self.any(&[
            |reader| {
                reader.cursor.integer().map(|text| match text.parse::<usize>() {
                    Ok(_) => Step::Key(text.to_owned()),
                    Err(_) => Step::Nowhere(text.to_owned()),
                })
            },
            |reader| reader.cursor.string().map(key_step),
            |reader| reader.deeper(Self::path).map(Step::Variable),
        ])?;
        self.cursor.eat("]")?;
        Some(step)
    }

    pub(crate) fn array_filters(&mut self) -> Option<Expr> {
        let start = self.cursor.at;
        self.cursor.eat("[")?;
        let mut items = Vec::new();
        while let Some(item) = self.attempt(|reader| {
            if !items.is_empty() {
                reader.cursor.token(",")?;
            }
            reader.cursor.skip_space();
            reader.logic_value()
        }) {
            items.push(item);
        }
        if !items.is_empty() {
            self.cursor.skip_space();
            let _ = self.cursor.eat(",");
        }
        self.cursor.token("]")?;
        let expr = Expr::plain(Val::Array(items), start..self.cursor.at);
        Some(self.with_filters(expr))
    }

    fn with_filters(&mut self, mut expr: Expr) -> Expr {
        while let Some(filter) = self.attempt(|reader| {
            reader.cursor.token("|")?;
            reader.cursor.skip_space();
            reader.call_or_name()
        }) {
            expr.filters.push(filter);
            expr.span.end = self.cursor.at;
        }
        expr
    }

    /// A filter: a call, or its bare name.
    pub(crate) fn call_or_name(&mut self) -> Option<Call> {
        self.call().or_else(|| self.name().map(|name| Call { name, arguments: Arguments::new() }))
    }
}

/// A quoted key; Tera loses its way in one with quotes or brackets.
fn key_step(text: &str) -> Step {
    if is_key(text) { Step::Key(text.to_owned()) } else { Step::Nowhere(text.to_owned()) }
}

/// Whether a text can be a key in brackets.
pub(crate) fn is_key(text: &str) -> bool {
    !text.contains(['"', '\'', '[', ']'])
}

/// Puts operands and operators of two strengths together, from left to right.
fn left_to_right<O>(
    operands: Vec<Expr>,
    operators: Vec<O>,
    is_tight: impl Fn(&O) -> bool,
    make: impl Fn(Expr, O, Expr) -> Val,
) -> Expr {
    let join = |left: Expr, operator: O, right: Expr| {
        let span = left.span.start..right.span.end;
        Expr::plain(make(left, operator, right), span)
    };
    let mut operands = operands.into_iter();
    let mut current = operands.next().expect("there is one operand more than operators");
    let mut pending: Option<(Expr, O)> = None;
    for (operator, operand) in operators.into_iter().zip(operands) {
        if is_tight(&operator) {
            current = join(current, operator, operand);
            continue;
        }
        if let Some((left, waiting)) = pending.take() {
            current = join(left, waiting, current);
        }
        pending = Some((current, operator));
        current = operand;
    }
    match pending {
        Some((left, operator)) => join(left, operator, current),
        None => current,
    }
}
