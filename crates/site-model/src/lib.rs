//! Files to model: everything a Zola-shaped site says, before any of it is rendered.
//!
//! A run goes [`load_config`] → [`load`] → [`Site`]. Nothing stops at the first problem: each is a
//! [`Diagnostic`] with its file, line and a way to mend it, and all of a run are returned together.
//!
//! ```text
//! config.toml ─▶ data (TOML with positions) ─▶ fields (typed keys) ─▶ Config
//! content/**  ─▶ content_name, front_matter ─▶ Page, Section ─▶ library (order, neighbours, languages)
//!                                                            ─▶ taxonomy, addresses ─▶ Site
//! ```
//!
//! Input is hostile: symbolic links lead to files of the site alone, every part of an address is checked before it
//! can become a part of a file's path, sizes and depths are bounded.

mod addresses;
mod config;
mod config_file;
mod content;
mod content_files;
mod content_name;
mod data;
mod date;
mod diagnostic;
mod fields;
mod front_matter;
mod highlighting;
mod library;
mod locate;
mod nearest;
mod old_keys;
mod page;
mod pagination;
mod revise;
mod search_keys;
mod site;
mod slugify;
mod source_file;
mod taxonomy;
mod toml_data;
mod yaml_data;

pub use config::{
    AnchorLinks, Config, Globs, Language, LinkChecker, LinkLevel, Links, Markdown, Options,
    Slugify, TaxonomyConfig, TemplateSyntax, Woodblock,
};
pub use config_file::load_config;
pub use content_files::files_below;
pub use data::{parse_toml, parse_yaml};
pub use date::ContentDate;
pub use diagnostic::{Diagnostic, Place, Severity};
pub use front_matter::{PageMeta, SectionMeta, SortBy};
pub use highlighting::{HighlightStyle, HighlightThemes, Highlighting};
pub use nearest::nearest;
pub use page::{ContentId, Page, PageId, Section, SectionId, Source};
pub use pagination::{Pager, Pagination};
pub use revise::Revision;
pub use search_keys::{IndexFormat, Search};
pub use site::{InjectedPage, Site, load, load_what_can_be};
pub use slugify::{SlugifyStrategy, segment_fault, slugify_anchor, slugify_path};
pub use source_file::read as read_source;
pub use taxonomy::{Taxonomy, Term};
