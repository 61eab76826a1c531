//! Style sheets: `sass/` of the theme, always, and of the site, when it asks for it.
//!
//! Each `.scss` or `.sass` file whose name does not begin with `_` becomes a `.css` file at the same
//! place of the output. The site's take the place of the theme's.
//!
//! A style sheet is a program, and one that calls itself without end takes the process with it. So
//! each is compiled in a process of its own ([`StyleCompiler::Program`]), which may run out of stack,
//! memory or time.

mod apart;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codemap::SpanLoc;
use grass::{ErrorKind, Fs, Logger, Options, OutputStyle};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use site_model::{Diagnostic, Site, read_source};

/// Compiled style sheets by their path in the output.
pub(crate) type Styles = BTreeMap<String, Arc<str>>;

/// Style sheets larger than this are refused.
const MAX_SHEET_BYTES: u64 = 16 << 20;

/// Where style sheets are compiled.
#[derive(Debug, Clone)]
pub enum StyleCompiler {
    /// In this process, for style sheets that are known to come to an end.
    Here,
    /// By `PROGRAM compile-style-sheet ROOT FILE`, which prints what [`compile_style_sheet`] gives
    /// as JSON.
    Program(PathBuf),
}

/// A compiled style sheet, and what there is to be told of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct CompiledSheet {
    css: String,
    problems: Vec<Diagnostic>,
}

/// A style sheet to be compiled.
#[derive(Debug)]
struct Sheet {
    /// Relative to the root.
    file: PathBuf,
    /// Path of the result in the output.
    path: String,
}

/// Compiles all style sheets of a site.
pub(crate) fn compile(
    site: &Site,
    compiler: &StyleCompiler,
    diagnostics: &mut Vec<Diagnostic>,
) -> Styles {
    let mut folders = Vec::new();
    folders.extend(site.config.theme.as_ref().map(|theme| Path::new("themes").join(theme)));
    folders.extend(site.config.compile_sass.then(PathBuf::new));
    let compile = |file: &Path| match compiler {
        StyleCompiler::Here => compile_style_sheet(&site.root, file),
        StyleCompiler::Program(program) => apart::compile(program, &site.root, file),
    };
    let mut styles = Styles::new();
    for folder in folders {
        let sheets = sheets(site, &folder.join("sass"), diagnostics);
        let results: Vec<_> = sheets.par_iter().map(|sheet| compile(&sheet.file)).collect();
        for (sheet, mut compiled) in sheets.into_iter().zip(results) {
            diagnostics.append(&mut compiled.problems);
            styles.insert(sheet.path, Arc::from(compiled.css));
        }
    }
    styles
}

/// The sheets of a folder but for those that others import; complains of two with one result.
fn sheets(site: &Site, folder: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<Sheet> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for relative in site_model::files_below(&site.root, folder, diagnostics) {
        let is_part = relative.split('/').any(|part| part.starts_with('_'));
        let Some(stem) = relative.strip_suffix(".scss").or_else(|| relative.strip_suffix(".sass"))
        else {
            continue;
        };
        if is_part {
            continue;
        }
        let file = folder.join(&relative);
        let path = format!("{stem}.css");
        if let Some(first) = found.get(&path) {
            let message = format!("`{}` becomes `{path}` as well", first.display());
            let help = "rename one of them, or begin its name with `_`";
            diagnostics.push(Diagnostic::error(message).in_file(file).help(help));
            continue;
        }
        found.insert(path, file);
    }
    found.into_iter().map(|(path, file)| Sheet { file, path }).collect()
}

/// Compiles a style sheet of the site at `root`; imports reach no file outside of it.
///
/// - `file`: relative to the root.
pub fn compile_style_sheet(root: &Path, file: &Path) -> CompiledSheet {
    let real_root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let files = SiteFiles { real_root: &real_root };
    let said = Said::default();
    let options = Options::default().style(OutputStyle::Compressed).fs(&files).logger(&said);
    let whole = root.join(file);
    // The compiler has places where it gives up; none of them may end the build.
    let result = catch_unwind(AssertUnwindSafe(|| grass::from_path(&whole, &options)));
    let mut problems = said.warnings(root);
    let css = match result {
        Ok(Ok(css)) => css,
        Ok(Err(error)) => {
            problems.push(complaint(error.kind(), file, root));
            String::new()
        }
        Err(_) => {
            let message = "the Sass compiler gave up on this style sheet";
            problems.push(Diagnostic::error(message).in_file(file));
            String::new()
        }
    };
    CompiledSheet { css, problems }
}

fn complaint(error: ErrorKind, file: &Path, root: &Path) -> Diagnostic {
    match error {
        ErrorKind::ParseError { message, loc, .. } => {
            at(Diagnostic::error(one_line(&message)), &loc, root)
        }
        ErrorKind::IoError(error) => {
            Diagnostic::error(format!("cannot be read: {error}")).in_file(file)
        }
        // The sheet itself is not UTF-8, and the place can be told, or one that it imports.
        _ => read_source(root, file).err().unwrap_or_else(|| {
            let message = "imports a style sheet that is not UTF-8";
            Diagnostic::error(message).in_file(file)
        }),
    }
}

/// Lower case at its start, no final period, on one line.
fn one_line(message: &str) -> String {
    let message = message.replace('\n', " ");
    let message = message.trim_end_matches('.');
    let mut chars = message.chars();
    let is_word = chars.clone().nth(1).is_some_and(char::is_lowercase);
    match chars.next() {
        Some(first) if is_word => format!("{}{}", first.to_lowercase(), chars.as_str()),
        _ => message.to_owned(),
    }
}

/// Marks a place of a style sheet.
fn at(diagnostic: Diagnostic, place: &SpanLoc, root: &Path) -> Diagnostic {
    let file = Path::new(place.file.name());
    let diagnostic = diagnostic.in_file(file.strip_prefix(root).unwrap_or(file));
    let line = place.begin.line.min(place.file.num_lines().saturating_sub(1));
    let text = place.file.source_line(line).trim_end_matches(['\r', '\n']);
    let byte = |column: usize| text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    let end = if place.end.line == line { byte(place.end.column) } else { text.len() };
    let mut diagnostic = diagnostic.at(text, byte(place.begin.column)..end);
    diagnostic.line = u32::try_from(line + 1).unwrap_or(u32::MAX);
    diagnostic
}

/// The file system as style sheets see it: nothing outside of the site.
#[derive(Debug)]
struct SiteFiles<'a> {
    real_root: &'a Path,
}

impl SiteFiles<'_> {
    fn is_inside(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| real.starts_with(self.real_root))
    }
}

impl Fs for SiteFiles<'_> {
    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir() && self.is_inside(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file() && self.is_inside(path)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if !self.is_inside(path) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "is not there"));
        }
        let len = path.metadata()?.len();
        if len > MAX_SHEET_BYTES {
            let message = format!("it has {len} bytes; the limit is 16 MiB");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        std::fs::read(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }
}

/// What style sheets say with `@warn`.
#[derive(Debug, Default)]
struct Said(RefCell<Vec<(SpanLoc, String)>>);

impl Said {
    fn warnings(&self, root: &Path) -> Vec<Diagnostic> {
        let said = self.0.borrow();
        said.iter()
            .map(|(place, text)| at(Diagnostic::warning(one_line(text)), place, root))
            .collect()
    }
}

impl Logger for Said {
    fn debug(&self, _place: SpanLoc, _message: &str) {}

    fn warn(&self, place: SpanLoc, message: &str) {
        self.0.borrow_mut().push((place, message.to_owned()));
    }
}
