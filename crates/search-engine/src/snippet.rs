//! Snippets: the passage of a text that holds most of the question's words.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::analysis;
use crate::format::stores::split_notes;
use crate::results::Marked;
use crate::show::Words;
use crate::sorting;

/// Bytes of a text that are looked through.
const MAX_TEXT: usize = 64 << 10;
/// Width of a snippet, in halves of a Han character (a Latin letter is one).
const WIDTH: usize = 180;
/// How much of that stands before the first found word.
const LEAD: usize = 36;

/// A found word: its number in the question and its bytes in the text.
#[derive(Clone, Copy, Debug)]
struct Found {
    word: usize,
    start: usize,
    end: usize,
}

/// Stretches of `text` to mark, in UTF-16 units.
pub(crate) fn marks(text: &str, words: &Words) -> Vec<(u32, u32)> {
    utf16(text, &merge(&find(text, words)))
}

/// Cuts out the passage with most different words, the earliest among equals; without any, the
/// beginning.
pub(crate) fn cut(text: &str, words: &Words) -> Marked {
    let text = split_notes(text).0;
    let text = &text[..floor_char(text, MAX_TEXT)];
    let found = find(text, words);
    let best = best_start(text, &found);
    let (start, end) = window(text, best);
    let inside: Vec<Found> =
        found.into_iter().filter(|found| found.start >= start && found.end <= end).collect();
    let shifted: Vec<Found> = inside
        .iter()
        .map(|found| Found { start: found.start - start, end: found.end - start, ..*found })
        .collect();
    let passage = &text[start..end];
    let mut highlights = utf16(passage, &merge(&shifted));
    let mut shown = String::with_capacity(passage.len() + 6);
    if start > 0 {
        shown.push('…');
        for (start, end) in &mut highlights {
            (*start, *end) = (*start + 1, *end + 1);
        }
    }
    // Line ends and tabs become spaces one for one, so that the offsets stay.
    shown.extend(passage.chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
    if end < text.trim_end().len() {
        shown.push('…');
    }
    Marked { text: shown, highlights }
}

/// All of a text and of its notes, the text's found words marked.
pub(crate) fn whole(text: &str, words: &Words) -> Marked {
    Marked { text: text.to_owned(), highlights: marks(split_notes(text).0, words) }
}

fn find(text: &str, words: &Words) -> Vec<Found> {
    let mut found = Vec::new();
    analysis::tokens_where(text, &|stretch| words.may_be_in(stretch), &mut |token| {
        if let Some(word) = words.find(&token) {
            found.push(Found { word, start: token.start as usize, end: token.end as usize });
        }
    });
    found
}

/// The found word at which the best passage begins.
fn best_start(text: &str, found: &[Found]) -> Option<Found> {
    let mut best: Option<(u32, Found)> = None;
    for (i, first) in found.iter().enumerate().take(400) {
        let end = advance(text, first.start, WIDTH - LEAD);
        let inside = found[i..].iter().take_while(|found| found.end <= end);
        let seen = inside.fold(0_u64, |seen, found| seen | 1 << found.word.min(63)).count_ones();
        if best.is_none_or(|(count, _)| seen > count) {
            best = Some((seen, *first));
        }
    }
    best.map(|(_, first)| first)
}

/// Bytes of the passage around a found word.
fn window(text: &str, first: Option<Found>) -> (usize, usize) {
    let beginning = text.len() - text.trim_start().len();
    let start = match first {
        None => beginning,
        Some(first) => begin(text, first.start).max(beginning),
    };
    let mut end = advance(text, start, WIDTH);
    if end < text.len() {
        // Not inside a Latin word, unless it is longer than any word.
        let tail = text[start..end]
            .char_indices()
            .rev()
            .take(24)
            .find(|(_, c)| !c.is_ascii_alphanumeric());
        if let Some((at, c)) = tail.filter(|(at, _)| *at > 0) {
            end = start + at + c.len_utf8();
        }
    }
    (start, start + text[start..end].trim_end().len())
}

/// Where to begin so that some context stands before `at`: after a sentence's end, else after a
/// space, else anywhere.
fn begin(text: &str, at: usize) -> usize {
    let mut width = 0;
    let mut after_space = None;
    let mut far = at;
    for (i, c) in text[..at].char_indices().rev() {
        if matches!(c, '。' | '！' | '？' | '；' | '\n') || c == '.' && after_space == Some(i + 2)
        {
            return i + c.len_utf8() + usize::from(c == '.');
        }
        width += breadth(c);
        if width > LEAD {
            break;
        }
        if c.is_whitespace() || matches!(c, '，' | '、' | '：') {
            after_space = Some(i + c.len_utf8());
        }
        far = i;
        if i == 0 {
            return 0;
        }
    }
    after_space.unwrap_or(far)
}

/// The byte `width` half characters after `at`.
fn advance(text: &str, at: usize, width: usize) -> usize {
    let mut left = width;
    for (i, c) in text[at..].char_indices() {
        let Some(rest) = left.checked_sub(breadth(c)) else { return at + i };
        left = rest;
    }
    text.len()
}

fn breadth(c: char) -> usize {
    if u32::from(c) < 0x1100 { 1 } else { 2 }
}

fn floor_char(text: &str, mut at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Found stretches in order, those that touch or overlap made one.
fn merge(found: &[Found]) -> Vec<(usize, usize)> {
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for at in sorting::order(found.iter().map(|found| found.start as u64)) {
        let Found { start, end, .. } = found[at];
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// Byte stretches as UTF-16 stretches.
fn utf16(text: &str, stretches: &[(usize, usize)]) -> Vec<(u32, u32)> {
    let mut units = 0_u32;
    let mut at = 0;
    let mut to = |byte: usize| {
        units += text[at..byte].encode_utf16().count() as u32;
        at = byte;
        units
    };
    stretches.iter().map(|&(start, end)| (to(start), to(end))).collect()
}
