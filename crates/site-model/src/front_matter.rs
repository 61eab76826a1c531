//! Front matter: the data at the head of a Markdown file.
//!
//! ```text
//! file   ::= space* fence data fence body?
//! fence  ::= "+++" line-end          ; TOML
//!          | "---" line-end          ; YAML
//! ```

use std::ops::Range;

use serde_json::{Map, Value as Json};

use crate::config::AnchorLinks;
use crate::config_file::ANCHOR_LINKS;
use crate::data::{Data, DataProblem, Entry};
use crate::date::ContentDate;
use crate::fields::{Fields, Reading, text_list};
use crate::slugify::segment_fault;
use crate::{old_keys, toml_data, yaml_data};

/// Language of the front matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Toml,
    Yaml,
}

/// Where the parts of a file lie, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) format: Format,
    pub(crate) data: Range<usize>,
    pub(crate) body: usize,
}

/// Front matter of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageMeta {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Date of the page; from the file's name when front matter has none.
    pub date: Option<ContentDate>,
    /// Date of the last change.
    pub updated: Option<ContentDate>,
    /// Place among the pages of a section sorted by weight.
    pub weight: Option<i64>,
    /// Whether it is left out unless drafts are asked for.
    pub draft: bool,
    /// Whether a file is written for it.
    pub render: bool,
    /// Last part of the address.
    pub slug: Option<String>,
    /// The whole address below the site's root.
    pub path: Option<String>,
    /// Taxonomy name and terms, in the file's order.
    pub taxonomies: Vec<(String, Vec<String>)>,
    /// Authors.
    pub authors: Vec<String>,
    /// Older addresses, without a slash at the start.
    pub aliases: Vec<String>,
    /// Template.
    pub template: Option<String>,
    /// Whether the search index holds it.
    pub in_search_index: bool,
    /// Data of the page's own.
    pub extra: Map<String, Json>,
}

impl Default for PageMeta {
    fn default() -> Self {
        Self {
            title: None,
            description: None,
            date: None,
            updated: None,
            weight: None,
            draft: false,
            render: true,
            slug: None,
            path: None,
            taxonomies: Vec::new(),
            authors: Vec::new(),
            aliases: Vec::new(),
            template: None,
            in_search_index: true,
            extra: Map::new(),
        }
    }
}

/// What the pages of a section are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// Not sorted: by path.
    #[default]
    None,
    /// Latest first.
    Date,
    /// Last changed first.
    UpdateDate,
    /// Natural order of titles.
    Title,
    /// Order of the titles' bytes.
    TitleBytes,
    /// Lightest first.
    Weight,
    /// Natural order of slugs.
    Slug,
    /// Natural order of addresses.
    Permalink,
}

/// Front matter of a section.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of Zola's")]
pub struct SectionMeta {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Whether it and all below it is left out unless drafts are asked for.
    pub draft: bool,
    /// Order of its pages.
    pub sort_by: SortBy,
    /// Place among its parent's subsections.
    pub weight: i64,
    /// Template.
    pub template: Option<String>,
    /// Template of the pages below it that name none.
    pub page_template: Option<String>,
    /// Pages per pager; `None`: not paginated.
    pub paginate_by: Option<usize>,
    /// Word before the pager's number.
    pub paginate_path: String,
    /// Whether pagers take the pages from the end.
    pub paginate_reversed: bool,
    /// Where links to headings go; `None`: as the configuration says.
    pub insert_anchor_links: Option<AnchorLinks>,
    /// Whether the search index holds its pages.
    pub in_search_index: bool,
    /// Whether a file is written for it.
    pub render: bool,
    /// Where a visitor is sent instead.
    pub redirect_to: Option<String>,
    /// Whether its pages are handed on to its parent.
    pub transparent: bool,
    /// Older addresses, without a slash at the start.
    pub aliases: Vec<String>,
    /// Whether it has feeds.
    pub generate_feeds: bool,
    /// Data of the section's own.
    pub extra: Map<String, Json>,
}

impl Default for SectionMeta {
    fn default() -> Self {
        Self {
            title: None,
            description: None,
            draft: false,
            sort_by: SortBy::None,
            weight: 0,
            template: None,
            page_template: None,
            paginate_by: None,
            paginate_path: "page".to_owned(),
            paginate_reversed: false,
            insert_anchor_links: None,
            in_search_index: true,
            render: true,
            redirect_to: None,
            transparent: false,
            aliases: Vec::new(),
            generate_feeds: false,
            extra: Map::new(),
        }
    }
}

/// Finds front matter and body.
pub(crate) fn split(text: &str) -> Result<Split, DataProblem> {
    let lead = text.trim_start_matches('\u{feff}').trim_start();
    let start = text.len() - lead.len();
    let (fence, format) = match lead.get(..3) {
        Some("+++") => ("+++", Format::Toml),
        Some("---") => ("---", Format::Yaml),
        _ => return Err(no_front_matter(start)),
    };
    let first_end = lead.find('\n').map_or(lead.len(), |newline| newline + 1);
    if !lead[3..first_end].trim().is_empty() {
        return Err(no_front_matter(start));
    }
    let mut at = start + first_end;
    let data_start = at;
    for line in text[data_start..].split_inclusive('\n') {
        if line.trim_end() == fence {
            return Ok(Split { format, data: data_start..at, body: at + line.len() });
        }
        at += line.len();
    }
    Err(DataProblem {
        message: format!("front matter is not closed: no second `{fence}`"),
        span: start..start + 3,
    })
}

fn no_front_matter(start: usize) -> DataProblem {
    DataProblem { message: "no front matter".to_owned(), span: start..start }
}

/// Reads front matter; returns its entries and where the body starts.
pub(crate) fn parse(to: &mut Reading<'_>) -> Option<(Vec<Entry>, usize)> {
    let text = to.text;
    let split = match split(text) {
        Ok(split) => split,
        Err(problem) => {
            let help = "start the file with `+++`, TOML such as `title = \"…\"`, and `+++`, \
                        each on a line of its own";
            to.error_with_help(problem.message, &problem.span, help);
            return None;
        }
    };
    let entries = match split.format {
        Format::Toml => toml_data::parse(text, split.data),
        Format::Yaml => yaml_data::parse(text, split.data),
    };
    match entries {
        Ok(entries) => Some((entries, split.body)),
        Err(problems) => {
            to.problems(problems);
            None
        }
    }
}

pub(crate) fn page_meta(entries: Vec<Entry>, to: &mut Reading<'_>) -> PageMeta {
    let mut top = Fields::new(entries, "");
    let meta = PageMeta {
        title: top.text("title", to),
        description: top.text("description", to),
        date: date("date", &mut top, to),
        updated: date("updated", &mut top, to),
        weight: top.integer("weight", to),
        draft: top.flag("draft", to).unwrap_or(false),
        render: top.flag("render", to).unwrap_or(true),
        slug: slug(&mut top, to),
        path: path(&mut top, to),
        taxonomies: taxonomies(&mut top, to),
        authors: top.texts("authors", to).unwrap_or_default(),
        aliases: aliases(&mut top, to),
        template: top.filled_text("template", to),
        in_search_index: top.flag("in_search_index", to).unwrap_or(true),
        extra: top.json("extra", to),
    };
    top.finish(to);
    meta
}

const SORT_BY: &[(&str, SortBy)] = &[
    ("date", SortBy::Date),
    ("update_date", SortBy::UpdateDate),
    ("title", SortBy::Title),
    ("title_bytes", SortBy::TitleBytes),
    ("weight", SortBy::Weight),
    ("slug", SortBy::Slug),
    ("permalink", SortBy::Permalink),
    ("none", SortBy::None),
];

pub(crate) fn section_meta(entries: Vec<Entry>, to: &mut Reading<'_>) -> SectionMeta {
    let mut top = Fields::new(entries, "");
    old_keys::rename_in_section(&mut top, to);
    let meta = SectionMeta {
        title: top.text("title", to),
        description: top.text("description", to),
        draft: top.flag("draft", to).unwrap_or(false),
        sort_by: top.choice("sort_by", SORT_BY, to).unwrap_or_default(),
        weight: top.integer("weight", to).unwrap_or(0),
        template: top.filled_text("template", to),
        page_template: top.filled_text("page_template", to),
        paginate_by: top.count("paginate_by", to).filter(|count| *count > 0),
        paginate_path: paginate_path(&mut top, to),
        paginate_reversed: top.flag("paginate_reversed", to).unwrap_or(false),
        insert_anchor_links: top.choice("insert_anchor_links", ANCHOR_LINKS, to),
        in_search_index: top.flag("in_search_index", to).unwrap_or(true),
        render: top.flag("render", to).unwrap_or(true),
        redirect_to: top.text("redirect_to", to),
        transparent: top.flag("transparent", to).unwrap_or(false),
        aliases: aliases(&mut top, to),
        generate_feeds: top.flag("generate_feeds", to).unwrap_or(false),
        extra: top.json("extra", to),
    };
    top.finish(to);
    meta
}

fn date(key: &'static str, top: &mut Fields, to: &mut Reading<'_>) -> Option<ContentDate> {
    let entry = top.take(key)?;
    let text = match entry.value.data {
        Data::Date(text) | Data::Text(text) => text,
        Data::Null => return None,
        other => {
            to.error(format!("`{key}` must be a date, found {}", other.kind()), &entry.value.span);
            return None;
        }
    };
    let date = ContentDate::parse(&text);
    if date.is_none() && !text.is_empty() {
        let help = "write `2026-11-22`, or with a time `2026-11-22T10:00:00+08:00`";
        to.error_with_help(format!("`{text}` is no date"), &entry.value.span, help);
    }
    date
}

fn slug(top: &mut Fields, to: &mut Reading<'_>) -> Option<String> {
    let (slug, span) = top.text_node("slug", to).filter(|(slug, _)| !slug.is_empty())?;
    let escapes = slug.split(['/', '\\']).any(|part| part.trim() == "..");
    if escapes || slug.contains('\0') {
        let fault = if escapes { "it leads out of its folder" } else { "it holds a NUL" };
        let help = "a slug is the last part of the address only; use `path` for the whole";
        to.error_with_help(format!("`{}` is no slug: {fault}", shown(&slug)), &span, help);
        return None;
    }
    Some(slug)
}

fn path(top: &mut Fields, to: &mut Reading<'_>) -> Option<String> {
    let (path, span) = top.text_node("path", to)?;
    checked_path("path", &path, &span, to)
}

fn aliases(top: &mut Fields, to: &mut Reading<'_>) -> Vec<String> {
    let aliases = top.text_nodes("aliases", to).unwrap_or_default();
    aliases
        .into_iter()
        .filter_map(|(alias, span)| checked_path("aliases", &alias, &span, to))
        .collect()
}

/// The word before a pager's number; an empty one puts the number right below the section.
fn paginate_path(top: &mut Fields, to: &mut Reading<'_>) -> String {
    match top.text_node("paginate_path", to) {
        Some((path, _)) if path.trim_matches('/').is_empty() => String::new(),
        Some((path, span)) => checked_path("paginate_path", &path, &span, to).unwrap_or_default(),
        None => "page".to_owned(),
    }
}

/// A path below the site's root, without slashes at its ends, each part of it fit for an address.
fn checked_path(
    key: &str,
    path: &str,
    span: &Range<usize>,
    to: &mut Reading<'_>,
) -> Option<String> {
    let trimmed = path.trim().trim_matches('/');
    let faulty = trimmed.split('/').find_map(|part| segment_fault(part).map(|fault| (part, fault)));
    let Some((part, fault)) = faulty else { return Some(trimmed.to_owned()) };
    let message = format!("`{}` in `{key}` is no address: `{}`: {fault}", shown(path), shown(part));
    to.error_with_help(message, span, "name the parts below the site's root, as in `a/b`");
    None
}

/// A hostile text made visible.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn taxonomies(top: &mut Fields, to: &mut Reading<'_>) -> Vec<(String, Vec<String>)> {
    let entries = top.entries("taxonomies", to).unwrap_or_default();
    let mut taxonomies = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = format!("taxonomies.{}", entry.key);
        let terms = text_list(&name, entry.value, to).unwrap_or_default();
        taxonomies.push((entry.key, terms.into_iter().map(|(term, _)| term).collect()));
    }
    taxonomies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str)> {
        let split = split(text).ok()?;
        Some((&text[split.data], &text[split.body..]))
    }

    #[test]
    fn front_matter_is_told_from_the_body() {
        let table = [
            ("+++\na = 1\n+++\nbody", Some(("a = 1\n", "body"))),
            ("+++\n+++", Some(("", ""))),
            ("\u{feff}\n+++\r\na=1\r\n+++\r\nb", Some(("a=1\r\n", "b"))),
            ("---\na: 1\n---\n---\n", Some(("a: 1\n", "---\n"))),
            ("+++\na = '''\n+++x\n'''\n+++\n", Some(("a = '''\n+++x\n'''\n", ""))),
            ("+++ x\n+++", None),
            ("# no", None),
            ("+++\na = 1\n---\n", None),
            ("", None),
            ("甲", None),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), expected, "{text:?}");
        }
    }
}
