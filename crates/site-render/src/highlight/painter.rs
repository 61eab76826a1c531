//! One block: its lines parsed in order, each piece given the tag of its colours.

use std::collections::HashMap;
use std::sync::Arc;

use syntect::parsing::{ParseState, Scope, ScopeStack, ScopeStackOp, SyntaxReference};

use super::brush::{BARE, Brush};
use super::languages;
use crate::html::escape_code;

/// A line longer than this is shown without colours: grammars take too long over it.
const MAX_LINE_BYTES: usize = 8_192;

/// The opening tag of each stack of scopes met so far.
pub(super) type Known = HashMap<Vec<Scope>, Arc<str>>;

/// Paints the lines of one block.
pub(super) struct Painter<'a> {
    brush: &'a Brush,
    state: Option<ParseState>,
    stack: ScopeStack,
    known: Known,
}

impl<'a> Painter<'a> {
    /// - `syntax`: none for text without colours.
    pub(super) fn new(
        brush: &'a Brush,
        syntax: Option<&'static SyntaxReference>,
        known: Known,
    ) -> Self {
        Self { brush, state: syntax.map(ParseState::new), stack: ScopeStack::new(), known }
    }

    pub(super) fn into_known(self) -> Known {
        self.known
    }

    /// Paints a line, which has no line end.
    pub(super) fn line(&mut self, line: &str, html: &mut String) {
        let mut run = Run { line, written: 0, open: None, html };
        let Some(operations) = self.operations(line) else {
            run.piece(line.len(), || Arc::from(BARE));
            return run.end();
        };
        for (place, operation) in &operations {
            run.piece(*place, || self.tag());
            if self.stack.apply(operation).is_err() {
                self.stack = ScopeStack::new();
            }
        }
        run.piece(line.len(), || self.tag());
        run.end();
    }

    /// What the grammar says of a line; nothing where it has none, or is at fault.
    fn operations(&mut self, line: &str) -> Option<Vec<(usize, ScopeStackOp)>> {
        let state = self.state.as_mut().filter(|_| line.len() <= MAX_LINE_BYTES)?;
        let operations = state.parse_line(&format!("{line}\n"), languages::all()).ok();
        if operations.is_none() {
            self.state = None;
        }
        operations
    }

    fn tag(&mut self) -> Arc<str> {
        let scopes = self.stack.as_slice();
        if let Some(tag) = self.known.get(scopes) {
            return tag.clone();
        }
        let tag: Arc<str> = Arc::from(self.brush.tag(scopes));
        self.known.insert(scopes.to_vec(), tag.clone());
        tag
    }
}

/// The pieces of a line as they are written: those of one colour share a tag, and white space goes
/// with what follows it.
struct Run<'a> {
    line: &'a str,
    /// Bytes of the line that are written.
    written: usize,
    open: Option<Arc<str>>,
    html: &'a mut String,
}

impl Run<'_> {
    /// Writes the line as far as `to`, but for white space before that.
    fn piece(&mut self, to: usize, tag: impl FnOnce() -> Arc<str>) {
        let text = self.line.get(self.written..to.min(self.line.len())).unwrap_or_default();
        let text = text.trim_end();
        if !text.is_empty() {
            self.turn_to(tag());
            self.html.push_str(&escape_code(text));
            self.written += text.len();
        }
    }

    fn turn_to(&mut self, tag: Arc<str>) {
        if self.open.as_ref() == Some(&tag) {
            return;
        }
        if self.open.is_some() {
            self.html.push_str("</span>");
        }
        self.html.push_str(&tag);
        self.open = Some(tag);
    }

    fn end(mut self) {
        if self.written < self.line.len() {
            self.turn_to(Arc::from(BARE));
            self.html.push_str(&escape_code(&self.line[self.written..]));
        }
        if self.open.is_some() {
            self.html.push_str("</span>");
        }
    }
}
