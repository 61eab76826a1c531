//! A theme made ready: which of its rules a stack of scopes gets, and the style sheet that says the
//! same.
//!
//! Of all rules that match, the strongest by `TextMate`'s order counts for each property; of two that
//! are alike, the later one. Classes name the scopes of those rules, so that the style sheet needs no
//! more than `.z-keyword.z-operator`.

use std::fmt::Write as _;

use syntect::highlighting::{Color, FontStyle, ScopeSelector, StyleModifier, Theme};
use syntect::parsing::{MatchPower, Scope};

/// A theme made ready.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) foreground: Color,
    pub(super) background: Color,
    /// Behind lines that are marked.
    pub(super) marked_background: Option<Color>,
    /// Of line numbers.
    pub(super) number_foreground: Option<Color>,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    selector: ScopeSelector,
    style: StyleModifier,
    /// `z-keyword`, `z-operator`: one for each part of its scopes.
    classes: Vec<String>,
}

/// The rules that a stack of scopes gets, one for each property.
#[derive(Debug, Default)]
pub(super) struct Paint<'a> {
    front: Option<&'a Rule>,
    back: Option<&'a Rule>,
    font: Option<&'a Rule>,
}

impl Palette {
    pub(super) fn new(theme: &Theme) -> Self {
        let settings = &theme.settings;
        let rules = theme.scopes.iter().flat_map(|item| {
            let selectors = item.scope.selectors.iter().filter(|it| !it.path.is_empty());
            selectors.map(|selector| Rule {
                classes: classes(selector),
                selector: selector.clone(),
                style: item.style,
            })
        });
        Self {
            foreground: settings.foreground.unwrap_or(Color::BLACK),
            background: settings.background.unwrap_or(Color::WHITE),
            marked_background: settings.line_highlight.or(settings.selection),
            number_foreground: settings.gutter_foreground,
            rules: rules.collect(),
        }
    }

    /// What a stack of scopes gets.
    pub(super) fn paint(&self, scopes: &[Scope]) -> Paint<'_> {
        let mut paint = Paint::default();
        let mut powers = [MatchPower(0.0); 3];
        for rule in &self.rules {
            let Some(power) = rule.selector.does_match(scopes) else { continue };
            let slots = [
                (&mut paint.front, rule.style.foreground.is_some()),
                (&mut paint.back, rule.style.background.is_some()),
                (&mut paint.font, rule.style.font_style.is_some()),
            ];
            for ((slot, has_it), best) in slots.into_iter().zip(&mut powers) {
                if has_it && power >= *best {
                    *slot = Some(rule);
                    *best = power;
                }
            }
        }
        paint
    }

    /// The style sheet of the theme.
    pub(super) fn style_sheet(&self, name: &str) -> String {
        let name = name.replace("*/", "");
        let mut css = format!("/* theme {name} */\n");
        let (front, back) = (hex(self.foreground), hex(self.background));
        // Writing into a string does not fail.
        let _ = writeln!(css, ".z-code {{ color: {front}; background-color: {back}; }}");
        if let Some(back) = self.marked_background {
            let _ = writeln!(css, ".z-hl {{ background-color: {}; }}", hex(back));
        }
        if let Some(front) = self.number_foreground {
            let _ = writeln!(css, ".giallo-ln {{ color: {}; }}", hex(front));
        }
        for rule in &self.rules {
            let body = rule.css();
            if !body.is_empty() {
                let _ = writeln!(css, ".{} {{ {body} }}", rule.classes.join("."));
            }
        }
        css
    }
}

impl Rule {
    fn css(&self) -> String {
        let fore = self.style.foreground.map(|color| format!("color: {};", hex(color)));
        let back = self.style.background.map(|color| format!("background-color: {};", hex(color)));
        let font = self.style.font_style.map(font_css).unwrap_or_default();
        format!("{}{}{font}", fore.unwrap_or_default(), back.unwrap_or_default())
    }
}

impl<'a> Paint<'a> {
    pub(super) fn foreground(&self, palette: &Palette) -> Color {
        self.front.and_then(|rule| rule.style.foreground).unwrap_or(palette.foreground)
    }

    pub(super) fn background(&self, palette: &Palette) -> Color {
        self.back.and_then(|rule| rule.style.background).unwrap_or(palette.background)
    }

    pub(super) fn font_css(&self) -> String {
        self.font.and_then(|rule| rule.style.font_style).map(font_css).unwrap_or_default()
    }

    /// Classes of all rules, with repetitions.
    pub(super) fn classes(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let rules = [self.front, self.back, self.font].into_iter().flatten();
        rules.flat_map(|rule| rule.classes.iter().map(String::as_str))
    }
}

fn font_css(font: FontStyle) -> String {
    let parts = [
        (FontStyle::BOLD, "font-weight: bold;"),
        (FontStyle::ITALIC, "font-style: italic;"),
        (FontStyle::UNDERLINE, "text-decoration: underline;"),
    ];
    let set = parts.into_iter().filter(|(part, _)| font.contains(*part));
    set.map(|(_, css)| css).collect()
}

/// `z-` before each part of each scope; what cannot stand in a class becomes a hyphen.
fn classes(selector: &ScopeSelector) -> Vec<String> {
    let mut classes: Vec<String> = Vec::new();
    for scope in selector.path.as_slice() {
        for atom in scope.build_string().split('.').filter(|atom| !atom.is_empty()) {
            let is_fit =
                |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
            let class = format!("z-{}", atom.replace(|letter| !is_fit(letter), "-"));
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
    }
    classes
}

/// `#RRGGBB`, with the opacity where it is not whole.
pub(super) fn hex(color: Color) -> String {
    let Color { r, g, b, a } = color;
    if a == u8::MAX {
        format!("#{r:02X}{g:02X}{b:02X}")
    } else {
        format!("#{r:02X}{g:02X}{b:02X}{a:02X}")
    }
}
