//! The words behind the fence of a code block.
//!
//! ```text
//! info    ::= part ("," part)*
//! part    ::= language | "linenos" | "linenostart=" number | ("hl_lines=" | "hide_lines=") ranges
//!           | name "=" value                       ; becomes `data-NAME`
//! ranges  ::= range (" " range)*
//! range   ::= line ("-" line)?                     ; counted from 1, both ends taken
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use crate::html::escape;

/// What the fence of a code block says.
#[derive(Debug, Default)]
pub(crate) struct Fence<'a> {
    /// The language as written; empty where there is none.
    pub(crate) language: &'a str,
    has_numbers: bool,
    first_number: i64,
    marked: Vec<RangeInclusive<usize>>,
    hidden: Vec<RangeInclusive<usize>>,
    /// All else, shown as `data-…`.
    data: BTreeMap<&'a str, &'a str>,
}

impl<'a> Fence<'a> {
    pub(crate) fn parse(info: &'a str) -> Self {
        let mut fence = Self { first_number: 1, ..Self::default() };
        let mut language = None;
        for part in info.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((key, value)) => fence.option(key.trim(), value.trim()),
                None if part == "linenos" => fence.has_numbers = true,
                None => {
                    language.get_or_insert(part);
                }
            }
        }
        fence.language = language.unwrap_or_default();
        fence
    }

    fn option(&mut self, key: &'a str, value: &'a str) {
        match key {
            "linenos" => self.has_numbers = true,
            "linenostart" => self.first_number = value.parse().unwrap_or(1),
            "hl_lines" => self.marked.extend(value.split(' ').filter_map(range)),
            "hide_lines" => self.hidden.extend(value.split(' ').filter_map(range)),
            key => drop(self.data.insert(key, value)),
        }
    }

    pub(crate) fn is_marked(&self, line: usize) -> bool {
        self.marked.iter().any(|lines| lines.contains(&line))
    }

    pub(crate) fn is_hidden(&self, line: usize) -> bool {
        self.hidden.iter().any(|lines| lines.contains(&line))
    }

    /// The number to be shown before a line, counted from 1, if numbers are wanted.
    pub(crate) fn shown_number(&self, line: usize) -> Option<i64> {
        let offset = i64::try_from(line).unwrap_or(i64::MAX) - 1;
        self.has_numbers.then(|| self.first_number.saturating_add(offset))
    }

    /// Characters of the largest number of a block of so many lines.
    pub(crate) fn number_width(&self, lines: usize) -> usize {
        self.shown_number(lines + 1).map_or(0, |number| number.to_string().len())
    }

    /// `<code>` with what is known of the block.
    pub(crate) fn code_tag(&self, language: &str) -> String {
        let mut tag = format!("<code data-lang=\"{}\"", escape(language));
        for (key, value) in &self.data {
            let is_fit = |letter: char| letter.is_alphanumeric() || letter == '-';
            let key = key.to_lowercase().replace(|letter| !is_fit(letter), "-");
            // Writing into a string does not fail.
            let _ = write!(tag, " data-{key}=\"{}\"", escape(value));
        }
        tag.push('>');
        tag
    }
}

fn range(text: &str) -> Option<RangeInclusive<usize>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
    Some(from.min(to)..=from.max(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_read() {
        let fence = Fence::parse(
            "rust, linenos,linenostart=10 , hl_lines=2-1 4 x, hide_lines=3,name=a b.rs",
        );
        assert_eq!(fence.language, "rust");
        let marked: Vec<_> = (1..6).filter(|line| fence.is_marked(*line)).collect();
        assert_eq!(marked, [1, 2, 4]);
        assert!(fence.is_hidden(3) && !fence.is_hidden(2));
        assert_eq!(fence.shown_number(2), Some(11));
        assert_eq!(fence.code_tag("rust"), "<code data-lang=\"rust\" data-name=\"a b.rs\">");
    }

    #[test]
    fn odd_fences_are_no_trouble() {
        let table = [("", ""), (" ,, ", ""), ("linenos", ""), ("a=b,c", "c"), ("x\"y", "x\"y")];
        for (info, language) in table {
            assert_eq!(Fence::parse(info).language, language, "{info}");
        }
        let fence =
            Fence::parse("linenostart=9223372036854775807,linenos,hl_lines=0-99999999999999999999");
        assert_eq!(fence.shown_number(usize::MAX), Some(i64::MAX));
        assert_eq!(
            Fence::parse("a<b=\"c").code_tag("x"),
            "<code data-lang=\"x\" data-a-b=\"&quot;c\">"
        );
    }
}
