//! Files that templates name: found as Zola finds them, and never outside of the site.
//!
//! What a build makes (compiled style sheets, processed images) and where it puts things (assets beside
//! their page's address) is known before anything is written, so the same template finds the same
//! whether or not there was a build before.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError};

use site_model::{Site, nearest};

use crate::dependencies::note_file;
use crate::images::Processed;
use crate::library::Library;
use crate::output::Contents;
use crate::plan;
use crate::search_index;

/// What a path of a template stands for.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// A file of the site or its theme.
    File(PathBuf),
    /// An image that this build makes.
    Image(Arc<Processed>),
    /// A text that this build makes: a compiled style sheet, a search index.
    Made(Arc<str>),
}

impl Found {
    /// Its bytes; an image is made for that if it has not been yet.
    pub(crate) fn bytes(&self, library: &Library) -> Result<Vec<u8>, String> {
        let read = |file: &Path| std::fs::read(file).map_err(|error| error.to_string());
        match self {
            Self::File(file) => read(file),
            Self::Made(text) => Ok(text.as_bytes().to_vec()),
            Self::Image(image) => match library.images.make(image)? {
                Contents::Bytes(bytes) => Ok(bytes),
                Contents::Copy(file) => read(&file),
            },
        }
    }

    /// How many bytes it has.
    pub(crate) fn len_bytes(&self, library: &Library) -> Result<u64, String> {
        match self {
            Self::File(file) => Ok(file.metadata().map_err(|error| error.to_string())?.len()),
            other => Ok(other.bytes(library)?.len() as u64),
        }
    }
}

/// The file a template means, or why there is none. Asked for by every page, looked for once.
pub(crate) fn find(library: &Library, path: &str) -> Result<Option<Found>, String> {
    if let Some(image) = library.images.processed(path) {
        return Ok(Some(Found::Image(image)));
    }
    match known_file(library, path)? {
        Some(Found::File(file)) => {
            note_file(&file);
            Ok(Some(Found::File(file)))
        }
        Some(found) => Ok(Some(found)),
        None => {
            let path = path.trim_start_matches('/');
            let address = below_output(library, path).unwrap_or(path);
            Ok(search_index::of_path(library, address).map(Found::Made))
        }
    }
}

fn known_file(library: &Library, path: &str) -> Result<Option<Found>, String> {
    let mut found = library.found_files.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = found.get(path) {
        return Ok(known.clone());
    }
    let file = look_for(library, path)?;
    found.insert(path.to_owned(), file.clone());
    Ok(file)
}

/// The path below the output folder, where it names that.
fn below_output<'p>(library: &Library, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(library.config().output_dir.as_str())?.strip_prefix('/')
}

/// `@/` stands for `content/`; then the root, `static/`, `content/`, what this build makes, the theme's
/// `static/` and the theme's folder are looked through in this order. A name of the output folder
/// means what this build makes, never what an earlier one left there.
fn look_for(library: &Library, path: &str) -> Result<Option<Found>, String> {
    let relative = match path.strip_prefix("@/") {
        Some(rest) => format!("content/{rest}"),
        None => path.trim_start_matches('/').to_owned(),
    };
    let root = &library.site.root;
    let own = [root.to_path_buf(), root.join("static"), root.join("content")];
    if path.contains('\0') || own.iter().all(|folder| below(root, folder, &relative).is_none()) {
        return Err(format!("path `{}` leads out of the site", path.escape_debug()));
    }
    if let Some(address) = below_output(library, &relative) {
        return Ok(made(library, address));
    }
    if let Some(file) = first_file(library, path, &own, &relative)? {
        return Ok(Some(file));
    }
    if let Some(made) = made(library, &relative) {
        return Ok(Some(made));
    }
    let Some(theme) = &library.config().theme else { return Ok(None) };
    let theme = root.join("themes").join(theme);
    first_file(library, path, &[theme.join("static"), theme], &relative)
}

/// A path seen from a folder; `..` may lead out of the folder, but not out of the site.
fn below(root: &Path, folder: &Path, relative: &str) -> Option<PathBuf> {
    let mut place = folder.to_path_buf();
    for part in Path::new(relative).components() {
        match part {
            Component::Normal(name) => place.push(name),
            Component::ParentDir if place != root => {
                place.pop();
            }
            _ => return None,
        }
    }
    Some(place)
}

fn first_file(
    library: &Library,
    path: &str,
    folders: &[PathBuf],
    relative: &str,
) -> Result<Option<Found>, String> {
    let root = &library.site.root;
    let mut files = folders.iter().filter_map(|folder| below(root, folder, relative));
    let file = files.find(|file| file.is_file());
    file.map(|file| inside(library, path, file).map(Found::File)).transpose()
}

/// What this build puts at an address of the output.
fn made(library: &Library, address: &str) -> Option<Found> {
    let published = library.published.get_or_init(|| published(&library.site));
    let file = published.get(address).map(|file| Found::File(file.clone()));
    file.or_else(|| library.styles.get(address).cloned().map(Found::Made))
}

/// Static files and assets by their place in the output.
fn published(site: &Site) -> BTreeMap<String, PathBuf> {
    let sections = site.sections.iter().map(|it| &it.source);
    let sources = sections.chain(site.pages.iter().map(|it| &it.source));
    let assets = sources.flat_map(|source| {
        source
            .assets
            .iter()
            .map(|asset| (plan::asset_path(source, asset), site.root.join("content").join(asset)))
    });
    assets.chain(site.static_files.iter().cloned()).collect()
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

/// Says that there is no such file, and which one may have been meant.
pub(crate) fn missing(library: &Library, what: &str, path: &str) -> String {
    const FOLDERS: [&str; 5] = ["@/", "/static/", "static/", "content/", "/"];
    let site = &library.site;
    let sections = site.sections.iter().map(|it| &it.source);
    let sources = sections.chain(site.pages.iter().map(|it| &it.source));
    let assets = sources.flat_map(|source| source.assets.iter().map(String::as_str));
    let static_files = site.static_files.iter().map(|(path, _)| path.as_str());
    let styles = library.styles.keys().map(String::as_str);
    let known: Vec<&str> = assets.chain(static_files).chain(styles).collect();
    let folder = FOLDERS.into_iter().find(|folder| path.starts_with(folder)).unwrap_or_default();
    let bare = &path[folder.len()..];
    let same_name = || {
        let name = bare.rsplit('/').next()?;
        known.iter().find(|known| known.rsplit('/').next() == Some(name)).copied()
    };
    match nearest(bare, known.iter().copied()).or_else(same_name) {
        Some(known) => format!("there is no {what} `{path}`; did you mean `{folder}{known}`?"),
        None => format!("there is no {what} `{path}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dots_stay_within_the_site() {
        let root = Path::new("/site");
        let table = [
            ("a/b.toml", Some("/site/content/a/b.toml")),
            ("../config.toml", Some("/site/config.toml")),
            ("a/../../static/b", Some("/site/static/b")),
            ("../../site/b", None),
            ("/etc/passwd", None),
            ("./a", None),
        ];
        for (path, expected) in table {
            let found = below(root, &root.join("content"), path);
            assert_eq!(found.as_deref(), expected.map(Path::new), "{path}");
        }
    }
}
