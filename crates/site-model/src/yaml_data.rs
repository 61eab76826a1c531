//! YAML to positioned data.
//!
//! The core schema of YAML 1.2 decides what a plain scalar is; besides it, dates are taken as
//! dates, and merge keys (`<<`) are followed. Aliases are copied within the bounds of the tree.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use crate::data::{Data, DataProblem, Entry, MAX_DEPTH, MAX_NODES, Node};

/// Reads `text[span]` as one YAML document; all positions count from the start of `text`.
pub(crate) fn parse(text: &str, span: Range<usize>) -> Result<Vec<Entry>, Vec<DataProblem>> {
    let node = parse_value(text, span).map_err(|problem| vec![problem])?;
    match node.data {
        Data::Table(entries) => Ok(entries),
        Data::Null => Ok(Vec::new()),
        other => Err(vec![DataProblem {
            message: format!("expected keys and values, found {}", other.kind()),
            span: node.span,
        }]),
    }
}

/// Reads one value of any kind.
pub(crate) fn parse_value(text: &str, span: Range<usize>) -> Result<Node, DataProblem> {
    Loader::new(text, span).document()
}

struct Loader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    offsets: Offsets<'a>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl<'a> Loader<'a> {
    fn new(text: &'a str, span: Range<usize>) -> Self {
        Self {
            parser: Parser::new_from_str(&text[span.clone()]),
            offsets: Offsets { text, span, char_idx: 0, byte: 0 },
            anchors: BTreeMap::new(),
            nodes: 0,
        }
    }

    /// The root value: null where there is none.
    fn document(&mut self) -> Result<Node, DataProblem> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    return Ok(Node { data: Data::Null, span });
                }
                event => return self.node(event, span, 0),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), DataProblem> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, self.offsets.bytes(span))),
            Some(Err(error)) => {
                let start = self.offsets.byte_at(error.marker().index());
                Err(DataProblem {
                    message: format!("invalid YAML: {}", error.info()),
                    span: start..start + 1,
                })
            }
            None => Ok((Event::StreamEnd, self.offsets.end())),
        }
    }

    fn node(
        &mut self,
        event: Event<'a>,
        span: Range<usize>,
        depth: usize,
    ) -> Result<Node, DataProblem> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(DataProblem { message: "too deep or too large".to_owned(), span });
        }
        let (data, anchor, end) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(&text, style, tag.as_deref()), anchor, span.end)
            }
            Event::SequenceStart(anchor, _) => {
                let (items, end) = self.sequence(depth)?;
                (Data::List(items), anchor, end)
            }
            Event::MappingStart(anchor, _) => {
                let (entries, end) = self.mapping(depth)?;
                (Data::Table(entries), anchor, end)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => (Data::Null, 0, span.end),
        };
        let node = Node { data, span: span.start..end };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<Node, DataProblem> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(DataProblem { message: "alias inside of its own value".to_owned(), span });
        };
        self.nodes += count(node);
        if self.nodes > MAX_NODES {
            return Err(DataProblem { message: "aliases multiply without end".to_owned(), span });
        }
        Ok(Node { data: node.data.clone(), span })
    }

    fn sequence(&mut self, depth: usize) -> Result<(Vec<Node>, usize), DataProblem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, span) => return Ok((items, span.end)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<(Vec<Entry>, usize), DataProblem> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (event, key_span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                lay_beneath(&mut entries, merged);
                return Ok((entries, key_span.end));
            }
            let key = key(event, &key_span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            match value.data {
                Data::Table(table) if key == "<<" => merged.extend(table),
                _ => add(&mut entries, Entry { key, key_span, value })?,
            }
        }
    }
}

fn key(event: Event<'_>, span: &Range<usize>) -> Result<String, DataProblem> {
    match event {
        Event::Scalar(text, ..) => Ok(text.into_owned()),
        _ => Err(DataProblem { message: "a key must be a string".to_owned(), span: span.clone() }),
    }
}

fn add(entries: &mut Vec<Entry>, entry: Entry) -> Result<(), DataProblem> {
    if entries.iter().any(|known| known.key == entry.key) {
        return Err(DataProblem {
            message: format!("duplicate key `{}`", entry.key),
            span: entry.key_span,
        });
    }
    entries.push(entry);
    Ok(())
}

/// Adds what a merge key brought, where the mapping itself says nothing.
fn lay_beneath(entries: &mut Vec<Entry>, merged: Vec<Entry>) {
    for entry in merged {
        if !entries.iter().any(|known| known.key == entry.key) {
            entries.push(entry);
        }
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.data {
        Data::List(items) => items.iter().map(count).sum(),
        Data::Table(entries) => entries.iter().map(|entry| count(&entry.value)).sum::<usize>(),
        _ => 0,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Data {
    let is_string = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_string {
        return Data::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ => number(text)
            .or_else(|| is_date(text).then(|| Data::Date(text.to_owned())))
            .unwrap_or_else(|| Data::Text(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Data> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Data::Int);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Data::Int);
    }
    if let ".inf" | ".Inf" | ".INF" = digits {
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        return Some(Data::Float(f64::INFINITY * sign));
    }
    if let ".nan" | ".NaN" | ".NAN" = text {
        return Some(Data::Float(f64::NAN));
    }
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || !digits.bytes().any(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    text.parse().map(Data::Int).ok().or_else(|| text.parse().map(Data::Float).ok())
}

/// Whether a plain scalar is `YYYY-MM-DD`, perhaps with a time.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(idx, byte)| match idx {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && (bytes.len() == 10 || matches!(bytes[10], b'T' | b't' | b' '))
}

/// Turns the parser's character positions, which come in ascending order but for errors, into bytes.
struct Offsets<'a> {
    text: &'a str,
    span: Range<usize>,
    char_idx: usize,
    byte: usize,
}

impl Offsets<'_> {
    fn bytes(&mut self, span: Span) -> Range<usize> {
        let start = self.byte_at(span.start.index());
        let end = self.byte_at(span.end.index());
        start..end.max(start)
    }

    /// Walks on from the last position, so that a whole document costs one pass.
    fn byte_at(&mut self, char_idx: usize) -> usize {
        if char_idx < self.char_idx {
            (self.char_idx, self.byte) = (0, 0);
        }
        let text = &self.text[self.span.clone()];
        let mut chars = text[self.byte..].chars();
        while self.char_idx < char_idx
            && let Some(next) = chars.next()
        {
            self.char_idx += 1;
            self.byte += next.len_utf8();
        }
        self.span.start + self.byte
    }

    fn end(&self) -> Range<usize> {
        self.span.end..self.span.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::entries_to_json;

    fn json(text: &str) -> String {
        match parse(text, 0..text.len()) {
            Ok(entries) => serde_json::Value::Object(entries_to_json(entries)).to_string(),
            Err(problems) => problems[0].message.clone(),
        }
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        let table = [
            ("a: 1", r#"{"a":1}"#),
            ("a: -1.5e3", r#"{"a":-1500.0}"#),
            ("a: 0x1F", r#"{"a":31}"#),
            ("a: yes", r#"{"a":"yes"}"#),
            ("a: true", r#"{"a":true}"#),
            ("a: ~", r#"{"a":null}"#),
            ("a: '1'", r#"{"a":"1"}"#),
            ("a: 2020-01-02", r#"{"a":"2020-01-02"}"#),
            ("a: 1.2.3", r#"{"a":"1.2.3"}"#),
            ("a: .", r#"{"a":"."}"#),
            ("a: !!str 5", r#"{"a":"5"}"#),
            ("a:\n  - 甲\n  - b: 1", r#"{"a":["甲",{"b":1}]}"#),
            ("", "{}"),
        ];
        for (text, expected) in table {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn aliases_and_merge_keys_are_copied() {
        assert_eq!(
            json("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x"),
            r#"{"x":{"a":1,"b":2},"y":{"b":3,"a":1},"z":{"a":1,"b":2}}"#
        );
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            text = format!("{text}a{level}: &a{level} [{items}]\n");
        }
        assert_eq!(json(&text), "aliases multiply without end");
    }

    #[test]
    fn positions_are_bytes_of_the_whole_file() {
        let text = "---\n甲: 乙\nkey: v\n---";
        let entries = parse(text, 4..text.len() - 3).unwrap();
        assert_eq!(&text[entries[1].key_span.clone()], "key");
        assert_eq!(&text[entries[1].value.span.clone()], "v");
    }

    #[test]
    fn problems_are_told() {
        assert_eq!(json("a: 1\na: 2"), "duplicate key `a`");
        assert_eq!(json("- a"), "expected keys and values, found a list");
        assert!(json("a: [1").starts_with("invalid YAML: "));
        let deep = "[".repeat(5_000);
        assert!(json(&format!("a: {deep}")).contains("deep") || json(&deep).contains("invalid"));
    }
}
