//! How a parent states its blocks.
//!
//! ```bnf
//! blocks ::= n:varint ref*
//! ref    ::= sha256:32 bytes len:varint inflated_len:varint
//! ```

use super::wire::{self, Reader};
use super::{BlockId, FormatError, MAX_INFLATED, MAX_RATIO};

/// A block as its parent states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockRef {
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Length of the file.
    pub len: u32,
    /// Length of the payload.
    pub inflated_len: u32,
}

impl BlockRef {
    /// The block with the name of its file.
    pub fn id(&self) -> BlockId {
        let Self { sha256, len, inflated_len } = *self;
        BlockId { name: name(&sha256), len, sha256, inflated_len }
    }
}

/// Name of the file with this digest: its first 16 hex digits and `.wbi`.
pub fn name(sha256: &[u8; 32]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut name = String::with_capacity(20);
    for byte in &sha256[..8] {
        name.push(char::from(HEX[usize::from(byte >> 4)]));
        name.push(char::from(HEX[usize::from(byte & 15)]));
    }
    name.push_str(".wbi");
    name
}

/// Writes a list of blocks.
pub fn write(out: &mut Vec<u8>, blocks: &[BlockRef]) {
    wire::put_len(out, blocks.len());
    for block in blocks {
        out.extend_from_slice(&block.sha256);
        wire::put_varint(out, block.len);
        wire::put_varint(out, block.inflated_len);
    }
}

/// Reads a list of blocks.
///
/// # Errors
/// When it ends early or states a block past the caps.
pub fn read(reader: &mut Reader<'_>) -> Result<Vec<BlockRef>, FormatError> {
    let count = reader.count("number of blocks")?;
    let mut blocks = Vec::with_capacity(count.min(reader.left() / 34 + 1));
    for _ in 0..count {
        let bytes = reader.bytes(32, "block digest")?;
        let sha256 = bytes.try_into().map_err(|_| reader.truncated("block digest"))?;
        let (len, inflated_len) =
            (reader.varint("block length")?, reader.varint("inflated length")?);
        if inflated_len > MAX_INFLATED || inflated_len / MAX_RATIO > len {
            return Err(reader.invalid("inflated length"));
        }
        blocks.push(BlockRef { sha256, len, inflated_len });
    }
    Ok(blocks)
}
