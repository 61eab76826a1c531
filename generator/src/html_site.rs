//! Any built HTML site as documents: what `woodblock index DIR` reads.
//!
//! A page's text is followed, after U+001E, by notes for whoever shows it: JSON that is neither
//! searched nor cut into snippets (`docs/pagefind.md` names its keys).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use html_pages::{Notice, Page, Problem, Rules, Site, SitePage};
use search_engine::format::stores::NOTES;
use search_engine::{LangUse, Query, Results, View};
use search_indexer::{Document, FieldOptions};
use serde_json::{Map, Value as Json, json};
use site_model::Diagnostic;

use crate::failure::{Failure, Outcome};
use crate::html_settings::HtmlSettings;
use crate::report;

/// Longest text that is kept for showing; what is longer is searched to its end all the same.
const MAX_TEXT: usize = 512 << 10;
/// Metas that are no facts to list in results.
const PICTURE: [&str; 3] = ["title", "image", "image_alt"];
/// Weights that words can have, besides 1: fields of an index are few.
const WEIGHTS: [f32; 14] =
    [0.0, 0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
/// Field of the tokens that stand for filters; see [`token`].
const FILTERS: &str = "flt";
/// Token of every page, so that a filter alone can leave out what it names.
const EVERY_PAGE: &str = "fall";
/// Before the key of a sort, which is kept as a facet.
const SORTED: &str = "by.";
/// Factor of words of weight 0: they are found, and never come first.
const LEAST: f32 = 0.01;
/// Most problems that are told one by one.
const MAX_TOLD: usize = 50;

/// A folder of pages, its documents made by several threads.
pub(crate) struct Folder {
    site: Site,
    settings: HtmlSettings,
    seen: Mutex<Seen>,
}

/// What the threads saw.
#[derive(Default)]
struct Seen {
    notices: Vec<Notice>,
    tally: Tally,
}

/// What a page that searches wants to know before it does.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    langs: BTreeMap<String, LangTally>,
}

#[derive(Debug, Default)]
struct LangTally {
    pages: u32,
    /// Keys that pages can be sorted by.
    sorts: BTreeSet<String>,
    /// Pages with each value of each filter.
    filters: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Tally {
    fn add(&mut self, document: &Document) {
        let lang = self.langs.entry(document.lang.clone()).or_default();
        lang.pages += 1;
        for (key, value) in &document.facets {
            if let Some(key) = key.strip_prefix(SORTED) {
                lang.sorts.insert(key.to_owned());
                continue;
            }
            *lang.filters.entry(key.clone()).or_default().entry(value.clone()).or_default() += 1;
        }
    }

    /// Adds what another folder holds.
    fn merge(&mut self, other: Self) {
        for (lang, tally) in other.langs {
            let own = self.langs.entry(lang).or_default();
            own.pages += tally.pages;
            own.sorts.extend(tally.sorts);
            for (key, values) in tally.filters {
                let counts = own.filters.entry(key).or_default();
                for (value, count) in values {
                    *counts.entry(value).or_default() += count;
                }
            }
        }
    }

    /// What an index beside this folder states; `None` where it was not made of pages.
    pub(crate) fn written(index: &Path) -> Option<Self> {
        let json = |name| -> Option<Json> {
            serde_json::from_slice(&std::fs::read(index.join(name)).ok()?).ok()
        };
        let (about, filters) = (json("pagefind.json")?, json("filters.json")?);
        let sorts: BTreeSet<String> = serde_json::from_value(about["sorts"].clone()).ok()?;
        let pages: BTreeMap<String, u32> = serde_json::from_value(about["pages"].clone()).ok()?;
        let tally = |(lang, pages): (String, u32)| {
            let filters = serde_json::from_value(filters[&lang].clone()).unwrap_or_default();
            (lang, LangTally { pages, sorts: sorts.clone(), filters })
        };
        Some(Self { langs: pages.into_iter().map(tally).collect() })
    }

    /// Adds what was indexed since, and counts anew: pages may have been replaced or taken away.
    ///
    /// - `ask`: asks the index with its updates.
    pub(crate) fn update(
        &mut self,
        new: Self,
        ask: &dyn Fn(&Query) -> Outcome<Results>,
    ) -> Outcome {
        self.merge(new);
        for (lang, tally) in &mut self.langs {
            let answer = ask(&Query {
                lang: lang.clone(),
                lang_use: LangUse::Only,
                facets: tally.filters.keys().cloned().collect(),
                exhaustive: true,
                view: View::List,
                ..Query::new(format!("{FILTERS}:{EVERY_PAGE}"))
            })?;
            tally.pages = answer.total;
            for facet in answer.facets {
                let is_cut = facet.is_cut();
                let counts = tally.filters.entry(facet.name).or_default();
                // A value that is not named has no page, unless more have pages than are named.
                if !is_cut {
                    counts.clear();
                }
                counts.extend(facet.values);
            }
        }
        Ok(())
    }

    /// `pagefind.json` and `filters.json`, which `pagefind.js` reads.
    pub(crate) fn files(&self, root: &str) -> [(&'static str, Vec<u8>); 2] {
        let langs = |of: fn(&LangTally) -> Json| {
            self.langs.iter().map(|(lang, tally)| (lang.clone(), of(tally))).collect::<Map<_, _>>()
        };
        let sorts: BTreeSet<_> = self.langs.values().flat_map(|tally| &tally.sorts).collect();
        let pages = langs(|tally| tally.pages.into());
        let about = json!({ "root": root, "pages": pages, "sorts": sorts });
        let filters = Json::Object(langs(|tally| json!(tally.filters)));
        let bytes = |json: Json| format!("{json}\n").into_bytes();
        [("pagefind.json", bytes(about)), ("filters.json", bytes(filters))]
    }
}

/// A filter's value as a code that can be asked for: FNV-1a of key, zero and value.
fn token(key: &str, value: &str) -> String {
    let bytes = key.bytes().chain([0]).chain(value.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("f{hash:016x}")
}

impl Folder {
    /// Lists the pages of a folder.
    pub(crate) fn open(folder: &Path, settings: &HtmlSettings) -> Outcome<Self> {
        let rules = Rules::new(settings.root_selector.as_deref(), &settings.exclude_selectors)
            .map_err(|error| Failure::usage(error.to_string()))?;
        let mut site = Site::open(folder, &settings.glob, rules).map_err(|error| match error {
            html_pages::SiteError::Pattern { .. } => Failure::Usage(error.into()),
            html_pages::SiteError::List { .. } => Failure::machine(error),
        })?;
        let notices = site.take_notices();
        let seen = Mutex::new(Seen { notices, tally: Tally::default() });
        Ok(Self { site, settings: settings.clone(), seen })
    }

    /// Number of pages.
    pub(crate) fn len(&self) -> usize {
        self.site.len()
    }

    /// The document of a page; none where it says nothing or cannot be read.
    pub(crate) fn document(&self, number: usize) -> Option<Document> {
        let (page, notices) = self.site.read(number);
        let document = page.and_then(|page| document(page, &self.settings));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.notices.extend(notices);
        if let Some(document) = &document {
            seen.tally.add(document);
        }
        document
    }
}

/// Tells what is wrong with files, once all have been read. Returns what was counted, if there
/// were folders.
///
/// # Errors
/// [`Failure::Content`] where some could not be read at all.
pub(crate) fn finish(folders: Vec<Folder>) -> Outcome<Option<Tally>> {
    let (mut notices, mut tally) = (Vec::new(), None);
    for folder in folders {
        let mut seen = folder.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Threads saw them in any order.
        seen.notices.sort_by(|a, b| a.file.cmp(&b.file));
        notices.append(&mut seen.notices);
        tally.get_or_insert_with(Tally::default).merge(seen.tally);
    }
    let is_fatal = |n: &&Notice| matches!(n.problem, Problem::Unreadable(_) | Problem::TooLong);
    let (fatal, others): (Vec<_>, Vec<_>) = notices.iter().partition(is_fatal);
    let told: Vec<_> = others.iter().take(MAX_TOLD).map(|notice| diagnostic(notice)).collect();
    report::problems(&told);
    if others.len() > told.len() {
        report::note(format!("and {} more warnings like these", others.len() - told.len()));
    }
    if fatal.is_empty() {
        Ok(tally)
    } else {
        Err(Failure::Content(fatal.into_iter().map(diagnostic).collect()))
    }
}

fn diagnostic(notice: &Notice) -> Diagnostic {
    let message = match &notice.problem {
        Problem::Unreadable(error) => format!("the page cannot be read: {error}"),
        problem => format!("the page {problem}"),
    };
    let help = match notice.problem {
        Problem::Unreadable(_) => "mend its permissions or the link, or leave it out with --glob",
        Problem::TooLong => "split the page, or leave it out with --glob",
        Problem::NotUtf8(_) => "save it as UTF-8, or name its encoding in `<meta charset=…>`",
        Problem::Loop => "remove the link, or leave it out with --glob",
        Problem::Attribute(_) => "docs/pagefind.md lists the attributes and their values",
    };
    let kind = match notice.problem {
        Problem::Unreadable(_) | Problem::TooLong => Diagnostic::error(message),
        _ => Diagnostic::warning(message),
    };
    kind.in_file(&notice.file).help(help)
}

/// Fields of pages beside those that every index has: headings, and words by weight.
pub(crate) fn fields() -> Vec<FieldOptions> {
    let weighted = WEIGHTS.iter().map(|&weight| {
        // Words over 1 stand in `tx` as well, where they count once.
        let factor =
            if weight > 1.0 { weight * weight - 1.0 } else { (weight * weight).max(LEAST) };
        FieldOptions::text(&field_of(weight), factor, 0.75, &[])
    });
    headings().into_iter().chain([FieldOptions::code(FILTERS, &[])]).chain(weighted).collect()
}

/// The field of headings, which records may have too.
pub(crate) fn headings() -> Vec<FieldOptions> {
    vec![FieldOptions::text("hd", 1.5, 0.5, &[])]
}

/// `w025`, `w2` …
fn field_of(weight: f32) -> String {
    format!("w{weight}").replace('.', "")
}

/// The nearest weight that words can have.
fn nearest(weight: f32) -> f32 {
    let distance = |known: &f32| (known - weight).abs();
    let known = WEIGHTS.into_iter().chain([1.0]);
    known.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(1.0)
}

fn document(site_page: SitePage, settings: &HtmlSettings) -> Option<Document> {
    let SitePage { path, page } = site_page;
    if page.content.is_empty() {
        return None;
    }
    let url = url_of(&path, settings.keep_index_url);
    let value = |key: &str| page.metas.get(key).cloned();
    let title = value("title").filter(|title| !title.is_empty()).unwrap_or_else(|| url.clone());
    let date = value("date").or_else(|| page.sorts.get("date").cloned());
    let card = page.metas.iter().filter(|(name, _)| !PICTURE.contains(&name.as_str()));
    let filters = page.filters.iter();
    let filters = filters.flat_map(|(key, values)| values.iter().map(|v| (key.clone(), v.clone())));
    let sorts = page.sorts.iter().map(|(key, value)| (format!("{SORTED}{key}"), value.clone()));
    Some(Document {
        id: url.clone(),
        lang: settings.lang_of(page.lang.as_deref()),
        kind: "page".to_owned(),
        title,
        fields: searched(&page),
        facets: filters.chain(sorts).collect(),
        date: date.filter(|date| is_date(date)),
        card: card.map(|(name, value)| (name.clone(), value.clone())).collect(),
        text: shown(&page),
        url,
        ..Document::default()
    })
}

fn searched(page: &Page) -> Vec<(String, Vec<String>)> {
    let values = page.filters.iter().flat_map(|(key, values)| values.iter().map(move |v| (key, v)));
    let tokens = values.map(|(key, value)| token(key, value)).chain([EVERY_PAGE.to_owned()]);
    let mut fields =
        vec![("hd".to_owned(), page.headings.clone()), (FILTERS.to_owned(), tokens.collect())];
    if page.weights.is_empty() {
        fields.push(("tx".to_owned(), vec![page.content.clone()]));
        return fields;
    }
    fields.push(("tx".to_owned(), vec![page.text_where(|weight| nearest(weight) >= 1.0)]));
    for known in WEIGHTS {
        #[expect(clippy::float_cmp, reason = "both come from the same table")]
        let text = page.text_where(|weight| nearest(weight) == known);
        fields.extend((!text.is_empty()).then(|| (field_of(known), vec![text])));
    }
    fields
}

/// The text and its notes.
fn shown(page: &Page) -> String {
    let mut text = page.content[..page.content.floor_char_boundary(MAX_TEXT)].to_owned();
    let notes = notes(page);
    if !notes.is_empty() {
        text.push(NOTES);
        text.push_str(&Json::from(notes).to_string());
    }
    text
}

fn notes(page: &Page) -> Map<String, Json> {
    let anchors = page.anchors.iter().map(|a| json!([a.level, a.id, a.word, a.text])).collect();
    let weights = page.weights.iter().map(|run| json!([run.start, run.end, run.weight])).collect();
    let picture = page.metas.iter().filter(|(name, _)| PICTURE[1..].contains(&name.as_str()));
    let object = |pairs: Vec<(&String, Json)>| {
        Json::Object(pairs.into_iter().map(|(name, value)| (name.clone(), value)).collect())
    };
    let notes = [
        ("anchors", Json::Array(anchors)),
        ("filters", object(page.filters.iter().map(|(k, v)| (k, json!(v))).collect())),
        ("meta", object(picture.map(|(k, v)| (k, json!(v))).collect())),
        ("sorts", object(page.sorts.iter().map(|(k, v)| (k, json!(v))).collect())),
        ("weights", Json::Array(weights)),
    ];
    let is_empty = |value: &Json| match value {
        Json::Array(items) => items.is_empty(),
        Json::Object(items) => items.is_empty(),
        _ => false,
    };
    notes
        .into_iter()
        .filter(|(_, value)| !is_empty(value))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// `/guide/` for `guide/index.html`, `/about.html` for `about.html`.
fn url_of(path: &str, keep_index: bool) -> String {
    let path = format!("/{path}");
    let short = path.strip_suffix("index.html").filter(|short| short.ends_with('/') && !keep_index);
    short.map(str::to_owned).unwrap_or(path)
}

fn is_date(text: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Document {
        let page = Rules::default().read(html, html_pages::Region::WholeBody);
        let path = "a/index.html".to_owned();
        document(SitePage { path, page }, &HtmlSettings::default()).unwrap()
    }

    #[test]
    fn a_page_becomes_a_document() {
        let document = page(
            "<html lang=pt-BR><h1 id=h>T</h1>text<i data-pagefind-meta='date:2026-01-02, by:x'>\
             </i><i data-pagefind-filter=tag:y></i><h2>S</h2>",
        );
        assert_eq!((document.url.as_str(), document.lang.as_str()), ("/a/", "pt"));
        assert_eq!(document.date.as_deref(), None);
        assert_eq!(document.card, [("date".into(), "2026-01-02, by:x".into())]);
        assert_eq!(document.facets, [("tag".into(), "y".into())]);
        assert_eq!(document.fields[0].1, ["S"]);
        let (text, notes) = document.text.split_once(NOTES).unwrap();
        assert_eq!(text, "T\ntext\nS");
        assert_eq!(notes, r#"{"anchors":[[1,"h",0,"T"]],"filters":{"tag":["y"]}}"#);
    }

    #[test]
    fn weighted_words_go_into_fields_of_their_own() {
        let document = page("<p>a<p data-pagefind-weight=3>b<p data-pagefind-weight=0>c");
        let fields: Vec<_> =
            document.fields.iter().map(|(name, texts)| (name.as_str(), texts.join("|"))).collect();
        assert_eq!(
            fields,
            [
                ("hd", String::new()),
                ("flt", "fall".into()),
                ("tx", "a b".into()),
                ("w0", "c".into()),
                ("w3", "b".into()),
            ]
        );
        let known = super::fields();
        assert!(fields[3..].iter().all(|(name, _)| known.iter().any(|field| field.name == *name)));
        assert!((nearest(2.4) - 2.0).abs() < 0.01 && (nearest(1.1) - 1.0).abs() < 0.01);
    }

    #[test]
    fn filters_are_tokens_and_counts() {
        let document = page(
            "<html lang=en>x<i data-pagefind-filter='tag:y' data-pagefind-sort='price:2'></i>",
        );
        assert_eq!(document.fields[1].1, [token("tag", "y"), "fall".into()]);
        assert_eq!(token("tag", "y"), "f5c05d029a3cb4cb0");
        let mut tally = Tally::default();
        tally.add(&document);
        tally.merge(Tally { langs: BTreeMap::from([("fr".to_owned(), LangTally::default())]) });
        let [(_, about), (_, filters)] = tally.files("ab.wbi");
        let about = String::from_utf8(about).unwrap();
        assert_eq!(
            about,
            "{\"root\":\"ab.wbi\",\"pages\":{\"en\":1,\"fr\":0},\"sorts\":[\"price\"]}\n"
        );
        let filters = String::from_utf8(filters).unwrap();
        assert_eq!(filters, "{\"en\":{\"tag\":{\"y\":1}},\"fr\":{}}\n");
    }

    #[test]
    fn addresses_leave_index_html_out_unless_told() {
        assert_eq!(url_of("index.html", false), "/");
        assert_eq!(url_of("a/index.html", true), "/a/index.html");
        assert_eq!(url_of("a/myindex.html", false), "/a/myindex.html");
    }

    #[test]
    fn a_long_text_is_cut_for_showing_and_searched_whole() {
        let document = page(&format!("<p>{}end", "字".repeat(300_000)));
        assert!(document.text.len() <= MAX_TEXT);
        assert!(document.fields[2].1[0].ends_with("end"));
    }
}
