//! Languages whose grammars a site brings along.
//!
//! Grammars of Sublime Text, which versions of Zola before 0.22 took, are not read: their names are
//! known, so that they are no mistake, and their code is shown without colours.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use site_model::{Diagnostic, Highlighting, Site, read_source};
use textmate::{Language, Source};

use super::loose_json;

/// Endings of grammars of older versions, which lie together in folders.
const OLDER: [&str; 2] = ["sublime-syntax", "tmLanguage"];

/// What a site brings along.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) languages: Vec<Language>,
    pub(super) sources: Vec<Source>,
}

/// Reads the grammars.
pub(super) fn load(site: &Site, asked: &Highlighting, diagnostics: &mut Vec<Diagnostic>) -> Extra {
    let mut extra = Extra::default();
    for named in &asked.extra_grammars {
        for file in files(&site.root, named, is_older, diagnostics) {
            if is_older(&file) {
                let language = older(&file);
                diagnostics.push(without_colours(site, &language.name, &file));
                extra.languages.push(language);
                continue;
            }
            match read(&site.root, &file) {
                Ok((language, source)) => {
                    extra.languages.push(language);
                    extra.sources.push(source);
                }
                Err(problem) => diagnostics.push(problem),
            }
        }
    }
    extra
}

/// The file that is named, or of a folder all that it is named for.
pub(super) fn files(
    root: &Path,
    named: &str,
    is_meant: impl Fn(&Path) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PathBuf> {
    let path = Path::new(named);
    if !root.join(path).is_dir() {
        return vec![path.to_path_buf()];
    }
    let below = site_model::files_below(root, path, diagnostics);
    below.iter().map(|name| path.join(name)).filter(|file| is_meant(file)).collect()
}

fn is_older(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| OLDER.contains(&ending))
}

/// A grammar that is known by name only.
fn older(file: &Path) -> Language {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    Language { name, aliases: Vec::new(), scope: String::new() }
}

fn read(root: &Path, file: &Path) -> Result<(Language, Source), Diagnostic> {
    let text = read_source(root, file)?;
    let fault = |why: &str| {
        Diagnostic::error(format!("no grammar: {why}"))
            .in_file(file)
            .help("`extra_grammars` takes TextMate grammars as JSON, with `name` and `scopeName`")
    };
    let json = loose_json::read(&text).map_err(|error| fault(&error))?;
    let of = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let name = of("name").ok_or_else(|| fault("it has no `name`"))?;
    let scope = of("scopeName").ok_or_else(|| fault("it has no `scopeName`"))?;
    let language = Language { name, aliases: Vec::new(), scope: scope.clone() };
    let read = Box::new(move || Some(json.clone()));
    Ok((language, Source { scope, read }))
}

fn without_colours(site: &Site, name: &str, file: &Path) -> Diagnostic {
    let message = format!("code in `{name}` has no colours: `{}` is not read", file.display());
    Diagnostic::warning(message)
        .at_key(&site.root, &site.config.file, &["markdown", "highlighting", "extra_grammars"])
        .help("name its TextMate grammar (JSON) instead")
}
