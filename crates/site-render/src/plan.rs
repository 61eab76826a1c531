//! The plan of the output: which files there will be, before any of them is rendered.
//!
//! Whatever is wrong with the set of files, such as two of one path or a template that is not there,
//! is found here, so that one run tells it together with all else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use site_model::{
    ContentId, Diagnostic, PageId, Pagination, Section, SectionId, Site, Source, TemplateSyntax,
};

use crate::images;
use crate::library::Library;
use crate::sass::Styles;
use crate::search_index;
use crate::templates::TemplateIndex;

/// One file to be written.
#[derive(Debug)]
pub(crate) struct Job {
    /// Path below the output folder.
    pub(crate) path: String,
    pub(crate) kind: JobKind,
}

/// What is in it.
#[derive(Debug)]
pub(crate) enum JobKind {
    Page(PageId, String),
    Section(SectionId, String),
    SectionPager {
        section: SectionId,
        template: String,
        pagination: Arc<Pagination>,
        pager: usize,
    },
    TaxonomyList {
        taxonomy: usize,
        template: String,
    },
    Term {
        taxonomy: usize,
        term: usize,
        template: String,
    },
    TermPager {
        taxonomy: usize,
        term: usize,
        template: String,
        pagination: Arc<Pagination>,
        pager: usize,
    },
    /// Sends the visitor to another address of the site, or, with a scheme, anywhere.
    Redirect {
        to: String,
        lang: Arc<str>,
    },
    Feed(FeedOf, String),
    Sitemap,
    Robots,
    NotFound(Arc<str>),
    /// The search index of a language in Zola's format.
    SearchIndex(Arc<str>),
    /// A text that is there already.
    Ready(String),
    Copy(PathBuf),
}

/// What a feed is of.
#[derive(Debug, Clone)]
pub(crate) enum FeedOf {
    Language(Arc<str>),
    Section(SectionId),
    Term { taxonomy: usize, term: usize },
}

/// Makes the plan; also returns the complaints of files that have one path, which are worth nothing
/// where the addresses themselves are at fault.
///
/// - `style_sheets`: file name and text of those for code.
pub(crate) fn plan(
    library: &Library,
    index: &TemplateIndex,
    style_sheets: &[(String, String)],
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Job>, Vec<Diagnostic>) {
    let mut planner = Planner {
        site: &library.site,
        index,
        jobs: Vec::new(),
        claimed: BTreeMap::new(),
        told_templates: BTreeSet::new(),
        collisions: Vec::new(),
        diagnostics,
    };
    // In Zola's order: what comes later takes the place of what came before.
    planner.search_indexes();
    planner.aliases();
    planner.assets();
    planner.sections();
    planner.pages();
    planner.site_files();
    planner.feeds();
    planner.taxonomies();
    planner.static_files();
    planner.style_sheets(style_sheets);
    planner.styles(&library.styles);
    (planner.jobs, planner.collisions)
}

struct Planner<'a> {
    site: &'a Site,
    index: &'a TemplateIndex,
    jobs: Vec<Job>,
    /// Who has a path, and which job writes it.
    claimed: BTreeMap<String, (usize, String)>,
    /// Missing templates already complained of, with the file that names them.
    told_templates: BTreeSet<(String, PathBuf)>,
    collisions: Vec<Diagnostic>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// The file of an address: `a/b/` to `a/b/index.html`; what already ends in `.html` stays.
fn file_of(path: &str) -> String {
    let bare = path.strip_suffix('/').unwrap_or(path);
    if Path::new(bare).extension().is_some_and(|ending| ending == "html") {
        bare.to_owned()
    } else if bare.is_empty() {
        "index.html".to_owned()
    } else {
        format!("{bare}/index.html")
    }
}

impl<'a> Planner<'a> {
    /// Adds a file, in place of one of that path; `who` and `file` name the claimant for a warning.
    fn add(&mut self, path: String, kind: JobKind, who: &str, file: Option<&Path>) {
        let job = Job { path: path.clone(), kind };
        match self.claimed.get_mut(&path) {
            None => {
                self.claimed.insert(path, (self.jobs.len(), who.to_owned()));
                self.jobs.push(job);
            }
            Some((idx, _)) if is_same_copy(&self.jobs[*idx].kind, &job.kind) => {}
            Some((idx, owner)) => {
                let message = format!("output file `{path}` of {owner} is replaced by {who}");
                let warning = Diagnostic::warning(message).help("rename one of them");
                self.jobs[*idx] = job;
                who.clone_into(owner);
                self.collisions.push(match file {
                    Some(file) => warning.in_file(file),
                    None => warning,
                });
            }
        }
    }

    fn sections(&mut self) {
        let site = self.site;
        for (idx, section) in site.sections.iter().enumerate() {
            let id = SectionId(u32::try_from(idx).expect("a site has fewer than 2^32 sections"));
            let who = section.source.file.display().to_string();
            let path = file_of(&section.source.path);
            if !section.meta.render {
                continue;
            }
            if let Some(to) = &section.meta.redirect_to {
                let kind = redirect(page_address(to), &section.source);
                self.add(path, kind, &who, Some(&section.source.file));
            } else if let Some(template) = self.section_template(section) {
                self.section(id, section, template, path, &who);
            }
        }
    }

    fn section(
        &mut self,
        id: SectionId,
        section: &Section,
        template: String,
        path: String,
        who: &str,
    ) {
        let file = Some(section.source.file.as_path());
        let Some(per_pager) = section.meta.paginate_by else {
            self.add(path, JobKind::Section(id, template), who, file);
            return;
        };
        let word = &section.meta.paginate_path;
        let total = section.pages.len();
        let pagination = Arc::new(Pagination::new(&section.source.path, word, per_pager, total));
        for (pager, one) in pagination.pagers.iter().enumerate() {
            let pagination = pagination.clone();
            let template = template.clone();
            let kind = JobKind::SectionPager { section: id, template, pagination, pager };
            self.add(file_of(&one.path), kind, who, file);
        }
        let kind = redirect(section.source.path.clone(), &section.source);
        self.add(file_of(&pagination.first_alias()), kind, who, file);
    }

    fn section_template(&mut self, section: &Section) -> Option<String> {
        let default = if section.is_home() { "index.html" } else { "section.html" };
        match &section.meta.template {
            Some(name) => self.template(name, &section.source, "template"),
            None => Some(default.to_owned()),
        }
    }

    fn pages(&mut self) {
        let site = self.site;
        for (idx, page) in site.pages.iter().enumerate().filter(|(_, page)| page.meta.render) {
            let id = PageId(u32::try_from(idx).expect("a site has fewer than 2^32 pages"));
            let Some(template) = self.page_template(&page.source, page.meta.template.as_deref())
            else {
                continue;
            };
            let who = page.source.file.display().to_string();
            let kind = JobKind::Page(id, template);
            self.add(file_of(&page.source.path), kind, &who, Some(&page.source.file));
        }
    }

    /// Its own, else that of the nearest section above which sets one for its pages.
    fn page_template(&mut self, source: &Source, own: Option<&str>) -> Option<String> {
        if let Some(name) = own {
            return self.template(name, source, "template");
        }
        let site = self.site;
        let sections = source.ancestors.iter().rev().map(|id| site.section(*id));
        for section in sections {
            if let Some(name) = &section.meta.page_template {
                return self.template(name, &section.source, "page_template");
            }
        }
        Some("page.html".to_owned())
    }

    /// The template's name if it exists.
    fn template(&mut self, name: &str, source: &Source, key: &str) -> Option<String> {
        if self.index.has(name) {
            return Some(name.to_owned());
        }
        if self.told_templates.insert((name.to_owned(), source.file.clone())) {
            let diagnostic = Diagnostic::error(format!("there is no template `{name}`"));
            let diagnostic = if source.record_line > 0 {
                diagnostic.in_file(&source.file).at_line(source.record_line)
            } else {
                diagnostic.at_key(&self.site.root, &source.file, &[key])
            };
            self.diagnostics.push(diagnostic.help(self.index.help_for_unknown(name)));
        }
        None
    }

    fn taxonomies(&mut self) {
        let site = self.site;
        for (idx, taxonomy) in site.taxonomies.iter().enumerate() {
            // As in Zola, a taxonomy without terms has no page.
            if !taxonomy.config.render || taxonomy.terms.is_empty() {
                continue;
            }
            let name = &taxonomy.config.name;
            let own = |kind: &str, default: &str| {
                let specific = format!("{name}/{kind}.html");
                if self.index.has(&specific) { specific } else { default.to_owned() }
            };
            let (list, single) =
                (own("list", "taxonomy_list.html"), own("single", "taxonomy_single.html"));
            let who = format!("taxonomy `{name}`");
            let kind = JobKind::TaxonomyList { taxonomy: idx, template: list };
            self.add(file_of(&taxonomy.path), kind, &who, None);
            for term in 0..taxonomy.terms.len() {
                self.term(idx, term, &single, &who);
            }
        }
    }

    fn term(&mut self, taxonomy_idx: usize, term_idx: usize, template: &str, who: &str) {
        let site = self.site;
        let taxonomy = &site.taxonomies[taxonomy_idx];
        let term = &taxonomy.terms[term_idx];
        let template = template.to_owned();
        let Some(per_pager) = taxonomy.config.paginate_by else {
            let kind = JobKind::Term { taxonomy: taxonomy_idx, term: term_idx, template };
            self.add(file_of(&term.path), kind, who, None);
            return;
        };
        let word = taxonomy.config.paginate_path();
        let pagination = Arc::new(Pagination::new(&term.path, word, per_pager, term.pages.len()));
        for (pager, one) in pagination.pagers.iter().enumerate() {
            let kind = JobKind::TermPager {
                taxonomy: taxonomy_idx,
                term: term_idx,
                template: template.clone(),
                pagination: pagination.clone(),
                pager,
            };
            self.add(file_of(&one.path), kind, who, None);
        }
        let kind = JobKind::Redirect { to: term.path.clone(), lang: taxonomy.lang.clone() };
        self.add(file_of(&pagination.first_alias()), kind, who, None);
    }

    fn aliases(&mut self) {
        let site = self.site;
        let sections = site.sections.iter().map(|it| (&it.source, &it.meta.aliases));
        let pages = site.pages.iter().map(|it| (&it.source, &it.meta.aliases));
        for (source, aliases) in sections.chain(pages) {
            for alias in aliases {
                let who = format!("an alias of {}", source.file.display());
                let kind = redirect(source.path.clone(), source);
                // An alias that names the content's own address is passed over.
                if file_of(alias) != file_of(&source.path) {
                    self.add(file_of(alias), kind, &who, Some(&source.file));
                }
            }
        }
    }

    fn feeds(&mut self) {
        let site = self.site;
        for language in &site.config.languages {
            for name in &language.feed_filenames {
                let prefix = site.config.language_prefix(&language.code);
                if language.has_feeds {
                    self.feed(FeedOf::Language(language.code.clone()), &prefix, name);
                }
            }
        }
        for (idx, section) in site.sections.iter().enumerate() {
            if section.meta.generate_feeds {
                let id =
                    SectionId(u32::try_from(idx).expect("a site has fewer than 2^32 sections"));
                let is_home_feed = section.is_home() && self.language_feeds(&section.source.lang);
                for name in self.feed_names(&section.source.lang) {
                    if !is_home_feed {
                        self.feed(FeedOf::Section(id), &section.source.path, name);
                    }
                }
            }
        }
        for (idx, taxonomy) in site.taxonomies.iter().enumerate() {
            let is_fed = taxonomy.config.feed && taxonomy.config.render;
            for (term_idx, term) in taxonomy.terms.iter().enumerate().filter(|_| is_fed) {
                for name in self.feed_names(&taxonomy.lang) {
                    self.feed(FeedOf::Term { taxonomy: idx, term: term_idx }, &term.path, name);
                }
            }
        }
    }

    fn feed_names(&self, lang: &str) -> &'a [String] {
        self.site.config.language(lang).map_or(&[], |language| &language.feed_filenames)
    }

    /// Whether a language's own feeds stand where its home page's would.
    fn language_feeds(&self, lang: &str) -> bool {
        self.site.config.language(lang).is_some_and(|language| language.has_feeds)
    }

    fn feed(&mut self, of: FeedOf, folder: &str, name: &str) {
        if !self.index.has(name) {
            if self.told_templates.insert((name.to_owned(), self.site.config.file.clone())) {
                let help = self.index.help_for_unknown(name);
                self.diagnostics.push(
                    Diagnostic::error(format!("there is no template `{name}` for the feed"))
                        .at_key(&self.site.root, &self.site.config.file, &["feed_filenames"])
                        .help(help),
                );
            }
            return;
        }
        self.add(format!("{folder}{name}"), JobKind::Feed(of, name.to_owned()), "a feed", None);
    }

    fn site_files(&mut self) {
        let config = &self.site.config;
        if config.generate_sitemap {
            self.add("sitemap.xml".to_owned(), JobKind::Sitemap, "the sitemap", None);
        }
        if config.generate_robots_txt {
            self.add("robots.txt".to_owned(), JobKind::Robots, "robots.txt", None);
        }
        let is_own = config.woodblock.templates == TemplateSyntax::MiniJinja;
        for language in &config.languages {
            let is_default = *language.code == *config.default_language;
            // Zola writes one; templates written for this program get one for each language.
            if is_default || is_own && self.index.has_own("404.html") {
                let path = format!("{}404.html", config.language_prefix(&language.code));
                self.add(path, JobKind::NotFound(language.code.clone()), "the error page", None);
            }
        }
    }

    fn assets(&mut self) {
        let site = self.site;
        let sections = site.sections.iter().map(|it| (&it.source, true));
        let pages = site.pages.iter().map(|it| (&it.source, it.meta.render));
        for (source, is_rendered) in sections.chain(pages) {
            for asset in source.assets.iter().filter(|_| is_rendered) {
                let path = asset_path(source, asset);
                let file = Path::new("content").join(asset);
                let from = site.root.join(&file);
                let who = file.display().to_string();
                self.add(path, JobKind::Copy(from), &who, Some(&file));
            }
        }
    }

    fn static_files(&mut self) {
        let site = self.site;
        let processed = site.root.join("static").join(images::FOLDER);
        // The site's folder of processed images belongs to the program; what lies there is left over.
        let kept = site.static_files.iter().filter(|(_, from)| !from.starts_with(&processed));
        for (path, from) in kept {
            let file = from.strip_prefix(&site.root).unwrap_or(from);
            let who = file.display().to_string();
            self.add(path.clone(), JobKind::Copy(from.clone()), &who, Some(file));
        }
    }

    /// A static file goes before the style sheet of its name.
    fn styles(&mut self, styles: &Styles) {
        for (path, css) in styles {
            if !self.claimed.contains_key(path) {
                self.add(path.clone(), JobKind::Ready(css.to_string()), "a style sheet", None);
            }
        }
    }
}

/// Where an asset stands in the output: beside the page it belongs to.
pub(crate) fn asset_path(source: &Source, asset: &str) -> String {
    let below = asset.strip_prefix(source.folder.as_str()).unwrap_or(asset);
    format!("{}{}", source.path, below.trim_start_matches('/'))
}

impl Planner<'_> {
    /// A site's own file of that name goes before.
    fn style_sheets(&mut self, style_sheets: &[(String, String)]) {
        for (file, text) in style_sheets {
            if !self.claimed.contains_key(file) {
                let kind = JobKind::Ready(text.clone());
                self.add(file.clone(), kind, "a style sheet for code", None);
            }
        }
    }

    fn search_indexes(&mut self) {
        let site = self.site;
        let format = search_index::format(site);
        let indexed = site.config.languages.iter().filter(|language| language.has_search_index);
        let mut has_index = false;
        for language in indexed {
            has_index = true;
            let kind = JobKind::SearchIndex(language.code.clone());
            self.add(format.file_name(&language.code), kind, "the search index", None);
        }
        let script = search_index::ELASTICLUNR_FILE;
        if has_index && format.is_elasticlunr() && !self.claimed.contains_key(script) {
            let kind = JobKind::Ready(search_index::ELASTICLUNR.to_owned());
            self.add(script.to_owned(), kind, "the search index", None);
        }
    }
}

/// An asset below two pages may have one address by both.
fn is_same_copy(one: &JobKind, other: &JobKind) -> bool {
    matches!((one, other), (JobKind::Copy(one), JobKind::Copy(other)) if one == other)
}

/// The address of a page as written by an author, who may leave its last slash out.
fn page_address(to: &str) -> String {
    let is_whole = to.contains("://") || to.ends_with('/') || to.contains('#');
    let is_file = Path::new(to).extension().is_some_and(|ending| ending == "xml");
    if is_whole || is_file { to.to_owned() } else { format!("{to}/") }
}

fn redirect(to: String, from: &Source) -> JobKind {
    JobKind::Redirect { to, lang: from.lang.clone() }
}

/// The content a job shows, for complaints.
pub(crate) fn content_of(kind: &JobKind) -> Option<ContentId> {
    match kind {
        JobKind::Page(id, _) => Some(ContentId::Page(*id)),
        JobKind::Section(id, _) | JobKind::SectionPager { section: id, .. } => {
            Some(ContentId::Section(*id))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_files() {
        let table = [
            ("", "index.html"),
            ("a/", "a/index.html"),
            ("old.html", "old.html"),
            ("old.html/", "old.html"),
            ("a/b", "a/b/index.html"),
        ];
        for (path, file) in table {
            assert_eq!(file_of(path), file, "{path}");
        }
    }
}
