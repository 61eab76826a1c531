//! Analysis at the pace of building an index: plain words are handed over as they stand.
//!
//! Most of most texts are words of ASCII letters. Whoever remembers what the
//! stem of a word is needs no more of them than their letters, so they are neither folded character by
//! character nor stemmed here. All else is cut out and analysed as [`super::tokens`] does.

use alloc::string::String;

use super::{Cutter, MAX_TERM, Token, fold, name};

/// What stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met<'a> {
    /// A word of ASCII letters, apostrophes inside, in lower case and not stemmed, and its position. Its only term is its
    /// [`super::stem`].
    Word(&'a str, u32),
    /// A term of anything else.
    Token(Token<'a>),
}

/// Names what [`super::tokens`] names, in the same order, but leaves the stems of plain words to the caller;
/// returns the number of positions.
pub fn met(text: &str, each: &mut dyn FnMut(Met<'_>)) -> u32 {
    let (mut cutter, mut end, mut at) = (Cutter::default(), 0, 0);
    let mut lower = String::new();
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let past = plain_end(bytes, at);
        if past > at {
            end += cutter.begin(false);
            for word in text[at..past].split(is_parting) {
                lower.clear();
                lower.push_str(word);
                lower.make_ascii_lowercase();
                each(Met::Word(&lower, end));
                end += 1;
            }
            at = past;
        } else if is_border(bytes[at]) {
            cutter.gap(char::from(bytes[at]));
            at += 1;
        } else {
            let past = bytes[at..].iter().position(|&byte| is_border(byte));
            let past = past.map_or(bytes.len(), |len| at + len);
            let mut chars = fold::fold(&text[at..past]);
            for folded in &mut chars {
                folded.start += at as u32;
                folded.end += at as u32;
            }
            cutter.cut(&chars, &mut |stretch, gap| {
                end = name(stretch, end + gap, &mut |token| each(Met::Token(token)));
            });
            at = past;
        }
    }
    end
}

/// The end of the plain words that begin at `at`: one, or a compound like `java.util` that has no term as a
/// whole; `at` where there are none. What comes before `at` ended there.
fn plain_end(bytes: &[u8], at: usize) -> usize {
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    let joint = |at: usize| bytes.get(at).is_some_and(|&byte| super::is_joint(char::from(byte)));
    let ends = |at: usize| bytes.get(at).is_none_or(|&byte| is_border(byte));
    let (mut past, mut hyphens, mut others) = (at, false, false);
    while letter(past) {
        while letter(past) {
            past += 1;
        }
        // A joint joins only what goes on behind it.
        if joint(past) && letter(past + 1) {
            hyphens |= bytes[past] == b'-';
            others |= matches!(bytes[past], b'.' | b'/' | b'_');
            past += 1;
        }
    }
    let is_whole = ends(past) || joint(past) && ends(past + 1);
    if is_whole && past - at <= MAX_TERM && (others || !hyphens) { past } else { at }
}

/// Whether a joint parts the words beside it.
fn is_parting(c: char) -> bool {
    super::is_joint(c) && c != '\''
}

/// Whether no word, run or folded character reaches across this byte.
fn is_border(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric() && !super::is_joint(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Role, stem, tokens};
    use alloc::string::ToString as _;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    type Named = (String, u32);

    fn both(text: &str) -> (Vec<Named>, Vec<Named>) {
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        let len =
            tokens(text, &mut |token| expected.push((token.term.to_string(), token.position)));
        let same = met(text, &mut |met| {
            found.push(match met {
                Met::Word(word, position) => (stem(word.to_string()), position),
                Met::Token(token) => {
                    let source = &text[token.start as usize..token.end as usize];
                    assert!(token.role != Role::Word || !source.is_empty());
                    (token.term.to_string(), token.position)
                }
            });
        });
        assert_eq!(len, same, "{text:?}");
        (expected, found)
    }

    #[test]
    fn words_are_the_same_as_when_all_is_folded() {
        for text in [
            "The patents' examination, examining.",
            "end. Next.one 3.14 e-mail -x- x- .a a.",
            "it's dogs' 'quoted' a'b a''b rock'n'roll.the",
            "java.util.concurrent.Map a/b_c and/or x-y.z well-known a-b-c a._b a.b. a.b.. a.1 c.d\u{e9}",
            "caf\u{e9} e\u{301}cole a\u{300} b",
            "专利 申请 patent 专利,申请.专利",
            "ｶ ﾞ kana ｶﾞ",
            "K 5G K\u{200b} n95 covid19 A62B18/02",
            "",
        ] {
            let (expected, found) = both(text);
            assert_eq!(expected, found, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_the_same_terms(text in "(\\PC|[a-zA-Z]{1,5}|[a-c][._/'-]|[ .,'\u{2019}/_-]|[0-9]|[专利申请]|[éﾞｶK\u{200b}\u{301}]){0,40}") {
            let (expected, found) = both(&text);
            prop_assert_eq!(expected, found);
        }
    }
}
