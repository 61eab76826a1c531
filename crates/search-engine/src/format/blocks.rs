//! How a parent states its blocks, and where they are.
//!
//! ```bnf
//! blocks ::= n:varint [at:long ref{n}]          ; `at` only where n > 0
//! ref    ::= digest:16 bytes len:varint inflated_len:varint
//! ```
//! The blocks of one table follow each other in their [`Stream`] without a gap, so only the first
//! states where it is: `at` counts from the beginning of the stream.

use alloc::string::String;
use alloc::vec::Vec;

use super::wire::{self, Reader};
use super::{FormatError, MAX_INFLATED, MAX_RATIO};

/// Bytes of a digest in a reference: the first half of a SHA-256.
///
/// A forger needs a second file with the same digest, 2¹²⁸ tries; that two files of his own
/// making collide harms nobody.
pub const DIGEST_LEN: usize = 16;

/// The first half of a SHA-256.
pub type Digest = [u8; DIGEST_LEN];

/// Blocks of one kind, end to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Dictionary shards.
    #[default]
    Shards,
    /// Postings: whole lists and the heads of long ones.
    Postings,
    /// Chunks of long lists of postings.
    PostingChunks,
    /// Positions: whole lists and the heads of long ones.
    Positions,
    /// Chunks of long lists of positions.
    PositionChunks,
    /// Distances to translations.
    Twins,
    /// Layouts of documents.
    Layouts,
    /// Values of documents.
    Values,
    /// Cards.
    Cards,
    /// Texts.
    Texts,
    /// Tables of blocks.
    Tables,
}

impl Stream {
    /// All of them, in the order in which packs hold them.
    pub const ALL: [Self; 11] = [
        Self::Shards,
        Self::Postings,
        Self::PostingChunks,
        Self::Positions,
        Self::PositionChunks,
        Self::Twins,
        Self::Layouts,
        Self::Values,
        Self::Cards,
        Self::Texts,
        Self::Tables,
    ];
}

/// A block as its parent states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockRef {
    /// First half of the SHA-256 of the file.
    pub digest: Digest,
    /// Length of the file.
    pub len: u32,
    /// Length of the payload.
    pub inflated_len: u32,
    /// Where the file begins in its stream.
    pub at: u64,
    /// Its stream.
    pub stream: Stream,
}

impl BlockRef {
    /// Name of the file, whether it stands alone or in a pack.
    pub fn name(&self) -> String {
        name(&self.digest, ".wbi")
    }
}

/// Name of the file with this digest: its first 16 hex digits and a suffix.
pub fn name(digest: &[u8], suffix: &str) -> String {
    let mut name = String::with_capacity(20);
    put_hex(&mut name, &digest[..digest.len().min(8)]);
    name.push_str(suffix);
    name
}

/// Appends bytes in hexadecimal.
pub fn put_hex(out: &mut String, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

/// Writes a table of blocks, which must follow each other in one stream.
pub fn write(out: &mut Vec<u8>, blocks: &[BlockRef]) {
    wire::put_len(out, blocks.len());
    let Some(first) = blocks.first() else { return };
    wire::put_long(out, first.at);
    let mut at = first.at;
    for block in blocks {
        debug_assert_eq!(block.at, at, "blocks of a table follow each other");
        at += u64::from(block.len);
        out.extend_from_slice(&block.digest);
        wire::put_varint(out, block.len);
        wire::put_varint(out, block.inflated_len);
    }
}

/// Reads a table of blocks of a stream.
///
/// # Errors
/// When it ends early or states a block past the caps.
pub fn read(reader: &mut Reader<'_>, stream: Stream) -> Result<Vec<BlockRef>, FormatError> {
    let count = reader.count("number of blocks")?;
    let mut blocks = Vec::with_capacity(count.min(reader.left() / (DIGEST_LEN + 2) + 1));
    let mut at = if count == 0 { 0 } else { reader.long("place of blocks")? };
    for _ in 0..count {
        let bytes = reader.bytes(DIGEST_LEN, "block digest")?;
        let digest = bytes.try_into().map_err(|_| reader.truncated("block digest"))?;
        let (len, inflated_len) =
            (reader.varint("block length")?, reader.varint("inflated length")?);
        if inflated_len > MAX_INFLATED || inflated_len / MAX_RATIO > len {
            return Err(reader.invalid("inflated length"));
        }
        blocks.push(BlockRef { digest, len, inflated_len, at, stream });
        at = at.saturating_add(len.into());
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tables_round_trip(lens in vec(1_u32..1 << 20, 0..9), first in 0_u64..1 << 40) {
            let mut at = first;
            let blocks: Vec<BlockRef> = lens.iter().map(|&len| {
                let block = BlockRef { digest: [len as u8; 16], len, inflated_len: len, at, stream: Stream::Cards };
                at += u64::from(len);
                block
            }).collect();
            let mut out = Vec::new();
            write(&mut out, &blocks);
            prop_assert_eq!(read(&mut Reader::new(&out, 0), Stream::Cards), Ok(blocks));
        }
    }
}
