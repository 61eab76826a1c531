//! The site as all templates share it: the model, what was rendered of it, and caches.
//!
//! Objects handed to templates ([`crate::objects`]) hold one [`Arc`] of this and a number; nothing of
//! a page is copied to show it in another.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use minijinja::value::Value;
use site_model::{
    Config, ContentId, HighlightStyle, HighlightThemes, Highlighting, Search, Site, TemplateSyntax,
    slugify_path,
};

use crate::content::Rendered;
use crate::files::Found;
use crate::highlight::Highlighter;
use crate::images::Images;
use crate::outside::Fetch;
use crate::remote_data::RemoteData;
use crate::sass::Styles;
use crate::values::{Fields, from_map, optional};

/// What all templates share.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) site: Site,
    rendered: OnceLock<AllRendered>,
    /// Of each page and of each section.
    shown: (Vec<Shown>, Vec<Shown>),
    /// Colours code, where the site asks for it.
    pub(crate) highlighter: Option<Arc<Highlighter>>,
    configs: HashMap<Arc<str>, Value>,
    /// Of each taxonomy, the number of a term by its name and by its slug.
    terms: Vec<OnceLock<HashMap<String, usize>>>,
    /// Data files, read and parsed once.
    pub(crate) data_files: Mutex<HashMap<(String, String), Value>>,
    /// Data from elsewhere, fetched once.
    pub(crate) remote_data: Arc<RemoteData>,
    /// Files that templates named, found once.
    pub(crate) found_files: Mutex<HashMap<String, Option<Found>>>,
    /// Static files and assets by their place in the output.
    pub(crate) published: OnceLock<BTreeMap<String, PathBuf>>,
    /// The search index of each language in Zola's format, made when first asked for.
    pub(crate) search_indexes: Vec<OnceLock<Arc<str>>>,
    pub(crate) styles: Styles,
    pub(crate) images: Images,
    /// The root with all symbolic links resolved, to keep files read by templates inside of it.
    pub(crate) real_root: PathBuf,
}

/// Rendered Markdown of all pages and sections, by their numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllRendered {
    pub(crate) pages: Vec<Arc<Rendered>>,
    pub(crate) sections: Vec<Arc<Rendered>>,
    /// Who links to a page or section.
    pub(crate) backlinks: HashMap<ContentId, Vec<ContentId>>,
}

impl AllRendered {
    /// HTML of a page or section; empty where there is none.
    pub(crate) fn html(&self, id: ContentId) -> &str {
        self.get(id).and_then(|rendered| rendered.content.as_str()).unwrap_or_default()
    }

    /// What was rendered of a page or section.
    pub(crate) fn get(&self, id: ContentId) -> Option<&Rendered> {
        let rendered = match id {
            ContentId::Page(id) => self.pages.get(id.idx()),
            ContentId::Section(id) => self.sections.get(id.idx()),
        };
        rendered.map(AsRef::as_ref)
    }

    /// Puts what was rendered anew in its place.
    pub(crate) fn replace(&mut self, id: ContentId, rendered: Arc<Rendered>) {
        match id {
            ContentId::Page(id) => self.pages[id.idx()] = rendered,
            ContentId::Section(id) => self.sections[id.idx()] = rendered,
        }
    }
}

/// What lists and menus show of a page or section over and over, turned into values when first asked
/// for.
#[derive(Debug, Default)]
struct Shown {
    title: OnceLock<Value>,
    permalink: OnceLock<Value>,
    extra: OnceLock<Value>,
}

impl Library {
    pub(crate) fn new(
        site: &Site,
        highlighter: Option<Arc<Highlighter>>,
        styles: Styles,
        fetcher: Option<Arc<dyn Fetch>>,
    ) -> Arc<Self> {
        let configs = site
            .config
            .languages
            .iter()
            .map(|language| (language.code.clone(), config_value(&site.config, &language.code)))
            .collect();
        let remote_data = Arc::new(RemoteData::new(fetcher));
        Self::with(site, highlighter, configs, styles, Images::default(), remote_data)
    }

    /// The library of the same site with edited pages: the configuration is the same, and what was
    /// read from files is read again.
    pub(crate) fn revised(&self, site: &Site) -> Arc<Self> {
        let (styles, images) = (self.styles.clone(), self.images.revised());
        let (highlighter, configs) = (self.highlighter.clone(), self.configs.clone());
        Self::with(site, highlighter, configs, styles, images, self.remote_data.clone())
    }

    fn with(
        site: &Site,
        highlighter: Option<Arc<Highlighter>>,
        configs: HashMap<Arc<str>, Value>,
        styles: Styles,
        images: Images,
        remote_data: Arc<RemoteData>,
    ) -> Arc<Self> {
        Arc::new(Self {
            shown: (
                site.pages.iter().map(|_| Shown::default()).collect(),
                site.sections.iter().map(|_| Shown::default()).collect(),
            ),
            configs,
            highlighter,
            terms: site.taxonomies.iter().map(|_| OnceLock::new()).collect(),
            rendered: OnceLock::new(),
            data_files: Mutex::default(),
            remote_data,
            found_files: Mutex::default(),
            published: OnceLock::new(),
            search_indexes: site.config.languages.iter().map(|_| OnceLock::new()).collect(),
            styles,
            images,
            real_root: site.root.canonicalize().unwrap_or_else(|_| site.root.to_path_buf()),
            site: site.clone(),
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.site.config
    }

    /// Hands in what was rendered; until then contents are empty.
    pub(crate) fn set_rendered(&self, rendered: AllRendered) {
        // Only the renderer calls this, once; a second call would change nothing.
        let _ = self.rendered.set(rendered);
    }

    pub(crate) fn all_rendered(&self) -> Option<&AllRendered> {
        self.rendered.get()
    }

    /// What was rendered of a page or section.
    pub(crate) fn rendered(&self, id: ContentId) -> Option<&Rendered> {
        self.rendered.get()?.get(id)
    }

    fn shown(&self, id: ContentId) -> &Shown {
        match id {
            ContentId::Page(id) => &self.shown.0[id.idx()],
            ContentId::Section(id) => &self.shown.1[id.idx()],
        }
    }

    pub(crate) fn extra(&self, id: ContentId) -> Value {
        let extra = || match id {
            ContentId::Page(id) => from_map(&self.site.page(id).meta.extra),
            ContentId::Section(id) => from_map(&self.site.section(id).meta.extra),
        };
        self.shown(id).extra.get_or_init(extra).clone()
    }

    pub(crate) fn title(&self, id: ContentId) -> Value {
        self.shown(id).title.get_or_init(|| optional(self.site.title(id))).clone()
    }

    pub(crate) fn permalink(&self, id: ContentId) -> Value {
        let permalink = || Value::from(self.config().permalink(&self.site.source(id).path));
        self.shown(id).permalink.get_or_init(permalink).clone()
    }

    /// `config` as templates of a language see it.
    pub(crate) fn config_value(&self, lang: &str) -> Value {
        self.configs
            .get(lang)
            .or_else(|| self.configs.get(self.config().default_language.as_str()))
            .cloned()
            .unwrap_or_default()
    }

    /// The number of a term of a taxonomy, by its name or slug.
    pub(crate) fn term(&self, taxonomy: usize, name: &str) -> Option<usize> {
        let terms = &self.site.taxonomies[taxonomy].terms;
        let known = self.terms[taxonomy].get_or_init(|| {
            let mut known = HashMap::with_capacity(2 * terms.len());
            for (number, term) in terms.iter().enumerate() {
                known.entry(term.name.clone()).or_insert(number);
                known.entry(term.slug.clone()).or_insert(number);
            }
            known
        });
        let by_slug = || known.get(&slugify_path(name, self.config().slugify.taxonomies));
        known.get(name).or_else(by_slug).copied()
    }

    /// The language a code stands for; nothing when the site has no such language.
    pub(crate) fn language(&self, code: &str) -> Option<Arc<str>> {
        self.config().language(code).map(|language| language.code.clone())
    }
}

fn config_value(config: &Config, lang: &str) -> Value {
    // Tera templates are shown the other languages, as in Zola; ours all of them.
    let is_own = config.woodblock.templates == TemplateSyntax::MiniJinja;
    let shown = config.languages.iter().filter(|language| is_own || *language.code != *lang);
    let languages = shown.map(|language| {
        // Here alone: themes ask `{% if config.translations %}`, which is nothing in Zola.
        let value = language_fields(config, &language.code)
            .with("translations", from_map(&language.translations))
            .with("search", search_fields(&language.search))
            .into_value();
        (language.code.to_string(), value)
    });
    language_fields(config, lang)
        .with(
            "base_url",
            if is_own { &config.base_url } else { &config.base_url_as_written }.as_str(),
        )
        .with("mode", "build")
        .with("default_language", config.default_language.as_str())
        .with("languages", Value::from_pairs(languages))
        .with("theme", optional(config.theme.as_deref()))
        .with("author", optional(config.author.as_deref()))
        .with("generate_sitemap", config.generate_sitemap)
        .with("exclude_paginated_pages_in_sitemap", excluded_from_sitemap(config))
        .with("generate_robots_txt", config.generate_robots_txt)
        .with("search", search_value(config, lang))
        .with("markdown", markdown_value(config))
        .with("extra", from_map(&config.extra))
        .into_value()
}

fn excluded_from_sitemap(config: &Config) -> &'static str {
    if config.exclude_paginated_pages_in_sitemap { "all" } else { "none" }
}

fn language_fields(config: &Config, lang: &str) -> Fields {
    let Some(language) = config.language(lang) else { return Fields::default() };
    let taxonomies = language.taxonomies.iter().map(taxonomy_config).collect::<Vec<_>>();
    Fields::default()
        .with("title", optional(language.title.as_deref()))
        .with("description", optional(language.description.as_deref()))
        // Older names of what follows, for themes that never learnt the new ones.
        .with("generate_rss", language.generate_feeds)
        .with("generate_feed", language.generate_feeds)
        .with("feed_filename", optional(language.feed_filenames.first().map(String::as_str)))
        .with("generate_feeds", language.generate_feeds)
        .with("feed_filenames", language.feed_filenames.clone())
        .with("taxonomies", taxonomies)
        .with("build_search_index", language.build_search_index)
}

fn search_value(config: &Config, lang: &str) -> Value {
    let search = config.language(lang).map(|language| language.search.clone()).unwrap_or_default();
    Fields::default().with("index_format", search.index_format.name()).into_value()
}

/// All that is set about the search of a language that is not the page's own.
fn search_fields(search: &Search) -> Value {
    Fields::default()
        .with("include_title", search.include_title)
        .with("include_content", search.include_content)
        .with("truncate_content_length", search.truncate_content_length.map(|count| count as u64))
        .with("include_description", search.include_description)
        .with("include_date", search.include_date)
        .with("include_path", search.include_path)
        .with("index_format", search.index_format.name())
        .into_value()
}

fn markdown_value(config: &Config) -> Value {
    let markdown = &config.markdown;
    let highlighting = markdown.highlighting.as_ref();
    // Templates of the time before `highlighting` ask for the theme by its older name.
    let theme = highlighting.map_or("base16-ocean-dark", |it| match &it.themes {
        HighlightThemes::Single(theme) | HighlightThemes::Dual { light: theme, .. } => theme,
    });
    Fields::default()
        .with("highlight_code", highlighting.is_some())
        .with("highlight_theme", theme)
        .with("highlighting", highlighting.map(highlighting_value))
        .with("render_emoji", markdown.render_emoji)
        .with("external_links_class", optional(markdown.external_links_class.as_deref()))
        .with("external_links_target_blank", markdown.external_links_target_blank)
        .with("external_links_no_follow", markdown.external_links_no_follow)
        .with("external_links_no_referrer", markdown.external_links_no_referrer)
        .with("external_links_external", markdown.external_links_external)
        .with("smart_punctuation", markdown.smart_punctuation)
        .with("definition_list", markdown.definition_list)
        .with("bottom_footnotes", markdown.bottom_footnotes)
        .with("lazy_async_image", markdown.lazy_async_image)
        .with("insert_anchor_links", markdown.insert_anchor_links.name())
        .with("github_alerts", markdown.github_alerts)
        .into_value()
}

fn highlighting_value(highlighting: &Highlighting) -> Value {
    let is_class = highlighting.style == HighlightStyle::Class;
    let fields = Fields::default()
        .with("error_on_missing_language", highlighting.error_on_missing_language)
        .with("style", if is_class { "class" } else { "inline" })
        .with("extra_grammars", highlighting.extra_grammars.clone())
        .with("extra_themes", highlighting.extra_themes.clone());
    match &highlighting.themes {
        HighlightThemes::Single(theme) => fields.with("theme", theme.as_str()),
        HighlightThemes::Dual { light, dark } => {
            fields.with("light_theme", light.as_str()).with("dark_theme", dark.as_str())
        }
    }
    .into_value()
}

/// A taxonomy's configuration as templates see it.
pub(crate) fn taxonomy_config(config: &site_model::TaxonomyConfig) -> Value {
    Fields::default()
        .with("name", config.name.as_str())
        .with("slug", config.slug.as_str())
        .with("paginate_by", config.paginate_by.map(|count| count as u64))
        .with("paginate_path", optional(config.paginate_path.as_deref()))
        .with("render", config.render)
        .with("feed", config.feed)
        .into_value()
}
