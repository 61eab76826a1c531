//! Expressions of Tera evaluated, oddities included.
//!
//! Escaping belongs to an expression, not to its value: a string that comes out of a variable, a
//! literal, a function or a filter is escaped at the end of *its* expression, unless that ends in
//! `safe`; arguments and `set` do without. So `a ~ b` is never escaped, a default value twice, and in an
//! `if` an escaped literal may differ from an equal concatenation.

use std::cell::RefCell;
use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{Environment, State};

use super::arithmetic::calculate;
use super::data::{self, Kind, Number, is_truthy, kind, kind_name, same};
use super::expressions::is_key;
use super::fault::{Fault, UnitId};
use super::given::Given;
use super::printing::json;
use super::run::{Run, escaped_value};
use super::syntax::{
    Arguments, Call, Expr, Ident, In, Logic, LogicOperator, MacroCall, Step, Test, Val, argument,
};
use super::{filters, functions, testers};
use crate::functions::SiteFunction;

/// The name that stands for all variables.
const CONTEXT: &str = "__tera_context";

/// Evaluates expressions of one template.
pub(crate) struct Evaluator<'a, 's, 't, 'e> {
    pub(crate) run: &'a Arc<Run>,
    pub(crate) engine: &'a Engine<'s, 't, 'e>,
    pub(crate) unit: UnitId,
}

/// The engine that runs the template, for what it shares with other dialects.
pub(crate) struct Engine<'s, 't, 'e> {
    state: RefCell<&'s mut State<'t, 'e>>,
    pub(crate) env: &'e Environment<'e>,
}

impl<'s, 't, 'e> Engine<'s, 't, 'e> {
    pub(crate) fn new(state: &'s mut State<'t, 'e>) -> Self {
        let env = state.env();
        Self { state: RefCell::new(state), env }
    }

    /// A variable that every template of this program has, whatever dialect it is of.
    fn global(&self, root: &str, keys: &[&str]) -> Option<Value> {
        if root != "woodblock" {
            return None;
        }
        data::walk(&self.state.borrow().lookup(root)?, keys.iter().copied())
    }

    /// The site's function of this name.
    pub(crate) fn function(&self, name: &str) -> Option<Arc<SiteFunction>> {
        self.state.borrow().lookup(name)?.downcast_object()
    }

    /// Whether there is a filter of this name.
    pub(crate) fn has_filter(&self, name: &str) -> bool {
        self.state.borrow_mut().perform_test("filter", &[Value::from(name)]).unwrap_or(false)
    }

    pub(crate) fn filter(&self, name: &str, args: &[Value]) -> Result<Value, Fault> {
        self.state.borrow_mut().apply_filter(name, args).map_err(|error| Fault::of(&error))
    }
}

/// A value, and whether a string of it still has to be escaped.
struct Found {
    value: Value,
    needs_escape: bool,
}

impl Found {
    fn plain(value: impl Into<Value>) -> Self {
        Self { value: value.into(), needs_escape: false }
    }

    fn raw(value: impl Into<Value>) -> Self {
        Self { value: value.into(), needs_escape: true }
    }
}

impl Evaluator<'_, '_, '_, '_> {
    /// The value of an expression, escaped where strings are.
    pub(crate) fn value(&self, expr: &Expr) -> Result<Value, Fault> {
        self.value_inside(expr).map_err(|fault| fault.at(self.unit, &expr.span))
    }

    /// The value of an expression, not escaped.
    pub(crate) fn unescaped(&self, expr: &Expr) -> Result<Value, Fault> {
        let before = self.run.set_escapes(false);
        let value = self.value(expr);
        self.run.set_escapes(before);
        value
    }

    fn value_inside(&self, expr: &Expr) -> Result<Value, Fault> {
        match &expr.val {
            Val::Ident(ident) => self.ident_with_default(ident, self.lookup(ident), expr),
            _ => self.finished(self.without_filters(expr)?, expr),
        }
    }

    /// What is behind a value: filters, `not`, and the escape.
    fn finished(&self, mut found: Found, expr: &Expr) -> Result<Value, Fault> {
        for filter in &expr.filters {
            if filter.name.text != "safe" && filter.name.text != "default" {
                found = Found::raw(self.filtered(&found.value, filter)?);
            }
        }
        if expr.negated {
            return Ok(Value::from(!is_truthy(&found.value)));
        }
        let escapes = self.run.escapes() && found.needs_escape && !expr.is_marked_safe();
        Ok(match found.value.as_str() {
            Some(text) if escapes => escaped_value(text),
            _ => found.value,
        })
    }

    /// A variable with its filters; a missing one may have a default, and `not` of it is true.
    fn ident_with_default(
        &self,
        ident: &Ident,
        looked_up: Result<Option<Value>, Fault>,
        expr: &Expr,
    ) -> Result<Value, Fault> {
        let needs_escape = ident.text != CONTEXT;
        let default = expr.default_filter();
        let value = match (looked_up, default) {
            (Ok(Some(value)), Some(call)) if kind(&value) == Kind::Null => {
                self.default_value(call)?
            }
            (Ok(Some(value)), _) => value,
            (Ok(None) | Err(_), Some(call)) => self.default_value(call)?,
            (Ok(None) | Err(_), None) if expr.negated => return Ok(Value::from(true)),
            (Ok(None), None) => return Err(self.undefined(ident)),
            (Err(fault), None) => return Err(fault),
        };
        self.finished(Found { value, needs_escape }, expr)
    }

    fn default_value(&self, call: &Call) -> Result<Value, Fault> {
        match argument(&call.arguments, "value") {
            Some(expr) => self.value(expr),
            None => Err(Fault::new("the filter `default` wants an argument `value`")
                .at(self.unit, &call.name.span)),
        }
    }

    fn without_filters(&self, expr: &Expr) -> Result<Found, Fault> {
        Ok(match &expr.val {
            Val::String(text) => Found::raw(text.as_str()),
            Val::Int(number) => Found::plain(*number),
            Val::Float(number) => Found::plain(*number),
            Val::Bool(flag) => Found::plain(*flag),
            Val::Ident(ident) => Found::raw(self.ident(ident)?),
            Val::Array(items) => {
                let items =
                    items.iter().map(|item| self.value(item)).collect::<Result<Vec<_>, _>>();
                Found::plain(items?)
            }
            Val::In(it) => Found::plain(self.is_in(it)?),
            Val::Test(test) => Found::plain(self.test(test)?),
            Val::Logic(_) => Found::plain(self.truth_inside(expr)?),
            Val::Math(_) => Found::plain(match self.number_of(&expr.val)? {
                Some(number) => number.to_value(),
                None => Value::from("NaN"),
            }),
            Val::Function(call) => self.call(call)?,
            Val::Macro(call) => Found::plain(self.macro_call(call)?),
            Val::Concat(values) => self.concatenation(values)?,
        })
    }

    fn concatenation(&self, values: &[Val]) -> Result<Found, Fault> {
        let mut text = String::new();
        let mut needs_escape = false;
        for part in values {
            match part {
                Val::String(part) => text.push_str(part),
                Val::Int(number) => text.push_str(&number.to_string()),
                Val::Float(number) => text.push_str(&number.to_string()),
                Val::Ident(ident) => join(&mut text, &self.ident(ident)?, &ident.text)?,
                Val::Function(call) => {
                    let found = self.call(call)?;
                    needs_escape = found.needs_escape;
                    join(&mut text, &found.value, &call.name.text)?;
                }
                _ => return Err(Fault::new("`~` joins strings, numbers, variables and calls")),
            }
        }
        Ok(Found { value: Value::from(text), needs_escape })
    }

    /// Follows a path through the variables.
    fn ident(&self, ident: &Ident) -> Result<Value, Fault> {
        self.lookup(ident)?.ok_or_else(|| self.undefined(ident))
    }

    /// The same; nothing where it leads nowhere, which is often no fault.
    fn lookup(&self, ident: &Ident) -> Result<Option<Value>, Fault> {
        if ident.text == CONTEXT {
            let text = serde_json::to_string_pretty(&json(&self.run.all()));
            return Ok(Some(Value::from(text.unwrap_or_default())));
        }
        match ident.steps.as_slice() {
            [] => return Ok(self.variable(&ident.root, &[])),
            // Most paths have one step: no list of them is made.
            [Step::Key(key)] if !key.is_empty() => return Ok(self.variable(&ident.root, &[key])),
            _ => {}
        }
        let keys = self.keys(ident)?;
        let borrowed: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        Ok(self.variable(&ident.root, &borrowed))
    }

    fn variable(&self, root: &str, keys: &[&str]) -> Option<Value> {
        self.run.find(root, keys).or_else(|| self.engine.global(root, keys))
    }

    fn keys<'i>(&self, ident: &'i Ident) -> Result<Vec<std::borrow::Cow<'i, str>>, Fault> {
        let mut keys = Vec::with_capacity(ident.steps.len());
        for step in &ident.steps {
            match step {
                // An empty key is no step at all.
                Step::Key(key) if key.is_empty() => {}
                Step::Key(key) => keys.push(key.as_str().into()),
                Step::Nowhere(text) => {
                    return Err(Fault::new(format!("`{}`: nothing has a key {text}", ident.text)));
                }
                Step::Variable(inner) => {
                    let value = self.ident(inner)?;
                    match kind(&value) {
                        Kind::Text("") => {}
                        Kind::Text(text) if is_key(text) => keys.push(text.to_owned().into()),
                        Kind::Text(text) => {
                            let message = format!("`{}`: nothing has a key {text}", ident.text);
                            return Err(Fault::new(message).at(self.unit, &inner.span));
                        }
                        Kind::Number(number) => {
                            keys.extend(
                                number.json().split('.').map(|part| part.to_owned().into()),
                            );
                        }
                        _ => {
                            let what = kind_name(&value);
                            let message = format!(
                                "`{}` is {what}: only a string or a number can stand in brackets",
                                inner.text
                            );
                            return Err(Fault::new(message).at(self.unit, &inner.span));
                        }
                    }
                }
            }
        }
        Ok(keys)
    }

    /// Says which step of a path is missing, and what is there instead.
    fn undefined(&self, ident: &Ident) -> Fault {
        let keys = self.keys(ident).unwrap_or_default();
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        let message = format!("undefined variable `{}`", ident.text);
        let help = match self.run.find(&ident.root, &[]) {
            None => {
                let all = data::keys(&self.run.all());
                let names = all.iter().filter_map(Value::as_str);
                site_model::nearest(&ident.root, names)
                    .map(|known| format!("did you mean `{known}`?"))
            }
            Some(root) => missing_step(&ident.root, root, &keys),
        };
        let usual = || {
            format!(
                "where it may be missing, write `{{% if {} %}}` or `| default(value=…)`",
                ident.text
            )
        };
        let fault = Fault::new(message).with_help(Some(help.unwrap_or_else(usual)));
        fault.at(self.unit, &ident.span)
    }

    fn is_in(&self, it: &In) -> Result<bool, Fault> {
        let left = self.unescaped(&it.left)?;
        let right = self.unescaped(&it.right)?;
        let is_in = match (kind(&right), left.as_str()) {
            (Kind::List, _) => data::items(&right).iter().any(|item| same(item, &left)),
            (Kind::Text(text), Some(part)) => text.contains(part),
            (Kind::Map, Some(key)) => data::member(&right, key).is_some(),
            (Kind::Text(_) | Kind::Map, None) => {
                let message = format!("{} cannot be in {}", kind_name(&left), kind_name(&right));
                return Err(Fault::new(message));
            }
            _ => {
                let message = format!(
                    "`in` looks into strings, arrays and objects, not into {}",
                    kind_name(&right)
                );
                return Err(Fault::new(message));
            }
        };
        Ok(is_in != it.negated)
    }

    fn test(&self, test: &Test) -> Result<bool, Fault> {
        let at = |fault: Fault| fault.at(self.unit, &test.name.span);
        let known = testers::find(&test.name.text).map_err(at)?;
        let mut arguments = Vec::with_capacity(test.arguments.len());
        for argument in &test.arguments {
            arguments.push(self.unescaped(argument)?);
        }
        let value = self.lookup(&test.ident).ok().flatten();
        let result = known(value.as_ref(), &arguments).map_err(at)?;
        Ok(result != test.negated)
    }

    fn given<'n>(&self, name: &'n str, arguments: &Arguments) -> Result<Given<'n>, Fault> {
        let mut given = Given::new(name);
        for (key, expr) in arguments {
            given.add(key, self.unescaped(expr)?);
        }
        Ok(given)
    }

    fn call(&self, call: &Call) -> Result<Found, Fault> {
        let name = &call.name.text;
        let at = |fault: Fault| fault.at(self.unit, &call.name.span);
        let function = functions::find(name, self.engine).map_err(at)?;
        let given = self.given(name, &call.arguments)?;
        let value = functions::call(self.run, &function, &given).map_err(at)?;
        Ok(Found { value, needs_escape: !functions::is_safe(name) })
    }

    /// A value behind a filter.
    pub(crate) fn filtered(&self, value: &Value, call: &Call) -> Result<Value, Fault> {
        let name = &call.name.text;
        let at = |fault: Fault| fault.at(self.unit, &call.name.span);
        let filter = filters::find(name, self.engine).map_err(at)?;
        let given = self.given(name, &call.arguments)?;
        filter.apply(self.engine, value, given).map_err(at)
    }

    fn macro_call(&self, call: &MacroCall) -> Result<String, Fault> {
        let program = &self.run.program;
        let at = |fault: Fault| fault.at(self.unit, &call.name.span);
        let (unit, found) =
            program.find_macro(self.run.caller(), &call.namespace, &call.name.text).map_err(at)?;
        let inside = Evaluator { run: self.run, engine: self.engine, unit };
        let mut values = Vec::with_capacity(found.arguments.len());
        for (name, default) in &found.arguments {
            let value = match (argument(&call.arguments, name), default) {
                (Some(expr), _) => self.unescaped(expr)?,
                (None, Some(default)) => inside.unescaped(default)?,
                (None, None) => {
                    let message =
                        format!("the macro `{}` wants an argument `{name}`", call.name.text);
                    return Err(at(Fault::new(message)));
                }
            };
            values.push((name.clone(), value));
        }
        self.run.in_macro(self.engine.env, unit, &found.body, values).map_err(at)
    }

    /// An expression as a condition.
    pub(crate) fn truth(&self, expr: &Expr) -> Result<bool, Fault> {
        self.truth_inside(expr).map_err(|fault| fault.at(self.unit, &expr.span))
    }

    /// Filters count only behind a variable, where any error makes the condition false; a function has
    /// to give a boolean.
    fn truth_inside(&self, expr: &Expr) -> Result<bool, Fault> {
        let found = match &expr.val {
            Val::Ident(ident) => match self.lookup(ident) {
                Ok(None) | Err(_) if expr.default_filter().is_none() => false,
                looked_up => {
                    // `not` is applied by the value, here and below: three times is once.
                    let value = self.ident_with_default(ident, looked_up, expr);
                    value.is_ok_and(|value| is_truthy(&value)) != expr.negated
                }
            },
            Val::Logic(it) => match self.logic(it)? {
                Some(found) => found,
                None => return Ok(false),
            },
            Val::Math(_) | Val::Int(_) | Val::Float(_) => {
                self.number_of(&expr.val)?.is_some_and(|number| number.to_float() != 0.0)
            }
            Val::In(it) => self.is_in(it)?,
            Val::Test(test) => self.test(test)?,
            Val::Bool(flag) => *flag,
            Val::String(text) => !text.is_empty(),
            Val::Function(call) => {
                let found = self.call(call)?;
                let Kind::Bool(flag) = kind(&found.value) else {
                    let message = format!(
                        "the function `{}` gives {}, and a condition wants a boolean",
                        call.name.text,
                        kind_name(&found.value)
                    );
                    return Err(Fault::new(message).at(self.unit, &call.name.span));
                };
                flag
            }
            Val::Concat(_) => is_truthy(&self.value(expr)?) != expr.negated,
            Val::Macro(call) => !self.macro_call(call)?.is_empty(),
            Val::Array(items) => !items.is_empty(),
        };
        Ok(found != expr.negated)
    }

    /// Nothing when a number was compared with something else, which is false even behind `not`.
    fn logic(&self, it: &Logic) -> Result<Option<bool>, Fault> {
        match it.operator {
            LogicOperator::Or => Ok(Some(self.truth(&it.left)? || self.truth(&it.right)?)),
            LogicOperator::And => Ok(Some(self.truth(&it.left)? && self.truth(&it.right)?)),
            LogicOperator::Equal => self.equal(it),
            LogicOperator::NotEqual => self.equal(it).map(|equal| equal.map(|equal| !equal)),
            _ => self.ordered(it).map(Some),
        }
    }

    /// Whether both sides are equal; nothing when only one of them is a number.
    fn equal(&self, it: &Logic) -> Result<Option<bool>, Fault> {
        let (left, right) = (self.value(&it.left)?, self.value(&it.right)?);
        Ok(match (Number::of(&left), Number::of(&right)) {
            #[expect(clippy::float_cmp, reason = "equality of numbers is that of floats")]
            (Some(left), Some(right)) => Some(left.to_float() == right.to_float()),
            (None, None) => Some(same(&left, &right)),
            _ => None,
        })
    }

    fn ordered(&self, it: &Logic) -> Result<bool, Fault> {
        let (left, right) = (self.number(&it.left)?, self.number(&it.right)?);
        let (Some(left), Some(right)) = (left, right) else {
            return Err(Fault::new("comparison with what is no number"));
        };
        let (left, right) = (left.to_float(), right.to_float());
        Ok(match it.operator {
            LogicOperator::Greater => left > right,
            LogicOperator::GreaterOrEqual => left >= right,
            LogicOperator::Less => left < right,
            _ => left <= right,
        })
    }

    /// An operand of arithmetic; nothing for a division of zero by zero.
    fn number(&self, expr: &Expr) -> Result<Option<Number>, Fault> {
        let at = |fault: Fault| fault.at(self.unit, &expr.span);
        if expr.filters.is_empty() {
            return self.number_of(&expr.val).map_err(at);
        }
        let value = self.value(expr)?;
        let number = Number::of(&value);
        number.map(Some).ok_or_else(|| at(no_number("the expression", &value)))
    }

    fn number_of(&self, val: &Val) -> Result<Option<Number>, Fault> {
        match val {
            Val::Int(number) => Ok(Some(Number::Int(*number))),
            Val::Float(number) => Ok(Some(Number::Float(*number))),
            Val::Ident(ident) => {
                let value = self.ident(ident)?;
                let fault = || no_number(&format!("`{}`", ident.text), &value);
                Number::of(&value).map(Some).ok_or_else(|| fault().at(self.unit, &ident.span))
            }
            Val::Function(call) => {
                let value = self.call(call)?.value;
                let fault = || no_number(&format!("`{}()`", call.name.text), &value);
                Number::of(&value).map(Some).ok_or_else(|| fault().at(self.unit, &call.name.span))
            }
            Val::Math(it) => {
                let (left, right) = (self.number(&it.left)?, self.number(&it.right)?);
                match (left, right) {
                    (Some(left), Some(right)) => calculate(left, it.operator, right),
                    _ => Ok(None),
                }
            }
            Val::String(text) => Err(Fault::new(format!("`{text}` is a string, not a number"))),
            Val::Bool(flag) => Err(Fault::new(format!("`{flag}` is a boolean, not a number"))),
            _ => Err(Fault::new("this is no number")),
        }
    }
}

fn no_number(what: &str, value: &Value) -> Fault {
    Fault::new(format!("{what} is {}, not a number", kind_name(value)))
}

fn join(text: &mut String, value: &Value, name: &str) -> Result<(), Fault> {
    match kind(value) {
        Kind::Text(part) => text.push_str(part),
        Kind::Number(number) => text.push_str(&number.json()),
        _ => {
            let what = kind_name(value);
            let message = format!("`{name}` is {what}: `~` joins strings and numbers");
            return Err(Fault::new(message));
        }
    }
    Ok(())
}

/// The nearest name where a path leaves what is there.
fn missing_step(root: &str, value: Value, keys: &[&str]) -> Option<String> {
    let mut current = value;
    let mut path = root.to_owned();
    for key in keys {
        let Some(next) = data::walk(&current, [*key]) else {
            if kind(&current) != Kind::Map {
                return Some(format!("`{path}` is {}", kind_name(&current)));
            }
            let known = data::keys(&current);
            let known = site_model::nearest(key, known.iter().filter_map(Value::as_str))?;
            return Some(format!("did you mean `{path}.{known}`?"));
        };
        current = next;
        path = format!("{path}.{key}");
    }
    None
}
