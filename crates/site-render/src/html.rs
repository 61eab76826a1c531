//! HTML text: escaping, and getting plain text out of it again.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::{
    ElementContentHandlers, RewriteStrSettings, Selector, doc_comments, doc_text, element, end_tag,
    rewrite_str,
};

/// Escapes text for HTML and XML, in attributes too.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let is_special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    let Some(first) = text.bytes().position(is_special) else { return Cow::Borrowed(text) };
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str(&text[..first]);
    for letter in text[first..].chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Escapes code, with the words that Zola has for it: templates may show or search its HTML.
pub(crate) fn escape_code(code: &str) -> String {
    let mut escaped = String::with_capacity(code.len() + 16);
    let _ = pulldown_cmark_escape::escape_html(&mut escaped, code);
    escaped
}

/// Elements whose text is no text of the page.
const DROPPED: &[&str] = &["rt", "rp", "script", "style", "template", "noscript"];

/// Elements that stand in a line of text; all others stand apart from what is around them.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "ins", "kbd",
    "mark", "q", "rb", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u",
    "var", "wbr",
];

/// The text of HTML as a reader hears it: entities decoded, readings of ruby left out, runs of
/// white space one space, blocks apart.
pub(crate) fn plain_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return squeeze(html);
    }
    let raw = Rc::new(RefCell::new(String::with_capacity(html.len())));
    let hidden = Rc::new(Cell::new(0_u32));
    // One handler for all elements: lol_html matches a list of selectors one by one.
    let watch = {
        let (raw, hidden) = (raw.clone(), hidden.clone());
        element!("*", move |element| {
            let name = element.tag_name();
            let is_dropped = DROPPED.contains(&name.as_str());
            if !is_dropped && INLINE.contains(&name.as_str()) {
                return Ok(());
            }
            if !is_dropped {
                raw.borrow_mut().push('\n');
            }
            if let Some(handlers) = element.end_tag_handlers() {
                hidden.set(hidden.get() + u32::from(is_dropped));
                let (raw, hidden) = (raw.clone(), hidden.clone());
                handlers.push(end_tag!(move |_end| {
                    hidden.set(hidden.get().saturating_sub(u32::from(is_dropped)));
                    if !is_dropped {
                        raw.borrow_mut().push('\n');
                    }
                    Ok(())
                }));
            }
            Ok(())
        })
    };
    squeeze(&gather(html, &raw, &hidden, watch))
}

/// Adds the text of HTML to `raw` wherever nothing is hidden, and decodes its entities; `watch` says
/// what is hidden, and may add to `raw` itself.
///
/// HTML too odd to be read, such as text far too deep, is rather not found than a stopped build.
fn gather<'h>(
    html: &str,
    raw: &'h RefCell<String>,
    hidden: &'h Cell<u32>,
    watch: (Cow<'h, Selector>, ElementContentHandlers<'h>),
) -> String {
    let collect = doc_text!(|chunk| {
        if hidden.get() == 0 {
            raw.borrow_mut().push_str(chunk.as_str());
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(watch)
        .append_document_content_handler(collect);
    let _ = rewrite_str(html, settings);
    html_escape::decode_html_entities(raw.borrow().as_str()).into_owned()
}

/// Runs of white space become one space.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed
}

/// The text of HTML without its tags, for `striptags`.
pub(crate) fn strip_tags(html: &str) -> String {
    let collected = Rc::new(RefCell::new(String::with_capacity(html.len())));
    let settings = RewriteStrSettings::new().append_document_content_handler(doc_text!(|chunk| {
        collected.borrow_mut().push_str(chunk.as_str());
        Ok(())
    }));
    let _ = rewrite_str(html, settings);
    collected.take()
}

/// The text of HTML for the search index in Zola's formats: without tags, scripts, styles and code
/// blocks, a line for each line that says something; still escaped, as it may be shown.
pub(crate) fn searched_text(html: &str) -> String {
    let raw = Rc::new(RefCell::new(String::with_capacity(html.len())));
    let hidden = Rc::new(Cell::new(0_u32));
    let watch = element!("script, style, pre", |element| {
        if let Some(handlers) = element.end_tag_handlers() {
            hidden.set(hidden.get() + 1);
            let hidden = hidden.clone();
            handlers.push(end_tag!(move |_end| {
                hidden.set(hidden.get().saturating_sub(1));
                Ok(())
            }));
        }
        Ok(())
    });
    let text = gather(html, &raw, &hidden, watch);
    let lines = text.lines().map(squeeze).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("\n");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\u{a0}', "&nbsp;")
}

/// Values of `id` (and of `name` on anchors) in a piece of HTML: what a link can point at.
///
/// Those inside of comments count, as in Zola: so authors tell of anchors that a template puts there.
pub fn ids(html: &str) -> Vec<String> {
    if !html.contains("id") && !html.contains("name") {
        return Vec::new();
    }
    let found = Rc::new(RefCell::new(Vec::new()));
    let elements = element!("[id], a[name]", |element| {
        let values = ["id", "name"].into_iter().filter_map(|key| element.get_attribute(key));
        found
            .borrow_mut()
            .extend(values.map(|value| html_escape::decode_html_entities(&value).into_owned()));
        Ok(())
    });
    let comments = doc_comments!(|comment| {
        // A comment ends at its first `-->`, so there is none inside of it.
        found.borrow_mut().extend(ids(&comment.text()));
        Ok(())
    });
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(elements)
        .append_document_content_handler(comments);
    let _ = rewrite_str(html, settings);
    found.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_but_for_slashes() {
        assert_eq!(escape("a/b"), "a/b");
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;");
    }

    #[test]
    fn plain_text_is_what_a_reader_hears() {
        let table = [
            ("<p>a</p><p>b &amp; c</p>", "a b & c"),
            ("专<b>利</b>申请", "专利申请"),
            ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", "漢字"),
            ("a<script>x()</script>b<style>y</style>c", "abc"),
            ("a<br>b", "a b"),
            ("<p>unclosed", "unclosed"),
            ("&lt;p&gt; &#39;&nbsp;x", "<p> ' x"),
            ("a < b", "a < b"),
        ];
        for (html, expected) in table {
            assert_eq!(plain_text(html), expected, "{html}");
        }
    }

    #[test]
    fn searched_text_leaves_code_and_scripts_out() {
        let table = [
            ("<p>a  b</p>\n\n<p>c</p>", "a b\nc"),
            (
                "a <script>alert('x')</script> b<pre><code>c</code></pre>\n<style>d</style>e",
                "a b\ne",
            ),
            ("&lt;&quot;x&quot; &amp; y", "&lt;\"x\" &amp; y"),
        ];
        for (html, expected) in table {
            assert_eq!(searched_text(html), expected, "{html}");
        }
    }

    #[test]
    fn tags_are_stripped_and_nothing_else() {
        assert_eq!(strip_tags("<p>a <b>b</b>&amp;</p>\n"), "a b&amp;\n");
    }

    #[test]
    fn ids_are_found() {
        assert_eq!(ids("<p id=a>x</p><a name=\"b&amp;c\"></a><i name=d>"), ["a", "b&c"]);
        assert_eq!(
            ids("x <!-- <a id=\"late\"> --> <!-- id=none <!-- <i id=in> -->"),
            ["late", "in"]
        );
    }
}
