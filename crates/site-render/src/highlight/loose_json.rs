//! JSON as people write it for editors: comments and final commas are allowed.

use serde_json::Value as Json;

/// Reads it.
///
/// # Errors
/// Why it is none.
pub(super) fn read(text: &str) -> Result<Json, String> {
    serde_json::from_str(&plain_json(text)).map_err(|error| error.to_string())
}

/// Takes out comments, and commas before a closing bracket.
fn plain_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(next) = rest.chars().next() {
        let len = match next {
            '"' => string_len(rest),
            '/' if rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
                continue;
            }
            ']' | '}' => {
                let kept = out.trim_end().strip_suffix(',').map(str::len);
                out.truncate(kept.unwrap_or(out.len()));
                1
            }
            other => other.len_utf8(),
        };
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    out
}

/// Bytes of the string that starts here, quotes included.
fn string_len(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_final_commas_are_taken_out() {
        let table = [
            ("{\"a\": [1, 2, ], // x\n}", "{\"a\": [1, 2] \n}"),
            ("{/* , */\"//\": \"a\\\"/*\",}", "{\"//\": \"a\\\"/*\"}"),
            ("\"open", "\"open"),
            ("/* open", ""),
        ];
        for (text, expected) in table {
            let squeeze = |text: &str| text.replace([' ', '\n'], "");
            assert_eq!(squeeze(&plain_json(text)), squeeze(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_told() {
        for text in ["", "{", "/*"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
