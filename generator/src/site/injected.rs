//! Pages made from records: one for each record that has a page and each language.

use records::{Collection, Record};
use serde_json::json;
use site_model::{Config, InjectedPage};

use super::collections::Loaded;

/// All pages of all collections, in the order of the collections, languages and sources.
pub(super) fn pages(loaded: &[Loaded], config: &Config) -> Vec<InjectedPage> {
    let mut pages = Vec::new();
    for Loaded { collection, records, .. } in loaded {
        let Some(section) = &collection.section else { continue };
        for language in &config.languages {
            let with_page = records.iter().filter(|record| collection.has_page(record));
            pages.extend(with_page.map(|record| page(collection, record, section, &language.code)));
        }
    }
    pages
}

fn page(collection: &Collection, record: &Record, section: &str, lang: &str) -> InjectedPage {
    InjectedPage {
        section: section.to_owned(),
        slug: record.id.clone(),
        lang: lang.to_owned(),
        title: collection.title_of(record, lang),
        template: collection.template.clone(),
        date: collection.date_of(record).and_then(|date| date.parse().ok()),
        extra: json!({
            "kind": collection.kind,
            "collection": collection.name,
            "record": collection.page_values(record),
            "fields": collection.page_fields(record, lang),
            "query": collection.query_of(record),
        }),
        origin: record.file.clone(),
        line: usize::try_from(record.line).unwrap_or(0),
    }
}
