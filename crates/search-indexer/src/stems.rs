//! Stems of words that were met before.

use search_engine::analysis;

use crate::intern::Terms;

/// Most words that are remembered; then it begins anew, so that memory stays bounded.
const MOST: usize = 1 << 16;

/// Remembers stems: texts say few words often, and a lookup takes a tenth of the time of stemming.
pub(crate) struct Stems {
    words: Terms,
    /// Of each word.
    stems: Vec<String>,
}

impl Stems {
    pub(crate) fn new() -> Self {
        Self { words: Terms::new(), stems: Vec::new() }
    }

    /// [`analysis::stem`] of a word.
    pub(crate) fn stem(&mut self, mut word: String) -> String {
        if self.words.len() == MOST {
            self.words.clear();
            self.stems.clear();
        }
        let (number, is_new) = self.words.number(&[word.as_bytes()]);
        if is_new {
            self.stems.push(analysis::stem(word.clone()));
        }
        word.clone_from(&self.stems[number as usize]);
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_the_same_however_often_it_is_asked_for() {
        let mut stems = Stems::new();
        for round in 0..3 {
            for i in 0..MOST / 2 + 7 {
                let word = format!("{}ings", radix(i * (round + 1)));
                assert_eq!(stems.stem(word.clone()), analysis::stem(word));
            }
        }
        assert!(stems.words.len() <= MOST && stems.stems.len() == stems.words.len());
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
