//! How colours are written: as `style` or as classes, of one theme or of two.

use site_model::HighlightStyle;
use textmate::{Color, Memory, Painted, ScopeId};

use super::palette::{Palette, font_css};

/// How pieces look.
#[derive(Debug)]
pub(super) struct Look {
    /// As `style`; pieces with the same are written as one.
    pub(super) css: String,
    /// Whether a line goes under it or through it.
    pub(super) is_lined: bool,
    /// Classes of each rule that counts.
    pub(super) classes: Vec<Box<str>>,
}

/// One theme or two, and how they are written.
#[derive(Debug)]
pub(super) struct Brush {
    /// One, or the light one before the dark one.
    palettes: Vec<Palette>,
    style: HighlightStyle,
}

impl Brush {
    pub(super) fn new(palettes: Vec<Palette>, style: HighlightStyle) -> Self {
        Self { palettes, style }
    }

    /// `<pre>` of a block.
    pub(super) fn opening(&self) -> String {
        if self.style == HighlightStyle::Class {
            return "<pre class=\"giallo z-code\">".to_owned();
        }
        let scheme = if self.palettes.len() > 1 { "color-scheme: light dark; " } else { "" };
        let front = self.property("color", |palette| Some(palette.foreground));
        let back = self.property("background-color", |palette| Some(palette.background));
        format!("<pre class=\"giallo\" style=\"{scheme}{front} {back}\">")
    }

    /// `<span>` of a line.
    pub(super) fn line_tag(&self, is_marked: bool) -> String {
        if !is_marked {
            return "<span class=\"giallo-l\">".to_owned();
        }
        if self.style == HighlightStyle::Class {
            return "<span class=\"giallo-l z-hl\">".to_owned();
        }
        let back = self.property("background-color", |palette| palette.marked_background);
        format!("<span class=\"giallo-l\"{}>", style(&back))
    }

    /// The number of a line.
    ///
    /// - `width`: characters it is filled up to.
    pub(super) fn line_number(&self, number: i64, width: usize) -> String {
        let front = match self.style {
            HighlightStyle::Class => String::new(),
            HighlightStyle::Inline => self.property("color", |palette| palette.number_foreground),
        };
        format!(
            "<span aria-hidden=\"true\" class=\"giallo-ln\"{}>{number:>width$}</span>",
            style(&front)
        )
    }

    /// How pieces with these scopes look.
    pub(super) fn look(&self, memory: &Memory, stack: ScopeId) -> Look {
        let painted: Vec<Painted> =
            self.palettes.iter().map(|palette| palette.paint(memory, stack)).collect();
        let mut classes: Vec<Box<str>> = Vec::new();
        if self.style == HighlightStyle::Class {
            for (palette, painted) in self.palettes.iter().zip(&painted) {
                for rule in [painted.front, painted.back].into_iter().flatten() {
                    let class = palette.classes(rule);
                    if !classes.iter().any(|known| **known == *class) {
                        classes.push(Box::from(class));
                    }
                }
            }
        }
        let font = painted.first().and_then(|paint| paint.style.font).unwrap_or_default();
        let is_lined = font.is_underlined || font.is_struck;
        Look { css: self.css(&painted), is_lined, classes }
    }

    /// Whether pieces that follow one another are written as one: with two themes none are.
    pub(super) fn are_alike(&self, one: &Look, other: &Look) -> bool {
        self.palettes.len() == 1 && one.css == other.css
    }

    /// The opening tag of pieces that look alike.
    pub(super) fn tag(&self, css: &str, classes: &[&str]) -> String {
        match self.style {
            HighlightStyle::Class if classes.is_empty() => "<span>".to_owned(),
            HighlightStyle::Class => format!("<span class=\"{}\">", classes.join(" ")),
            HighlightStyle::Inline => format!("<span{}>", style(css)),
        }
    }

    fn css(&self, painted: &[Painted]) -> String {
        let mut css = String::new();
        let pairs = || self.palettes.iter().zip(painted);
        let fronts = || pairs().map(|(it, paint)| paint.style.foreground.unwrap_or(it.foreground));
        let backs = || pairs().map(|(it, paint)| paint.style.background.unwrap_or(it.background));
        if !fronts().eq(self.palettes.iter().map(|palette| palette.foreground)) {
            css.push_str(&property("color", &fronts().collect::<Vec<_>>()));
        }
        if !backs().eq(self.palettes.iter().map(|palette| palette.background)) {
            css.push_str(&property("background-color", &backs().collect::<Vec<_>>()));
        }
        let font = painted.first().and_then(|paint| paint.style.font);
        css.push_str(&font.map(font_css).unwrap_or_default());
        css
    }

    /// A property with the colour of each theme, if each has one.
    fn property(&self, name: &str, of: impl Fn(&Palette) -> Option<Color>) -> String {
        let colors: Option<Vec<Color>> = self.palettes.iter().map(of).collect();
        colors.map(|colors| property(name, &colors)).unwrap_or_default()
    }
}

fn style(css: &str) -> String {
    if css.is_empty() { String::new() } else { format!(" style=\"{css}\"") }
}

fn property(name: &str, colors: &[Color]) -> String {
    match colors {
        [light, dark] => format!("{name}: light-dark({light}, {dark});"),
        [color, ..] => format!("{name}: {color};"),
        [] => String::new(),
    }
}
