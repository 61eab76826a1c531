//! Terms with numbers, in the order in which they were met.

use std::hash::{BuildHasher as _, RandomState};

/// Distinct byte strings, numbered from 0.
///
/// A table of its own, because looking terms up is a fifth of a build and each lookup a walk
/// through memory: a slot leads straight to the bytes, and the number stands before them.
pub(crate) struct Terms {
    /// Of each term: number, length, bytes.
    bytes: Vec<u8>,
    /// Where each term begins in `bytes`.
    starts: Vec<u32>,
    /// Upper half of the hash, and start + 1; `(_, 0)` is free. As many as a power of two.
    slots: Vec<(u32, u32)>,
    /// Differs in each run of the program: nobody can write texts whose words collide. Numbers do
    /// not depend on it.
    seed: u64,
}

/// Bytes before a term's own.
const HEAD_LEN: usize = 8;
/// Slots of an empty table.
const LEAST_SLOTS: usize = 1 << 10;

impl Terms {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            starts: Vec::new(),
            slots: vec![(0, 0); LEAST_SLOTS],
            seed: RandomState::new().hash_one(0_u8),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Bytes of memory that it takes, roughly.
    pub(crate) fn memory_len(&self) -> usize {
        self.bytes.len() + self.starts.len() * 4 + self.slots.len() * 8
    }

    /// Whether the next terms may not find room: places have 32 bits.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() > 1 << 31
    }

    pub(crate) fn clear(&mut self) {
        // What one long document made large is not cleared for every short one after it.
        if self.slots.len() > LEAST_SLOTS.max(self.starts.len() * 16) {
            self.slots = vec![(0, 0); LEAST_SLOTS];
        } else {
            self.slots.fill((0, 0));
        }
        self.bytes.clear();
        self.starts.clear();
    }

    /// The term of a number.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        self.at(self.starts[number as usize]).1
    }

    /// The number and bytes of the term that begins at `start`.
    fn at(&self, start: u32) -> (u32, &[u8]) {
        let (head, rest) = self.bytes[start as usize..].split_at(HEAD_LEN);
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        (word(0), &rest[..word(4) as usize])
    }

    /// The number of the term made of these parts, and whether it is a new one.
    pub(crate) fn number(&mut self, parts: &[&[u8]]) -> (u32, bool) {
        let start = self.bytes.len();
        let number = u32::try_from(self.starts.len()).expect("places have 32 bits");
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        let body = start + HEAD_LEN;
        let hash = hash(self.seed, &self.bytes[body..]);
        let (tag, mask) = ((hash >> 32) as u32, self.slots.len() - 1);
        let mut slot = first_slot(hash, mask);
        while self.slots[slot].1 != 0 {
            if self.slots[slot].0 == tag {
                let (known, bytes) = self.at(self.slots[slot].1 - 1);
                if *bytes == self.bytes[body..] {
                    self.bytes.truncate(start);
                    return (known, false);
                }
            }
            slot = (slot + 1) & mask;
        }
        let len = u32::try_from(self.bytes.len() - body).expect("a term is short");
        self.bytes[body - 4..body].copy_from_slice(&len.to_le_bytes());
        let start = u32::try_from(start).expect("whoever adds terms asks `is_full`");
        self.starts.push(start);
        self.slots[slot] = (tag, start + 1);
        if self.starts.len() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        (number, true)
    }

    /// Doubles the slots.
    fn grow(&mut self) {
        let mut slots = vec![(0, 0); self.slots.len() * 2];
        let mask = slots.len() - 1;
        for &start in &self.starts {
            let hash = hash(self.seed, self.at(start).1);
            let mut slot = first_slot(hash, mask);
            while slots[slot].1 != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = ((hash >> 32) as u32, start + 1);
        }
        self.slots = slots;
    }
}

/// The slot at which a term is looked for first.
fn first_slot(hash: u64, mask: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are all that is wanted")]
    let low = hash as usize;
    low & mask
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Few cases, but long ones: the table has to grow.
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn equal_terms_have_one_number(words in proptest::collection::vec("[a-c]{0,20}|[a-z]{3}", 0..2_000)) {
            let mut terms = Terms::new();
            let numbers: Vec<u32> = words.iter().map(|word| terms.number(&[word.as_bytes()]).0).collect();
            for (word, &number) in words.iter().zip(&numbers) {
                prop_assert_eq!(terms.get(number), word.as_bytes());
            }
            let distinct: std::collections::BTreeSet<_> = words.iter().collect();
            prop_assert_eq!(distinct.len(), terms.len());
        }
    }
}
