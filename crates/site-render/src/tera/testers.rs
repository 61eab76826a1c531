//! Tests of Tera: what may stand behind `is`.

use minijinja::value::Value;
use site_model::nearest;

use super::data::{self, Kind, Number, kind, kind_name, same};
use super::fault::Fault;
use crate::patterns;

/// A test: the value, if there is one, and its arguments.
pub(crate) type Tester = fn(Option<&Value>, &[Value]) -> Result<bool, Fault>;

const TESTERS: &[(&str, Tester)] = &[
    ("defined", |value, args| limit(args, 0).map(|()| value.is_some())),
    ("undefined", |value, args| limit(args, 0).map(|()| value.is_none())),
    ("string", |value, args| {
        kind_of(value, args).map(|value| matches!(kind(value), Kind::Text(_)))
    }),
    ("number", |value, args| {
        kind_of(value, args).map(|value| matches!(kind(value), Kind::Number(_)))
    }),
    ("iterable", |value, args| {
        kind_of(value, args).map(|value| matches!(kind(value), Kind::List | Kind::Map))
    }),
    ("object", |value, args| kind_of(value, args).map(|value| kind(value) == Kind::Map)),
    ("odd", |value, args| Ok(number(kind_of(value, args)?)? % 2.0 != 0.0)),
    ("even", |value, args| Ok(number(kind_of(value, args)?)? % 2.0 == 0.0)),
    ("divisibleby", |value, args| {
        limit(args, 1)?;
        let value = number(defined(value)?)?;
        Ok(value % number(parameter(args)?)? == 0.0)
    }),
    ("starting_with", |value, args| {
        let (value, part) = texts(value, args)?;
        Ok(value.starts_with(part))
    }),
    ("ending_with", |value, args| {
        let (value, part) = texts(value, args)?;
        Ok(value.ends_with(part))
    }),
    ("containing", containing),
    ("matching", matching),
];

/// A test by its name.
pub(crate) fn find(name: &str) -> Result<Tester, Fault> {
    let found = TESTERS.iter().find(|(known, _)| *known == name);
    found.map(|(_, tester)| *tester).ok_or_else(|| {
        let known = nearest(name, TESTERS.iter().map(|(known, _)| *known));
        let help = known.map(|known| format!("did you mean `{known}`?"));
        Fault::new(format!("unknown test `{name}`")).with_help(help)
    })
}

fn limit(args: &[Value], max: usize) -> Result<(), Fault> {
    match args.len() {
        len if len <= max => Ok(()),
        len => Err(Fault::new(format!("this test takes {max} arguments, not {len}"))),
    }
}

fn defined(value: Option<&Value>) -> Result<&Value, Fault> {
    value.ok_or_else(|| Fault::new("this test was asked of an undefined variable"))
}

/// The value of a test that takes no arguments.
fn kind_of<'v>(value: Option<&'v Value>, args: &[Value]) -> Result<&'v Value, Fault> {
    limit(args, 0)?;
    defined(value)
}

fn parameter(args: &[Value]) -> Result<&Value, Fault> {
    args.first().ok_or_else(|| Fault::new("this test wants an argument"))
}

fn number(value: &Value) -> Result<f64, Fault> {
    let number = Number::of(value).map(Number::to_float);
    number.ok_or_else(|| Fault::new(format!("this test wants a number, not {}", kind_name(value))))
}

fn text(value: &Value) -> Result<&str, Fault> {
    let text = value.as_str();
    text.ok_or_else(|| Fault::new(format!("this test wants a string, not {}", kind_name(value))))
}

fn texts<'v>(value: Option<&'v Value>, args: &'v [Value]) -> Result<(&'v str, &'v str), Fault> {
    limit(args, 1)?;
    let value = text(defined(value)?)?;
    Ok((value, text(parameter(args)?)?))
}

fn containing(value: Option<&Value>, args: &[Value]) -> Result<bool, Fault> {
    limit(args, 1)?;
    let value = defined(value)?;
    let part = parameter(args)?;
    match kind(value) {
        Kind::Text(whole) => Ok(whole.contains(text(part)?)),
        Kind::List => Ok(data::items(value).iter().any(|item| same(item, part))),
        Kind::Map => Ok(data::member(value, text(part)?).is_some()),
        _ => Err(Fault::new(format!(
            "this test wants a string, an array or an object, not {}",
            kind_name(value)
        ))),
    }
}

fn matching(value: Option<&Value>, args: &[Value]) -> Result<bool, Fault> {
    let (value, pattern) = texts(value, args)?;
    let pattern = patterns::compiled(pattern)
        .map_err(|error| Fault::new(format!("no regular expression: {error}")))?;
    Ok(pattern.is_match(value))
}
