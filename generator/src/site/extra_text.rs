//! The words in a page's own data: steps, conditions, amounts, aims. Guides and courses say most
//! of what they say there, so a search that reads the Markdown alone would miss it.

use serde_json::{Map, Value as Json};

/// Keys whose values are addresses, codes or dates, or are indexed as fields of their own.
const NOT_WORDS: [&str; 22] = [
    "answer",
    "checked",
    "collection",
    "expires",
    "fields",
    "function",
    "guide",
    "id",
    "kind",
    "lead",
    "level",
    "link_title",
    "next_check",
    "query",
    "record",
    "related",
    "right",
    "searches",
    "source",
    "sources",
    "step",
    "url",
];

/// All words of the data in the order in which they are written, a blank between them.
pub(super) fn words(extra: &Map<String, Json>) -> String {
    let mut text = String::new();
    gather_object(extra, &mut text);
    text
}

fn gather_object(object: &Map<String, Json>, text: &mut String) {
    let wordy = object.iter().filter(|(key, _)| !NOT_WORDS.contains(&key.as_str()));
    wordy.for_each(|(_, value)| gather(value, text));
}

fn gather(value: &Json, text: &mut String) {
    match value {
        Json::String(words) if !is_address(words) => {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&without_marks(words));
        }
        Json::Array(items) => items.iter().for_each(|item| gather(item, text)),
        Json::Object(object) => gather_object(object, text),
        _ => {}
    }
}

fn is_address(text: &str) -> bool {
    let addresses = ["http://", "https://", "mailto:", "tel:", "@/", "/"];
    addresses.iter().any(|start| text.starts_with(start))
}

/// Markdown without what is only a mark: emphasis, code, and the addresses of links.
fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['*', '`', '[', ']', '\n']) {
        plain.push_str(&rest[..at]);
        let mark = &rest[at..=at];
        rest = &rest[at + 1..];
        match mark {
            "\n" => plain.push(' '),
            "]" if rest.starts_with('(') => {
                rest = rest.find(')').map_or("", |end| &rest[end + 1..]);
            }
            _ => {}
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_gathered_and_codes_left_out() {
        let extra = serde_json::json!({
            "kind": "guide", "right": "patent", "time": "2个月内",
            "steps": [{ "title": "缴费", "text": "见**规定**和[网站](https://a.b)。",
                        "facts": [{ "label": "申请费", "value": "900元" }], "url": "https://a.b" }],
            "official": { "title": "系统", "url": "https://a.b" },
            "verify": true, "checked": "2026-11-22",
        });
        let words = words(extra.as_object().unwrap());
        assert_eq!(words, "2个月内 缴费 见规定和网站。 申请费 900元 系统");
    }

    #[test]
    fn odd_marks_do_not_panic() {
        for text in ["[", "](", "](a", "**", "`[]()", "甲]乙(", "[甲](乙)丙"] {
            let _ = without_marks(text);
        }
        assert_eq!(without_marks("[甲](乙)丙"), "甲丙");
    }
}
