//! Highlighting of code as configured: `markdown.highlighting`.

use crate::fields::{Fields, Reading};

/// What colours code gets, and how they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlighting {
    /// The theme, or one for each scheme of colours.
    pub themes: HighlightThemes,
    /// How colours are written.
    pub style: HighlightStyle,
    /// Whether a language that nobody knows stops the build.
    pub error_on_missing_language: bool,
    /// Files of grammars, relative to the site's root.
    pub extra_grammars: Vec<String>,
    /// Files of themes, or folders of them, relative to the site's root.
    pub extra_themes: Vec<String>,
    /// Theme and file name of each style sheet.
    pub style_sheets: Vec<(String, String)>,
}

/// Which themes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HighlightThemes {
    /// One for all readers.
    Single(String),
    /// One for readers who prefer light, one for those who prefer dark.
    Dual {
        /// Theme on light ground.
        light: String,
        /// Theme on dark ground.
        dark: String,
    },
}

/// How colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HighlightStyle {
    /// As `style` of each piece.
    #[default]
    Inline,
    /// As classes; style sheets are written beside.
    Class,
}

/// Key of the style sheets that older versions were told to write.
pub(crate) const OLD_STYLE_SHEETS: &str = "highlight_themes_css";

const STYLES: &[(&str, HighlightStyle)] =
    &[("inline", HighlightStyle::Inline), ("class", HighlightStyle::Class)];

/// Reads the table; without a theme there is nothing to highlight with.
pub(crate) fn read(mut table: Fields, to: &mut Reading<'_>) -> Option<Highlighting> {
    let theme = table.filled_text("theme", to);
    let light = table.filled_text("light_theme", to);
    let dark = table.filled_text("dark_theme", to);
    let style = table.choice("style", STYLES, to).unwrap_or_default();
    let older = older_style_sheets(&mut table, to);
    let error_on_missing_language = table.flag("error_on_missing_language", to).unwrap_or(false);
    let extra_grammars = table.texts("extra_grammars", to).unwrap_or_default();
    let extra_themes = table.texts("extra_themes", to).unwrap_or_default();
    table.finish(to);
    let themes = match (theme, light, dark) {
        (Some(theme), ..) => HighlightThemes::Single(theme),
        (None, Some(light), Some(dark)) => HighlightThemes::Dual { light, dark },
        (None, light, dark) => {
            complain_of_lack(light.as_ref().or(dark.as_ref()), to);
            return None;
        }
    };
    let style_sheets = older.unwrap_or_else(|| style_sheets(&themes, style));
    Some(Highlighting {
        themes,
        style,
        error_on_missing_language,
        extra_grammars,
        extra_themes,
        style_sheets,
    })
}

fn complain_of_lack(half: Option<&String>, to: &mut Reading<'_>) {
    let message = match half {
        Some(_) => "`markdown.highlighting` has but one of `light_theme` and `dark_theme`",
        None => "`markdown.highlighting` names no theme",
    };
    let start = to.text.find("highlighting").unwrap_or_default();
    let help = "set `theme`, or both `light_theme` and `dark_theme`";
    to.error_with_help(message, &(start..start + "highlighting".len()), help);
}

fn style_sheets(themes: &HighlightThemes, style: HighlightStyle) -> Vec<(String, String)> {
    let sheet = |theme: &String, file: &str| (theme.clone(), file.to_owned());
    match (style, themes) {
        (HighlightStyle::Inline, _) => Vec::new(),
        (HighlightStyle::Class, HighlightThemes::Single(theme)) => vec![sheet(theme, "giallo.css")],
        (HighlightStyle::Class, HighlightThemes::Dual { light, dark }) => {
            vec![sheet(light, "giallo-light.css"), sheet(dark, "giallo-dark.css")]
        }
    }
}

/// `highlight_themes_css = [{ theme = "…", filename = "…" }]`.
fn older_style_sheets(table: &mut Fields, to: &mut Reading<'_>) -> Option<Vec<(String, String)>> {
    let entry = table.take_unlisted(OLD_STYLE_SHEETS)?;
    let crate::data::Data::List(items) = entry.value.data else {
        to.error(format!("`{OLD_STYLE_SHEETS}` must be a list of tables"), &entry.value.span);
        return None;
    };
    let sheets = items.into_iter().filter_map(|item| {
        let crate::data::Data::Table(entries) = item.data else {
            to.error(format!("`{OLD_STYLE_SHEETS}` must hold tables only"), &item.span);
            return None;
        };
        let mut sheet = Fields::new(entries, format!("{OLD_STYLE_SHEETS}."));
        let theme = sheet.text("theme", to)?;
        let (file, span) = sheet.text_node("filename", to)?;
        if let Some(fault) = file.split('/').find_map(crate::slugify::segment_fault) {
            to.error(format!("`{file}` is no file name: {fault}"), &span);
            return None;
        }
        Some((theme, file))
    });
    Some(sheets.collect())
}
