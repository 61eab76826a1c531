//! A loaded site.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Config, Globs, Options};
use crate::content::{self, Content};
use crate::content_files;
use crate::page::{ContentId, Page, PageId, Section, SectionId, Source};
use crate::taxonomy::{self, Taxonomy};
use crate::{Diagnostic, addresses, library};

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

/// A loaded site. Cloning it is cheap: its parts are shared.
#[derive(Debug, Clone)]
pub struct Site {
    /// The site's root folder.
    pub root: Arc<Path>,
    /// What `now()` says.
    pub today: jiff::civil::Date,
    /// Configuration.
    pub config: Arc<Config>,
    /// Pages by relative path.
    pub pages: Arc<[Arc<Page>]>,
    /// Sections by relative path.
    pub sections: Arc<[Section]>,
    /// Taxonomies: the default language's first, in the configured order.
    pub taxonomies: Arc<[Taxonomy]>,
    /// Static files: output path and where it comes from, by output path; a site's file shadows its
    /// theme's.
    pub static_files: Arc<[(String, PathBuf)]>,
    /// Problems that do not stop the build.
    pub warnings: Vec<Diagnostic>,
    by_path: Arc<HashMap<String, ContentId>>,
    broken: Arc<BTreeSet<String>>,
}

impl Site {
    /// The page or section of a path below `content/`: `guide/_index.en.md`.
    pub fn content(&self, relative_path: &str) -> Option<ContentId> {
        self.by_path.get(relative_path).copied()
    }

    /// The page.
    pub fn page(&self, id: PageId) -> &Page {
        &self.pages[id.idx()]
    }

    /// The section.
    pub fn section(&self, id: SectionId) -> &Section {
        &self.sections[id.idx()]
    }

    /// What page and section have in common.
    pub fn source(&self, id: ContentId) -> &Source {
        match id {
            ContentId::Page(id) => &self.page(id).source,
            ContentId::Section(id) => &self.section(id).source,
        }
    }

    /// The title of a page or section.
    pub fn title(&self, id: ContentId) -> Option<&str> {
        match id {
            ContentId::Page(id) => self.page(id).meta.title.as_deref(),
            ContentId::Section(id) => self.section(id).meta.title.as_deref(),
        }
    }

    /// Whether a path below `content/` is a file that is there but could not be loaded: a link to it
    /// is not at fault.
    pub fn is_broken(&self, relative_path: &str) -> bool {
        self.broken.contains(relative_path)
    }

    /// All paths below `content/` that a link can name, unsorted.
    pub fn content_paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }
}

/// Loads a site: content, injected pages, taxonomies, static files.
///
/// # Errors
/// All problems together, warnings among them, when at least one is an error.
pub fn load(
    options: &Options,
    config: Config,
    injected: Vec<InjectedPage>,
) -> Result<Site, Vec<Diagnostic>> {
    let (mut site, diagnostics) = load_what_can_be(options, config, injected);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    site.warnings = diagnostics;
    Ok(site)
}

/// Loads a site as far as it can be, so that what is wrong with its templates and links can be told in
/// the same run; a site with an error among its problems is not for building.
pub fn load_what_can_be(
    options: &Options,
    config: Config,
    injected: Vec<InjectedPage>,
) -> (Site, Vec<Diagnostic>) {
    let mut diagnostics = config.warnings.clone();
    let mut content = content::load(options, &config, injected, &mut diagnostics);
    library::connect(&mut content, &config, &mut diagnostics);
    let taxonomies = taxonomy::collect(&content.pages, &config, options, &mut diagnostics);
    library::leave_out(&mut content);
    let static_files = static_files(options, &config, &mut diagnostics);
    addresses::check(&content, options, &mut diagnostics);
    Diagnostic::sort(&mut diagnostics);
    let site = Site {
        root: Arc::from(options.root.as_path()),
        today: options.today,
        config: Arc::new(config),
        by_path: Arc::new(by_path(&content)),
        pages: content.pages.into_iter().map(Arc::new).collect(),
        sections: content.sections.into(),
        taxonomies: taxonomies.into(),
        static_files: static_files.into(),
        warnings: Vec::new(),
        broken: Arc::new(content.broken),
    };
    (site, diagnostics)
}

fn by_path(content: &Content) -> HashMap<String, ContentId> {
    let number = |idx: usize| u32::try_from(idx).expect("a site has fewer than 2^32 pages");
    let pages = content.pages.iter().enumerate().map(|(idx, page)| {
        (page.source.relative_path.clone(), ContentId::Page(PageId(number(idx))))
    });
    let sections = content.sections.iter().enumerate().map(|(idx, section)| {
        (section.source.relative_path.clone(), ContentId::Section(SectionId(number(idx))))
    });
    pages.chain(sections).collect()
}

fn static_files(
    options: &Options,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, PathBuf)> {
    let mut files = std::collections::BTreeMap::new();
    let of_theme =
        config.theme.as_ref().map(|theme| Path::new("themes").join(theme).join("static"));
    let none = Globs::default();
    let folders = of_theme.map(|folder| (folder, &none)).into_iter();
    for (folder, ignored) in folders.chain([(PathBuf::from("static"), &config.ignored_static)]) {
        for file in content_files::walk(&options.root, &folder, ignored, diagnostics) {
            let path = options.root.join(&folder).join(&file.relative);
            files.insert(file.relative, path);
        }
    }
    files.into_iter().collect()
}
