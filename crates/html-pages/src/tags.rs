//! What the reader knows of HTML's elements.

/// Elements whose text is no part of a page's content, as Pagefind has them.
const LEFT_OUT: [&str; 11] = [
    "footer", "form", "head", "iframe", "label", "nav", "noscript", "script", "style", "svg",
    "template",
];

/// Elements between which words never run together.
const BLOCKS: [&str; 52] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "search",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Whether the element's text is left out by its kind alone.
pub(crate) fn is_left_out(tag: &str) -> bool {
    LEFT_OUT.contains(&tag)
}

/// Whether the element stands on lines of its own.
pub(crate) fn is_block(tag: &str) -> bool {
    BLOCKS.binary_search(&tag).is_ok()
}

/// Level of a heading, 1 to 6; 0 for anything else.
pub(crate) fn heading_level(tag: &str) -> u8 {
    match tag.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => level - b'0',
        _ => 0,
    }
}

/// Whether an open `open` ends where `next` begins, its end tag having been left out: the rules
/// of the HTML standard's "optional tags", by which most hand-written pages are made.
pub(crate) fn is_ended_by(open: &str, next: &str) -> bool {
    match open {
        "p" => {
            is_block(next) && !matches!(next, "br" | "button" | "option" | "select" | "optgroup")
        }
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr" | "tbody" | "tfoot"),
        "tr" => matches!(next, "tr" | "tbody" | "tfoot"),
        "thead" | "tbody" => matches!(next, "tbody" | "tfoot"),
        "option" => matches!(next, "option" | "optgroup"),
        "head" => next == "body",
        _ => false,
    }
}

/// Whether implied end tags are looked for no further out than this element.
pub(crate) fn bounds_implied_ends(tag: &str) -> bool {
    matches!(
        tag,
        "ul" | "ol" | "menu" | "dl" | "table" | "select" | "body" | "html" | "template" | "button"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_blocks_is_in_order() {
        assert!(BLOCKS.is_sorted());
        assert!(is_block("section") && is_block("h6") && !is_block("span") && !is_block("x-card"));
    }

    #[test]
    fn headings_have_levels() {
        assert_eq!(["h1", "h6", "h7", "hr", "p"].map(heading_level), [1, 6, 0, 0, 0]);
    }

    #[test]
    fn items_and_paragraphs_end_without_end_tags() {
        assert!(is_ended_by("p", "div") && is_ended_by("li", "li") && is_ended_by("td", "tr"));
        assert!(!is_ended_by("p", "em") && !is_ended_by("div", "p"));
    }
}
