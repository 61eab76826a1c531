//! Words that were met before, with the numbers of their terms.

use search_engine::analysis;
use search_engine::format::shard;

use crate::intern::Terms;

/// Most words that are remembered; then it begins anew, so that memory stays bounded.
const MOST: usize = 1 << 16;

/// Remembers the terms of words: texts say few words often, and a lookup here takes a tenth of the time of
/// stemming and looking up the stem among all terms.
pub(crate) struct Words {
    words: Terms,
    /// Of each word, the number of its term.
    numbers: Vec<u32>,
}

impl Words {
    pub(crate) fn new() -> Self {
        Self { words: Terms::new(), numbers: Vec::new() }
    }

    /// The number, among `terms`, of the stem of a word.
    pub(crate) fn number(&mut self, word: &str, terms: &mut Terms) -> u32 {
        if self.words.len() == MOST {
            self.clear();
        }
        let (number, is_new) = self.words.number(&[word.as_bytes()]);
        if is_new {
            let stem = analysis::stem(word.to_owned());
            self.numbers.push(terms.number(&[&[shard::WORDS], stem.as_bytes()]).0);
        }
        self.numbers[number as usize]
    }

    /// Forgets all, as it must when the terms are cleared.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.numbers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_the_term_of_its_stem_however_often_it_is_met() {
        let (mut words, mut terms) = (Words::new(), Terms::new());
        for round in 0..3 {
            for i in 0..MOST / 2 + 7 {
                let word = format!("{}ings", radix(i * (round + 1)));
                let number = words.number(&word, &mut terms);
                assert_eq!(terms.get(number), [b"\x01", analysis::stem(word).as_bytes()].concat());
            }
        }
        assert!(words.words.len() <= MOST && words.numbers.len() == words.words.len());
    }

    /// A number in letters.
    fn radix(mut number: usize) -> String {
        let mut letters = String::from("b");
        while number > 0 {
            letters.insert(0, char::from(b'a' + u8::try_from(number % 26).unwrap()));
            number /= 26;
        }
        letters
    }
}
