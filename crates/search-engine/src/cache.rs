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

/// Blocks of earlier questions, in two generations: when the young one is full it becomes the old one,
/// and what was old and not asked for again is dropped.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    young: Generation,
    old: Generation,
}

/// Lists by the beginning of the digest: a tree of digests would take 10 KB of WASM.
#[derive(Debug, Default)]
struct Generation {
    lists: Vec<Vec<Kept>>,
    bytes: usize,
}

/// Lists of a generation: in packs some ten thousand blocks fill the cache.
const LISTS: usize = 1 << 10;

#[derive(Debug)]
struct Kept {
    digest: Digest,
    block: Rc<Block>,
    len: usize,
}

impl Generation {
    fn list(&mut self, digest: &Digest) -> &mut Vec<Kept> {
        self.lists.resize_with(LISTS, Vec::new);
        &mut self.lists[usize::from(u16::from_le_bytes([digest[0], digest[1]])) % LISTS]
    }

    fn take(&mut self, digest: &Digest) -> Option<Kept> {
        let list = self.list(digest);
        let at = list.iter().position(|kept| kept.digest == *digest)?;
        let kept = list.swap_remove(at);
        self.bytes -= kept.len;
        Some(kept)
    }

    fn put(&mut self, kept: Kept) {
        self.bytes += kept.len;
        self.list(&kept.digest).push(kept);
    }
}

impl Cache {
    pub(crate) fn get(&mut self, digest: &Digest) -> Option<Rc<Block>> {
        let kept = self.young.take(digest).or_else(|| self.old.take(digest))?;
        let block = Rc::clone(&kept.block);
        self.keep(kept);
        Some(block)
    }

    pub(crate) fn put(&mut self, digest: Digest, block: Rc<Block>, len: usize) {
        if self.get(&digest).is_none() {
            self.keep(Kept { digest, block, len });
        }
    }

    fn keep(&mut self, kept: Kept) {
        if self.young.bytes + kept.len > MAX_BYTES / 2 {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.put(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_long_unused_is_dropped() {
        let mut cache = Cache::default();
        let len = MAX_BYTES / 8;
        for i in 0..40 {
            cache.put([i; 16], Rc::new(Block::Gone), len);
            assert!(cache.get(&[0; 16]).is_some(), "asked for again and again");
            assert!(cache.young.bytes + cache.old.bytes <= MAX_BYTES);
        }
        let kept: Vec<u8> = (0..40).filter(|&i| cache.get(&[i; 16]).is_some()).collect();
        assert!(kept.len() <= 8 && kept.contains(&39) && !kept.contains(&20), "{kept:?}");
    }

    #[test]
    fn a_block_is_kept_once() {
        let mut cache = Cache::default();
        for _ in 0..3 {
            cache.put([7; 16], Rc::new(Block::Gone), 10);
        }
        assert_eq!(cache.young.bytes, 10);
    }
}
