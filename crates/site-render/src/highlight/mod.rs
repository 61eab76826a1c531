//! Colours of code: what the configuration asks for, done with grammars of Sublime Text and themes
//! of Sublime Text or VS Code.
//!
//! ```text
//! fence  ─▶ Fence (language, lines, name)          ┐
//! code   ─▶ grammar ─▶ pieces with scopes ─▶ paint ├─▶ <pre class="giallo" …><code data-lang=…>
//! theme  ─▶ palette ─▶ colours or classes          ┘
//! ```
//!
//! Grammars are read when the first block of their language is met; what a theme says of a stack of
//! scopes is worked out once and handed from block to block.

mod brush;
mod extra_grammars;
mod fence;
mod json_theme;
mod languages;
mod painter;
mod palette;
mod theme_names;
mod themes;

use std::sync::Mutex;

use site_model::{Diagnostic, HighlightThemes, Highlighting, Site};
use syntect::parsing::SyntaxReference;

use brush::Brush;
pub(crate) use fence::Fence;
use languages::Language;
use painter::{Known, Painter};
use palette::Palette;

/// Colours code as the configuration asks for.
#[derive(Debug)]
pub(crate) struct Highlighter {
    brush: Brush,
    style_sheets: Vec<(String, String)>,
    /// Languages known by name only.
    extra_languages: Vec<String>,
    /// Whether an unknown language stops the build.
    pub(crate) is_strict: bool,
    /// What is known of scopes already: taken for a block, given back after it.
    known: Mutex<Vec<Known>>,
}

impl Highlighter {
    /// The highlighter of a site, if it asks for one.
    pub(crate) fn new(site: &Site, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let asked = site.config.markdown.highlighting.as_ref()?;
        let extra_languages = extra_grammars::names(site, asked, diagnostics);
        let themes = themes::Themes::load(site, asked, diagnostics);
        let mut find = |key: &str, name: &str| themes.find(site, key, name, diagnostics);
        let palettes: Vec<Palette> = match &asked.themes {
            HighlightThemes::Single(name) => find("theme", name).into_iter().collect(),
            HighlightThemes::Dual { light, dark } => {
                let light = find("light_theme", light)?;
                vec![light, find("dark_theme", dark)?]
            }
        };
        if palettes.is_empty() {
            return None;
        }
        Some(Self {
            style_sheets: style_sheets(asked, &themes),
            brush: Brush::new(palettes, asked.style),
            extra_languages,
            is_strict: asked.error_on_missing_language,
            known: Mutex::default(),
        })
    }

    /// Style sheets to be written: file name and text.
    pub(crate) fn style_sheets(&self) -> &[(String, String)] {
        &self.style_sheets
    }

    /// HTML of a block, and whether its language is known.
    pub(crate) fn block(&self, fence: &Fence<'_>, code: &str) -> (String, bool) {
        let language =
            self.extra_language(fence.language).or_else(|| languages::find(fence.language));
        let shown = language.as_ref().map_or(languages::PLAIN, |language| &language.name);
        let mut html = self.brush.opening();
        html.push_str(&fence.code_tag(shown));
        self.lines(language.as_ref().and_then(|it| it.syntax), fence, code, &mut html);
        html.push_str("</code></pre>");
        (html, language.is_some())
    }

    fn extra_language(&self, word: &str) -> Option<Language> {
        let word = word.to_lowercase();
        let name = self.extra_languages.iter().find(|name| **name == word)?;
        Some(Language { name: name.clone(), syntax: None })
    }

    fn lines(
        &self,
        syntax: Option<&'static SyntaxReference>,
        fence: &Fence<'_>,
        code: &str,
        html: &mut String,
    ) {
        let lock = || self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = lock().pop().unwrap_or_default();
        let mut painter = Painter::new(&self.brush, syntax, known);
        let start = html.len();
        let width = fence.number_width(code.lines().count());
        for (number, line) in (1..).zip(code.lines()) {
            let before = html.len();
            if before > start {
                html.push('\n');
            }
            html.push_str(&self.brush.line_tag(fence.is_marked(number)));
            if let Some(shown) = fence.shown_number(number) {
                html.push_str(&self.brush.line_number(shown, width));
            }
            painter.line(line, html);
            html.push_str("</span>");
            // A hidden line has moved the grammar on all the same.
            if fence.is_hidden(number) {
                html.truncate(before);
            }
        }
        lock().push(painter.into_known());
    }
}

fn style_sheets(asked: &Highlighting, themes: &themes::Themes) -> Vec<(String, String)> {
    let sheet = |(theme, file): &(String, String)| {
        themes.palette(theme).map(|palette| (file.clone(), palette.style_sheet(theme)))
    };
    asked.style_sheets.iter().filter_map(sheet).collect()
}
