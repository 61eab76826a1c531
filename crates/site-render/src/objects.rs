//! Pages, sections, lists of them, terms and pagers as templates see them.
//!
//! All are lazy: an object is a number and a shared [`Library`]; a template that reads `page.title`
//! of ten thousand pages makes ten thousand titles and nothing else.

use std::ops::Range;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use site_model::{
    Config, ContentId, Page, PageId, Pagination, SectionId, Source, Taxonomy, TemplateSyntax, Term,
};

use crate::content::{Heading, Rendered};
use crate::dependencies::{Part, note};
use crate::library::{Library, taxonomy_config};
use crate::values::{Fields, optional};

/// Keys of `page`, in Zola's order.
pub(crate) const PAGE_KEYS: &[&str] = &[
    "relative_path",
    "colocated_path",
    "content",
    "permalink",
    "slug",
    "ancestors",
    "title",
    "description",
    "updated",
    "date",
    "year",
    "month",
    "day",
    "taxonomies",
    "authors",
    "extra",
    "path",
    "components",
    "summary",
    "toc",
    "word_count",
    "reading_time",
    "assets",
    "draft",
    "lang",
    "lower",
    "higher",
    "translations",
    "backlinks",
    "weight",
    "template",
];

/// Keys of `section`, in Zola's order.
pub(crate) const SECTION_KEYS: &[&str] = &[
    "relative_path",
    "colocated_path",
    "content",
    "permalink",
    "draft",
    "ancestors",
    "title",
    "description",
    "extra",
    "path",
    "components",
    "toc",
    "word_count",
    "reading_time",
    "lang",
    "assets",
    "pages",
    "subsections",
    "translations",
    "backlinks",
    "generate_feeds",
    "transparent",
    "paginate_by",
    "paginate_reversed",
    "weight",
];

/// A page.
#[derive(Debug)]
struct PageObject {
    library: Arc<Library>,
    id: PageId,
    neighbours: Neighbours,
}

/// Whether a page tells the pages before and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Neighbours {
    Told,
    /// As Zola does for neighbours themselves, pages of a pager and pages of a term.
    Untold,
}

/// A section.
#[derive(Debug)]
struct SectionObject {
    library: Arc<Library>,
    id: SectionId,
    /// Whether its pages are shown: not to those who ask for metadata only.
    has_pages: bool,
}

/// A list of pages.
#[derive(Debug)]
struct PageList {
    library: Arc<Library>,
    /// Makes the value of one page.
    one: fn(&Arc<Library>, PageId) -> Value,
    ids: Arc<[PageId]>,
    range: Range<usize>,
    is_reversed: bool,
}

/// All terms of a taxonomy.
#[derive(Debug)]
struct TermList {
    library: Arc<Library>,
    taxonomy: usize,
}

/// A term of a taxonomy.
#[derive(Debug)]
struct TermObject {
    library: Arc<Library>,
    taxonomy: usize,
    term: usize,
    has_pages: bool,
}

pub(crate) fn page(library: &Arc<Library>, id: PageId) -> Value {
    Value::from_object(PageObject { library: library.clone(), id, neighbours: Neighbours::Told })
}

/// A page that does not tell its neighbours where templates are Zola's.
fn page_alone(library: &Arc<Library>, id: PageId) -> Value {
    let neighbours = match library.config().woodblock.templates {
        TemplateSyntax::Tera => Neighbours::Untold,
        TemplateSyntax::MiniJinja => Neighbours::Told,
    };
    Value::from_object(PageObject { library: library.clone(), id, neighbours })
}

pub(crate) fn section(library: &Arc<Library>, id: SectionId) -> Value {
    Value::from_object(SectionObject { library: library.clone(), id, has_pages: true })
}

pub(crate) fn section_metadata(library: &Arc<Library>, id: SectionId) -> Value {
    Value::from_object(SectionObject { library: library.clone(), id, has_pages: false })
}

/// Pages of a section.
pub(crate) fn pages(library: &Arc<Library>, ids: &Arc<[PageId]>) -> Value {
    let (library, range, ids) = (library.clone(), 0..ids.len(), ids.clone());
    Value::from_object(PageList { library, one: page, ids, range, is_reversed: false })
}

/// Pages of a term or of a pager.
fn pages_alone(
    library: &Arc<Library>,
    ids: &Arc<[PageId]>,
    range: Range<usize>,
    is_reversed: bool,
) -> Value {
    let (library, ids) = (library.clone(), ids.clone());
    Value::from_object(PageList { library, one: page_alone, ids, range, is_reversed })
}

pub(crate) fn term(library: &Arc<Library>, taxonomy: usize, term: usize, has_pages: bool) -> Value {
    Value::from_object(TermObject { library: library.clone(), taxonomy, term, has_pages })
}

pub(crate) fn terms(library: &Arc<Library>, taxonomy: usize) -> Value {
    Value::from_object(TermList { library: library.clone(), taxonomy })
}

/// What `get_taxonomy()` gives.
pub(crate) fn taxonomy(library: &Arc<Library>, idx: usize) -> Value {
    let taxonomy = &library.site.taxonomies[idx];
    Fields::default()
        .with("kind", taxonomy_config(&taxonomy.config))
        .with("lang", taxonomy.lang.clone())
        .with("path", library.config().template_path(&taxonomy.path))
        .with("permalink", library.config().permalink(&taxonomy.path))
        .with("items", terms(library, idx))
        .into_value()
}

/// What templates see as `paginator`.
pub(crate) fn paginator(
    library: &Arc<Library>,
    ids: &Arc<[PageId]>,
    pagination: &Pagination,
    pager_idx: usize,
    is_reversed: bool,
) -> Value {
    let config = library.config();
    let pager = &pagination.pagers[pager_idx];
    let link = |idx: Option<usize>| {
        let pager = idx.and_then(|idx| pagination.pagers.get(idx));
        optional(pager.map(|pager| config.link(&pager.path)).as_deref())
    };
    Fields::default()
        .with("paginate_by", pagination.per_pager as u64)
        .with("base_url", config.link(&pagination.base))
        .with("number_pagers", pagination.pagers.len() as u64)
        .with("first", link(Some(0)))
        .with("last", link(Some(pagination.pagers.len() - 1)))
        .with("previous", link(pager_idx.checked_sub(1)))
        .with("next", link(Some(pager_idx + 1)))
        .with("pages", pages_alone(library, ids, pager.pages.clone(), is_reversed))
        .with("current_index", pager.number as u64)
        .with("total_pages", pagination.total as u64)
        .into_value()
}

impl Object for PageObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if matches!(key, "title" | "description" | "extra" | "authors") {
            note(ContentId::Page(self.id), Part::Meta);
        }
        let page = self.library.site.page(self.id);
        let neighbour = |id: Option<PageId>| {
            let told = id.filter(|_| self.neighbours == Neighbours::Told);
            told.map_or_else(|| Value::from(()), |id| page_alone(&self.library, id))
        };
        Some(match key {
            "description" => optional(page.meta.description.as_deref()),
            "date" => optional(page.meta.date.as_ref().map(|date| date.text.as_str())),
            "updated" => optional(page.meta.updated.as_ref().map(|date| date.text.as_str())),
            "year" | "month" | "day" => date_part(page, key),
            "slug" => Value::from(page.slug.as_str()),
            "draft" => Value::from(page.meta.draft),
            "weight" => Value::from(page.meta.weight),
            "template" => optional(page.meta.template.as_deref()),
            "authors" => Value::from(page.meta.authors.clone()),
            "taxonomies" => taxonomies_of(page),
            "lower" => neighbour(page.lower),
            "higher" => neighbour(page.higher),
            "ancestors" => section_paths(&self.library, ancestors(&self.library, page)),
            "colocated_path" => optional(page.colocated_path.as_deref()),
            _ => return common(&self.library, ContentId::Page(self.id), key),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(PAGE_KEYS)
    }
}

impl Object for SectionObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if matches!(key, "title" | "description" | "extra") {
            note(ContentId::Section(self.id), Part::Meta);
        }
        let section = self.library.site.section(self.id);
        Some(match key {
            "description" => optional(section.meta.description.as_deref()),
            "pages" if self.has_pages => pages(&self.library, &section.pages),
            "pages" => Value::from(Vec::<Value>::new()),
            "subsections" => section_paths(&self.library, &section.subsections),
            "generate_feeds" => Value::from(section.meta.generate_feeds),
            "transparent" => Value::from(section.meta.transparent),
            "paginate_by" => Value::from(section.meta.paginate_by.map(|count| count as u64)),
            "paginate_reversed" => Value::from(section.meta.paginate_reversed),
            "weight" => Value::from(section.meta.weight),
            "draft" => Value::from(section.meta.draft),
            "colocated_path" => colocated_path(self.library.config(), &section.source),
            _ => return common(&self.library, ContentId::Section(self.id), key),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(SECTION_KEYS)
    }
}

/// Keys that pages and sections share.
fn common(library: &Arc<Library>, id: ContentId, key: &str) -> Option<Value> {
    if let Some(part) = part_of(key) {
        note(id, part);
    }
    let source = library.site.source(id);
    let config = library.config();
    let rendered = library.rendered(id);
    Some(match key {
        "path" => Value::from(config.template_path(&source.path)),
        "permalink" => library.permalink(id),
        "title" => library.title(id),
        "extra" => library.extra(id),
        "components" => components(source),
        "lang" => Value::from(source.lang.clone()),
        "relative_path" => Value::from(source.relative_path.as_str()),
        "ancestors" => section_paths(library, &source.ancestors),
        "assets" => assets(config, source),
        "translations" => translations(library, source),
        "backlinks" => backlinks(library, id),
        "content" => rendered.map_or_else(|| Value::from(""), |it| it.content.clone()),
        "summary" => rendered.and_then(|it| it.summary.clone()).unwrap_or_else(|| Value::from(())),
        "toc" => toc(library, id, rendered),
        "word_count" => Value::from(rendered.map_or(0, |it| it.word_count(source) as u64)),
        "reading_time" => Value::from(rendered.map_or(0, |it| it.reading_minutes(source))),
        _ => return None,
    })
}

/// The folder of a section, with a slash at its end; Zola tells none.
fn colocated_path(config: &Config, source: &Source) -> Value {
    match config.woodblock.templates {
        TemplateSyntax::Tera => Value::from(()),
        TemplateSyntax::MiniJinja if source.folder.is_empty() => Value::from(""),
        TemplateSyntax::MiniJinja => Value::from(format!("{}/", source.folder)),
    }
}

/// Paths below `content/`; Zola's begin with a slash.
fn assets(config: &Config, source: &Source) -> Value {
    let slash = match config.woodblock.templates {
        TemplateSyntax::Tera => "/",
        TemplateSyntax::MiniJinja => "",
    };
    Value::from(source.assets.iter().map(|asset| format!("{slash}{asset}")).collect::<Vec<_>>())
}

/// The part that a key shows, where an edit can change it alone.
fn part_of(key: &str) -> Option<Part> {
    Some(match key {
        "content" => Part::Content,
        "summary" => Part::Summary,
        "toc" => Part::TableOfContents,
        "word_count" => Part::WordCount,
        "reading_time" => Part::ReadingTime,
        "backlinks" => Part::Backlinks,
        _ => return None,
    })
}

fn date_part(page: &Page, key: &str) -> Value {
    let Some(date) = &page.meta.date else { return Value::from(()) };
    match key {
        "year" => Value::from(date.day.year()),
        "month" => Value::from(date.day.month()),
        _ => Value::from(date.day.day()),
    }
}

fn taxonomies_of(page: &Page) -> Value {
    Value::from_pairs(
        page.meta
            .taxonomies
            .iter()
            .map(|(name, terms)| (name.as_str(), Value::from(terms.clone()))),
    )
}

fn components(source: &Source) -> Value {
    let parts = source.path.split('/').filter(|part| !part.is_empty());
    Value::from(parts.map(Value::from).collect::<Vec<_>>())
}

/// Sections above a page, as Zola counts them: a transparent one has handed the page on to the next.
fn ancestors<'p>(library: &Library, page: &'p Page) -> &'p [SectionId] {
    let mut above = &page.source.ancestors[..];
    while let [rest @ .., last] = above
        && library.site.section(*last).meta.transparent
    {
        above = rest;
    }
    above
}

fn section_paths(library: &Arc<Library>, ids: &[SectionId]) -> Value {
    let paths = ids.iter().map(|id| library.site.section(*id).source.relative_path.as_str());
    Value::from(paths.map(Value::from).collect::<Vec<_>>())
}

fn translations(library: &Arc<Library>, source: &Source) -> Value {
    let one = |id: &ContentId| {
        note(*id, Part::Meta);
        let translated = library.site.source(*id);
        Fields::default()
            .with("lang", translated.lang.clone())
            .with("permalink", library.config().permalink(&translated.path))
            .with("title", optional(library.site.title(*id)))
            .with("path", translated.relative_path.as_str())
            .into_value()
    };
    Value::from(source.translations.iter().map(one).collect::<Vec<_>>())
}

fn backlinks(library: &Arc<Library>, id: ContentId) -> Value {
    let linking = library.all_rendered().and_then(|rendered| rendered.backlinks.get(&id));
    let one = |id: &ContentId| {
        note(*id, Part::Meta);
        Fields::default()
            .with("permalink", library.config().permalink(&library.site.source(*id).path))
            .with("title", optional(library.site.title(*id)))
            .into_value()
    };
    Value::from(linking.into_iter().flatten().map(one).collect::<Vec<_>>())
}

fn toc(library: &Arc<Library>, id: ContentId, rendered: Option<&Rendered>) -> Value {
    let Some(rendered) = rendered else { return Value::from(Vec::<Value>::new()) };
    let made = rendered.toc.get_or_init(|| {
        let path = library.config().link(&library.site.source(id).path);
        Value::from(toc_level(&rendered.headings, &path))
    });
    made.clone()
}

/// Headings of one level with those below them; a deeper heading belongs to the last shallower one.
fn toc_level(headings: &[Heading], path: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut rest = headings;
    while let Some((heading, behind)) = rest.split_first() {
        let count = behind.iter().take_while(|below| below.level > heading.level).count();
        let (children, next) = behind.split_at(count);
        values.push(
            Fields::default()
                .with("level", u32::from(heading.level))
                .with("id", heading.id.as_str())
                .with("permalink", format!("{path}#{}", heading.id))
                .with("title", heading.title.as_str())
                .with("children", toc_level(children, path))
                .into_value(),
        );
        rest = next;
    }
    values
}

impl Object for PageList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let place = self.range.start.checked_add(key.as_usize()?)?;
        if place >= self.range.end {
            return None;
        }
        let place = if self.is_reversed { self.ids.len().checked_sub(place + 1)? } else { place };
        Some((self.one)(&self.library, *self.ids.get(place)?))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.range.len())
    }
}

impl Object for TermList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let place = key.as_usize()?;
        let terms = &self.library.site.taxonomies[self.taxonomy].terms;
        (place < terms.len()).then(|| term(&self.library, self.taxonomy, place, true))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.library.site.taxonomies[self.taxonomy].terms.len())
    }
}

impl TermObject {
    fn taxonomy(&self) -> &Taxonomy {
        &self.library.site.taxonomies[self.taxonomy]
    }

    fn term(&self) -> &Term {
        &self.taxonomy().terms[self.term]
    }
}

impl Object for TermObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let term = self.term();
        Some(match key {
            "name" => Value::from(term.name.as_str()),
            "slug" => Value::from(term.slug.as_str()),
            "path" => Value::from(self.library.config().template_path(&term.path)),
            "permalink" => Value::from(self.library.config().permalink(&term.path)),
            "pages" if self.has_pages => {
                pages_alone(&self.library, &term.pages, 0..term.pages.len(), false)
            }
            "pages" => Value::from(Vec::<Value>::new()),
            "page_count" => Value::from(term.pages.len() as u64),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["name", "slug", "path", "permalink", "pages", "page_count"])
    }
}
