//! The site's record collections, read and checked.

use std::path::{Path, PathBuf};

use records::{Collection, Problem, Record, RecordsError, Reject};
use serde_json::json;
use site_model::Diagnostic;

use crate::failure::{Failure, Outcome};

/// A collection with its records.
pub(super) struct Loaded {
    pub(super) collection: Collection,
    pub(super) records: Vec<Record>,
    rejects: Vec<Reject>,
    rejects_file: Option<PathBuf>,
}

/// Whether the site has the file that declares collections; with it, the site is searched.
pub(super) fn are_declared(root: &Path) -> bool {
    root.join(records::DECLARATION_FILE).is_file()
}

/// Reads every collection that `woodblock.toml` declares; none where there is no such file.
///
/// Rows that were set aside are written to `OUTPUT.rejects.csv`, so that they can be mended and
/// imported alone.
pub(super) fn load(root: &Path, output: Option<&Path>) -> Outcome<Vec<Loaded>> {
    if !are_declared(root) {
        return Ok(Vec::new());
    }
    let collections = records::read_collections(root).map_err(|error| failure(root, error))?;
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    for collection in collections {
        match records::import(root, &collection) {
            Ok(import) => loaded.push(Loaded {
                collection,
                records: import.records,
                rejects: import.rejects,
                rejects_file: None,
            }),
            Err(error) => problems.extend(diagnostics(root, error)?),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Content(problems));
    }
    if let Some(output) = output {
        keep_rejects(&mut loaded, output)?;
    }
    Ok(loaded)
}

impl Loaded {
    /// Name, and what templates may know of the whole collection.
    pub(super) fn described(&self) -> (String, serde_json::Value) {
        let described = json!({ "count": self.records.len(), "label": self.collection.label });
        (self.collection.name.clone(), described)
    }

    /// A warning for each row that was set aside.
    pub(super) fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        self.rejects.iter().map(|reject| {
            let kept = self
                .rejects_file
                .as_ref()
                .map(|file| format!("mend the row; it was set aside in {}", file.display()));
            Diagnostic {
                severity: site_model::Severity::Warning,
                help: kept,
                ..reject_diagnostic(reject)
            }
        })
    }
}

/// Writes the rejects of all collections beside the output, or removes those of an earlier run.
fn keep_rejects(loaded: &mut [Loaded], output: &Path) -> Outcome {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".rejects.csv");
    let file = output.with_file_name(name);
    if loaded.iter().all(|loaded| loaded.rejects.is_empty()) {
        let _ = std::fs::remove_file(&file);
        return Ok(());
    }
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent).map_err(|e| Failure::io("make the folder", parent, e))?;
    }
    write_rejects(loaded, &file)
        .map_err(|e| Failure::io("write the rejected rows to", &file, e.into()))?;
    for loaded in loaded {
        loaded.rejects_file = Some(file.clone());
    }
    Ok(())
}

fn write_rejects(loaded: &[Loaded], file: &Path) -> csv::Result<()> {
    let mut writer = csv::Writer::from_path(file)?;
    writer.write_record(["collection", "file", "line", "field", "message", "row"])?;
    for loaded in loaded {
        for reject in &loaded.rejects {
            let (source, line) = (reject.file.display().to_string(), reject.line.to_string());
            let name = &loaded.collection.name;
            writer.write_record([
                name,
                &source,
                &line,
                &reject.field,
                &reject.message,
                &reject.raw,
            ])?;
        }
    }
    writer.flush()?;
    Ok(())
}

fn failure(root: &Path, error: RecordsError) -> Failure {
    match diagnostics(root, error) {
        Ok(problems) => Failure::Content(problems),
        Err(failure) => failure,
    }
}

/// The problems of content in an error; any other is the machine's.
fn diagnostics(root: &Path, error: RecordsError) -> Outcome<Vec<Diagnostic>> {
    let problem = |message: &str, file: &Path, line: u64| {
        Diagnostic::error(message).in_file(file).at_line(u32::try_from(line).unwrap_or(u32::MAX))
    };
    match error {
        RecordsError::Declaration(problems) => {
            Ok(problems.iter().map(|problem| declaration_diagnostic(root, problem)).collect())
        }
        RecordsError::Header { ref file, ref message } => Ok(vec![problem(message, file, 1)]),
        RecordsError::UnclosedQuote { ref file, line } => {
            let help = "close it, or double every quote inside a quoted field";
            Ok(vec![problem("a quote opens here and never closes", file, line).help(help)])
        }
        RecordsError::TooManyRejects { collection, rows, allowed, rejects } => {
            let what = format!(
                "collection `{collection}`: {} of {rows} rows cannot be read, {allowed} may (max_rejects)",
                rejects.len()
            );
            let mut problems: Vec<_> = rejects.iter().map(reject_diagnostic).collect();
            problems.push(
                Diagnostic::error(what)
                    .in_file(records::DECLARATION_FILE)
                    .help("mend the rows, or raise max_rejects"),
            );
            Ok(problems)
        }
        RecordsError::Io { path, source } => Err(Failure::io("read", &path, source)),
        RecordsError::Write(_) => Err(Failure::machine(error)),
    }
}

fn reject_diagnostic(reject: &Reject) -> Diagnostic {
    let message = match reject.field.as_str() {
        "" => reject.message.clone(),
        field => format!("field `{field}`: {}", reject.message),
    };
    Diagnostic {
        source: reject.raw.lines().next().map(str::to_owned),
        ..Diagnostic::error(message)
            .in_file(&reject.file)
            .at_line(u32::try_from(reject.line).unwrap_or(u32::MAX))
    }
}

fn declaration_diagnostic(root: &Path, problem: &Problem) -> Diagnostic {
    let text = std::fs::read_to_string(root.join(&problem.file)).unwrap_or_default();
    let line = text.lines().nth(problem.line.saturating_sub(1) as usize).map(str::to_owned);
    Diagnostic {
        line: problem.line,
        column: problem.column,
        source: line.filter(|_| problem.line > 0),
        help: problem.help.clone(),
        ..Diagnostic::error(problem.message.clone()).in_file(&problem.file)
    }
}
