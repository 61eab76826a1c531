//! Typed values: what a field may hold, how it is read from text and written back.

use jiff::civil::Date;
use serde_json::{Number, Value as Json};

use crate::collection::{Field, FieldKind};

/// The longest text of one field, in bytes; a longer one is a fault of the source.
pub(crate) const MAX_FIELD_BYTES: usize = 64 * 1024;
/// The longest code, in bytes.
const MAX_CODE_BYTES: usize = 128;
/// The longest URL, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// A checked value. Empty fields have none.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, code or URL.
    Text(String),
    /// One or more items, in the source's order.
    List(Vec<String>),
    /// Whole or decimal number.
    Number(Number),
    /// Calendar date.
    Date(Date),
}

impl Value {
    /// Reads `text` as the field's type.
    ///
    /// - `text`: not empty after trimming.
    ///
    /// # Errors
    /// What was expected, what was found and how to mend it, without the place.
    pub fn parse(field: &Field, text: &str) -> Result<Self, String> {
        check_text(text)?;
        match field.kind {
            FieldKind::Text => Ok(Self::Text(text.to_owned())),
            FieldKind::Code => check_code(field, text).map(|()| Self::Text(text.to_owned())),
            FieldKind::Url => check_url(text).map(|()| Self::Text(text.to_owned())),
            FieldKind::List => Ok(Self::List(split_list(&field.separator, text))),
            FieldKind::Number => parse_number(text).map(Self::Number),
            FieldKind::Date => parse_date(text).map(Self::Date),
        }
    }

    /// The items: one for everything but a list.
    pub fn items(&self) -> Vec<String> {
        match self {
            Self::List(items) => items.clone(),
            other => vec![other.to_text("; ")],
        }
    }

    /// One cell of text; lists joined by `separator`.
    pub fn to_text(&self, separator: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(separator),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
        }
    }

    /// The JSON a template sees: string, number or array of strings; dates as `YYYY-MM-DD`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => items.iter().cloned().map(Json::String).collect(),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Date(date) => Json::String(date.to_string()),
        }
    }
}

/// Rejects what no field may hold: too much of it, or control characters.
pub(crate) fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_FIELD_BYTES {
        let found = text.len();
        return Err(format!("{found} bytes long, at most {MAX_FIELD_BYTES} allowed; shorten it"));
    }
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        Some(c) => Err(format!("control character U+{:04X} in the text; remove it", u32::from(c))),
        None => Ok(()),
    }
}

fn check_code(field: &Field, text: &str) -> Result<(), String> {
    if text.len() > MAX_CODE_BYTES || text.contains(['\n', '\t', '\r']) {
        return Err(format!("expected a code of one line, at most {MAX_CODE_BYTES} bytes"));
    }
    if field.values.is_empty() || field.values.iter().any(|value| value.code == text) {
        return Ok(());
    }
    let known: Vec<&str> = field.values.iter().map(|value| value.code.as_str()).collect();
    Err(format!("expected one of {}, found `{}`", known.join(", "), clip(text)))
}

fn check_url(text: &str) -> Result<(), String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let clean = !text.contains(|c: char| c.is_whitespace() || "\"<>\\^`{|}".contains(c));
    if text.len() <= MAX_URL_BYTES && clean && !host.is_empty() && !host.contains('@') {
        return Ok(());
    }
    Err(format!("expected an address that starts with https:// or http://, found `{}`", clip(text)))
}

/// Items between separators, trimmed, empty ones left out.
///
/// The blank in `"; "` is not insisted on: an editor who forgets it means two items all the same.
pub(crate) fn split_list(separator: &str, text: &str) -> Vec<String> {
    let items = text.split(list_mark(separator)).map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The part of a separator that no item may hold.
pub(crate) fn list_mark(separator: &str) -> &str {
    let mark = separator.trim();
    if mark.is_empty() { separator } else { mark }
}

fn parse_number(text: &str) -> Result<Number, String> {
    let plain = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    let number: Option<Number> = text.parse::<i64>().ok().map(Number::from).or_else(|| {
        plain(text).then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten()
    });
    number.ok_or_else(|| {
        format!("expected a number such as 12 or 0.5 (no blanks or commas), found `{}`", clip(text))
    })
}

fn parse_date(text: &str) -> Result<Date, String> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    shape.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        format!("expected a date of the calendar as YYYY-MM-DD, found `{}`", clip(text))
    })
}

/// The start of a text, for a message.
pub(crate) fn clip(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut out: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out.escape_debug().to_string()
}
