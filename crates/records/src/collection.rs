//! A declared collection and what it says of a record: title, address, whether it has a page.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::importer::Record;

/// `lang` of a field that every language shows although its name ends in a language.
pub const LANG_ANY: &str = "any";

/// Language code → words.
pub type Labels = BTreeMap<String, String>;

/// A set of records published beside the pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    /// Unique name: `[a-z][a-z0-9_-]*`.
    pub name: String,
    /// Name shown to readers.
    pub label: Labels,
    /// Search group of its records (`record`, `institution`, `classification` …).
    pub kind: String,
    /// How the sources are read.
    pub importer: Importer,
    /// Source files, relative to the root.
    pub source: Vec<PathBuf>,
    /// Source column (or JSON key) → field; columns not named keep their name.
    pub map: BTreeMap<String, String>,
    /// Field that holds the stable id.
    pub id: String,
    /// Fields a title is taken from.
    pub title: Vec<String>,
    /// Content section its pages join; `None`: no pages.
    pub section: Option<String>,
    /// Template of its pages.
    pub template: Option<String>,
    /// Address below the language prefix, with `{field}` places.
    pub url: String,
    /// Address of records that `pages_where` leaves without a page.
    pub url_without_page: Option<String>,
    /// Which records have a page.
    pub pages_where: Option<Condition>,
    /// Fields shown in result lists.
    pub card: Vec<String>,
    /// Field whose date is the record's.
    pub date: Option<String>,
    /// Query counted for each record's page, with `{field}` places.
    pub query: Option<String>,
    /// Share of rows that may be rejected, 0 to 1.
    pub max_rejects: f64,
    /// Fields in the order in which they are shown.
    pub fields: Vec<Field>,
    /// 1-based line of the declaration in `woodblock.toml`.
    pub line: u32,
}

/// Format of the sources. A name that ends in `.gz` is inflated on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importer {
    /// RFC 4180, first line names the columns.
    Csv,
    /// Tab-separated, no quoting, first line names the columns.
    Tsv,
    /// One JSON object a line.
    JsonLines,
}

/// One field of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Column and key: `[a-z][a-z0-9_]*`.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Between list items in a cell.
    pub separator: String,
    /// Name shown to readers.
    pub label: Labels,
    /// INID code (WIPO ST.9).
    pub inid: Option<String>,
    /// Query fields it is found by; empty: not searched.
    pub search: Vec<String>,
    /// Weight in ranking, above 0.
    pub weight: f64,
    /// Counted beside results.
    pub facet: bool,
    /// Results can be sorted by it.
    pub sortable: bool,
    /// A row without it is rejected.
    pub required: bool,
    /// Language it belongs to; `None`: every language.
    pub lang: Option<String>,
    /// The codes allowed, with the words readers see; empty: any.
    pub values: Vec<CodeLabel>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Free text.
    Text,
    /// Items joined by the field's separator.
    List,
    /// Day of the calendar, `YYYY-MM-DD`.
    Date,
    /// Short symbol of one line.
    Code,
    /// Whole or decimal number.
    Number,
    /// `http` or `https` address.
    Url,
}

impl FieldKind {
    /// The name used in `woodblock.toml` and given to templates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::List => "list",
            Self::Date => "date",
            Self::Code => "code",
            Self::Number => "number",
            Self::Url => "url",
        }
    }
}

/// A code and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLabel {
    /// The code as it stands in the source.
    pub code: String,
    /// Its words in each language.
    pub label: Labels,
}

/// `field=value` or `field!=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The field looked at.
    pub field: String,
    /// The value compared with; empty stands for an empty field.
    pub value: String,
    /// Whether equality or difference is asked for.
    pub equal: bool,
}

impl Condition {
    /// Whether the record meets it; for a list, whether any item does.
    pub fn holds(&self, record: &Record) -> bool {
        let found = match record.get(&self.field) {
            Some(value) => value.items().contains(&self.value),
            None => self.value.is_empty(),
        };
        found == self.equal
    }
}

impl Field {
    /// Whether pages in `lang` show it.
    pub fn is_shown_in(&self, lang: &str) -> bool {
        self.lang.as_deref().is_none_or(|own| own == lang)
    }

    /// The words for a code of this field, or the code itself.
    pub fn words_for<'a>(&'a self, code: &'a str, lang: &str) -> &'a str {
        let known = self.values.iter().find(|value| value.code == code);
        known.and_then(|value| value.label.get(lang)).map_or(code, String::as_str)
    }

    /// Its label in `lang`, in any language, or its name.
    pub fn label_in(&self, lang: &str) -> &str {
        let any = || self.label.values().next();
        self.label.get(lang).or_else(any).map_or(&self.name, |label| label)
    }
}

impl Collection {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the record has a page of its own.
    pub fn has_page(&self, record: &Record) -> bool {
        let chosen = self.pages_where.as_ref().is_none_or(|condition| condition.holds(record));
        self.section.is_some() && chosen
    }

    /// The record's address below the language prefix, such as `/patents/CN1746181A/`.
    pub fn url_of(&self, record: &Record) -> String {
        let pageless = self.section.is_some() && !self.has_page(record);
        let other = self.url_without_page.as_ref().filter(|_| pageless);
        self.fill(other.unwrap_or(&self.url), record)
    }

    /// The query counted for the record's page, if the collection has one.
    pub fn query_of(&self, record: &Record) -> Option<String> {
        self.query.as_ref().map(|query| self.fill(query, record))
    }

    /// The record's date, if the collection names a field for it and the record has one.
    pub fn date_of(&self, record: &Record) -> Option<String> {
        let value = record.get(self.date.as_ref()?)?;
        Some(value.to_text(""))
    }

    /// The first title field with a value: the language's own before those of none, then others.
    ///
    /// Falls back on the id, so it is never empty.
    pub fn title_of(&self, record: &Record, lang: &str) -> String {
        let mut names: Vec<&String> = self.title.iter().collect();
        names.sort_by_key(|name| title_rank(name, lang));
        let found = names.iter().find_map(|name| record.get(name));
        found.map_or_else(|| record.id.clone(), |value| value.to_text("; "))
    }

    /// Replaces `{field}` by the record's value; `{id}` is the id.
    fn fill(&self, pattern: &str, record: &Record) -> String {
        let mut out = String::with_capacity(pattern.len() + 16);
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(&self.place_value(name, record));
            rest = tail;
        }
        out + rest
    }

    fn place_value(&self, name: &str, record: &Record) -> String {
        match record.get(name) {
            Some(value) => value.to_text(" "),
            None if name == "id" || name == self.id => record.id.clone(),
            None => String::new(),
        }
    }
}

/// 0 for a name that ends in the language, 1 for one that ends in none, 2 for another's.
fn title_rank(name: &str, lang: &str) -> u8 {
    match language_suffix(name) {
        Some(own) if own == lang => 0,
        None => 1,
        Some(_) => 2,
    }
}

/// `zh` of `title_zh`; only these two are endings, so that `family_size` has none.
pub(crate) fn language_suffix(name: &str) -> Option<&str> {
    let (_, suffix) = name.rsplit_once('_')?;
    matches!(suffix, "zh" | "en").then_some(suffix)
}
