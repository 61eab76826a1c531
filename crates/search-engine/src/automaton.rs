//! Automata that walk the dictionary: which terms a pattern, a fuzzy word or a range stands for.
//!
//! A [`Walker`] is told a term byte by byte and says after each whether any term can go on from
//! there. It keeps what it knew at each length, so that a walk may step back and take another way.
//! Distances are those of optimal string alignment: a letter put in, left out, changed, or two
//! neighbours swapped cost 1 (Damerau 1964). Columns of a bounded table take the place of a built
//! automaton: words are short, and the table's code is a quarter of the size.
//!
//! The dictionary holds stems. A fuzzy word is compared with the stem, and with the stem and each
//! ending that stems back to it: `respirater` is one letter from `respirator`, stem `respir`. With a
//! longer ending than one letter it must be that near even where two letters may be wrong.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::analysis;
use crate::format::fst::MAX_KEY;

/// Longest pattern and longest fuzzy word in characters.
pub(crate) const MAX_PATTERN: usize = 48;
/// Most letters that stemming takes off a word.
const MAX_ENDING: usize = 6;

/// What a walk looks for; all but `Beginning` compare whole terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seek {
    /// Every term with the literal beginning; `open`: also where a number goes on.
    Beginning { open: bool },
    /// A pattern after the literal beginning.
    Pattern(Pattern),
    /// Words within a distance, 1 or 2.
    Fuzzy { word: Vec<char>, distance: u8 },
    /// Terms of the length of both bounds that lie between them, bounds included.
    Between { low: Vec<u8>, high: Vec<u8> },
}

/// A pattern of characters, and an ending that was taken off it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    pub(crate) pieces: Vec<Piece>,
    /// The term with this ending must stem to the term.
    pub(crate) ending: &'static str,
}

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Char(char),
    /// `#`: exactly one character.
    One,
    /// `?`: one or none.
    Maybe,
    /// `*`: any number.
    Many,
}

/// Walks terms that begin with `start`, a namespace and more.
pub(crate) struct Walker<'a> {
    seek: &'a Seek,
    /// Bytes of a term that are not looked at.
    skip: usize,
    /// Whole characters at each length in bytes behind `skip`.
    chars_at: Vec<u8>,
    chars: Vec<char>,
    /// Reachable pieces of a pattern after each character.
    reached: Vec<u64>,
    /// Columns of the distance table after each character.
    columns: Vec<u8>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(seek: &'a Seek, skip: usize) -> Self {
        let mut walker = Self {
            seek,
            skip,
            chars_at: vec![0],
            chars: Vec::new(),
            reached: Vec::new(),
            columns: Vec::new(),
        };
        match seek {
            Seek::Pattern(pattern) => walker.reached.push(pattern.close(1)),
            Seek::Fuzzy { word, .. } => walker.columns.extend(0..=word.len() as u8),
            Seek::Beginning { .. } | Seek::Between { .. } => {}
        }
        walker
    }

    /// Takes the last byte of a beginning, whose shorter ones it has taken; whether a term that is
    /// looked for may begin so.
    pub(crate) fn enter(&mut self, key: &[u8]) -> bool {
        let Some(at) = key.len().checked_sub(self.skip + 1) else { return true };
        match self.seek {
            Seek::Beginning { .. } => return true,
            Seek::Between { low, high } => {
                let to = |bound: &Vec<u8>| bound.get(..key.len()).map(<[u8]>::to_vec);
                return to(low).is_some_and(|low| &low[..] <= key)
                    && to(high).is_some_and(|high| key <= &high[..]);
            }
            Seek::Pattern(_) | Seek::Fuzzy { .. } => {}
        }
        self.chars_at.truncate(at + 1);
        let done = self.chars_at.last().copied().unwrap_or(0);
        self.chars.truncate(done.into());
        // The bytes since the last whole character.
        let open = self.chars_at.iter().rev().take_while(|&&count| count == done).count();
        let bytes = &key[key.len() - open.min(key.len())..];
        let Some(c) = core::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) else {
            self.chars_at.push(done);
            return bytes.len() < 4;
        };
        self.chars_at.push(done + 1);
        self.chars.push(c);
        self.step(c) && self.chars.len() < MAX_KEY
    }

    fn step(&mut self, c: char) -> bool {
        match self.seek {
            Seek::Pattern(pattern) => {
                self.reached.truncate(self.chars.len());
                let next = pattern.step(self.reached.last().copied().unwrap_or(0), c);
                self.reached.push(next);
                next != 0
            }
            Seek::Fuzzy { word, distance } => {
                self.columns.truncate(self.chars.len() * (word.len() + 1));
                self.column(word, c);
                let column = &self.columns[self.chars.len() * (word.len() + 1)..];
                column.iter().any(|cost| cost <= distance)
            }
            Seek::Beginning { .. } | Seek::Between { .. } => true,
        }
    }

    /// Adds the column of `c`, the last of `chars`.
    fn column(&mut self, word: &[char], c: char) {
        let width = word.len() + 1;
        let before = self.columns.len() - width;
        let swapped = before.checked_sub(width);
        let last = self.chars.len().checked_sub(2).map(|at| self.chars[at]);
        self.columns.push(self.columns[before].saturating_add(1));
        for i in 1..width {
            let changed = self.columns[before + i - 1] + u8::from(!is_letter(word, i - 1, c));
            let mut cost =
                changed.min(self.columns[before + i].min(self.columns[before + width + i - 1]) + 1);
            if let Some(two_before) = swapped
                && i > 1
                && word[i - 2] == c
                && last == Some(word[i - 1])
            {
                cost = cost.min(self.columns[two_before + i - 2] + 1);
            }
            self.columns.push(cost);
        }
    }

    /// Whether the term whose last byte was taken last is looked for.
    pub(crate) fn takes(&mut self, term: &[u8]) -> bool {
        match self.seek {
            Seek::Beginning { open } => {
                let ends_in_digit = self.skip.checked_sub(1).and_then(|at| term.get(at));
                let goes_on = term.get(self.skip).is_some_and(u8::is_ascii_digit);
                *open || !(ends_in_digit.is_some_and(u8::is_ascii_digit) && goes_on)
            }
            Seek::Between { low, .. } => term.len() == low.len(),
            Seek::Pattern(pattern) => {
                let done = 1 << pattern.pieces.len();
                self.reached.last().is_some_and(|reached| reached & done != 0)
                    && (pattern.ending.is_empty() || stems_back(&self.text(), pattern.ending))
            }
            Seek::Fuzzy { distance, .. } => {
                self.nearest().is_some_and(|(cost, _)| cost <= *distance)
            }
        }
    }

    /// Takes a whole text behind what is skipped.
    fn enters(&mut self, text: &str) -> bool {
        (self.skip + 1..=text.len()).all(|len| self.enter(&text.as_bytes()[..len]))
    }

    fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// The form of the term that was taken last that is nearest to a fuzzy word: its distance and how it is
    /// written. `turned`: the term is written from its end.
    pub(crate) fn form(&self, seek: &Seek, turned: bool) -> (u8, String) {
        let mut walker = Walker::new(seek, 0);
        let mut text = self.text();
        if turned {
            text = text.chars().rev().collect();
        }
        walker.enters(&text);
        walker.nearest().unwrap_or((u8::MAX, text))
    }

    /// The nearest form of the term that was taken last: its distance and how it is written.
    fn nearest(&mut self) -> Option<(u8, String)> {
        let Seek::Fuzzy { word, distance } = self.seek else { return None };
        let width = word.len() + 1;
        let own = *self.columns.last()?;
        let text = self.text();
        let mut best = (own, text.clone());
        // Forms of a stem matter only where the beginning of the word is as near.
        let column = &self.columns[self.columns.len() - width..];
        let from = width.saturating_sub(MAX_ENDING + 1);
        if own > 0 && text.is_ascii() && column[from..].iter().any(|cost| cost <= distance) {
            for ending in analysis::ENDINGS {
                let cost = self.cost_with(word, ending);
                // `antibodi` is `antibody`, `antibodies`: never `antibodis`.
                let unlikely = text.ends_with('i') && matches!(ending, "s" | "e")
                    // Two letters off and an ending put on is another word: `paternity`, `patent`.
                    || cost > 1 && ending.len() > 1;
                if cost < best.0 && !unlikely && stems_back(&text, ending) {
                    best = (cost, [text.as_str(), ending].concat());
                }
            }
            if let Some(body) = text.strip_suffix('i') {
                let written = [body, "y"].concat();
                let cost = distance_of(word, &written);
                if cost <= best.0 && analysis::stem(written.clone()) == text {
                    best = (cost, written);
                }
            }
        }
        Some(best)
    }

    /// Distance of the term with an ending.
    fn cost_with(&mut self, word: &[char], ending: &str) -> u8 {
        let (columns, chars) = (self.columns.len(), self.chars.len());
        for c in ending.chars() {
            self.chars.push(c);
            self.column(word, c);
        }
        let cost = self.columns.last().copied().unwrap_or(u8::MAX);
        self.columns.truncate(columns);
        self.chars.truncate(chars);
        cost
    }

    /// Whether terms from `first` up to but not with `next` (`None`: to the end) can hold one that
    /// is looked for, and how unlike `key`, 255 at most, they begin: the term of a fuzzy word.
    pub(crate) fn may_hold(&mut self, key: &[u8], first: &[u8], next: Option<&[u8]>) -> Option<u8> {
        let next = next.unwrap_or(&[0xff]);
        let shared = shared(first, next);
        for len in self.skip + 1..=shared {
            if !self.enter(&first[..len]) {
                return None;
            }
        }
        let unlike = self.unlike(key, first, next, shared);
        // One byte more: between that of the first and that of the next.
        if shared < self.skip {
            return Some(unlike);
        }
        let low = first.get(shared).copied().unwrap_or(0);
        let high = next.get(shared).copied().unwrap_or(u8::MAX);
        let mut longer = first[..shared.min(first.len())].to_vec();
        let mut any = first.len() == shared;
        for byte in low..=high {
            longer.push(byte);
            any |= byte >= 0x80 || self.enter(&longer);
            longer.pop();
            if any {
                break;
            }
        }
        any.then_some(unlike)
    }

    /// How unlike a word terms of a stretch begin, whose first `shared` bytes were taken: the more bytes
    /// a term there may begin with as the word does, or nearly so, the likelier it is meant.
    fn unlike(&self, key: &[u8], first: &[u8], next: &[u8], own: usize) -> u8 {
        let Seek::Fuzzy { word, .. } = self.seek else { return 0 };
        let column = &self.columns[self.columns.len() - word.len() - 1..];
        let wrong = column.iter().min().copied().unwrap_or(0);
        let nearly = own.saturating_sub(wrong.into());
        let alike = if first <= key && key < next {
            key.len()
        } else {
            shared(first, key).max(shared(next, key))
        };
        u8::MAX.saturating_sub(alike.max(nearly) as u8)
    }
}

/// How many bytes two terms begin with alike.
fn shared(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Whether a text is one of the terms that are looked for under a beginning, namespaces left out.
pub(crate) fn fits(seek: &Seek, beginning: &str, text: &str) -> bool {
    let mut walker = Walker::new(seek, beginning.len());
    text.starts_with(beginning) && walker.enters(text) && walker.takes(text.as_bytes())
}

/// Whether `c` is the word's letter; a stem ends in `i` where its word ends in `y`.
fn is_letter(word: &[char], at: usize, c: char) -> bool {
    word[at] == c || c == 'i' && word[at] == 'y' && at + 1 == word.len()
}

/// Distance between a word and a text.
pub(crate) fn distance_of(word: &[char], text: &str) -> u8 {
    let seek = Seek::Fuzzy { word: word.to_vec(), distance: u8::MAX };
    let mut walker = Walker::new(&seek, 0);
    for c in text.chars() {
        walker.chars.push(c);
        walker.column(word, c);
    }
    walker.columns.last().copied().unwrap_or(0)
}

/// Whether a stem with an ending stems to the same.
fn stems_back(stem: &str, ending: &str) -> bool {
    analysis::stem([stem, ending].concat()) == stem
}

impl Pattern {
    /// Pieces that are reached with these: a `?` and a `*` may stand for nothing.
    fn close(&self, mut reached: u64) -> u64 {
        for (i, piece) in self.pieces.iter().enumerate() {
            if matches!(piece, Piece::Maybe | Piece::Many) && reached & 1 << i != 0 {
                reached |= 1 << (i + 1);
            }
        }
        reached
    }

    fn step(&self, reached: u64, c: char) -> u64 {
        let mut next = 0;
        for (i, piece) in self.pieces.iter().enumerate() {
            if reached & 1 << i == 0 {
                continue;
            }
            match piece {
                Piece::Char(own) if *own == c => next |= 1 << (i + 1),
                Piece::Char(_) => {}
                Piece::One | Piece::Maybe => next |= 1 << (i + 1),
                Piece::Many => next |= 1 << i,
            }
        }
        self.close(next)
    }

    /// Reads a pattern of folded characters with the signs `*`, `?` and `#`.
    pub(crate) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        for c in text.chars() {
            let piece = match c {
                '*' => Piece::Many,
                '?' => Piece::Maybe,
                '#' => Piece::One,
                c => Piece::Char(c),
            };
            if pieces.last() != Some(&Piece::Many) || piece != Piece::Many {
                pieces.push(piece);
            }
        }
        pieces.truncate(MAX_PATTERN);
        Self { pieces, ending: "" }
    }

    /// The literal beginning, which is taken off.
    pub(crate) fn take_beginning(&mut self) -> String {
        let mut beginning = String::new();
        while let Some(&Piece::Char(c)) = self.pieces.first() {
            beginning.push(c);
            self.pieces.remove(0);
        }
        beginning
    }

    /// The patterns of stems whose forms with an ending fit this one. Only where the letters after
    /// the last sign hold the ending and two more, so that `*ing` does not stand for every verb.
    pub(crate) fn without_endings(&self) -> Vec<Self> {
        let tail: Vec<char> = self
            .pieces
            .iter()
            .rev()
            .map_while(|piece| if let Piece::Char(c) = piece { Some(*c) } else { None })
            .collect();
        let fits = |ending: &&str| {
            tail.len() > ending.len() + 1
                && ending.chars().rev().eq(tail[..ending.len()].iter().copied())
        };
        analysis::ENDINGS
            .into_iter()
            .filter(fits)
            .map(|ending| Self {
                pieces: self.pieces[..self.pieces.len() - ending.len()].to_vec(),
                ending,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn takes(seek: &Seek, term: &str) -> bool {
        let mut walker = Walker::new(seek, 0);
        (1..=term.len()).all(|len| walker.enter(&term.as_bytes()[..len]))
            && walker.takes(term.as_bytes())
    }

    /// Distance by definition, letter by letter.
    fn slow(a: &[char], b: &[char]) -> usize {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len(),
            ([x, a_rest @ ..], [y, b_rest @ ..]) => {
                let mut best = slow(a_rest, b_rest) + usize::from(x != y);
                best = best.min(slow(a_rest, b) + 1).min(slow(a, b_rest) + 1);
                if let ([_, x2, a_rest @ ..], [_, y2, b_rest @ ..]) = (a, b)
                    && x == y2
                    && x2 == y
                {
                    best = best.min(slow(a_rest, b_rest) + 1);
                }
                best
            }
        }
    }

    /// Pattern against text, by trying every way.
    fn fits(pieces: &[Piece], text: &[char]) -> bool {
        match pieces.split_first() {
            None => text.is_empty(),
            Some((Piece::Char(c), rest)) => text.first() == Some(c) && fits(rest, &text[1..]),
            Some((Piece::One, rest)) => !text.is_empty() && fits(rest, &text[1..]),
            Some((Piece::Maybe, rest)) => {
                fits(rest, text) || !text.is_empty() && fits(rest, &text[1..])
            }
            Some((Piece::Many, rest)) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        }
    }

    #[test]
    fn a_fuzzy_word_is_compared_with_forms_of_a_stem() {
        let near = |word: &str, distance| Seek::Fuzzy { word: word.chars().collect(), distance };
        for (word, distance, stem, written) in [
            ("respirater", 1, "respir", "respirator"),
            ("antibodeis", 1, "antibodi", "antibodies"),
            ("antibdoy", 1, "antibodi", "antibody"),
            ("vacine", 1, "vaccin", "vaccine"),
            ("comptuer", 1, "comput", "computer"),
        ] {
            let seek = near(word, distance);
            let mut walker = Walker::new(&seek, 0);
            assert!((1..=stem.len()).all(|len| walker.enter(&stem.as_bytes()[..len])), "{word}");
            assert_eq!(walker.nearest(), Some((1, written.into())), "{word}");
        }
        assert!(!takes(&near("mask", 1), "virus") && takes(&near("口罩机", 1), "口罩"));
    }

    #[test]
    fn patterns_find_stems_through_whole_endings() {
        let seek = |text: &str| Pattern::parse(text);
        assert_eq!(seek("#espirators").without_endings().len(), 3);
        assert!(seek("*ing").without_endings().is_empty());
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_definition(a in "[abc口]{0,6}", b in "[abc口]{0,6}") {
            let (a_chars, b_chars): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(usize::from(distance_of(&a_chars, &b)), slow(&a_chars, &b_chars));
        }

        #[test]
        fn patterns_take_what_fits(pattern in "[ab口*?#]{0,7}", text in "[ab口]{0,7}") {
            let parsed = Pattern::parse(&pattern);
            let expected = fits(&parsed.pieces, &text.chars().collect::<Vec<_>>());
            let seek = Seek::Pattern(parsed);
            prop_assert_eq!(takes(&seek, &text), expected, "{} {}", pattern, text);
        }

        #[test]
        fn a_walker_that_steps_back_forgets(a in "[ab口]{1,6}", b in "[ab口]{1,6}") {
            let seek = Seek::Fuzzy { word: "ab口".chars().collect(), distance: 2 };
            let mut walker = Walker::new(&seek, 0);
            let shared = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
            let alive = (1..=a.len()).all(|len| walker.enter(&a.as_bytes()[..len]));
            prop_assume!(alive && shared < b.len());
            let alive = (shared + 1..=b.len()).all(|len| walker.enter(&b.as_bytes()[..len]));
            prop_assert_eq!(alive && walker.takes(b.as_bytes()), takes(&seek, &b));
        }

        #[test]
        fn no_shard_that_holds_a_term_is_left_out(
            mut terms in proptest::collection::vec("[abc]{1,6}", 2..40), cut in 1_usize..10, word in "[abc]{3,6}",
        ) {
            terms.sort();
            terms.dedup();
            let pattern = Pattern::parse(&format!("{}*{}", &word[..1], &word[2..]));
            for seek in [Seek::Fuzzy { word: word.chars().collect(), distance: 1 }, Seek::Pattern(pattern)] {
                for (i, shard) in terms.chunks(cut).enumerate() {
                    let next = terms.get((i + 1) * cut).map(|term| term.as_bytes().to_vec());
                    let may = Walker::new(&seek, 0).may_hold(b"", shard[0].as_bytes(), next.as_deref());
                    let holds = shard.iter().any(|term| takes(&seek, term));
                    prop_assert!(may.is_some() || !holds, "{:?} {:?}", seek, shard);
                }
            }
        }
    }
}
