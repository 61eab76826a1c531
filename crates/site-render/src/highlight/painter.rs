//! One block: its lines parsed in order, each piece given the tag of its colours.

use std::collections::HashMap;
use std::sync::Arc;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference};

use super::brush::Brush;
use super::languages;
use crate::html::escape;

/// A line longer than this is shown without colours: grammars take too long over it.
const MAX_LINE_BYTES: usize = 8_192;

/// The opening tag of each stack of scopes met so far; empty where it has no colours of its own.
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
        let Some(state) = self.state.as_mut().filter(|_| line.len() <= MAX_LINE_BYTES) else {
            html.push_str(&escape(line));
            return;
        };
        let whole = format!("{line}\n");
        let Ok(operations) = state.parse_line(&whole, languages::all()) else {
            // A grammar at fault: the rest of the block is shown without colours.
            self.state = None;
            html.push_str(&escape(line));
            return;
        };
        let mut open: Arc<str> = Arc::from("");
        let mut at = 0;
        for (place, operation) in &operations {
            self.piece(&line[at.min(line.len())..(*place).min(line.len())], &mut open, html);
            at = *place;
            if self.stack.apply(operation).is_err() {
                self.stack = ScopeStack::new();
            }
        }
        self.piece(&line[at.min(line.len())..], &mut open, html);
        if !open.is_empty() {
            html.push_str("</span>");
        }
    }

    /// Writes a piece of a line; pieces of one colour share a tag.
    fn piece(&mut self, text: &str, open: &mut Arc<str>, html: &mut String) {
        if text.is_empty() {
            return;
        }
        let tag = self.tag();
        let is_blank = text.chars().all(char::is_whitespace);
        if *tag != **open && !is_blank {
            if !open.is_empty() {
                html.push_str("</span>");
            }
            html.push_str(&tag);
            *open = tag;
        }
        html.push_str(&escape(text));
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
