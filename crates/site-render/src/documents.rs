//! Pages as the search index wants them.

use std::path::PathBuf;

use serde_json::{Map, Value as Json};
use site_model::{ContentId, PageId, SectionId};

use crate::html::plain_text;
use crate::library::Library;
use crate::output::PageDocument;

/// All pages and sections that are written and want to be found, pages first.
pub(crate) fn found(library: &Library) -> Vec<ContentId> {
    let number = |idx: usize| u32::try_from(idx).expect("a site has fewer than 2^32 pages");
    let pages = (0..library.site.pages.len()).map(|idx| ContentId::Page(PageId(number(idx))));
    let sections =
        (0..library.site.sections.len()).map(|idx| ContentId::Section(SectionId(number(idx))));
    pages.chain(sections).filter(|id| is_found(library, *id)).collect()
}

fn is_found(library: &Library, id: ContentId) -> bool {
    match id {
        ContentId::Page(id) => {
            let page = library.site.page(id);
            let parent = page.source.ancestors.last();
            let is_wanted = parent.is_none_or(|id| library.site.section(*id).meta.in_search_index);
            page.meta.render && page.meta.in_search_index && is_wanted
        }
        ContentId::Section(id) => {
            let meta = &library.site.section(id).meta;
            meta.render && meta.in_search_index && meta.redirect_to.is_none()
        }
    }
}

pub(crate) fn document(library: &Library, id: ContentId) -> PageDocument {
    let site = &library.site;
    let source = site.source(id);
    let rendered = library.rendered(id);
    let html = |value: Option<&minijinja::Value>| {
        value.and_then(minijinja::Value::as_str).map(plain_text).unwrap_or_default()
    };
    let headings = rendered.map(|it| it.headings.as_slice()).unwrap_or_default();
    PageDocument {
        path: library.config().host_path(&source.path),
        lang: source.lang.to_string(),
        kind: kind(library, id),
        title: site.title(id).unwrap_or_default().to_owned(),
        summary: summary(library, id, &html(rendered.and_then(|it| it.summary.as_ref()))),
        body: html(rendered.map(|it| &it.content)),
        headings: headings.iter().map(|it| (it.id.clone(), it.title.clone())).collect(),
        keywords: keywords(library, id),
        date: match id {
            ContentId::Page(id) => {
                site.page(id).meta.date.as_ref().map(|date| date.day.to_string())
            }
            ContentId::Section(_) => None,
        },
        source_path: PathBuf::from(&source.file),
    }
}

fn extra(library: &Library, id: ContentId) -> &Map<String, Json> {
    match id {
        ContentId::Page(id) => &library.site.page(id).meta.extra,
        ContentId::Section(id) => &library.site.section(id).meta.extra,
    }
}

/// Its own kind, or that of the nearest section above it that has one.
fn kind(library: &Library, id: ContentId) -> String {
    let above = library.site.source(id).ancestors.iter().rev().map(|id| ContentId::Section(*id));
    let found = std::iter::once(id)
        .chain(above.filter(|id| !library.site.source(*id).folder.is_empty()))
        .find_map(|id| extra(library, id).get("kind").and_then(Json::as_str));
    let default = if matches!(id, ContentId::Page(_)) { "page" } else { "section" };
    found.unwrap_or(default).to_owned()
}

fn summary(library: &Library, id: ContentId, cut: &str) -> String {
    let answer =
        ["answer", "lead"].into_iter().find_map(|key| extra(library, id).get(key)?.as_str());
    let description = match id {
        ContentId::Page(id) => library.site.page(id).meta.description.as_deref(),
        ContentId::Section(id) => library.site.section(id).meta.description.as_deref(),
    };
    answer.or(description).unwrap_or(cut).to_owned()
}

fn keywords(library: &Library, id: ContentId) -> Vec<String> {
    let ContentId::Page(id) = id else { return Vec::new() };
    let taxonomies = &library.site.page(id).meta.taxonomies;
    taxonomies.iter().flat_map(|(_, terms)| terms.iter().cloned()).collect()
}
