//! The sitemap, split where it grows past what search engines take, with `hreflang` alternates.

use minijinja::value::Value;
use site_model::{ContentId, Diagnostic};

use crate::dependencies::{self, Part};
use crate::feeds::valid_xml;
use crate::jobs::Workshop;
use crate::output::{Contents, OutputFile};
use crate::plan::{Job, JobKind};
use crate::values::Fields;

/// Most entries in one file.
const MAX_ENTRIES: usize = 30_000;

/// Renders the sitemap, or several and the list of them.
pub(crate) fn files(workshop: &Workshop<'_>, job: &Job) -> Result<Vec<OutputFile>, Diagnostic> {
    dependencies::note_all(Part::Meta);
    let entries = entries(workshop);
    if entries.len() <= MAX_ENTRIES {
        return Ok(vec![file(job.path.clone(), &render(workshop, entries, job)?)]);
    }
    let mut files = Vec::new();
    let mut addresses = Vec::new();
    for (idx, part) in entries.chunks(MAX_ENTRIES).enumerate() {
        let path = format!("sitemap{}.xml", idx + 1);
        addresses.push(workshop.library.config().permalink(&path));
        files.push(file(path, &render(workshop, part.to_vec(), job)?));
    }
    let context = Fields::default().with("sitemaps", addresses).into_value();
    files.push(file(job.path.clone(), &workshop.render("split_sitemap_index.xml", context, job)?));
    Ok(files)
}

fn file(path: String, text: &str) -> OutputFile {
    OutputFile { path, contents: Contents::Bytes(valid_xml(text).into_bytes()) }
}

fn render(workshop: &Workshop<'_>, entries: Vec<Value>, job: &Job) -> Result<String, Diagnostic> {
    let context = Fields::default()
        .with("has_alternates", workshop.library.config().is_multilingual())
        .with("entries", entries);
    workshop.render("sitemap.xml", context.into_value(), job)
}

/// All addresses of pages, by address.
fn entries(workshop: &Workshop<'_>) -> Vec<Value> {
    let library = workshop.library;
    let mut found: Vec<(String, Fields)> = Vec::new();
    for job in workshop.jobs {
        let (path, id) = match &job.kind {
            JobKind::Page(id, _) => {
                (library.site.page(*id).source.path.clone(), Some(ContentId::Page(*id)))
            }
            JobKind::Section(id, _) => {
                (library.site.section(*id).source.path.clone(), Some(ContentId::Section(*id)))
            }
            JobKind::SectionPager { section, pagination, pager, .. } => {
                let id = (*pager == 0).then_some(ContentId::Section(*section));
                (pagination.pagers[*pager].path.clone(), id)
            }
            JobKind::TermPager { pagination, pager, .. } => {
                (pagination.pagers[*pager].path.clone(), None)
            }
            JobKind::TaxonomyList { taxonomy, .. } => {
                (library.site.taxonomies[*taxonomy].path.clone(), None)
            }
            JobKind::Term { taxonomy, term, .. } => {
                (library.site.taxonomies[*taxonomy].terms[*term].path.clone(), None)
            }
            _ => continue,
        };
        if !is_left_out(&job.kind, workshop) {
            let permalink = library.config().permalink(&path);
            let entry = entry(workshop, &permalink, id);
            found.push((permalink, entry));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter().map(|(_, entry)| entry.into_value()).collect()
}

fn is_left_out(kind: &JobKind, workshop: &Workshop<'_>) -> bool {
    let is_pager = match kind {
        JobKind::SectionPager { pager, .. } | JobKind::TermPager { pager, .. } => *pager > 0,
        _ => false,
    };
    is_pager && workshop.library.config().exclude_paginated_pages_in_sitemap
}

fn entry(workshop: &Workshop<'_>, permalink: &str, id: Option<ContentId>) -> Fields {
    let library = workshop.library;
    let page = match id {
        Some(ContentId::Page(id)) => Some(library.site.page(id)),
        _ => None,
    };
    let updated = page.and_then(|page| page.meta.updated.as_ref().or(page.meta.date.as_ref()));
    let extra = id.map_or_else(|| Value::from(()), |id| library.extra(id));
    Fields::default()
        .with("permalink", permalink)
        .with("updated", updated.map(|date| date.text.clone()))
        .with("extra", extra)
        .with("alternates", alternates(workshop, id))
}

/// The same content in every language it has; nothing when there is but one.
fn alternates(workshop: &Workshop<'_>, id: Option<ContentId>) -> Vec<Value> {
    let library = workshop.library;
    let Some(id) = id else { return Vec::new() };
    let translations = &library.site.source(id).translations;
    if translations.len() < 2 {
        return Vec::new();
    }
    let one = |id: &ContentId| {
        let source = library.site.source(*id);
        Fields::default()
            .with("lang", source.lang.clone())
            .with("permalink", library.config().permalink(&source.path))
            .into_value()
    };
    translations.iter().map(one).collect()
}
