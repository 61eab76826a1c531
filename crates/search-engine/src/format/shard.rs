//! Dictionary shards: a stretch of the sorted terms, with where their postings are.
//!
//! ```bnf
//! shard      ::= "D" transducer postings:blocks positions:blocks first_posting first_position
//!                n_terms:varint n_docs{n_terms} postings_len{n_terms} positions_len{n_terms} inline
//! transducer ::= len:varint nodes               ; term -> its number in the shard
//! first_*    ::= offset:varint                  ; in the first of the blocks
//! n_docs, positions_len ::= varint
//! postings_len ::= (len << 1 | in_blocks):varint
//! inline     ::= postings positions             ; of the terms whose lists are not in blocks
//! ```
//! Like values stand together, so that they compress against each other.
//!
//! Postings that are not inline follow each other in the shard's blocks in the order of the terms;
//! a list never crosses blocks, and the next block begins where one ends.
//!
//! A term is a namespace byte and UTF-8 text: [`WORDS`], [`NUMBERS`], [`BACKWARDS`], or [`CODES`] plus the
//! number of a field.

use alloc::vec;
use alloc::vec::Vec;

use super::FormatError;
use super::blocks::{self, BlockRef, Stream};
use super::fst::Fst;
use super::wire::{self, Reader};

/// Tag of a shard.
pub const TAG: u8 = b'D';
/// Namespace of words in running text.
pub const WORDS: u8 = 1;
/// Namespace of numbers that identify a document.
pub const NUMBERS: u8 = 2;
/// Namespace of frequent words, each from its last letter to its first, with its number of documents and
/// no lists: by them a word is found whose first letters are mistyped.
pub const BACKWARDS: u8 = 3;
/// Namespace of the first field of codes.
pub const CODES: u8 = 16;

/// A parsed shard.
#[derive(Debug)]
pub struct Shard {
    payload: Vec<u8>,
    fst: core::ops::Range<usize>,
    entries: Vec<Entry>,
    /// Blocks of postings, in order.
    pub postings: Vec<BlockRef>,
    /// Blocks of positions, in order.
    pub positions: Vec<BlockRef>,
}

/// A term of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Documents that hold it.
    pub n_docs: u32,
    /// Its postings.
    pub postings: Place,
    /// Its positions.
    pub positions: Place,
}

/// Where bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the block among the shard's, `None`: in the shard itself.
    pub block: Option<u32>,
    /// First byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

impl Shard {
    /// Parses a payload.
    ///
    /// # Errors
    /// When it is no shard or its parts do not fit together.
    pub fn parse(payload: Vec<u8>) -> Result<Self, FormatError> {
        let mut reader = Reader::tagged(&payload, TAG, "dictionary shard")?;
        let len = reader.count("transducer")?;
        let fst = reader.at()..reader.at() + len;
        if Fst::new(reader.bytes(len, "transducer")?).is_none() {
            return Err(reader.invalid("transducer"));
        }
        let postings = blocks::read(&mut reader, Stream::Postings)?;
        let positions = blocks::read(&mut reader, Stream::Positions)?;
        let mut next_posting = Cursor::new(reader.varint("postings offset")?);
        let mut next_position = Cursor::new(reader.varint("positions offset")?);
        let n_terms = reader.count("number of terms")?;
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for column in &mut columns {
            column.reserve(n_terms);
            for _ in 0..n_terms {
                column.push(reader.varint("list length")?);
            }
        }
        let [n_docs, postings_lens, positions_lens] = columns;
        let mut entries = Vec::with_capacity(n_terms);
        for (n_docs, tag) in n_docs.into_iter().zip(&postings_lens) {
            let len = tag >> 1;
            let place = if tag & 1 == 1 {
                next_posting.take(&postings, len, &reader)?
            } else {
                inline(&mut reader, len)?
            };
            entries.push(Entry { n_docs, postings: place, positions: place });
        }
        for ((entry, tag), len) in entries.iter_mut().zip(postings_lens).zip(positions_lens) {
            entry.positions = if tag & 1 == 1 {
                next_position.take(&positions, len, &reader)?
            } else {
                inline(&mut reader, len)?
            };
        }
        Ok(Self { payload, fst, entries, postings, positions })
    }

    /// The entry of a term.
    pub fn find(&self, term: &[u8]) -> Option<Entry> {
        self.entry(self.fst()?.get(term)?)
    }

    /// The entry with this number, a value of the transducer.
    pub fn entry(&self, number: u64) -> Option<Entry> {
        self.entries.get(usize::try_from(number).ok()?).copied()
    }

    /// The transducer.
    pub fn fst(&self) -> Option<Fst<'_>> {
        Fst::new(&self.payload[self.fst.clone()])
    }

    /// Bytes of the payload; empty where the place is not in it.
    pub fn inline(&self, place: Place) -> &[u8] {
        self.payload.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    /// Memory taken, roughly.
    pub fn size(&self) -> usize {
        self.payload.len() + self.entries.len() * size_of::<Entry>()
    }
}

fn inline(reader: &mut Reader<'_>, len: u32) -> Result<Place, FormatError> {
    let start = reader.at() as u32;
    reader.bytes(len as usize, "inline list")?;
    Ok(Place { block: None, start, end: start + len })
}

/// The next byte in a row of blocks.
pub(super) struct Cursor {
    block: u32,
    at: u32,
}

impl Cursor {
    /// From this byte of the first block on.
    pub(super) fn new(at: u32) -> Self {
        Self { block: 0, at }
    }

    pub(super) fn take(
        &mut self,
        blocks: &[BlockRef],
        len: u32,
        reader: &Reader<'_>,
    ) -> Result<Place, FormatError> {
        if len == 0 {
            return Ok(Place { block: None, start: 0, end: 0 });
        }
        let wrong = || reader.invalid("place of a list");
        let mut block = blocks.get(self.block as usize).ok_or_else(wrong)?;
        if self.at == block.inflated_len {
            self.block += 1;
            self.at = 1;
            block = blocks.get(self.block as usize).ok_or_else(wrong)?;
        }
        let start = self.at;
        let end = start.checked_add(len).filter(|&end| end <= block.inflated_len);
        self.at = end.ok_or_else(wrong)?;
        Ok(Place { block: Some(self.block), start, end: self.at })
    }
}

/// A term's lists, to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// Documents.
    pub n_docs: u32,
    /// Written postings.
    pub postings: Vec<u8>,
    /// Written positions.
    pub positions: Vec<u8>,
    /// Whether the lists stand in the shard.
    pub place: ListPlace,
}

/// Whether lists stand in the shard or in blocks of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListPlace {
    /// In the shard.
    #[default]
    Inline,
    /// In blocks.
    Blocks,
}

/// What precedes a shard's entries.
pub struct Head<'a> {
    /// The transducer.
    pub fst: &'a [u8],
    /// Blocks of postings that hold lists of this shard.
    pub postings: &'a [BlockRef],
    /// Blocks of positions likewise.
    pub positions: &'a [BlockRef],
    /// Offset of the first list in the first block of postings.
    pub first_posting: u32,
    /// Offset of the first list in the first block of positions.
    pub first_position: u32,
}

/// Writes a shard.
pub fn write(head: &Head<'_>, terms: &[Lists]) -> Vec<u8> {
    let mut out = vec![TAG];
    wire::put_len(&mut out, head.fst.len());
    out.extend_from_slice(head.fst);
    blocks::write(&mut out, head.postings);
    blocks::write(&mut out, head.positions);
    wire::put_varint(&mut out, head.first_posting);
    wire::put_varint(&mut out, head.first_position);
    wire::put_len(&mut out, terms.len());
    let in_blocks = |term: &Lists| term.place == ListPlace::Blocks;
    for term in terms {
        wire::put_varint(&mut out, term.n_docs);
    }
    for term in terms {
        wire::put_len(&mut out, term.postings.len() << 1 | usize::from(in_blocks(term)));
    }
    for term in terms {
        wire::put_len(&mut out, term.positions.len());
    }
    let inline = || terms.iter().filter(|term| !in_blocks(term));
    for term in inline() {
        out.extend_from_slice(&term.postings);
    }
    for term in inline() {
        out.extend_from_slice(&term.positions);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Terms `0`, `1` … with lists of the given lengths, blocks holding at most `block_len`.
    fn sample(terms: &[(usize, usize, bool)], block_len: usize) -> (Vec<u8>, Vec<Lists>) {
        let mut lists = Vec::new();
        let mut sizes = [vec![1_usize], vec![1_usize]];
        for &(postings, positions, in_blocks) in terms {
            let place = if in_blocks { ListPlace::Blocks } else { ListPlace::Inline };
            lists.push(Lists {
                n_docs: 1,
                postings: vec![7; postings],
                positions: vec![8; positions],
                place,
            });
            for (sizes, len) in sizes.iter_mut().zip([postings, positions]) {
                if in_blocks {
                    if sizes.last().unwrap() + len > block_len {
                        sizes.push(1);
                    }
                    *sizes.last_mut().unwrap() += len;
                }
            }
        }
        let refs = sizes.map(|sizes| {
            let block = |(i, &len): (usize, &usize)| BlockRef {
                len: 5,
                inflated_len: len as u32,
                at: i as u64 * 5,
                ..BlockRef::default()
            };
            sizes.iter().enumerate().map(block).collect::<Vec<_>>()
        });
        let keys = (0..terms.len()).map(|i| (format!("{i:04}"), i as u64));
        let fst = ::fst::raw::Fst::from_iter_map(keys).unwrap();
        let head = Head {
            fst: crate::format::fst::nodes(fst.as_bytes()),
            postings: &refs[0],
            positions: &refs[1],
            first_posting: 1,
            first_position: 1,
        };
        (write(&head, &lists), lists)
    }

    proptest! {
        #[test]
        fn shards_round_trip(terms in vec((1_usize..30, 0_usize..30, any::<bool>()), 0..80)) {
            let (payload, lists) = sample(&terms, 64);
            let shard = Shard::parse(payload).unwrap();
            for (i, list) in lists.iter().enumerate() {
                let entry = shard.find(format!("{i:04}").as_bytes()).unwrap();
                prop_assert_eq!((entry.postings.end - entry.postings.start) as usize, list.postings.len());
                prop_assert_eq!(entry.postings.block.is_some(), list.place == ListPlace::Blocks);
                if list.place == ListPlace::Inline {
                    prop_assert_eq!(shard.inline(entry.postings), &list.postings[..]);
                    prop_assert_eq!(shard.inline(entry.positions), &list.positions[..]);
                }
            }
            prop_assert_eq!(shard.find(b"x"), None);
        }

        #[test]
        fn altered_shards_never_panic(
            terms in vec((1_usize..30, 0_usize..30, any::<bool>()), 0..40),
            flips in vec((any::<usize>(), any::<u8>()), 0..6), cut: usize,
        ) {
            let (mut payload, _) = sample(&terms, 64);
            for (at, byte) in flips {
                let at = at % payload.len();
                payload[at] = byte;
            }
            payload.truncate(cut % (payload.len() * 2));
            if let Ok(shard) = Shard::parse(payload) {
                for i in 0..terms.len() {
                    if let Some(entry) = shard.find(format!("{i:04}").as_bytes()) {
                        shard.inline(entry.postings);
                        shard.inline(entry.positions);
                    }
                }
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..200)) {
            bytes[0] = TAG;
            let _ = Shard::parse(bytes);
        }
    }
}
