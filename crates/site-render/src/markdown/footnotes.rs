//! Footnotes at the end of the text, numbered in the order of their references, with links back.

use std::collections::HashMap;
use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

use crate::html::escape;

/// Moves all definitions behind the text.
pub(crate) fn move_to_bottom(events: Vec<Event<'_>>) -> Vec<Event<'_>> {
    let (mut body, mut definitions) = split(events);
    if definitions.is_empty() {
        return body;
    }
    let order = number_references(&mut body, &definitions);
    body.push(html("<section class=\"footnotes\">\n<ol class=\"footnotes-list\">\n".to_owned()));
    for (label, count) in order {
        if let Some(definition) = definitions.remove(&label) {
            append_definition(&mut body, &label, definition, count);
        }
    }
    body.push(html("</ol>\n</section>\n".to_owned()));
    body
}

fn html(text: String) -> Event<'static> {
    Event::Html(CowStr::from(text))
}

/// Text without definitions, and the definitions by label.
fn split<'a>(events: Vec<Event<'a>>) -> (Vec<Event<'a>>, HashMap<String, Vec<Event<'a>>>) {
    let mut body = Vec::with_capacity(events.len());
    let mut definitions: HashMap<String, Vec<Event<'a>>> = HashMap::new();
    let mut open: Option<(String, Vec<Event<'a>>)> = None;
    for event in events {
        match (event, &mut open) {
            (Event::Start(Tag::FootnoteDefinition(label)), None) => {
                open = Some((label.to_string(), Vec::new()));
            }
            (Event::End(TagEnd::FootnoteDefinition), _) => {
                if let Some((label, definition)) = open.take() {
                    definitions.entry(label).or_insert(definition);
                }
            }
            (event, Some((_, definition))) => definition.push(event),
            (event, None) => body.push(event),
        }
    }
    (body, definitions)
}

/// Replaces references by links; returns labels in order with how often each is referred to.
fn number_references<'a>(
    body: &mut [Event<'a>],
    definitions: &HashMap<String, Vec<Event<'a>>>,
) -> Vec<(String, usize)> {
    let mut order: Vec<(String, usize)> = Vec::new();
    for event in body {
        let Event::FootnoteReference(label) = event else { continue };
        if !definitions.contains_key(&**label) {
            continue;
        }
        let known = order.iter().position(|(known, _)| **known == **label);
        let place = known.unwrap_or_else(|| {
            order.push((label.to_string(), 0));
            order.len() - 1
        });
        order[place].1 += 1;
        let id = escape(label);
        *event = Event::InlineHtml(CowStr::from(format!(
            "<sup class=\"footnote-reference\" id=\"fr-{id}-{}\"><a href=\"#fn-{id}\">{}</a></sup>",
            order[place].1,
            place + 1
        )));
    }
    order
}

/// One definition; the links back go into its last paragraph.
fn append_definition<'a>(
    body: &mut Vec<Event<'a>>,
    label: &str,
    mut definition: Vec<Event<'a>>,
    count: usize,
) {
    let id = escape(label);
    let mut back = String::new();
    for number in 1..=count {
        let shown = if number == 1 { String::new() } else { number.to_string() };
        // Writing into a string does not fail.
        let _ = write!(back, " <a href=\"#fr-{id}-{number}\">↩{shown}</a>");
    }
    body.push(html(format!("<li id=\"fn-{id}\">\n")));
    if matches!(definition.last(), Some(Event::End(TagEnd::Paragraph))) {
        let place = definition.len() - 1;
        definition.insert(place, Event::InlineHtml(CowStr::from(back)));
    } else {
        definition.push(html(back));
    }
    body.append(&mut definition);
    body.push(html("</li>\n".to_owned()));
}
