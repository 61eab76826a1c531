//! Long lists: cut into a top and chunks when they are written.

use search_engine::format::blocks::{BlockRef, Stream};
use search_engine::format::postings::{self, Postings};
use search_engine::format::tiers::{self, WrittenChunk};
use search_engine::format::{POSITIONS_TAG, POSTINGS_TAG};

use crate::dictionary::payloads;
use crate::document::{BlockSizes, IndexError};
use crate::merge::{MergedTerm, to_u32};
use crate::pack::Blocks;

/// A long list, cut: its blocks, and what its heads state beside them.
///
/// Each list begins blocks of its own, so that its heads can be written at once.
pub(crate) struct Cut {
    top: Postings,
    chunks: Vec<WrittenChunk>,
    posting_blocks: Vec<Vec<u8>>,
    position_lens: Vec<u32>,
    position_blocks: Vec<Vec<u8>>,
}

/// Cuts a list.
pub(crate) fn cut(term: &MergedTerm, sizes: BlockSizes) -> Cut {
    let (top, rest) = tiers::split(&term.impacts, sizes.tier as usize);
    let pick = |places: &[u32]| Postings {
        docs: places.iter().map(|&at| term.docs[at as usize]).collect(),
        impacts: places.iter().map(|&at| term.impacts[at as usize]).collect(),
    };
    let (mut chunks, mut written) = (Vec::new(), Vec::new());
    for places in rest.chunks(sizes.chunk as usize) {
        let chunk = pick(places);
        let first = chunk.docs[0];
        let mut bytes = Vec::new();
        postings::write_from(&mut bytes, &chunk, first);
        let greatest = chunk.impacts.iter().max().copied().unwrap_or(0);
        chunks.push(WrittenChunk { first, greatest, len: to_u32(bytes.len()) });
        written.push(bytes);
    }
    let posting_blocks = payloads(POSTINGS_TAG, sizes.lists, &written);
    let top_postings = pick(&top);
    let mut units = Vec::new();
    if !term.position_ends.is_empty() {
        let order: Vec<u32> = top.into_iter().chain(rest).collect();
        for places in order.chunks(tiers::unit(sizes.chunk) as usize) {
            let entries = places.iter().flat_map(|&at| term.entry(at as usize));
            units.push(entries.copied().collect::<Vec<u8>>());
        }
    }
    Cut {
        top: top_postings,
        chunks,
        posting_blocks,
        position_lens: units.iter().map(|unit| to_u32(unit.len())).collect(),
        position_blocks: payloads(POSITIONS_TAG, sizes.lists, &units),
    }
}

/// Writes a cut list's blocks; returns the heads of its postings and positions, which take the
/// place of a short list's.
pub(crate) fn write(cut: &Cut, blocks: &mut Blocks<'_>) -> Result<(Vec<u8>, Vec<u8>), IndexError> {
    let mut add = |stream, payloads: &[Vec<u8>]| -> Result<Vec<BlockRef>, IndexError> {
        blocks.add(stream, payloads, "a chunk of postings")
    };
    let refs = add(Stream::PostingChunks, &cut.posting_blocks)?;
    let head = tiers::write(&cut.top, &refs, &cut.chunks);
    if cut.position_lens.is_empty() {
        return Ok((head, Vec::new()));
    }
    let refs = add(Stream::PositionChunks, &cut.position_blocks)?;
    Ok((head, tiers::write_positions(&refs, &cut.position_lens)))
}
