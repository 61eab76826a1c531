//! Taxonomies: which pages carry which terms.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use lexical_sort::natural_lexical_cmp;

use crate::config::{Config, Language, TaxonomyConfig};
use crate::page::{Page, PageId};
use crate::slugify::{segment_fault, slugify_path};
use crate::{Diagnostic, Options, nearest};

/// A taxonomy in one language.
#[derive(Debug, Clone)]
pub struct Taxonomy {
    /// As configured.
    pub config: TaxonomyConfig,
    /// Language code.
    pub lang: Arc<str>,
    /// Path below the site's address: `tags/`.
    pub path: String,
    /// Terms in natural order of their names.
    pub terms: Vec<Term>,
}

/// A term of a taxonomy.
#[derive(Debug, Clone)]
pub struct Term {
    /// As written; of several ways to write it, the first in the order of names.
    pub name: String,
    /// Last part of the address.
    pub slug: String,
    /// Path below the site's address: `tags/rust/`.
    pub path: String,
    /// Its pages, latest first, those without a date last; of several ways to write it, one after
    /// the other.
    pub pages: Arc<[PageId]>,
}

/// Collects the terms of all pages; complains of taxonomies that are not configured.
pub(crate) fn collect(
    pages: &[Page],
    config: &Config,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Taxonomy> {
    for page in pages {
        check(page, config, options, diagnostics);
    }
    config
        .languages
        .iter()
        .flat_map(|language| language.taxonomies.iter().map(move |taxonomy| (language, taxonomy)))
        .map(|(language, taxonomy)| {
            collect_one(pages, language, taxonomy, config, options, diagnostics)
        })
        .collect()
}

fn check(page: &Page, config: &Config, options: &Options, diagnostics: &mut Vec<Diagnostic>) {
    let Some(language) = config.language(&page.source.lang) else { return };
    for (name, _) in &page.meta.taxonomies {
        let mut known = language.taxonomies.iter().map(|taxonomy| taxonomy.name.as_str());
        if known.clone().any(|known| known == name) {
            continue;
        }
        let help = match nearest(name, known.by_ref()) {
            Some(known) => format!(
                "{} defines `{known}`; rename the key, or add the taxonomy to `taxonomies`",
                config.file.display()
            ),
            None => format!(
                "add `{{ name = \"{name}\" }}` to `taxonomies`{} in {}",
                of_language(config, language),
                config.file.display()
            ),
        };
        diagnostics.push(
            Diagnostic::error(format!("unknown taxonomy `{name}`"))
                .at_key(&options.root, &page.source.file, &["taxonomies", name])
                .help(help),
        );
    }
}

fn of_language(config: &Config, language: &Language) -> String {
    if *language.code == *config.default_language {
        String::new()
    } else {
        format!(" of `[languages.{}]`", language.code)
    }
}

/// Terms of the same slug are one: that of the name which comes first, with the pages of all names.
fn collect_one(
    pages: &[Page],
    language: &Language,
    taxonomy: &TaxonomyConfig,
    config: &Config,
    options: &Options,
    diagnostics: &mut Vec<Diagnostic>,
) -> Taxonomy {
    let mut by_name: BTreeMap<&str, (String, Vec<PageId>)> = BTreeMap::new();
    for (idx, page) in
        pages.iter().enumerate().filter(|(_, page)| page.source.lang == language.code)
    {
        for term in terms_of(page, &taxonomy.name) {
            let slug = slugify_path(term, config.slugify.taxonomies);
            if let Some(fault) = segment_fault(&slug) {
                diagnostics.push(unfit_term(term, fault, page, taxonomy, options));
                continue;
            }
            let id = PageId(u32::try_from(idx).expect("a site has fewer than 2^32 pages"));
            let (_, members) = by_name.entry(term).or_insert_with(|| (slug, Vec::new()));
            if members.last() != Some(&id) {
                members.push(id);
            }
        }
    }
    let root = config.taxonomy_root.as_ref().map(|root| format!("{root}/")).unwrap_or_default();
    let path = format!("{}{root}{}/", config.language_prefix(&language.code), taxonomy.slug);
    let mut named: Vec<_> = by_name.into_iter().collect();
    // Stable: what the order holds for equal stays in the order of its bytes.
    named.sort_by(|(a, _), (b, _)| natural_lexical_cmp(a, b));
    let mut terms: Vec<Term> = Vec::new();
    let mut known = HashMap::new();
    for (name, (slug, members)) in named {
        let members = by_date(members, pages);
        if let Some(&idx) = known.get(&slug) {
            join(&mut terms[idx], &members);
            continue;
        }
        known.insert(slug.clone(), terms.len());
        let path = format!("{path}{slug}/");
        terms.push(Term { name: name.to_owned(), path, slug, pages: members });
    }
    Taxonomy { config: taxonomy.clone(), lang: language.code.clone(), path, terms }
}

/// Adds the pages of another name of the term behind its own, each once.
fn join(term: &mut Term, members: &[PageId]) {
    let own: HashSet<PageId> = term.pages.iter().copied().collect();
    let others = members.iter().filter(|id| !own.contains(id));
    term.pages = term.pages.iter().chain(others).copied().collect();
}

fn terms_of<'a>(page: &'a Page, taxonomy: &str) -> &'a [String] {
    page.meta
        .taxonomies
        .iter()
        .find(|(name, _)| name == taxonomy)
        .map_or(&[], |(_, terms)| terms.as_slice())
}

fn unfit_term(
    term: &str,
    fault: &str,
    page: &Page,
    taxonomy: &TaxonomyConfig,
    options: &Options,
) -> Diagnostic {
    Diagnostic::error(format!("term `{}` cannot be in an address: {fault}", term.escape_debug()))
        .at_key(&options.root, &page.source.file, &["taxonomies", &taxonomy.name])
        .help("use letters or digits in the term")
}

fn by_date(mut members: Vec<PageId>, pages: &[Page]) -> Arc<[PageId]> {
    members.sort_by(|a, b| {
        let date = |id: &PageId| pages[id.idx()].meta.date.as_ref().map(|date| date.seconds);
        let path = |id: &PageId| pages[id.idx()].source.path.as_str();
        date(b).cmp(&date(a)).then_with(|| path(a).cmp(path(b)))
    });
    members.into()
}
