//! Records as JSON Lines: what `woodblock index FILE.jsonl` reads.
//!
//! Each line is an object with `id`, `title` and `text`; `url`, `lang`, `kind`, `collection` and
//! `date` are understood, and `facets`, an object of names with a value or a list; every other key
//! with a text, a number or a list of them becomes a searched field and part of the card.
//! `{"delete": id}` takes a document away from an index that is being updated. Lines are read in
//! stretches, which several threads make
//! documents of.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use search_indexer::Document;
use serde_json::{Map, Value};
use site_model::Diagnostic;

use crate::failure::{Failure, Outcome};

/// Longest line that is read.
const MAX_LINE_LEN: u64 = 16 << 20;
/// Bytes of lines that a thread takes at a time.
const STRETCH_LEN: usize = 256 << 10;
/// Problems listed before the reader gives up: past that the file is no JSON Lines at all.
const MAX_PROBLEMS: usize = 100;

/// Keys with a meaning of their own.
const KNOWN: [&str; 9] =
    ["id", "title", "text", "url", "lang", "kind", "collection", "date", "facets"];

/// Stretches of the lines of several files, one after the other.
///
/// Ends early when [`Problems`] has enough of them: those of the first stretches, which make the
/// same list whatever thread met them.
pub(crate) struct Lines<'a> {
    files: std::vec::IntoIter<(PathBuf, File)>,
    current: Option<Reading>,
    n_files: usize,
    len_bytes: u64,
    problems: &'a Problems,
}

struct Reading {
    path: Arc<Path>,
    file_number: usize,
    reader: BufReader<File>,
    next_line: u32,
}

/// Some whole lines of a file.
pub(crate) struct Stretch {
    path: Arc<Path>,
    file_number: usize,
    first_line: u32,
    bytes: Vec<u8>,
}

/// What is wrong with lines, gathered from all threads.
#[derive(Default)]
pub(crate) struct Problems {
    /// With the number of the file, by which they are put in order.
    found: Mutex<Vec<(usize, Diagnostic)>>,
    failed: Mutex<Option<Failure>>,
}

/// A line's meaning.
enum Line {
    Empty,
    Document(Box<Document>),
    /// Collection and id of what is to be taken away.
    Delete(String, String),
}

/// Documents of some lines, and what other lines take away.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) documents: Vec<Document>,
    /// Collection and id of each.
    pub(crate) deleted: Vec<(String, String)>,
}

impl Problems {
    fn count(&self) -> usize {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn add(&self, file_number: usize, problem: Diagnostic) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push((file_number, problem));
    }

    /// All lines at fault together, or what kept a file from being read.
    pub(crate) fn into_outcome(self) -> Outcome {
        let failed = self.failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failed {
            return Err(failure);
        }
        let mut found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by_key(|(file_number, problem)| (*file_number, problem.line));
        found.truncate(MAX_PROBLEMS);
        let found: Vec<Diagnostic> = found.into_iter().map(|(_, problem)| problem).collect();
        if found.is_empty() { Ok(()) } else { Err(Failure::Content(found)) }
    }
}

impl<'a> Lines<'a> {
    /// Opens the files: one that cannot be read ends the run before any is.
    pub(crate) fn open(paths: Vec<PathBuf>, problems: &'a Problems) -> Outcome<Self> {
        let mut files = Vec::new();
        let mut len_bytes = 0;
        for path in paths {
            let file = File::open(&path).map_err(|e| Failure::io("open", &path, e))?;
            len_bytes += file.metadata().map_or(0, |meta| meta.len());
            files.push((path, file));
        }
        let files = files.into_iter();
        Ok(Self { files, current: None, n_files: 0, len_bytes, problems })
    }

    /// Length of all files.
    pub(crate) fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    fn read(&mut self) -> std::io::Result<Option<Stretch>> {
        let Some(reading) = &mut self.current else { return Ok(None) };
        let mut bytes = Vec::with_capacity(STRETCH_LEN + STRETCH_LEN / 8);
        let first_line = reading.next_line;
        while bytes.len() < STRETCH_LEN {
            let len = (&mut reading.reader).take(MAX_LINE_LEN).read_until(b'\n', &mut bytes)?;
            if len == 0 {
                break;
            }
            reading.next_line += 1;
            if len as u64 == MAX_LINE_LEN && bytes.last() != Some(&b'\n') {
                // What is cut here is no JSON, and neither is the rest.
                bytes.push(b'\n');
            }
        }
        let (path, file_number) = (reading.path.clone(), reading.file_number);
        Ok((!bytes.is_empty()).then_some(Stretch { path, file_number, first_line, bytes }))
    }
}

impl Iterator for Lines<'_> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        loop {
            if self.problems.count() >= MAX_PROBLEMS {
                return None;
            }
            match self.read() {
                Ok(Some(stretch)) => return Some(stretch),
                Ok(None) => {
                    let (path, file) = self.files.next()?;
                    self.n_files += 1;
                    self.current = Some(Reading {
                        path: path.into(),
                        file_number: self.n_files,
                        reader: BufReader::with_capacity(1 << 17, file),
                        next_line: 1,
                    });
                }
                Err(error) => {
                    let path = self.current.take().map(|reading| reading.path);
                    let failure =
                        Failure::io("read", path.as_deref().unwrap_or(Path::new("")), error);
                    let mut failed =
                        self.problems.failed.lock().unwrap_or_else(PoisonError::into_inner);
                    *failed = Some(failure);
                    return None;
                }
            }
        }
    }
}

impl Stretch {
    /// Length of its lines.
    pub(crate) fn len_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What its lines say; what is wrong with others goes to `problems`.
    ///
    /// - `lang`: language of records that state none.
    pub(crate) fn read(&self, lang: &str, problems: &Problems) -> Read {
        let mut read = Read::default();
        for (line, number) in self.bytes.split(|&byte| byte == b'\n').zip(self.first_line..) {
            match document(line, lang) {
                Ok(Line::Empty) => {}
                Ok(Line::Document(document)) => read.documents.push(*document),
                Ok(Line::Delete(collection, id)) => read.deleted.push((collection, id)),
                Err((message, help)) => {
                    let problem = Diagnostic::error(message).in_file(&self.path);
                    problems.add(self.file_number, problem.at_line(number).help(help));
                }
            }
        }
        read
    }
}

type Fault = (String, &'static str);

fn document(line: &[u8], lang: &str) -> Result<Line, Fault> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(Line::Empty);
    }
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| (format!("not a JSON value: {error}"), "write one JSON object a line"))?;
    let Value::Object(object) = value else {
        return Err(("a line must be a JSON object".to_owned(), "write {\"id\": …, \"title\": …}"));
    };
    if let Some(id) = text_of(&object, "delete").filter(|_| !object.contains_key("id")) {
        return Ok(Line::Delete(text_of(&object, "collection").unwrap_or_default(), id));
    }
    let id = text_of(&object, "id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ("no `id`".to_owned(), "give each record an id of its own"))?;
    Ok(Line::Document(Box::new(from_object(id, &object, lang))))
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
        facets: facets(object),
        date: text_of(object, "date"),
        card: others.into_iter().map(|(name, values)| (name, values.join("; "))).collect(),
        text,
        id,
    }
}

/// Each name with each of its values.
fn facets(object: &Map<String, Value>) -> Vec<(String, String)> {
    let facets = object.get("facets").and_then(Value::as_object);
    let pairs = facets.into_iter().flatten();
    pairs
        .flat_map(|(name, value)| texts(value).into_iter().map(move |value| (name.clone(), value)))
        .collect()
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
        let problems = Problems::default();
        let lines = Lines::open(vec![path], &problems).unwrap();
        lines.for_each(|stretch| drop(stretch.read("en", &problems)));
        let Err(Failure::Content(problems)) = problems.into_outcome() else { panic!("none") };
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [2, 4, 5]);
    }

    #[test]
    fn facets_have_a_value_or_a_list() {
        let line = br#"{"id":"A1","facets":{"office":"CN","tag":["x",2],"none":{}}}"#;
        let Line::Document(document) = document(line, "en").unwrap() else { panic!("none") };
        let facet = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(document.facets, [facet("office", "CN"), facet("tag", "x"), facet("tag", "2")]);
        assert!(document.card.is_empty());
    }

    #[test]
    fn unknown_keys_become_fields_and_card() {
        let line = br#"{"id":"A1","title":"Mask","text":"cloth","pa":["X","Y"],"n":3,"o":{"p":1}}"#;
        let Line::Document(document) = document(line, "en").unwrap() else { panic!("none") };
        let pa = ("pa".to_owned(), vec!["X".to_owned(), "Y".to_owned()]);
        assert!(document.fields.contains(&pa));
        assert_eq!(document.card, [("pa".into(), "X; Y".into()), ("n".into(), "3".into())]);
        assert_eq!(document.url, "#A1");
    }
}
