//! Connecting pages and sections: who is above whom, in which order, and which are translations.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use lexical_sort::natural_lexical_cmp;

use crate::config::Config;
use crate::content::{Content, index_name};
use crate::front_matter::SortBy;
use crate::page::{ContentId, Page, PageId, Section, SectionId, Source, above, self_and_above};
use crate::{Diagnostic, nearest};

/// Sections by relative path.
type SectionPaths = HashMap<String, SectionId>;

/// Connects everything; complains of injected pages without a section and of pages that their
/// section cannot sort.
pub(crate) fn connect(content: &mut Content, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    content.pages.sort_by(|a, b| a.source.relative_path.cmp(&b.source.relative_path));
    content.sections.sort_by(|a, b| a.source.relative_path.cmp(&b.source.relative_path));
    let paths: SectionPaths = content
        .sections
        .iter()
        .enumerate()
        .map(|(idx, section)| (section.source.relative_path.clone(), section_id(idx)))
        .collect();
    set_ancestors(content, &paths, config);
    set_subsections(content, &paths, config);
    check_injected(content, &paths, config, diagnostics);
    set_pages(content, &paths, config, diagnostics);
    if config.is_multilingual() {
        set_translations(content);
    }
}

/// Pages that their section cannot sort and no other section lists are not written, as in Zola; terms
/// that are known by now still count them.
pub(crate) fn leave_out(content: &mut Content) {
    let listed: HashSet<PageId> =
        content.sections.iter().flat_map(|section| section.pages.iter().copied()).collect();
    for (idx, page) in content.pages.iter_mut().enumerate() {
        let above = page.source.ancestors.last().map(|id| &content.sections[id.idx()]);
        let is_of_section = above.is_some_and(|it| it.source.folder == page.folder_above());
        if is_of_section && !listed.contains(&page_id(idx)) {
            page.meta.render = false;
        }
    }
}

fn page_id(idx: usize) -> PageId {
    PageId(u32::try_from(idx).expect("a site has fewer than 2^32 pages"))
}

fn section_id(idx: usize) -> SectionId {
    SectionId(u32::try_from(idx).expect("a site has fewer than 2^32 sections"))
}

/// The section of a folder in a language.
fn section_of(
    folder: &str,
    lang: &str,
    paths: &SectionPaths,
    config: &Config,
) -> Option<SectionId> {
    let name = index_name("_index", config, lang);
    if folder.is_empty() {
        return paths.get(&name).copied();
    }
    paths.get(&format!("{folder}/{name}")).copied()
}

/// Sections of a folder and of all folders above it that have one, the home page's first.
fn chain(folder: &str, lang: &str, paths: &SectionPaths, config: &Config) -> Arc<[SectionId]> {
    let sections = self_and_above(folder).filter_map(|it| section_of(it, lang, paths, config));
    let mut chain: Vec<_> = sections.collect();
    chain.reverse();
    chain.into()
}

/// Pages of one folder share one list.
fn set_ancestors(content: &mut Content, paths: &SectionPaths, config: &Config) {
    let mut known: HashMap<(String, Arc<str>), Arc<[SectionId]>> = HashMap::new();
    let mut chain_of = |folder: &str, lang: &Arc<str>| {
        known
            .entry((folder.to_owned(), lang.clone()))
            .or_insert_with(|| chain(folder, lang, paths, config))
            .clone()
    };
    for page in &mut content.pages {
        page.source.ancestors = chain_of(page.folder_above(), &page.source.lang.clone());
    }
    for section in &mut content.sections {
        if !section.is_home() {
            let folder = above(&section.source.folder).to_owned();
            section.source.ancestors = chain_of(&folder, &section.source.lang.clone());
        }
    }
}

fn set_subsections(content: &mut Content, paths: &SectionPaths, config: &Config) {
    let mut below: Vec<Vec<SectionId>> = vec![Vec::new(); content.sections.len()];
    for (idx, section) in content.sections.iter().enumerate() {
        let source = &section.source;
        if section.is_home() {
            continue;
        }
        if let Some(parent) = section_of(above(&source.folder), &source.lang, paths, config) {
            below[parent.idx()].push(section_id(idx));
        }
    }
    for (idx, mut subsections) in below.into_iter().enumerate() {
        subsections.sort_by_key(|id| {
            let section = &content.sections[id.idx()];
            (section.meta.weight, section.source.path.clone())
        });
        content.sections[idx].subsections = subsections.into();
    }
}

fn check_injected(
    content: &Content,
    paths: &SectionPaths,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut told: Vec<(&str, &str)> = Vec::new();
    for page in content.pages.iter().filter(|page| page.is_injected()) {
        let source = &page.source;
        if section_of(&source.folder, &source.lang, paths, config).is_some()
            || told.contains(&(&source.folder, &source.lang))
        {
            continue;
        }
        told.push((&source.folder, &source.lang));
        let folders = content.sections.iter().map(|section| section.source.folder.as_str());
        let index = index_name("_index", config, &source.lang);
        let help = match nearest(&source.folder, folders) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("create content/{}/{index}", source.folder),
        };
        diagnostics.push(
            Diagnostic::error(format!("there is no section `{}` for its pages", source.folder))
                .in_file(&source.file)
                .at_line(source.record_line)
                .help(help),
        );
    }
}

fn set_pages(
    content: &mut Content,
    paths: &SectionPaths,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut pages_of: Vec<Vec<PageId>> = vec![Vec::new(); content.sections.len()];
    // A page that is not written stands in no list.
    for (idx, page) in content.pages.iter().enumerate().filter(|(_, page)| page.meta.render) {
        let own = section_of(page.folder_above(), &page.source.lang, paths, config);
        for section in handed_up(own, content) {
            pages_of[section.idx()].push(page_id(idx));
        }
    }
    // Inner sections first: where a page stands in several, the outermost one sets its neighbours.
    let mut order: Vec<usize> = (0..pages_of.len()).collect();
    order.sort_by_key(|idx| std::cmp::Reverse(content.sections[*idx].source.ancestors.len()));
    for idx in order {
        let pages = std::mem::take(&mut pages_of[idx]);
        let sorted = sort(pages, idx, content, diagnostics);
        if content.sections[idx].meta.sort_by != SortBy::None {
            set_neighbours(&sorted, &mut content.pages);
        }
        content.sections[idx].pages = sorted.into();
    }
}

/// The section of a page, and while that is transparent the one above it.
fn handed_up(own: Option<SectionId>, content: &Content) -> Vec<SectionId> {
    let mut sections = Vec::new();
    let mut next = own;
    while let Some(id) = next {
        sections.push(id);
        let section = &content.sections[id.idx()];
        next = match section.source.ancestors.last() {
            Some(parent) if section.meta.transparent && is_parent(*parent, section, content) => {
                Some(*parent)
            }
            _ => None,
        };
    }
    sections
}

fn is_parent(parent: SectionId, section: &Section, content: &Content) -> bool {
    content.sections[parent.idx()].source.folder == above(&section.source.folder)
}

fn sort(
    pages: Vec<PageId>,
    section: usize,
    content: &Content,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PageId> {
    let section = &content.sections[section];
    let sort_by = section.meta.sort_by;
    let (mut sorted, left_out): (Vec<_>, Vec<_>) =
        pages.into_iter().partition(|id| has_key(&content.pages[id.idx()], sort_by));
    let page = |id: &PageId| &content.pages[id.idx()];
    // Nobody can add a date to a record whose office gives none: those stand last.
    let (mut undated, left_out): (Vec<_>, Vec<_>) =
        left_out.into_iter().partition(|id| page(id).is_injected());
    diagnostics.extend(left_out.iter().map(|id| unsortable(page(id), section)));
    sorted.sort_by(|a, b| {
        let (a, b) = (page(a), page(b));
        compare(a, b, sort_by).then_with(|| a.source.path.cmp(&b.source.path))
    });
    undated.sort_by(|a, b| page(a).source.path.cmp(&page(b).source.path));
    sorted.extend(undated);
    sorted
}

fn has_key(page: &Page, sort_by: SortBy) -> bool {
    match sort_by {
        SortBy::Date => page.meta.date.is_some(),
        SortBy::UpdateDate => page.meta.date.is_some() || page.meta.updated.is_some(),
        SortBy::Title | SortBy::TitleBytes => page.meta.title.is_some(),
        SortBy::Weight => page.meta.weight.is_some(),
        SortBy::None | SortBy::Slug | SortBy::Permalink => true,
    }
}

fn unsortable(page: &Page, section: &Section) -> Diagnostic {
    let key = match section.meta.sort_by {
        SortBy::Title | SortBy::TitleBytes => "title",
        SortBy::Weight => "weight",
        _ => "date",
    };
    Diagnostic::warning(format!("page without `{key}` is left out"))
        .in_file(&page.source.file)
        .help(format!("add `{key}`: {} sorts its pages by it", section.source.file.display()))
}

fn compare(a: &Page, b: &Page, sort_by: SortBy) -> Ordering {
    let date = |page: &Page| page.meta.date.as_ref().map(|date| date.seconds);
    let changed = |page: &Page| {
        let updated = page.meta.updated.as_ref().map(|date| date.seconds);
        updated.max(date(page))
    };
    let title = |page: &Page| page.meta.title.clone().unwrap_or_default();
    match sort_by {
        SortBy::None => Ordering::Equal,
        SortBy::Date => date(b).cmp(&date(a)),
        SortBy::UpdateDate => changed(b).cmp(&changed(a)),
        SortBy::Title => natural_lexical_cmp(&title(a), &title(b)),
        SortBy::TitleBytes => title(a).cmp(&title(b)),
        SortBy::Weight => a.meta.weight.cmp(&b.meta.weight),
        SortBy::Slug => natural_lexical_cmp(&a.slug, &b.slug),
        SortBy::Permalink => a.source.path.cmp(&b.source.path),
    }
}

/// `lower` is the earlier, lighter, or alphabetically former page; dates run the other way in the
/// list, where the latest comes first.
fn set_neighbours(sorted: &[PageId], pages: &mut [Page]) {
    for (place, id) in sorted.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| sorted[place]);
        let behind = sorted.get(place + 1).copied();
        let page = &mut pages[id.idx()];
        (page.lower, page.higher) = (before, behind);
    }
}

/// Brings together what differs in its language only.
fn set_translations(content: &mut Content) {
    let mut groups: BTreeMap<String, Vec<(Arc<str>, ContentId)>> = BTreeMap::new();
    let mut add = |source: &Source, id: ContentId| {
        groups.entry(canonical(source)).or_default().push((source.lang.clone(), id));
    };
    for (idx, page) in content.pages.iter().enumerate().filter(|(_, page)| page.meta.render) {
        add(&page.source, ContentId::Page(page_id(idx)));
    }
    for (idx, section) in content.sections.iter().enumerate() {
        if section.is_written {
            add(&section.source, ContentId::Section(section_id(idx)));
        }
    }
    for mut group in groups.into_values() {
        group.sort();
        let ids: Arc<[ContentId]> = group.iter().map(|(_, id)| *id).collect();
        for id in ids.iter() {
            let source = match id {
                ContentId::Page(id) => &mut content.pages[id.idx()].source,
                ContentId::Section(id) => &mut content.sections[id.idx()].source,
            };
            source.translations = ids.clone();
        }
    }
}

/// The path without its language.
fn canonical(source: &Source) -> String {
    let path = source.relative_path.strip_suffix(".md").unwrap_or(&source.relative_path);
    match path.strip_suffix(&*source.lang).and_then(|path| path.strip_suffix('.')) {
        Some(path) => path.to_owned(),
        None => path.to_owned(),
    }
}
