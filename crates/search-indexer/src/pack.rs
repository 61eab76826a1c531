//! Packing: payloads to block files.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use search_engine::format::blocks::{self, BlockRef, Stream};
use search_engine::format::root::{Pack, Places};
use search_engine::format::tables::{Dictionary, Level, Store};
use search_engine::format::{Digest, MAX_INFLATED, MAX_PACK, MAX_RATIO, frame};
use sha2::{Digest as _, Sha256};

use crate::document::{BlockFile, IndexError, Transport};
use crate::order::to_u32;

/// Block files of an index that is being written, by stream.
#[derive(Default)]
pub(crate) struct Blocks {
    files: [Vec<BlockFile>; Stream::ALL.len()],
    lens: [u64; Stream::ALL.len()],
}

impl Blocks {
    /// Adds a block to a stream; `what` names it in errors.
    pub(crate) fn add(
        &mut self,
        stream: Stream,
        payload: &[u8],
        what: &str,
    ) -> Result<BlockRef, IndexError> {
        let (file, block) = file(payload, what)?;
        let len = &mut self.lens[stream as usize];
        let block = BlockRef { at: *len, stream, ..block };
        *len += file.bytes.len() as u64;
        self.files[stream as usize].push(file);
        Ok(block)
    }

    /// Adds a table of documents: of its blocks, or of tables of its blocks when these are more
    /// than `most`.
    pub(crate) fn store(
        &mut self,
        blocks: &[BlockRef],
        counts: &[u32],
        most: usize,
    ) -> Result<Store, IndexError> {
        if blocks.len() <= most {
            return Ok(Store::new(blocks.to_vec(), counts));
        }
        let per_table = per_table(blocks.len(), most);
        let (mut tables, mut table_counts) = (Vec::new(), Vec::new());
        for (blocks, counts) in blocks.chunks(per_table).zip(counts.chunks(per_table)) {
            let table = Store::new(blocks.to_vec(), counts);
            tables.push(self.add(Stream::Tables, &table.to_block(), "a table of blocks")?);
            table_counts.push(table.n_docs);
        }
        Ok(Store { level: Level::Tables, ..Store::new(tables, &table_counts) })
    }

    /// Adds the table of shards likewise; `shards` come with their first terms.
    pub(crate) fn dictionary(
        &mut self,
        shards: &[(Vec<u8>, BlockRef)],
        most: usize,
    ) -> Result<Dictionary, IndexError> {
        if shards.len() <= most {
            return Ok(table_of(shards));
        }
        let mut tables = Vec::new();
        for shards in shards.chunks(per_table(shards.len(), most)) {
            let table = table_of(shards).to_block();
            tables.push((
                shards[0].0.clone(),
                self.add(Stream::Tables, &table, "a table of shards")?,
            ));
        }
        Ok(Dictionary { level: Level::Tables, ..table_of(&tables) })
    }

    /// All files, by name, and where their blocks are.
    pub(crate) fn finish(self, transport: Transport) -> (Vec<BlockFile>, Places) {
        let mut places = Places { streams: self.lens, packs: Vec::new() };
        let files = self.files.into_iter().flatten();
        let mut named = BTreeMap::new();
        let Transport::Packs { max_len } = transport else {
            named.extend(files.map(|file| (file.name.clone(), file)));
            return (named.into_values().collect(), places);
        };
        let mut pack: Vec<u8> = Vec::new();
        let mut close = |pack: Vec<u8>| {
            let file = pack_file(pack);
            let name = first_eight(&file.sha256);
            places.packs.push(Pack { name, len: to_u32(file.bytes.len()) });
            named.insert(file.name.clone(), file);
        };
        for file in files {
            if !pack.is_empty() && pack.len() + file.bytes.len() > max_len.min(MAX_PACK) as usize {
                close(std::mem::take(&mut pack));
            }
            pack.extend_from_slice(&file.bytes);
        }
        if !pack.is_empty() {
            close(pack);
        }
        (named.into_values().collect(), places)
    }
}

/// Blocks of a table so that neither the tables nor the table of them grows large.
fn per_table(blocks: usize, most: usize) -> usize {
    blocks.div_ceil(most.max(1)).max(16)
}

fn table_of(blocks: &[(Vec<u8>, BlockRef)]) -> Dictionary {
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

/// Frames and compresses a payload.
pub(crate) fn file(payload: &[u8], what: &str) -> Result<(BlockFile, BlockRef), IndexError> {
    if payload.len() > MAX_INFLATED as usize {
        let (found, limit) = (payload.len() as u64, MAX_INFLATED.into());
        return Err(IndexError::TooLarge { what: what.into(), found, limit });
    }
    let inflated_len = to_u32(payload.len());
    let mut encoder =
        DeflateEncoder::new(frame::header(inflated_len).to_vec(), Compression::best());
    encoder.write_all(payload).expect("writing to memory");
    let mut bytes = encoder.finish().expect("writing to memory");
    if inflated_len / MAX_RATIO > to_u32(bytes.len()) {
        // So even that readers would take it for a bomb: store it instead.
        let mut stored =
            DeflateEncoder::new(frame::header(inflated_len).to_vec(), Compression::none());
        stored.write_all(payload).expect("writing to memory");
        bytes = stored.finish().expect("writing to memory");
    }
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    let len = to_u32(bytes.len());
    let block = BlockRef { digest: half(&sha256), len, inflated_len, ..BlockRef::default() };
    Ok((BlockFile { name: block.name(), bytes, sha256 }, block))
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
    block_len: usize,
    payloads: Vec<Vec<u8>>,
}

impl Lists {
    /// Lists in blocks of a stream that begin with `tag` and are closed at `block_len`.
    pub(crate) fn new(stream: Stream, tag: u8, block_len: usize) -> Self {
        Self { stream, tag, block_len, payloads: Vec::new() }
    }

    /// Appends a list.
    pub(crate) fn put(&mut self, list: &[u8]) -> Put {
        let fits =
            |payload: &Vec<u8>| payload.len() == 1 || payload.len() + list.len() <= self.block_len;
        if !self.payloads.last().is_some_and(fits) {
            self.payloads.push(vec![self.tag]);
        }
        let block = self.payloads.len() - 1;
        let at = to_u32(self.payloads[block].len());
        self.payloads[block].extend_from_slice(list);
        Put { block, at }
    }

    /// Writes the blocks.
    pub(crate) fn finish(self, blocks: &mut Blocks) -> Result<Vec<BlockRef>, IndexError> {
        let mut add = |payload: &Vec<u8>| blocks.add(self.stream, payload, "a list of postings");
        self.payloads.iter().map(&mut add).collect()
    }
}

/// Cuts items into stretches that are closed at `block_len` bytes.
pub(crate) fn stretches<T>(items: &[T], block_len: usize, len: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut stretches = Vec::new();
    let mut from = 0;
    let mut bytes = 0;
    for (i, item) in items.iter().enumerate() {
        let len = len(item);
        if i > from && bytes + len > block_len {
            stretches.push(&items[from..i]);
            (from, bytes) = (i, 0);
        }
        bytes += len;
    }
    if from < items.len() {
        stretches.push(&items[from..]);
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_never_cross_blocks() {
        let mut lists = Lists::new(Stream::Postings, b'P', 10);
        let puts: Vec<_> = [4, 4, 4, 30, 1].iter().map(|&len| lists.put(&vec![0; len])).collect();
        let places: Vec<_> = puts.iter().map(|put| (put.block, put.at)).collect();
        assert_eq!(places, [(0, 1), (0, 5), (1, 1), (2, 1), (3, 1)]);
    }

    #[test]
    fn a_payload_that_would_look_like_a_bomb_is_stored() {
        let (file, block) = file(&vec![0; 1 << 20], "zeros").unwrap();
        assert!(block.inflated_len / MAX_RATIO <= block.len);
        assert_eq!(crate::read::inflate(&file.bytes, "zeros").unwrap(), vec![0; 1 << 20]);
    }

    #[test]
    fn stretches_close_at_their_length() {
        let cut = stretches(&[3, 3, 3, 9, 1], 6, |&len| len);
        assert_eq!(cut, [&[3, 3][..], &[3], &[9], &[1]]);
    }
}
