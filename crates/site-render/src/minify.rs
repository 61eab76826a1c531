//! Smaller pages: white space, comments, quotes and closing tags that nobody needs are left out.
//!
//! The tree a browser makes of a page stays the same but for white space. Style sheets and `style`
//! attributes become smaller too; scripts stay as they are.

use simple_minify_html::{Cfg, minify};

/// Elements that open deeper than this stay as they are: the minifier goes down with them.
const MAX_DEPTH: usize = 500;

/// Elements without an end.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// A page, smaller; one that nests too deeply, or of which no text would be left, as it was.
pub(crate) fn html(page: String) -> String {
    if depth(&page) > MAX_DEPTH {
        return page;
    }
    let settings = Cfg { keep_html_and_head_opening_tags: true, ..Cfg::default() };
    String::from_utf8(minify(page.as_bytes(), Some(settings))).unwrap_or(page)
}

/// How deep elements nest at most, if none is closed but by its own end.
fn depth(page: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (is_end, inner) = match rest.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, rest),
        };
        let len = inner.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = inner[..len].to_ascii_lowercase();
        if is_end {
            depth = depth.saturating_sub(1);
        } else if name == "script" || name == "style" {
            // Their text has no elements, whatever it looks like; the end counts one down again.
            depth += 1;
            rest = &rest[rest.find(&format!("</{name}")).unwrap_or(rest.len())..];
        } else if len > 0 && !VOID.contains(&name.as_str()) {
            depth += 1;
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_become_smaller_and_say_the_same() {
        let page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">\n</head>\n\
                    <body>\n<!-- why -->\n<p class=\"a\">One  two</p>\n\n<pre>  as\n  is </pre>\n\
                    <script>a  <  b</script></body></html>\n";
        assert_eq!(
            html(page.to_owned()),
            "<!doctype html><html lang=en><head><meta charset=utf-8><body><p class=a>One two\
             <pre>  as\n  is </pre><script>a  <  b</script>"
        );
    }

    #[test]
    fn style_sheets_become_smaller_and_broken_ones_stay() {
        assert_eq!(
            html("<style> .a { color: #ff0000; margin: 0px; } </style>".to_owned()),
            "<style>.a{color:red;margin:0}</style>"
        );
        assert_eq!(html("<p style=\"color: #ff0000; \">a</p>".to_owned()), "<p style=color:red>a");
        assert_eq!(html("<style> a { { } </style>".to_owned()), "<style>a { { }</style>");
    }

    #[test]
    fn elements_without_end_do_not_end_the_build() {
        let deep = "<b>".repeat(1_000_000);
        assert_eq!(html(deep.clone()), deep);
        assert_eq!(depth("<p>a<br>b<script>i<b;i<c</script></p><i></i>"), 2);
    }
}
