//! Lines to pieces with scopes: the stack of rules that are open, and what is found next in it.

use std::sync::Arc;

use crate::grammar::{Body, Captures, Close, Span, SpanKind};
use crate::grammars::{GrammarIdx, Grammars, RuleRef, Scanner};
use crate::injected::Injected;
use crate::names::{Group, Name};
use crate::pattern::{Anchors, Pattern, with_captured};
use crate::scopes::{ScopeId, Scopes};
use crate::search::{Searches, Text};

/// Rules within rules within captured groups, deeper than this, are passed over.
const MAX_DEPTH: usize = 40;
/// Rules that may be open at once.
const MAX_OPEN: usize = 2_000;
/// Bytes searched in one line, again and again, behind which the rest stays as it is.
const MAX_SEARCHED: usize = 1_000_000;

/// What is kept from line to line and from text to text: nothing in it changes what is found.
#[derive(Debug, Default)]
pub struct Memory {
    /// Stacks of scopes that pieces name.
    pub scopes: Scopes,
    pub(crate) searches: Searches,
    pub(crate) injected: Injected,
}

/// A piece of a line: from the end of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it ends, in bytes.
    pub end: usize,
    /// Its scopes.
    pub scopes: ScopeId,
}

/// Reads one text, line by line.
pub struct Tokenizer<'a> {
    grammars: &'a Grammars,
    base: GrammarIdx,
    /// Rules that are open, the outermost first.
    open: Vec<Open>,
    is_first_line: bool,
}

/// A rule that is open.
#[derive(Debug, Clone)]
struct Open {
    rule: RuleRef,
    scanner: Arc<Scanner>,
    /// What closes it, if anything does.
    close: Option<Arc<Pattern>>,
    /// Scopes of all of it.
    outer: ScopeId,
    /// Scopes between beginning and end.
    inner: ScopeId,
    /// Where in this line it began.
    entered: Option<usize>,
    /// Where `\G` held before it began.
    anchor: Option<usize>,
    /// Whether its beginning took the end of the line.
    took_line_end: bool,
}

/// A line that is being read.
struct Line<'a, 'm> {
    text: &'a str,
    memory: &'m mut Memory,
    pieces: Vec<Piece>,
    depth: usize,
}

/// What was found next.
struct Found {
    what: What,
    groups: Vec<Group>,
    at: usize,
    end: usize,
}

#[derive(Clone, Copy)]
enum What {
    End,
    Rule(RuleRef),
}

/// Where the reading of a line stands.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    is_first_line: bool,
    /// Where `\G` holds.
    anchor: Option<usize>,
}

impl<'a> Tokenizer<'a> {
    /// A text of the grammar with this scope; nothing if there is none.
    pub fn new(grammars: &'a Grammars, scope: &str, memory: &mut Memory) -> Option<Self> {
        let base = grammars.find(scope)?;
        let rule = RuleRef { grammar: base, rule: 0 };
        let scopes = memory.scopes.push(ScopeId::EMPTY, scope);
        let open = Open {
            rule,
            scanner: grammars.scanner(base, rule),
            close: None,
            outer: scopes,
            inner: scopes,
            entered: None,
            anchor: None,
            took_line_end: false,
        };
        Some(Self { grammars, base, open: vec![open], is_first_line: true })
    }

    /// Reads the next line.
    ///
    /// - `line`: without its end.
    /// - Returns its pieces; the last one ends with the line.
    pub fn line(&mut self, line: &str, memory: &mut Memory) -> Vec<Piece> {
        let text = format!("{line}\n");
        for open in &mut self.open {
            (open.entered, open.anchor) = (None, None);
        }
        memory.searches.begin();
        memory.searches.searched = 0;
        let mut reading = Line { text: &text, memory, pieces: Vec::new(), depth: 0 };
        let start = Place { at: 0, is_first_line: self.is_first_line, anchor: None };
        let place = self.keep_open(&mut reading, start);
        self.read(&mut reading, place);
        self.is_first_line = false;
        reading.without_line_end()
    }

    fn top(&self) -> &Open {
        self.open.last().expect("the outermost rule stays open")
    }

    /// Closes the rules that last only while their lines begin in a way, from the first that does not.
    fn keep_open(&mut self, line: &mut Line<'_, '_>, mut place: Place) -> Place {
        if self.top().took_line_end {
            place.anchor = Some(0);
        }
        for idx in 0..self.open.len() {
            let open = &self.open[idx];
            let Some(span) = self.span(open.rule).filter(|span| span.kind == SpanKind::While)
            else {
                continue;
            };
            let Some(pattern) = open.close.clone() else { continue };
            let anchors = place.anchors();
            let text = Text { line: line.text, from: place.at, anchors };
            let Some(at) = line.memory.searches.find(&pattern, &text) else {
                self.open.truncate(idx.max(1));
                break;
            };
            let groups = line.memory.searches.groups(&pattern, anchors);
            let end = groups.first().copied().flatten().map_or(at, |(_, end)| end);
            let scopes = open.inner;
            let grammar = open.rule.grammar;
            line.piece(at, scopes);
            let above = self.open.split_off(idx + 1);
            self.captures(line, (grammar, &span.close_captures), &groups, place.is_first_line);
            self.open.truncate(idx + 1);
            self.open.extend(above);
            line.piece(end, scopes);
            place.anchor = Some(end);
            if end > place.at {
                (place.at, place.is_first_line) = (end, false);
            }
        }
        place
    }

    fn span(&self, rule: RuleRef) -> Option<&'a Span> {
        match &self.grammars.rule(rule)?.body {
            Body::Span(span) => Some(span),
            _ => None,
        }
    }

    /// Reads on from a place to the end of the line.
    fn read(&mut self, line: &mut Line<'_, '_>, mut place: Place) {
        loop {
            let found = self.next(line, place).filter(|_| self.open.len() < MAX_OPEN);
            let Some(found) = found else {
                return line.piece(line.text.len(), self.top().inner);
            };
            let goes_on = match found.what {
                What::End => self.end(line, &found, &mut place),
                What::Rule(rule) => self.begin(line, rule, &found, &mut place),
            };
            if !goes_on {
                return line.piece(line.text.len(), self.top().inner);
            }
            if found.end > place.at {
                (place.at, place.is_first_line) = (found.end, false);
            }
        }
    }

    /// What comes next: of the open rule, or of an injection.
    fn next(&self, line: &mut Line<'_, '_>, place: Place) -> Option<Found> {
        if line.memory.searches.searched > MAX_SEARCHED {
            return None;
        }
        let text = Text { line: line.text, from: place.at, anchors: place.anchors() };
        let top = self.top();
        let own = top.scanner.candidates.iter().map(|it| (What::Rule(it.rule), &it.pattern));
        let is_while = || self.span(top.rule).is_some_and(|span| span.kind == SpanKind::While);
        let end = top.close.as_ref().filter(|_| !is_while()).map(|end| (What::End, end));
        let (before, behind) = if top.scanner.is_end_last { (None, end) } else { (end, None) };
        let searches = &mut line.memory.searches;
        let own = searches.first(before.into_iter().chain(own).chain(behind), &text);
        let injections = self.grammars.injections(self.base);
        let injected = if injections.is_empty() {
            None
        } else {
            line.memory.injected_first((self.base, injections), top.inner, &text)
        };
        let (what, pattern, at) = match (own, injected) {
            (Some(own), Some((rule, pattern, at, goes_first)))
                if at < own.2 || (goes_first && at == own.2) =>
            {
                (What::Rule(rule), pattern, at)
            }
            (Some(own), _) => own,
            (None, Some((rule, pattern, at, _))) => (What::Rule(rule), pattern, at),
            (None, None) => return None,
        };
        let groups = line.memory.searches.groups(pattern, text.anchors);
        let end = groups.first().copied().flatten().map_or(at, |(_, end)| end);
        Some(Found { what, groups, at, end })
    }

    /// Closes the open rule. Returns whether the line goes on.
    fn end(&mut self, line: &mut Line<'_, '_>, found: &Found, place: &mut Place) -> bool {
        let open = self.top();
        let (rule, outer, entered, anchor) = (open.rule, open.outer, open.entered, open.anchor);
        line.piece(found.at, open.inner);
        if let Some(top) = self.open.last_mut() {
            top.inner = outer;
        }
        if let Some(span) = self.span(rule) {
            let captures = (rule.grammar, &span.close_captures);
            self.captures(line, captures, &found.groups, place.is_first_line);
        }
        line.piece(found.end, outer);
        place.anchor = anchor;
        // It began and ended at one place: it would do so for ever.
        if found.end <= place.at && entered == Some(place.at) {
            return false;
        }
        if self.open.len() > 1 {
            self.open.pop();
        }
        true
    }

    /// Opens a rule, or takes what it matches. Returns whether the line goes on.
    fn begin(
        &mut self,
        line: &mut Line<'_, '_>,
        at: RuleRef,
        found: &Found,
        place: &mut Place,
    ) -> bool {
        let Some(rule) = self.grammars.rule(at) else { return false };
        line.piece(found.at, self.top().inner);
        let outer = line.named(self.top().inner, rule.name.as_ref(), &found.groups);
        let took_line_end = found.end == line.text.len();
        let has_advanced = found.end > place.at;
        match &rule.body {
            Body::Span(span) => {
                let is_again = self.was_entered_at(at, place.at);
                self.push(at, place, outer, took_line_end);
                let captures = (at.grammar, &span.begin_captures);
                self.captures(line, captures, &found.groups, place.is_first_line);
                line.piece(found.end, outer);
                place.anchor = Some(found.end);
                let inner = line.named(outer, rule.content_name.as_ref(), &found.groups);
                let close = self.closing(&span.close, line.text, &found.groups);
                if let Some(top) = self.open.last_mut() {
                    (top.inner, top.close) = (inner, Some(close));
                }
                if !has_advanced && is_again {
                    self.open.pop();
                    return false;
                }
                true
            }
            Body::Match { captures, .. } => {
                self.push(at, place, outer, took_line_end);
                let captures = (at.grammar, captures);
                self.captures(line, captures, &found.groups, place.is_first_line);
                line.piece(found.end, outer);
                self.open.pop();
                if !has_advanced && self.open.len() > 1 {
                    self.open.pop();
                }
                has_advanced
            }
            Body::Group => false,
        }
    }

    /// Whether the rule is among those that were opened where the line stands.
    fn was_entered_at(&self, rule: RuleRef, at: usize) -> bool {
        let here = self.open.iter().rev().take_while(|open| open.entered == Some(at));
        here.into_iter().any(|open| open.rule == rule)
    }

    fn push(&mut self, rule: RuleRef, place: &Place, scopes: ScopeId, took_line_end: bool) {
        let scanner = self.grammars.scanner(self.base, rule);
        self.open.push(Open {
            rule,
            scanner,
            close: None,
            outer: scopes,
            inner: scopes,
            entered: Some(place.at),
            anchor: place.anchor,
            took_line_end,
        });
    }

    fn closing(&self, close: &Close, text: &str, groups: &[Group]) -> Arc<Pattern> {
        let source = match close {
            Close::Fixed(end) => return end.clone(),
            Close::Referring(source) => source,
        };
        let captured = |number: usize| {
            let group = groups.get(number).copied().flatten();
            group.and_then(|(from, to)| text.get(from..to)).unwrap_or_default().to_owned()
        };
        self.grammars.end(with_captured(source, captured))
    }

    /// Gives captured groups their scopes, above those of the open rule.
    fn captures(
        &mut self,
        line: &mut Line<'_, '_>,
        (grammar, captures): (GrammarIdx, &Captures),
        groups: &[Group],
        is_first_line: bool,
    ) {
        let Some((_, last)) = groups.first().copied().flatten() else { return };
        // Groups within groups: scopes, and where they end.
        let mut within: Vec<(ScopeId, usize)> = Vec::new();
        for (capture, group) in captures.iter().zip(groups) {
            let (Some(capture), Some((from, to))) = (capture, *group) else { continue };
            if from == to {
                continue;
            }
            if from > last {
                break;
            }
            while let Some((scopes, end)) = within.pop_if(|(_, end)| *end <= from) {
                line.piece(end, scopes);
            }
            let around = within.last().map_or(self.top().inner, |(scopes, _)| *scopes);
            line.piece(from, around);
            if let Some(rule) = capture.rule {
                let inside = RuleRef { grammar, rule };
                let names = (capture.name.as_ref(), capture.content_name.as_ref());
                self.read_group(line, (inside, names), groups, (from, to), is_first_line);
            } else if capture.name.is_some() {
                within.push((line.named(around, capture.name.as_ref(), groups), to));
            }
        }
        while let Some((scopes, end)) = within.pop() {
            line.piece(end, scopes);
        }
    }

    /// Reads the text of a group by the group's own rule.
    fn read_group(
        &mut self,
        line: &mut Line<'_, '_>,
        (rule, (name, content_name)): (RuleRef, (Option<&Name>, Option<&Name>)),
        groups: &[Group],
        (from, to): (usize, usize),
        is_first_line: bool,
    ) {
        if line.depth == MAX_DEPTH {
            return;
        }
        let outer = line.named(self.top().inner, name, groups);
        let inner = line.named(outer, content_name, groups);
        let open = self.open.len();
        let place = Place { at: from, is_first_line: is_first_line && from == 0, anchor: None };
        self.push(rule, &place, outer, false);
        if let Some(top) = self.open.last_mut() {
            top.inner = inner;
        }
        let text = line.memory.searches.begin();
        let whole = line.text;
        line.text = &whole[..to];
        line.depth += 1;
        self.read(line, place);
        line.depth -= 1;
        line.text = whole;
        line.memory.searches.go_back(text);
        self.open.truncate(open);
    }
}

impl Line<'_, '_> {
    /// Ends a piece here, unless one has ended here or further on.
    fn piece(&mut self, end: usize, scopes: ScopeId) {
        if self.pieces.last().map_or(0, |last| last.end) < end {
            self.pieces.push(Piece { end, scopes });
        }
    }

    /// The pieces, the last of which ends before the line feed.
    fn without_line_end(mut self) -> Vec<Piece> {
        let len = self.text.len() - 1;
        let whole = self.pieces.iter().take_while(|piece| piece.end < len).count();
        self.pieces.truncate(whole + usize::from(len > 0));
        if let Some(last) = self.pieces.get_mut(whole) {
            last.end = len;
        }
        self.pieces
    }

    fn named(&mut self, scopes: ScopeId, name: Option<&Name>, groups: &[Group]) -> ScopeId {
        match name {
            Some(name) => self.memory.scopes.push(scopes, &name.filled(self.text, groups)),
            None => scopes,
        }
    }
}

impl Place {
    fn anchors(&self) -> Anchors {
        Anchors { is_first_line: self.is_first_line, is_anchored: self.anchor == Some(self.at) }
    }
}
