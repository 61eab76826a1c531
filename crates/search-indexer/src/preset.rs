//! Training of presets: from a sample of what blocks hold, the stretches that are repeated most.
//!
//! The way is that of `FastCover` (`zstd`'s trainer of dictionaries): count all strings of a few bytes,
//! cut the sample into as many parts as stretches fit in the preset, take of each part the stretch
//! whose strings are the most frequent together, and count none of them again.

use search_engine::format::presets::MAX_PRESET;

use crate::document::{IndexError, Stored};
use crate::merge::Merge;
use crate::run::Record;

/// Bytes of the strings that are counted.
const STRING: usize = 6;
/// Bytes of a stretch.
const STRETCH: usize = 48;
/// Documents of a sample, at most twice as many.
const SAMPLE_DOCS: u32 = 4_096;
/// Bytes of a document's text that a sample takes.
const SAMPLE_TEXT: usize = 1 << 10;
/// Bits of the hash under which a string is counted.
const HASH_BITS: u32 = 20;

/// A sample of what is stored of documents.
#[derive(Default)]
pub(crate) struct Sample {
    cards: Vec<u8>,
    texts: Vec<u8>,
    /// Bytes of all of them, not of the sample alone.
    cards_len: u64,
    texts_len: u64,
}

impl Sample {
    /// Takes documents evenly from all of them, in their final order: however they were gathered,
    /// the sample is the same.
    pub(crate) fn take(merge: &Merge<'_>) -> Result<Self, IndexError> {
        let step = (merge.n_docs / SAMPLE_DOCS).max(1);
        let mut sample = Self::default();
        merge.each_record(|number, _, record| {
            sample.cards_len += card_parts(record).map(|part| part.len() as u64).sum::<u64>();
            sample.texts_len += record.text.len() as u64;
            if number % step == 0 {
                card_parts(record).for_each(|part| sample.cards.extend(part.as_bytes()));
                let end = record.text.floor_char_boundary(SAMPLE_TEXT);
                sample.texts.extend(&record.text.as_bytes()[..end]);
            }
            Ok(())
        })?;
        Ok(sample)
    }

    /// Bytes that cards and texts of so many documents take.
    pub(crate) fn stored(&self, documents: u32) -> Stored {
        Stored { documents, cards: self.cards_len, texts: self.texts_len, ..Stored::default() }
    }

    /// The preset of cards; `None` below `worth` stored bytes.
    pub(crate) fn cards(&self, worth: u64) -> Option<Vec<u8>> {
        preset(&self.cards, self.cards_len, worth)
    }

    /// The preset of texts likewise.
    pub(crate) fn texts(&self, worth: u64) -> Option<Vec<u8>> {
        preset(&self.texts, self.texts_len, worth)
    }

    /// The preset of cards with texts in them.
    pub(crate) fn cards_and_texts(&self, worth: u64) -> Option<Vec<u8>> {
        let both = [&self.cards[..], &self.texts[..]].concat();
        preset(&both, self.cards_len + self.texts_len, worth)
    }
}

fn card_parts<'a>(record: &'a Record<'_>) -> impl Iterator<Item = &'a str> {
    let fields = record.card.iter().map(|&(_, value)| value);
    [record.title, record.id, record.url].into_iter().chain(fields)
}

/// A first question fetches the preset, so it grows with what it saves.
fn preset(sample: &[u8], stored_len: u64, worth: u64) -> Option<Vec<u8>> {
    let len = match stored_len {
        len if len < worth => return None,
        ..0x0100_0000 => 8 << 10,
        0x0100_0000..0x0800_0000 => 16 << 10,
        _ => MAX_PRESET as usize,
    };
    let preset = train(sample, len);
    (!preset.is_empty()).then_some(preset)
}

/// The best stretches of a sample, the very best last, where references to them are shortest.
fn train(sample: &[u8], len: usize) -> Vec<u8> {
    // A part must leave a choice.
    let n_stretches = (len / STRETCH).min(sample.len() / (4 * STRETCH));
    if n_stretches == 0 {
        return Vec::new();
    }
    let part_len = sample.len() / n_stretches;
    let mut counts = vec![0_u32; 1 << HASH_BITS];
    sample.windows(STRING).for_each(|string| counts[slot(string)] += 1);
    let mut stretches: Vec<(u64, &[u8])> = Vec::with_capacity(n_stretches);
    for part in sample.chunks_exact(part_len).take(n_stretches) {
        let (score, stretch) = best(part, &counts);
        stretch.windows(STRING).for_each(|string| counts[slot(string)] = 0);
        stretches.push((score, stretch));
    }
    stretches.sort_by_key(|&(score, _)| score);
    stretches.into_iter().flat_map(|(_, stretch)| stretch).copied().collect()
}

/// The stretch of a part whose strings occur most often elsewhere.
fn best<'a>(part: &'a [u8], counts: &[u32]) -> (u64, &'a [u8]) {
    let worth: Vec<u64> =
        part.windows(STRING).map(|string| counts[slot(string)].saturating_sub(1).into()).collect();
    let strings = STRETCH - STRING + 1;
    let mut score: u64 = worth[..strings].iter().sum();
    let mut best = (score, 0);
    for at in 1..=worth.len() - strings {
        score = score + worth[at + strings - 1] - worth[at - 1];
        if score > best.0 {
            best = (score, at);
        }
    }
    (best.0, &part[best.1..best.1 + STRETCH])
}

fn slot(string: &[u8]) -> usize {
    let key = string.iter().fold(0_u64, |key, &byte| key << 8 | u64::from(byte));
    // Knuth's multiplicative hash.
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_taken() {
        let common = b"the apparatus according to any one of the claims, characterised in ";
        let mut sample = Vec::new();
        for i in 0_u32..2_000 {
            sample.extend(i.wrapping_mul(2_654_435_761).to_le_bytes().repeat(9));
            sample.extend(common);
        }
        let preset = train(&sample, 1 << 10);
        assert!(preset.len() <= 1 << 10);
        assert!(preset.windows(20).any(|part| common.windows(20).any(|other| other == part)));
        assert_eq!(train(&sample, 1 << 10), preset);
        assert!(train(b"too little", 8 << 10).is_empty());
        assert!(train(&sample[..1 << 10], 8 << 10).len() < 1 << 9);
    }
}
