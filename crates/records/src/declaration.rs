//! `woodblock.toml`: the declaration of collections, read with the place of every problem.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::collection::{
    CodeLabel, Collection, Condition, Field, FieldKind, Importer, LANG_ANY, Labels, language_suffix,
};
use crate::error::{Problem, RecordsError};
use crate::st9::{is_inid, item_by_inid};

/// The file, in the root of a site.
pub const DECLARATION_FILE: &str = "woodblock.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    collections: Vec<Spanned<RawCollection>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCollection {
    name: Spanned<String>,
    #[serde(default)]
    label: Labels,
    kind: Spanned<String>,
    importer: Spanned<String>,
    source: Vec<Spanned<String>>,
    #[serde(default)]
    map: BTreeMap<String, Spanned<String>>,
    id: Spanned<String>,
    title: Vec<Spanned<String>>,
    section: Option<Spanned<String>>,
    template: Option<Spanned<String>>,
    url: Spanned<String>,
    url_without_page: Option<Spanned<String>>,
    pages_where: Option<Spanned<String>>,
    #[serde(default)]
    card: Vec<Spanned<String>>,
    date: Option<Spanned<String>>,
    query: Option<Spanned<String>>,
    max_rejects: Option<Spanned<f64>>,
    fields: Vec<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    name: Spanned<String>,
    #[serde(rename = "type")]
    kind: Spanned<String>,
    separator: Option<Spanned<String>>,
    #[serde(default)]
    label: Labels,
    inid: Option<Spanned<String>>,
    search: Option<Spanned<OneOrMany>>,
    weight: Option<Spanned<f64>>,
    #[serde(default)]
    facet: bool,
    #[serde(default)]
    sortable: bool,
    #[serde(default)]
    required: bool,
    lang: Option<Spanned<String>>,
    #[serde(default)]
    values: Vec<BTreeMap<String, String>>,
}

/// `"pa"` or `["pn", "num"]`. Spans do not survive inside an untagged choice; the field has one.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// Reads the collections that `root/woodblock.toml` declares; none when there is no such file.
///
/// # Errors
/// [`RecordsError::Declaration`] with every problem found, [`RecordsError::Io`] when the file
/// cannot be read.
pub fn read_collections(root: &Path) -> Result<Vec<Collection>, RecordsError> {
    let path = root.join(DECLARATION_FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(RecordsError::Io { path, source }),
    };
    let mut checker = Checker { text: &String::from_utf8_lossy(&bytes), problems: Vec::new() };
    if let Err(error) = std::str::from_utf8(&bytes) {
        let message = "not UTF-8 from here on".to_owned();
        checker.problem(
            error.valid_up_to()..error.valid_up_to(),
            message,
            "save the file as UTF-8",
        );
    }
    let collections = checker.file();
    if checker.problems.is_empty() {
        return Ok(collections);
    }
    checker.problems.sort_by_key(|problem| (problem.line, problem.column));
    Err(RecordsError::Declaration(checker.problems))
}

/// Collects problems while it turns the raw file into collections.
struct Checker<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn file(&mut self) -> Vec<Collection> {
        let text = self.text;
        let raw: RawFile = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                self.problem(error.span().unwrap_or(0..0), error.message().to_owned(), "");
                return Vec::new();
            }
        };
        let mut collections: Vec<Collection> = Vec::new();
        for raw in raw.collections {
            let name = raw.get_ref().name.clone();
            if collections.iter().any(|known| known.name == *name.get_ref()) {
                let message = format!("a second collection is named `{}`", name.get_ref());
                self.problem(name.span(), message, "rename one");
            }
            let line = self.place(raw.span().start).0;
            collections.push(self.collection(raw.into_inner(), line));
        }
        collections
    }

    fn collection(&mut self, raw: RawCollection, line: u32) -> Collection {
        self.name(&raw.name, "a collection's name");
        self.name(&raw.kind, "a search group");
        if let (Some(section), None) = (&raw.section, &raw.template) {
            self.problem(
                section.span(),
                "`section` without `template`".to_owned(),
                "name the template of the record pages",
            );
        }
        self.labels(&raw.label, raw.name.span());
        let (sources, importer) = (self.sources(&raw.source), self.importer(&raw.importer));
        let fields = self.fields(raw.fields);
        let known: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
        for name in raw.title.iter().chain(&raw.card).chain([&raw.id]).chain(raw.map.values()) {
            self.known(name, &known);
        }
        if let Some(date) = &raw.date {
            self.date_field(date, &fields);
        }
        Collection {
            url: self.url(&raw.url, &known),
            url_without_page: raw.url_without_page.map(|url| self.url(&url, &known)),
            pages_where: raw.pages_where.and_then(|text| self.condition(&text, &known)),
            query: raw.query.map(|query| self.places(&query, &known)),
            max_rejects: self.share(raw.max_rejects.as_ref()),
            name: raw.name.into_inner(),
            label: raw.label,
            kind: raw.kind.into_inner(),
            importer,
            source: sources,
            map: raw.map.into_iter().map(|(from, to)| (from, to.into_inner())).collect(),
            id: raw.id.into_inner(),
            title: inner(raw.title),
            section: raw.section.map(Spanned::into_inner),
            template: raw.template.map(Spanned::into_inner),
            card: inner(raw.card),
            date: raw.date.map(Spanned::into_inner),
            fields,
            line,
        }
    }

    fn fields(&mut self, raw: Vec<RawField>) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::with_capacity(raw.len());
        for raw in raw {
            if fields.iter().any(|known| known.name == *raw.name.get_ref()) {
                let message = format!("a second field is named `{}`", raw.name.get_ref());
                self.problem(raw.name.span(), message, "remove one");
            }
            let field = self.field(raw);
            fields.push(field);
        }
        fields
    }

    fn field(&mut self, raw: RawField) -> Field {
        self.name(&raw.name, "a field's name");
        let kind = self.field_kind(&raw.kind);
        let inid = raw.inid.map(|inid| self.inid(inid));
        let search = raw.search.map(|search| self.search(search)).unwrap_or_default();
        let suffix = language_suffix(raw.name.get_ref()).map(str::to_owned);
        let lang = raw.lang.map(Spanned::into_inner).or(suffix).filter(|lang| lang != LANG_ANY);
        Field {
            label: self.field_label(raw.label, inid.as_deref(), &raw.name),
            weight: self.weight(raw.weight.as_ref()),
            separator: self.separator(raw.separator),
            values: raw.values.into_iter().map(|v| self.code_label(v, raw.name.span())).collect(),
            name: raw.name.into_inner(),
            kind,
            inid,
            search,
            facet: raw.facet,
            sortable: raw.sortable,
            required: raw.required,
            lang,
        }
    }

    /// The declared label, or that of the INID code's item.
    fn field_label(&mut self, label: Labels, inid: Option<&str>, name: &Spanned<String>) -> Labels {
        if !label.is_empty() {
            return label;
        }
        if let Some(item) = inid.and_then(item_by_inid) {
            let pairs = [("zh", item.zh), ("en", item.en)];
            return pairs.map(|(lang, word)| (lang.to_owned(), word.to_owned())).into();
        }
        // A wrong INID code is told already.
        if inid.is_none() {
            self.labels(&label, name.span());
        }
        label
    }

    fn labels(&mut self, label: &Labels, at: Range<usize>) {
        if label.is_empty() {
            self.problem(at, "no label".to_owned(), "add label = { zh = \"…\", en = \"…\" }");
        }
    }

    fn code_label(&mut self, mut raw: Labels, at: Range<usize>) -> CodeLabel {
        let code = raw.remove("code").unwrap_or_default();
        if code.is_empty() {
            let help = "write { code = \"…\", zh = \"…\", en = \"…\" }";
            self.problem(at, "a value without `code`".to_owned(), help);
        }
        CodeLabel { code, label: raw }
    }

    fn search(&mut self, raw: Spanned<OneOrMany>) -> Vec<String> {
        let at = raw.span();
        let names = raw.into_inner().into_vec();
        for name in &names {
            self.name(&Spanned::new(at.clone(), name.clone()), "a query field");
        }
        names
    }

    fn field_kind(&mut self, raw: &Spanned<String>) -> FieldKind {
        match raw.get_ref().as_str() {
            "text" => FieldKind::Text,
            "list" => FieldKind::List,
            "date" => FieldKind::Date,
            "code" => FieldKind::Code,
            "number" => FieldKind::Number,
            "url" => FieldKind::Url,
            other => {
                let message = format!("unknown field type `{other}`");
                self.problem(raw.span(), message, "use text, list, date, code, number or url");
                FieldKind::Text
            }
        }
    }

    fn importer(&mut self, raw: &Spanned<String>) -> Importer {
        match raw.get_ref().as_str() {
            "csv" => Importer::Csv,
            "tsv" => Importer::Tsv,
            "jsonl" => Importer::JsonLines,
            other => {
                let message = format!("unknown importer `{other}`");
                self.problem(raw.span(), message, "use csv, tsv or jsonl");
                Importer::Csv
            }
        }
    }

    fn inid(&mut self, raw: Spanned<String>) -> String {
        if !is_inid(raw.get_ref()) {
            let message = format!("`{}` is no INID code of WIPO ST.9", raw.get_ref());
            self.problem(raw.span(), message, "write its two digits, such as \"54\" for the title");
        }
        raw.into_inner()
    }

    fn weight(&mut self, raw: Option<&Spanned<f64>>) -> f64 {
        let Some(raw) = raw else { return 1.0 };
        let weight = *raw.get_ref();
        if !(weight.is_finite() && weight > 0.0 && weight <= 1000.0) {
            let message = format!("weight {weight} is out of range");
            self.problem(raw.span(), message, "use a number above 0, at most 1000");
        }
        weight
    }

    fn share(&mut self, raw: Option<&Spanned<f64>>) -> f64 {
        let Some(raw) = raw else { return 0.0 };
        let share = *raw.get_ref();
        if !(0.0..=1.0).contains(&share) {
            let message = format!("max_rejects {share} is no share");
            self.problem(raw.span(), message, "use a number from 0 to 1, such as 0.01");
        }
        share
    }

    fn separator(&mut self, raw: Option<Spanned<String>>) -> String {
        let Some(raw) = raw else { return "; ".to_owned() };
        if raw.get_ref().is_empty() || raw.get_ref().contains(['\n', '\r', '"']) {
            let message = "a separator must be one or more characters of one line".to_owned();
            self.problem(raw.span(), message, "leave it out for \"; \"");
        }
        raw.into_inner()
    }

    fn sources(&mut self, raw: &[Spanned<String>]) -> Vec<PathBuf> {
        for source in raw {
            let path = Path::new(source.get_ref());
            let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            if !inside || path.as_os_str().is_empty() {
                let message = format!("source `{}` is outside the site", source.get_ref());
                self.problem(source.span(), message, "name a file below the root, without `..`");
            }
        }
        raw.iter().map(|source| PathBuf::from(source.get_ref())).collect()
    }

    fn name(&mut self, raw: &Spanned<String>, what: &str) {
        let name = raw.get_ref();
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
        let rest = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
        if !(starts && rest && name.len() <= 64) {
            let message = format!("`{name}` cannot be {what}");
            self.problem(
                raw.span(),
                message,
                "use small letters, digits, `_` and `-`, first a letter",
            );
        }
    }

    fn known(&mut self, name: &Spanned<String>, known: &[String]) {
        if !known.contains(name.get_ref()) {
            let message = format!("no field is named `{}`", name.get_ref());
            self.problem(name.span(), message, &format!("declared are {}", known.join(", ")));
        }
    }

    fn date_field(&mut self, name: &Spanned<String>, fields: &[Field]) {
        let field = fields.iter().find(|field| field.name == *name.get_ref());
        if field.is_none_or(|field| field.kind != FieldKind::Date) {
            let message = format!("`{}` is no field of type date", name.get_ref());
            self.problem(name.span(), message, "name a date field, or leave `date` out");
        }
    }

    fn url(&mut self, raw: &Spanned<String>, known: &[String]) -> String {
        let url = raw.get_ref();
        if !url.starts_with('/') || url.starts_with("//") || url.contains("..") {
            let message = format!("address `{url}` does not start at the site's root");
            self.problem(raw.span(), message, "write it as \"/patents/{id}/\"");
        }
        self.places(raw, known)
    }

    /// Checks the `{field}` places of a pattern.
    fn places(&mut self, raw: &Spanned<String>, known: &[String]) -> String {
        let mut rest = raw.get_ref().as_str();
        while let Some((_, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            if name != "id" && !known.iter().any(|field| field == name) {
                let message = format!("no field is named `{name}` in `{}`", raw.get_ref());
                self.problem(raw.span(), message, &format!("use id, {}", known.join(", ")));
            }
            rest = tail;
        }
        raw.get_ref().clone()
    }

    fn condition(&mut self, raw: &Spanned<String>, known: &[String]) -> Option<Condition> {
        let Some((field, value)) = raw.get_ref().split_once('=') else {
            let message = format!("`{}` is no condition", raw.get_ref());
            self.problem(raw.span(), message, "write field=value or field!=value");
            return None;
        };
        let (field, equal) = match field.strip_suffix('!') {
            Some(field) => (field.trim(), false),
            None => (field.trim(), true),
        };
        self.known(&Spanned::new(raw.span(), field.to_owned()), known);
        Some(Condition { field: field.to_owned(), value: value.trim().to_owned(), equal })
    }

    fn problem(&mut self, at: Range<usize>, message: String, help: &str) {
        let (line, column) = self.place(at.start);
        let help = (!help.is_empty()).then(|| help.to_owned());
        let file = PathBuf::from(DECLARATION_FILE);
        self.problems.push(Problem { file, line, column, message, help });
    }

    /// 1-based line and column (in characters) of a byte.
    fn place(&self, byte: usize) -> (u32, u32) {
        let before = self.text.get(..byte.min(self.text.len())).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

fn inner(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(Spanned::into_inner).collect()
}
