//! Long lists: cut into a top and chunks when they are written.

use search_engine::format::blocks::Stream;
use search_engine::format::postings::{self, Postings};
use search_engine::format::root::{Rank, Version};
use search_engine::format::tiers::{self, Stretch, WrittenChunk};
use search_engine::format::{POSITIONS_TAG, POSTINGS_TAG};

use crate::dictionary::{Lists, Put};
use crate::document::{BlockSizes, IndexError};
use crate::fitting::fitting;
use crate::merge::{MergedTerm, to_u32};
use crate::pack::Blocks;

/// Terms that wait at most for a block of chunks to become full.
const PATIENCE: u32 = 4_096;

/// A long list, cut.
pub(crate) struct Cut {
    top: Postings,
    chunks: Vec<WrittenChunk>,
    /// Chunks as they are written, until they are laid.
    written: Vec<Vec<u8>>,
    unit_lens: Vec<u32>,
    /// Units of positions likewise.
    units: Vec<Vec<u8>>,
}

impl Cut {
    /// Cuts a list.
    pub(crate) fn new(term: &MergedTerm, rank: &Rank) -> Self {
        let (top, rest) = tiers::split(&term.impacts, rank.tier as usize);
        let pick = |places: &[u32]| Postings {
            docs: places.iter().map(|&at| term.docs[at as usize]).collect(),
            impacts: places.iter().map(|&at| term.impacts[at as usize]).collect(),
        };
        let chunk_len = tiers::chunk_len(rank, Version::Three, to_u32(term.docs.len()));
        let (mut chunks, mut written) = (Vec::new(), Vec::new());
        for places in rest.chunks(chunk_len as usize) {
            let chunk = pick(places);
            let first = chunk.docs[0];
            let mut bytes = Vec::new();
            postings::write_from(&mut bytes, &chunk, first);
            let greatest = chunk.impacts.iter().max().copied().unwrap_or(0);
            chunks.push(WrittenChunk { first, greatest, len: to_u32(bytes.len()) });
            written.push(bytes);
        }
        let mut units: Vec<Vec<u8>> = Vec::new();
        if !term.position_ends.is_empty() {
            let unit = tiers::unit(chunk_len) as usize;
            for places in top.chunks(unit).chain(rest.chunks(unit)) {
                let entries = places.iter().flat_map(|&at| term.entry(at as usize));
                units.push(fitting(entries.copied().collect()));
            }
        }
        let unit_lens = units.iter().map(|unit| to_u32(unit.len())).collect();
        Self { top: pick(&top), chunks, written, unit_lens, units }
    }
}

/// Where the chunks of a list, and the units of its positions, were laid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Laid {
    postings: Span,
    positions: Option<Span>,
}

/// The first and the last of what was laid.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: Put,
    last: usize,
}

/// Chunks of long lists, which share blocks.
pub(crate) struct Chunks {
    postings: Lists,
    positions: Lists,
    sizes: BlockSizes,
}

impl Chunks {
    /// Chunks in blocks of these sizes.
    pub(crate) fn new(sizes: BlockSizes) -> Self {
        Self {
            postings: Lists::new(Stream::PostingChunks, POSTINGS_TAG, PATIENCE),
            positions: Lists::new(Stream::PositionChunks, POSITIONS_TAG, PATIENCE),
            sizes,
        }
    }

    /// Lays the chunks of a list behind those before.
    pub(crate) fn lay(&mut self, cut: &mut Cut) -> Laid {
        let postings = span(&mut self.postings, &mut cut.written, self.sizes);
        let positions = span(&mut self.positions, &mut cut.units, self.sizes);
        Laid { postings: postings.expect("a cut list has a rest"), positions }
    }

    /// Takes note of a term: many wait for heads, which wait for blocks to be full.
    pub(crate) fn pass(&mut self) {
        self.postings.pass();
        self.positions.pass();
    }

    /// Closes the blocks that are being filled.
    pub(crate) fn close(&mut self) {
        self.postings.close();
        self.positions.close();
    }

    /// Writes full blocks.
    pub(crate) fn flush(&mut self, blocks: &mut Blocks<'_>) -> Result<(), IndexError> {
        self.postings.flush(blocks)?;
        self.positions.flush(blocks)
    }

    /// Whether the blocks of a list are written.
    pub(crate) fn has(&self, laid: Laid) -> bool {
        laid.postings.last < self.postings.refs.len()
            && laid.positions.is_none_or(|span| span.last < self.positions.refs.len())
    }

    /// The heads of a list's postings and positions, which take the place of a short list's.
    pub(crate) fn heads(&self, cut: &Cut, laid: Laid) -> (Vec<u8>, Vec<u8>) {
        let postings = tiers::write(&cut.top, stretch(&self.postings, laid.postings), &cut.chunks);
        let positions = laid.positions.map_or_else(Vec::new, |span| {
            tiers::write_positions(stretch(&self.positions, span), &cut.unit_lens)
        });
        (postings, positions)
    }
}

/// Lays parts end to end, and keeps none.
fn span(lists: &mut Lists, parts: &mut Vec<Vec<u8>>, sizes: BlockSizes) -> Option<Span> {
    let within = block_len(parts.iter().map(Vec::len).sum(), sizes);
    let puts: Vec<Put> = parts.drain(..).map(|part| lists.put(&part, within)).collect();
    puts.first().zip(puts.last()).map(|(&first, last)| Span { first, last: last.block })
}

/// Size of the blocks of a list of so many bytes. A head names each block in some 20 bytes, and a
/// question reads a dozen of them: the sum of both is least at about the root of the list's length.
fn block_len(list: usize, sizes: BlockSizes) -> usize {
    (list * 2).isqrt().max(sizes.parts).min(sizes.lists)
}

fn stretch(lists: &Lists, span: Span) -> Stretch<'_> {
    Stretch { blocks: &lists.refs[span.first.block..=span.last], at: span.first.at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_parts_grow_with_the_list() {
        let sizes = BlockSizes { lists: 2 << 10, parts: 512, ..BlockSizes::default() };
        assert_eq!(block_len(60_000, sizes), 512);
        assert_eq!(block_len(500_000, sizes), 1_000);
        assert_eq!(block_len(50_000_000, sizes), 2 << 10);
        assert_eq!(block_len(1, BlockSizes::default()), BlockSizes::default().lists);
    }
}
