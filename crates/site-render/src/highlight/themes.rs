//! Themes by name: the site's own files first, then those that come with the program.

use std::collections::BTreeMap;
use std::path::Path;

use site_model::{Diagnostic, Highlighting, Site, nearest, read_source};
use textmate::{Packed, Theme};

use super::palette::Palette;
use super::{extra_grammars, loose_json, theme_names, tm_theme};

/// The key of `markdown.highlighting` that names files of themes.
const EXTRA: &str = "extra_themes";

/// All themes there are.
#[derive(Debug)]
pub(super) struct Themes<'a> {
    own: BTreeMap<String, Theme>,
    packed: &'a Packed,
}

impl<'a> Themes<'a> {
    /// Reads the site's own themes.
    pub(super) fn load(
        site: &Site,
        asked: &Highlighting,
        packed: &'a Packed,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut own = BTreeMap::new();
        for named in &asked.extra_themes {
            for file in extra_grammars::files(&site.root, named, is_plist, diagnostics) {
                match read(&site.root, &file) {
                    Ok(theme) => drop(own.insert(name_of(&theme, &file), theme)),
                    Err(problem) => diagnostics.push(problem),
                }
            }
        }
        Self { own, packed }
    }

    /// The theme of a name, ready for use.
    pub(super) fn palette(&self, name: &str) -> Option<Palette> {
        if let Some(own) = self.own.get(name) {
            return Some(Palette::new(own.clone()));
        }
        let found = theme_names::find(name).map_or(name, |found| found.packed);
        Theme::from_json(&self.packed.theme(found)?).ok().map(Palette::new)
    }

    /// The same, with a complaint where there is none of that name or but one like it.
    pub(super) fn find(
        &self,
        site: &Site,
        key: &str,
        name: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Palette> {
        let at_key = |diagnostic: Diagnostic| {
            diagnostic.at_key(&site.root, &site.config.file, &["markdown", "highlighting", key])
        };
        let found = theme_names::find(name).filter(|_| !self.own.contains_key(name));
        if let Some(found) = found.filter(|found| !found.is_exact) {
            let near = found.packed;
            let message =
                format!("theme `{name}` does not come with this program; `{near}` stands in");
            let help = "put its JSON or tmTheme file into the site and name it in `extra_themes`";
            diagnostics.push(at_key(Diagnostic::warning(message).help(help)));
        }
        let palette = self.palette(name);
        if palette.is_none() {
            let own = self.own.keys().map(String::as_str);
            let known: Vec<&str> =
                self.packed.theme_names().chain(theme_names::all()).chain(own).collect();
            let help = match nearest(name, known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "name one of Zola's themes, such as `github-dark`, or a file of your own \
                         in `extra_themes`"
                    .to_owned(),
            };
            let message = format!("there is no theme `{name}` for code");
            diagnostics.push(at_key(Diagnostic::error(message)).help(help));
        }
        palette
    }
}

fn is_plist(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "tmTheme")
}

fn read(root: &Path, file: &Path) -> Result<Theme, Diagnostic> {
    let text = read_source(root, file)?;
    let json = if is_plist(file) { tm_theme::read(&text) } else { loose_json::read(&text) };
    let theme = json.and_then(|json| Theme::from_json(&json));
    theme.map_err(|why| {
        let help = format!("`{EXTRA}` takes themes of VS Code (JSON) and of TextMate (tmTheme)");
        Diagnostic::error(format!("no theme for code: {why}")).in_file(file).help(help)
    })
}

fn name_of(theme: &Theme, file: &Path) -> String {
    let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    theme.name.clone().filter(|_| !is_plist(file)).unwrap_or_else(stem)
}
