//! The value syntax that Pagefind's `-meta`, `-filter` and `-sort` attributes share.
//!
//! ```bnf
//! attribute ::= item ("," item)*
//! item      ::= key                       ; the element's text
//!             | key "[" attribute "]"     ; the value of one of its attributes
//!             | key ":" text              ; this text, to the end: the last item
//! ```

/// A key, and its value unless that is the element's text.
pub(crate) type Item = (String, Option<String>);

/// Reads an attribute; `attribute` gives the element's others.
pub(crate) fn items(source: &str, attribute: impl Fn(&str) -> Option<String>) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest = source;
    while !rest.trim().is_empty() {
        let (item, after) = item(rest, &attribute);
        items.extend(item.filter(|(key, _)| !key.is_empty()));
        rest = after;
    }
    items
}

fn item<'a>(
    source: &'a str,
    attribute: &impl Fn(&str) -> Option<String>,
) -> (Option<Item>, &'a str) {
    let Some(at) = source.find([',', ':', '[']) else {
        return (Some((source.trim().to_owned(), None)), "");
    };
    let key = source[..at].trim().to_owned();
    let rest = &source[at + 1..];
    match source.as_bytes()[at] {
        b',' => (Some((key, None)), rest),
        b':' => (Some((key, Some(rest.trim().to_owned()))), ""),
        _ => {
            let (name, rest) = rest.split_once(']').unwrap_or((rest, ""));
            let rest = rest.split_once(',').map_or("", |(_, rest)| rest);
            (attribute(name.trim()).map(|value| (key, Some(value))), rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expect: &[(&str, Option<&str>)]) {
        let attribute = |name: &str| match name {
            "src" => Some("/a.png".to_owned()),
            "xlink:href" => Some("#x".to_owned()),
            _ => None,
        };
        let found = items(source, attribute);
        let found: Vec<_> = found.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
        assert_eq!(found, expect, "{source}");
    }

    #[test]
    fn all_forms_are_read() {
        check("title", &[("title", None)]);
        check("image[src], a[xlink:href]", &[("image", Some("/a.png")), ("a", Some("#x"))]);
        check("date:2022-06-01", &[("date", Some("2022-06-01"))]);
        check(
            "a, b[src], c:Free: text, to [the] end",
            &[("a", None), ("b", Some("/a.png")), ("c", Some("Free: text, to [the] end"))],
        );
    }

    #[test]
    fn unfinished_forms_leave_the_rest_alone() {
        check("", &[]);
        check(" , ,a", &[("a", None)]);
        check("a[none], b", &[("b", None)]);
        check("a[src", &[("a", Some("/a.png"))]);
        check(":x", &[]);
    }
}
