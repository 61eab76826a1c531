//! What is wrong with a template's source, in the words of its author.

use std::ops::Range;

use site_model::nearest;

use super::cursor::Cursor;

/// A complaint about a template, at bytes of its source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
    pub(crate) help: Option<String>,
}

const TAGS: &[&str] = &[
    "include",
    "set",
    "set_global",
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "filter",
    "endfilter",
    "raw",
    "endraw",
    "block",
    "endblock",
    "macro",
    "endmacro",
    "extends",
    "import",
    "break",
    "continue",
];

/// Tags that want an end, and their ends.
const PAIRS: &[(&str, &str)] = &[
    ("if", "endif"),
    ("for", "endfor"),
    ("filter", "endfilter"),
    ("raw", "endraw"),
    ("block", "endblock"),
    ("macro", "endmacro"),
];

/// Why the source could not be read.
pub(crate) fn explain(cursor: &mut Cursor<'_>) -> Complaint {
    if let Some((at, message)) = cursor.fatal.take() {
        return Complaint { message, span: at..at + 1, help: None };
    }
    let (at, expected) = cursor.failure();
    unknown_tag(cursor.source)
        .or_else(|| unbalanced(cursor.source))
        .unwrap_or_else(|| unexpected(cursor.source, at, &expected))
}

fn unexpected(source: &str, at: usize, expected: &[&str]) -> Complaint {
    let found = source[at..].split(char::is_whitespace).next().unwrap_or_default();
    let found: String = found.chars().take(20).collect();
    let what = match found.as_str() {
        "" if at == source.len() => "unexpected end of the template".to_owned(),
        "" => "unexpected white space".to_owned(),
        found => format!("unexpected `{found}`"),
    };
    let quoted = |it: &&str| {
        let is_word = it.contains(' ') || it.len() > 12;
        if is_word { (*it).to_owned() } else { format!("`{it}`") }
    };
    let wanted: Vec<String> = expected.iter().map(quoted).collect();
    let help = (!wanted.is_empty()).then(|| format!("expected {}", wanted.join(", ")));
    let message = format!("template syntax: {what}");
    Complaint { message, span: at..at + found.len().max(1), help }
}

/// Each tag of a source: its word and bytes; text of `raw` and comments left out.
fn tags(source: &str) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut is_raw = false;
    let mut comment = source.find("{#");
    while let Some(next) = source[at..].find("{%").map(|next| at + next) {
        if let Some(start) = comment.filter(|start| *start < next) {
            if !is_raw && start >= at {
                at = source[start..].find("#}").map_or(source.len(), |len| start + len + 2);
            }
            let from = at.max(start + 2);
            comment = source[from..].find("{#").map(|start| from + start);
            continue;
        }
        let inner = source[next + 2..].trim_start_matches('-').trim_start();
        let start = source.len() - inner.len();
        let len = inner.bytes().take_while(|it| it.is_ascii_alphanumeric() || *it == b'_').count();
        let word = &inner[..len];
        if !is_raw || word == "endraw" {
            found.push((word, start..start + len));
            is_raw = word == "raw";
        }
        at = next + 2;
    }
    found
}

fn unknown_tag(source: &str) -> Option<Complaint> {
    let (word, span) = tags(source).into_iter().find(|(word, _)| {
        !TAGS.contains(word) && !word.starts_with("endblock") && !word.starts_with("endmacro")
    })?;
    if word.is_empty() {
        return None;
    }
    let help = nearest(word, TAGS.iter().copied()).map(|known| format!("did you mean `{known}`?"));
    let message = format!("template syntax: unknown tag `{word}`");
    Some(Complaint { message, span, help })
}

/// A tag without its end, or an end without its tag.
fn unbalanced(source: &str) -> Option<Complaint> {
    let mut open: Vec<(&str, Range<usize>)> = Vec::new();
    for (word, span) in tags(source) {
        if PAIRS.iter().any(|(start, _)| *start == word) {
            open.push((word, span));
            continue;
        }
        let Some((start, _)) = PAIRS.iter().find(|(_, end)| *end == word) else { continue };
        match open.pop() {
            Some((opened, _)) if opened == *start => {}
            Some((opened, at)) => {
                let line = source[..at.start].matches('\n').count() + 1;
                let message = format!("template syntax: `{word}` where `end{opened}` was to come");
                let help = Some(format!("`{opened}` was opened on line {line}"));
                return Some(Complaint { message, span, help });
            }
            None => {
                let message = format!("template syntax: `{word}` closes nothing");
                return Some(Complaint { message, span, help: None });
            }
        }
    }
    let (word, span) = open.pop()?;
    let message = format!("template syntax: `{word}` is not closed");
    Some(Complaint { message, span, help: Some(format!("end it with `{{% end{word} %}}`")) })
}
