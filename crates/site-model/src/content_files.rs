//! Walking a site's folders: which Markdown files, assets and static files there are.
//!
//! A symbolic link is followed to a file of the same site or theme alone: a theme from somebody else must
//! not publish what lies around it, nor hidden files. Entries come sorted, so that every run sees the same order.

use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::config::Globs;
use crate::{Diagnostic, source_file};

/// One file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    /// Path below the walked folder, with `/`.
    pub(crate) relative: String,
}

/// Deepest folder taken; deeper ones are most likely a loop of mounts.
const MAX_FOLDER_DEPTH: usize = 64;

/// All files below `root/folder` in order; none when the folder is not there.
///
/// Patterns are held against the path below `folder` and, since Zola asks with the whole path of the
/// machine and `*/README.md` means the topmost one too, against the path from the site's root.
pub(crate) fn walk(
    root: &Path,
    folder: &Path,
    ignored: &Globs,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<FoundFile> {
    let base = root.join(folder);
    if !base.is_dir() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let walk = WalkDir::new(&base).min_depth(1).max_depth(MAX_FOLDER_DEPTH).sort_by_file_name();
    let mut entries = walk.into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                diagnostics.push(unreadable(root, folder, &error));
                continue;
            }
        };
        let relative = entry.path().strip_prefix(&base).unwrap_or(entry.path());
        if ignored.matches(relative) || ignored.matches(&Path::new("/").join(folder).join(relative))
        {
            if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
            continue;
        }
        if entry.file_type().is_symlink() && !leads_inside(entry.path(), &base) {
            diagnostics.push(link_outside(folder.join(relative)));
            continue;
        }
        found.extend(file(&entry, relative, folder, diagnostics));
    }
    found
}

fn file(
    entry: &DirEntry,
    relative: &Path,
    folder: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FoundFile> {
    if entry.file_type().is_dir() {
        return None;
    }
    let shown = folder.join(relative);
    if !entry.file_type().is_file() && !entry.file_type().is_symlink() {
        let message = "neither a file nor a folder";
        diagnostics.push(Diagnostic::warning(message).in_file(shown).help("remove it"));
        return None;
    }
    let Some(relative) = slash_path(relative) else {
        diagnostics.push(
            Diagnostic::error("file name is not UTF-8")
                .in_file(PathBuf::from(shown.to_string_lossy().into_owned()))
                .help("rename the file"),
        );
        return None;
    };
    Some(FoundFile { relative })
}

/// Whether a link in `base` (`static`, `themes/a/static` …) leads to a file that is not hidden and
/// lies beside it or below.
fn leads_inside(link: &Path, base: &Path) -> bool {
    let owner = base.parent().and_then(|owner| owner.canonicalize().ok());
    let Some((owner, target)) = owner.zip(link.canonicalize().ok()) else { return false };
    let is_hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
    target.strip_prefix(&owner).is_ok_and(|below| !below.components().any(is_hidden))
        && target.is_file()
}

fn link_outside(shown: PathBuf) -> Diagnostic {
    Diagnostic::warning("symbolic link to no file of this site is not followed")
        .in_file(shown)
        .help("copy the file there, so that the site is whole wherever it is built")
}

/// The path with `/` between its parts; `None` when it is not UTF-8.
fn slash_path(path: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

fn unreadable(root: &Path, folder: &Path, error: &walkdir::Error) -> Diagnostic {
    let path = error.path().map_or_else(|| root.join(folder), Path::to_path_buf);
    let file = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
    match error.io_error() {
        Some(io) => source_file::io_diagnostic(&file, io),
        None => Diagnostic::error(format!("folder cannot be read: {error}")).in_file(file),
    }
}

/// Paths below `root/folder` of all files there, sorted, with `/`; none when it is not there.
/// Unreadable folders are complained of, and symbolic links that lead elsewhere, which are not followed.
pub fn files_below(root: &Path, folder: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
    let found = walk(root, folder, &Globs::default(), diagnostics);
    found.into_iter().map(|file| file.relative).collect()
}
