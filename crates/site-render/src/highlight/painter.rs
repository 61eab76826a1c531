//! One block: its lines read in order, each piece given the tag of its colours.

use std::sync::Arc;

use textmate::{Grammars, Memory, Piece, ScopeId, Tokenizer};

use super::brush::{Brush, Look};
use crate::html::escape_code;

/// A line longer than this is shown without colours: grammars take too long over it.
const MAX_LINE_BYTES: usize = 8_192;

/// What is known already: taken for a block, given back after it.
#[derive(Debug, Default)]
pub(super) struct Known {
    memory: Memory,
    /// How each stack of scopes looks, by its number.
    looks: Vec<Option<Arc<Look>>>,
}

/// Paints the lines of one block.
pub(super) struct Painter<'a> {
    brush: &'a Brush,
    text: Option<Tokenizer<'a>>,
    known: Known,
}

impl<'a> Painter<'a> {
    /// - `scope`: of the grammar; none for text without colours.
    pub(super) fn new(
        brush: &'a Brush,
        grammars: &'a Grammars,
        scope: Option<&str>,
        mut known: Known,
    ) -> Self {
        let text = scope.and_then(|scope| Tokenizer::new(grammars, scope, &mut known.memory));
        Self { brush, text, known }
    }

    pub(super) fn into_known(self) -> Known {
        self.known
    }

    /// Paints a line, which has no line end.
    pub(super) fn line(&mut self, line: &str, html: &mut String) {
        let mut run = Run { brush: self.brush, line, start: 0, end: 0, looks: Vec::new(), html };
        let mut start = 0;
        for piece in self.pieces(line) {
            let before = std::mem::replace(&mut start, piece.end);
            let look = self.look(piece.scopes);
            let is_white = line[before..piece.end].trim().is_empty();
            if is_white && !look.is_lined && piece.end < line.len() {
                continue;
            }
            if look.is_lined {
                run.bare(before);
            }
            run.piece(piece.end, look);
        }
        run.write();
    }

    fn pieces(&mut self, line: &str) -> Vec<Piece> {
        let whole = || vec![Piece { end: line.len(), scopes: ScopeId::EMPTY }];
        match &mut self.text {
            Some(text) if line.len() <= MAX_LINE_BYTES => text.line(line, &mut self.known.memory),
            _ if line.is_empty() => Vec::new(),
            _ => whole(),
        }
    }

    fn look(&mut self, scopes: ScopeId) -> Arc<Look> {
        let (index, looks) = (scopes.index(), &mut self.known.looks);
        if looks.len() <= index {
            looks.resize_with(index + 1, || None);
        }
        let new = || Arc::new(self.brush.look(&self.known.memory, scopes));
        looks[index].get_or_insert_with(new).clone()
    }
}

/// Pieces of a line that look alike and are written as one.
struct Run<'a> {
    brush: &'a Brush,
    line: &'a str,
    start: usize,
    end: usize,
    looks: Vec<Arc<Look>>,
    html: &'a mut String,
}

impl Run<'_> {
    /// Goes on to `end`; what is white before the piece goes with it.
    fn piece(&mut self, end: usize, look: Arc<Look>) {
        if self.looks.last().is_some_and(|last| !self.brush.are_alike(last, &look)) {
            self.write();
        }
        self.end = end;
        self.looks.push(look);
    }

    /// Goes on to `end` without colours, so that what is white before the piece gets no line.
    fn bare(&mut self, end: usize) {
        if self.end < end {
            self.write();
            self.html.push_str("<span>");
            self.html.push_str(&escape_code(&self.line[self.end..end]));
            self.html.push_str("</span>");
            (self.start, self.end) = (end, end);
        }
    }

    fn write(&mut self) {
        let Some(first) = self.looks.first() else { return };
        let mut classes: Vec<&str> = Vec::new();
        for class in self.looks.iter().flat_map(|look| &look.classes) {
            if !classes.contains(&&**class) {
                classes.push(class);
            }
        }
        self.html.push_str(&self.brush.tag(&first.css, &classes));
        self.html.push_str(&escape_code(&self.line[self.start..self.end]));
        self.html.push_str("</span>");
        self.start = self.end;
        self.looks.clear();
    }
}
