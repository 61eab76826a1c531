//! One page read: elements come in and go out, and every text goes where the open elements say.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{
    ElementContentHandlers, HtmlRewriter, Selector, Settings, doc_text, element, end_tag,
};
use thiserror::Error;

use crate::captures::{self, Item};
use crate::flow::{Flow, line};
use crate::page::{Anchor, Page, WeightRun};
use crate::tags;

/// Greatest weight of a word.
const MAX_WEIGHT: f32 = 10.0;
/// Elements inside of each other that are looked through for one whose end tag was left out, and
/// elements whose text is kept at the same time: pages that nest deeper are no work of people, and
/// each step of depth would cost all of their text.
const MAX_DEPTH: usize = 256;
/// Names that filters in calls use for themselves.
const RESERVED: [&str; 4] = ["all", "any", "none", "not"];

/// Which part of a page counts as its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Only what `data-pagefind-body` marks.
    MarkedBody,
    /// All that is not left out.
    WholeBody,
}

/// Why rules cannot be.
#[derive(Debug, Error)]
#[error("`{selector}` is no selector that can be used: {reason}")]
pub struct RuleError {
    /// The selector.
    pub selector: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How pages are read.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    root: Option<Selector>,
    left_out: Vec<Selector>,
}

impl Rules {
    /// Rules with selectors of the site's own.
    ///
    /// - `root`: nothing outside of the elements it matches is looked at.
    /// - `left_out`: elements that are treated as if they said `data-pagefind-ignore`.
    pub fn new(root: Option<&str>, left_out: &[String]) -> Result<Self, RuleError> {
        let parse = |selector: &str| {
            selector
                .parse::<Selector>()
                .map_err(|error| RuleError { selector: selector.into(), reason: error.to_string() })
        };
        Ok(Self {
            root: root.filter(|root| root.trim() != "html").map(parse).transpose()?,
            left_out: left_out.iter().map(|selector| parse(selector)).collect::<Result<_, _>>()?,
        })
    }

    /// Takes a page apart. Any text gives a page; where the reader gives up in the middle, what
    /// came before it counts.
    pub fn read(&self, html: &str, region: Region) -> Page {
        let has_attributes = names_pagefind(html.as_bytes());
        let state = State::new(region, self.root.is_none(), has_attributes);
        let state = Rc::new(RefCell::new(state));
        let mut rewriter = HtmlRewriter::new(self.settings(&state), |_: &[u8]| {});
        if rewriter.write(html.as_bytes()).is_ok() {
            // Ends the elements that are still open.
            let _ = rewriter.end();
        }
        state.take().finish()
    }

    fn settings<'a>(&'a self, state: &Shared) -> Settings<'static, 'a> {
        let mut settings = Settings::new().with_strict(false);
        // Handlers run in this order: the flags are up when the element itself comes in.
        for (selectors, flag) in
            [(self.root.as_slice(), Flag::Root), (&self.left_out, Flag::LeftOut)]
        {
            for selector in selectors {
                let state = Rc::clone(state);
                let handler = move |_: &mut Element<'_, '_>| {
                    state.borrow_mut().raise(flag);
                    Ok(())
                };
                let handlers = ElementContentHandlers::default().element(handler);
                settings =
                    settings.append_element_content_handler((Cow::Borrowed(selector), handlers));
            }
        }
        let (elements, texts) = (Rc::clone(state), Rc::clone(state));
        settings
            .append_element_content_handler(element!("*", move |element| {
                begin(&elements, element);
                Ok(())
            }))
            .append_document_content_handler(doc_text!(move |chunk: &mut TextChunk<'_>| {
                let is_text = matches!(chunk.text_type(), TextType::Data | TextType::RCData);
                if is_text {
                    texts.borrow_mut().pending.push_str(chunk.as_str());
                }
                Ok(())
            }))
    }
}

type Shared = Rc<RefCell<State>>;

fn begin(state: &Shared, element: &mut Element<'_, '_>) {
    let serial = state.borrow_mut().begin(element);
    if let Some(handlers) = element.end_tag_handlers() {
        let state = Rc::clone(state);
        handlers.push(end_tag!(move |_| {
            state.borrow_mut().end(serial);
            Ok(())
        }));
    } else {
        state.borrow_mut().end(serial);
    }
}

/// What a selector of the site's own says about the element that comes in next.
#[derive(Clone, Copy, Debug)]
enum Flag {
    Root,
    LeftOut,
}

/// An open element.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "answers that do not depend on each other")]
struct Node {
    serial: u64,
    tag: String,
    id: Option<String>,
    /// Words of the content when it began.
    at_word: u32,
    is_block: bool,
    left_out: bool,
    /// `data-pagefind-ignore="all"`: not even its attributes count.
    unseen: bool,
    is_body: bool,
    is_root: bool,
    weight: f32,
}

/// Text of an open element that something is made of.
#[derive(Debug)]
struct Capture {
    serial: u64,
    /// Elements around it, itself included, that are left out: text of deeper ones is not its own.
    left_out: u32,
    flow: Flow,
    purpose: Purpose,
}

#[derive(Debug)]
enum Purpose {
    PageTitle,
    FirstHeading,
    Heading { level: u8, id: Option<String>, word: u32, listed: bool },
    Values(Kind, Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Meta,
    DefaultMeta,
    Filter,
    Sort,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Meta, "data-pagefind-meta"),
    (Kind::DefaultMeta, "data-pagefind-default-meta"),
    (Kind::Filter, "data-pagefind-filter"),
    (Kind::Sort, "data-pagefind-sort"),
];

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "answers that do not depend on each other")]
struct State {
    wants_marked: bool,
    /// Whether any attribute of Pagefind's may come; most sites have none, and looking for each on every
    /// element is a fifth of the work.
    has_attributes: bool,
    next_is_root: bool,
    next_is_left_out: bool,
    serial: u64,
    nodes: Vec<Node>,
    /// Open elements that …
    left_out: u32,
    unseen: u32,
    in_body: u32,
    in_root: u32,
    captures: Vec<Capture>,
    /// Text since the last tag.
    pending: String,
    content: Flow,
    page: Page,
    page_title: Option<String>,
    first_heading: Option<String>,
    first_image: Option<(String, Option<String>)>,
    default_metas: BTreeMap<String, String>,
}

impl State {
    fn new(region: Region, no_root: bool, has_attributes: bool) -> Self {
        let wants_marked = region == Region::MarkedBody;
        Self { wants_marked, has_attributes, in_root: u32::from(no_root), ..Self::default() }
    }

    fn raise(&mut self, flag: Flag) {
        match flag {
            Flag::Root => self.next_is_root = true,
            Flag::LeftOut => self.next_is_left_out = true,
        }
    }

    fn begin(&mut self, element: &Element<'_, '_>) -> u64 {
        self.flush();
        let tag = element.tag_name();
        self.end_implied(&tag);
        let node = self.node(element, tag);
        self.count(&node, 1);
        if node.tag == "html" {
            let lang = element.get_attribute("lang").map(|lang| lang.trim().to_lowercase());
            self.page.lang = lang.filter(|lang| !lang.is_empty()).or(self.page.lang.take());
        }
        if self.in_root > 0 && self.unseen == 0 {
            self.page.has_marked_body |= node.is_body;
            self.open_captures(element, &node);
            self.look_for_image(element, &node.tag);
            self.add_attributes(element);
        }
        if node.is_block {
            self.end_line();
        }
        let serial = node.serial;
        self.nodes.push(node);
        serial
    }

    fn node(&mut self, element: &Element<'_, '_>, tag: String) -> Node {
        self.serial += 1;
        let ignored = self.raw(element, "data-pagefind-ignore");
        let left_out = std::mem::take(&mut self.next_is_left_out);
        let unseen = match ignored.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "index" | "true") => false,
            Some("all") => true,
            Some(other) => {
                self.page.faults.push(format!("data-pagefind-ignore=\"{other}\""));
                true
            }
        };
        let around = self.nodes.last().map_or(1.0, |node| node.weight);
        let weight = self.raw(element, "data-pagefind-weight");
        Node {
            serial: self.serial,
            id: value(element, "id").map(|id| id.split_whitespace().collect()),
            at_word: self.content.words(),
            is_block: tags::is_block(&tag),
            left_out: left_out || ignored.is_some() || tags::is_left_out(&tag),
            unseen,
            is_body: self.raw(element, "data-pagefind-body").is_some(),
            is_root: std::mem::take(&mut self.next_is_root),
            weight: weight.and_then(|weight| self.weight(&weight)).unwrap_or(around),
            tag,
        }
    }

    /// One of Pagefind's attributes as it is written.
    fn raw(&self, element: &Element<'_, '_>, name: &str) -> Option<String> {
        if self.has_attributes { element.get_attribute(name) } else { None }
    }

    fn weight(&mut self, source: &str) -> Option<f32> {
        let weight = source.trim().parse::<f32>().ok().filter(|weight| weight.is_finite());
        if weight.is_none() {
            self.page.faults.push(format!("data-pagefind-weight=\"{source}\""));
        }
        weight.map(|weight| weight.clamp(0.0, MAX_WEIGHT))
    }

    fn count(&mut self, node: &Node, step: i32) {
        let counts = [
            (&mut self.left_out, node.left_out),
            (&mut self.unseen, node.unseen),
            (&mut self.in_body, node.is_body),
            (&mut self.in_root, node.is_root),
        ];
        for (count, is) in counts {
            *count = count.saturating_add_signed(if is { step } else { 0 });
        }
    }

    /// Ends open elements whose end tags were left out, as the next element tells.
    fn end_implied(&mut self, next: &str) {
        let mut ended = None;
        for node in self.nodes.iter().rev().take(MAX_DEPTH) {
            if tags::is_ended_by(&node.tag, next) {
                ended = Some(node.serial);
                break;
            }
            if tags::bounds_implied_ends(&node.tag) {
                break;
            }
        }
        if let Some(serial) = ended {
            self.end(serial);
        }
    }

    fn open_captures(&mut self, element: &Element<'_, '_>, node: &Node) {
        let level = tags::heading_level(&node.tag);
        match node.tag.as_str() {
            "title" if self.page_title.is_none() && !self.nodes.iter().any(|n| n.tag == "svg") => {
                self.capture(node, Purpose::PageTitle);
            }
            "h1" if self.first_heading.is_none() => self.capture(node, Purpose::FirstHeading),
            _ => {}
        }
        if level > 0 && self.shows() {
            let id = node.id.clone().or_else(|| id_of_section(&self.nodes, node.at_word));
            let word = node.at_word;
            self.capture(node, Purpose::Heading { level, id, word, listed: level > 1 });
        }
        for (kind, name) in KINDS {
            let Some(source) = self.raw(element, name) else { continue };
            let source = decoded(source);
            let items = captures::items(&source, |name| value(element, name));
            let mut keys = Vec::new();
            for (key, value) in items {
                match value {
                    Some(value) => self.keep(kind, (key, Some(value))),
                    None => keys.push(key),
                }
            }
            if !keys.is_empty() {
                self.capture(node, Purpose::Values(kind, keys));
            }
        }
        self.name_heading(node);
    }

    fn capture(&mut self, node: &Node, purpose: Purpose) {
        let (serial, left_out) = (node.serial, self.left_out);
        if self.captures.len() == MAX_DEPTH {
            return;
        }
        self.captures.push(Capture { serial, left_out, flow: Flow::default(), purpose });
    }

    /// A heading without an id takes the first one inside of it: `<h2><a id="fees"></a>Fees</h2>`.
    fn name_heading(&mut self, node: &Node) {
        let Some(new) = node.id.clone() else { return };
        for capture in &mut self.captures {
            if let Purpose::Heading { id: id @ None, .. } = &mut capture.purpose {
                *id = Some(new.clone());
            }
        }
    }

    fn keep(&mut self, kind: Kind, (key, value): Item) {
        let value = line(&value.unwrap_or_default());
        match kind {
            Kind::Meta => drop(self.page.metas.insert(key, value)),
            Kind::DefaultMeta => drop(self.default_metas.insert(key, value)),
            Kind::Sort => drop(self.page.sorts.insert(key, value)),
            Kind::Filter if RESERVED.contains(&key.as_str()) => {
                self.page.faults.push(format!("data-pagefind-filter=\"{key}\""));
            }
            Kind::Filter => {
                let values = self.page.filters.entry(key).or_default();
                if !value.is_empty() && !values.contains(&value) {
                    values.push(value);
                }
            }
        }
    }

    /// The page's picture is the first one after its first heading.
    fn look_for_image(&mut self, element: &Element<'_, '_>, tag: &str) {
        let titled = self.first_heading.is_some() || self.page.metas.contains_key("title");
        if tag == "img" && titled && self.first_image.is_none() {
            let src = value(element, "src").filter(|src| !src.is_empty());
            self.first_image = src.map(|src| (src, value(element, "alt")));
        }
    }

    /// `data-pagefind-index-attrs`: attributes whose values are text of the page.
    fn add_attributes(&mut self, element: &Element<'_, '_>) {
        let Some(names) = self.raw(element, "data-pagefind-index-attrs").map(decoded) else {
            return;
        };
        if !self.shows() {
            return;
        }
        for text in names.split(',').filter_map(|name| value(element, name.trim())) {
            self.content.end_block();
            self.show(&text);
            self.content.end_block();
        }
    }

    /// Whether text here belongs to the content.
    fn shows(&self) -> bool {
        self.left_out == 0
            && self.unseen == 0
            && self.in_root > 0
            && (!self.wants_marked || self.in_body > 0)
    }

    /// Hands on the text since the last tag.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let raw = std::mem::take(&mut self.pending);
        let text = html_escape::decode_html_entities(&raw);
        let in_heading = self.captures.iter().any(|c| matches!(c.purpose, Purpose::Heading { .. }));
        if in_heading && is_permalink(&text) {
            return;
        }
        for capture in self.captures.iter_mut().filter(|c| c.left_out == self.left_out) {
            capture.flow.push(&text);
        }
        if self.shows() {
            self.show(&text);
        }
    }

    fn show(&mut self, text: &str) {
        let before = self.content.words() - u32::from(self.content.is_inside_word());
        self.content.push(text);
        let weight = self.nodes.last().map_or(1.0, |node| node.weight);
        let end = self.content.words();
        #[expect(clippy::float_cmp, reason = "weights are copied, never computed")]
        if weight != 1.0 && end > before {
            let runs = &mut self.page.weights;
            match runs.last_mut() {
                Some(run) if run.weight == weight && run.end >= before => run.end = end,
                last => {
                    let start = last.map_or(before, |run| run.end.max(before));
                    runs.extend((end > start).then_some(WeightRun { start, end, weight }));
                }
            }
        }
    }

    fn end_line(&mut self) {
        self.content.end_block();
        for capture in &mut self.captures {
            capture.flow.end_block();
        }
    }

    /// Ends an element and whatever is still open inside of it.
    fn end(&mut self, serial: u64) {
        self.flush();
        // Serials ascend; an element that an implied end has closed already is not found.
        let Ok(at) = self.nodes.binary_search_by_key(&serial, |node| node.serial) else { return };
        while self.nodes.len() > at {
            let Some(node) = self.nodes.pop() else { return };
            while self.captures.last().is_some_and(|capture| capture.serial == node.serial) {
                if let Some(capture) = self.captures.pop() {
                    self.settle(capture);
                }
            }
            if node.is_block {
                self.end_line();
            }
            self.count(&node, -1);
        }
    }

    fn settle(&mut self, capture: Capture) {
        let text = capture.flow.into_line();
        if text.is_empty() {
            return;
        }
        match capture.purpose {
            Purpose::PageTitle => self.page_title = Some(text),
            Purpose::FirstHeading => self.first_heading = Some(text),
            Purpose::Heading { level, id, word, listed } => {
                if let Some(id) = id.filter(|id| !id.is_empty()) {
                    self.page.anchors.push(Anchor { level, id, text: text.clone(), word });
                }
                self.page.headings.extend(listed.then_some(text));
            }
            Purpose::Values(kind, keys) => {
                for key in keys {
                    self.keep(kind, (key, Some(text.clone())));
                }
            }
        }
    }

    fn finish(mut self) -> Page {
        self.flush();
        if let Some(first) = self.nodes.first().map(|node| node.serial) {
            self.end(first);
        }
        let mut page = self.page;
        if let Some((src, alt)) = self.first_image
            && !page.metas.contains_key("image")
        {
            page.metas.insert("image".into(), src);
            page.metas.entry("image_alt".into()).or_insert(alt.unwrap_or_default());
        }
        if let Some(title) = self.first_heading.or(self.page_title) {
            page.metas.entry("title".into()).or_insert(title);
        }
        for (key, value) in self.default_metas {
            page.metas.entry(key).or_insert(value);
        }
        page.words = self.content.words();
        page.content = self.content.into_text();
        page
    }
}

/// The id of the section that a heading opens: `<section id="fees"><h2>Fees</h2>`.
fn id_of_section(open: &[Node], at_word: u32) -> Option<String> {
    let around = open.last()?;
    let opens =
        matches!(around.tag.as_str(), "section" | "article" | "div") && around.at_word == at_word;
    around.id.clone().filter(|_| opens)
}

/// The sign that generators put beside a heading as a link to itself.
fn is_permalink(text: &str) -> bool {
    let mut signs = text.chars().filter(|c| !c.is_whitespace()).peekable();
    signs.peek().is_some()
        && signs.all(|c| matches!(c, '#' | '¶' | '§' | '∞' | '\u{200b}' | '\u{feff}' | '🔗' | '⚓'))
}

/// An attribute's value with its entities decoded.
fn value(element: &Element<'_, '_>, name: &str) -> Option<String> {
    element.get_attribute(name).map(decoded)
}

fn decoded(raw: String) -> String {
    if raw.contains('&') { html_escape::decode_html_entities(&raw).into_owned() } else { raw }
}

/// Whether a page names any attribute of Pagefind's, in whatever case.
fn names_pagefind(html: &[u8]) -> bool {
    const NAME: &[u8] = b"-pagefind-";
    memchr::memchr_iter(b'-', html)
        .filter_map(|at| html.get(at..at + NAME.len()))
        .any(|found| found.eq_ignore_ascii_case(NAME))
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
