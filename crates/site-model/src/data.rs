//! Data with positions: what TOML and YAML files say, and where they say it.
//!
//! Both parsers lead to the same [`Node`] tree, so that configuration and front matter are read by
//! one piece of code and every complaint can point at the very value. Trees are bounded: see
//! [`MAX_DEPTH`] and [`MAX_NODES`].

use std::ops::Range;

use serde_json::{Map, Number, Value as Json};

/// Deepest nesting taken from a file.
pub(crate) const MAX_DEPTH: usize = 64;

/// Most values taken from one file; keeps YAML aliases from multiplying without end.
pub(crate) const MAX_NODES: usize = 250_000;

/// A value and the bytes of the file it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) data: Data,
    pub(crate) span: Range<usize>,
}

/// A key, its value, and where the key stands.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

/// What a value can be.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A date or a date with time, as written.
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

impl Data {
    /// The name of the kind, with its article, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "a string",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The value without positions. Dates become strings, as templates see them.
    pub(crate) fn into_json(self) -> Json {
        match self.data {
            Data::Null => Json::Null,
            Data::Bool(flag) => Json::Bool(flag),
            Data::Int(number) => Json::Number(number.into()),
            Data::Float(number) => float_to_json(number),
            Data::Text(text) | Data::Date(text) => Json::String(text),
            Data::List(items) => Json::Array(items.into_iter().map(Self::into_json).collect()),
            Data::Table(entries) => Json::Object(entries_to_json(entries)),
        }
    }
}

/// A table's entries without positions, in the file's order.
pub(crate) fn entries_to_json(entries: Vec<Entry>) -> Map<String, Json> {
    entries.into_iter().map(|entry| (entry.key, entry.value.into_json())).collect()
}

/// JSON has no infinities; they become their names.
fn float_to_json(number: f64) -> Json {
    Number::from_f64(number).map_or_else(|| Json::String(number.to_string()), Json::Number)
}

/// Why a file could not be read as data.
#[derive(Debug)]
pub(crate) struct DataProblem {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
}

/// Reads a TOML document as plain data, for templates.
///
/// # Errors
/// All problems, each with its line, in one text.
pub fn parse_toml(text: &str) -> Result<Map<String, Json>, String> {
    crate::toml_data::parse(text, 0..text.len())
        .map(entries_to_json)
        .map_err(|problems| told(text, &problems))
}

/// Reads a YAML document as plain data, for templates.
///
/// # Errors
/// The problem, with its line.
pub fn parse_yaml(text: &str) -> Result<Json, String> {
    crate::yaml_data::parse_value(text, 0..text.len())
        .map(Node::into_json)
        .map_err(|problem| told(text, &[problem]))
}

fn told(text: &str, problems: &[DataProblem]) -> String {
    let lines = problems.iter().map(|problem| {
        let place = crate::diagnostic::Place::of(text, problem.span.clone());
        format!("line {}: {}", place.line, problem.message)
    });
    lines.collect::<Vec<_>>().join("; ")
}
