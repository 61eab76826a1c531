//! Themes of VS Code: JSON with `colors` and `tokenColors`, comments and final commas allowed.
//!
//! ```text
//! { "name": …, "colors": { "editor.foreground": "#…", … },
//!   "tokenColors": [ { "scope": "a, b" | ["a", …], "settings": { "foreground": "#…", … } } ] }
//! ```

use std::str::FromStr as _;

use serde_json::Value as Json;
use syntect::highlighting::{
    Color, FontStyle, ScopeSelectors, StyleModifier, Theme, ThemeItem, ThemeSettings,
};

/// Reads a theme.
///
/// # Errors
/// Why it is none.
pub(super) fn read(text: &str) -> Result<Theme, String> {
    let json: Json = serde_json::from_str(&plain_json(text)).map_err(|error| error.to_string())?;
    let rules = json.get("tokenColors").or_else(|| json.get("settings")).and_then(Json::as_array);
    let Some(rules) = rules else { return Err("it has no `tokenColors`".to_owned()) };
    let text = |key: &str| json.get(key).and_then(Json::as_str);
    let is_dark = text("type").is_none_or(|kind| kind != "light");
    let color = |keys: &[&str]| {
        let colors = json.get("colors")?;
        keys.iter().find_map(|key| colors.get(key)?.as_str().and_then(color))
    };
    let base =
        rules.iter().find(|rule| rule.get("scope").is_none()).and_then(|it| it.get("settings"));
    let base = |key: &str| base?.get(key)?.as_str().and_then(self::color);
    let fallback = |on_dark, on_light| if is_dark { on_dark } else { on_light };
    let settings = ThemeSettings {
        foreground: color(&["editor.foreground", "foreground"])
            .or_else(|| base("foreground"))
            .or(Some(fallback(Color::WHITE, Color::BLACK))),
        background: color(&["editor.background"])
            .or_else(|| base("background"))
            .or(Some(fallback(Color::BLACK, Color::WHITE))),
        line_highlight: color(&["editor.lineHighlightBackground", "editor.selectionBackground"]),
        gutter_foreground: color(&["editorLineNumber.foreground"]),
        ..ThemeSettings::default()
    };
    let scopes = rules.iter().flat_map(items).collect();
    Ok(Theme { name: text("name").map(str::to_owned), author: None, settings, scopes })
}

/// One rule for each of its scopes; those that are no scopes are passed over.
fn items(rule: &Json) -> Vec<ThemeItem> {
    let scopes: Vec<&str> = match rule.get("scope") {
        Some(Json::String(scopes)) => scopes.split(',').collect(),
        Some(Json::Array(scopes)) => scopes.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let settings = rule.get("settings");
    let of = |key: &str| settings?.get(key)?.as_str();
    let style = StyleModifier {
        foreground: of("foreground").and_then(color),
        background: of("background").and_then(color),
        font_style: of("fontStyle").map(font_style),
    };
    let scopes = scopes.into_iter().filter_map(|scope| ScopeSelectors::from_str(scope.trim()).ok());
    scopes.map(|scope| ThemeItem { scope, style }).collect()
}

fn font_style(words: &str) -> FontStyle {
    let mut style = FontStyle::empty();
    for word in words.split_whitespace() {
        style |= match word {
            "bold" => FontStyle::BOLD,
            "italic" => FontStyle::ITALIC,
            "underline" => FontStyle::UNDERLINE,
            _ => FontStyle::empty(),
        };
    }
    style
}

/// `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`.
fn color(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#').filter(|digits| digits.is_ascii())?;
    let digits: String = match digits.len() {
        3 | 4 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 | 8 => digits.to_owned(),
        _ => return None,
    };
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let a = if digits.len() == 8 { byte(6)? } else { u8::MAX };
    Some(Color { r: byte(0)?, g: byte(2)?, b: byte(4)?, a })
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
    fn a_theme_is_read() {
        let theme = read(
            "{\"name\": \"n\", \"type\": \"light\", \"colors\": {\"editor.foreground\": \"#123\"},
              \"tokenColors\": [{\"scope\": \"comment, string\", \"settings\": {\"foreground\": \"#11223344\", \"fontStyle\": \"italic bold\"}}]}",
        )
        .unwrap();
        assert_eq!(theme.settings.foreground, Some(Color { r: 0x11, g: 0x22, b: 0x33, a: 255 }));
        assert_eq!(theme.settings.background, Some(Color::WHITE));
        assert_eq!(theme.scopes.len(), 2);
        assert_eq!(theme.scopes[1].style.foreground.map(|color| color.a), Some(0x44));
        assert_eq!(theme.scopes[1].style.font_style, Some(FontStyle::BOLD | FontStyle::ITALIC));
    }

    #[test]
    fn what_is_no_theme_is_told() {
        for text in ["", "[]", "{}", "{\"tokenColors\": 1}", "{"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
