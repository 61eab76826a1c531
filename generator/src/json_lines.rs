//! Records as JSON Lines: what `woodblock index FILE.jsonl` reads.
//!
//! Each line is an object with `id`, `title` and `text`; `url`, `lang`, `kind`, `collection` and
//! `date` are understood; every other key with a text, a number or a list of them becomes a
//! searched field and part of the card.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use search_indexer::Document;
use serde_json::{Map, Value};
use site_model::Diagnostic;

use crate::failure::{Failure, Outcome};

/// Longest line that is read.
const MAX_LINE_LEN: u64 = 16 << 20;
/// Problems listed before the reader gives up: past that the file is no JSON Lines at all.
const MAX_PROBLEMS: usize = 100;

/// Keys with a meaning of their own.
const KNOWN: [&str; 8] = ["id", "title", "text", "url", "lang", "kind", "collection", "date"];

/// Reads every line; all lines at fault are reported together.
///
/// - `lang`: language of records that state none.
pub(crate) fn read(path: &Path, lang: &str) -> Outcome<Vec<Document>> {
    let file = File::open(path).map_err(|e| Failure::io("open", path, e))?;
    let mut reader = BufReader::new(file);
    let (mut documents, mut problems, mut number) = (Vec::new(), Vec::new(), 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        number += 1;
        let len = (&mut reader)
            .take(MAX_LINE_LEN)
            .read_until(b'\n', &mut line)
            .map_err(|e| Failure::io("read", path, e))?;
        if len == 0 || problems.len() >= MAX_PROBLEMS {
            break;
        }
        match document(&line, lang) {
            Ok(Some(document)) => documents.push(document),
            Ok(None) => {}
            Err((message, help)) => {
                problems.push(Diagnostic::error(message).in_file(path).at_line(number).help(help));
            }
        }
    }
    if problems.is_empty() { Ok(documents) } else { Err(Failure::Content(problems)) }
}

type Fault = (String, &'static str);

fn document(line: &[u8], lang: &str) -> Result<Option<Document>, Fault> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| (format!("not a JSON value: {error}"), "write one JSON object a line"))?;
    let Value::Object(object) = value else {
        return Err(("a line must be a JSON object".to_owned(), "write {\"id\": …, \"title\": …}"));
    };
    let id = text_of(&object, "id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ("no `id`".to_owned(), "give each record an id of its own"))?;
    Ok(Some(from_object(id, &object, lang)))
}

fn from_object(id: String, object: &Map<String, Value>, lang: &str) -> Document {
    let others: Vec<(String, Vec<String>)> = object
        .iter()
        .filter(|(key, _)| !KNOWN.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), texts(value)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let text = text_of(object, "text").unwrap_or_default();
    let mut fields = vec![("tx".to_owned(), vec![text.clone()])];
    fields.extend(others.clone());
    let or = |key: &str, default: &str| text_of(object, key).unwrap_or_else(|| default.to_owned());
    Document {
        url: or("url", &format!("#{id}")),
        lang: or("lang", lang),
        kind: or("kind", "record"),
        collection: or("collection", ""),
        title: or("title", &id),
        fields,
        exact: vec![id.clone()],
        date: text_of(object, "date"),
        card: others.into_iter().map(|(name, values)| (name, values.join("; "))).collect(),
        text,
        id,
        ..Document::default()
    }
}

fn text_of(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(|value| texts(value).into_iter().next())
}

/// The texts and numbers in a value or in a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(items) => items
            .iter()
            .flat_map(|item| match item {
                Value::Array(_) => Vec::new(),
                item => texts(item),
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_at_fault_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records.jsonl");
        std::fs::write(&path, "{\"id\":1,\"title\":\"a\"}\nnot json\n\n[1]\n{\"title\":\"b\"}\n")
            .unwrap();
        let Err(Failure::Content(problems)) = read(&path, "en") else { panic!("no problems") };
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [2, 4, 5]);
    }

    #[test]
    fn unknown_keys_become_fields_and_card() {
        let line = br#"{"id":"A1","title":"Mask","text":"cloth","pa":["X","Y"],"n":3,"o":{"p":1}}"#;
        let document = document(line, "en").unwrap().unwrap();
        let pa = ("pa".to_owned(), vec!["X".to_owned(), "Y".to_owned()]);
        assert!(document.fields.contains(&pa));
        assert_eq!(document.card, [("pa".into(), "X; Y".into()), ("n".into(), "3".into())]);
        assert_eq!(document.url, "#A1");
    }
}
