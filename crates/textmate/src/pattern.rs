//! Regular expressions, compiled when first searched for.
//!
//! `\A` holds only in the first line of a text, `\G` only where the rule above has just begun or
//! ended. Both are known before a search, so an expression that has them is compiled once for each
//! case that is met, with what cannot hold put out of reach.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use onig::{Regex, RegexOptions, Syntax};

/// Never found in text.
pub(crate) const NEVER: &str = "\u{ffff}";

/// What holds where a search begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Anchors {
    /// `\A` may hold.
    pub(crate) is_first_line: bool,
    /// `\G` may hold.
    pub(crate) is_anchored: bool,
}

/// One expression of a grammar.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: Box<str>,
    has_start: bool,
    has_anchor: bool,
    compiled: [OnceLock<Option<Compiled>>; 4],
}

/// An expression ready for use.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) regex: Regex,
    /// Its own in the whole program.
    pub(crate) number: usize,
}

impl Pattern {
    pub(crate) fn new(source: &str) -> Self {
        let has = |anchor: char| escapes(source).any(|(_, letter)| letter == anchor);
        Self {
            has_start: has('A'),
            has_anchor: has('G'),
            source: Box::from(source),
            compiled: Default::default(),
        }
    }

    /// Whether what is found depends on where the search begins.
    pub(crate) fn has_anchor(&self) -> bool {
        self.has_anchor
    }

    /// The expression for these anchors; none if it is faulty.
    pub(crate) fn compiled(&self, anchors: Anchors) -> Option<&Compiled> {
        let start = anchors.is_first_line || !self.has_start;
        let anchor = anchors.is_anchored || !self.has_anchor;
        let case = &self.compiled[usize::from(start) + 2 * usize::from(anchor)];
        case.get_or_init(|| compile(&for_anchors(&self.source, start, anchor))).as_ref()
    }
}

fn compile(source: &str) -> Option<Compiled> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let options = RegexOptions::REGEX_OPTION_CAPTURE_GROUP;
    let regex = Regex::with_options(source, options, Syntax::default()).ok()?;
    Some(Compiled { regex, number: NEXT.fetch_add(1, Ordering::Relaxed) })
}

/// Places and letters of escapes.
fn escapes(source: &str) -> impl Iterator<Item = (usize, char)> {
    let mut letters = source.char_indices();
    std::iter::from_fn(move || {
        letters.find(|(_, letter)| *letter == '\\')?;
        letters.next()
    })
}

fn for_anchors(source: &str, start: bool, anchor: bool) -> String {
    let mut out = String::with_capacity(source.len());
    let mut copied = 0;
    for (at, letter) in escapes(source) {
        let instead = match letter {
            'A' if !start => NEVER,
            'G' if !anchor => NEVER,
            // Lines end with a line feed here, which is no part of the text.
            'z' => "$(?!\\n)(?<!\\n)",
            _ => continue,
        };
        out.push_str(&source[copied..at - 1]);
        out.push_str(instead);
        copied = at + letter.len_utf8();
    }
    out.push_str(&source[copied..]);
    out
}

/// Whether an expression names what another one captured.
pub(crate) fn has_back_references(source: &str) -> bool {
    escapes(source).any(|(_, letter)| letter.is_ascii_digit())
}

/// Puts captured text in the place of `\1` and the like.
pub(crate) fn with_captured(source: &str, captured: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(source.len());
    let mut copied = 0;
    for (at, letter) in escapes(source) {
        if !letter.is_ascii_digit() || at < copied {
            continue;
        }
        let rest = &source[at..];
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let number = rest[..digits].parse().unwrap_or(usize::MAX);
        out.push_str(&source[copied..at - 1]);
        out.push_str(&literal(&captured(number)));
        copied = at + digits;
    }
    out.push_str(&source[copied..]);
    out
}

fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_whitespace() || "-\\{}*+?|^$.,[]()#".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_that_do_not_hold_are_put_out_of_reach() {
        let table = [
            ("\\Aa\\G", true, true, "\\Aa\\G"),
            ("\\Aa\\G", false, true, "\u{ffff}a\\G"),
            ("\\Aa\\G", true, false, "\\Aa\u{ffff}"),
            ("\\\\A\\z", false, false, "\\\\A$(?!\\n)(?<!\\n)"),
        ];
        for (source, start, anchor, expected) in table {
            assert_eq!(for_anchors(source, start, anchor), expected, "{source}");
        }
    }

    #[test]
    fn captured_text_is_taken_as_it_is() {
        let captured = |number| if number == 1 { "a.b".to_owned() } else { String::new() };
        assert_eq!(with_captured("^\\1\\\\1\\23$", captured), "^a\\.b\\\\1$");
        assert!(has_back_references("\\1") && !has_back_references("\\\\1"));
    }

    #[test]
    fn faulty_expressions_are_passed_over() {
        for source in ["(", "[", "(?<n", "\\"] {
            assert!(Pattern::new(source).compiled(Anchors::default()).is_none(), "{source}");
        }
        let pattern = Pattern::new("\\Aa");
        let first = Anchors { is_first_line: true, is_anchored: false };
        assert!(pattern.compiled(first).unwrap().regex.is_match("a"));
        assert!(!pattern.compiled(Anchors::default()).unwrap().regex.is_match("a"));
    }
}
