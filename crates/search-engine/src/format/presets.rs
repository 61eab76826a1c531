//! Presets: what cards, and texts, commonly say, so that a block can refer to it.
//!
//! A block of a few documents compresses badly on its own: there is little before each word that it
//! could repeat. With a preset its DEFLATE stream goes on from one that has already said the common
//! words, and a third of the bytes is saved.
//!
//! ```bnf
//! presets ::= blocks blocks          ; of cards, of texts: one block each, or none
//! preset  ::= frame, deflate         ; not ended: a byte-aligned, empty, stored block comes last
//! ```
//! To read a block that has a preset, a host joins the preset's DEFLATE stream and the block's,
//! inflates the whole, and leaves out what the preset inflates to. So any inflater will do, that of
//! the browser too.

use alloc::vec::Vec;

use super::blocks::{self, BlockRef, Stream};
use super::wire::Reader;
use super::{BlockId, FormatError};

/// Longest preset, inflated: what a DEFLATE stream can refer back to.
pub const MAX_PRESET: u32 = 32 << 10;

/// The presets of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presets {
    /// Of blocks of cards.
    pub cards: Option<BlockRef>,
    /// Of blocks of texts.
    pub texts: Option<BlockRef>,
}

impl Presets {
    /// The preset of a stream's blocks.
    pub fn of(&self, stream: Stream) -> Option<BlockRef> {
        match stream {
            Stream::Cards => self.cards,
            Stream::Texts => self.texts,
            _ => None,
        }
    }

    /// Writes them.
    pub fn write(&self, out: &mut Vec<u8>) {
        for preset in [self.cards, self.texts] {
            blocks::write(out, preset.as_slice());
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// When they end early, or one is longer than a DEFLATE stream can use.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let mut one = || {
            let blocks = blocks::read(reader, Stream::Tables)?;
            let fits = blocks.iter().all(|block| block.inflated_len <= MAX_PRESET);
            if blocks.len() > 1 || !fits {
                return Err(reader.invalid("preset"));
            }
            Ok(blocks.first().copied())
        };
        Ok(Self { cards: one()?, texts: one()? })
    }
}

/// The DEFLATE stream of a block behind its preset's, and what to leave out at the front.
///
/// - `preset`: the preset's file, its digest checked.
///
/// # Errors
/// When either is no block file.
pub fn join(preset: &[u8], file: &[u8], id: &BlockId) -> Result<Joined, FormatError> {
    let (skip, before) = super::frame::parse(preset)?;
    let (len, after) = super::frame::parse(file)?;
    if skip > MAX_PRESET || len > id.inflated_len {
        return Err(FormatError::Invalid { what: "inflated length", at: 8 });
    }
    Ok(Joined { deflate: [before, after].concat(), skip, len })
}

/// A DEFLATE stream that begins with a preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The stream.
    pub deflate: Vec<u8>,
    /// Bytes of the preset, inflated.
    pub skip: u32,
    /// Bytes of the payload behind it.
    pub len: u32,
}
