//! The yardstick: BM25 as Lucene computes it (k1 = 1.2, b = 0.75, idf = ln(1 + (N − n + ½)/(n + ½))),
//! over title and text as one field, without stems or stop words.
//!
//! English is cut at everything but letters and digits; Chinese into each character and each two
//! neighbours. Reads everything for every query: nothing in it can be wrong by being clever.

use std::collections::{BTreeMap, HashMap};

use super::judged::{Collection, Run};

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Answers every query of a collection with its best `depth` documents.
pub(crate) fn run(collection: &Collection, depth: usize) -> Run {
    let index = Index::new(collection);
    let answer = |text: &str| -> Vec<String> {
        let best = index.best(&terms(text, collection.lang), depth);
        best.into_iter().map(|doc| collection.docs[doc].id.clone()).collect()
    };
    collection.queries.iter().map(|(id, text)| (id.clone(), answer(text))).collect()
}

struct Index {
    /// Term → (document, count), documents ascending.
    postings: HashMap<String, Vec<(usize, u32)>>,
    lengths: Vec<f64>,
    mean_length: f64,
}

impl Index {
    #[expect(clippy::cast_precision_loss, reason = "lengths are small")]
    fn new(collection: &Collection) -> Self {
        let mut postings: HashMap<String, Vec<(usize, u32)>> = HashMap::new();
        let mut lengths = Vec::new();
        for (at, doc) in collection.docs.iter().enumerate() {
            let all = terms(&format!("{}\n{}", doc.title, doc.text), collection.lang);
            lengths.push(all.len() as f64);
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            for term in all {
                *counts.entry(term).or_default() += 1;
            }
            for (term, count) in counts {
                postings.entry(term).or_default().push((at, count));
            }
        }
        let mean_length = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
        Self { postings, lengths, mean_length }
    }

    /// Documents by score, then by place.
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn best(&self, query: &[String], depth: usize) -> Vec<usize> {
        let mut scores = vec![0.0; self.lengths.len()];
        for term in query {
            let Some(postings) = self.postings.get(term) else { continue };
            let n = postings.len() as f64;
            let idf = (1.0 + (self.lengths.len() as f64 - n + 0.5) / (n + 0.5)).ln();
            for (doc, count) in postings {
                let count = f64::from(*count);
                let norm = K1 * (1.0 - B + B * self.lengths[*doc] / self.mean_length);
                scores[*doc] += idf * count / (count + norm);
            }
        }
        let mut found: Vec<usize> = (0..scores.len()).filter(|doc| scores[*doc] > 0.0).collect();
        found.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        found.truncate(depth);
        found
    }
}

/// The terms of a text.
pub(crate) fn terms(text: &str, lang: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    if lang == "zh" { words.flat_map(grams).collect() } else { words.map(str::to_owned).collect() }
}

/// Each character, and each two neighbours.
fn grams(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let singles = chars.iter().map(char::to_string);
    let pairs = chars.windows(2).map(|pair| pair.iter().collect());
    singles.chain(pairs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_cut_into_characters_and_pairs() {
        assert_eq!(terms("专利法", "zh"), ["专", "利", "法", "专利", "利法"]);
        assert_eq!(terms("A wing, in (slip-stream)", "en"), ["a", "wing", "in", "slip", "stream"]);
    }
}
