//! The pass over the events of one text: headings, links, code, raw HTML, summary.

use std::collections::VecDeque;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Tag, TagEnd, html};
use site_model::{AnchorLinks, Diagnostic, TemplateSyntax};

use super::anchors::{self, Ids};
use super::expand::Expanded;
use super::links::{self, Destination};
use super::{Heading, Output, Scope, code, emoji, footnotes};
use crate::html::{escape, ids};

type Spanned<'a> = (Event<'a>, Range<usize>);

/// State of the pass.
pub(crate) struct Pass<'a> {
    source: &'a str,
    expanded: &'a Expanded<'a>,
    scope: &'a Scope<'a>,
    out: Vec<Event<'a>>,
    output: Output,
    taken: Ids,
    /// Ends of the elements that are open, for a summary that stops inside of them.
    open: Vec<TagEnd>,
    /// How many events make up the summary, and the ends it lacks.
    summary: Option<(usize, Vec<TagEnd>)>,
    has_dropped_html: bool,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(source: &'a str, expanded: &'a Expanded<'a>, scope: &'a Scope<'a>) -> Self {
        Self {
            source,
            expanded,
            scope,
            out: Vec::new(),
            output: Output::default(),
            taken: Ids::default(),
            open: Vec::new(),
            summary: None,
            has_dropped_html: false,
        }
    }

    /// Takes all events of the text.
    pub(crate) fn run(&mut self, events: Vec<Spanned<'a>>) {
        for (event, _) in &events {
            if let Event::Start(Tag::Heading { id: Some(id), .. }) = event {
                self.taken.reserve(id);
            }
        }
        self.out.reserve(events.len() + 8);
        let mut events = VecDeque::from(events);
        if self.scope.library.config().markdown.render_emoji {
            set_emoji(&mut events);
        }
        while let Some((event, span)) = events.pop_front() {
            self.event(event, span, &mut events);
        }
    }

    /// Writes the HTML.
    pub(crate) fn finish(mut self) -> Output {
        if let Some((len, ends)) = self.summary.take() {
            self.output.summary = Some(self.summary_html(len, ends));
        }
        let mut events = std::mem::take(&mut self.out);
        if self.scope.library.config().markdown.bottom_footnotes {
            events = footnotes::move_to_bottom(events);
        }
        self.output.html = self.write(events);
        self.output.ids.extend(self.output.headings.iter().map(|heading| heading.id.clone()));
        self.output.ids.extend(self.expanded.html.iter().flat_map(|html| ids(html)));
        self.output
    }

    fn write(&self, events: Vec<Event<'a>>) -> String {
        let mut out = String::with_capacity(self.source.len() * 3 / 2);
        html::push_html(&mut out, events.into_iter());
        match self.expanded.fill_marks(&out) {
            std::borrow::Cow::Owned(filled) => filled,
            std::borrow::Cow::Borrowed(_) => out,
        }
    }

    fn summary_html(&mut self, len: usize, ends: Vec<TagEnd>) -> String {
        let references = |event: &&Event<'a>| !matches!(event, Event::FootnoteReference(_));
        let events: Vec<_> = self.out[..len].iter().filter(references).cloned().collect();
        let mut summary = self.write(events);
        summary.truncate(summary.trim_end().len());
        if !ends.is_empty() {
            let context = crate::values::Fields::default()
                .with("summary", summary.as_str())
                .with("lang", self.scope.lang.clone());
            match (self.scope.render)("summary-cutoff.html", context.into_value()) {
                Ok(html) => summary.push_str(&html),
                Err(error) => self.template_failed(&error),
            }
        }
        html::push_html(&mut summary, ends.into_iter().rev().map(Event::End));
        summary
    }

    fn event(&mut self, event: Event<'a>, span: Range<usize>, rest: &mut VecDeque<Spanned<'a>>) {
        match event {
            Event::Start(Tag::Heading { .. }) => self.heading(event, rest),
            Event::Start(Tag::CodeBlock(kind)) => self.code_block(&kind, &span, rest),
            Event::Start(Tag::Link { .. }) => self.link(event, &span),
            Event::Start(Tag::Image { .. }) => self.image(event, &span, rest),
            Event::Start(Tag::Paragraph) if self.is_one_mark(rest) => self.lone_mark(rest),
            Event::Start(Tag::HtmlBlock) => {
                self.open.push(TagEnd::HtmlBlock);
                self.out.push(event);
            }
            Event::Html(html) | Event::InlineHtml(html)
                if self.summary.is_none() && holds_more_marker(&html) =>
            {
                self.more_marker();
            }
            Event::Html(html) => self.raw_html(html, &span, Event::Html),
            Event::InlineHtml(html) => self.raw_html(html, &span, Event::InlineHtml),
            Event::Start(tag) => {
                self.open.push(tag.to_end());
                self.out.push(Event::Start(tag));
            }
            Event::End(end) => {
                self.open.pop();
                self.out.push(Event::End(end));
            }
            other => self.out.push(other),
        }
    }

    /// A heading: its text is needed before its start can be written.
    fn heading(&mut self, start: Event<'a>, rest: &mut VecDeque<Spanned<'a>>) {
        let Event::Start(Tag::Heading { level, id, classes, .. }) = start else { return };
        let number = level as u8;
        let text = self.heading_text(rest);
        let id = match id {
            Some(id) => id.to_string(),
            None => self.taken.id_for(&text, self.scope.library.config().slugify.anchors),
        };
        self.output.headings.push(Heading { level: number, id: id.clone(), title: text });
        self.out.push(Event::InlineHtml(CowStr::from(heading_tag(number, &id, &classes))));
        self.open.push(TagEnd::Heading(level));
        let (before, behind) = self.anchor_link(&id, number);
        self.out.extend(before.map(|html| Event::InlineHtml(CowStr::from(html))));
        while let Some((event, span)) = rest.pop_front() {
            if matches!(event, Event::End(TagEnd::Heading(_))) {
                self.out.extend(behind.map(|html| Event::InlineHtml(CowStr::from(html))));
                self.open.pop();
                self.out.push(event);
                return;
            }
            self.event(event, span, rest);
        }
    }

    /// Text of the heading whose inner events come next, without tags.
    fn heading_text(&self, rest: &VecDeque<Spanned<'a>>) -> String {
        let mut text = String::new();
        for (event, _) in rest {
            match event {
                Event::End(TagEnd::Heading(_)) => break,
                Event::Text(part) | Event::Code(part) => text.push_str(part),
                _ => {}
            }
        }
        self.expanded.without_marks(text)
    }

    /// What goes before and behind a heading's text.
    fn anchor_link(&mut self, id: &str, level: u8) -> (Option<String>, Option<String>) {
        if self.scope.anchor_links == AnchorLinks::None || id.is_empty() {
            return (None, None);
        }
        let html = match anchors::link(self.scope, id, level) {
            Ok(html) => html,
            Err(error) => {
                self.template_failed(&error);
                return (None, None);
            }
        };
        match self.scope.anchor_links {
            AnchorLinks::Right => (None, Some(html)),
            AnchorLinks::Heading => (Some(html), Some("</a>".to_owned())),
            AnchorLinks::Left | AnchorLinks::None => (Some(html), None),
        }
    }

    fn template_failed(&mut self, error: &minijinja::Error) {
        let root = &self.scope.library.site.root;
        self.output.diagnostics.push(self.scope.index.diagnostic(error, root));
    }

    fn code_block(
        &mut self,
        kind: &CodeBlockKind<'_>,
        span: &Range<usize>,
        rest: &mut VecDeque<Spanned<'a>>,
    ) {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info,
            CodeBlockKind::Indented => "",
        };
        let mut code = String::new();
        while let Some((event, _)) = rest.pop_front() {
            match event {
                Event::End(TagEnd::CodeBlock) => break,
                Event::Text(text) => code.push_str(&text),
                _ => {}
            }
        }
        let code = self.expanded.fill_marks(&code);
        let highlighter = self.scope.library.highlighter.as_deref();
        let (html, is_known) = code::block(info, &code, highlighter);
        if let Some(highlighter) = highlighter.filter(|_| !is_known) {
            self.unknown_language(info, highlighter.is_strict, span);
        }
        self.out.push(Event::Html(CowStr::from(html)));
    }

    fn unknown_language(&mut self, info: &str, is_strict: bool, span: &Range<usize>) {
        let language = info.split(',').next().unwrap_or_default().trim();
        let message = format!("no grammar colours code in `{language}`");
        let diagnostic =
            if is_strict { Diagnostic::error(message) } else { Diagnostic::warning(message) };
        let diagnostic = diagnostic.help("name another language, or `text` for none");
        let span = self.expanded.source_span(span);
        self.output.diagnostics.push(self.scope.complain(diagnostic, self.source, span));
    }

    fn link(&mut self, start: Event<'a>, span: &Range<usize>) {
        let Event::Start(Tag::Link { link_type, dest_url, title, id }) = start else { return };
        self.open.push(TagEnd::Link);
        if link_type == LinkType::Email {
            self.out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            return;
        }
        let dest_url = self.filled(dest_url);
        if dest_url.is_empty() {
            self.link_without_address(span);
        }
        if dest_url.starts_with("http:") || dest_url.starts_with("https:") {
            let span = self.expanded.source_span(span);
            self.output
                .external_links
                .push(links::ExternalLink { address: dest_url.to_string(), span });
        }
        let dest_url = match self.resolve(&dest_url, false, span) {
            Destination::Plain => dest_url,
            Destination::Internal(address) => CowStr::from(address),
            Destination::Refused => CowStr::from(""),
            Destination::External => {
                let attributes = links::external_attributes(self.scope);
                self.out.push(external_link(&dest_url, &title, &attributes));
                return;
            }
        };
        self.out.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
    }

    fn link_without_address(&mut self, span: &Range<usize>) {
        let help = "put an address between the brackets behind its text";
        let diagnostic = Diagnostic::error("a link has no address").help(help);
        let span = self.expanded.source_span(span);
        self.output.diagnostics.push(self.scope.complain(diagnostic, self.source, span));
    }

    fn resolve(&mut self, address: &str, is_image: bool, span: &Range<usize>) -> Destination {
        links::resolve(
            address,
            is_image,
            self.source,
            &self.expanded.source_span(span),
            self.scope,
            &mut self.output.internal_links,
            &mut self.output.diagnostics,
        )
    }

    /// Marks inside of an address filled in: there they would be percent-encoded.
    fn filled(&self, text: CowStr<'a>) -> CowStr<'a> {
        match self.expanded.fill_marks(&text) {
            std::borrow::Cow::Owned(filled) => CowStr::from(filled),
            std::borrow::Cow::Borrowed(_) => text,
        }
    }

    fn image(&mut self, start: Event<'a>, span: &Range<usize>, rest: &mut VecDeque<Spanned<'a>>) {
        let Event::Start(Tag::Image { link_type, dest_url, title, id }) = start else { return };
        let dest_url = self.filled(dest_url);
        let dest_url = match self.resolve(&dest_url, true, span) {
            Destination::Refused => CowStr::from(""),
            Destination::Internal(address) => CowStr::from(address),
            Destination::Plain | Destination::External => dest_url,
        };
        if self.scope.library.config().markdown.lazy_async_image {
            self.lazy_image(&dest_url, &title, rest);
            return;
        }
        self.open.push(TagEnd::Image);
        self.out.push(Event::Start(Tag::Image { link_type, dest_url, title, id }));
    }

    fn lazy_image(&mut self, address: &str, title: &str, rest: &mut VecDeque<Spanned<'a>>) {
        let mut alt = String::new();
        let mut depth = 1_usize;
        while let Some((event, _)) = rest.pop_front() {
            match event {
                Event::Start(Tag::Image { .. }) => depth += 1,
                Event::End(TagEnd::Image) => depth -= 1,
                Event::Text(text) | Event::Code(text) => alt.push_str(&text),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        let title =
            if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
        let html = format!(
            "<img src=\"{}\" alt=\"{}\"{title} loading=\"lazy\" decoding=\"async\" />",
            escape_href(address),
            escape(&alt)
        );
        self.out.push(Event::InlineHtml(CowStr::from(html)));
    }

    /// Whether the paragraph that starts is one shortcode and nothing else.
    fn is_one_mark(&self, rest: &VecDeque<Spanned<'a>>) -> bool {
        let is_end =
            |event: Option<&Spanned<'a>>| matches!(event, Some((Event::End(TagEnd::Paragraph), _)));
        match rest.front() {
            Some((Event::Text(text), _)) => is_end(rest.get(1)) && self.expanded.is_one_mark(text),
            _ => false,
        }
    }

    /// Such a paragraph is left to its shortcode.
    fn lone_mark(&mut self, rest: &mut VecDeque<Spanned<'a>>) {
        if let Some((Event::Text(text), _)) = rest.pop_front() {
            let text = match self.scope.library.config().woodblock.templates {
                TemplateSyntax::Tera => CowStr::from(self.expanded.lone_mark(&text)),
                TemplateSyntax::MiniJinja => CowStr::from(format!("{text}\n")),
            };
            self.out.push(Event::Html(text));
        }
        rest.pop_front();
    }

    fn raw_html(
        &mut self,
        html: CowStr<'a>,
        span: &Range<usize>,
        wrap: fn(CowStr<'a>) -> Event<'a>,
    ) {
        if self.scope.library.config().woodblock.raw_html {
            self.output.ids.extend(ids(&html));
            self.out.push(wrap(html));
            return;
        }
        if !self.has_dropped_html && !html.trim().is_empty() {
            self.has_dropped_html = true;
            let diagnostic = Diagnostic::warning("raw HTML is left out")
                .help("write Markdown; `extra.woodblock.raw_html` is false on this site");
            let span = self.expanded.source_span(span);
            self.output.diagnostics.push(self.scope.complain(diagnostic, self.source, span));
        }
    }

    fn more_marker(&mut self) {
        let mut ends = self.open.clone();
        let mut len = self.out.len();
        if ends.last() == Some(&TagEnd::HtmlBlock) {
            ends.pop();
            len -= 1;
        }
        self.summary = Some((len, ends));
        let html = CowStr::from("<span id=\"continue-reading\"></span>");
        self.output.ids.push("continue-reading".to_owned());
        self.out.push(Event::InlineHtml(html));
    }
}

/// The opening tag of a heading. Of attributes only classes are kept, as Zola does.
fn heading_tag(level: u8, id: &str, classes: &[CowStr<'_>]) -> String {
    let classes: Vec<_> = classes.iter().map(|class| escape(class)).collect();
    let classes = match classes.as_slice() {
        [] => String::new(),
        classes => format!(" class=\"{}\"", classes.join(" ")),
    };
    format!("<h{level} id=\"{}\"{classes}>", escape(id))
}

/// Puts emoji for their names, but not into code.
fn set_emoji(events: &mut VecDeque<Spanned<'_>>) {
    let mut is_code = false;
    for (event, _) in events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(text) if !is_code => {
                if let Some(replaced) = emoji::replace(text) {
                    *text = CowStr::from(replaced);
                }
            }
            _ => {}
        }
    }
}

/// Whether `<!-- more -->` stands in a piece of HTML, in letters of any case.
fn holds_more_marker(html: &str) -> bool {
    html.split("<!--").skip(1).any(|rest| {
        rest.split_once("-->").is_some_and(|(inner, _)| inner.trim().eq_ignore_ascii_case("more"))
    })
}

fn external_link<'a>(address: &str, title: &str, attributes: &str) -> Event<'a> {
    let title =
        if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) };
    let address = escape_href(address);
    Event::InlineHtml(CowStr::from(format!("<a{attributes}{title} href=\"{address}\">")))
}

/// An address for an attribute: percent-encoded where it must be, as pulldown-cmark does.
fn escape_href(address: &str) -> String {
    let mut escaped = String::with_capacity(address.len());
    // Writing into a string does not fail.
    let _ = pulldown_cmark_escape::escape_href(&mut escaped, address);
    escaped
}
