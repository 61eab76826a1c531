//! Analysis at the pace of building an index: plain words are handed over as they stand.
//!
//! Most of most texts are words of ASCII letters. Whoever remembers what the
//! stem of a word is needs no more of them than their letters, so they are neither folded character by
//! character nor stemmed here. All else is cut out and analysed as [`super::tokens`] does.

use alloc::string::String;

use super::{Cutter, MAX_TERM, Role, Token, fold, name};

/// What stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met<'a> {
    /// A word of ASCII letters, apostrophes inside, in lower case and not stemmed, and its position. Its only term is its
    /// [`super::stem`].
    Word(&'a str, u32),
    /// A term of anything else.
    Token(Token<'a>),
    /// A word inside of the one before it, as capitals show: `compute`, `if` and `absent` of
    /// `computeIfAbsent`. Not stemmed either.
    Inner(&'a str, u32),
}

/// Names what [`super::tokens`] names, in the same order, but leaves the stems of plain words to the caller, and
/// the words inside of words; returns the number of positions.
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
                inner(word, &mut lower, &mut |word| each(Met::Inner(word, end)));
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
                end = name(stretch, end + gap, &mut |token| {
                    each(Met::Token(token));
                    if token.role == Role::Word {
                        let source = &text[token.start as usize..token.end as usize];
                        inner(source, &mut lower, &mut |word| {
                            each(Met::Inner(word, token.position));
                        });
                    }
                });
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

/// Shortest inner word, and shortest one after capitals: `IDs` and `PDFs` are one word.
const LEAST_INNER: usize = 2;
const LEAST_AFTER_CAPITALS: usize = 3;

/// Names the words inside of a word of ASCII letters and digits, if capitals show several.
fn inner(word: &str, lower: &mut String, each: &mut dyn FnMut(&str)) {
    let bytes = word.as_bytes();
    // Symbols and numbers, of capitals and digits alone, hold no words.
    let has_both = bytes.iter().skip(1).any(u8::is_ascii_uppercase)
        && bytes.iter().any(u8::is_ascii_lowercase);
    if bytes.len() > MAX_TERM || !has_both || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return;
    }
    let begins = |at: &usize| {
        let after_small = bytes[*at].is_ascii_uppercase() && !bytes[at - 1].is_ascii_uppercase();
        let small = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        after_small || bytes[*at].is_ascii_uppercase() && small + 1 >= LEAST_AFTER_CAPITALS
    };
    let mut starts = (1..bytes.len()).filter(begins).peekable();
    if starts.peek().is_none() {
        return;
    }
    let mut from = 0;
    for to in starts.chain([bytes.len()]) {
        if to - from >= LEAST_INNER {
            lower.clear();
            lower.push_str(&word[from..to]);
            lower.make_ascii_lowercase();
            each(lower);
        }
        from = to;
    }
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
                Met::Inner(..) => return,
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

    #[test]
    fn capitals_show_words_inside_of_words() {
        for (text, words) in [
            ("computeIfAbsent", "compute if absent"),
            ("a HTMLParser.parseURL", "html parser parse url"),
            ("Base64Encoder", "base64 encoder"),
            ("IDs PDFs DNA COVID-19 A62B18/02 CN113914087A Patent iPhone", "phone"),
            ("ÉcoleNormale x_fooBar", "foo bar"),
        ] {
            let mut inner = Vec::new();
            met(text, &mut |met| {
                if let Met::Inner(word, _) = met {
                    inner.push(word.to_string());
                }
            });
            assert_eq!(inner.join(" "), words, "{text}");
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
