//! Postings: for each term, the documents that hold it and how much it says about each.
//!
//! ```bnf
//! list    ::= few | many                        ; few when the list has fewer than 16 documents
//! few     ::= (gap:varint impact:u8)*
//! many    ::= run*                              ; of 128 documents, the last of the rest
//! run     ::= gap_bits:u8 impact_bits:u8 least_impact:u8 gaps impacts
//! gaps    ::= bit-packed (document - previous document - 1), before the first document: -1
//! impacts ::= bit-packed (impact - least_impact)
//! ```
//! The number of documents stands in the dictionary. An impact is the BM25F term frequency part
//! tf′ / (k1 + tf′), which lies between 0 and 1, in as many steps as the root states: lengths and
//! weights are settled when the index is built, so no list of document lengths is read to score.

use alloc::vec::Vec;

use super::FormatError;
use super::wire::{self, Reader};

/// Documents of a run.
pub const RUN: usize = 128;
/// Lists shorter than this are written without runs: a run's header would outweigh its packing.
const FEW: usize = 16;

/// A decoded list: ascending documents, each with its impact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postings {
    /// Ascending document numbers.
    pub docs: Vec<u32>,
    /// As many impacts.
    pub impacts: Vec<u8>,
}

/// Quantises a term frequency part between 0 and 1 into `steps`; what occurs at all has at least 1.
pub fn impact(part: f32, steps: u8) -> u8 {
    let steps = f32::from(steps.max(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let impact = libm::roundf(part * steps).clamp(1.0, steps) as u8;
    impact
}

/// Writes a list.
pub fn write(out: &mut Vec<u8>, postings: &Postings) {
    write_from(out, postings, 0);
}

/// Writes a list whose first gap counts from document `next`.
pub fn write_from(out: &mut Vec<u8>, postings: &Postings, mut next: u32) {
    if postings.docs.len() < FEW {
        for (&doc, &impact) in postings.docs.iter().zip(&postings.impacts) {
            wire::put_varint(out, doc - next);
            out.push(impact);
            next = doc + 1;
        }
        return;
    }
    for (docs, impacts) in postings.docs.chunks(RUN).zip(postings.impacts.chunks(RUN)) {
        let mut gaps = Vec::with_capacity(docs.len());
        for &doc in docs {
            gaps.push(doc - next);
            next = doc + 1;
        }
        let least = impacts.iter().min().copied().unwrap_or(0);
        let over: Vec<u32> = impacts.iter().map(|&impact| u32::from(impact - least)).collect();
        let gap_bits = widest(&gaps);
        let impact_bits = widest(&over);
        out.extend([gap_bits as u8, impact_bits as u8, least]);
        wire::pack(out, &gaps, gap_bits);
        wire::pack(out, &over, impact_bits);
    }
}

fn widest(values: &[u32]) -> u32 {
    wire::bits_for(values.iter().max().copied().unwrap_or(0))
}

/// Reads a list of `len` documents below `n_docs` from the whole of `bytes`.
///
/// # Errors
/// [`FormatError::Truncated`] or [`FormatError::Invalid`]; nothing past `n_docs` entries is
/// allocated.
pub fn read(bytes: &[u8], len: u32, n_docs: u32) -> Result<Postings, FormatError> {
    read_from(bytes, len, n_docs, 0)
}

/// Reads a list whose first gap counts from document `next`.
///
/// # Errors
/// As [`read`].
pub fn read_from(bytes: &[u8], len: u32, n_docs: u32, next: u32) -> Result<Postings, FormatError> {
    let mut reader = Reader::new(bytes, 0);
    if len > n_docs {
        return Err(reader.invalid("document count"));
    }
    let len = len as usize;
    let mut postings = Postings { docs: Vec::with_capacity(len), impacts: Vec::with_capacity(len) };
    if len < FEW {
        read_few(&mut reader, len, next, &mut postings)?;
    } else {
        read_many(&mut reader, len, next, &mut postings)?;
    }
    match postings.docs.last() {
        Some(&last) if last >= n_docs => Err(reader.invalid("document number")),
        _ => Ok(postings),
    }
}

fn read_few(
    reader: &mut Reader<'_>,
    len: usize,
    mut next: u32,
    postings: &mut Postings,
) -> Result<(), FormatError> {
    for _ in 0..len {
        let gap = reader.varint("document gap")?;
        let doc = next.checked_add(gap).filter(|&doc| doc < u32::MAX);
        let doc = doc.ok_or_else(|| reader.invalid("document gap"))?;
        next = doc + 1;
        postings.docs.push(doc);
        postings.impacts.push(reader.byte("impact")?);
    }
    Ok(())
}

fn read_many(
    reader: &mut Reader<'_>,
    len: usize,
    mut next: u32,
    postings: &mut Postings,
) -> Result<(), FormatError> {
    let mut values = Vec::with_capacity(RUN);
    let mut left = len;
    while left > 0 {
        let count = left.min(RUN);
        let (gap_bits, impact_bits) = (reader.byte("gap width")?, reader.byte("impact width")?);
        let least = reader.byte("least impact")?;
        wire::unpack(reader, count, gap_bits.into(), &mut values, "document gaps")?;
        for &gap in &values {
            let doc = next.checked_add(gap).filter(|&doc| doc < u32::MAX);
            let doc = doc.ok_or_else(|| reader.invalid("document gap"))?;
            next = doc + 1;
            postings.docs.push(doc);
        }
        wire::unpack(reader, count, impact_bits.min(8).into(), &mut values, "impacts")?;
        postings.impacts.extend(values.iter().map(|&over| least.saturating_add(over as u8)));
        left -= count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    fn lists() -> impl Strategy<Value = Postings> {
        let dense = btree_map(0_u32..700, 1_u8.., 0..600);
        let sparse = btree_map(0_u32..16_000_000, 1_u8.., 0..300);
        prop_oneof![dense, sparse].prop_map(|map| Postings {
            docs: map.keys().copied().collect(),
            impacts: map.values().copied().collect(),
        })
    }

    proptest! {
        #[test]
        fn lists_round_trip(postings in lists()) {
            let mut out = Vec::new();
            write(&mut out, &postings);
            let len = u32::try_from(postings.docs.len()).unwrap();
            prop_assert_eq!(read(&out, len, 16_000_000), Ok(postings));
        }

        #[test]
        fn arbitrary_bytes_stay_in_bounds(bytes in vec(any::<u8>(), 0..400), len in 0_u32..2_000) {
            if let Ok(postings) = read(&bytes, len, 1_000) {
                prop_assert!(postings.docs.is_sorted_by(|a, b| a < b));
                prop_assert!(postings.docs.iter().all(|&doc| doc < 1_000));
                prop_assert_eq!(postings.impacts.len(), postings.docs.len());
            }
        }
    }
}
