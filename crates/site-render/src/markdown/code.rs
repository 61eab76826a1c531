//! Code blocks.
//!
//! ```text
//! info ::= language? ((","|" ") option)*
//! ```
//! Options (`linenos`, `hl_lines=…`, `name=…`) are read by the highlighter; here only `name` shows.

use crate::html::escape;

/// The opening tags of a fenced block.
pub(crate) fn opening(info: &str) -> String {
    let mut parts = info.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let language = parts.clone().next().filter(|part| !part.contains('=') && !is_option(part));
    let name = parts.find_map(|part| part.strip_prefix("name="));
    let name = name.map(|name| format!(" data-name=\"{}\"", escape(name.trim_matches('"'))));
    let name = name.unwrap_or_default();
    match language {
        Some(language) => {
            let language = escape(language);
            format!("<pre{name}><code class=\"language-{language}\" data-lang=\"{language}\">")
        }
        None => format!("<pre{name}><code>"),
    }
}

fn is_option(part: &str) -> bool {
    matches!(part, "linenos" | "copy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings_name_the_language() {
        let table = [
            ("", "<pre><code>"),
            ("rust", "<pre><code class=\"language-rust\" data-lang=\"rust\">"),
            ("rust,linenos", "<pre><code class=\"language-rust\" data-lang=\"rust\">"),
            ("linenos", "<pre><code>"),
            (
                "x\"y, name=a.rs",
                "<pre data-name=\"a.rs\"><code class=\"language-x&quot;y\" data-lang=\"x&quot;y\">",
            ),
        ];
        for (info, expected) in table {
            assert_eq!(opening(info), expected, "{info}");
        }
    }
}
