//! The lists of a question's terms: postings and positions, as far as they were read.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use crate::cache::{Block, Expected};
use crate::format::Digest;
use crate::format::blocks::BlockRef;
use crate::format::positions::{self, Positions};
use crate::format::postings::{self, Postings};
use crate::format::shard::{Entry, Place};
use crate::format::tiers::{self, Chunk, Head};
use crate::format::wire::Reader;
use crate::session::Session;

/// A looked-up term.
#[derive(Debug, Default)]
pub(crate) struct Term {
    /// Its shard and entry there; `None`: no document holds it.
    pub(crate) place: Option<(Rc<Block>, Entry)>,
    pub(crate) eager_positions: bool,
    /// Whether only the top of a long list counts.
    pub(crate) top_only: bool,
    /// What was read of its list: all of it, or the top of a long one.
    pub(crate) postings: Postings,
    /// The rest of a long list.
    pub(crate) long: Option<Long>,
}

/// The rest of a long list.
#[derive(Debug)]
pub(crate) struct Long {
    pub(crate) chunks: Vec<Chunk>,
    /// Documents of each, the last of the rest.
    chunk_len: u32,
    blocks: Vec<BlockRef>,
    /// Chunks that were read.
    pub(crate) read: Vec<Option<Postings>>,
    /// Documents of the top, where `postings` was completed.
    top: Option<Vec<u32>>,
}

impl Long {
    fn new(head: Head) -> (Postings, Self) {
        let read = vec![None; head.chunks.len()];
        let Head { top, chunks, chunk_len, blocks } = head;
        (top, Self { chunks, chunk_len, blocks, read, top: None })
    }

    /// The chunk whose documents lie around this one.
    pub(crate) fn chunk_of(&self, doc: u32) -> Option<usize> {
        self.chunks.partition_point(|chunk| chunk.first <= doc).checked_sub(1)
    }

    /// Documents from which the chunks were taken: past the last of this chunk.
    pub(crate) fn end_of(&self, chunk: usize) -> u32 {
        self.chunks.get(chunk + 1).map_or(u32::MAX, |next| next.first)
    }
}

impl Term {
    /// Number of documents that hold it.
    pub(crate) fn n_docs(&self) -> u32 {
        self.place.as_ref().map_or(0, |(_, entry)| entry.n_docs)
    }

    /// Whether `postings` is the whole list.
    pub(crate) fn is_whole(&self) -> bool {
        self.long.as_ref().is_none_or(|long| long.top.is_some())
    }

    /// Joins top and chunks, once all of these were read.
    fn complete(&mut self) {
        let Some(long) = self.long.as_mut().filter(|long| long.top.is_none()) else { return };
        let rest = long.read.iter_mut().filter_map(Option::take);
        let mut all = Postings::default();
        let mut top = self.postings.docs.iter().zip(&self.postings.impacts).peekable();
        for chunk in rest {
            for (&doc, &impact) in chunk.docs.iter().zip(&chunk.impacts) {
                while let Some((&before, &impact)) = top.next_if(|(before, _)| **before < doc) {
                    all.docs.push(before);
                    all.impacts.push(impact);
                }
                all.docs.push(doc);
                all.impacts.push(impact);
            }
        }
        for (&doc, &impact) in top {
            all.docs.push(doc);
            all.impacts.push(impact);
        }
        long.top = Some(core::mem::replace(&mut self.postings, all).docs);
    }
}

impl Session {
    /// Reads short lists and the heads of long ones, and positions that are surely needed.
    pub(crate) fn read_heads(&mut self) {
        for i in 0..self.terms.len() {
            let Some((shard, entry)) = self.terms[i].place.clone() else { continue };
            let bytes = self.bytes_at(&shard, entry.postings, Expected::Postings);
            if self.terms[i].eager_positions {
                self.bytes_at(&shard, entry.positions, Expected::Positions);
            }
            let Some(bytes) = bytes.filter(|_| !self.waits()) else { continue };
            if self.read_head(i, entry, bytes.get()).is_none() {
                self.exact = false;
            }
        }
    }

    fn read_head(&mut self, i: usize, entry: Entry, bytes: &[u8]) -> Option<()> {
        let root = &self.shared.root;
        let term = &mut self.terms[i];
        if entry.n_docs <= root.rank.tier {
            term.postings = postings::read(bytes, entry.n_docs, root.n_docs).ok()?;
            return Some(());
        }
        let rank = (&root.rank, root.version);
        let head = tiers::read(bytes, entry.n_docs, root.n_docs, rank).ok()?;
        if term.top_only {
            term.postings = head.top;
            return Some(());
        }
        let (top, long) = Long::new(head);
        (term.postings, term.long) = (top, Some(long));
        Some(())
    }

    /// Reads all that long lists hold, in blocks of at most `limit` bytes.
    pub(crate) fn read_everything(&mut self, limit: u32) {
        let mut bytes = 0_u32;
        for i in 0..self.terms.len() {
            let Some(long) = &self.terms[i].long else { continue };
            let lens: u32 = long.blocks.iter().map(|block| block.len).sum();
            let chunks = long.chunks.len();
            bytes = bytes.saturating_add(lens);
            if bytes > limit {
                self.exact = false;
                continue;
            }
            for chunk in 0..chunks {
                self.read_chunk(i, chunk);
            }
        }
        if !self.waits() {
            self.terms.iter_mut().for_each(Term::complete);
        }
    }

    /// Reads a chunk of a term's list, or asks for its block.
    pub(crate) fn read_chunk(&mut self, term: usize, chunk: usize) {
        let Some(long) = &self.terms[term].long else { return };
        if long.top.is_some() || long.read.get(chunk).is_none_or(Option::is_some) {
            return;
        }
        let Chunk { first, n_docs, place, .. } = long.chunks[chunk];
        let block = place.block.and_then(|block| long.blocks.get(block as usize)).copied();
        let Some(block) = block.and_then(|block| self.want(block, Expected::Postings)) else {
            return;
        };
        let bytes = Stretch { block, place };
        let read = postings::read_from(bytes.get(), n_docs, self.shared.root.n_docs, first);
        self.exact &= read.is_ok();
        if let Some(long) = &mut self.terms[term].long {
            long.read[chunk] = Some(read.unwrap_or_default());
        }
    }

    /// What names the block of a chunk, and the bytes it takes to fetch it.
    pub(crate) fn chunk_block(&self, term: usize, chunk: usize) -> Option<(Digest, u32)> {
        let long = self.terms[term].long.as_ref()?;
        let block = long.blocks.get(long.chunks.get(chunk)?.place.block? as usize)?;
        Some((block.digest, block.len))
    }

    /// Positions of a term in documents that hold it, ascending; `None` while blocks are missing or
    /// where one is damaged.
    pub(crate) fn positions_in(&mut self, term: usize, docs: &[u32]) -> Option<Positions> {
        let (shard, entry) = self.terms.get(term)?.place.clone()?;
        let stretch = self.bytes_at(&shard, entry.positions, Expected::Positions);
        let Some(long) = &self.terms[term].long else {
            let docs_of_list = &self.terms[term].postings.docs;
            return positions::read(stretch?.get(), docs_of_list, docs).ok();
        };
        let root = &self.shared.root;
        let (tier, unit) = (root.rank.tier, tiers::unit(long.chunk_len));
        let stretch = stretch?;
        let units = tier.div_ceil(unit) + (entry.n_docs - tier).div_ceil(unit);
        let (blocks, places) = tiers::read_positions(stretch.get(), units, root.version).ok()?;
        let mut found = Positions::default();
        let mut units = Units::default();
        for &doc in docs {
            let Some(rank) = self.rank_of(term, doc) else {
                found.push(None).ok()?;
                continue;
            };
            // Units of the top, then units of the rest, each of so many documents.
            let number =
                if rank < tier { rank / unit } else { tier.div_ceil(unit) + (rank - tier) / unit };
            let at = if rank < tier { rank % unit } else { (rank - tier) % unit };
            let place = *places.get(number as usize)?;
            let block = blocks.get(place.block? as usize)?;
            let Some(block) = self.want(*block, Expected::Positions) else { continue };
            if !self.waits() {
                units.entry(number, at, &Stretch { block, place }, &mut found)?;
            }
        }
        (!self.waits()).then_some(found)
    }

    /// The place of a document in the order in which a long list's positions stand.
    fn rank_of(&self, term: usize, doc: u32) -> Option<u32> {
        let term = &self.terms[term];
        let long = term.long.as_ref()?;
        let top = long.top.as_ref().unwrap_or(&term.postings.docs);
        if let Ok(at) = top.binary_search(&doc) {
            return Some(at as u32);
        }
        let number = long.chunk_of(doc)?;
        let before = top.len() as u32 + number as u32 * long.chunk_len;
        if let Some(Some(chunk)) = long.read.get(number) {
            return Some(before + chunk.docs.binary_search(&doc).ok()? as u32);
        }
        // The list is complete: of its documents from the chunk's first on, those not in the top.
        let first = long.chunks[number].first;
        let from = term.postings.docs.partition_point(|&other| other < first);
        let at = term.postings.docs.binary_search(&doc).ok()?;
        let in_top =
            top.partition_point(|&other| other < doc) - top.partition_point(|&other| other < first);
        Some(before + (at - from - in_top) as u32)
    }

    pub(crate) fn bytes_at(
        &mut self,
        shard: &Rc<Block>,
        place: Place,
        expected: Expected,
    ) -> Option<Stretch> {
        let Some(number) = place.block else {
            return Some(Stretch { block: Rc::clone(shard), place });
        };
        let Block::Shard(parsed) = &**shard else { return None };
        let blocks =
            if expected == Expected::Postings { &parsed.postings } else { &parsed.positions };
        let block = self.want(*blocks.get(number as usize)?, expected)?;
        Some(Stretch { block, place })
    }
}

/// Where reading stopped in the two units of positions that were used last: documents ascend in the
/// top and in the rest, so that no entry is passed over twice.
#[derive(Default)]
struct Units([Option<(u32, u32, usize)>; 2]);

impl Units {
    /// Adds the `at`th entry of a unit.
    fn entry(&mut self, number: u32, at: u32, bytes: &Stretch, into: &mut Positions) -> Option<()> {
        let known = self.0.iter().position(|held| held.is_some_and(|held| held.0 == number));
        let (mut passed, mut byte) = (0, 0);
        if let Some((_, before, from)) = known.and_then(|held| self.0[held])
            && before <= at
        {
            (passed, byte) = (before, from);
        }
        let mut reader = Reader::new(bytes.get(), byte);
        while passed < at {
            positions::read_entry(&mut reader, None).ok()?;
            passed += 1;
        }
        into.push(Some(&mut reader)).ok()?;
        let slot = known.unwrap_or_else(|| {
            self.0.swap(0, 1);
            0
        });
        self.0[slot] = Some((number, at + 1, reader.at()));
        Some(())
    }
}

/// Bytes in a shard or in a block of lists.
pub(crate) struct Stretch {
    block: Rc<Block>,
    place: Place,
}

impl Stretch {
    pub(crate) fn get(&self) -> &[u8] {
        match &*self.block {
            Block::Shard(shard) => shard.inline(self.place),
            block => block
                .bytes()
                .get(self.place.start as usize..self.place.end as usize)
                .unwrap_or_default(),
        }
    }
}
