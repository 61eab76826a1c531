//! Diagnostics: what is wrong with a site, where, and how to mend it.
//!
//! Every problem of a run is collected; nothing stops at the first. The plain form printed by
//! [`Diagnostic`]'s `Display` is the one the golden tests keep; the binary prints a richer one.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// The site cannot be built.
    Error,
    /// The site can be built, but likely not as its author wants it.
    Warning,
}

/// One problem in the site's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// The file, relative to the site's root; `None` for problems of no single file.
    pub file: Option<PathBuf>,
    /// 1-based line; 0 when there is none.
    pub line: u32,
    /// 1-based column in characters; 0 when there is none.
    pub column: u32,
    /// Length of the marked part in characters; 0 when there is none.
    pub len: u32,
    /// Text of the line.
    pub source: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A problem that stops the build.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A problem that does not stop the build.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self { severity, message, file: None, line: 0, column: 0, len: 0, source: None, help: None }
    }

    /// Names the file, relative to the site's root.
    #[must_use]
    pub fn in_file(mut self, file: impl AsRef<Path>) -> Self {
        self.file = Some(file.as_ref().to_path_buf());
        self
    }

    /// Marks bytes `span` of `text`, the whole text of the file.
    #[must_use]
    pub fn at(self, text: &str, span: Range<usize>) -> Self {
        self.at_place(Place::of(text, span))
    }

    /// Marks a place found earlier.
    #[must_use]
    pub fn at_place(mut self, place: Place) -> Self {
        self.line = place.line;
        self.column = place.column;
        self.len = place.len;
        self.source = Some(place.source);
        self
    }

    /// Names `file` and marks a key of it: of its front matter, or of the file itself if it is TOML.
    ///
    /// The file is read again; places are not kept for a whole site only for the rare complaint.
    #[must_use]
    pub fn at_key(self, root: &Path, file: &Path, keys: &[&str]) -> Self {
        let diagnostic = self.in_file(file);
        match crate::locate::place_of_key(root, file, keys) {
            Some(place) => diagnostic.at_place(place),
            None => diagnostic,
        }
    }

    /// Marks a line whose text is not at hand.
    #[must_use]
    pub fn at_line(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this stops the build.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The order of reports: by file, line, column, message; problems of no file come first.
    pub fn sort(diagnostics: &mut [Self]) {
        diagnostics.sort_by(|a, b| {
            (&a.file, a.line, a.column, a.severity, &a.message)
                .cmp(&(&b.file, b.line, b.column, b.severity, &b.message))
        });
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.message)?;
        if let Some(file) = &self.file {
            write!(f, "\n --> {}", file.display().to_string().replace('\\', "/"))?;
            if self.line > 0 {
                write!(f, ":{}", self.line)?;
            }
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        if let Some(source) = &self.source {
            write!(f, "\n | {source}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n = help: {help}")?;
        }
        Ok(())
    }
}

/// A marked part of one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
    /// Length in characters, never past the end of the line.
    pub len: u32,
    /// Text of the line, shortened when it is very long.
    pub source: String,
}

/// Lines longer than this are cut in reports; a hostile one-line file stays readable.
const MAX_SOURCE_CHARS: usize = 400;

impl Place {
    /// Finds the line of byte `span.start` in `text`; offsets past the end or inside a character are
    /// moved back to a character's start.
    pub fn of(text: &str, span: Range<usize>) -> Self {
        let start = floor_boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = floor_boundary(text, span.end).clamp(start, line_end.max(start));
        let newlines = text[..line_start].bytes().filter(|byte| *byte == b'\n').count();
        Self {
            line: saturate(newlines + 1),
            column: saturate(text[line_start..start].chars().count() + 1),
            len: saturate(text[start..end].chars().count()),
            source: shorten(text[line_start..line_end].trim_end_matches('\r')),
        }
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_SOURCE_CHARS) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line.to_owned(),
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_not_bytes() {
        let place = Place::of("甲\n乙丙丁\n", 7..10);
        assert_eq!(place, Place { line: 2, column: 2, len: 1, source: "乙丙丁".to_owned() });
    }

    #[test]
    fn offsets_past_the_end_or_inside_a_character_do_not_panic() {
        assert_eq!(Place::of("甲", 1..99).column, 1);
        assert_eq!(Place::of("", 5..9).line, 1);
    }

    #[test]
    fn a_span_over_several_lines_marks_the_first() {
        assert_eq!(Place::of("ab\ncd", 1..5).len, 1);
    }
}
