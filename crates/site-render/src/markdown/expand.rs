//! Shortcodes of a text rendered, before the text is read as Markdown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use minijinja::value::Value;
use site_model::{Diagnostic, TemplateSyntax, nearest};

use super::{Origin, Scope};
use crate::shortcodes::{Call, Piece, may_hold_any, pieces};

/// Deepest nesting of shortcodes in bodies of others.
const MAX_DEPTH: usize = 16;

/// Stands in a mark whose last line break is written behind it.
const LINE: char = '/';

/// A text whose shortcodes were rendered.
pub(crate) struct Expanded<'a> {
    pub(crate) text: Cow<'a, str>,
    /// What the marks in the text stand for.
    pub(crate) html: Vec<String>,
    /// The character that opens and closes a mark.
    pub(crate) mark: char,
    /// Where pieces of the expanded text come from: start there, bytes of the source.
    places: Vec<(usize, Range<usize>)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Expanded<'a> {
    fn unchanged(text: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            html: Vec::new(),
            mark: '\u{e000}',
            places: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Bytes of the source for bytes of the expanded text.
    pub(crate) fn source_span(&self, span: &Range<usize>) -> Range<usize> {
        let found = self.places.partition_point(|(start, _)| *start <= span.start);
        let Some((start, source)) = found.checked_sub(1).and_then(|idx| self.places.get(idx))
        else {
            return span.clone();
        };
        let offset = span.start - start;
        let begin = (source.start + offset).min(source.end);
        begin..(begin + span.len()).min(source.end).max(begin)
    }

    /// Puts what the marks stand for in their places.
    pub(crate) fn fill_marks<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.html.is_empty() || !text.contains(self.mark) {
            return Cow::Borrowed(text);
        }
        let mut filled = String::with_capacity(text.len() * 2);
        for (idx, part) in text.split(self.mark).enumerate() {
            match self.meant(part).filter(|_| idx % 2 == 1) {
                Some(html) => filled.push_str(html),
                None => filled.push_str(part),
            }
        }
        Cow::Owned(filled)
    }

    /// What the inside of a mark stands for.
    fn meant(&self, inner: &str) -> Option<&str> {
        match inner.strip_suffix(LINE) {
            Some(number) => self.html(number)?.strip_suffix('\n'),
            None => self.html(inner),
        }
    }

    fn html(&self, number: &str) -> Option<&str> {
        self.html.get(number.parse::<usize>().ok()?).map(String::as_str)
    }

    /// A mark that stands alone, with the line break at the end of what it stands for behind it: who
    /// writes it into a page must know where its line ends.
    pub(crate) fn lone_mark(&self, text: &str) -> String {
        let inner = text.trim().trim_matches(self.mark);
        match self.html(inner) {
            Some(html) if html.ends_with('\n') => format!("{0}{inner}{LINE}{0}\n", self.mark),
            _ => text.to_owned(),
        }
    }

    /// The text without its marks and what they stand for.
    pub(crate) fn without_marks(&self, text: String) -> String {
        if self.html.is_empty() || !text.contains(self.mark) {
            return text;
        }
        text.split(self.mark).step_by(2).collect()
    }

    /// The mark a text consists of, if it is one and nothing else.
    pub(crate) fn is_one_mark(&self, text: &str) -> bool {
        let inner =
            text.trim().strip_prefix(self.mark).and_then(|rest| rest.strip_suffix(self.mark));
        !self.html.is_empty() && inner.is_some_and(|inner| inner.parse::<usize>().is_ok())
    }
}

/// Renders the shortcodes of a text.
pub(crate) fn expand<'a>(text: &'a str, scope: &Scope<'_>) -> Expanded<'a> {
    let mut expanded = Expanded::unchanged(text);
    if !may_hold_any(text) {
        return expanded;
    }
    let mut work = Expander {
        source: text,
        scope,
        counts: BTreeMap::new(),
        out: String::with_capacity(text.len()),
        mark: unused_mark(text),
        html: Vec::new(),
        places: Vec::new(),
        diagnostics: Vec::new(),
    };
    for piece in pieces(text, 0..text.len()) {
        work.piece(piece);
    }
    expanded.mark = work.mark;
    expanded.html = work.html;
    expanded.places = work.places;
    expanded.diagnostics = work.diagnostics;
    expanded.text = Cow::Owned(work.out);
    expanded
}

/// A character of private use that the text does not hold.
fn unused_mark(text: &str) -> char {
    ('\u{e000}'..='\u{f8ff}').find(|mark| !text.contains(*mark)).unwrap_or('\u{e000}')
}

struct Expander<'a, 'b> {
    source: &'a str,
    scope: &'a Scope<'b>,
    counts: BTreeMap<&'a str, usize>,
    out: String,
    mark: char,
    html: Vec<String>,
    places: Vec<(usize, Range<usize>)>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Expander<'a, '_> {
    fn piece(&mut self, piece: Piece<'a>) {
        match piece {
            Piece::Text(text, span) => {
                self.places.push((self.out.len(), span));
                self.out.push_str(text);
            }
            Piece::Unclosed(name, span) => self.unclosed(name, span),
            Piece::Call(call) => {
                let span = call.span.clone();
                self.places.push((self.out.len(), span));
                let Some((rendered, is_markdown)) = self.call(&call, 0) else { return };
                if is_markdown {
                    self.out.push_str(&rendered);
                } else {
                    let (mark, number) = (self.mark, self.html.len());
                    // Writing into a string does not fail.
                    let _ = write!(self.out, "{mark}{number}{mark}");
                    self.html.push(rendered);
                }
            }
        }
    }

    /// What a call renders to, and whether that is Markdown.
    fn call(&mut self, call: &Call<'a>, depth: usize) -> Option<(String, bool)> {
        let Some(template) = self.scope.index.shortcode(call.name) else {
            self.unknown(call);
            return None;
        };
        if depth > MAX_DEPTH {
            self.complain("shortcodes are nested too deep", &call.span, "the limit is 16");
            return None;
        }
        let nth = self.counts.entry(call.name).and_modify(|count| *count += 1).or_insert(1);
        let mut variables = vec![
            ("nth".to_owned(), Value::from(*nth as u64)),
            ("lang".to_owned(), Value::from(self.scope.lang.clone())),
        ];
        variables.extend(call.arguments.iter().cloned());
        if let Some(body) = &call.body {
            let body = self.body(body.clone(), depth);
            variables.push(("body".to_owned(), Value::from(body.trim())));
        }
        for (name, value) in self.scope.own_variables() {
            variables.push((name.to_owned(), value));
        }
        let context = Value::from_pairs(variables);
        match (self.scope.render)(template, context) {
            Ok(rendered) => {
                let is_markdown = template.strip_suffix(".md").is_some();
                let rendered = rendered.replace("\r\n", "\n");
                Some((self.trimmed(&rendered).to_owned(), is_markdown))
            }
            Err(error) => {
                self.failed(call, &error);
                None
            }
        }
    }

    /// Zola keeps the white space around what a template gives; to our own templates it is nothing.
    fn trimmed<'t>(&self, text: &'t str) -> &'t str {
        match self.scope.library.config().woodblock.templates {
            TemplateSyntax::Tera => text,
            TemplateSyntax::MiniJinja => text.trim(),
        }
    }

    fn body(&mut self, body: Range<usize>, depth: usize) -> String {
        let mut out = String::with_capacity(body.len());
        for piece in pieces(self.source, body) {
            match piece {
                Piece::Text(text, _) => out.push_str(text),
                Piece::Unclosed(name, span) => self.unclosed(name, span),
                Piece::Call(call) => {
                    if let Some((rendered, _)) = self.call(&call, depth + 1) {
                        out.push_str(&rendered);
                    }
                }
            }
        }
        out
    }

    fn unknown(&mut self, call: &Call<'_>) {
        let known = self.scope.index.shortcode_names();
        let help = match nearest(call.name, known) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!(
                "create templates/shortcodes/{}.html; to show the braces themselves, write `{{{{/*` \
                 and `*/}}}}`",
                call.name
            ),
        };
        self.complain(&format!("unknown shortcode `{}`", call.name), &call.span, &help);
    }

    fn unclosed(&mut self, name: &str, span: Range<usize>) {
        self.places.push((self.out.len(), span.clone()));
        self.complain(
            &format!("shortcode `{name}` is not closed"),
            &span,
            "end its body with `{% end %}`",
        );
    }

    fn failed(&mut self, call: &Call<'_>, error: &minijinja::Error) {
        let root = &self.scope.library.site.root;
        let mut inner = self.scope.index.diagnostic(error, root);
        if inner.file.is_some() {
            if let Origin::File { file, .. } = self.scope.origin {
                inner.message = format!("{} (while rendering {})", inner.message, file.display());
            }
            self.diagnostics.push(inner);
        } else {
            self.complain(&inner.message, &call.span, "look at the shortcode's arguments");
        }
    }

    fn complain(&mut self, message: &str, span: &Range<usize>, help: &str) {
        let diagnostic = Diagnostic::error(message).help(help);
        self.diagnostics.push(self.scope.complain(diagnostic, self.source, span.clone()));
    }
}
