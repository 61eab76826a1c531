//! Long lists: cut into a top and chunks when they are written.

use search_engine::format::blocks::Stream;
use search_engine::format::postings::{self, Postings};
use search_engine::format::tiers::{self, WrittenChunk};
use search_engine::format::{POSITIONS_TAG, POSTINGS_TAG, positions};

use crate::document::{BlockSizes, IndexError};
use crate::order::to_u32;
use crate::pack::{Blocks, Lists};

/// Writes a long list's chunks into blocks; returns the heads of its postings and positions, which
/// take the place of a short list's.
///
/// - `list`: the written list, whole; `positions`: its positions, end to end, or none.
/// - Each list begins blocks of its own, so that its head can be written at once.
pub(crate) fn write(
    list: &Postings,
    positions: &[u8],
    sizes: BlockSizes,
    blocks: &mut Blocks,
) -> Result<(Vec<u8>, Vec<u8>), IndexError> {
    let (top, rest) = tiers::split(&list.impacts, sizes.tier as usize);
    let pick = |places: &[u32]| Postings {
        docs: places.iter().map(|&at| list.docs[at as usize]).collect(),
        impacts: places.iter().map(|&at| list.impacts[at as usize]).collect(),
    };
    let mut lists = Lists::new(Stream::PostingChunks, POSTINGS_TAG, sizes.lists);
    let mut chunks = Vec::new();
    for places in rest.chunks(sizes.chunk as usize) {
        let chunk = pick(places);
        let first = chunk.docs[0];
        let mut bytes = Vec::new();
        postings::write_from(&mut bytes, &chunk, first);
        lists.put(&bytes);
        let greatest = chunk.impacts.iter().max().copied().unwrap_or(0);
        chunks.push(WrittenChunk { first, greatest, len: to_u32(bytes.len()) });
    }
    let head = tiers::write(&pick(&top), &lists.finish(blocks)?, &chunks);
    if positions.is_empty() {
        return Ok((head, Vec::new()));
    }
    let entries = positions::entries(positions).expect("positions were written by this build");
    let mut lists = Lists::new(Stream::PositionChunks, POSITIONS_TAG, sizes.lists);
    let mut lens = Vec::new();
    let order: Vec<u32> = top.into_iter().chain(rest).collect();
    for places in order.chunks(tiers::unit(sizes.chunk) as usize) {
        let unit: Vec<u8> = places.iter().flat_map(|&at| entries[at as usize]).copied().collect();
        lists.put(&unit);
        lens.push(to_u32(unit.len()));
    }
    Ok((head, tiers::write_positions(&lists.finish(blocks)?, &lens)))
}
