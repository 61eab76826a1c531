//! How colours are written: as `style` or as classes, of one theme or of two.

use site_model::HighlightStyle;
use syntect::highlighting::Color;
use syntect::parsing::Scope;

use super::palette::{Paint, Palette, hex};

/// The tag of a piece without colours of its own.
pub(super) const BARE: &str = "<span>";

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

    /// The opening tag of a piece with these scopes.
    pub(super) fn tag(&self, scopes: &[Scope]) -> String {
        let paints: Vec<Paint<'_>> =
            self.palettes.iter().map(|palette| palette.paint(scopes)).collect();
        match self.style {
            HighlightStyle::Inline => self.inline_tag(&paints),
            HighlightStyle::Class => class_tag(&paints),
        }
    }

    fn inline_tag(&self, paints: &[Paint<'_>]) -> String {
        let pairs = || self.palettes.iter().zip(paints);
        let mut css = String::new();
        if pairs().any(|(palette, paint)| paint.foreground(palette) != palette.foreground) {
            let colors: Vec<Color> = pairs().map(|(it, paint)| paint.foreground(it)).collect();
            css.push_str(&property("color", &colors));
        }
        if pairs().any(|(palette, paint)| paint.background(palette) != palette.background) {
            let colors: Vec<Color> = pairs().map(|(it, paint)| paint.background(it)).collect();
            css.push_str(&property("background-color", &colors));
        }
        if let Some(first) = paints.first() {
            css.push_str(&first.font_css());
        }
        if css.is_empty() { BARE.to_owned() } else { format!("<span style=\"{css}\">") }
    }

    /// A property with the colour of each theme, if each has one.
    fn property(&self, name: &str, of: impl Fn(&Palette) -> Option<Color>) -> String {
        let colors: Option<Vec<Color>> = self.palettes.iter().map(of).collect();
        colors.map(|colors| property(name, &colors)).unwrap_or_default()
    }
}

fn class_tag(paints: &[Paint<'_>]) -> String {
    let mut classes: Vec<&str> = Vec::new();
    for class in paints.iter().flat_map(Paint::classes) {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    if classes.is_empty() {
        BARE.to_owned()
    } else {
        format!("<span class=\"{}\">", classes.join(" "))
    }
}

fn style(css: &str) -> String {
    if css.is_empty() { String::new() } else { format!(" style=\"{css}\"") }
}

fn property(name: &str, colors: &[Color]) -> String {
    match colors {
        [light, dark] => format!("{name}: light-dark({}, {});", hex(*light), hex(*dark)),
        [color, ..] => format!("{name}: {};", hex(*color)),
        [] => String::new(),
    }
}
