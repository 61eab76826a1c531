//! Blocks in memory: parsed when supplied, kept while there is room.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::format::blocks::Stream;
use crate::format::columns::{self, Facets, Layout};
use crate::format::shard::Shard;
use crate::format::tables::{Dictionary, Store};
use crate::format::{Digest, FormatError, POSITIONS_TAG, POSTINGS_TAG, stores};

/// Payload bytes that a searcher keeps between questions.
const MAX_BYTES: usize = 24 << 20;

/// A parsed block.
#[derive(Debug)]
pub(crate) enum Block {
    Shard(Shard),
    /// Postings, positions, cards or texts, read where needed.
    Bytes(Vec<u8>),
    Values(Vec<u32>),
    Documents(Store),
    Terms(Dictionary),
    Layouts(Vec<Layout>),
    Facets(Facets),
    /// It could not be had.
    Gone,
}

/// What a block must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Shard,
    Postings,
    Positions,
    Cards,
    Texts,
    /// A column of so many documents, with its tag.
    Values(u8, u32),
    /// Layouts of so many documents.
    Layouts(u32),
    /// Facets of so many documents.
    Facets(u32),
    /// A table over this stream, of this height and so many documents.
    Documents(Stream, u8, u32),
    /// A table of shards, of this height.
    Terms(u8),
}

impl Expected {
    /// The stream of the blocks that are held by documents.
    pub(crate) fn stream(self) -> Stream {
        match self {
            Self::Values(columns::TWINS, _) => Stream::Twins,
            Self::Layouts(_) => Stream::Layouts,
            Self::Cards => Stream::Cards,
            Self::Texts => Stream::Texts,
            _ => Stream::Values,
        }
    }

    /// Parses a payload.
    pub(crate) fn parse(self, payload: &[u8]) -> Result<Block, FormatError> {
        Ok(match self {
            Self::Shard => Block::Shard(Shard::parse(payload.to_vec())?),
            Self::Postings => tagged(payload, POSTINGS_TAG, "block of postings")?,
            Self::Positions => tagged(payload, POSITIONS_TAG, "block of positions")?,
            Self::Cards => tagged(payload, stores::CARDS, "block of cards")?,
            Self::Texts => tagged(payload, stores::TEXTS, "block of texts")?,
            Self::Values(tag, len) => Block::Values(columns::read_values(payload, tag, len)?),
            Self::Documents(stream, height, len) => {
                Block::Documents(Store::from_block(payload, stream, height, len)?)
            }
            Self::Terms(height) => Block::Terms(Dictionary::from_block(payload, height)?),
            Self::Layouts(len) => Block::Layouts(columns::read_layouts(payload, len)?),
            Self::Facets(len) => Block::Facets(columns::read_facets(payload, len)?),
        })
    }
}

fn tagged(payload: &[u8], tag: u8, expected: &'static str) -> Result<Block, FormatError> {
    if payload.first() == Some(&tag) {
        Ok(Block::Bytes(payload.to_vec()))
    } else {
        Err(FormatError::Kind { expected })
    }
}

impl Block {
    /// The payload of a block that is read where needed.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }
}

/// Blocks of earlier questions, the longest unused dropped first.
///
/// A plain list: a few thousand blocks are looked through faster than they are fetched, and a tree
/// of digests would take 10 KB of WASM.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    blocks: Vec<Kept>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Kept {
    digest: Digest,
    block: Rc<Block>,
    len: usize,
    used: u64,
}

impl Cache {
    pub(crate) fn get(&mut self, digest: &Digest) -> Option<Rc<Block>> {
        self.clock += 1;
        let kept = self.blocks.iter_mut().find(|kept| kept.digest == *digest)?;
        kept.used = self.clock;
        Some(Rc::clone(&kept.block))
    }

    pub(crate) fn put(&mut self, digest: Digest, block: Rc<Block>, len: usize) {
        self.clock += 1;
        if self.get(&digest).is_some() {
            return;
        }
        self.bytes += len;
        self.blocks.push(Kept { digest, block, len, used: self.clock });
        while self.bytes > MAX_BYTES && self.blocks.len() > 1 {
            let oldest = self.blocks.iter().enumerate().min_by_key(|(_, kept)| kept.used);
            let Some((at, _)) = oldest else { break };
            self.bytes -= self.blocks.swap_remove(at).len;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_block_is_dropped_first() {
        let mut cache = Cache::default();
        let put =
            |cache: &mut Cache, i: u8| cache.put([i; 16], Rc::new(Block::Gone), MAX_BYTES / 3);
        (0..3).for_each(|i| put(&mut cache, i));
        assert!(cache.get(&[0; 16]).is_some());
        put(&mut cache, 3);
        assert!(cache.get(&[0; 16]).is_some() && cache.get(&[1; 16]).is_none());
        assert!(cache.bytes <= MAX_BYTES);
    }
}
