//! Long lists: the documents of greatest impact first, the rest in chunks.
//!
//! A list of more documents than the root's `tier` is not read whole. Its head holds the `tier`
//! documents of greatest impact (among equals those with the lowest numbers) and says what each
//! chunk of the rest can hold; most questions need little more than the head.
//!
//! ```bnf
//! head      ::= blocks at:varint first:varint{n} greatest:u8{n} len:varint{n} top:list
//! positions ::= blocks at:varint len:varint{units}
//! ```
//! A chunk is a list of the next documents of the rest, numbers counted from its first; `n` chunks
//! hold all of them: of the root's `chunk` documents, or as often twice that as it takes for no more
//! than 512. `first` is the distance from the first document of the chunk before.
//! Chunks stand end to end in the blocks of the stream of chunks, from byte `at` of the first on;
//! none crosses blocks, and short lists share them. `top` is a list as in
//! [`postings`](super::postings).
//!
//! Positions are cut into units of a quarter of a chunk, first those of the top, then those of the
//! rest; units stand in blocks as chunks do.
//!
//! In version 2 chunks were all of the root's size, and those of each list began blocks of their own:
//! there was no `at`.

use alloc::vec::Vec;

use super::FormatError;
use super::blocks::{self, BlockRef, Stream};
use super::postings::{self, Postings};
use super::root::{Rank, Version};
use super::shard::{Cursor, Place};
use super::wire::{self, Reader};

/// Most chunks of a list; longer lists have longer chunks.
const MAX_CHUNKS: u32 = 512;

/// The head of a long list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Documents of greatest impact.
    pub top: Postings,
    /// Chunks of the rest, in order.
    pub chunks: Vec<Chunk>,
    /// Documents of each chunk, the last of the rest.
    pub chunk_len: u32,
    /// Blocks of the chunks.
    pub blocks: Vec<BlockRef>,
}

/// What a head tells of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// First document.
    pub first: u32,
    /// Number of documents.
    pub n_docs: u32,
    /// Greatest impact of any.
    pub greatest: u8,
    /// Where it is.
    pub place: Place,
}

/// A chunk to be written into a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenChunk {
    /// First document.
    pub first: u32,
    /// Greatest impact.
    pub greatest: u8,
    /// Length in bytes.
    pub len: u32,
}

/// Places in a list of its documents of greatest impact and of the rest; both ascend.
pub fn split(impacts: &[u8], tier: usize) -> (Vec<u32>, Vec<u32>) {
    let mut counts = [0_usize; 256];
    for &impact in impacts {
        counts[usize::from(impact)] += 1;
    }
    // The least impact that is in the top, and how many of it are.
    let (mut least, mut left) = (255, tier);
    while least > 0 && counts[least] <= left {
        left -= counts[least];
        least -= 1;
    }
    let (mut top, mut rest) = (Vec::with_capacity(tier), Vec::new());
    for (at, &impact) in impacts.iter().enumerate() {
        let impact = usize::from(impact);
        if impact > least || impact == least && left > 0 {
            left -= usize::from(impact == least);
            top.push(at as u32);
        } else {
            rest.push(at as u32);
        }
    }
    (top, rest)
}

/// Documents of each chunk of a list of `len` documents, the last of the rest.
pub fn chunk_len(rank: &Rank, version: Version, len: u32) -> u32 {
    let mut chunk = rank.chunk.max(1);
    let rest = len.saturating_sub(rank.tier);
    while version == Version::Three && rest.div_ceil(chunk) > MAX_CHUNKS {
        chunk *= 2;
    }
    chunk
}

/// Blocks of chunks, and where the first chunk begins in the first of them.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The blocks.
    pub blocks: &'a [BlockRef],
    /// Offset in the payload of the first.
    pub at: u32,
}

impl Stretch<'_> {
    fn write(self, out: &mut Vec<u8>) {
        blocks::write(out, self.blocks);
        wire::put_varint(out, self.at);
    }
}

fn read_stretch(
    reader: &mut Reader<'_>,
    stream: Stream,
    version: Version,
) -> Result<(Vec<BlockRef>, Cursor), FormatError> {
    let blocks = blocks::read(reader, stream)?;
    let at = if version == Version::Two { 1 } else { reader.varint("place of chunks")? };
    Ok((blocks, Cursor::new(at)))
}

/// Writes the head of a long list.
pub fn write(top: &Postings, stretch: Stretch<'_>, chunks: &[WrittenChunk]) -> Vec<u8> {
    let mut out = Vec::new();
    stretch.write(&mut out);
    let mut last = 0;
    for chunk in chunks {
        wire::put_varint(&mut out, chunk.first - last);
        last = chunk.first;
    }
    out.extend(chunks.iter().map(|chunk| chunk.greatest));
    for chunk in chunks {
        wire::put_varint(&mut out, chunk.len);
    }
    postings::write(&mut out, top);
    out
}

/// Reads the head of a list of `len` documents below `n_docs`.
///
/// # Errors
/// When it ends early or its parts do not fit together.
pub fn read(
    bytes: &[u8],
    len: u32,
    n_docs: u32,
    (rank, version): (&Rank, Version),
) -> Result<Head, FormatError> {
    let (tier, chunk_len) = (rank.tier, chunk_len(rank, version, len));
    let mut reader = Reader::new(bytes, 0);
    if len > n_docs || len <= tier {
        return Err(reader.invalid("document count"));
    }
    let (blocks, mut cursor) = read_stretch(&mut reader, Stream::PostingChunks, version)?;
    let rest = len - tier;
    let count = rest.div_ceil(chunk_len) as usize;
    if count > reader.left() {
        return Err(reader.truncated("chunks"));
    }
    let mut chunks = Vec::with_capacity(count);
    let mut first = 0_u32;
    for i in 0..count {
        first = first.saturating_add(reader.varint("chunk")?);
        if first >= n_docs || i > 0 && chunks.last().is_some_and(|last: &Chunk| last.first >= first)
        {
            return Err(reader.invalid("chunk"));
        }
        let n_docs = chunk_len.min(rest - i as u32 * chunk_len);
        let place = Place { block: None, start: 0, end: 0 };
        chunks.push(Chunk { first, n_docs, greatest: 0, place });
    }
    for chunk in &mut chunks {
        chunk.greatest = reader.byte("greatest impact")?;
    }
    for chunk in &mut chunks {
        let len = reader.varint("length of a chunk")?;
        chunk.place = cursor.take(&blocks, len, &reader)?;
    }
    let top = postings::read(&bytes[reader.at()..], tier, n_docs)?;
    Ok(Head { top, chunks, chunk_len, blocks })
}

/// Documents of a unit of positions.
pub fn unit(chunk: u32) -> u32 {
    (chunk / 4).max(1)
}

/// Writes the head of a long list's positions, from the lengths of its units.
pub fn write_positions(stretch: Stretch<'_>, lens: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    stretch.write(&mut out);
    for &len in lens {
        wire::put_varint(&mut out, len);
    }
    out
}

/// Blocks of a long list's positions, and the place of each of its `units`.
///
/// # Errors
/// When it ends early or its parts do not fit together.
pub fn read_positions(
    bytes: &[u8],
    units: u32,
    version: Version,
) -> Result<(Vec<BlockRef>, Vec<Place>), FormatError> {
    let mut reader = Reader::new(bytes, 0);
    let (blocks, mut cursor) = read_stretch(&mut reader, Stream::PositionChunks, version)?;
    if units as usize > reader.left() {
        return Err(reader.truncated("units of positions"));
    }
    let mut places = Vec::with_capacity(units as usize);
    for _ in 0..units {
        let len = reader.varint("length of a unit")?;
        places.push(cursor.take(&blocks, len, &reader)?);
    }
    Ok((blocks, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_top_outweighs_the_rest(impacts in vec(1_u8..9, 5..80), tier in 1_usize..5) {
            let (top, rest) = split(&impacts, tier);
            prop_assert_eq!(top.len(), tier);
            prop_assert_eq!(top.len() + rest.len(), impacts.len());
            let of = |at: &u32| (impacts[*at as usize], core::cmp::Reverse(*at));
            let least = top.iter().map(of).min().unwrap();
            prop_assert!(rest.iter().all(|at| of(at) < least));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), len in 0_u32..200) {
            let rank = Rank { tier: 16, chunk: 4, ..Rank::default() };
            for version in [Version::Two, Version::Three] {
                let _ = read(&bytes, len, 150, (&rank, version));
                let _ = read_positions(&bytes, len, version);
            }
        }
    }
}
