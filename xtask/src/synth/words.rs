//! Running text: chains through real word pairs, with a vocabulary that grows.
//!
//! English goes on from a word at a random other one of its places in real records every second
//! word; Chinese does so with two characters. So pairs, frequencies and phrases are real ones while
//! sentences are not. As collections grow, so do vocabularies (Heaps' law): the rest of the words
//! are made-up technical ones, whose number grows with the square root of the words written.

use std::collections::HashMap;

use super::chance::Chance;
use super::source::{Run, Source};

/// Words of a mean record, to know how many have been written before one.
const WORDS_A_RECORD: f64 = 60.0;
/// Of a hundred steps, those that leave the chain.
const LEAPS: u64 = 12;
/// Of a hundred steps, those that go on at another place with the same words; the rest stay.
const SWITCHES: u64 = 40;
/// Of a hundred leaps, those into the record's own class.
const OWN_CLASS: u32 = 60;

/// English text.
pub(super) struct English<'a> {
    source: &'a Source,
    chain: Chain,
}

/// Chinese text.
pub(super) struct Chinese<'a> {
    run: &'a Run<char>,
    chain: Chain,
}

/// For each place of a run, the places that look the same.
struct Chain {
    /// Number of what stands at each place.
    keys: Vec<u32>,
    /// Where the places of each number begin in `places`.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Chain {
    /// A chain over a run of which `keys` tells what stands at each place.
    fn new(keys: Vec<u32>, n_keys: usize) -> Self {
        let mut starts = vec![0_u32; n_keys + 1];
        for &key in &keys {
            starts[key as usize + 1] += 1;
        }
        for key in 0..n_keys {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        let mut places = vec![0; keys.len()];
        for (at, &key) in (0..).zip(&keys) {
            let slot = &mut next[key as usize];
            places[*slot as usize] = at;
            *slot += 1;
        }
        Self { keys, starts, places }
    }

    /// Another place, or this one, with what stands at `at`.
    fn like(&self, at: usize, chance: &mut Chance) -> usize {
        let key = self.keys[at] as usize;
        let places = &self.places[self.starts[key] as usize..self.starts[key + 1] as usize];
        *chance.pick(places) as usize
    }

    /// The place after `at`, perhaps in another text; `None`: the chain is to be left.
    fn next(&self, at: usize, chance: &mut Chance) -> Option<usize> {
        let percent = chance.below(100);
        let at = if percent >= 100 - SWITCHES { self.like(at, chance) } else { at };
        (percent >= LEAPS).then_some(at + 1)
    }
}

impl<'a> English<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, chain: Chain::new(source.english.items.clone(), source.words.len()) }
    }

    /// Appends `len` words about `class`; `number` is the record's, for the size of the vocabulary.
    pub(super) fn write(
        &self,
        out: &mut String,
        len: u32,
        class: &str,
        number: u64,
        chance: &mut Chance,
    ) {
        let run = &self.source.english;
        let own = run.by_class.get(class).map_or(&[][..], Vec::as_slice);
        let novelty = Novelty::at(number);
        let mut place = None;
        for i in 0..len {
            if i > 0 {
                out.push(' ');
            }
            if novelty.happens(chance) {
                made_up(out, novelty.word(chance));
                continue;
            }
            let next = place.and_then(|at| self.chain.next(at, chance));
            let mut at = next.unwrap_or_else(|| leap(run.items.len(), own, chance));
            while run.items[at] == 0 {
                at = leap(run.items.len(), own, chance);
            }
            place = Some(at);
            out.push_str(&self.source.words[run.items[at] as usize]);
        }
    }
}

/// A place in a run: near the beginning of a text of the class, or anywhere.
fn leap(len: usize, own: &[u32], chance: &mut Chance) -> usize {
    if !own.is_empty() && chance.percent(OWN_CLASS) {
        let into = usize::try_from(chance.below(8)).unwrap_or(0);
        return (*chance.pick(own) as usize + into).min(len - 1);
    }
    usize::try_from(chance.below(len as u64)).unwrap_or(0)
}

impl<'a> Chinese<'a> {
    pub(super) fn new(run: &'a Run<char>) -> Self {
        let mut numbers = HashMap::new();
        let mut keys = vec![0; run.items.len()];
        for (key, at) in keys.iter_mut().skip(1).zip(1..) {
            let next = numbers.len();
            *key = *numbers.entry((run.items[at - 1], run.items[at])).or_insert(next);
        }
        let keys = keys.into_iter().map(|key| u32::try_from(key).expect("few pairs")).collect();
        Self { run, chain: Chain::new(keys, numbers.len().max(1)) }
    }

    /// Appends `len` characters about `class`.
    pub(super) fn write(&self, out: &mut String, len: u32, class: &str, chance: &mut Chance) {
        let items = &self.run.items;
        let own = self.run.by_class.get(class).map_or(&[][..], Vec::as_slice);
        let mut place = None;
        for _ in 0..len {
            let next = place.and_then(|at| self.chain.next(at, chance));
            let mut at = next.unwrap_or_else(|| leap(items.len(), own, chance));
            while items[at] == '\0' {
                at = leap(items.len(), own, chance);
            }
            place = Some(at);
            out.push(items[at]);
        }
    }
}

/// Made-up words: how many there are by now, and how often one is written.
struct Novelty {
    words: u64,
    per_million: u64,
}

impl Novelty {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rule of thumb needs no more digits"
    )]
    fn at(number: u64) -> Self {
        let written = (number + 1) as f64 * WORDS_A_RECORD;
        let words = 30.0 * written.sqrt();
        // Half of a square root's growth a word, and as many again that were made up before.
        let new_share = 15.0 / written.sqrt();
        Self {
            words: words as u64 + 1,
            per_million: ((new_share * 2.0 + 0.01) * 1e6).min(30_000.0) as u64,
        }
    }

    fn happens(&self, chance: &mut Chance) -> bool {
        chance.below(1_000_000) < self.per_million
    }

    fn word(&self, chance: &mut Chance) -> u64 {
        if chance.percent(40) {
            self.words - 1 - chance.below(self.words.min(50))
        } else {
            chance.rank(self.words, 3)
        }
    }
}

/// The made-up word of a number: a technical-looking one, or a type designation.
fn made_up(out: &mut String, number: u64) {
    const HEADS: [&str; 20] = [
        "poly", "meth", "ox", "thermo", "hydro", "nano", "fluor", "cyclo", "bio", "electro",
        "micro", "photo", "iso", "carb", "ferro", "tri", "neo", "sulf", "aero", "silo",
    ];
    const MIDDLES: [&str; 16] = [
        "ra", "lin", "vo", "den", "ta", "mer", "ko", "pha", "zin", "lo", "bru", "xi", "gam", "sto",
        "qui", "del",
    ];
    const TAILS: [&str; 12] =
        ["ol", "ide", "ane", "ate", "ine", "ium", "or", "graph", "meter", "zyme", "plast", "yl"];
    // Every fifth is a type; both kinds are counted on their own, so that no two are alike.
    let is_type = number.is_multiple_of(5);
    let mut rest = if is_type { number / 5 } else { number - number / 5 - 1 };
    let mut next = |parts: &[&'static str]| {
        let part = parts[usize::try_from(rest % parts.len() as u64).unwrap_or(0)];
        rest /= parts.len() as u64;
        part
    };
    let head = next(&HEADS);
    if is_type {
        out.push_str(&head[..2]);
        out.push_str(&rest.to_string());
        return;
    }
    let (tail, middle) = (next(&TAILS), next(&MIDDLES));
    out.push_str(head);
    out.push_str(middle);
    while rest > 0 {
        out.push_str(MIDDLES[usize::try_from(rest % 16).unwrap_or(0)]);
        rest /= 16;
    }
    out.push_str(tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_words_differ() {
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..200_000 {
            let mut word = String::new();
            made_up(&mut word, number);
            seen.insert(word);
        }
        assert!(seen.len() > 199_000, "{}", seen.len());
    }
}
