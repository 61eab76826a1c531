//! Documents to search blocks.
//!
//! [`build`] turns documents into block files; [`read::BlockFolder`] is the native host of
//! [`search_engine`]: it verifies, inflates and supplies blocks from a folder.

mod document;
pub mod read;

pub use document::{
    BlockFile, BuildStats, BuiltIndex, Document, FieldKind, FieldOptions, IndexError, IndexOptions,
    build,
};
