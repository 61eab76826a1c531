//! The block format: `docs/index-format.md` in code, writers and readers side by side.

pub mod blocks;
pub mod columns;
pub mod frame;
pub mod fst;
pub mod hidden;
pub mod positions;
pub mod postings;
pub mod presets;
pub mod root;
pub mod shard;
pub mod stores;
pub mod tables;
pub mod tiers;
pub mod wire;

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crate::json;

pub use blocks::Digest;

/// A block file as its parent states it, and where it is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// File name beside the root: `<first 16 hex digits of the digest>.wbi`. In a pack the block
    /// has no file of its own, and this is what a host remembers it by.
    pub name: String,
    /// Length of the file in bytes.
    pub len: u32,
    /// First half of the SHA-256 of the file.
    pub digest: Digest,
    /// Length of the payload once inflated, at most [`MAX_INFLATED`].
    pub inflated_len: u32,
    /// Where it stands in a pack; `None`: it is a file of its own.
    pub place: Option<PackSlice>,
    /// The [preset](presets) that stands before its DEFLATE stream.
    pub preset: Option<Box<BlockId>>,
}

/// A stretch of a pack, as long as its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackSlice {
    /// File name of the pack: `<16 hex digits>.wbp`.
    pub pack: String,
    /// First byte.
    pub offset: u32,
    /// Length of the whole pack, at most [`MAX_PACK`].
    pub pack_len: u32,
}

/// Tag of a block of postings: the lists of [`postings`], end to end.
pub const POSTINGS_TAG: u8 = b'P';
/// Tag of a block of positions: the lists of [`positions`], end to end.
pub const POSITIONS_TAG: u8 = b'X';
/// Largest pack: what the strictest free host takes as one file.
pub const MAX_PACK: u32 = 25 << 20;
/// Packs up to this length are fetched whole: one request for all of a small site.
pub const WHOLE_PACK: u32 = 64 << 10;
/// Largest payload of a block.
pub const MAX_INFLATED: u32 = 4 << 20;
/// Largest ratio of payload to file.
pub const MAX_RATIO: u32 = 50;

/// Why bytes are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// The input ended early.
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Byte offset at which the input ended.
        at: u32,
    },
    /// A value cannot be right.
    Invalid {
        /// What was being read.
        what: &'static str,
        /// Byte offset after the value.
        at: u32,
    },
    /// Another kind of file, or another version.
    Kind {
        /// The kind of block that was expected.
        expected: &'static str,
    },
    /// The session did not ask for this block.
    NotAsked,
}

impl FormatError {
    /// The error in words; put together by hand, as formatting would take 3 KB of WASM.
    pub fn message(&self) -> String {
        let number = |number: u32| {
            let mut digits = String::new();
            json::put_number(&mut digits, number.into());
            digits
        };
        match self {
            Self::Truncated { what, at } => {
                let (begin, at, end) = ("block ends at byte ", number(*at), ", inside ");
                [begin, &at, end, what, ": fetch it again or rebuild the index"].concat()
            }
            Self::Invalid { what, at } => {
                let (begin, at) = ("block states an impossible ", number(*at));
                [begin, what, " at byte ", &at, ": rebuild the index"].concat()
            }
            Self::Kind { expected } => {
                let (format, version) = (" of index format ", number(root::VERSION.into()));
                let mend = ": build index and engine from one release";
                ["not a ", expected, format, &version, mend].concat()
            }
            Self::NotAsked => "this block was not asked for".into(),
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for FormatError {}
