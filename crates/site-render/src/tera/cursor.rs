//! A place in template source, and what was looked for there.
//!
//! Tera's grammar is a parsing expression grammar: alternatives are tried in order and the first that
//! matches is kept. The parser therefore reads characters, not tokens, and moves back when an
//! alternative fails; the furthest place any of them reached is where the error is told.

use std::collections::BTreeSet;

/// Deepest nesting of brackets and of tags.
const MAX_DEPTH: usize = 96;

#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) source: &'a str,
    pub(crate) at: usize,
    furthest: usize,
    expected: BTreeSet<&'static str>,
    depth: usize,
    /// A complaint that no alternative can mend, such as a number out of bounds.
    pub(crate) fatal: Option<(usize, String)>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { source, at: 0, furthest: 0, expected: BTreeSet::new(), depth: 0, fatal: None }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.source.len()
    }

    /// Notes that `what` was looked for here in vain.
    pub(crate) fn miss<T>(&mut self, what: &'static str) -> Option<T> {
        if self.at > self.furthest {
            self.furthest = self.at;
            self.expected.clear();
        }
        if self.at == self.furthest {
            self.expected.insert(what);
        }
        None
    }

    /// Where parsing failed, and what would have been right there.
    pub(crate) fn failure(&self) -> (usize, Vec<&'static str>) {
        (self.furthest, self.expected.iter().copied().collect())
    }

    pub(crate) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// At least one white space.
    pub(crate) fn space(&mut self) -> Option<()> {
        let start = self.at;
        self.skip_space();
        if self.at > start { Some(()) } else { self.miss("a space") }
    }

    /// The text itself.
    pub(crate) fn eat(&mut self, text: &'static str) -> Option<()> {
        if self.rest().starts_with(text) {
            self.at += text.len();
            return Some(());
        }
        self.miss(text)
    }

    /// White space, then the text.
    pub(crate) fn token(&mut self, text: &'static str) -> Option<()> {
        self.skip_space();
        self.eat(text)
    }

    /// A word operator, which needs white space behind it.
    pub(crate) fn word(&mut self, text: &'static str) -> Option<()> {
        let rest = self.rest().strip_prefix(text);
        if rest.is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n'])) {
            self.at += text.len() + 1;
            return Some(());
        }
        self.miss(text)
    }

    /// Goes a level deeper; too deep a nesting is an error of its own.
    pub(crate) fn descend(&mut self) -> Option<()> {
        if self.depth >= MAX_DEPTH {
            let complaint = format!("nested deeper than {MAX_DEPTH} levels");
            self.fatal.get_or_insert((self.at, complaint));
            return None;
        }
        self.depth += 1;
        Some(())
    }

    /// Comes back from a level.
    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Bytes of the longest run of letters, digits and underscores.
    fn word_len(&self, from: usize) -> usize {
        self.source[from..]
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count()
    }

    /// A name: a letter or underscore, then letters, digits and underscores.
    pub(crate) fn ident(&mut self) -> Option<&'a str> {
        let len = self.word_len(self.at);
        let is_name = len > 0 && !self.source.as_bytes()[self.at].is_ascii_digit();
        if !is_name {
            return self.miss("a name");
        }
        self.at += len;
        Some(&self.source[self.at - len..self.at])
    }

    /// A part of a path behind a dot: letters, digits and underscores in any order.
    pub(crate) fn part(&mut self) -> Option<&'a str> {
        let len = self.word_len(self.at);
        if len == 0 {
            return self.miss("a name");
        }
        self.at += len;
        Some(&self.source[self.at - len..self.at])
    }

    /// Text between quotes of one kind; there are no escapes.
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
        let Some((text, _)) = quote.and_then(|quote| rest[1..].split_once(quote)) else {
            return self.miss("a string");
        };
        self.at += text.len() + 2;
        Some(text)
    }

    /// Digits without a leading zero, perhaps with a minus.
    fn integer_len(&self) -> Option<usize> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        match digits {
            0 => None,
            _ if rest[sign..].starts_with('0') => Some(sign + 1),
            _ => Some(sign + digits),
        }
    }

    pub(crate) fn integer(&mut self) -> Option<&'a str> {
        let Some(len) = self.integer_len() else { return self.miss("a number") };
        self.at += len;
        Some(&self.source[self.at - len..self.at])
    }

    pub(crate) fn float(&mut self) -> Option<&'a str> {
        let Some(whole) = self.integer_len() else { return self.miss("a number") };
        let fraction = self.rest()[whole..].strip_prefix('.').unwrap_or_default();
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        let len = whole + 1 + digits;
        self.at += len;
        Some(&self.source[self.at - len..self.at])
    }
}
