//! Analysis: text to terms, one code path for building an index and for asking it.
//!
//! 1. [`fold`] makes alike what means the same.
//! 2. [`segments`] cuts the folded text: runs of characters that are written without spaces (Han,
//!    kana, Hangul, Thai …), and words. A word may be a compound (`COVID-19`, `A62B18/02`).
//! 3. [`tokens`] names the terms of each segment with their positions: overlapping pairs and
//!    single characters of a run; stems of words; parts, the whole and known stretches of
//!    compounds.
//!
//! Each character of a run and each part of a word takes one position. Punctuation leaves one
//! position empty, and so does a space inside a run, so that a phrase never reaches across them;
//! a space between Han and Latin does not, because it is typed or not by taste.

mod english;
mod fold;
pub mod han;
pub mod plain;

use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use fold::Folded;

/// Longest term in bytes; longer words are cut.
pub const MAX_TERM: usize = 64;
/// Compounds of more parts (addresses, lists) have no whole.
const MAX_PARTS: usize = 6;

/// A term at its place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The term.
    pub term: &'a str,
    /// Its position.
    pub position: u32,
    /// What it is.
    pub role: Role,
    /// First byte in the text.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A word, or a part of a compound.
    Word,
    /// A compound written in one.
    Whole,
    /// Two neighbours of a run.
    Pair,
    /// One character of a run.
    Single,
}

/// A stretch of text that is looked up as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Position of its first part.
    pub position: u32,
    /// First byte in the text.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
    /// What it is made of.
    pub parts: Parts,
}

/// What a segment is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Characters written without spaces.
    Run(Vec<Part>),
    /// A word, or a compound.
    Word {
        /// Terms, one position each; one for a plain word.
        parts: Vec<Part>,
        /// The compound in one.
        whole: Option<String>,
        /// Known stretches of its beginning: subclass of a classification symbol, number without
        /// kind code.
        extras: Vec<String>,
    },
}

/// A term and the bytes it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The term; for runs one folded character.
    pub term: String,
    /// First byte in the text.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

impl Segment {
    /// Positions it takes.
    pub fn len(&self) -> u32 {
        match &self.parts {
            Parts::Run(parts) | Parts::Word { parts, .. } => parts.len() as u32,
        }
    }

    /// Never: a segment has at least one part.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Names all terms of `text` in order of position; returns the number of positions.
pub fn tokens(text: &str, each: &mut dyn FnMut(Token<'_>)) -> u32 {
    tokens_where(text, &|_| true, each)
}

/// Names the terms of those stretches that `may` hold one that is looked for; where it leaves some
/// out, positions are not those of the text.
pub(crate) fn tokens_where(
    text: &str,
    may: &dyn Fn(&[Folded]) -> bool,
    each: &mut dyn FnMut(Token<'_>),
) -> u32 {
    let mut end = 0;
    stretches(text, &mut |stretch, gap| {
        if may(stretch) {
            end = name(stretch, end + gap, each);
        }
    });
    end
}

/// Names the terms of a stretch that begins at `position`; returns the position after it.
fn name(stretch: &[Folded], position: u32, each: &mut dyn FnMut(Token<'_>)) -> u32 {
    if is_run(stretch[0].c) {
        name_run(stretch, position, each);
        return position + stretch.len() as u32;
    }
    let Parts::Word { parts, whole, extras } = word(stretch) else { return position };
    for (position, Part { term, start, end }) in (position..).zip(&parts) {
        each(Token { term, position, role: Role::Word, start: *start, end: *end });
    }
    let (start, end) = (stretch[0].start, stretch[stretch.len() - 1].end);
    for term in whole.iter().chain(&extras) {
        each(Token { term, position, role: Role::Whole, start, end });
    }
    position + parts.len() as u32
}

fn name_run(run: &[Folded], position: u32, each: &mut dyn FnMut(Token<'_>)) {
    let mut pair = String::new();
    for (i, position) in (position..).take(run.len()).enumerate() {
        for (len, role) in [(1, Role::Single), (2, Role::Pair)] {
            let Some(chars) = run.get(i..i + len) else { break };
            pair.clear();
            pair.extend(chars.iter().map(|folded| folded.c));
            let (start, end) = (run[i].start, chars[len - 1].end);
            each(Token { term: &pair, position, role, start, end });
        }
    }
}

/// The term of two neighbours of a run.
pub fn pair(first: &Part, second: &Part) -> String {
    [first.term.as_str(), &second.term].concat()
}

/// Cuts `text` into segments.
pub fn segments(text: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    stretches(text, &mut |stretch, gap| {
        let parts = if is_run(stretch[0].c) {
            Parts::Run(stretch.iter().map(single).collect())
        } else {
            word(stretch)
        };
        let position = segments.last().map_or(0, |last| last.position + last.len() + gap);
        let (start, end) = (stretch[0].start, stretch[stretch.len() - 1].end);
        segments.push(Segment { position, start, end, parts });
    });
    segments
}

/// Cuts `text` into runs and words; names each with the positions that are left empty before it.
fn stretches(text: &str, each: &mut dyn FnMut(&[Folded], u32)) {
    Cutter::default().cut(&fold::fold(text), each);
}

/// What came before the characters that are cut next.
#[derive(Default)]
struct Cutter {
    gap: Gap,
    /// Whether the last stretch was a run.
    after_run: Option<bool>,
}

impl Cutter {
    /// Cuts folded characters as [`stretches`] does.
    fn cut(&mut self, chars: &[Folded], each: &mut dyn FnMut(&[Folded], u32)) {
        let mut at = 0;
        while at < chars.len() {
            let c = chars[at].c;
            let run = is_run(c);
            let end = if run {
                at + chars[at..].iter().take_while(|folded| is_run(folded.c)).count()
            } else if c.is_alphanumeric() {
                word_end(chars, at)
            } else {
                self.gap(c);
                at += 1;
                continue;
            };
            each(&chars[at..end], self.begin(run));
            at = end;
        }
    }

    /// A character between stretches.
    fn gap(&mut self, c: char) {
        self.gap =
            self.gap.max(if c.is_whitespace() || c == '\'' { Gap::Space } else { Gap::Mark });
    }

    /// A stretch begins; returns the positions that are left empty before it.
    fn begin(&mut self, run: bool) -> u32 {
        let gap = core::mem::take(&mut self.gap);
        let after_run = self.after_run.replace(run);
        after_run
            .is_some_and(|after_run| gap == Gap::Mark || gap == Gap::Space && after_run && run)
            .into()
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Mark,
}

fn single(folded: &Folded) -> Part {
    Part { term: folded.c.into(), start: folded.start, end: folded.end }
}

/// Characters of scripts written without spaces between words.
pub(crate) fn is_run(c: char) -> bool {
    matches!(u32::from(c),
        0x0e01..=0x0e4e | 0x0e81..=0x0ecd | 0x1000..=0x109f | 0x1780..=0x17d3
        | 0x3005..=0x3007 | 0x3041..=0x3096 | 0x309d..=0x309f | 0x30a1..=0x30fa | 0x30fc..=0x30ff
        | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff
        | 0x20000..=0x323af)
}

pub(crate) fn is_joint(c: char) -> bool {
    matches!(c, '-' | '/' | '.' | '_' | '\'')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_run(c)
}

/// End of the word that begins at `at`: single joints between word characters belong to it.
fn word_end(chars: &[Folded], mut at: usize) -> usize {
    loop {
        match chars.get(at) {
            Some(folded) if is_word(folded.c) => at += 1,
            Some(folded)
                if is_joint(folded.c) && chars.get(at + 1).is_some_and(|next| is_word(next.c)) =>
            {
                at += 2;
            }
            _ => return at,
        }
    }
}

fn word(chars: &[Folded]) -> Parts {
    let mut parts = Vec::new();
    for stretch in chars.split(|folded| is_joint(folded.c) && folded.c != '\'') {
        match letters_then_digits(stretch) {
            Some(middle) => {
                let (letters, digits) = stretch.split_at(middle);
                parts.extend([part(letters), part(digits)]);
            }
            None => parts.push(part(stretch)),
        }
    }
    let has_digit = chars.iter().any(|folded| folded.c.is_ascii_digit());
    let hyphens_only = chars.iter().all(|folded| folded.c == '-' || !is_joint(folded.c));
    let is_compound = (2..=MAX_PARTS).contains(&parts.len()) && (has_digit || hyphens_only);
    let whole = is_compound
        .then(|| stem(chars.iter().map(|folded| folded.c).filter(|&c| !is_joint(c)).collect()));
    let extras = extras(&chars.iter().map(|folded| folded.c).collect::<String>());
    Parts::Word { parts, whole, extras }
}

/// Where `covid19` parts into letters and digits; `n95` and `a62b` stay whole.
fn letters_then_digits(chars: &[Folded]) -> Option<usize> {
    let letters = chars.iter().take_while(|folded| folded.c.is_ascii_lowercase()).count();
    let digits = chars[letters..].iter().all(|folded| folded.c.is_ascii_digit());
    (letters >= 2 && letters < chars.len() && digits).then_some(letters)
}

fn part(chars: &[Folded]) -> Part {
    let start = chars.first().map_or(0, |folded| folded.start);
    let end = chars.last().map_or(start, |folded| folded.end);
    Part { term: stem(chars.iter().map(|folded| folded.c).collect()), start, end }
}

/// English endings that stemming takes off, for finding the forms of a stem.
pub(crate) const ENDINGS: [&str; 24] = [
    "s", "e", "es", "ed", "er", "ers", "ing", "ion", "ions", "ator", "ators", "ation", "ations",
    "or", "ors", "ment", "ments", "al", "ive", "able", "ity", "ly", "ness", "ate",
];

/// Stems shorter than the beginning of a word that are stems of words that begin so.
pub(crate) fn stems_within(beginning: &str) -> Vec<&str> {
    let from = beginning.len().saturating_sub(6).max(3);
    if !beginning.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Vec::new();
    }
    let is_stem = |&at: &usize| {
        let (stem_of, tail) = beginning.split_at(at);
        let goes_on = |ending: &&str| ending.starts_with(tail);
        ENDINGS
            .iter()
            .copied()
            .filter(goes_on)
            .any(|ending| stem([stem_of, ending].concat()) == stem_of)
    };
    (from..beginning.len()).filter(is_stem).map(|at| &beginning[..at]).collect()
}

/// English stem of an ASCII word; other words as they are. Terms are cut to [`MAX_TERM`].
pub fn stem(mut word: String) -> String {
    let mut end = word.len().min(MAX_TERM);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    word.truncate(end);
    let is_english = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'');
    if is_english && word.len() > 2 {
        return english::stem(word);
    }
    word
}

/// Beginnings of codes that are looked for by themselves.
fn extras(word: &str) -> Vec<String> {
    let bytes = word.as_bytes();
    let mut extras = Vec::new();
    if let [b'a'..=b'h', b'0'..=b'9', b'0'..=b'9', b'a'..=b'z', b'0'..=b'9', ..] = bytes {
        extras.push(word[..4].into());
    }
    let letters = bytes.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let digits = bytes.iter().skip(letters).take_while(|byte| byte.is_ascii_digit()).count();
    let kind = &bytes[letters + digits..];
    if letters == 2 && digits >= 5 && matches!(kind, [b'a'..=b'z'] | [b'a'..=b'z', b'0'..=b'9']) {
        extras.push(word[..letters + digits].into());
        extras.push(word[letters..letters + digits].into());
    }
    extras
}

/// A number or name by which a document is found exactly: folded letters and digits alone.
pub fn number(text: &str) -> String {
    let mut number: String = fold::fold(text)
        .iter()
        .map(|folded| folded.c)
        .filter(|c| c.is_alphanumeric())
        .take(MAX_TERM)
        .collect();
    while number.len() > MAX_TERM {
        number.pop();
    }
    number
}

/// A code of a tree or list (`A62B 18/02`): folded letters and digits with its `/`, `-` and `.`.
pub fn code(text: &str) -> String {
    let keep = |c: &char| c.is_alphanumeric() || matches!(c, '/' | '-' | '.');
    let mut code: String =
        fold::fold(text).iter().map(|folded| folded.c).filter(keep).take(MAX_TERM).collect();
    while code.len() > MAX_TERM {
        code.pop();
    }
    code
}

/// A word with the signs of a pattern: folded, its signs kept.
pub(crate) fn pattern(text: &str) -> String {
    let keep = |c: &char| c.is_alphanumeric() || matches!(c, '*' | '?' | '#' | '/' | '-' | '.');
    fold::fold(text).iter().map(|folded| folded.c).filter(keep).take(MAX_TERM).collect()
}

/// A word as it begins: folded, not stemmed, for words that may go on.
pub fn beginning(text: &str) -> String {
    fold::fold(text).iter().map(|folded| folded.c).filter(|&c| is_word(c)).take(MAX_TERM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Terms as `position:term`, runs' single characters left out where a pair stands.
    fn check(text: &str, expect: &str) {
        let mut seen = Vec::new();
        tokens(text, &mut |token| {
            if token.role != Role::Single
                || token.term.chars().count() != 1
                || text.chars().count() < 3
            {
                seen.push(format!("{}:{}", token.position, token.term));
            }
        });
        assert_eq!(seen.join(" "), expect, "{text}");
    }

    #[test]
    fn english_words_are_stemmed() {
        check("The patents’ examination, examining", "0:the 1:patent 2:examin 4:examin");
        check("on-line e-mail and/or", "0:on 1:line 0:onlin 2:e 3:mail 2:email 4:and 5:or");
    }

    #[test]
    fn codes_are_found_whole_and_in_parts() {
        check("A62B18/02", "0:a62b18 1:02 0:a62b1802 0:a62b");
        check("CN113914087A", "0:cn113914087a 0:cn113914087 0:113914087");
        check("COVID-19 covid19", "0:covid 1:19 0:covid19 2:covid 3:19 2:covid19");
        check("N95", "0:n95");
        check("3.14", "0:3 1:14 0:314");
        check("https://example.org/a/b/c/d/e/f", "0:https 2:exampl 3:org 4:a 5:b 6:c 7:d 8:e 9:f");
    }

    #[test]
    fn runs_give_pairs_and_gaps_between_han_and_latin_do_not_count() {
        check("专利申请费", "0:专利 1:利申 2:申请 3:请费");
        check("5G 通信", "0:5g 1:通信");
        check("5G通信", "0:5g 1:通信");
        check("口罩，专利", "0:口罩 3:专利");
        check("口罩 专利", "0:口罩 3:专利");
        check("口罩\u{200b}机", "0:口罩 1:罩机");
        check("專利Ｎ９５", "0:专利 2:n95");
        check("罩", "0:罩");
    }

    #[test]
    fn numbers_and_codes_lose_their_dress() {
        assert_eq!(number("ZL 2020 1 0123456.7"), "zl2020101234567");
        assert_eq!(code(" A62B 18/02 "), "a62b18/02");
        assert_eq!(beginning("Coronaviru"), "coronaviru");
    }

    proptest! {
        #[test]
        fn any_text_is_cut_inside_its_bounds(text: String) {
            let mut last = 0;
            let end = tokens(&text, &mut |token| {
                assert!(text.get(token.start as usize..token.end as usize).is_some());
                assert!(!token.term.is_empty() && token.term.len() <= MAX_TERM);
                last = last.max(token.position + 1);
            });
            prop_assert_eq!(last.max(end), end);
        }

        #[test]
        fn a_part_of_a_run_has_the_pairs_of_the_run(text in "[\u{4e00}-\u{4fff}]{2,20}", from in 0_usize..18, len in 2_usize..9) {
            let chars: Vec<char> = text.chars().collect();
            let part: String = chars.iter().skip(from).take(len).collect();
            let pairs = |text: &str| {
                let mut pairs = Vec::new();
                tokens(text, &mut |token| if token.role == Role::Pair { pairs.push(token.term.to_owned()) });
                pairs
            };
            let all = pairs(&text);
            prop_assert!(pairs(&part).iter().all(|pair| all.contains(pair)));
        }
    }
}
