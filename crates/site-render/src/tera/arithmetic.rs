//! Tera's arithmetic: whole numbers stay whole and never overflow, division gives a whole number where
//! it can, and zero by zero is no number.

use super::data::Number;
use super::fault::Fault;
use super::syntax::MathOperator;

/// Calculates; nothing is what is no number (0 / 0).
pub(crate) fn calculate(
    left: Number,
    operator: MathOperator,
    right: Number,
) -> Result<Option<Number>, Fault> {
    if operator == MathOperator::Divide {
        return Ok(divide(left.to_float(), right.to_float()));
    }
    if let (Number::Int(a), Number::Int(b)) = (left, right) {
        let result = match operator {
            MathOperator::Add => a.checked_add(b),
            MathOperator::Subtract => a.checked_sub(b),
            MathOperator::Multiply => a.checked_mul(b),
            _ => remainder(b)?.and_then(|()| a.checked_rem(b)),
        };
        return result.map(Number::Int).map(Some).ok_or_else(|| out_of_bounds("a signed"));
    }
    if let (Some(a), Some(b)) = (unsigned(left), unsigned(right)) {
        let result = match operator {
            MathOperator::Add => a.checked_add(b),
            MathOperator::Subtract => a.checked_sub(b),
            MathOperator::Multiply => a.checked_mul(b),
            _ => a.checked_rem(b),
        };
        return result.map(from_unsigned).map(Some).ok_or_else(|| out_of_bounds("an unsigned"));
    }
    let (a, b) = (left.to_float(), right.to_float());
    let result = match operator {
        MathOperator::Add => a + b,
        MathOperator::Subtract => a - b,
        MathOperator::Multiply => a * b,
        _ => a % b,
    };
    Ok(Number::finite(result))
}

#[expect(clippy::cast_possible_truncation, reason = "a quotient past the bounds stops at them")]
fn divide(left: f64, right: f64) -> Option<Number> {
    let result = left / right;
    #[expect(clippy::float_cmp, reason = "whether it is whole")]
    let is_whole = result.round() == result && result.is_finite();
    if is_whole { Some(Number::Int(result as i64)) } else { Number::finite(result) }
}

fn remainder(by: i64) -> Result<Option<()>, Fault> {
    if by == 0 { Err(Fault::new("remainder of a division by zero")) } else { Ok(Some(())) }
}

fn unsigned(number: Number) -> Option<u64> {
    match number {
        Number::Int(number) => u64::try_from(number).ok(),
        Number::Large(number) => Some(number),
        Number::Float(_) => None,
    }
}

fn from_unsigned(number: u64) -> Number {
    i64::try_from(number).map_or(Number::Large(number), Number::Int)
}

fn out_of_bounds(kind: &str) -> Fault {
    Fault::new(format!("the result is out of bounds for {kind} number of 64 bits"))
}
