//! How Tera prints, escapes and encodes values.

use std::fmt::Write as _;

use minijinja::value::Value;
use serde_json::{Map, Value as Json};

use super::data::{Kind, Number, items, kind, pairs};

/// Deepest value that is written; what lies below is left out.
const MAX_DEPTH: usize = 32;

/// Appends a value as `{{ }}` prints it: nothing as nothing, lists in brackets, strings in lists as
/// they are.
pub(crate) fn print(value: &Value, out: &mut String) {
    print_within(value, out, MAX_DEPTH);
}

fn print_within(value: &Value, out: &mut String, depth: usize) {
    match kind(value) {
        Kind::Null => {}
        Kind::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        // Writing into a string does not fail.
        Kind::Number(Number::Int(number)) => drop(write!(out, "{number}")),
        Kind::Number(number) => out.push_str(&number.shown()),
        Kind::Text(text) => out.push_str(text),
        Kind::Map => out.push_str("[object]"),
        Kind::List => {
            out.push('[');
            for (idx, item) in items(value).iter().enumerate() {
                if idx > 0 {
                    out.push_str(", ");
                }
                if depth > 0 {
                    print_within(item, out, depth - 1);
                }
            }
            out.push(']');
        }
    }
}

pub(crate) fn printed(value: &Value) -> String {
    let mut out = String::new();
    print(value, &mut out);
    out
}

/// Appends text with Tera's five escapes of HTML and its sixth, of the slash.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#x27;",
            b'/' => "&#x2F;",
            _ => continue,
        };
        out.push_str(&text[done..at]);
        out.push_str(escaped);
        done = at + 1;
    }
    out.push_str(&text[done..]);
}

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    escape(text, &mut out);
    out
}

/// A value as JSON; neighbours of neighbouring pages are left out, for they have no end.
pub(crate) fn json(value: &Value) -> Json {
    json_within(value, MAX_DEPTH, false)
}

fn json_within(value: &Value, depth: usize, is_neighbour: bool) -> Json {
    match kind(value) {
        Kind::Null => Json::Null,
        Kind::Bool(flag) => Json::Bool(flag),
        Kind::Number(Number::Int(number)) => number.into(),
        Kind::Number(Number::Large(number)) => number.into(),
        Kind::Number(Number::Float(number)) => number.into(),
        Kind::Text(text) => text.into(),
        _ if depth == 0 => Json::Null,
        Kind::List => {
            items(value).iter().map(|item| json_within(item, depth - 1, is_neighbour)).collect()
        }
        Kind::Map => {
            let mut map = Map::new();
            for (key, value) in pairs(value) {
                let leads_on = matches!(key.as_str(), "lower" | "higher");
                let json = if leads_on && is_neighbour {
                    Json::Null
                } else {
                    json_within(&value, depth - 1, is_neighbour || leads_on)
                };
                map.insert(key, json);
            }
            Json::Object(map)
        }
    }
}
