//! English stems: the Snowball project's English stemmer (Porter's second), version 3.
//!
//! Every searcher downloads this, so its tables are text that is searched from front to back; the
//! general Snowball runtime takes four times the bytes. It gives the stems of `frostem`, which the
//! tests compare it with.
//!
//! Source: <https://snowballstem.org/algorithms/english/stemmer.html>

use alloc::string::String;
use alloc::vec::Vec;

/// Words with stems of their own; those that are not followed by `>` stay as they are.
const WORDS: &[u8] = b"skis>ski skies>sky idly>idl gently>gentl ugly>ugli early>earli only>onli \
    singly>singl andes> atlas> bias> cosmos> howe> news> sky>";
/// Beginnings behind which the first region starts.
const BEGINNINGS: &[u8] = b"arsen commun emerg gener inter later organ past univers";
/// Words that keep their `ing`, and those that keep their `eed`.
const KEEP_ING: &[u8] = b"even cann inn earr herr out";
const KEEP_EED: &[u8] = b"succ proc exc";

/// Endings and what stands for them, in order of the steps; longer ones first where they share a
/// tail. What stands behind a condition is told apart by its place below.
const GENITIVES: &[u8] = b"'s'> 's> '>";
const PLURALS: &[u8] = b"sses>ss ied>i ies>i us>us ss>ss s>";
const FORMS: &[u8] = b"eedly>ee ingly> edly> eed>ee ing> ed>";
const DOUBLES: &[u8] = b"bb dd ff gg mm nn pp rr tt";
const DERIVED: &[u8] = b"ization>ize ational>ate ation>ate tional>tion ator>ate iveness>ive \
    fulness>ful ousness>ous aliti>al iviti>ive biliti>ble alism>al izer>ize ogist>og enci>ence \
    anci>ance abli>able bli>ble alli>al fulli>ful lessli>less ousli>ous entli>ent ogi>og \
    li>";
const QUALITIES: &[u8] =
    b"ational>ate tional>tion alize>al icate>ic iciti>ic ical>ic ative> ness> ful>";
const REST: &[u8] =
    b"ement> ment> ent> ance> ence> able> ible> ant> ate> ive> ize> iti> ism> ion> ous> al> er> ic>";

/// The stem of a word of small ASCII letters and apostrophes; as it is when under three letters.
pub(super) fn stem(word: String) -> String {
    if word.len() < 3 {
        return word;
    }
    let mut text = word.into_bytes();
    if let Some((len, stem)) = ending(&text, WORDS)
        && len == text.len()
    {
        if !stem.is_empty() {
            text = stem.to_vec();
        }
    } else {
        text = stemmed(text);
    }
    text.make_ascii_lowercase();
    String::from_utf8(text).unwrap_or_default()
}

fn stemmed(text: Vec<u8>) -> Vec<u8> {
    let mut word = Word { text, first: 0, second: 0 };
    word.mark();
    word.plurals();
    word.forms();
    word.last_y();
    if let Some((from, put)) = word.ending_in(DERIVED, word.first) {
        let before = from.checked_sub(1).map_or(0, |at| word.text[at]);
        let holds = match put {
            b"" => b"cdeghkmnrt".contains(&before),
            b"og" if word.text.ends_with(b"i") => before == b'l',
            _ => true,
        };
        if holds {
            word.put(from, put);
        }
    }
    if let Some((from, put)) = word.ending_in(QUALITIES, word.first)
        && (from >= word.second || !word.text.ends_with(b"ative"))
    {
        word.put(from, put);
    }
    if let Some((from, _)) = word.ending_in(REST, word.second)
        && (!word.text.ends_with(b"ion") || matches!(word.text[..from], [.., b's' | b't']))
    {
        word.text.truncate(from);
    }
    word.last_e();
    word.text
}

/// A word on its way to its stem.
struct Word {
    /// A `Y` is a consonant.
    text: Vec<u8>,
    /// Where the first region begins: behind the first consonant after a vowel.
    first: usize,
    /// Where the second begins: the same within the first.
    second: usize,
}

impl Word {
    fn mark(&mut self) {
        if self.text[0] == b'\'' {
            self.text.remove(0);
        }
        let mut after_vowel = true;
        for byte in &mut self.text {
            if *byte == b'y' && after_vowel {
                *byte = b'Y';
            }
            after_vowel = is_vowel(*byte);
        }
        let mut beginnings = BEGINNINGS.split(|&byte| byte == b' ');
        let beginning = beginnings.find(|beginning| self.text.starts_with(beginning));
        self.first = beginning.map_or_else(|| self.region(0), <[u8]>::len);
        self.second = self.region(self.first);
    }

    fn region(&self, from: usize) -> usize {
        let len = self.text.len();
        let find = |from: usize, vowel| {
            let rest = self.text.iter().skip(from);
            rest.take_while(|&&byte| is_vowel(byte) != vowel).count() + from + 1
        };
        find(find(from, true), false).min(len)
    }

    /// Where an ending begins that stands in a region, and what stands for it.
    fn ending_in(&self, table: &'static [u8], region: usize) -> Option<(usize, &'static [u8])> {
        let (len, put) = ending(&self.text, table)?;
        let from = self.text.len() - len;
        (from >= region).then_some((from, put))
    }

    fn put(&mut self, from: usize, put: &[u8]) {
        self.text.truncate(from);
        self.text.extend_from_slice(put);
    }

    fn has_vowel(&self, end: usize) -> bool {
        self.text[..end].iter().any(|&byte| is_vowel(byte))
    }

    fn plurals(&mut self) {
        if let Some((from, put)) = self.ending_in(GENITIVES, 0) {
            self.put(from, put);
        }
        let Some((from, put)) = self.ending_in(PLURALS, 0) else { return };
        match put {
            b"i" if from < 2 => self.put(from, b"ie"),
            b"" if from == 0 || !self.has_vowel(from - 1) => {}
            put => self.put(from, put),
        }
    }

    fn forms(&mut self) {
        let Some((from, put)) = self.ending_in(FORMS, 0) else { return };
        let rest = &self.text[..from];
        if !put.is_empty() {
            if from >= self.first && !is_one_of(rest, KEEP_EED) {
                self.put(from, put);
            }
        } else if self.text.ends_with(b"ing")
            && let [other, b'y'] = rest
            && !is_vowel(*other)
        {
            self.put(1, b"ie");
        } else if !(self.text.ends_with(b"ing") && is_one_of(rest, KEEP_ING))
            && self.has_vowel(from)
        {
            self.text.truncate(from);
            self.mend();
        }
    }

    /// What is left of a form: `hop` for `hopp`, `hope` for `hop`, `create` for `creat`.
    fn mend(&mut self) {
        let text = &self.text[..];
        if text.ends_with(b"at") || text.ends_with(b"bl") || text.ends_with(b"iz") {
            self.text.push(b'e');
        } else if ending(text, DOUBLES).is_some() {
            if !matches!(text, [b'a' | b'e' | b'o', _, _]) {
                self.text.pop();
            }
        } else if text.len() == self.first && ends_short(text) {
            self.text.push(b'e');
        }
    }

    fn last_y(&mut self) {
        if let [_, .., before, last @ (b'y' | b'Y')] = &mut self.text[..]
            && !is_vowel(*before)
        {
            *last = b'i';
        }
    }

    fn last_e(&mut self) {
        let from = self.text.len().saturating_sub(1);
        let goes = match self.text[..] {
            [.., b'e'] => {
                from >= self.second || from >= self.first && !ends_short(&self.text[..from])
            }
            [.., b'l', b'l'] => from >= self.second,
            _ => false,
        };
        if goes {
            self.text.truncate(from);
        }
    }
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Whether a short syllable stands at the end.
fn ends_short(text: &[u8]) -> bool {
    match *text {
        [.., before, vowel, last]
            if !is_vowel(before)
                && is_vowel(vowel)
                && !is_vowel(last)
                && !matches!(last, b'w' | b'x' | b'Y') =>
        {
            true
        }
        [vowel, last] => is_vowel(vowel) && !is_vowel(last),
        _ => text.ends_with(b"past"),
    }
}

fn is_one_of(text: &[u8], words: &[u8]) -> bool {
    words.split(|&byte| byte == b' ').any(|word| word == text)
}

/// Length of the first ending of a table that a text has, and what stands for it.
fn ending<'t>(text: &[u8], table: &'t [u8]) -> Option<(usize, &'t [u8])> {
    table.split(|&byte| byte == b' ').find_map(|entry| {
        let len = entry.iter().position(|&byte| byte == b'>').unwrap_or(entry.len());
        text.ends_with(&entry[..len]).then(|| (len, entry.get(len + 1..).unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use frostem::{Algorithm, Stemmer};
    use proptest::prelude::*;

    fn check(word: &str) {
        let expected = Stemmer::new(Algorithm::English).stem(word).into_owned();
        assert_eq!(stem(word.to_owned()), expected, "{word}");
    }

    #[test]
    fn words_with_stems_of_their_own() {
        let tables = [WORDS, BEGINNINGS, KEEP_ING, KEEP_EED];
        for entry in tables.iter().flat_map(|table| table.split(|&byte| byte == b' ')) {
            let word = core::str::from_utf8(entry).unwrap().split('>').next().unwrap();
            for ending in ["", "s", "ed", "ing", "eed", "eeding", "ly", "al", "e", "'s"] {
                check(&format!("{word}{ending}"));
            }
        }
    }

    #[test]
    fn short_words_and_apostrophes() {
        for word in ["'''", "y's", "yyy", "'ab", "add", "egged", "offing", "dying", "ties", "gas"] {
            check(word);
        }
    }

    fn endings() -> impl Strategy<Value = String> {
        let tables = [GENITIVES, PLURALS, FORMS, DOUBLES, DERIVED, QUALITIES, REST];
        let text = |entry: &[u8]| {
            String::from_utf8(entry.to_vec()).unwrap().split('>').next().unwrap().to_owned()
        };
        let all: Vec<String> = tables
            .iter()
            .flat_map(|table| table.split(|&byte| byte == b' ').map(text))
            .chain(["at", "bl", "iz", "y", "e", "ll", "ogi", "past"].map(String::from))
            .collect();
        prop::sample::select(all)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn any_word_has_the_stem_of_snowball(word in "[a-z']{3,16}") {
            check(&word);
        }

        #[test]
        fn so_has_any_word_with_endings(
            begins in "[a-z]{0,2}[aeiouy]{0,2}[a-z]{0,4}", ends in prop::collection::vec(endings(), 1..4),
        ) {
            let word = format!("{begins}{}", ends.concat());
            if word.len() > 2 {
                check(&word);
            }
        }
    }
}
