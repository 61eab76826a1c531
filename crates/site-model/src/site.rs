//! The site.
use crate::{Config, Diagnostic, Options};
use std::path::PathBuf;

/// A page that is no file of `content/`: a record, say.
#[derive(Debug, Clone)]
pub struct InjectedPage {
    /// Section it joins, as a path below `content/`: `patents`.
    pub section: String,
    /// Last part of its address, taken as it is: `CN111234567A`.
    pub slug: String,
    /// Language code; the section must exist in it.
    pub lang: String,
    /// Title.
    pub title: String,
    /// Template; `None`: the section's `page_template`, or `page.html`.
    pub template: Option<String>,
    /// Date.
    pub date: Option<jiff::civil::Date>,
    /// What templates see as `page.extra`; an object.
    pub extra: serde_json::Value,
    /// File it comes from, relative to the root.
    pub origin: PathBuf,
    /// 1-based line there; 0 when there is none.
    pub line: usize,
}

/// The site.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Problems that do not stop the build.
    pub warnings: Vec<Diagnostic>,
}

/// Loads the site.
pub fn load(
    _options: &Options,
    _config: Config,
    _injected: Vec<InjectedPage>,
) -> Result<Site, Vec<Diagnostic>> {
    Ok(Site::default())
}
