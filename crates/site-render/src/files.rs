//! Files that templates name: found as Zola finds them, and never outside of the site.

use std::path::{Component, Path, PathBuf};
use std::sync::PoisonError;

use crate::dependencies::note_file;
use crate::library::Library;

/// The file a template means, or why there is none. Asked for by every page, looked for once.
pub(crate) fn find(library: &Library, path: &str) -> Result<Option<PathBuf>, String> {
    let mut found = library.found_files.lock().unwrap_or_else(PoisonError::into_inner);
    let file = match found.get(path) {
        Some(known) => known.clone(),
        None => look_for(library, path)?,
    };
    if let Some(file) = &file {
        note_file(file);
    }
    found.entry(path.to_owned()).or_insert_with(|| file.clone());
    Ok(file)
}

/// `@/` stands for `content/`; then the root, `static/`, `content/`, the theme's `static/` and the
/// theme's folder are looked through in this order.
fn look_for(library: &Library, path: &str) -> Result<Option<PathBuf>, String> {
    let relative = match path.strip_prefix("@/") {
        Some(rest) => format!("content/{rest}"),
        None => path.trim_start_matches('/').to_owned(),
    };
    let relative = Path::new(&relative);
    let is_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || path.contains('\0') {
        return Err(format!("path `{}` leads out of the site", path.escape_debug()));
    }
    let root = &library.site.root;
    let mut folders = vec![root.to_path_buf(), root.join("static"), root.join("content")];
    if let Some(theme) = &library.config().theme {
        let theme = root.join("themes").join(theme);
        folders.extend([theme.join("static"), theme]);
    }
    for folder in folders {
        let file = folder.join(relative);
        if file.is_file() {
            return inside(library, path, file).map(Some);
        }
    }
    Ok(None)
}

/// Symbolic links may lead out of the site as well.
fn inside(library: &Library, path: &str, file: PathBuf) -> Result<PathBuf, String> {
    let real = file.canonicalize().map_err(|error| format!("cannot read {path}: {error}"))?;
    if real.starts_with(&library.real_root) {
        Ok(file)
    } else {
        Err(format!("path `{path}` leads out of the site"))
    }
}
