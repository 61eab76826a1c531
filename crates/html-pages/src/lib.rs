//! Any built HTML site as pages of plain text: what `woodblock index DIR` reads.
//!
//! Pagefind's attributes are honoured, so that a site marked up for it needs no change. Where no
//! page of the site marks a body, the text outside of navigation, footers and forms is taken.
//!
//! ```
//! use html_pages::{Region, Rules};
//! let html = r#"<html lang="en"><body><h1>Fees</h1><p data-pagefind-filter="right:patent">Pay."#;
//! let page = Rules::default().read(html, Region::WholeBody);
//! assert_eq!(page.title(), "Fees");
//! assert_eq!(page.content, "Fees\nPay.");
//! assert_eq!(page.filters["right"], ["patent"]);
//! ```
//!
//! [`Rules`] takes one page apart, [`Site`] reads a folder of them. HTML is hostile until read: any
//! bytes give a page, nesting costs memory only, and nothing recurses.

mod captures;
mod decode;
mod files;
mod flow;
mod page;
mod reader;
mod tags;

pub use files::{MAX_PAGE_LEN, Notice, Problem, Site, SiteError, SitePage};
pub use page::{Anchor, Page, WeightRun};
pub use reader::{Region, RuleError, Rules};
