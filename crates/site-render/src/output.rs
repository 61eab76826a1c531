//! What a rendered site consists of.

use std::path::PathBuf;

use site_model::Place;

/// One file of the built site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Path below the output folder, with `/`: `guide/index.html`. Never absolute, never with `..`.
    pub path: String,
    /// Where its bytes come from.
    pub contents: Contents,
}

/// Where the bytes of an output file come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// Rendered bytes.
    Bytes(Vec<u8>),
    /// A file to be copied as it is; an absolute path if the site's root is one.
    Copy(PathBuf),
}

/// A link that leads out of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutwardLink {
    /// The address as written.
    pub address: String,
    /// File it stands in, relative to the site's root.
    pub file: PathBuf,
    /// Where in the file.
    pub place: Place,
}

/// A page as the search index wants it: plain text from the content, without the template around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageDocument {
    /// Link to the page from the root of its host: `/guide/patent/apply/`.
    pub path: String,
    /// Language code.
    pub lang: String,
    /// `extra.kind` of the page or of the nearest section that sets one; else `page` or `section`.
    pub kind: String,
    /// Title; empty when the page has none.
    pub title: String,
    /// `extra.answer`, the description or the summary, whichever comes first, as plain text.
    pub summary: String,
    /// The content as plain text.
    pub body: String,
    /// Anchor and text of each heading.
    pub headings: Vec<(String, String)>,
    /// Names of the taxonomy terms.
    pub keywords: Vec<String>,
    /// `YYYY-MM-DD` of the page.
    pub date: Option<String>,
    /// The Markdown file, relative to the site's root; the origin of an injected page.
    pub source_path: PathBuf,
}
