//! Tables of blocks: which block holds a document or a term.
//!
//! ```bnf
//! store      ::= height:u8 blocks n_docs:varint{as many}
//! dictionary ::= height:u8 len:varint nodes blocks ; transducer: first term of each -> its number
//! documents  ::= "B" blocks n_docs:varint{as many} ; a table of the next lower height, as a block
//! terms      ::= "K" len:varint nodes blocks       ; likewise
//! ```
//! At height 0 the blocks hold the data. Above it they are themselves tables, of the next lower
//! height, and stand in the stream of tables: so what refers to blocks stays small however many they
//! are.

use alloc::vec;
use alloc::vec::Vec;

use super::FormatError;
use super::blocks::{self, BlockRef, Stream};
use super::fst::{Fst, MAX_KEY};
use super::wire::{self, Reader};

/// Greatest height of a table.
pub const MAX_HEIGHT: u8 = 6;
/// Tag of a table of documents.
pub const DOCUMENTS: u8 = b'B';
/// Tag of a table of terms.
pub const TERMS: u8 = b'K';

/// Blocks of consecutive documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// Tables between this one and the data.
    pub height: u8,
    /// The blocks.
    pub blocks: Vec<BlockRef>,
    /// First document of each block, counted from the first of the table.
    pub firsts: Vec<u32>,
    /// Number of documents.
    pub n_docs: u32,
}

fn read_height(reader: &mut Reader<'_>) -> Result<u8, FormatError> {
    match reader.byte("height of a table")? {
        height @ 0..=MAX_HEIGHT => Ok(height),
        _ => Err(reader.invalid("height of a table")),
    }
}

/// The stream of the blocks of a table of this height over data in another stream.
fn stream_below(height: u8, data: Stream) -> Stream {
    if height == 0 { data } else { Stream::Tables }
}

/// Where a table has a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The block that holds it.
    pub block: BlockRef,
    /// Its place in the block.
    pub at: u32,
    /// Documents in the block.
    pub n_docs: u32,
}

impl Store {
    /// A table of data, from the documents that each block holds.
    pub fn new(blocks: Vec<BlockRef>, counts: &[u32]) -> Self {
        let mut store = Self { blocks, ..Self::default() };
        for &count in counts {
            store.firsts.push(store.n_docs);
            store.n_docs += count;
        }
        store
    }

    /// Whether the blocks hold the data rather than tables.
    pub fn is_data(&self) -> bool {
        self.height == 0
    }

    /// The block that holds a document.
    pub fn find(&self, doc: u32) -> Option<Found> {
        let block = self.firsts.partition_point(|&first| first <= doc).checked_sub(1)?;
        let first = self.firsts[block];
        let n_docs = self.firsts.get(block + 1).unwrap_or(&self.n_docs) - first;
        let at = doc - first;
        (at < n_docs).then_some(Found { block: *self.blocks.get(block)?, at, n_docs })
    }

    /// Writes it into the root.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.height);
        self.write_rest(out);
    }

    /// Writes it as a block.
    pub fn to_block(&self) -> Vec<u8> {
        let mut out = vec![DOCUMENTS];
        self.write_rest(&mut out);
        out
    }

    fn write_rest(&self, out: &mut Vec<u8>) {
        blocks::write(out, &self.blocks);
        let ends = self.firsts.iter().skip(1).chain([&self.n_docs]);
        for (first, end) in self.firsts.iter().zip(ends) {
            wire::put_varint(out, end - first);
        }
    }

    /// Reads one of the root's, which must be for so many documents.
    ///
    /// # Errors
    /// When it ends early or does not cover the documents.
    pub fn read(reader: &mut Reader<'_>, data: Stream, n_docs: u32) -> Result<Self, FormatError> {
        let store = Self::read_or_none(reader, data, n_docs)?;
        if store.n_docs == n_docs { Ok(store) } else { Err(reader.invalid("documents of a table")) }
    }

    /// Reads one of the root's that may have no blocks at all.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_or_none(
        reader: &mut Reader<'_>,
        data: Stream,
        n_docs: u32,
    ) -> Result<Self, FormatError> {
        let height = read_height(reader)?;
        let store = Self::read_rest(reader, height, data)?;
        let fits = store.n_docs == n_docs || store.blocks.is_empty();
        if fits { Ok(store) } else { Err(reader.invalid("documents of a table")) }
    }

    /// Reads a block of `n_docs` documents and this height.
    ///
    /// # Errors
    /// When it is no such table.
    pub fn from_block(
        payload: &[u8],
        data: Stream,
        height: u8,
        n_docs: u32,
    ) -> Result<Self, FormatError> {
        let mut reader = Reader::tagged(payload, DOCUMENTS, "table of documents")?;
        let store = Self::read_rest(&mut reader, height, data)?;
        if store.n_docs == n_docs { Ok(store) } else { Err(reader.invalid("documents of a table")) }
    }

    fn read_rest(reader: &mut Reader<'_>, height: u8, data: Stream) -> Result<Self, FormatError> {
        let blocks = blocks::read(reader, stream_below(height, data))?;
        let mut counts = Vec::with_capacity(blocks.len());
        let mut sum = 0_u32;
        for _ in &blocks {
            let count = reader.varint("documents of a block")?;
            sum = sum.checked_add(count).ok_or_else(|| reader.invalid("documents of a block"))?;
            counts.push(count);
        }
        Ok(Self { height, ..Self::new(blocks, &counts) })
    }
}

/// Blocks of consecutive terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// Tables between this one and the shards.
    pub height: u8,
    /// Transducer: first term of each block to its number.
    pub keys: Vec<u8>,
    /// The blocks.
    pub blocks: Vec<BlockRef>,
}

impl Dictionary {
    /// The block that may hold a term.
    pub fn find(&self, term: &[u8]) -> Option<BlockRef> {
        let number = Fst::new(&self.keys)?.floor(term)?;
        self.blocks.get(usize::try_from(number).ok()?).copied()
    }

    /// The blocks that may hold terms that begin with `prefix`, in order.
    pub fn under(&self, prefix: &[u8]) -> &[BlockRef] {
        let mut end = prefix.to_vec();
        end.resize(MAX_KEY, 0xff);
        let Some(fst) = Fst::new(&self.keys) else { return &[] };
        let Some(last) = fst.floor(&end) else { return &[] };
        let first = fst.floor(prefix).unwrap_or(0);
        let range =
            usize::try_from(first).unwrap_or(usize::MAX)..=usize::try_from(last).unwrap_or(0);
        self.blocks.get(range).unwrap_or_default()
    }

    /// Writes it into the root.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.height);
        self.write_rest(out);
    }

    /// Writes it as a block.
    pub fn to_block(&self) -> Vec<u8> {
        let mut out = vec![TERMS];
        self.write_rest(&mut out);
        out
    }

    fn write_rest(&self, out: &mut Vec<u8>) {
        wire::put_len(out, self.keys.len());
        out.extend_from_slice(&self.keys);
        blocks::write(out, &self.blocks);
    }

    /// Reads the root's.
    ///
    /// # Errors
    /// When it ends early.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let height = read_height(reader)?;
        Self::read_rest(reader, height)
    }

    /// Reads a block of this height.
    ///
    /// # Errors
    /// When it is no such table.
    pub fn from_block(payload: &[u8], height: u8) -> Result<Self, FormatError> {
        let mut reader = Reader::tagged(payload, TERMS, "table of terms")?;
        Self::read_rest(&mut reader, height)
    }

    fn read_rest(reader: &mut Reader<'_>, height: u8) -> Result<Self, FormatError> {
        let len = reader.count("transducer")?;
        let keys = reader.bytes(len, "transducer")?.to_vec();
        if Fst::new(&keys).is_none() {
            return Err(reader.invalid("transducer"));
        }
        let blocks = blocks::read(reader, stream_below(height, Stream::Shards))?;
        Ok(Self { height, keys, blocks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn blocks(n: usize) -> Vec<BlockRef> {
        let block = |i: usize| BlockRef {
            digest: [i as u8; 16],
            len: 9,
            inflated_len: 20,
            at: i as u64 * 9,
            stream: Stream::Texts,
        };
        (0..n).map(block).collect()
    }

    proptest! {
        #[test]
        fn every_document_has_its_block(counts in vec(0_u32..9, 0..20)) {
            let store = Store::new(blocks(counts.len()), &counts);
            let back = Store::from_block(&store.to_block(), Stream::Texts, 0, store.n_docs).unwrap();
            prop_assert_eq!(&back, &store);
            let mut doc = 0;
            for (i, &count) in counts.iter().enumerate() {
                for at in 0..count {
                    let found = store.find(doc).unwrap();
                    prop_assert_eq!((found.block, found.at, found.n_docs), (store.blocks[i], at, count));
                    doc += 1;
                }
            }
            prop_assert_eq!(store.find(doc), None);
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..200), n_docs in 0_u32..99) {
            bytes[0] = DOCUMENTS;
            let _ = Store::from_block(&bytes, Stream::Cards, 0, n_docs);
            bytes[0] = TERMS;
            if let Ok(terms) = Dictionary::from_block(&bytes, 0) {
                terms.find(b"x");
                terms.under(b"x");
            }
        }
    }
}
