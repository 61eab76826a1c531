//! Changes of the site's files, gathered into rebuilds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::failure::{Failure, Outcome};

/// Folders of a site that a build reads.
const FOLDERS: [&str; 7] = ["content", "data", "i18n", "sass", "static", "templates", "themes"];

/// Running watch of a site's files.
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    changes: Receiver<PathBuf>,
    root: PathBuf,
    extra: Vec<PathBuf>,
}

/// Starts watching; changes from now on are not lost.
pub(super) fn start(root: &Path, extra: &[PathBuf]) -> Outcome<Watch> {
    let (sender, changes) = mpsc::channel();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        for path in event.paths {
            // The receiver is gone only when the server is ending.
            let _ = sender.send(path);
        }
    });
    let watcher = watcher.map_err(Failure::machine)?;
    let extra: Vec<_> = extra.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut watch = Watch { watcher, changes, root: root.to_path_buf(), extra };
    watch.watcher.watch(root, RecursiveMode::NonRecursive).map_err(Failure::machine)?;
    watch.add_folders();
    Ok(watch)
}

/// Calls `rebuild` after each burst of changes that ends in `quiet`, with the files that changed
/// (relative to the root, where they lie in it); returns when watching ends.
pub(super) fn follow(
    mut watch: Watch,
    quiet: Duration,
    mut rebuild: impl FnMut(BTreeSet<PathBuf>),
) {
    while let Ok(path) = watch.changes.recv() {
        let mut files: BTreeSet<PathBuf> = watch.concerning(&path).into_iter().collect();
        while let Ok(path) = watch.changes.recv_timeout(quiet) {
            files.extend(watch.concerning(&path));
        }
        if !files.is_empty() {
            rebuild(files);
            // A folder may have come, or come back, since it was last looked for.
            watch.add_folders();
        }
    }
}

impl Watch {
    fn add_folders(&mut self) {
        let folders = FOLDERS.iter().map(|name| self.root.join(name));
        for path in folders.chain(self.extra.iter().cloned()).filter(|path| path.exists()) {
            // What cannot be watched (a limit of the system) still builds; it only reloads later.
            let _ = self.watcher.watch(&path, RecursiveMode::Recursive);
        }
    }

    /// The path relative to the root, if a build reads it. The output folder and other tools' files
    /// lie in the root as well; only settings count there.
    fn concerning(&self, path: &Path) -> Option<PathBuf> {
        if is_left_by_editor(path) {
            return None;
        }
        if self.extra.iter().any(|extra| path.starts_with(extra)) {
            return Some(path.strip_prefix(&self.root).unwrap_or(path).to_path_buf());
        }
        let inside = path.strip_prefix(&self.root).ok()?;
        let first = inside.components().next()?.as_os_str().to_string_lossy();
        let is_setting = inside.extension().is_some_and(|ext| ext == "toml");
        let is_read =
            FOLDERS.contains(&first.as_ref()) || (is_setting && inside.components().count() == 1);
        is_read.then(|| inside.to_path_buf())
    }
}

/// Whether a file is a copy, a lock or a trial that editors leave beside the one that is edited.
fn is_left_by_editor(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let ending = path.extension().map(|ending| ending.to_string_lossy()).unwrap_or_default();
    name.ends_with('~')
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'))
        || (name.starts_with('.') && matches!(&*ending, "swp" | "swx" | "swo"))
        || matches!(&*name, "4913" | ".DS_Store")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_leave_is_no_edit() {
        for name in ["a.md~", ".a.md.swp", ".#a.md", "#a.md#", "content/4913"] {
            assert!(is_left_by_editor(Path::new(name)), "{name}");
        }
        for name in ["a.md", "static/.htaccess", "a.swp.md"] {
            assert!(!is_left_by_editor(Path::new(name)), "{name}");
        }
    }
}
