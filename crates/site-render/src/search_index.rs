//! The search index in the formats that Zola writes: for elasticlunr.js and for Fuse.js.
//!
//! ```text
//! search_index.LANG.js    ::= "window.searchIndex = " json
//! search_index.LANG.json  ::= json
//! json                    ::= elasticlunr's index | [{"url", "title"?, "description"?, "body"?, "path"?}, …]
//! ```

use std::sync::Arc;

use elasticlunr::lang::{English, from_code};
use elasticlunr::{IndexBuilder, Language, TokenizerFn};
use serde_json::{Map, Value as Json};
use site_model::{ContentId, Diagnostic, Search, Site};

use crate::dependencies::{self, Part};
use crate::html::searched_text;
use crate::library::Library;

/// The library that reads elasticlunr's index in the browser: the calls that themes make.
pub(crate) const ELASTICLUNR: &str = include_str!("search_index/elasticlunr.js");

/// Where that library stands in the output.
pub(crate) const ELASTICLUNR_FILE: &str = "elasticlunr.min.js";

/// What the index holds of a page or section.
struct Item {
    url: String,
    title: String,
    description: String,
    date: String,
    path: String,
    body: String,
}

/// The index of a language, made once: templates may ask for its hash while it is written.
///
/// One thread makes it. A thread that waited for others could be given a page to draw, and that page
/// would wait for the index.
pub(crate) fn of(library: &Library, lang: &str) -> Arc<str> {
    dependencies::note_all(Part::Meta);
    dependencies::note_all(Part::Content);
    let config = library.config();
    let number = config.languages.iter().position(|language| *language.code == *lang);
    match number.and_then(|number| library.search_indexes.get(number)) {
        Some(made) => made.get_or_init(|| build(library, lang).into()).clone(),
        None => build(library, lang).into(),
    }
}

/// What stands at an address of the output, where it belongs to the index: there is none as long as
/// the content is being rendered.
pub(crate) fn of_path(library: &Library, path: &str) -> Option<Arc<str>> {
    library.all_rendered()?;
    let format = format(&library.site);
    let mut indexed = library.config().languages.iter().filter(|it| it.has_search_index);
    if path == ELASTICLUNR_FILE && format.is_elasticlunr() && indexed.next().is_some() {
        return Some(Arc::from(ELASTICLUNR));
    }
    let language = indexed.find(|language| format.file_name(&language.code) == path)?;
    Some(of(library, &language.code))
}

fn build(library: &Library, lang: &str) -> String {
    let config = library.config();
    let search = config.language(lang).map(|language| language.search.clone()).unwrap_or_default();
    let ids = contents(library, lang);
    let items: Vec<Item> = ids.into_iter().map(|id| item(library, id, &search)).collect();
    let format = format(&library.site);
    let json = if format.is_elasticlunr() {
        elasticlunr(lang, &search, items)
    } else {
        fuse(&search, items)
    };
    if format.is_script() { format!("window.searchIndex = {json}") } else { json }
}

/// The form of all indexes of a site.
pub(crate) fn format(site: &Site) -> site_model::IndexFormat {
    let default = site.config.language(&site.config.default_language);
    default.map(|language| language.search.index_format).unwrap_or_default()
}

/// A warning for each language that elasticlunr has no rules for.
pub(crate) fn warnings(site: &Site) -> Vec<Diagnostic> {
    let is_elasticlunr = format(site).is_elasticlunr();
    let indexed = site.config.languages.iter().filter(|it| it.has_search_index && is_elasticlunr);
    let unknown = indexed.filter(|language| rules(&language.code).is_none());
    unknown
        .map(|language| {
            let message = format!("elasticlunr has no rules for words in `{}`", language.code);
            let help = "English ones are used; `index_format = \"fuse_json\"` needs none, and collections in \
                        woodblock.toml are searched by rules of their own";
            Diagnostic::warning(message)
                .at_key(&site.root, &site.config.file, &["build_search_index"])
                .help(help)
        })
        .collect()
}

/// Sections that want to be found, each followed by its pages.
fn contents(library: &Library, lang: &str) -> Vec<ContentId> {
    let mut found = Vec::new();
    for (id, section) in (0..).map(site_model::SectionId).zip(library.site.sections.iter()) {
        if *section.source.lang != *lang || !section.meta.in_search_index {
            continue;
        }
        if section.meta.render && section.meta.redirect_to.is_none() {
            found.push(ContentId::Section(id));
        }
        let is_own = |id: &&site_model::PageId| {
            let page = library.site.page(**id);
            let is_wanted = page.meta.in_search_index && page.meta.render;
            is_wanted
                && page
                    .source
                    .ancestors
                    .last()
                    .is_none_or(|parent| is_within(library, *parent, section))
        };
        found.extend(section.pages.iter().filter(is_own).map(|id| ContentId::Page(*id)));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|id| seen.insert(*id));
    found
}

/// Whether pages of `parent` are told in `section`: it is that section, or hands them on to it.
fn is_within(
    library: &Library,
    parent: site_model::SectionId,
    section: &site_model::Section,
) -> bool {
    let meta = &library.site.section(parent).meta;
    std::ptr::eq(library.site.section(parent), section) || meta.in_search_index
}

fn item(library: &Library, id: ContentId, search: &Search) -> Item {
    let source = library.site.source(id);
    let config = library.config();
    let (title, description, date) = match id {
        ContentId::Page(id) => {
            let meta = &library.site.page(id).meta;
            (&meta.title, &meta.description, meta.date.as_ref())
        }
        ContentId::Section(id) => {
            let meta = &library.site.section(id).meta;
            (&meta.title, &meta.description, None)
        }
    };
    Item {
        url: config.link(&source.path),
        title: title.clone().unwrap_or_default(),
        description: description.clone().unwrap_or_default(),
        date: date.map(site_model::ContentDate::to_rfc3339).unwrap_or_default(),
        path: config.template_path(&source.path),
        body: if search.include_content { body(library, id, search) } else { String::new() },
    }
}

fn body(library: &Library, id: ContentId, search: &Search) -> String {
    let html = library.rendered(id).and_then(|rendered| rendered.content.as_str());
    let mut text = searched_text(html.unwrap_or_default());
    let limit = search.truncate_content_length.unwrap_or(usize::MAX);
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
    }
    text
}

fn rules(lang: &str) -> Option<Box<dyn Language>> {
    from_code(lang.split(['-', '_']).next().unwrap_or(lang))
}

fn elasticlunr(lang: &str, search: &Search, items: Vec<Item>) -> String {
    let rules = rules(lang).unwrap_or_else(|| Box::new(English::new()));
    let mut builder = IndexBuilder::with_language(rules);
    let fields = [
        ("title", search.include_title),
        ("description", search.include_description),
        ("date", search.include_date),
        ("path", search.include_path),
        ("body", search.include_content),
    ];
    for (name, _) in fields.iter().filter(|(_, is_included)| *is_included) {
        let words: TokenizerFn = match *name {
            "path" => Box::new(path_words),
            _ => Box::new(words_of(lang)),
        };
        builder = builder.add_field_with_tokenizer(name, words);
    }
    let mut index = builder.build();
    for Item { url, title, description, date, path, body } in items {
        let row = [title, description, date, path, body].into_iter().zip(fields);
        let row: Vec<String> =
            row.filter(|(_, (_, is_included))| *is_included).map(|it| it.0).collect();
        index.add_doc(&url, row);
    }
    index.to_json()
}

/// Most characters of a word that count: the index is as deep as its longest word.
const MAX_WORD_CHARS: usize = 64;

/// Takes a text apart by the rules of a language.
fn words_of(lang: &str) -> impl Fn(&str) -> Vec<String> + use<> {
    let rules = rules(lang).unwrap_or_else(|| Box::new(English::new()));
    move |text| {
        let mut words = rules.tokenize(text);
        for word in &mut words {
            if let Some((end, _)) = word.char_indices().nth(MAX_WORD_CHARS) {
                word.truncate(end);
            }
        }
        words
    }
}

fn path_words(path: &str) -> Vec<String> {
    let parts = path.split(|letter: char| letter.is_whitespace() || letter == '-' || letter == '/');
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

fn fuse(search: &Search, items: Vec<Item>) -> String {
    let entry = |Item { url, title, description, path, body, .. }| {
        let fields = [
            ("url", url, true),
            ("title", title, search.include_title),
            ("description", description, search.include_description),
            ("body", body, search.include_content),
            ("path", path, search.include_path),
        ];
        let included = fields.into_iter().filter(|(.., is_included)| *is_included);
        let entry: Map<String, Json> =
            included.map(|(name, value, _)| (name.to_owned(), Json::String(value))).collect();
        Json::Object(entry)
    };
    Json::Array(items.into_iter().map(entry).collect()).to_string()
}
