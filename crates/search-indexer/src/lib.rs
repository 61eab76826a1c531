//! Documents to search blocks.
//!
//! [`build`] puts documents in order, inverts them and packs dictionary, lists, columns and stores
//! into block files. [`read`] is the native host of [`search_engine`]: it verifies, inflates and
//! supplies blocks from a folder.
//!
//! ```
//! use search_indexer::{Document, IndexOptions, build, read};
//! let document = Document {
//!     id: "mask".into(),
//!     url: "/mask/".into(),
//!     lang: "zh".into(),
//!     kind: "page".into(),
//!     title: "外科口罩".into(),
//!     ..Document::default()
//! };
//! let built = build(vec![document], &IndexOptions::default())?;
//! let searcher = read::open(&built.root.bytes)?;
//! let results = read::search(&searcher, &built, &search_engine::Query::new("口罩"))?;
//! assert_eq!(results.hits[0].url, "/mask/");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same documents in any order give the same bytes.

mod analyse;
mod build;
mod dictionary;
mod document;
mod fitting;
mod gather;
mod intern;
mod key;
mod lengths;
mod merge;
mod pack;
mod preset;
pub mod read;
mod run;
mod scratch;
mod segment;
mod shown;
mod tiers;
mod titles;
pub mod update;
mod words;

pub use build::{build, build_gathered, write};
pub use document::{
    BlockFile, BlockSizes, BuildStats, BuiltIndex, Document, FieldKind, FieldOptions, IndexError,
    IndexOptions, Output, RankOptions, Stored, StreamBytes, Transport, WrittenIndex,
};
pub use gather::{Gathered, gather};
