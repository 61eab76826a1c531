//! Packing: payloads to block files.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use search_engine::format::blocks::{self, BlockRef};
use search_engine::format::{MAX_INFLATED, MAX_RATIO, frame};
use sha2::{Digest as _, Sha256};

use crate::document::{BlockFile, IndexError};
use crate::order::to_u32;

/// Block files by name; equal ones are one.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<String, BlockFile>);

impl Files {
    /// Adds a block; `what` names it in errors.
    pub(crate) fn add(&mut self, payload: &[u8], what: &str) -> Result<BlockRef, IndexError> {
        let (file, block) = file(payload, what)?;
        self.0.insert(file.name.clone(), file);
        Ok(block)
    }

    /// All files, by name.
    pub(crate) fn finish(self) -> Vec<BlockFile> {
        self.0.into_values().collect()
    }
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
    let block = BlockRef { sha256, len: to_u32(bytes.len()), inflated_len };
    Ok((BlockFile { name: blocks::name(&sha256), bytes, sha256 }, block))
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
    tag: u8,
    block_len: usize,
    payloads: Vec<Vec<u8>>,
}

impl Lists {
    /// Lists in blocks that begin with `tag` and are closed at `block_len`.
    pub(crate) fn new(tag: u8, block_len: usize) -> Self {
        Self { tag, block_len, payloads: Vec::new() }
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
    pub(crate) fn finish(self, files: &mut Files) -> Result<Vec<BlockRef>, IndexError> {
        self.payloads.iter().map(|payload| files.add(payload, "a list of postings")).collect()
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
        let mut lists = Lists::new(b'P', 10);
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
