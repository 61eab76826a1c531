//! Model to pages: Markdown, shortcodes, templates, feeds, sitemap, and documents for search.
//!
//! ```text
//! Site ─▶ Renderer::new ─┬─ templates: parsed once           ┐
//!                        ├─ content: Markdown of all pages   ├─▶ problems of the run, all together
//!                        └─ plan: the files there will be    ┘
//!         Renderer::documents ─▶ plain text for the search index
//!         Renderer::render    ─▶ jobs of the plan, in parallel ─▶ files
//! ```
//!
//! Templates get pages and sections as lazy objects ([`objects`]): nothing of a page is copied to
//! show it in another, however many pages list it. Output depends on the site alone: not on the
//! folder, the clock, or the number of threads.

mod arguments;
mod bibtex;
mod content;
mod dependencies;
mod documents;
mod feeds;
mod files;
mod filters;
mod functions;
mod highlight;
mod html;
mod images;
mod jobs;
mod library;
mod load_data;
mod markdown;
mod minify;
mod objects;
mod output;
mod outside;
mod patterns;
mod plan;
mod remote_data;
mod renderer;
mod sass;
mod search_index;
mod shortcodes;
mod sitemap;
mod templates;
mod tera;
mod values;
mod xml_data;

pub use html::ids;
pub use output::{Contents, OutputFile, OutwardLink, PageDocument};
pub use outside::{Fetch, Outside, RemoteRequest};
pub use renderer::{Reach, Renderer};
pub use sass::{CompiledSheet, StyleCompiler, compile_style_sheet};
pub use tera::TeraSet;
