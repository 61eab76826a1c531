//! Languages whose grammars a site brings along. Their code is shown without colours, as the grammars
//! are `TextMate`'s; but their names are known, so that they are no mistake.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use site_model::{Diagnostic, Highlighting, Site, read_source};

/// Endings of grammars of older versions, which lie together in folders.
const OLDER: [&str; 2] = ["sublime-syntax", "tmLanguage"];

/// Names of the languages, in lower case.
pub(super) fn names(
    site: &Site,
    asked: &Highlighting,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let mut names = Vec::new();
    for named in &asked.extra_grammars {
        for file in files(&site.root, named, diagnostics) {
            match name(&site.root, &file) {
                Ok(name) => {
                    diagnostics.push(without_colours(site, &name, &file));
                    names.push(name.to_lowercase());
                }
                Err(problem) => diagnostics.push(problem),
            }
        }
    }
    names
}

fn files(root: &Path, named: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let path = Path::new(named);
    if !root.join(path).is_dir() {
        return vec![path.to_path_buf()];
    }
    let below = site_model::files_below(root, path, diagnostics);
    below.iter().map(|name| path.join(name)).filter(|file| is_older(file)).collect()
}

fn is_older(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| OLDER.contains(&ending))
}

fn name(root: &Path, file: &Path) -> Result<String, Diagnostic> {
    if is_older(file) {
        return Ok(file.file_stem().unwrap_or_default().to_string_lossy().into_owned());
    }
    let text = read_source(root, file)?;
    let fault = |why: String| {
        Diagnostic::error(format!("no grammar: {why}"))
            .in_file(file)
            .help("`extra_grammars` takes TextMate grammars as JSON, with `name` and `scopeName`")
    };
    let json: Json = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let name = json.get("name").and_then(Json::as_str).map(str::to_owned);
    name.ok_or_else(|| fault("it has no `name`".to_owned()))
}

fn without_colours(site: &Site, name: &str, file: &Path) -> Diagnostic {
    let message = format!("code in `{name}` has no colours: `{}` is not read", file.display());
    Diagnostic::warning(message)
        .at_key(&site.root, &site.config.file, &["markdown", "highlighting", "extra_grammars"])
        .help("TextMate grammars of a site's own are known by name only")
}
