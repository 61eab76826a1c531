//! Pages and words that one language has and another lacks.

use std::collections::BTreeSet;

use site_model::{ContentId, Diagnostic, PageId, SectionId, Site};

/// A warning for each page that lacks a translation, and for each word of `translations`.
pub(super) fn missing(site: &Site) -> Vec<Diagnostic> {
    if !site.config.is_multilingual() {
        return Vec::new();
    }
    let sections = (0..).map(SectionId).zip(site.sections.iter());
    let sections = sections.filter(|(_, section)| section.meta.render);
    let pages = (0..).map(PageId).zip(site.pages.iter()).filter(|(_, page)| page.meta.render);
    let ids = sections
        .map(|(id, _)| ContentId::Section(id))
        .chain(pages.map(|(id, _)| ContentId::Page(id)));
    ids.filter_map(|id| missing_of(site, id)).chain(missing_words(site)).collect()
}

/// Told at the first of a page's translations; pages made from records have all or none.
fn missing_of(site: &Site, id: ContentId) -> Option<Diagnostic> {
    let source = site.source(id);
    let is_first = source.translations.first().is_none_or(|first| *first == id);
    if !is_first || source.record_line > 0 {
        return None;
    }
    let has = |code: &str| {
        let there = source.translations.iter().any(|id| *site.source(*id).lang == *code);
        there || *source.lang == *code
    };
    let codes = site.config.languages.iter().map(|language| &*language.code);
    let lacking: Vec<String> =
        codes.filter(|code| !has(code)).map(|code| format!("`{code}`")).collect();
    if lacking.is_empty() {
        return None;
    }
    let message = format!("no translation into {}", lacking.join(", "));
    let help = "put it beside the file, with the language's code before `.md`";
    Some(Diagnostic::warning(message).in_file(&source.file).help(help))
}

fn missing_words(site: &Site) -> impl Iterator<Item = Diagnostic> {
    let languages = &site.config.languages;
    let words: BTreeSet<&String> =
        languages.iter().flat_map(|language| language.translations.keys()).collect();
    let lacking = words.into_iter().flat_map(move |word| {
        let without = languages.iter().filter(|it| !it.translations.contains_key(word));
        without.map(move |language| (word, &language.code))
    });
    lacking.map(|(word, code)| {
        let message = format!("`translations` of `{code}` lacks `{word}`, which others have");
        Diagnostic::warning(message)
            .at_key(&site.root, &site.config.file, &["languages", code, "translations"])
            .help("`trans` stops the build where it is asked for")
    })
}
