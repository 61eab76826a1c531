//! What the index holds: every page and every record, in each language.

use std::collections::BTreeMap;
use std::path::Path;

use records::{Collection, Field, FieldKind, Record, number_variants};
use search_indexer::{Document, FieldKind as Searched, IndexOptions};
use serde_json::{Map, Value as Json};
use site_model::{Config, ContentId, Site};
use site_render::{PageDocument, Renderer};

use super::collections::Loaded;
use super::{addresses, extra_text, freshness};

/// Query field of numbers that find exactly one document.
const NUMBER_FIELD: &str = "num";

/// Documents of all pages and records, made one at a time; translations share their id.
pub(super) struct Documents<'a> {
    config: &'a Config,
    renderer: &'a Renderer,
    loaded: &'a [Loaded],
    /// Each page's own data, by its file.
    extras: BTreeMap<&'a Path, &'a Map<String, Json>>,
}

/// What a document is made of.
pub(super) enum Source<'a> {
    Page(ContentId),
    Record(&'a Collection, &'a Record, &'a str),
}

impl<'a> Documents<'a> {
    pub(super) fn new(
        config: &'a Config,
        site: &'a Site,
        renderer: &'a Renderer,
        loaded: &'a [Loaded],
    ) -> Self {
        let extras =
            freshness::extras(site).map(|(source, extra)| (source.file.as_path(), extra)).collect();
        Self { config, renderer, loaded, extras }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = Source<'a>> + Send {
        let (languages, loaded) = (&self.config.languages, self.loaded);
        let records = loaded.iter().flat_map(move |Loaded { collection, records, .. }| {
            languages.iter().flat_map(move |language| {
                records.iter().map(move |record| Source::Record(collection, record, &language.code))
            })
        });
        self.renderer.found().into_iter().map(Source::Page).chain(records)
    }

    /// The document of a source; none of a page made from a record, which is indexed instead.
    pub(super) fn read(&self, source: &Source<'_>) -> Option<Document> {
        match *source {
            Source::Page(id) => {
                let page = self.renderer.document(id);
                let extra = self.extras.get(page.source_path.as_path());
                let words = extra.map(|extra| extra_text::words(extra)).unwrap_or_default();
                // Pages made from records carry their source's path.
                let is_written = page.source_path.extension().is_some_and(|it| it == "md");
                is_written.then(|| from_page(self.config, page, &words))
            }
            Source::Record(collection, record, lang) => {
                Some(from_record(self.config, collection, record, lang))
            }
        }
    }
}

/// - `words`: of the page's own data.
fn from_page(config: &Config, page: PageDocument, words: &str) -> Document {
    let headings: Vec<_> = page.headings.into_iter().map(|(_, text)| text).collect();
    let body = join([words, &page.body]);
    let begins_alike = !page.summary.is_empty() && body.starts_with(&page.summary);
    let text = if begins_alike { body.clone() } else { join([&page.summary, &body]) };
    let fields =
        [("ab", vec![page.summary]), ("hd", headings), ("kw", page.keywords), ("tx", vec![body])];
    let fields = fields.into_iter().map(|(name, values)| (name.to_owned(), values));
    Document {
        id: page_id(config, &page.source_path.to_string_lossy(), &page.lang),
        url: page.path,
        lang: page.lang,
        kind: page.kind,
        title: page.title,
        fields: fields.filter(|(_, values)| values.iter().any(|value| !value.is_empty())).collect(),
        date: page.date,
        text,
        ..Document::default()
    }
}

/// The texts that say something, a blank between them.
fn join(texts: [&str; 2]) -> String {
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The content path without `content/`, extension, index name and language: what a page and its
/// translations have in common.
fn page_id(config: &Config, source: &str, lang: &str) -> String {
    let source = source.replace('\\', "/");
    let path = source.strip_prefix("content/").unwrap_or(&source);
    let path = path.strip_suffix(".md").unwrap_or(path);
    let suffix = format!(".{lang}");
    let is_default = lang == config.default_language;
    let path = path.strip_suffix(&suffix).filter(|_| !is_default).unwrap_or(path);
    let folder = path.strip_suffix("_index").or_else(|| path.strip_suffix("/index"));
    let id = folder.unwrap_or(path).trim_end_matches('/');
    if id.is_empty() { "home".to_owned() } else { id.to_owned() }
}

fn from_record(config: &Config, collection: &Collection, record: &Record, lang: &str) -> Document {
    let mut fields: Vec<(String, Vec<String>)> = Vec::new();
    for field in &collection.fields {
        let Some(value) = record.get(&field.name) else { continue };
        for name in field.search.iter().filter(|name| *name != NUMBER_FIELD) {
            // Every language's words are searched in every language: an office is found by its
            // English name on the Chinese pages too.
            fields.push((name.clone(), searched(field, &value.items(), lang)));
        }
    }
    Document {
        id: record.id.clone(),
        url: addresses::in_language(config, lang, &collection.url_of(record)),
        lang: lang.to_owned(),
        kind: collection.kind.clone(),
        collection: collection.name.clone(),
        title: collection.title_of(record, lang),
        fields: merged(fields),
        exact: numbers(collection, record),
        facets: facets(collection, record),
        date: collection.date_of(record),
        card: collection.card_of(record, lang),
        text: snippet_text(collection, record, lang),
    }
}

/// The items, and for codes the words that readers see.
fn searched(field: &Field, items: &[String], lang: &str) -> Vec<String> {
    let words = items.iter().map(|item| field.words_for(item, lang).to_owned());
    let mut values = items.to_vec();
    values.extend(words.filter(|words| !items.contains(words)));
    values
}

/// One entry a query field, in the order in which they are first met.
fn merged(fields: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    let mut merged: Vec<(String, Vec<String>)> = Vec::new();
    for (name, values) in fields {
        match merged.iter_mut().find(|(held, _)| *held == name) {
            Some((_, held)) => held.extend(values),
            None => merged.push((name, values)),
        }
    }
    merged
}

/// The id and every number of the record, in each form in which readers type it.
fn numbers(collection: &Collection, record: &Record) -> Vec<String> {
    let mut numbers = vec![record.id.clone()];
    let fields = collection.fields.iter();
    for field in fields.filter(|field| field.search.iter().any(|name| name == NUMBER_FIELD)) {
        let items = record.get(&field.name).map(records::Value::items).unwrap_or_default();
        numbers.extend(items.iter().flat_map(|item| number_variants(item)));
    }
    numbers.sort();
    numbers.dedup();
    numbers
}

/// What hits can be counted, filtered or ordered by.
fn facets(collection: &Collection, record: &Record) -> Vec<(String, String)> {
    let fields = collection.fields.iter().filter(|field| field.facet || field.sortable);
    let pairs = fields.filter_map(|field| Some((field, record.get(&field.name)?)));
    pairs
        .flat_map(|(field, value)| value.items().into_iter().map(|item| (field.name.clone(), item)))
        .collect()
}

/// The words of the record that a passage can be cut from.
fn snippet_text(collection: &Collection, record: &Record, lang: &str) -> String {
    let options = IndexOptions::default();
    // Lists of symbols and numbers are found by their own fields; as a passage they say nothing.
    let is_code = |name: &String| {
        options.fields.iter().any(|field| field.name == *name && field.kind == Searched::Code)
    };
    let is_wordy = |field: &&Field| match field.kind {
        FieldKind::Text => !field.search.is_empty(),
        FieldKind::List => !field.search.is_empty() && !field.search.iter().any(is_code),
        _ => false,
    };
    let title = collection.title_of(record, lang);
    let fields = collection.fields.iter().filter(is_wordy);
    let texts = fields.filter_map(|field| Some(record.get(&field.name)?.to_text("; ")));
    texts.filter(|text| *text != title).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translations_share_their_id() {
        let config = Config { default_language: "zh".into(), ..Config::default() };
        for (source, lang, id) in [
            ("content/guide/patent/pay.md", "zh", "guide/patent/pay"),
            ("content/guide/patent/pay.en.md", "en", "guide/patent/pay"),
            ("content/guide/_index.md", "zh", "guide"),
            ("content/guide/_index.en.md", "en", "guide"),
            ("content/_index.en.md", "en", "home"),
            ("content/about/index.md", "zh", "about"),
        ] {
            assert_eq!(page_id(&config, source, lang), id, "{source}");
        }
    }
}
