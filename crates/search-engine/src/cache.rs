//! Blocks in memory: parsed when supplied, kept while there is room.

use std::rc::Rc;

use crate::format::columns::{self, Layout, Traits};
use crate::format::shard::Shard;
use crate::format::{FormatError, POSITIONS_TAG, POSTINGS_TAG, stores};

/// Payload bytes that a searcher keeps between questions.
const MAX_BYTES: usize = 24 << 20;

/// What names a block: the digest of its file.
pub(crate) type Digest = [u8; 32];

/// A parsed block.
#[derive(Debug)]
pub(crate) enum Block {
    Shard(Shard),
    /// Postings, positions, cards or texts, read where needed.
    Bytes(Vec<u8>),
    Traits(Traits),
    Dates(Vec<u32>),
    Layouts(Vec<Layout>),
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
    /// Columns of so many documents.
    Traits(u32),
    Dates(u32),
    Layouts(u32),
}

impl Expected {
    /// Parses a payload.
    pub(crate) fn parse(self, payload: &[u8]) -> Result<Block, FormatError> {
        Ok(match self {
            Self::Shard => Block::Shard(Shard::parse(payload.to_vec())?),
            Self::Postings => tagged(payload, POSTINGS_TAG, "block of postings")?,
            Self::Positions => tagged(payload, POSITIONS_TAG, "block of positions")?,
            Self::Cards => tagged(payload, stores::CARDS, "block of cards")?,
            Self::Texts => tagged(payload, stores::TEXTS, "block of texts")?,
            Self::Traits(len) => Block::Traits(columns::read_traits(payload, len)?),
            Self::Dates(len) => Block::Dates(columns::read_dates(payload, len)?),
            Self::Layouts(len) => Block::Layouts(columns::read_layouts(payload, len)?),
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
            |cache: &mut Cache, i: u8| cache.put([i; 32], Rc::new(Block::Gone), MAX_BYTES / 3);
        (0..3).for_each(|i| put(&mut cache, i));
        assert!(cache.get(&[0; 32]).is_some());
        put(&mut cache, 3);
        assert!(cache.get(&[0; 32]).is_some() && cache.get(&[1; 32]).is_none());
        assert!(cache.bytes <= MAX_BYTES);
    }
}
