//! Terms with numbers, in the order in which they were met.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};

/// Distinct byte strings, numbered from 0.
pub(crate) struct Terms {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    numbers: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    /// Differs in each run of the program: nobody can write texts whose words collide. Numbers do
    /// not depend on it.
    seed: u64,
}

impl Terms {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            numbers: HashMap::default(),
            seed: RandomState::new().hash_one(0_u8),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory that it takes, roughly.
    pub(crate) fn memory_len(&self) -> usize {
        self.bytes.len() + self.ends.len() * 8 + self.numbers.capacity() * 18
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.numbers.clear();
    }

    /// The term of a number.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[start..self.ends[number]]
    }

    /// All terms in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.bytes[std::mem::replace(&mut start, end)..end])
    }

    /// The number of the term made of these parts, and whether it is a new one.
    pub(crate) fn number(&mut self, parts: &[&[u8]]) -> (u32, bool) {
        let start = self.bytes.len();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        let mut hash = hash(self.seed, &self.bytes[start..]);
        while let Some(&number) = self.numbers.get(&hash) {
            if *self.get(number) == self.bytes[start..] {
                self.bytes.truncate(start);
                return (number, false);
            }
            // Two terms of one hash: the next one is free, or a third's.
            hash = hash.wrapping_add(1);
        }
        let number = u32::try_from(self.ends.len()).expect("memory ends before numbers do");
        self.ends.push(self.bytes.len());
        self.numbers.insert(hash, number);
        (number, true)
    }
}

/// Folded multiplication, eight bytes at a time.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(MIX);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let product = u128::from(hash ^ u64::from_le_bytes(word)) * u128::from(MIX);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are mixed")]
        let folded = product as u64 ^ (product >> 64) as u64;
        hash = folded.wrapping_add(seed).rotate_left(23);
    }
    hash
}

/// Keys that are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_terms_have_one_number(words in proptest::collection::vec("[a-c]{0,20}", 0..200)) {
            let mut terms = Terms::new();
            let numbers: Vec<u32> = words.iter().map(|word| terms.number(&[word.as_bytes()]).0).collect();
            for (word, &number) in words.iter().zip(&numbers) {
                prop_assert_eq!(terms.get(number), word.as_bytes());
            }
            let distinct: std::collections::BTreeSet<_> = words.iter().collect();
            prop_assert_eq!(distinct.len(), terms.len());
            prop_assert_eq!(terms.iter().count(), terms.len());
        }
    }
}
