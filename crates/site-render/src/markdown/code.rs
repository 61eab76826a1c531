//! Code blocks, with colours where the site asks for them.

use crate::highlight::{Fence, Highlighter};
use crate::html::{escape, escape_code};

/// HTML of a block, and whether its language is known.
pub(crate) fn block(info: &str, code: &str, highlighter: Option<&Highlighter>) -> (String, bool) {
    let fence = Fence::parse(info);
    match highlighter {
        Some(highlighter) => highlighter.block(&fence, code),
        None => (plain(fence.language, code), true),
    }
}

fn plain(language: &str, code: &str) -> String {
    let code = escape_code(code);
    match language {
        "" | "plain" => format!("<pre><code>{code}</code></pre>\n"),
        language => {
            format!("<pre><code data-lang=\"{}\">{code}</code></pre>\n", escape(language))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings_name_the_language() {
        let table = [
            ("", "<pre><code>a &lt; &quot;b&quot;</code></pre>\n"),
            ("rust", "<pre><code data-lang=\"rust\">a &lt; &quot;b&quot;</code></pre>\n"),
            ("rust,linenos", "<pre><code data-lang=\"rust\">a &lt; &quot;b&quot;</code></pre>\n"),
            ("linenos", "<pre><code>a &lt; &quot;b&quot;</code></pre>\n"),
            (
                "x\"y,name=a",
                "<pre><code data-lang=\"x&quot;y\">a &lt; &quot;b&quot;</code></pre>\n",
            ),
        ];
        for (info, expected) in table {
            assert_eq!(block(info, "a < \"b\"", None).0, expected, "{info}");
        }
    }
}
