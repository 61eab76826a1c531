//! Reading known keys out of positioned data, with a complaint for each that does not fit.

use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::data::{Data, DataProblem, Entry, Node, entries_to_json};
use crate::{Diagnostic, nearest};

/// The file that is being read, and all that is wrong with it so far.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) file: &'a Path,
    pub(crate) text: &'a str,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, diagnostics: Vec::new() }
    }

    pub(crate) fn error(&mut self, message: impl Into<String>, span: &Range<usize>) {
        let diagnostic = Diagnostic::error(message).in_file(self.file).at(self.text, span.clone());
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn error_with_help(
        &mut self,
        message: impl Into<String>,
        span: &Range<usize>,
        help: impl Into<String>,
    ) {
        self.error(message, span);
        self.add_help(help.into());
    }

    pub(crate) fn warning(
        &mut self,
        message: impl Into<String>,
        span: &Range<usize>,
        help: impl Into<String>,
    ) {
        let diagnostic = Diagnostic::warning(message).in_file(self.file);
        self.diagnostics.push(diagnostic.at(self.text, span.clone()).help(help));
    }

    pub(crate) fn problems(&mut self, problems: Vec<DataProblem>) {
        for problem in problems {
            self.error(problem.message, &problem.span);
        }
    }

    fn add_help(&mut self, help: String) {
        if let Some(last) = self.diagnostics.last_mut() {
            last.help = Some(help);
        }
    }
}

/// One table whose keys are taken one by one; what is left at the end is unknown.
#[derive(Debug)]
pub(crate) struct Fields {
    entries: Vec<Entry>,
    known: Vec<&'static str>,
    /// Name of the table for messages, with a dot: `markdown.`; empty at the top.
    prefix: String,
}

impl Fields {
    pub(crate) fn new(entries: Vec<Entry>, prefix: impl Into<String>) -> Self {
        Self { entries, known: Vec::new(), prefix: prefix.into() }
    }

    /// Takes a value of any kind.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Entry> {
        self.known.push(key);
        self.take_unlisted(key)
    }

    /// Takes the value of a key that is not to be proposed to anybody: one of an older version.
    pub(crate) fn take_unlisted(&mut self, key: &str) -> Option<Entry> {
        let found = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(found))
    }

    /// Puts an entry under another key, unless that key is there already.
    pub(crate) fn put(&mut self, key: &str, entry: Entry) {
        if !self.entries.iter().any(|known| known.key == key) {
            self.entries.push(Entry { key: key.to_owned(), ..entry });
        }
    }

    pub(crate) fn text(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<String> {
        self.text_node(key, to).map(|(text, _)| text)
    }

    /// A string and where its value stands.
    pub(crate) fn text_node(
        &mut self,
        key: &'static str,
        to: &mut Reading<'_>,
    ) -> Option<(String, Range<usize>)> {
        let entry = self.take(key)?;
        match entry.value.data {
            Data::Text(text) => Some((text, entry.value.span)),
            Data::Null => None,
            other => self.mismatch(key, "a string", &other, &entry.value.span, to),
        }
    }

    /// A string that must not be empty to count.
    pub(crate) fn filled_text(
        &mut self,
        key: &'static str,
        to: &mut Reading<'_>,
    ) -> Option<String> {
        self.text(key, to).filter(|text| !text.is_empty())
    }

    pub(crate) fn flag(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<bool> {
        let entry = self.take(key)?;
        match entry.value.data {
            Data::Bool(flag) => Some(flag),
            Data::Null => None,
            other => self.mismatch(key, "true or false", &other, &entry.value.span, to),
        }
    }

    pub(crate) fn integer(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<i64> {
        let entry = self.take(key)?;
        match entry.value.data {
            Data::Int(number) => Some(number),
            Data::Null => None,
            other => self.mismatch(key, "an integer", &other, &entry.value.span, to),
        }
    }

    /// A number of things: an integer that is not negative.
    pub(crate) fn count(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<usize> {
        let entry = self.take(key)?;
        match entry.value.data {
            Data::Int(number) if number >= 0 => usize::try_from(number).ok(),
            Data::Null => None,
            other => self.mismatch(key, "a non-negative integer", &other, &entry.value.span, to),
        }
    }

    /// A list of strings.
    pub(crate) fn texts(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<Vec<String>> {
        let nodes = self.text_nodes(key, to)?;
        Some(nodes.into_iter().map(|(text, _)| text).collect())
    }

    /// A list of strings and where each stands.
    pub(crate) fn text_nodes(
        &mut self,
        key: &'static str,
        to: &mut Reading<'_>,
    ) -> Option<Vec<(String, Range<usize>)>> {
        let entry = self.take(key)?;
        let name = format!("{}{key}", self.prefix);
        text_list(&name, entry.value, to)
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        to: &mut Reading<'_>,
    ) -> Option<T> {
        let (text, span) = self.text_node(key, to)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        to.error_with_help(
            format!("`{text}` is no value of `{}{key}`", self.prefix),
            &span,
            format!("use one of {}", names.join(", ")),
        );
        None
    }

    /// A table with keys of its own.
    pub(crate) fn table(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<Self> {
        let prefix = format!("{}{key}.", self.prefix);
        self.entries(key, to).map(|entries| Self::new(entries, prefix))
    }

    /// A table whose keys are free.
    pub(crate) fn entries(
        &mut self,
        key: &'static str,
        to: &mut Reading<'_>,
    ) -> Option<Vec<Entry>> {
        let entry = self.take(key)?;
        match entry.value.data {
            Data::Table(entries) => Some(entries),
            Data::Null => None,
            other => self.mismatch(key, "a table", &other, &entry.value.span, to),
        }
    }

    /// A table of the site's own data.
    pub(crate) fn json(&mut self, key: &'static str, to: &mut Reading<'_>) -> Map<String, Json> {
        self.entries(key, to).map(entries_to_json).unwrap_or_default()
    }

    /// A list of any values.
    pub(crate) fn list(&mut self, key: &'static str, to: &mut Reading<'_>) -> Option<Vec<Node>> {
        let entry = self.take(key)?;
        match entry.value.data {
            Data::List(items) => Some(items),
            Data::Null => None,
            other => self.mismatch(key, "a list", &other, &entry.value.span, to),
        }
    }

    /// Warns of all keys that nobody took.
    pub(crate) fn finish(self, to: &mut Reading<'_>) {
        for entry in &self.entries {
            let help = match nearest(&entry.key, self.known.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "remove it; data of your own belongs under `[extra]`".to_owned(),
            };
            let message = format!("unknown key `{}{}`", self.prefix, entry.key);
            to.warning(message, &entry.key_span, help);
        }
    }

    fn mismatch<T>(
        &self,
        key: &str,
        expected: &str,
        found: &Data,
        span: &Range<usize>,
        to: &mut Reading<'_>,
    ) -> Option<T> {
        let found = found.kind();
        to.error(format!("`{}{key}` must be {expected}, found {found}", self.prefix), span);
        None
    }
}

/// Takes a value apart as a list of strings.
pub(crate) fn text_list(
    name: &str,
    value: Node,
    to: &mut Reading<'_>,
) -> Option<Vec<(String, Range<usize>)>> {
    let items = match value.data {
        Data::List(items) => items,
        Data::Null => return None,
        other => {
            let message = format!("`{name}` must be a list of strings, found {}", other.kind());
            to.error(message, &value.span);
            return None;
        }
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item.data {
            Data::Text(text) => texts.push((text, item.span)),
            other => to.error(
                format!("`{name}` must hold strings only, found {}", other.kind()),
                &item.span,
            ),
        }
    }
    Some(texts)
}
