//! How telling titles are: what a word in a title counts for is settled by the documents, not by
//! taste.
//!
//! Titles mostly name what a document is about, and a word in one counts more than a word in the
//! text. Where titles are all alike (articles of laws, pages of a form) it must not: their words would
//! only push those of the text aside. The measure is the mean of ln(N / n) over the words of titles,
//! n of N titles holding each, beside the same of texts. On collections whose titles are worth
//! their weight it is over 1.5 of that of texts, on statutes under 0.8.

use std::collections::{BTreeMap, HashMap};

use search_engine::analysis;

/// Documents looked at, at most twice as many.
const SAMPLE_DOCS: u32 = 2_048;
/// Fewer of a language and group say nothing about the rest.
const ENOUGH: u32 = 100;
/// Bytes of a text that are looked at.
const SAMPLE_TEXT: usize = 1 << 10;

/// Looks at a sample of the documents of one language and group.
#[derive(Default)]
pub(crate) struct Sample {
    titles: Words,
    texts: Words,
}

/// Words of one field.
#[derive(Default)]
struct Words {
    n_docs: u32,
    words: HashMap<String, Word>,
}

#[derive(Default)]
struct Word {
    n_docs: u32,
    /// The last of them.
    last: u32,
    occurrences: u64,
}

impl Sample {
    /// Whether a document is in the sample of `n_docs`.
    pub(crate) fn takes(number: u32, n_docs: u32) -> bool {
        number.is_multiple_of((n_docs / SAMPLE_DOCS).max(1))
    }

    /// Looks at a document.
    pub(crate) fn add(&mut self, title: &str, text: &str) {
        self.titles.add(title);
        self.texts.add(&text[..text.floor_char_boundary(SAMPLE_TEXT)]);
    }

    /// How much of a title's weight counts, in steps of 1/255: nothing where titles tell no more than
    /// texts, all of it from half as much more on.
    pub(crate) fn telling(&self) -> u8 {
        if self.titles.n_docs.min(self.texts.n_docs) < ENOUGH {
            return u8::MAX;
        }
        let ratio = self.titles.telling() / self.texts.telling().max(f64::MIN_POSITIVE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let telling = libm::round(2.0 * (ratio - 1.0) * 255.0).clamp(0.0, 255.0) as u8;
        telling
    }
}

impl Words {
    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.n_docs += 1;
        let doc = self.n_docs;
        analysis::tokens(text, &mut |token| {
            if !self.words.contains_key(token.term) {
                self.words.insert(token.term.to_owned(), Word::default());
            }
            let Some(word) = self.words.get_mut(token.term) else { return };
            word.n_docs += u32::from(word.last != doc);
            word.last = doc;
            word.occurrences += 1;
        });
    }

    /// Mean of ln(N / n) over all words.
    #[expect(clippy::cast_precision_loss, reason = "a sample has few words")]
    #[expect(clippy::iter_over_hash_type, reason = "what is added up does not depend on the order")]
    fn telling(&self) -> f64 {
        // Summed in one order whatever that of the map.
        let mut occurrences: BTreeMap<u32, u64> = BTreeMap::new();
        for word in self.words.values() {
            *occurrences.entry(word.n_docs).or_default() += word.occurrences;
        }
        let of = |(&n_docs, &words): (&u32, &u64)| {
            words as f64 * libm::log(f64::from(self.n_docs) / f64::from(n_docs))
        };
        let all: u64 = occurrences.values().sum();
        occurrences.iter().map(of).sum::<f64>() / (all as f64).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling(title: impl Fn(usize) -> String, n_docs: usize) -> u8 {
        let mut sample = Sample::default();
        for i in 0..n_docs {
            sample.add(&title(i), &format!("of this one word {} is rare, the rest is not", i % 50));
        }
        sample.telling()
    }

    #[test]
    fn titles_that_are_all_alike_tell_nothing() {
        assert_eq!(telling(|i| format!("Patent Law of this land, article {}", i % 9), 300), 0);
        assert_eq!(telling(|i| format!("thing{i} and matter{}", i % 70), 300), 255);
    }

    #[test]
    fn a_few_documents_are_no_sample() {
        assert_eq!(telling(|_| "the same".into(), 50), 255);
    }
}
