//! Themes: which colours a stack of scopes gets.
//!
//! ```text
//! theme    ::= { name?, type?, colors: { "editor.foreground": "#…", … },
//!                tokenColors: [{ scope?: "a, b c" | ["a", …], settings: { foreground?, background?, fontStyle? } }] }
//! selector ::= (scope (" " | " > "))* scope       ; the last is that of the piece, the others are around it,
//!                                                 ; next to it before `>`
//! ```
//!
//! Scopes are gone through from the outermost to the innermost, and what the best rule for each says
//! replaces what was said before. The best rule has the longest last scope; of those, the most scopes
//! around it; of two that are alike, the later one counts, property by property.

use std::cmp::Ordering;

use serde_json::Value as Json;

use crate::color::Color;
use crate::scopes::{ScopeId, Scopes};
use crate::selector::is_within;

/// Before a scope that has to stand next to the one behind it.
const NEXT: &str = ">";

/// A theme made ready.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    /// The name it gives itself.
    pub name: Option<String>,
    /// Whether it says that it is for a light ground.
    pub is_light: bool,
    /// Colours of the editor's parts.
    pub colors: Vec<(String, Color)>,
    /// What the rule without scopes says.
    pub base: Style,
    /// All rules, one for each selector, in the order of the file.
    pub rules: Vec<Rule>,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Colour of letters.
    pub foreground: Option<Color>,
    /// Colour of the ground.
    pub background: Option<Color>,
    /// Kind of letters.
    pub font: Option<Font>,
}

/// Kind of letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each may be set beside the others")]
pub struct Font {
    /// Bold.
    pub is_bold: bool,
    /// Italic.
    pub is_italic: bool,
    /// Underlined.
    pub is_underlined: bool,
    /// Struck through.
    pub is_struck: bool,
}

/// One rule of a theme.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The scope of the piece.
    pub scope: String,
    /// Scopes around it, the innermost first; behind a `>` is one that stands next to what comes before.
    pub around: Vec<String>,
    /// What it gets.
    pub style: Style,
}

/// What a theme says of a stack of scopes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Painted {
    /// All that is said.
    pub style: Style,
    /// The rule that its foreground is from, by its place.
    pub front: Option<usize>,
    /// The rule that its background is from.
    pub back: Option<usize>,
}

impl Theme {
    /// Reads a theme of VS Code, or one of `TextMate` as JSON.
    ///
    /// # Errors
    /// Why it is none.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        let rules = json.get("tokenColors").or_else(|| json.get("settings"));
        let Some(rules) = rules.and_then(Json::as_array) else {
            return Err("it has no `tokenColors`".to_owned());
        };
        let text = |key: &str| json.get(key).and_then(Json::as_str);
        let colors = json.get("colors").and_then(Json::as_object).into_iter().flatten();
        let colors = colors
            .filter_map(|(key, value)| Some((key.clone(), Color::parse(value.as_str()?)?)))
            .collect();
        let base = rules.iter().find(|rule| selectors(rule).is_empty());
        let base = base.map(|rule| style(rule.get("settings"))).unwrap_or_default();
        Ok(Self {
            name: text("name").map(str::to_owned),
            is_light: text("type") == Some("light"),
            colors,
            base,
            rules: rules.iter().flat_map(of_item).collect(),
        })
    }

    /// A colour of the editor's parts.
    pub fn color(&self, key: &str) -> Option<Color> {
        self.colors.iter().find(|(known, _)| known == key).map(|(_, color)| *color)
    }

    /// What a stack of scopes gets.
    pub fn paint(&self, scopes: &Scopes, stack: ScopeId) -> Painted {
        let Some((scope, below)) = scopes.top(stack) else { return Painted::default() };
        let mut painted = self.paint(scopes, below);
        let mut matching: Vec<(usize, &Rule)> = self
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.matches(scope, scopes, below))
            .collect();
        matching.sort_by(|(_, one), (_, other)| one.power(other));
        for (idx, rule) in matching {
            painted.style.take(&rule.style);
            if rule.style.foreground.is_some() {
                painted.front = Some(idx);
            }
            if rule.style.background.is_some() {
                painted.back = Some(idx);
            }
        }
        painted
    }
}

impl Style {
    fn take(&mut self, over: &Self) {
        self.foreground = over.foreground.or(self.foreground);
        self.background = over.background.or(self.background);
        self.font = over.font.or(self.font);
    }
}

impl Rule {
    fn matches(&self, scope: &str, scopes: &Scopes, below: ScopeId) -> bool {
        if !is_within(scope, &self.scope) {
            return false;
        }
        let mut rest = scopes.down(below);
        let mut around = self.around.iter();
        while let Some(wanted) = around.next() {
            let found = if wanted == NEXT {
                let Some(wanted) = around.next() else { return false };
                rest.next().is_some_and(|scope| is_within(scope, wanted))
            } else {
                rest.any(|scope| is_within(scope, wanted))
            };
            if !found {
                return false;
            }
        }
        true
    }

    /// Which of two rules for one stack is the stronger.
    fn power(&self, other: &Self) -> Ordering {
        let depth = |rule: &Self| rule.scope.split('.').count();
        let around = |rule: &Self| rule.around.iter().filter(|scope| *scope != NEXT).count();
        depth(self).cmp(&depth(other)).then_with(|| around(self).cmp(&around(other)))
    }
}

fn selectors(item: &Json) -> Vec<&str> {
    match item.get("scope") {
        Some(Json::String(selectors)) => selectors.split(',').collect(),
        Some(Json::Array(selectors)) => selectors.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// One rule for each selector of an item.
fn of_item(item: &Json) -> Vec<Rule> {
    let style = style(item.get("settings"));
    let rules = selectors(item).into_iter().filter_map(|selector| {
        let mut around: Vec<String> = selector.split_whitespace().map(str::to_owned).collect();
        let scope = around.pop()?;
        around.reverse();
        Some(Rule { scope, around, style })
    });
    rules.collect()
}

fn style(settings: Option<&Json>) -> Style {
    let of = |key: &str| settings?.get(key)?.as_str();
    Style {
        foreground: of("foreground").and_then(Color::parse),
        background: of("background").and_then(Color::parse),
        font: of("fontStyle").map(Font::parse),
    }
}

impl Font {
    fn parse(words: &str) -> Self {
        let has = |word: &str| words.split_whitespace().any(|it| it == word);
        Self {
            is_bold: has("bold"),
            is_italic: has("italic"),
            is_underlined: has("underline"),
            is_struck: has("strikethrough"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn color(theme: &Json, stack: &str) -> String {
        let theme = Theme::from_json(theme).unwrap();
        let mut scopes = Scopes::default();
        let stack = scopes.push(ScopeId::EMPTY, stack);
        let style = theme.paint(&scopes, stack).style;
        let color = style.foreground.map(|color| color.to_string()).unwrap_or_default();
        if style.font.is_some_and(|font| font.is_bold) { format!("{color} bold") } else { color }
    }

    #[test]
    fn the_best_rule_counts() {
        let rule = |scope: Json, settings: Json| json!({"scope": scope, "settings": settings});
        let theme = json!({"tokenColors": [
            {"settings": {"foreground": "#000000"}},
            rule(json!("comment, string"), json!({"foreground": "#111111", "fontStyle": "bold"})),
            rule(json!(["string.quoted"]), json!({"foreground": "#222222"})),
            rule(json!("meta string"), json!({"foreground": "#333333"})),
            rule(json!("a meta.b string"), json!({"foreground": "#444444"})),
            rule(json!("meta.c string"), json!({"foreground": "#555555"})),
            rule(json!("meta > number"), json!({"foreground": "#666666"})),
            rule(json!("escape"), json!({"fontStyle": ""})),
        ]});
        let table = [
            ("a", ""),
            ("commentary", ""),
            ("a comment.line", "#111111 bold"),
            ("a string.quoted.double", "#222222 bold"),
            ("meta string.quoted", "#222222 bold"),
            ("meta x string.other", "#333333 bold"),
            ("a meta.b.c string", "#444444 bold"),
            ("a meta.b meta.c string", "#444444 bold"),
            ("meta.c string", "#555555 bold"),
            ("meta.c string escape", "#555555"),
            ("meta number", "#666666"),
            ("meta x number", ""),
        ];
        for (stack, expected) in table {
            assert_eq!(color(&theme, stack), expected, "{stack}");
        }
        let base = Theme::from_json(&theme).unwrap().base.foreground;
        assert_eq!(base, Some(Color::BLACK));
    }
}
