//! Traditional to simplified characters, one by one.
//!
//! The pairs are facts of the General List of Simplified Characters (1986) and the Table of General
//! Standard Chinese Characters (2013), cut to traditional characters of Big5's common plane whose
//! simplified form stands in GB 2312, without those that GB 2312 keeps as characters of their own.
//! Words that are told apart only by context (乾 dry, 乾坤) stay as they are.

use core::sync::atomic::AtomicU16;
use core::sync::atomic::Ordering::Relaxed;

use crate::format::FormatError;

/// Traditional character, simplified character, in the order of the traditional ones, in lines of
/// whole pairs.
const PAIRS: &str = include_str!("characters.txt");

/// How many pairs there are.
const LEN: usize = n_pairs();

/// Traditional characters in ascending order, then their simplified forms.
///
/// In the browser it is empty until [`load`] fills it: the table is a file of its own there, as no
/// question without Han needs it.
type Table = [AtomicU16; LEN * 2];

static TABLE: Table = if cfg!(target_arch = "wasm32") { empty() } else { filled() };

const fn n_pairs() -> usize {
    let (text, mut at, mut n_bytes) = (PAIRS.as_bytes(), 0, 0);
    while at < text.len() {
        n_bytes += (text[at] != b'\n') as usize;
        at += 1;
    }
    n_bytes / 6
}

const fn empty() -> Table {
    [const { AtomicU16::new(0) }; LEN * 2]
}

const fn filled() -> Table {
    let (text, mut table) = (PAIRS.as_bytes(), empty());
    let (mut at, mut pair) = (0, 0);
    while at < text.len() {
        if text[at] == b'\n' {
            at += 1;
            continue;
        }
        table[pair] = AtomicU16::new(three_bytes(text, at));
        table[LEN + pair] = AtomicU16::new(three_bytes(text, at + 3));
        (at, pair) = (at + 6, pair + 1);
    }
    table
}

/// The character whose three bytes of UTF-8 begin at `at`.
const fn three_bytes(text: &[u8], at: usize) -> u16 {
    (text[at] as u16 & 0x0f) << 12 | (text[at + 1] as u16 & 0x3f) << 6 | text[at + 2] as u16 & 0x3f
}

/// Takes the table.
///
/// - `packed`: of each side, the high bytes and then the low bytes of what each character adds to
///   the one before, modulo 2¹⁶; so it packs best.
///
/// # Errors
/// When it has another length.
pub fn load(packed: &[u8]) -> Result<(), FormatError> {
    if packed.len() != LEN * 4 {
        return Err(FormatError::Kind { expected: "characters" });
    }
    for (planes, side) in packed.chunks_exact(LEN * 2).zip(TABLE.chunks_exact(LEN)) {
        let mut value = 0_u16;
        for (at, one) in side.iter().enumerate() {
            value = value.wrapping_add(u16::from_be_bytes([planes[at], planes[LEN + at]]));
            one.store(value, Relaxed);
        }
    }
    Ok(())
}

/// The simplified form of a character; other characters stay.
pub(crate) fn simplify(c: char) -> char {
    let Ok(wanted) = u16::try_from(u32::from(c)) else { return c };
    let (from, to) = TABLE.split_at(LEN);
    let at = from.partition_point(|one| one.load(Relaxed) < wanted);
    match from.get(at) {
        Some(one) if one.load(Relaxed) == wanted => {
            char::from_u32(to[at].load(Relaxed).into()).unwrap_or(c)
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sorted_and_end_in_themselves() {
        let pairs = PAIRS.lines().flat_map(|line| line.chars().collect::<Vec<_>>());
        let chars: Vec<char> = pairs.collect();
        assert_eq!(LEN * 2, chars.len());
        assert!(chars.chunks(2).map(|pair| pair[0]).is_sorted_by(|a, b| a < b));
        for pair in chars.chunks(2) {
            assert_eq!(simplify(pair[0]), pair[1]);
            assert_eq!(simplify(pair[1]), pair[1]);
        }
    }

    #[test]
    fn what_is_loaded_is_the_table() {
        let values =
            |table: &Table| -> Vec<u16> { table.iter().map(|one| one.load(Relaxed)).collect() };
        let held = values(&TABLE);
        let packed: Vec<u8> = held
            .chunks_exact(LEN)
            .flat_map(|side| {
                let before = core::iter::once(&0).chain(side);
                let grown: Vec<u16> = side
                    .iter()
                    .zip(before)
                    .map(|(one, before)| one.wrapping_sub(*before))
                    .collect();
                let bytes = |which: usize| {
                    grown.iter().map(move |one| one.to_be_bytes()[which]).collect::<Vec<u8>>()
                };
                [bytes(0), bytes(1)].concat()
            })
            .collect();
        load(&packed).unwrap();
        assert_eq!(values(&TABLE), held);
        assert!(load(&packed[1..]).is_err());
    }
}
