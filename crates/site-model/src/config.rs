//! Configuration of a site: what `config.toml` (or `zola.toml`) says, with Zola's keys.
//!
//! Reading lives in [`crate::config_file`]; this module holds the result and the addresses that
//! follow from it.

use std::path::PathBuf;
use std::sync::Arc;

use globset::GlobSet;
use serde_json::{Map, Value as Json};

use crate::highlighting::Highlighting;
use crate::search_keys::Search;
use crate::slugify::SlugifyStrategy;

/// What the command line says about a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The site's root folder.
    pub root: PathBuf,
    /// Configuration file; `None`: `zola.toml` or `config.toml` of the root.
    pub config: Option<PathBuf>,
    /// Takes the place of `base_url` of the configuration.
    pub base_url: Option<String>,
    /// Whether drafts are loaded.
    pub drafts: bool,
    /// The build's date: what `now()` says.
    pub today: jiff::civil::Date,
}

/// How internal links of content, `get_url()` and pagers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Links {
    /// With the base URL, as Zola does.
    #[default]
    Absolute,
    /// From the root of the host, so that the site works on any.
    RootRelative,
}

/// The language the templates are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TemplateSyntax {
    /// Tera 1, as Zola's.
    #[default]
    Tera,
    /// MiniJinja 3.
    MiniJinja,
}

/// A whole configuration.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of Zola's")]
pub struct Config {
    /// The file it was read from, relative to the root.
    pub file: PathBuf,
    /// Address of the site, without a final slash.
    pub base_url: String,
    /// The same as the author wrote it: what Tera templates see.
    pub base_url_as_written: String,
    /// Path of the base URL: empty, or `/path` without a final slash.
    pub base_path: String,
    /// Code of the language whose files carry no suffix.
    pub default_language: String,
    /// All languages: the default one first, the others by code.
    pub languages: Vec<Language>,
    /// Name of the folder below `themes/`.
    pub theme: Option<String>,
    /// Path below which all taxonomies lie; no slash at either end.
    pub taxonomy_root: Option<String>,
    /// Author of pages that name none.
    pub author: Option<String>,
    /// Most pages in a feed.
    pub feed_limit: Option<usize>,
    /// Assets of `content/` that are not published.
    pub ignored_content: Globs,
    /// Files of `static/` that are not published.
    pub ignored_static: Globs,
    /// Name of the output folder.
    pub output_dir: String,
    /// Whether dot files of the output folder survive a build.
    pub preserve_dotfiles_in_output: bool,
    /// Whether `sitemap.xml` is written.
    pub generate_sitemap: bool,
    /// Whether `robots.txt` is written.
    pub generate_robots_txt: bool,
    /// Whether the sitemap leaves out pager pages.
    pub exclude_paginated_pages_in_sitemap: bool,
    /// Whether static files are linked instead of copied.
    pub hard_link_static: bool,
    /// Whether `sass/` is compiled.
    pub compile_sass: bool,
    /// Whether HTML is minified.
    pub minify_html: bool,
    /// Markdown options.
    pub markdown: Markdown,
    /// How names become addresses.
    pub slugify: Slugify,
    /// Link checker options.
    pub link_checker: LinkChecker,
    /// Data of the site's own, laid over the theme's.
    pub extra: Map<String, Json>,
    /// `extra.woodblock`: what Zola has no key for.
    pub woodblock: Woodblock,
    /// Problems that do not stop the build.
    pub warnings: Vec<crate::Diagnostic>,
}

/// What a language has of its own.
#[expect(clippy::struct_excessive_bools, reason = "as written, and what comes of it")]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Language {
    /// Code as in file names: `zh`, `en`.
    pub code: Arc<str>,
    /// Title of the site.
    pub title: Option<String>,
    /// Description of the site.
    pub description: Option<String>,
    /// What templates see as `config.generate_feeds`.
    pub generate_feeds: bool,
    /// Whether feeds are written: for the default language the top of the configuration says it.
    pub has_feeds: bool,
    /// Names and templates of the feeds.
    pub feed_filenames: Vec<String>,
    /// The taxonomies.
    pub taxonomies: Vec<TaxonomyConfig>,
    /// What templates see as `config.build_search_index`.
    pub build_search_index: bool,
    /// Whether a search index in Zola's format is written: of no language unless the top says it.
    pub has_search_index: bool,
    /// What that index holds.
    pub search: Search,
    /// What `trans()` knows.
    pub translations: Map<String, Json>,
}

/// A taxonomy as configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxonomyConfig {
    /// Key in front matter.
    pub name: String,
    /// Part of the address.
    pub slug: String,
    /// Pages per pager; `None`: not paginated.
    pub paginate_by: Option<usize>,
    /// Word before the pager's number; `page` if not set.
    pub paginate_path: Option<String>,
    /// Whether terms have feeds.
    pub feed: bool,
    /// Whether pages are written for it.
    pub render: bool,
}

impl TaxonomyConfig {
    /// Word before the pager's number.
    pub fn paginate_path(&self) -> &str {
        self.paginate_path.as_deref().unwrap_or("page")
    }
}

/// Where links to headings are inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnchorLinks {
    /// Nowhere.
    #[default]
    None,
    /// Before the text.
    Left,
    /// Behind the text.
    Right,
    /// Around the text.
    Heading,
}

impl AnchorLinks {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Left => "left",
            Self::Right => "right",
            Self::Heading => "heading",
        }
    }
}

/// Markdown options.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of Zola's")]
pub struct Markdown {
    /// `:smile:` becomes an emoji.
    pub render_emoji: bool,
    /// Class of links that leave the site.
    pub external_links_class: Option<String>,
    /// Whether they open in a new tab.
    pub external_links_target_blank: bool,
    /// Whether they carry `nofollow`.
    pub external_links_no_follow: bool,
    /// Whether they carry `noreferrer`.
    pub external_links_no_referrer: bool,
    /// Whether they carry `external`.
    pub external_links_external: bool,
    /// Whether quotes and dashes are set typographically.
    pub smart_punctuation: bool,
    /// Whether definition lists are read.
    pub definition_list: bool,
    /// Whether footnotes stand at the end, with links back.
    pub bottom_footnotes: bool,
    /// Whether images load late.
    pub lazy_async_image: bool,
    /// Whether `> [!NOTE]` is read.
    pub github_alerts: bool,
    /// Where links to headings go.
    pub insert_anchor_links: AnchorLinks,
    /// Colours of code; none where they are not asked for.
    pub highlighting: Option<Highlighting>,
}

/// How names become addresses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slugify {
    /// Pages.
    pub paths: SlugifyStrategy,
    /// Whether dates in file names stay in the address.
    pub paths_keep_dates: bool,
    /// Terms.
    pub taxonomies: SlugifyStrategy,
    /// Headings.
    pub anchors: SlugifyStrategy,
}

/// How bad a broken link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkLevel {
    /// The build stops.
    #[default]
    Error,
    /// The build goes on.
    Warn,
}

/// Link checker options.
#[derive(Debug, Clone, Default)]
pub struct LinkChecker {
    /// Broken links inside the site.
    pub internal_level: LinkLevel,
    /// Broken links to elsewhere.
    pub external_level: LinkLevel,
    /// Addresses that are not checked.
    pub skip_prefixes: Vec<String>,
    /// Addresses whose anchors are not checked.
    pub skip_anchor_prefixes: Vec<String>,
    /// Content files whose links to elsewhere are not checked.
    pub ignored_files: Globs,
}

/// What Zola has no key for: `extra.woodblock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Woodblock {
    /// How links are written.
    pub links: Links,
    /// Language of the templates.
    pub templates: TemplateSyntax,
    /// Whether raw HTML in Markdown is kept, as Zola does; without it dangerous addresses are
    /// refused as well.
    pub raw_html: bool,
}

impl Default for Woodblock {
    fn default() -> Self {
        Self { links: Links::Absolute, templates: TemplateSyntax::Tera, raw_html: true }
    }
}

/// Patterns of files to leave out.
#[derive(Debug, Clone)]
pub struct Globs {
    /// As written.
    pub patterns: Vec<String>,
    pub(crate) set: GlobSet,
}

impl Default for Globs {
    fn default() -> Self {
        Self { patterns: Vec::new(), set: GlobSet::empty() }
    }
}

impl Globs {
    /// Whether a path, relative to the folder the patterns are for, is left out.
    pub fn matches(&self, path: &std::path::Path) -> bool {
        self.set.is_match(path)
    }
}

impl Config {
    /// The language with this code.
    pub fn language(&self, code: &str) -> Option<&Language> {
        self.languages.iter().find(|language| &*language.code == code)
    }

    /// Whether the site has more than one language.
    pub fn is_multilingual(&self) -> bool {
        self.languages.len() > 1
    }

    /// What stands before every path of a language: nothing for the default one, else `en/`.
    pub fn language_prefix(&self, code: &str) -> String {
        if code == self.default_language { String::new() } else { format!("{code}/") }
    }

    /// The absolute address of `path`, which is relative to the site and may start with a slash.
    pub fn permalink(&self, path: &str) -> String {
        [&self.base_url, "/", path.trim_start_matches('/')].concat()
    }

    /// The address of `path` on its host, with the path of the base URL before it.
    pub fn host_path(&self, path: &str) -> String {
        format!("{}/{}", self.base_path, path.trim_start_matches('/'))
    }

    /// The address of `path` as links inside the site are written.
    pub fn link(&self, path: &str) -> String {
        match self.woodblock.links {
            Links::Absolute => self.permalink(path),
            Links::RootRelative => self.host_path(path),
        }
    }

    /// What templates see as `page.path`: with the path of the base URL where links are
    /// root-relative, so that it works as a link; without it, as in Zola, where they are not.
    pub fn template_path(&self, path: &str) -> String {
        match self.woodblock.links {
            Links::Absolute => format!("/{}", path.trim_start_matches('/')),
            Links::RootRelative => self.host_path(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_links_option() {
        let mut config = Config {
            base_url: "https://x.example/sub".to_owned(),
            base_path: "/sub".to_owned(),
            ..Config::default()
        };
        assert_eq!(config.link("a/"), "https://x.example/sub/a/");
        assert_eq!(config.template_path("/a/"), "/a/");
        config.woodblock.links = Links::RootRelative;
        assert_eq!(config.link("/a/"), "/sub/a/");
        assert_eq!(config.template_path("a/"), "/sub/a/");
        assert_eq!(config.permalink("/a/"), "https://x.example/sub/a/");
    }
}
