//! What a template gets of a record: values, and the fields to show with their labels.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::collection::Collection;
use crate::importer::Record;

/// A field as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageField {
    /// Key into the record's values.
    pub name: String,
    /// Label in the page's language.
    pub label: String,
    /// INID code, if the field has one.
    pub inid: Option<String>,
    /// `text`, `list`, `date`, `code`, `number` or `url`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

impl Collection {
    /// The fields that the record has a value for and that pages in `lang` show, in their order.
    pub fn page_fields(&self, record: &Record, lang: &str) -> Vec<PageField> {
        let shown = self.fields.iter().filter(|field| field.is_shown_in(lang));
        shown
            .filter(|field| record.get(&field.name).is_some())
            .map(|field| PageField {
                name: field.name.clone(),
                label: field.label_in(lang).to_owned(),
                inid: field.inid.clone(),
                kind: field.kind.as_str(),
            })
            .collect()
    }

    /// The record's values as an object, in the order of the fields; empty ones left out.
    ///
    /// All languages are in it: a template that knows the collection may want `title_zh` anywhere.
    pub fn page_values(&self, record: &Record) -> Json {
        let pairs = self.fields.iter().filter_map(|field| {
            record.get(&field.name).map(|value| (field.name.clone(), value.to_json()))
        });
        Json::Object(pairs.collect::<Map<String, Json>>())
    }

    /// Label and words of each card field that has a value, in the collection's order.
    ///
    /// Lists longer than three items are cut, the rest counted (`+2`); codes get their words.
    pub fn card_of(&self, record: &Record, lang: &str) -> Vec<(String, String)> {
        const SHOWN: usize = 3;
        let fields = self.card.iter().filter_map(|name| self.field(name));
        let pairs = fields.filter(|field| field.is_shown_in(lang)).filter_map(|field| {
            let items = record.get(&field.name)?.items();
            let words = items.iter().take(SHOWN).map(|item| field.words_for(item, lang).to_owned());
            let rest = items.len().saturating_sub(SHOWN);
            let more = (rest > 0).then(|| format!("+{rest}"));
            let text = words.chain(more).collect::<Vec<_>>().join("; ");
            Some((field.label_in(lang).to_owned(), text))
        });
        pairs.collect()
    }
}
