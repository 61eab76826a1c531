//! All that a person or script sees: results on stdout, progress and problems on stderr.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use site_model::{Diagnostic, Severity};

use crate::failure::Failure;

/// Prints one line of a result.
///
/// A closed pipe (`woodblock search … | head -1`) is the reader's choice and no error.
pub(crate) fn result(line: impl std::fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints one line of news about the run.
pub(crate) fn note(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints why a command failed: each problem of the content, or the whole chain of causes.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Content(diagnostics) => problems(diagnostics),
        Failure::Data(error) | Failure::Usage(error) | Failure::Machine(error) => {
            note(chain(error));
        }
    }
}

/// Prints diagnostics in the order given, and how many there were.
pub(crate) fn problems(diagnostics: &[Diagnostic]) {
    let renderer = styled();
    for diagnostic in diagnostics {
        note(with_renderer(diagnostic, &renderer));
        note("");
    }
    if let Some(tally) = tally(diagnostics) {
        note(tally);
    }
}

/// One diagnostic as plain text, as the browser shows it.
pub(crate) fn plain(diagnostic: &Diagnostic) -> String {
    with_renderer(diagnostic, &Renderer::plain())
}

/// A bar for `len` steps; on anything but a terminal it draws nothing.
pub(crate) fn progress(what: &'static str, len: u64) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{msg:>12} {bar:32} {pos}/{len}")
        .expect("the template is a constant and valid");
    ProgressBar::with_draw_target(Some(len), target).with_style(style).with_message(what)
}

/// Most memory that this program has had so far, where the system tells.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// Seconds as people read them.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// A number of bytes as people read it.
pub(crate) fn size(len_bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let len = len_bytes as f64;
    match len_bytes {
        0..1_000 => format!("{len_bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", len / 1e3),
        _ => format!("{:.1} MB", len / 1e6),
    }
}

fn styled() -> Renderer {
    let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(DEFAULT_TERM_WIDTH)
}

fn tally(diagnostics: &[Diagnostic]) -> Option<String> {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let count = |n: usize, word: &str| {
        (n > 0).then(|| format!("{n} {word}{}", if n == 1 { "" } else { "s" }))
    };
    let parts: Vec<_> =
        [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `error: …` with each cause under it.
fn chain(error: &anyhow::Error) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(error.to_string()));
    let mut before = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Some errors already say their cause; once is enough.
        if !before.contains(&cause) {
            group = group.element(Level::NOTE.with_name("cause").message(cause.clone()));
        }
        before = cause;
    }
    styled().render(&[group])
}

fn with_renderer(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()));
    let path = diagnostic.file.as_ref().map(|file| file.display().to_string());
    group = match (&diagnostic.source, path) {
        (Some(source), path) if diagnostic.line > 0 => {
            let snippet = Snippet::source(source.as_str())
                .line_start(diagnostic.line as usize)
                .path(path)
                .annotation(AnnotationKind::Primary.span(span(diagnostic, source)));
            group.element(snippet)
        }
        (_, Some(path)) => group.element(origin(diagnostic, path)),
        (_, None) => group,
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

fn origin(diagnostic: &Diagnostic, path: String) -> Origin<'static> {
    let origin = Origin::path(path);
    match (diagnostic.line, diagnostic.column) {
        (0, _) => origin,
        (line, 0) => origin.line(line as usize),
        (line, column) => origin.line(line as usize).char_column(column as usize),
    }
}

/// The bytes of the line that the column (in characters, from 1) and length point at; the whole
/// line where they point nowhere.
fn span(diagnostic: &Diagnostic, source: &str) -> std::ops::Range<usize> {
    let offset_of =
        |chars: usize| source.char_indices().nth(chars).map_or(source.len(), |(at, _)| at);
    if diagnostic.column == 0 {
        let start = source.len() - source.trim_start().len();
        return start..source.trim_end().len().max(start);
    }
    let first = (diagnostic.column - 1) as usize;
    let start = offset_of(first);
    start..offset_of(first + diagnostic.len.max(1) as usize)
}
