//! Loading `content/`: every Markdown file to a page or a section, assets to their owners.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::config::{Config, Options};
use crate::content_files::{self, FoundFile};
use crate::content_name::{self, ContentName, Kind, NameFault};
use crate::date::ContentDate;
use crate::fields::Reading;
use crate::front_matter::{self, PageMeta, SectionMeta};
use crate::page::{Page, Section, Source, above, self_and_above};
use crate::site::InjectedPage;
use crate::slugify::{segment_fault, slugify_path};
use crate::{Diagnostic, source_file};

/// Pages and sections, not yet connected.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) pages: Vec<Page>,
    pub(crate) sections: Vec<Section>,
    /// Paths below `content/` of files that are there but could not be loaded.
    pub(crate) broken: BTreeSet<String>,
}

pub(crate) enum Loaded {
    Page(Box<Page>),
    Section(Box<Section>),
}

/// Loads all of `content/` and the injected pages; drafts are left out here.
pub(crate) fn load(
    options: &Options,
    config: &Config,
    injected: Vec<InjectedPage>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Content {
    let folder = Path::new("content");
    let found = content_files::walk(&options.root, folder, &config.ignored_content, diagnostics);
    let (markdown, assets): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|file| Path::new(&file.relative).extension().is_some_and(|ext| ext == "md"));
    let loaded: Vec<_> =
        markdown.par_iter().map(|file| load_file(&options.root, config, file)).collect();
    let mut content = Content::default();
    for ((loaded, mut problems), file) in loaded.into_iter().zip(&markdown) {
        if problems.iter().any(Diagnostic::is_error) {
            content.broken.insert(file.relative.clone());
        }
        diagnostics.append(&mut problems);
        match loaded {
            Some(Loaded::Page(page)) => content.pages.push(*page),
            Some(Loaded::Section(section)) => content.sections.push(*section),
            None => {}
        }
    }
    if !options.drafts {
        leave_out_drafts(&mut content);
    }
    add_home_sections(config, &mut content);
    for page in injected {
        content.pages.extend(injected_page(page, config, diagnostics));
    }
    hand_out_assets(&mut content, assets);
    content
}

/// Reads one file; nothing where it is no content.
pub(crate) fn load_file(
    root: &Path,
    config: &Config,
    file: &FoundFile,
) -> (Option<Loaded>, Vec<Diagnostic>) {
    let path = Path::new("content").join(&file.relative);
    let (folder, file_name) = file.relative.rsplit_once('/').unwrap_or(("", &file.relative));
    // Notes of an editor, say; Zola passes over them too.
    if file_name.starts_with('.') {
        return (None, Vec::new());
    }
    let name = match content_name::parse(file_name, config) {
        Ok(name) => name,
        Err(NameFault::UnknownLanguage(code)) => {
            return (None, vec![unknown_language(&path, &code, config)]);
        }
        Err(NameFault::DefaultLanguageSection) => {
            let warning = Diagnostic::warning("the default language's code hides this section");
            return (None, vec![warning.in_file(&path).help("name the file `_index.md`")]);
        }
    };
    let text = match source_file::read(root, &path) {
        Ok(text) => text,
        Err(problem) => return (None, vec![problem]),
    };
    let mut reading = Reading::new(&path, &text);
    let Some((entries, body)) = front_matter::parse(&mut reading) else {
        return (None, reading.diagnostics);
    };
    let source = Source {
        relative_path: file.relative.clone(),
        folder: folder.to_owned(),
        lang: language_code(config, &name.lang),
        body_line: u32::try_from(text[..body].matches('\n').count() + 1).unwrap_or(u32::MAX),
        body: Arc::from(&text[body..]),
        ..Source::default()
    };
    let loaded = if name.kind == Kind::Section {
        let meta = front_matter::section_meta(entries, &mut reading);
        section(source, meta, config, &mut reading).map(|it| Loaded::Section(Box::new(it)))
    } else {
        let meta = front_matter::page_meta(entries, &mut reading);
        page(source, meta, &name, config, &mut reading).map(|it| Loaded::Page(Box::new(it)))
    };
    let diagnostics = reading.diagnostics;
    (loaded.map(|loaded| with_file(loaded, path)), diagnostics)
}

fn with_file(mut loaded: Loaded, path: PathBuf) -> Loaded {
    match &mut loaded {
        Loaded::Page(page) => page.source.file = path,
        Loaded::Section(section) => section.source.file = path,
    }
    loaded
}

/// What an edited file says, in the place that its older version had.
pub(crate) fn reread(old: &Source, new: Source) -> Source {
    Source { body: new.body, body_line: new.body_line, ..old.clone() }
}

fn language_code(config: &Config, code: &str) -> Arc<str> {
    config.language(code).map_or_else(|| Arc::from(code), |language| language.code.clone())
}

fn unknown_language(path: &Path, code: &str, config: &Config) -> Diagnostic {
    let known: Vec<_> =
        config.languages.iter().map(|language| format!("`{}`", language.code)).collect();
    Diagnostic::error(format!("`{code}` in the file's name is no language of this site"))
        .in_file(path)
        .help(format!(
            "the languages are {}; add `[languages.{code}]` to {}, or rename the file",
            known.join(", "),
            config.file.display()
        ))
}

fn section(
    mut source: Source,
    meta: SectionMeta,
    config: &Config,
    to: &mut Reading<'_>,
) -> Option<Section> {
    check_folder(&source.folder, to)?;
    let prefix = config.language_prefix(&source.lang);
    source.path =
        if source.folder.is_empty() { prefix } else { format!("{prefix}{}/", source.folder) };
    Some(Section { source, meta, is_written: true, ..Section::default() })
}

fn check_folder(folder: &str, to: &mut Reading<'_>) -> Option<()> {
    let parts = folder.split('/').filter(|part| !part.is_empty());
    let Some((part, fault)) =
        parts.into_iter().find_map(|part| segment_fault(part).map(|fault| (part, fault)))
    else {
        return Some(());
    };
    let diagnostic = Diagnostic::error(format!("folder `{part}` cannot be in an address: {fault}"));
    to.diagnostics.push(diagnostic.in_file(to.file).help("rename the folder"));
    None
}

fn page(
    mut source: Source,
    mut meta: PageMeta,
    name: &ContentName,
    config: &Config,
    to: &mut Reading<'_>,
) -> Option<Page> {
    check_folder(&source.folder, to)?;
    let is_colocated = name.kind == Kind::IndexPage;
    let (above, own) = match (is_colocated, source.folder.rsplit_once('/')) {
        (false, _) => (source.folder.as_str(), name.stem.as_str()),
        (true, Some((above, own))) => (above, own),
        (true, None) => ("", source.folder.as_str()),
    };
    let (date, undated) = content_name::split_date(own);
    let kept = if config.slugify.paths_keep_dates { own } else { undated };
    let slug = slugify_path(meta.slug.as_deref().unwrap_or(kept), config.slugify.paths);
    source.path = if let Some(path) = &meta.path {
        format!("{path}/")
    } else {
        check_slug(&slug, meta.slug.is_some(), to)?;
        let between = if above.is_empty() { "" } else { "/" };
        format!("{}{above}{between}{slug}/", config.language_prefix(&source.lang))
    };
    meta.date = meta.date.or(date);
    let colocated_path = is_colocated.then(|| format!("{}/", source.folder));
    Some(Page { source, meta, slug, colocated_path, ..Page::default() })
}

fn check_slug(slug: &str, is_chosen: bool, to: &mut Reading<'_>) -> Option<()> {
    let Some(fault) = segment_fault(slug) else { return Some(()) };
    let what = if is_chosen { "slug" } else { "file's name" };
    let message = format!("the {what} cannot be in an address: {fault}");
    let diagnostic = Diagnostic::error(message).in_file(to.file);
    to.diagnostics.push(diagnostic.help("set another `slug` in front matter"));
    None
}

/// A draft section hides all below it in its language.
fn leave_out_drafts(content: &mut Content) {
    let hidden: Vec<(Arc<str>, String)> = content
        .sections
        .iter()
        .filter(|section| section.meta.draft)
        .map(|section| (section.source.lang.clone(), section.source.folder.clone()))
        .collect();
    let is_hidden = |source: &Source| {
        hidden.iter().any(|(lang, folder)| {
            *lang == source.lang && (source.folder == *folder || is_below(&source.folder, folder))
        })
    };
    content.pages.retain(|page| !page.meta.draft && !is_hidden(&page.source));
    content.sections.retain(|section| !is_hidden(&section.source));
}

fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty() || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// Every language has a home page, written or not.
fn add_home_sections(config: &Config, content: &mut Content) {
    for language in &config.languages {
        let is_there = content
            .sections
            .iter()
            .any(|section| section.is_home() && section.source.lang == language.code);
        if is_there {
            continue;
        }
        let file_name = index_name("_index", config, &language.code);
        content.sections.push(Section {
            source: Source {
                file: Path::new("content").join(&file_name),
                relative_path: file_name,
                lang: language.code.clone(),
                path: config.language_prefix(&language.code),
                ..Source::default()
            },
            ..Section::default()
        });
    }
}

/// `stem.md` in the default language, `stem.CODE.md` in another.
pub(crate) fn index_name(stem: &str, config: &Config, lang: &str) -> String {
    if lang == config.default_language { format!("{stem}.md") } else { format!("{stem}.{lang}.md") }
}

fn injected_page(
    page: InjectedPage,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Page> {
    let line = u32::try_from(page.line).unwrap_or(u32::MAX);
    let mut complain = |message: String, help: &str| {
        diagnostics.push(Diagnostic::error(message).in_file(&page.origin).at_line(line).help(help));
        None
    };
    if let Some(fault) = segment_fault(&page.slug) {
        let shown = page.slug.escape_debug();
        return complain(
            format!("`{shown}` cannot be in an address: {fault}"),
            "choose a column whose values can name a page",
        );
    }
    let Some(language) = config.language(&page.lang) else {
        let message = format!("`{}` is no language of this site", page.lang);
        return complain(message, "use a language of the configuration");
    };
    let serde_json::Value::Object(extra) = page.extra else {
        return complain("the page's data is no table".to_owned(), "pass an object as `extra`");
    };
    let folder = page.section.trim_matches('/').to_owned();
    let file_name = index_name(&page.slug, config, &language.code);
    let between = if folder.is_empty() { "" } else { "/" };
    let prefix = config.language_prefix(&language.code);
    Some(Page {
        source: Source {
            relative_path: format!("{folder}{between}{file_name}"),
            path: format!("{prefix}{folder}{between}{}/", page.slug),
            file: page.origin,
            record_line: line.max(1),
            folder,
            lang: language.code.clone(),
            ..Source::default()
        },
        meta: PageMeta {
            title: Some(page.title),
            date: page.date.map(ContentDate::from_day),
            template: page.template,
            extra,
            ..PageMeta::default()
        },
        slug: page.slug,
        ..Page::default()
    })
}

/// Gives each asset to its owners: a section takes the files right beside it, an `index.md` also
/// those of all folders below it, whatever else is there.
fn hand_out_assets(content: &mut Content, assets: Vec<FoundFile>) {
    let mut sections: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (idx, section) in content.sections.iter().enumerate().filter(|(_, it)| it.is_written) {
        sections.entry(&section.source.folder).or_default().push(idx);
    }
    let mut pages: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (idx, page) in content.pages.iter().enumerate() {
        if page.colocated_path.is_some() {
            pages.entry(&page.source.folder).or_default().push(idx);
        }
    }
    let mut of_sections: Vec<(usize, String)> = Vec::new();
    let mut of_pages: Vec<(usize, String)> = Vec::new();
    for asset in assets {
        let folder = above(&asset.relative);
        let owners = sections.get(folder).into_iter().flatten();
        of_sections.extend(owners.map(|owner| (*owner, asset.relative.clone())));
        let owners = self_and_above(folder).filter_map(|folder| pages.get(folder)).flatten();
        of_pages.extend(owners.map(|owner| (*owner, asset.relative.clone())));
    }
    for (owner, asset) in of_sections {
        content.sections[owner].source.assets.push(asset);
    }
    for (owner, asset) in of_pages {
        content.pages[owner].source.assets.push(asset);
    }
}
