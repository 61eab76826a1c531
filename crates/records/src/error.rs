//! What can go wrong, and the two shapes of a content problem: in the declaration and in a row.

use std::fmt;
use std::path::PathBuf;

/// One problem in `woodblock.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the root.
    pub file: PathBuf,
    /// 1-based line; 0 when the problem has no single line.
    pub line: u32,
    /// 1-based column in characters; 0 when there is none.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file.display(), self.line, self.column, self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// A row that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The source file, relative to the root.
    pub file: PathBuf,
    /// 1-based line at which the row starts.
    pub line: u64,
    /// The field at fault; empty when the whole row is.
    pub field: String,
    /// What is wrong, what was expected, how to mend it.
    pub message: String,
    /// The start of the row's text, for the rejects file (at most [`Reject::RAW_LEN_CHARS`]).
    pub raw: String,
}

impl Reject {
    /// The longest `raw`, in characters.
    pub const RAW_LEN_CHARS: usize = 400;
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file.display(), self.line)?;
        if !self.field.is_empty() {
            write!(f, "field `{}`: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// Why collections could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// A file could not be opened or read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An export could not be written.
    #[error("cannot write the export: {0}")]
    Write(#[from] std::io::Error),
    /// `woodblock.toml` is at fault; every problem found is listed.
    #[error("{}", lines(.0))]
    Declaration(Vec<Problem>),
    /// The first line of a source does not name the columns it must.
    #[error("{file}:1: {message}")]
    Header {
        /// The source file, relative to the root.
        file: PathBuf,
        /// What is missing or wrong and how to mend it.
        message: String,
    },
    /// A quote that opens and never closes: nothing after it can be told apart.
    #[error(
        "{file}:{line}: a quote opens here and never closes; close it, or double every quote inside a quoted field"
    )]
    UnclosedQuote {
        /// The source file, relative to the root.
        file: PathBuf,
        /// 1-based line of the opening quote.
        line: u64,
    },
    /// More rows were set aside than `max_rejects` allows.
    #[error(
        "collection `{collection}`: {} of {rows} rows rejected, {allowed} allowed (max_rejects); mend them or raise the share:\n{}",
        .rejects.len(), lines(.rejects)
    )]
    TooManyRejects {
        /// The collection's name.
        collection: String,
        /// Rows read.
        rows: u64,
        /// Rows that may be rejected.
        allowed: u64,
        /// Every rejected row.
        rejects: Vec<Reject>,
    },
}

/// One item a line; long lists end with their count.
fn lines<T: fmt::Display>(items: &[T]) -> String {
    const SHOWN: usize = 50;
    let mut text: Vec<String> = items.iter().take(SHOWN).map(ToString::to_string).collect();
    if items.len() > SHOWN {
        text.push(format!("and {} more", items.len() - SHOWN));
    }
    text.join("\n")
}
