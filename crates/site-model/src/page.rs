//! Pages and sections as the rest of the program sees them.

use std::path::PathBuf;
use std::sync::Arc;

use crate::front_matter::{PageMeta, SectionMeta};

/// A page's place in [`crate::Site::pages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(pub u32);

/// A section's place in [`crate::Site::sections`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionId(pub u32);

impl PageId {
    /// As an index.
    pub fn idx(self) -> usize {
        self.0 as usize
    }
}

impl SectionId {
    /// As an index.
    pub fn idx(self) -> usize {
        self.0 as usize
    }
}

/// A page or a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentId {
    /// A page.
    Page(PageId),
    /// A section.
    Section(SectionId),
}

/// What pages and sections have in common.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Path below `content/`, with `/`: `guide/patent/apply.en.md`. An injected page has one too, of
    /// a file that could have been.
    pub relative_path: String,
    /// The file to name in a diagnostic, relative to the site's root.
    pub file: PathBuf,
    /// 1-based line of `file` an injected page comes from; 0 for Markdown files.
    pub record_line: u32,
    /// Folder below `content/`, without a slash at its end.
    pub folder: String,
    /// Language code.
    pub lang: Arc<str>,
    /// Path below the site's address, no slash at the start, one at the end; empty for the home page.
    pub path: String,
    /// The Markdown.
    pub body: Arc<str>,
    /// 1-based line of the file on which `body` starts.
    pub body_line: u32,
    /// Files beside it, as paths below `content/`.
    pub assets: Vec<String>,
    /// All languages of this content, itself among them, by code; empty on a site of one language.
    pub translations: Arc<[ContentId]>,
    /// Sections above it, the home page's first.
    pub ancestors: Arc<[SectionId]>,
}

/// A page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What it has in common with sections.
    pub source: Source,
    /// Front matter.
    pub meta: PageMeta,
    /// Last part of the address.
    pub slug: String,
    /// Folder of an `index.md` below `content/`, with a slash at its end.
    pub colocated_path: Option<String>,
    /// The page before it in the order of its section.
    pub lower: Option<PageId>,
    /// The page behind it.
    pub higher: Option<PageId>,
}

impl Page {
    /// Whether it was made from a record, not read from a Markdown file.
    pub fn is_injected(&self) -> bool {
        self.source.record_line != 0
    }

    /// The folder whose section it belongs to, below `content/`.
    pub fn folder_above(&self) -> &str {
        if self.colocated_path.is_some() { above(&self.source.folder) } else { &self.source.folder }
    }
}

/// A section.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// What it has in common with pages.
    pub source: Source,
    /// Front matter.
    pub meta: SectionMeta,
    /// Its pages in order, those of transparent subsections among them.
    pub pages: Arc<[PageId]>,
    /// Sections right below it, by weight.
    pub subsections: Arc<[SectionId]>,
    /// Whether its `_index.md` exists; the home page is a section without one too.
    pub is_written: bool,
}

impl Section {
    /// Whether it is the home page of its language.
    pub fn is_home(&self) -> bool {
        self.source.folder.is_empty()
    }
}

/// The folder that a path lies in; the topmost one is empty.
pub(crate) fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// A folder, the one above it, and so on to the topmost.
pub(crate) fn self_and_above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| above(folder)))
}
