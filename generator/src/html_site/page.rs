//! One HTML page taken apart.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::Result;
use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{HtmlRewriter, Settings, element, end_tag, text};

/// Elements whose text is no part of a page's content.
const LEFT_OUT: &str = "script, style, noscript, template, nav, footer, form, svg, select, \
                        iframe, [data-pagefind-ignore]";
/// Elements between which words never run together.
const BLOCKS: &str = "p, div, li, td, th, tr, br, hr, h1, h2, h3, h4, h5, h6, section, article, \
                      aside, main, header, dd, dt, pre, blockquote, figure, figcaption, summary";

/// Which part of a page counts as its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// Only what `data-pagefind-body` marks.
    MarkedBody,
    /// All that is not left out.
    WholeBody,
}

/// What was found on a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// `lang` of the `html` element, its main part.
    pub(super) lang: Option<String>,
    /// Texts of the headings below the first level.
    pub(super) headings: Vec<String>,
    /// `data-pagefind-meta`, and the description.
    pub(super) metas: Vec<(String, String)>,
    /// `data-pagefind-filter`.
    pub(super) filters: Vec<(String, String)>,
    /// Whether the page marks its body.
    pub(super) has_marked_body: bool,
    head_title: String,
    first_heading: String,
    whole: String,
    marked: String,
}

impl Page {
    /// The text of a region; `None` where the page has no such region or says nothing.
    pub(super) fn text(&self, region: Region) -> Option<String> {
        let raw = match region {
            Region::MarkedBody => &self.marked,
            Region::WholeBody => &self.whole,
        };
        let text = plain(raw);
        (!text.is_empty()).then_some(text)
    }

    /// The first heading, or the title of the head.
    pub(super) fn title(&self) -> String {
        let heading = plain(&self.first_heading);
        if heading.is_empty() { plain(&self.head_title) } else { heading }
    }
}

/// How deep the reader is inside each kind of element.
#[derive(Default)]
struct State {
    page: Page,
    left_out: u32,
    in_body: u32,
    in_marked: u32,
    in_title: u32,
    in_first_heading: u32,
    in_heading: u32,
    heading: String,
}

type Shared = Rc<RefCell<State>>;

/// Takes a page apart.
pub(super) fn read(html: &str) -> Result<Page> {
    let state = Shared::default();
    let mut rewriter = HtmlRewriter::new(settings(&state), |_: &[u8]| {});
    rewriter.write(html.as_bytes())?;
    rewriter.end()?;
    Ok(std::mem::take(&mut state.borrow_mut().page))
}

fn settings(state: &Shared) -> Settings<'static, 'static> {
    let handlers = vec![
        on(state, "html[lang]", |state, element| {
            let lang = element.get_attribute("lang").unwrap_or_default();
            state.page.lang = lang.split('-').next().map(str::to_lowercase);
        }),
        inside(state, "head > title", |state| &mut state.in_title),
        inside(state, "body", |state| &mut state.in_body),
        inside(state, LEFT_OUT, |state| &mut state.left_out),
        inside(state, "[data-pagefind-body]", |state| {
            state.page.has_marked_body = true;
            &mut state.in_marked
        }),
        inside(state, "h1", |state| &mut state.in_first_heading),
        headings(state),
        on(state, BLOCKS, |state, _| state.push(" ")),
        on(state, "[data-pagefind-meta]", |state, element| {
            pair(element, "data-pagefind-meta", &mut state.page.metas);
        }),
        on(state, "[data-pagefind-filter]", |state, element| {
            pair(element, "data-pagefind-filter", &mut state.page.filters);
        }),
        text_handler(state),
    ];
    handlers.into_iter().fold(Settings::new(), Settings::append_element_content_handler)
}

type Handler =
    (std::borrow::Cow<'static, lol_html::Selector>, lol_html::ElementContentHandlers<'static>);

fn on(
    state: &Shared,
    selector: &'static str,
    act: impl Fn(&mut State, &Element<'_, '_>) + 'static,
) -> Handler {
    let state = Rc::clone(state);
    element!(selector, move |element| {
        act(&mut state.borrow_mut(), element);
        Ok(())
    })
}

/// Counts how deep the reader is inside elements that match.
fn inside(
    state: &Shared,
    selector: &'static str,
    depth: impl Fn(&mut State) -> &mut u32 + Copy + 'static,
) -> Handler {
    let state = Rc::clone(state);
    element!(selector, move |element| {
        let at_end = Rc::clone(&state);
        if let Some(handlers) = element.end_tag_handlers() {
            *depth(&mut state.borrow_mut()) += 1;
            handlers.push(end_tag!(move |_| {
                *depth(&mut at_end.borrow_mut()) -= 1;
                Ok(())
            }));
        }
        Ok(())
    })
}

/// Collects the text of each heading below the first level.
fn headings(state: &Shared) -> Handler {
    let state = Rc::clone(state);
    element!("h2, h3, h4, h5, h6", move |element| {
        let at_end = Rc::clone(&state);
        state.borrow_mut().in_heading += 1;
        if let Some(handlers) = element.end_tag_handlers() {
            handlers.push(end_tag!(move |_| {
                let mut state = at_end.borrow_mut();
                state.in_heading = 0;
                let heading = plain(&std::mem::take(&mut state.heading));
                state.page.headings.extend((!heading.is_empty()).then_some(heading));
                Ok(())
            }));
        }
        Ok(())
    })
}

fn text_handler(state: &Shared) -> Handler {
    let state = Rc::clone(state);
    text!("*", move |chunk: &mut TextChunk<'_>| {
        let is_text = matches!(chunk.text_type(), TextType::Data | TextType::RCData);
        if is_text && !chunk.as_str().is_empty() {
            state.borrow_mut().push(chunk.as_str());
        }
        Ok(())
    })
}

impl State {
    fn push(&mut self, text: &str) {
        if self.in_title > 0 {
            self.page.head_title.push_str(text);
        }
        if self.left_out > 0 || self.in_body == 0 {
            return;
        }
        if self.in_first_heading > 0 {
            self.page.first_heading.push_str(text);
        }
        if self.in_heading > 0 {
            self.heading.push_str(text);
        }
        self.page.whole.push_str(text);
        if self.in_marked > 0 {
            self.page.marked.push_str(text);
        }
    }
}

/// Reads `key:value` from an attribute.
fn pair(element: &Element<'_, '_>, attribute: &str, pairs: &mut Vec<(String, String)>) {
    let value = element.get_attribute(attribute).unwrap_or_default();
    let value = html_escape::decode_html_entities(&value).into_owned();
    if let Some((key, value)) = value.split_once(':') {
        pairs.push((key.trim().to_owned(), value.trim().to_owned()));
    }
}

/// Entities decoded, blanks run together.
fn plain(raw: &str) -> String {
    let decoded = html_escape::decode_html_entities(raw);
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, region: Region, expect: &str) {
        assert_eq!(read(html).unwrap().text(region).unwrap_or_default(), expect, "{html}");
    }

    #[test]
    fn text_is_decoded_and_blocks_are_kept_apart() {
        let html = "<html><body><p>Fees &amp; <b>dead</b>lines<p>next<nav>menu</nav></body></html>";
        check(html, Region::WholeBody, "Fees & deadlines next");
    }

    #[test]
    fn a_marked_body_leaves_the_rest_out() {
        let html = "<body>top<main data-pagefind-body>in<i data-pagefind-ignore>no</i></main>end";
        check(html, Region::MarkedBody, "in");
        check("<body>nothing marked</body>", Region::MarkedBody, "");
    }

    #[test]
    fn titles_languages_and_pairs_are_found() {
        let html = "<html lang=zh-CN><head><title>A &lt; B</title></head><body>\
            <h1>专利 <em>费</em></h1><h2>期限</h2><p data-pagefind-meta='date:2026-01-02' \
            data-pagefind-filter='right:patent'>x</p></body></html>";
        let page = read(html).unwrap();
        assert_eq!(page.title(), "专利 费");
        assert_eq!(page.lang.as_deref(), Some("zh"));
        assert_eq!(page.headings, ["期限"]);
        assert_eq!(page.metas, [("date".to_owned(), "2026-01-02".to_owned())]);
        assert_eq!(page.filters, [("right".to_owned(), "patent".to_owned())]);
        assert_eq!(read("<title>only</title>").unwrap().title(), "");
        assert_eq!(read("<head><title>only</title></head>").unwrap().title(), "only");
    }
}
