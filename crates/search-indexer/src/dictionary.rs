//! The dictionary: terms as they come in order to blocks of lists, and shards that point to them.

use std::collections::VecDeque;

use rayon::prelude::*;
use search_engine::format::blocks::{BlockRef, Stream};
use search_engine::format::postings::{self, Postings};
use search_engine::format::root::Rank;
use search_engine::format::shard::{self, Head, ListPlace};
use search_engine::format::tables;
use search_engine::format::{POSITIONS_TAG, POSTINGS_TAG};

use crate::document::{BlockSizes, IndexError};
use crate::fitting::fitting;
use crate::merge::{MergedTerm, to_u32};
use crate::pack::{self, Blocks};
use crate::tiers::{Chunks, Cut, Laid};

/// Terms that wait at most for a block of lists to become full: they are held in memory, and there are
/// millions that have no list in a block.
const PATIENCE: u32 = 1 << 16;

/// Words from which on frequent ones are also written backwards: the shards of fewer are all read for a
/// mistyped word.
const BACKWARDS_FROM: u32 = 2_048;
/// Letters of the shortest such word.
const LEAST_LETTERS: usize = 3;

/// Writes shards and lists while terms come in.
pub(crate) struct Dictionary<'a, 'b> {
    blocks: &'a mut Blocks<'b>,
    sizes: BlockSizes,
    rank: Rank,
    postings: Lists,
    positions: Lists,
    chunks: Chunks,
    /// Terms in order, from the first on whose chunks are not written yet.
    held: VecDeque<(Encoded, Option<Laid>)>,
    /// Terms of the shard that is being filled, and their bytes in it.
    open: Vec<Placed>,
    open_len: usize,
    /// Blocks of lists that were begun.
    begun: usize,
    /// Full shards, until the blocks are written that they point to.
    waiting: VecDeque<Vec<Placed>>,
    shards: Vec<(Vec<u8>, BlockRef)>,
    n_terms: u32,
    n_words: u32,
    /// Documents from which on a word is frequent.
    frequent_from: u32,
    /// Frequent words backwards, with their documents, until their turn comes.
    backwards: Vec<(Vec<u8>, u32)>,
}

/// A term with the places of its lists; `None` for those in the shard.
struct Placed {
    term: Vec<u8>,
    lists: shard::Lists,
    postings: Option<Put>,
    positions: Option<Put>,
}

impl<'a, 'b> Dictionary<'a, 'b> {
    pub(crate) fn new(
        blocks: &'a mut Blocks<'b>,
        sizes: BlockSizes,
        rank: Rank,
        n_docs: u32,
    ) -> Self {
        Self {
            frequent_from: (n_docs >> 12).max(8),
            backwards: Vec::new(),
            n_words: 0,
            blocks,
            sizes,
            rank,
            chunks: Chunks::new(sizes),
            held: VecDeque::new(),
            postings: Lists::new(Stream::Postings, POSTINGS_TAG, PATIENCE),
            positions: Lists::new(Stream::Positions, POSITIONS_TAG, PATIENCE),
            open: Vec::new(),
            open_len: 0,
            begun: 0,
            waiting: VecDeque::new(),
            shards: Vec::new(),
            n_terms: 0,
        }
    }

    /// Adds the next terms.
    pub(crate) fn add(&mut self, terms: Vec<MergedTerm>) -> Result<(), IndexError> {
        self.n_terms += to_u32(terms.len());
        let rank = self.rank;
        let encoded: Vec<Encoded> =
            terms.into_par_iter().map(|term| Encoded::new(term, &rank)).collect();
        for mut encoded in encoded {
            match encoded.term.first() {
                Some(&shard::WORDS) => self.note_frequent(&encoded),
                Some(&namespace) if namespace > shard::BACKWARDS => self.turn_back(),
                _ => {}
            }
            let laid = encoded.cut.as_mut().map(|cut| self.chunks.lay(cut));
            self.hold(encoded, laid);
        }
        self.chunks.flush(self.blocks)?;
        self.release();
        self.flush()
    }

    fn hold(&mut self, encoded: Encoded, laid: Option<Laid>) {
        self.held.push_back((encoded, laid));
        self.chunks.pass();
    }

    fn note_frequent(&mut self, word: &Encoded) {
        self.n_words += 1;
        if word.lists.n_docs < self.frequent_from {
            return;
        }
        let text = std::str::from_utf8(&word.term[1..]).unwrap_or_default();
        if text.chars().all(char::is_alphabetic) && text.chars().count() >= LEAST_LETTERS {
            let turned: String = text.chars().rev().collect();
            let term = [&[shard::BACKWARDS], turned.as_bytes()].concat();
            self.backwards.push((term, word.lists.n_docs));
        }
    }

    /// Adds the frequent words backwards, once, before the terms that come after them.
    fn turn_back(&mut self) {
        let mut words = std::mem::take(&mut self.backwards);
        if self.n_words < BACKWARDS_FROM {
            return;
        }
        words.sort_unstable();
        for (term, n_docs) in words {
            let lists = shard::Lists { n_docs, ..shard::Lists::default() };
            self.hold(Encoded { term, lists, cut: None }, None);
        }
    }

    /// Places the terms whose heads can be written.
    fn release(&mut self) {
        while let Some((Encoded { term, mut lists, cut }, laid)) =
            self.held.pop_front_if(|(_, laid)| laid.is_none_or(|laid| self.chunks.has(laid)))
        {
            if let Some((cut, laid)) = cut.as_ref().zip(laid) {
                (lists.postings, lists.positions) = self.chunks.heads(cut, laid);
            }
            self.place(term, lists, cut.is_some());
        }
    }

    fn place(&mut self, term: Vec<u8>, mut lists: shard::Lists, is_cut: bool) {
        let lists_len = lists.postings.len() + lists.positions.len();
        let is_inline = !is_cut && lists_len <= self.sizes.inline;
        self.postings.pass();
        self.positions.pass();
        let (mut postings, mut positions) = (None, None);
        if !is_inline {
            lists.place = ListPlace::Blocks;
            let within = self.sizes.lists;
            postings = Some(self.postings.put(&lists.postings, within));
            positions =
                (!lists.positions.is_empty()).then(|| self.positions.put(&lists.positions, within));
        }
        // Half of a term is shared with its neighbours; a block is named in some 20 bytes.
        let begun = self.postings.n_blocks() + self.positions.n_blocks();
        let named = 20 * (begun - std::mem::replace(&mut self.begun, begun));
        let len = term.len() / 2 + 3 + named + if is_inline { lists_len } else { 0 };
        if !self.open.is_empty() && self.open_len + len > self.sizes.shard {
            self.waiting.push_back(std::mem::take(&mut self.open));
            self.open_len = 0;
        }
        self.open_len += len;
        self.open.push(Placed { term, lists, postings, positions });
    }

    /// Writes the lists' full blocks, and the shards that point to written ones alone.
    fn flush(&mut self) -> Result<(), IndexError> {
        self.postings.flush(self.blocks)?;
        self.positions.flush(self.blocks)?;
        let is_ready = |shard: &&Vec<Placed>| {
            let last = |put: fn(&Placed) -> Option<Put>| shard.iter().rev().find_map(put);
            last(|placed| placed.postings).is_none_or(|put| put.block < self.postings.refs.len())
                && last(|placed| placed.positions)
                    .is_none_or(|put| put.block < self.positions.refs.len())
        };
        let ready = self.waiting.iter().take_while(is_ready).count();
        let ready: Vec<Vec<Placed>> = self.waiting.drain(..ready).collect();
        let (postings, positions) = (&self.postings.refs, &self.positions.refs);
        let payloads: Vec<Vec<u8>> =
            ready.par_iter().map(|shard| write_shard(shard, postings, positions)).collect();
        let refs = self.blocks.add(Stream::Shards, &payloads, "a dictionary shard")?;
        let firsts = ready.into_iter().map(|mut shard| shard.swap_remove(0).term);
        self.shards.extend(firsts.zip(refs));
        Ok(())
    }

    /// Writes the rest; returns the table of shards and the number of terms.
    pub(crate) fn finish(mut self) -> Result<(tables::Dictionary, u32), IndexError> {
        self.turn_back();
        self.chunks.close();
        self.chunks.flush(self.blocks)?;
        self.release();
        if !self.open.is_empty() {
            self.waiting.push_back(std::mem::take(&mut self.open));
        }
        self.postings.close();
        self.positions.close();
        self.flush()?;
        Ok((self.blocks.dictionary(&self.shards, self.sizes.root_blocks)?, self.n_terms))
    }
}

/// A term with its lists as they are written; the lists of a cut one are its heads, which are
/// known when its blocks are.
struct Encoded {
    term: Vec<u8>,
    lists: shard::Lists,
    cut: Option<Cut>,
}

impl Encoded {
    fn new(term: MergedTerm, rank: &Rank) -> Self {
        let mut lists = shard::Lists { n_docs: to_u32(term.docs.len()), ..shard::Lists::default() };
        if lists.n_docs > rank.tier {
            let cut = Some(Cut::new(&term, rank));
            return Self { term: term.term, lists, cut };
        }
        let MergedTerm { term, docs, impacts, positions, .. } = term;
        postings::write(&mut lists.postings, &Postings { docs, impacts });
        lists.positions = fitting(positions);
        Self { term, lists, cut: None }
    }
}

fn write_shard(terms: &[Placed], postings: &[BlockRef], positions: &[BlockRef]) -> Vec<u8> {
    let numbered = terms.iter().zip(0..).map(|(placed, number)| (placed.term.as_slice(), number));
    let fst = pack::transducer(numbered);
    let puts: Vec<Put> = terms.iter().filter_map(|placed| placed.postings).collect();
    let (postings, first_posting) = used(&puts, postings);
    let puts: Vec<Put> = terms.iter().filter_map(|placed| placed.positions).collect();
    let (positions, first_position) = used(&puts, positions);
    let lists: Vec<shard::Lists> = terms.iter().map(|placed| placed.lists.clone()).collect();
    shard::write(&Head { fst: &fst, postings, positions, first_posting, first_position }, &lists)
}

/// The blocks that hold consecutive lists, and where the first list begins.
fn used<'a>(puts: &[Put], blocks: &'a [BlockRef]) -> (&'a [BlockRef], u32) {
    match (puts.first(), puts.last()) {
        (Some(first), Some(last)) => (&blocks[first.block..=last.block], first.at),
        _ => (&[], 1),
    }
}

/// Where a list was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Put {
    /// Number of the block.
    pub(crate) block: usize,
    /// Offset in its payload.
    pub(crate) at: u32,
}

/// Lists laid end to end in blocks; none crosses blocks.
pub(crate) struct Lists {
    stream: Stream,
    tag: u8,
    /// Terms after which an open block is closed if none of them had a list for it.
    patience: u32,
    passed: u32,
    open: Vec<u8>,
    /// Full blocks that are not written yet.
    full: Vec<Vec<u8>>,
    /// Those that are.
    pub(crate) refs: Vec<BlockRef>,
}

impl Lists {
    /// Lists in blocks of a stream that begin with `tag`.
    pub(crate) fn new(stream: Stream, tag: u8, patience: u32) -> Self {
        let (full, refs) = (Vec::new(), Vec::new());
        Self { stream, tag, patience, passed: 0, open: vec![tag], full, refs }
    }

    /// Takes note of a term: what follows waits for the block that is open.
    pub(crate) fn pass(&mut self) {
        self.passed += 1;
        if self.passed == self.patience {
            self.close();
        }
    }

    /// Appends a list where the block has no more than `block_len` bytes then, else in a new one.
    pub(crate) fn put(&mut self, list: &[u8], block_len: usize) -> Put {
        if self.open.len() > 1 && self.open.len() + list.len() > block_len {
            self.close();
        }
        self.passed = 0;
        let put = Put { block: self.n_blocks(), at: to_u32(self.open.len()) };
        self.open.extend_from_slice(list);
        put
    }

    /// Blocks that are full.
    fn n_blocks(&self) -> usize {
        self.refs.len() + self.full.len()
    }

    /// Closes the block that is being filled.
    pub(crate) fn close(&mut self) {
        if self.open.len() > 1 {
            self.full.push(std::mem::replace(&mut self.open, vec![self.tag]));
        }
    }

    /// Writes full blocks.
    pub(crate) fn flush(&mut self, blocks: &mut Blocks<'_>) -> Result<(), IndexError> {
        let full = std::mem::take(&mut self.full);
        self.refs.extend(blocks.add(self.stream, &full, "a list of postings")?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_never_cross_blocks() {
        let mut lists = Lists::new(Stream::Postings, b'P', 9);
        let puts: Vec<_> =
            [4, 4, 4, 30, 1].iter().map(|&len| lists.put(&vec![0; len], 10)).collect();
        let places: Vec<_> = puts.iter().map(|put| (put.block, put.at)).collect();
        assert_eq!(places, [(0, 1), (0, 5), (1, 1), (2, 1), (3, 1)]);
    }

    #[test]
    fn a_block_does_not_wait_for_lists_for_ever() {
        let mut lists = Lists::new(Stream::Positions, b'X', 3);
        let mut add = |len: usize| {
            lists.pass();
            (len > 0).then(|| lists.put(&vec![0; len], 100).block)
        };
        let blocks: Vec<_> = [1, 0, 1, 0, 0, 1].into_iter().map(&mut add).collect();
        assert_eq!(blocks[2], Some(0), "others came between, not too many");
        assert_eq!(blocks[5], Some(1), "so many that the block was closed");
    }
}
