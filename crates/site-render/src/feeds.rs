//! Feeds: Atom (RFC 4287), RSS 2.0, and whatever other template a site names.
//!
//! Readers show content away from its page, so all addresses in it are made absolute here.

use std::sync::Arc;

use jiff::fmt::strtime;
use lol_html::{RewriteStrSettings, element, rewrite_str};
use minijinja::value::Value;
use site_model::{ContentDate, ContentId, Diagnostic, PageId};

use crate::dependencies::{Part, note};
use crate::jobs::Workshop;
use crate::library::taxonomy_config;
use crate::objects;
use crate::plan::{FeedOf, Job, JobKind};
use crate::values::Fields;

/// Renders a feed.
pub(crate) fn render(
    workshop: &Workshop<'_>,
    of: &FeedOf,
    template: &str,
    path: &str,
) -> Result<String, Diagnostic> {
    let library = workshop.library;
    let site = &library.site;
    let (lang, pages, home, title) = subject(workshop, of);
    let pages = latest(workshop, pages);
    let updated = pages.iter().filter_map(|id| changed(workshop, *id)).max_by_key(|it| it.seconds);
    let updated = updated.unwrap_or_else(|| ContentDate::from_day(site.today));
    let ids: Arc<[PageId]> = pages.into();
    let items: Vec<Value> = ids.iter().map(|id| item(workshop, *id)).collect();
    let mut context = workshop
        .context(&lang)
        .with("feed_url", library.config().permalink(path))
        .with("home_url", library.config().permalink(&home))
        .with("feed_title", title)
        .with("last_updated", updated.text.as_str())
        .with("last_updated_rfc3339", updated.to_rfc3339())
        .with("last_updated_rfc2822", rfc2822(&updated))
        .with("pages", objects::pages(library, &ids))
        .with("items", items);
    match of {
        FeedOf::Language(_) => {}
        FeedOf::Section(id) => context = context.with("section", objects::section(library, *id)),
        FeedOf::Term { taxonomy, term } => {
            let it = &site.taxonomies[*taxonomy];
            context = context
                .with("taxonomy", taxonomy_config(&it.config))
                .with("term", objects::term(library, *taxonomy, *term, false));
        }
    }
    let kind = JobKind::Feed(of.clone(), template.to_owned());
    let text =
        workshop.render(template, context.into_value(), &Job { path: path.to_owned(), kind })?;
    Ok(valid_xml(&text))
}

/// Language, pages, path of the page the feed is of, and title.
fn subject(workshop: &Workshop<'_>, of: &FeedOf) -> (Arc<str>, Vec<PageId>, String, String) {
    let site = &workshop.library.site;
    let config = workshop.library.config();
    let site_title = |lang: &str| {
        let title = config.language(lang).and_then(|language| language.title.clone());
        title.unwrap_or_else(|| config.base_url.clone())
    };
    match of {
        FeedOf::Language(lang) => {
            let number = |idx: usize| PageId(u32::try_from(idx).expect("fewer than 2^32 pages"));
            let pages = site.pages.iter().enumerate();
            let pages =
                pages.filter(|(_, page)| page.source.lang == *lang).map(|(idx, _)| number(idx));
            (lang.clone(), pages.collect(), config.language_prefix(lang), site_title(lang))
        }
        FeedOf::Section(id) => {
            note(ContentId::Section(*id), Part::Meta);
            let section = site.section(*id);
            let lang = section.source.lang.clone();
            let title = join_titles(&site_title(&lang), section.meta.title.as_deref());
            (lang, section.pages.to_vec(), section.source.path.clone(), title)
        }
        FeedOf::Term { taxonomy, term } => {
            let taxonomy = &site.taxonomies[*taxonomy];
            let term = &taxonomy.terms[*term];
            let title = join_titles(&site_title(&taxonomy.lang), Some(&term.name));
            (taxonomy.lang.clone(), term.pages.to_vec(), term.path.clone(), title)
        }
    }
}

fn join_titles(site: &str, part: Option<&str>) -> String {
    part.map_or_else(|| site.to_owned(), |part| format!("{site} - {part}"))
}

/// Pages with a date and a file, latest first, as many as the site wants.
fn latest(workshop: &Workshop<'_>, pages: Vec<PageId>) -> Vec<PageId> {
    let site = &workshop.library.site;
    let mut dated: Vec<PageId> = pages
        .into_iter()
        .filter(|id| site.page(*id).meta.date.is_some() && site.page(*id).meta.render)
        .collect();
    dated.sort_by_cached_key(|id| {
        let page = site.page(*id);
        let seconds = page.meta.date.as_ref().map_or(0, |date| date.seconds);
        (std::cmp::Reverse(seconds), page.source.path.clone())
    });
    dated.truncate(workshop.library.config().feed_limit.unwrap_or(usize::MAX));
    dated
}

fn changed(workshop: &Workshop<'_>, id: PageId) -> Option<ContentDate> {
    let meta = &workshop.library.site.page(id).meta;
    meta.updated.clone().or_else(|| meta.date.clone())
}

/// What the built-in templates show of a page.
fn item(workshop: &Workshop<'_>, id: PageId) -> Value {
    let library = workshop.library;
    for part in [Part::Meta, Part::Content, Part::Summary] {
        note(ContentId::Page(id), part);
    }
    let page = library.site.page(id);
    let published = page.meta.date.clone();
    let updated = changed(workshop, id);
    let author = || library.config().author.clone().unwrap_or_else(|| "Unknown".to_owned());
    let authors =
        if page.meta.authors.is_empty() { vec![author()] } else { page.meta.authors.clone() };
    let rendered = library.rendered(ContentId::Page(id));
    let permalink = library.config().permalink(&page.source.path);
    let html = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .map(|html| absolute(html, &permalink, &library.config().base_url))
    };
    let summary = html(rendered.and_then(|it| it.summary.as_ref())).or_else(|| {
        page.meta.description.as_deref().map(|it| crate::html::escape(it).into_owned())
    });
    Fields::default()
        .with("page", objects::page(library, id))
        .with("authors", authors)
        .with("published", published.as_ref().map(ContentDate::to_rfc3339))
        .with("published_rfc2822", published.as_ref().map(rfc2822))
        .with("updated", updated.as_ref().map(ContentDate::to_rfc3339))
        .with("summary", summary)
        .with("content", html(rendered.map(|it| &it.content)).unwrap_or_default())
        .into_value()
}

/// The date as RSS wants it.
fn rfc2822(date: &ContentDate) -> String {
    let zoned = jiff::Timestamp::from_second(date.seconds)
        .map(|at| at.to_zoned(jiff::tz::TimeZone::UTC))
        .ok();
    let text = zoned.and_then(|at| strtime::format("%a, %d %b %Y %H:%M:%S %z", &at).ok());
    text.unwrap_or_else(|| date.text.clone())
}

/// Makes the addresses in HTML absolute: those from the host's root and those relative to the page.
fn absolute(html: &str, permalink: &str, base_url: &str) -> String {
    if !may_be_relative(html) {
        return html.to_owned();
    }
    let host_end = base_url.find("://").map_or(0, |idx| idx + 3);
    let host_end = base_url[host_end..].find('/').map_or(base_url.len(), |idx| host_end + idx);
    let host = &base_url[..host_end];
    let settings = RewriteStrSettings::new().append_element_content_handler(element!(
        "[href], [src]",
        |element| {
            for key in ["href", "src"] {
                if let Some(address) = element.get_attribute(key)
                    && let Some(absolute) = absolute_address(&address, permalink, host)
                {
                    element.set_attribute(key, &absolute)?;
                }
            }
            Ok(())
        }
    ));
    rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned())
}

/// Whether an address in the HTML may not be absolute. Most pages' are, and reading a page as HTML
/// takes longer than making it.
fn may_be_relative(html: &str) -> bool {
    let values = ["href", "src"]
        .into_iter()
        .flat_map(|key| html.match_indices(key).map(move |(at, _)| &html[at + key.len()..]));
    values.into_iter().any(|rest| {
        !["=\"https://", "=\"http://", "=\"mailto:"].iter().any(|start| rest.starts_with(start))
    })
}

fn absolute_address(address: &str, permalink: &str, host: &str) -> Option<String> {
    let has_scheme = address.split(['/', '?', '#']).next().is_some_and(|part| part.contains(':'));
    if has_scheme || address.starts_with("//") {
        None
    } else if address.starts_with('/') {
        Some(format!("{host}{address}"))
    } else {
        Some(format!("{permalink}{address}"))
    }
}

/// XML 1.0 cannot hold most control characters, not even escaped.
pub(crate) fn valid_xml(text: &str) -> String {
    let is_refused = |letter: char| matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(is_refused) {
        return text.to_owned();
    }
    text.replace(is_refused, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_feeds_are_absolute() {
        let table = [
            ("<a href=\"/b/\">", "<a href=\"https://x.example/b/\">"),
            ("<a href=\"c\">", "<a href=\"https://x.example/sub/a/c\">"),
            ("<a href=\"#c\">", "<a href=\"https://x.example/sub/a/#c\">"),
            ("<img src=\"c.png\">", "<img src=\"https://x.example/sub/a/c.png\">"),
            ("<a href=\"https://y/\">", "<a href=\"https://y/\">"),
            ("<a href=\"mailto:a@b\">", "<a href=\"mailto:a@b\">"),
            ("<a href=\"//y/\">", "<a href=\"//y/\">"),
        ];
        for (html, expected) in table {
            let found = absolute(html, "https://x.example/sub/a/", "https://x.example/sub");
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn only_html_with_absolute_addresses_is_not_read() {
        for html in ["a", "<a href=\"https://b/\">", "<img src=\"http://b/c.png\">"] {
            assert!(!may_be_relative(html), "{html}");
        }
        for html in ["<a href=/b>", "<a HREF='b'><a href='c'>", "<img srcset=\"c 2x\">"] {
            assert!(may_be_relative(html), "{html}");
        }
    }

    #[test]
    fn control_characters_do_not_break_xml() {
        assert_eq!(valid_xml("a\u{8}\tb\u{1f}"), "a\u{fffd}\tb\u{fffd}");
    }

    #[test]
    fn dates_follow_rfc_2822() {
        let date = ContentDate::parse("2026-11-22").unwrap();
        assert_eq!(rfc2822(&date), "Sun, 22 Nov 2026 00:00:00 +0000");
    }
}
