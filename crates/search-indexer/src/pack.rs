//! Packing: payloads to block files, compressed on all processors and handed on as they are made.

use std::collections::{BTreeMap, BTreeSet};

use flate2::{Compress, Compression, FlushCompress, Status};
use rayon::prelude::*;
use search_engine::format::blocks::{self, BlockRef, Stream};
use search_engine::format::root::{Pack, Places};
use search_engine::format::tables::{Dictionary, MAX_HEIGHT, Store};
use search_engine::format::{
    Digest, MAX_INFLATED, MAX_PACK, MAX_RATIO, POSITIONS_TAG, POSTINGS_TAG, frame, shard,
};
use sha2::{Digest as _, Sha256};

use crate::document::{BlockFile, IndexError, IndexOptions, Output, Transport};
use crate::merge::to_u32;
use crate::scratch::{Cursor, Scratch};

/// Most blocks of a table that is not in the root: a question reads whole tables.
pub(crate) const PER_TABLE: usize = 64;

/// A block, and what a table says of it beside where it is.
type Row<T> = (T, BlockRef);

/// Blocks of an index that is being written.
pub(crate) struct Blocks<'a> {
    output: &'a dyn Output,
    /// Length of each stream.
    lens: [u64; Stream::ALL.len()],
    /// Names of the files written.
    files: BTreeSet<[u8; 8]>,
    packing: Option<Packing>,
    /// What the blocks of a stream go on from.
    presets: BTreeMap<Stream, Vec<u8>>,
}

/// Streams, which packs hold one after the other, until all are whole.
struct Packing {
    max_len: u32,
    streams: Vec<Scratch>,
    /// Lengths of the blocks of each.
    block_lens: [Vec<u32>; Stream::ALL.len()],
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(output: &'a dyn Output, options: &IndexOptions) -> Self {
        let packing = match options.transport {
            Transport::Files => None,
            Transport::Packs { max_len } => Some(Packing {
                max_len: max_len.min(MAX_PACK),
                streams: Stream::ALL
                    .iter()
                    .map(|_| Scratch::new(&options.scratch_folder(), options.memory_bytes / 64))
                    .collect(),
                block_lens: std::array::from_fn(|_| Vec::new()),
            }),
        };
        Self {
            output,
            lens: [0; Stream::ALL.len()],
            files: BTreeSet::new(),
            packing,
            presets: BTreeMap::new(),
        }
    }

    /// Adds blocks to a stream; `what` names one in errors.
    pub(crate) fn add(
        &mut self,
        stream: Stream,
        payloads: &[Vec<u8>],
        what: &str,
    ) -> Result<Vec<BlockRef>, IndexError> {
        let preset = self.presets.get(&stream).map_or(&[][..], Vec::as_slice);
        let packed: Vec<(BlockFile, BlockRef)> = payloads
            .par_iter()
            .map(|payload| {
                let (file, block) = file(payload, preset, what)?;
                if self.packing.is_none() {
                    self.output.put(&file).map_err(IndexError::Output)?;
                }
                Ok((file, block))
            })
            .collect::<Result<_, IndexError>>()?;
        self.place(stream, packed)
    }

    /// Adds what the blocks of a stream that come from now on go on from.
    pub(crate) fn preset(
        &mut self,
        stream: Stream,
        preset: Vec<u8>,
    ) -> Result<BlockRef, IndexError> {
        let written = preset_file(&preset);
        if self.packing.is_none() {
            self.output.put(&written.0).map_err(IndexError::Output)?;
        }
        let refs = self.place(Stream::Tables, vec![written])?;
        self.presets.insert(stream, preset);
        Ok(refs[0])
    }

    fn place(
        &mut self,
        stream: Stream,
        packed: Vec<(BlockFile, BlockRef)>,
    ) -> Result<Vec<BlockRef>, IndexError> {
        let mut refs = Vec::with_capacity(packed.len());
        for (file, block) in packed {
            let at = self.lens[stream as usize];
            self.lens[stream as usize] += u64::from(block.len);
            refs.push(BlockRef { at, stream, ..block });
            match &mut self.packing {
                None => {
                    self.files.insert(first_eight(&file.sha256));
                }
                Some(packing) => {
                    packing.streams[stream as usize].append(vec![file.bytes])?;
                    packing.block_lens[stream as usize].push(block.len);
                }
            }
        }
        Ok(refs)
    }

    /// Adds a table of documents: of its blocks, or of tables of its blocks, and so on, when these are
    /// more than `most`.
    pub(crate) fn store(
        &mut self,
        blocks: &[BlockRef],
        counts: &[u32],
        most: usize,
    ) -> Result<Store, IndexError> {
        let rows = counts.iter().copied().zip(blocks.iter().copied()).collect();
        let (rows, height) = self.tables(rows, most, |rows| {
            let table = store_of(rows);
            (table.n_docs, table.to_block())
        })?;
        Ok(Store { height, ..store_of(&rows) })
    }

    /// Adds the table of shards likewise; `shards` come with their first terms.
    pub(crate) fn dictionary(
        &mut self,
        shards: &[(Vec<u8>, BlockRef)],
        most: usize,
    ) -> Result<Dictionary, IndexError> {
        let (rows, height) = self.tables(shards.to_vec(), most, |rows| {
            (rows[0].0.clone(), dictionary_of(rows).to_block())
        })?;
        Ok(Dictionary { height, ..dictionary_of(&rows) })
    }

    /// Puts rows into tables, these into tables, and so on, while they are more than `most`; returns the
    /// rows that are left and how many tables stand below each. `table` makes one of some rows: what
    /// its own row says beside the block, and its payload.
    fn tables<T>(
        &mut self,
        mut rows: Vec<Row<T>>,
        most: usize,
        table: impl Fn(&[Row<T>]) -> (T, Vec<u8>),
    ) -> Result<(Vec<Row<T>>, u8), IndexError> {
        let mut height = 0;
        while rows.len() > most && height < MAX_HEIGHT {
            let greatest = PER_TABLE.min(most.max(4));
            // As files tables are few rather than short.
            let of = if self.packing.is_some() {
                per_table(rows.len(), most, greatest)
            } else {
                greatest
            };
            let parts = rows.chunks(of);
            let (says, payloads): (Vec<T>, Vec<Vec<u8>>) = parts.map(&table).unzip();
            let refs = self.add(Stream::Tables, &payloads, "a table of blocks")?;
            rows = says.into_iter().zip(refs).collect();
            height += 1;
        }
        Ok((rows, height))
    }

    /// Files written so far.
    pub(crate) fn n_files(&self) -> u64 {
        self.files.len() as u64
    }

    /// Bytes of each stream.
    pub(crate) fn lens(&self) -> &[u64; Stream::ALL.len()] {
        &self.lens
    }

    /// Ends writing; returns the number of files and where blocks are in them.
    pub(crate) fn finish(mut self) -> Result<(u32, Places), IndexError> {
        let mut places = Places { streams: self.lens, packs: Vec::new() };
        if let Some(packing) = self.packing.take() {
            let mut pack = Vec::new();
            for (scratch, block_lens) in packing.streams.into_iter().zip(&packing.block_lens) {
                let len = block_lens.iter().map(|&len| u64::from(len)).sum();
                let mut cursor = Cursor::new(&scratch.finish(), 0..len, 1 << 18);
                for &len in block_lens {
                    if !pack.is_empty() && pack.len() + len as usize > packing.max_len as usize {
                        self.close(&mut pack, &mut places)?;
                    }
                    pack.extend_from_slice(cursor.bytes(len as usize, "blocks")?);
                }
            }
            if !pack.is_empty() {
                self.close(&mut pack, &mut places)?;
            }
        }
        Ok((to_u32(self.files.len()), places))
    }

    fn close(&mut self, pack: &mut Vec<u8>, places: &mut Places) -> Result<(), IndexError> {
        let file = pack_file(std::mem::take(pack));
        let name = first_eight(&file.sha256);
        places.packs.push(Pack { name, len: to_u32(file.bytes.len()) });
        self.files.insert(name);
        self.output.put(&file).map_err(IndexError::Output)
    }
}

/// Blocks of each table: as few as it takes where tables stand no deeper than with the `greatest`, since a
/// question reads one table of each height for nearly every hit.
fn per_table(blocks: usize, most: usize, greatest: usize) -> usize {
    let left = |of: usize, height: u32| (0..height).fold(blocks, |left, _| left.div_ceil(of));
    let fits = |of: usize, height: u32| left(of, height) <= most;
    let height = (1..=u32::from(MAX_HEIGHT)).find(|&height| fits(greatest, height));
    height.and_then(|height| (2..greatest).find(|&of| fits(of, height))).unwrap_or(greatest)
}

fn store_of(rows: &[Row<u32>]) -> Store {
    let (counts, blocks): (Vec<u32>, Vec<BlockRef>) = rows.iter().copied().unzip();
    Store::new(blocks, &counts)
}

fn dictionary_of(blocks: &[(Vec<u8>, BlockRef)]) -> Dictionary {
    let firsts = blocks.iter().enumerate().map(|(i, (term, _))| (term.as_slice(), i as u64));
    Dictionary {
        keys: transducer(firsts),
        blocks: blocks.iter().map(|(_, block)| *block).collect(),
        ..Dictionary::default()
    }
}

/// The nodes of a transducer; its pairs come sorted.
pub(crate) fn transducer<'a>(pairs: impl Iterator<Item = (&'a [u8], u64)>) -> Vec<u8> {
    let fst = fst::raw::Fst::from_iter_map(pairs).expect("terms are sorted and distinct");
    search_engine::format::fst::nodes(fst.as_bytes()).to_vec()
}

fn pack_file(bytes: Vec<u8>) -> BlockFile {
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    BlockFile { name: blocks::name(&sha256, ".wbp"), bytes, sha256 }
}

fn first_eight(sha256: &[u8; 32]) -> [u8; 8] {
    std::array::from_fn(|i| sha256[i])
}

/// First half of a SHA-256.
fn half(sha256: &[u8; 32]) -> Digest {
    std::array::from_fn(|i| sha256[i])
}

/// A preset's file: its stream does not end, but stops at a byte.
fn preset_file(preset: &[u8]) -> (BlockFile, BlockRef) {
    named(framed(preset, &[], BEST, FlushCompress::Sync), preset)
}

/// For packed integers, which do not get smaller by trying harder (less than 0.1 %).
const FOR_INTEGERS: u32 = 6;
/// For texts in Latin letters: they are never larger than with [`BEST`], which looks for matches of three bytes.
const FOR_LATIN: u32 = 8;
/// For all else: a character of Han has three bytes.
const BEST: u32 = 9;

fn level(payload: &[u8]) -> u32 {
    if matches!(payload.first(), Some(&(POSTINGS_TAG | POSITIONS_TAG | shard::TAG))) {
        return FOR_INTEGERS;
    }
    let others = payload.iter().filter(|byte| !byte.is_ascii()).count();
    if others * 16 < payload.len() { FOR_LATIN } else { BEST }
}

/// A stored block of no bytes, from one byte's end to another's (RFC 1951, 3.2.4).
const EMPTY: [u8; 5] = [0, 0, 0, 0xFF, 0xFF];
/// A last block of no bytes, with fixed codes (RFC 1951, 3.2.6).
const LAST: [u8; 2] = [3, 0];

/// Frames and compresses a payload that goes on from a preset, or from nothing.
pub(crate) fn file(
    payload: &[u8],
    preset: &[u8],
    what: &str,
) -> Result<(BlockFile, BlockRef), IndexError> {
    if payload.len() > MAX_INFLATED as usize {
        let (found, limit) = (payload.len() as u64, MAX_INFLATED.into());
        return Err(IndexError::TooLarge { what: what.into(), found, limit });
    }
    let file = framed(payload, preset, level(payload), FlushCompress::Finish);
    Ok(named(file, payload))
}

/// Compressed; where that is so short that readers would take it for a bomb, drawn out with empty
/// blocks.
fn framed(payload: &[u8], preset: &[u8], level: u32, flush: FlushCompress) -> Vec<u8> {
    let least = payload.len() / MAX_RATIO as usize;
    let file = deflated(payload, preset, level, flush);
    if file.len() >= least {
        return file;
    }
    let mut file = deflated(payload, preset, level, FlushCompress::Sync);
    while file.len() < least {
        file.extend_from_slice(&EMPTY);
    }
    if flush == FlushCompress::Finish {
        file.extend_from_slice(&LAST);
    }
    file
}

/// By a compressor of its own: one that is used again chooses among equal matches by what it was given
/// before, and a block's bytes are to depend on its payload alone.
fn deflated(payload: &[u8], preset: &[u8], level: u32, flush: FlushCompress) -> Vec<u8> {
    const MEMORY: &str = "deflating in memory cannot fail";
    let mut file = frame::header(to_u32(payload.len())).to_vec();
    let mut deflate = Compress::new(Compression::new(level), false);
    if !preset.is_empty() {
        deflate.set_dictionary(preset).expect(MEMORY);
    }
    loop {
        file.reserve(payload.len() / 2 + 64);
        let read = usize::try_from(deflate.total_in()).expect("a payload fits in memory");
        let status = deflate.compress_vec(&payload[read..], &mut file, flush).expect(MEMORY);
        if status == Status::StreamEnd {
            return file;
        }
        let read = usize::try_from(deflate.total_in()).expect("a payload fits in memory");
        if flush == FlushCompress::Sync && read == payload.len() && file.len() < file.capacity() {
            return file;
        }
    }
}

fn named(bytes: Vec<u8>, payload: &[u8]) -> (BlockFile, BlockRef) {
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    let (len, inflated_len) = (to_u32(bytes.len()), to_u32(payload.len()));
    let block = BlockRef { digest: half(&sha256), len, inflated_len, ..BlockRef::default() };
    (BlockFile { name: block.name(), bytes, sha256 }, block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_as_short_as_their_height_allows() {
        assert_eq!(per_table(600, 512, 64), 2);
        assert_eq!(per_table(32_768, 512, 64), 64);
        // Twice: 220,000 are 500 tables of 21 tables of 21 blocks, and too many of 20.
        assert_eq!(per_table(220_000, 512, 64), 21);
        assert_eq!(per_table(1 << 36, 2, 4), 4, "as high as it gets");
    }

    #[test]
    fn a_payload_that_would_look_like_a_bomb_is_drawn_out() {
        let (_, preset) = preset_file(&b" ".repeat(32 << 10));
        assert!(preset.inflated_len / MAX_RATIO <= preset.len);
        let (file, block) = file(&vec![0; 1 << 20], &[], "zeros").unwrap();
        assert!(block.inflated_len / MAX_RATIO <= block.len);
        assert!(block.len < block.inflated_len / MAX_RATIO + 10);
        assert_eq!(crate::read::inflate(&file.bytes, "zeros").unwrap(), vec![0; 1 << 20]);
    }
}
