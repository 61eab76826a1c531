//! Colours of code: what the configuration asks for, done with grammars of `TextMate` and themes of VS
//! Code.
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
mod languages;
mod loose_json;
mod painter;
mod palette;
mod theme_names;
mod themes;
mod tm_theme;

use std::sync::Mutex;

use site_model::{Diagnostic, HighlightThemes, Highlighting, Site};
use textmate::{Grammars, Packed};

use brush::Brush;
pub(crate) use fence::Fence;
use languages::Languages;
use painter::{Known, Painter};
use palette::Palette;

/// Colours code as the configuration asks for.
#[derive(Debug)]
pub(crate) struct Highlighter {
    brush: Brush,
    style_sheets: Vec<(String, String)>,
    languages: Languages,
    grammars: Grammars,
    /// Whether an unknown language stops the build.
    pub(crate) is_strict: bool,
    /// What is known of scopes already: taken for a block, given back after it.
    known: Mutex<Vec<Known>>,
}

impl Highlighter {
    /// The highlighter of a site, if it asks for one.
    pub(crate) fn new(site: &Site, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let asked = site.config.markdown.highlighting.as_ref()?;
        let packed = Packed::embedded();
        let extra = extra_grammars::load(site, asked, diagnostics);
        let themes = themes::Themes::load(site, asked, &packed, diagnostics);
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
            grammars: Grammars::new(packed.sources().chain(extra.sources).collect()),
            languages: Languages::new(extra.languages, packed.languages),
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
        let language = self.languages.find(fence.language);
        let mut html = self.brush.opening();
        html.push_str(
            &fence.code_tag(language.map_or(languages::PLAIN, |language| &language.name)),
        );
        self.lines(language.map(|language| language.scope.as_str()), fence, code, &mut html);
        html.push_str("</code></pre>");
        (html, language.is_some())
    }

    fn lines(&self, scope: Option<&str>, fence: &Fence<'_>, code: &str, html: &mut String) {
        let lock = || self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = lock().pop().unwrap_or_default();
        let mut painter = Painter::new(&self.brush, &self.grammars, scope, known);
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

fn style_sheets(asked: &Highlighting, themes: &themes::Themes<'_>) -> Vec<(String, String)> {
    let sheet = |(theme, file): &(String, String)| {
        themes.palette(theme).map(|palette| (file.clone(), palette.style_sheet(theme)))
    };
    asked.style_sheets.iter().filter_map(sheet).collect()
}
