//! Filters of numbers.

use minijinja::value::Value;

use super::{Own, wants};
use crate::tera::data::Number;
use crate::tera::fault::Fault;
use crate::tera::given::{Given, whole};

pub(super) const FILTERS: &[(&str, Own)] =
    &[("abs", abs), ("pluralize", pluralize), ("round", round), ("filesizeformat", filesizeformat)];

/// A float; what JSON has no number for is nothing.
pub(super) fn float_value(number: f64) -> Value {
    if number.is_finite() { Value::from(number) } else { Value::from(()) }
}

fn number(value: &Value, given: &Given<'_>) -> Result<Number, Fault> {
    Number::of(value).ok_or_else(|| wants(given, "a number", value))
}

fn abs(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    match number(value, given)? {
        Number::Int(number) => {
            let positive = number.checked_abs();
            positive
                .map(Value::from)
                .ok_or_else(|| Fault::new("`abs`: the number is out of bounds"))
        }
        Number::Large(number) => Ok(Value::from(number)),
        Number::Float(number) => Ok(Value::from(number.abs())),
    }
}

fn pluralize(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let number = number(value, given)?.to_float();
    let plural = given.text("plural")?.unwrap_or_else(|| "s".to_owned());
    let singular = given.text("singular")?.unwrap_or_default();
    let is_one = (number.abs() - 1.0).abs() <= f64::EPSILON;
    Ok(Value::from(if is_one { singular } else { plural }))
}

/// Rounds half away from zero.
fn round(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let number = number(value, given)?.to_float();
    let method = given.text("method")?.unwrap_or_else(|| "common".to_owned());
    let precision: i32 = given.whole("precision")?.unwrap_or(0);
    let scale = if precision == 0 { 1.0 } else { 10.0_f64.powi(precision) };
    let scaled = scale * number;
    let rounded = match method.as_str() {
        "common" => scaled.round(),
        "ceil" => scaled.ceil(),
        "floor" => scaled.floor(),
        _ => {
            let message = format!("`round`: there is no method `{method}`");
            let help = Some("it is `common`, `ceil` or `floor`".to_owned());
            return Err(Fault::new(message).with_help(help));
        }
    };
    Ok(float_value(rounded / scale))
}

fn filesizeformat(value: &Value, given: &Given<'_>) -> Result<Value, Fault> {
    let bytes: u64 = whole(value).ok_or_else(|| wants(given, "a whole number", value))?;
    let is_binary = given.flag("binary")?.unwrap_or(false);
    let format = if is_binary { humansize::BINARY } else { humansize::WINDOWS };
    Ok(Value::from(humansize::format_size(bytes, format)))
}
