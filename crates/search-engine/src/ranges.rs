//! Ranges of dates and numbers through terms.
//!
//! A value is a 32-bit integer that sorts as it does, and is indexed at several levels, each a term:
//! a day, its month and its year; a number by its four, three, two and one highest bytes. A range
//! is then covered by few terms: whole years, the months beside them, the days beside those.
//!
//! ```bnf
//! term ::= ("@" | "#") level:digit hex{8}     ; in the namespace of a field's codes
//! ```

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::format::columns;

/// Values of each level that make one of the next: days, months, years.
const DATES: Scale = Scale { tag: b'@', steps: &[31, 12] };
/// Bytes of an ordered number.
const NUMBERS: Scale = Scale { tag: b'#', steps: &[256, 256, 256] };

#[derive(Clone, Copy, Debug)]
struct Scale {
    tag: u8,
    steps: &'static [u32],
}

/// The terms under which a date (`2020-01-15`, `20200115`) is found by ranges; none for what is no
/// date.
pub fn date_terms(text: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match day_range(text) {
        Some((day, _)) if digits.len() == 8 => terms(DATES, day),
        _ => Vec::new(),
    }
}

/// The terms under which a number is found by ranges; none for what is no number.
pub fn number_terms(text: &str) -> Vec<String> {
    ordered_number(text).map_or_else(Vec::new, |number| terms(NUMBERS, number))
}

fn terms(scale: Scale, mut value: u32) -> Vec<String> {
    let mut terms = vec![term(scale, 0, value)];
    for (level, step) in scale.steps.iter().enumerate() {
        value /= step;
        terms.push(term(scale, level + 1, value));
    }
    terms
}

fn term(scale: Scale, level: usize, value: u32) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut term = String::with_capacity(10);
    term.push(scale.tag.into());
    term.push(char::from(b'0' + level as u8));
    for shift in [28, 24, 20, 16, 12, 8, 4, 0] {
        term.push(HEX[(value >> shift & 15) as usize].into());
    }
    term
}

/// First and last day of a year, month or day, as [`columns::pack_date`] packs them.
fn day_range(text: &str) -> Option<(u32, u32)> {
    let is_mark = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月' | '日');
    let fit = |c: char| c.is_ascii_digit() || is_mark(c);
    if !text.chars().all(fit) {
        return None;
    }
    let mut parts: Vec<&str> = text.split(is_mark).filter(|part| !part.is_empty()).collect();
    if let [digits] = parts[..] {
        match digits.len() {
            6 => parts = vec![&digits[..4], &digits[4..]],
            8 => parts = vec![&digits[..4], &digits[4..6], &digits[6..]],
            _ => {}
        }
    }
    if parts.len() > 3 || parts.first()?.len() != 4 || parts[1..].iter().any(|part| part.len() > 2)
    {
        return None;
    }
    let from = columns::pack_date_of(parts.iter().copied());
    let days = [31 * 12, 31, 1].get(parts.len() - 1)?;
    (from > 0).then_some((from, from + days - 1))
}

/// A 32-bit integer that sorts as the decimal number does, to seven digits.
///
/// Read by hand: the standard library's reader of floats would add 9 KB to the engine.
pub fn ordered_number(text: &str) -> Option<u32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mut value, mut scale, mut seen) = (0.0_f64, 1.0_f64, 0);
    let mut fraction = false;
    for c in digits.chars() {
        match c {
            '.' if !fraction => fraction = true,
            ',' if !fraction => {}
            '0'..='9' if seen < 18 => {
                seen += 1;
                value = value * 10.0 + f64::from(c as u32 - '0' as u32);
                scale *= if fraction { 10.0 } else { 1.0 };
            }
            _ => return None,
        }
    }
    if seen == 0 {
        return None;
    }
    let bits = ((value / scale) as f32).to_bits();
    // 0 is left for "none".
    Some(if negative && bits != 0 { !(bits | 1 << 31) } else { bits | 1 << 31 }.max(1))
}

/// A range as the question states it; a side may be open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Whether the bounds themselves are left out.
    pub(crate) from_open: bool,
    pub(crate) to_open: bool,
}

impl Range {
    /// From one bound to the other, both inside.
    pub(crate) fn between(from: &str, to: &str) -> Self {
        Self { from: from.trim().into(), to: to.trim().into(), from_open: false, to_open: false }
    }

    /// The terms between which the values lie: the first and the last of each level. `None`: the
    /// bounds are neither dates nor numbers.
    pub(crate) fn terms(&self) -> Option<Vec<(String, String)>> {
        let mut covers = Vec::new();
        if let Some((low, high)) = self.bounds(day_range, 9_999 * 372 + 372) {
            cover(DATES, low, high, &mut covers);
        }
        let number = |text: &str| ordered_number(text).map(|number| (number, number));
        if let Some((low, high)) = self.bounds(number, u32::MAX) {
            cover(NUMBERS, low, high, &mut covers);
        }
        let known = self.bounds(day_range, 0).is_some() || self.bounds(number, 0).is_some();
        known.then_some(covers)
    }

    fn bounds(&self, read: impl Fn(&str) -> Option<(u32, u32)>, most: u32) -> Option<(u32, u32)> {
        let low = match (self.from.is_empty(), read(&self.from)) {
            (true, _) => 1,
            (false, Some((first, last))) if self.from_open => last.max(first).checked_add(1)?,
            (false, Some((first, _))) => first,
            (false, None) => return None,
        };
        let high = match (self.to.is_empty(), read(&self.to)) {
            (true, _) => most,
            (false, Some((first, _))) if self.to_open => first.checked_sub(1)?,
            (false, Some((_, last))) => last,
            (false, None) => return None,
        };
        Some((low, high))
    }

    pub(crate) fn text(&self) -> String {
        let sign = |open: bool, sign| if open { sign } else { "" };
        let (before, after) = (sign(self.from_open, "("), sign(self.to_open, ")"));
        [before, &self.from, "..", &self.to, after].concat()
    }
}

/// Covers `low..=high` with terms of as high a level as fits.
fn cover(scale: Scale, low: u32, high: u32, covers: &mut Vec<(String, String)>) {
    let (mut low, mut end) = (u64::from(low), u64::from(high) + 1);
    let mut push = |level: usize, from: u64, end: u64| {
        if from < end {
            covers.push((term(scale, level, from as u32), term(scale, level, (end - 1) as u32)));
        }
    };
    for (level, &step) in scale.steps.iter().enumerate() {
        let step = u64::from(step);
        let (up, down) = (low.div_ceil(step), end / step);
        if up >= down {
            return push(level, low, end);
        }
        push(level, low, up * step);
        push(level, down * step, end);
        (low, end) = (up, down);
    }
    push(scale.steps.len(), low, end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(range: &Range, terms: &[String]) -> bool {
        let covers = range.terms().unwrap_or_default();
        covers.iter().any(|(low, high)| {
            terms.iter().any(|term| term.len() == low.len() && low <= term && term <= high)
        })
    }

    #[test]
    fn bounds_are_years_months_days_or_numbers() {
        let range =
            |from: &str, to: &str| Range { from: from.into(), to: to.into(), ..Range::default() };
        let day = date_terms("2020-02-29");
        assert!(holds(&range("2019", "2020"), &day) && holds(&range("202002", "202002"), &day));
        assert!(holds(&range("2020-02-29", ""), &day) && !holds(&range("2020-03", ""), &day));
        assert!(holds(&range("", "20200229"), &day) && !holds(&range("", "2020-02-28"), &day));
        let open = |range: Range| Range { from_open: true, to_open: true, ..range };
        assert!(!holds(&open(range("2020", "")), &day) && !holds(&open(range("", "2020")), &day));
        assert!(holds(&range("9.5", "1,000"), &number_terms("10")));
        assert_eq!(range("soon", "").terms(), None);
        assert!(date_terms("2020-13-01").is_empty() && date_terms("2020").is_empty());
        assert!(number_terms("1e5").is_empty() && number_terms(".").is_empty());
        assert!(range("1990", "2030").terms().is_some_and(|covers| covers.len() <= 12));
    }

    proptest! {
        #[test]
        fn numbers_lie_where_they_are(value in -9_999..9_999_i32, from in -9_999..9_999_i32, to in -9_999..9_999_i32, open: bool) {
            let range = Range { from: from.to_string(), to: to.to_string(), from_open: open, to_open: open };
            let expected = if open { from < value && value < to } else { from <= value && value <= to };
            prop_assert_eq!(holds(&range, &number_terms(&value.to_string())), expected);
        }

        #[test]
        fn days_lie_where_they_are(days in proptest::array::uniform3((1_990_u32..2_030, 1_u32..13, 1_u32..32))) {
            let [value, from, to] = days.map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
            let expected = from <= value && value <= to;
            let range = Range { from, to, ..Range::default() };
            prop_assert_eq!(holds(&range, &date_terms(&value)), expected);
        }

        #[test]
        fn any_bounds_are_read(from: String, to: String, open: bool) {
            let range = Range { from, to, from_open: open, to_open: open };
            if let Some(covers) = range.terms() {
                prop_assert!(covers.len() <= 16);
            }
        }
    }
}
