//! Search over immutable blocks: bytes in, bytes out.
//!
//! The engine does no I/O, reads no clock and starts no thread. A host (the command line, a Web
//! Worker) hands it the root block and then, for each question, the blocks it asks for:
//!
//! ```no_run
//! # fn fetch(id: &search_engine::BlockId) -> Vec<u8> { unimplemented!() }
//! # let root_payload = Vec::new();
//! let searcher = search_engine::Searcher::open(&root_payload, 0)?;
//! let mut session = searcher.plan(&search_engine::Query::new("口罩"));
//! loop {
//!     let needs = session.needs(); // fetch these at the same time
//!     if needs.is_empty() {
//!         break;
//!     }
//!     for id in needs {
//!         session.supply(&id.name, &fetch(&id))?; // verified against id.sha256 and inflated
//!     }
//! }
//! let results = session.results();
//! # Ok::<(), search_engine::FormatError>(())
//! ```
//!
//! A block file is a frame ([`format::frame`]) around raw DEFLATE; the host checks the file's
//! SHA-256, inflates to the stated length and no further, and supplies the payload. The engine
//! trusts none of it: every decoder checks bounds and sizes.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "documents, terms and payload offsets have less than 24 bits, widths less than 8"
)]
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod analysis;
mod automaton;
mod cache;
mod expand;
mod facets;
pub mod json;
mod lexer;
mod lists;
mod matching;
mod near;
mod plan;
mod query;
mod quick;
pub mod ranges;
mod ranking;
mod results;
mod searcher;
mod session;
mod show;
mod snippet;
mod sorting;
mod suggest;
mod syntax;

pub mod format;

pub use format::{BlockId, FormatError};
pub use query::{Direction, LangUse, Matching, Query, Sort, Statistics, Typing, View};
pub use results::{
    Cost, FacetCounts, GroupCount, Hit, Listed, Marked, Notice, NoticeCode, Results,
};
pub use searcher::Searcher;
pub use session::Session;
