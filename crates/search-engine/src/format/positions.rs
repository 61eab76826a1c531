//! Positions: where in each of its documents a term stands, apart from postings because most
//! questions need none.
//!
//! ```bnf
//! list  ::= entry*                       ; one per document, in the order of the postings
//! entry ::= (first << 1):varint          ; a single position
//!         | (first << 1 | 1):varint more:varint (gap - 1):varint*
//! ```
//! All of a document's fields share one sequence of positions; which stretch is which field
//! stands in the layout column.

use alloc::vec::Vec;

use super::FormatError;
use super::wire::{self, Reader};

/// Greatest position.
pub const MAX_POSITION: u32 = (1 << 24) - 1;

/// Writes the entry of one document: ascending positions, at least one.
pub fn write(out: &mut Vec<u8>, positions: &[u32]) {
    let Some((&first, rest)) = positions.split_first() else { return };
    wire::put_varint(out, first << 1 | u32::from(!rest.is_empty()));
    if rest.is_empty() {
        return;
    }
    wire::put_len(out, rest.len());
    let mut last = first;
    for &position in rest {
        wire::put_varint(out, position - last - 1);
        last = position;
    }
}

/// Positions of the documents that were asked for, end to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    all: Vec<u32>,
    /// Where each document's positions end in `all`.
    ends: Vec<u32>,
}

impl Positions {
    /// Adds the entry at which the reader stands, or one without positions.
    ///
    /// # Errors
    /// As [`read`].
    pub fn push(&mut self, reader: Option<&mut Reader<'_>>) -> Result<(), FormatError> {
        if let Some(reader) = reader {
            read_entry(reader, Some(&mut self.all))?;
        }
        self.ends.push(self.all.len() as u32);
        Ok(())
    }

    /// Positions of the `i`th document that was asked for.
    pub fn of(&self, i: usize) -> &[u32] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        &self.all[start..self.ends[i] as usize]
    }
}

/// Reads the entries of those documents of a list that stand in `wanted`; both ascend.
///
/// # Errors
/// [`FormatError::Truncated`] or [`FormatError::Invalid`].
pub fn read(bytes: &[u8], docs: &[u32], wanted: &[u32]) -> Result<Positions, FormatError> {
    let mut reader = Reader::new(bytes, 0);
    let mut positions = Positions::default();
    let mut docs = docs.iter();
    for &want in wanted {
        for &doc in docs.by_ref() {
            let keep = doc == want;
            read_entry(&mut reader, if keep { Some(&mut positions.all) } else { None })?;
            if keep {
                break;
            }
        }
        positions.ends.push(positions.all.len() as u32);
    }
    Ok(positions)
}

/// The entries of a list, apart.
///
/// # Errors
/// As [`read`].
pub fn entries(bytes: &[u8]) -> Result<Vec<&[u8]>, FormatError> {
    let mut reader = Reader::new(bytes, 0);
    let mut entries = Vec::new();
    while reader.left() > 0 {
        let start = reader.at();
        read_entry(&mut reader, None)?;
        entries.push(&bytes[start..reader.at()]);
    }
    Ok(entries)
}

/// Passes over an entry, or reads it.
///
/// # Errors
/// As [`read`].
pub fn read_entry(
    reader: &mut Reader<'_>,
    mut into: Option<&mut Vec<u32>>,
) -> Result<(), FormatError> {
    let first = reader.varint("position")?;
    let mut position = first >> 1;
    let mut more = if first & 1 == 0 { 0 } else { reader.count("positions")? };
    loop {
        if position > MAX_POSITION {
            return Err(reader.invalid("position"));
        }
        if let Some(into) = into.as_deref_mut() {
            into.push(position);
        }
        if more == 0 {
            return Ok(());
        }
        more -= 1;
        position = position.saturating_add(reader.varint("position gap")?).saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, btree_set, vec};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wanted_documents_round_trip(
            entries in btree_map(0_u32..500, btree_set(0..MAX_POSITION, 1..20), 0..60),
            wanted in btree_set(0_u32..500, 0..60),
        ) {
            let mut out = Vec::new();
            for positions in entries.values() {
                write(&mut out, &positions.iter().copied().collect::<Vec<_>>());
            }
            let docs: Vec<u32> = entries.keys().copied().collect();
            let wanted: Vec<u32> = wanted.into_iter().filter(|doc| entries.contains_key(doc)).collect();
            let positions = read(&out, &docs, &wanted).unwrap();
            for (i, doc) in wanted.iter().enumerate() {
                prop_assert_eq!(positions.of(i), entries[doc].iter().copied().collect::<Vec<_>>());
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), docs in btree_set(0_u32..50, 0..20)) {
            let docs: Vec<u32> = docs.into_iter().collect();
            if let Ok(positions) = read(&bytes, &docs, &docs) {
                for i in 0..docs.len() {
                    prop_assert!(positions.of(i).iter().all(|&position| position <= MAX_POSITION));
                }
            }
        }
    }
}
