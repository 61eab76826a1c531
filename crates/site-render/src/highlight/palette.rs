//! A theme made ready for pages: its colours, what it says of a stack of scopes, and the style sheet
//! that says the same.
//!
//! Classes name the scopes of the rule that counts, so that the style sheet needs no more than
//! `.z-keyword.z-operator`.

use std::collections::HashSet;
use std::fmt::Write as _;

use textmate::{Color, Font, Memory, Painted, Rule, ScopeId, Style, Theme};

/// A theme made ready.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) foreground: Color,
    pub(super) background: Color,
    /// Behind lines that are marked.
    pub(super) marked_background: Option<Color>,
    /// Of line numbers.
    pub(super) number_foreground: Option<Color>,
    theme: Theme,
    /// `z-keyword z-operator` for each rule.
    classes: Vec<String>,
}

impl Palette {
    pub(super) fn new(theme: Theme) -> Self {
        let color = |keys: &[&str]| keys.iter().find_map(|key| theme.color(key));
        let (front, back) = if theme.is_light {
            (Color::BLACK, Color::WHITE)
        } else {
            (Color::WHITE, Color::BLACK)
        };
        Self {
            foreground: (theme.base.foreground)
                .or_else(|| color(&["editor.foreground", "foreground"]))
                .unwrap_or(front),
            background: (theme.base.background)
                .or_else(|| color(&["editor.background"]))
                .unwrap_or(back),
            marked_background: color(&["editor.lineHighlightBackground"]),
            number_foreground: color(&["editorLineNumber.foreground"]),
            classes: theme.rules.iter().map(classes).collect(),
            theme,
        }
    }

    /// What a stack of scopes gets.
    pub(super) fn paint(&self, memory: &Memory, stack: ScopeId) -> Painted {
        self.theme.paint(&memory.scopes, stack)
    }

    /// The classes of a rule.
    pub(super) fn classes(&self, rule: usize) -> &str {
        &self.classes[rule]
    }

    fn rules(&self) -> impl Iterator<Item = (&Rule, &str)> {
        self.theme.rules.iter().zip(self.classes.iter().map(String::as_str))
    }

    /// The style sheet of the theme.
    pub(super) fn style_sheet(&self, name: &str) -> String {
        let name = name.replace("*/", "");
        let mut css = format!("/* theme {name} */\n");
        let (front, back) = (self.foreground, self.background);
        // Writing into a string does not fail.
        let _ = writeln!(css, ".z-code {{ color: {front}; background-color: {back}; }}");
        if let Some(back) = self.marked_background {
            let _ = writeln!(css, ".z-hl {{ background-color: {back}; }}");
        }
        if let Some(front) = self.number_foreground {
            let _ = writeln!(css, ".giallo-ln {{ color: {front}; }}");
        }
        let plain: HashSet<&str> =
            self.rules().filter(|(rule, _)| rule.around.is_empty()).map(|(_, it)| it).collect();
        for (rule, classes) in self.rules() {
            // Classes do not tell what is around a piece: the rule that holds everywhere counts.
            if !rule.around.is_empty() && plain.contains(classes) {
                continue;
            }
            let body = css_of(&rule.style);
            if !body.is_empty() {
                let _ = writeln!(css, ".{} {{ {body} }}", classes.replace(' ', "."));
            }
        }
        css
    }
}

fn css_of(style: &Style) -> String {
    let fore = style.foreground.map(|color| format!("color: {color};"));
    let back = style.background.map(|color| format!("background-color: {color};"));
    let font = style.font.map(font_css).unwrap_or_default();
    format!("{}{}{font}", fore.unwrap_or_default(), back.unwrap_or_default())
}

pub(super) fn font_css(font: Font) -> String {
    let parts = [
        (font.is_bold, "font-weight: bold;"),
        (font.is_italic, "font-style: italic;"),
        (font.is_underlined, "text-decoration: underline;"),
        (font.is_struck, "text-decoration: line-through;"),
    ];
    parts.into_iter().filter(|(is_set, _)| *is_set).map(|(_, css)| css).collect()
}

/// `z-` before each part of each scope; what cannot stand in a class becomes a hyphen.
fn classes(rule: &Rule) -> String {
    let mut classes: Vec<String> = Vec::new();
    for atom in rule.scope.split('.').filter(|atom| !atom.is_empty()) {
        let is_fit =
            |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let class = format!("z-{}", atom.replace(|letter| !is_fit(letter), "-"));
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn palette(theme: &serde_json::Value) -> Palette {
        Palette::new(Theme::from_json(theme).unwrap())
    }

    #[test]
    fn the_rule_without_scopes_goes_before_the_editor_s_colours() {
        let colors = json!({"editor.foreground": "#111", "editor.background": "#222",
            "editor.selectionBackground": "#333"});
        let base = json!([{"settings": {"foreground": "#444"}}]);
        let palette = palette(&json!({"colors": colors, "tokenColors": base}));
        assert_eq!(palette.foreground.to_string(), "#444444");
        assert_eq!(palette.background.to_string(), "#222222");
        assert_eq!(palette.marked_background, None);
    }

    #[test]
    fn a_style_sheet_has_the_rule_that_holds_everywhere() {
        let palette = palette(&json!({"tokenColors": [
            {"scope": ["a.b", "c d"], "settings": {"foreground": "#111"}},
            {"scope": "x a.b", "settings": {"foreground": "#222", "fontStyle": "bold"}},
            {"scope": "x e", "settings": {"fontStyle": "bold"}},
        ]}));
        let sheet = palette.style_sheet("n");
        let rules: Vec<&str> = sheet.lines().skip(2).collect();
        let expected = [
            ".z-a.z-b { color: #111111; }",
            ".z-d { color: #111111; }",
            ".z-e { font-weight: bold; }",
        ];
        assert_eq!(rules, expected);
    }
}
