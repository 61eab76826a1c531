//! JSON Lines: one object a line, in bounded memory.

use std::io::{self, BufRead, Read};

use serde_json::{Map, Value as Json};

use crate::delimited::MAX_ROW_BYTES;
use crate::value::clip;

/// One line: its object, or why it has none.
pub(crate) struct Line {
    /// 1-based.
    pub(crate) number: u64,
    pub(crate) object: Result<Map<String, Json>, String>,
    /// Start of the line's text.
    pub(crate) raw: String,
}

pub(crate) struct LineReader<R> {
    input: R,
    line: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: 0 }
    }

    /// The next line that is not blank; `None` at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let cap = MAX_ROW_BYTES as u64 + 1;
            if self.input.by_ref().take(cap).read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let long = bytes.len() > MAX_ROW_BYTES && bytes.last() != Some(&b'\n');
            if long {
                self.input.skip_until(b'\n')?;
            }
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some(self.parse(&bytes, long)));
            }
        }
    }

    fn parse(&self, bytes: &[u8], long: bool) -> Line {
        let raw = clip(String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).trim());
        let object = if long {
            Err(format!("line longer than {MAX_ROW_BYTES} bytes"))
        } else {
            match serde_json::from_slice(bytes) {
                Ok(Json::Object(object)) => Ok(object),
                Ok(_) => Err("expected a JSON object { … } on the line".to_owned()),
                Err(error) => Err(format!("not JSON: {error}")),
            }
        };
        Line { number: self.line, object, raw }
    }
}

/// A JSON value as the text of a cell; a list's items joined by `separator`.
///
/// - Returns `None` for null and empty values.
///
/// # Errors
/// What was found, when it is no text, number, truth value or list of those.
pub(crate) fn cell_text(
    value: &Json,
    mark: &str,
    separator: &str,
) -> Result<Option<String>, String> {
    match value {
        Json::Array(items) => {
            let items =
                items.iter().map(|item| item_text(item, mark)).collect::<Result<Vec<_>, _>>()?;
            Ok((!items.is_empty()).then(|| items.join(separator)))
        }
        other => scalar_text(other),
    }
}

fn item_text(item: &Json, mark: &str) -> Result<String, String> {
    let text = scalar_text(item)?.unwrap_or_default();
    if text.contains(mark) {
        let found = clip(&text);
        return Err(format!(
            "item `{found}` holds the separator `{mark}`; declare another `separator` for the field"
        ));
    }
    Ok(text)
}

fn scalar_text(value: &Json) -> Result<Option<String>, String> {
    match value {
        Json::Null => Ok(None),
        Json::String(text) if text.trim().is_empty() => Ok(None),
        Json::String(text) => Ok(Some(text.clone())),
        Json::Number(number) => Ok(Some(number.to_string())),
        Json::Bool(yes) => Ok(Some(if *yes { "yes" } else { "no" }.to_owned())),
        Json::Array(_) | Json::Object(_) => {
            Err("expected text, a number or a list of them, found a nested value".to_owned())
        }
    }
}
