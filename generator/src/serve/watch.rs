//! Changes of the site's files, gathered into rebuilds.

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

/// Calls `rebuild` after each burst of changes that ends in `quiet`; returns when watching ends.
pub(super) fn follow(mut watch: Watch, quiet: Duration, mut rebuild: impl FnMut()) {
    while let Ok(path) = watch.changes.recv() {
        let mut concerns = watch.concerns(&path);
        while let Ok(path) = watch.changes.recv_timeout(quiet) {
            concerns |= watch.concerns(&path);
        }
        if concerns {
            // A folder may have come, or come back, since it was last looked for.
            watch.add_folders();
            rebuild();
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

    /// Whether a build reads this path. The output folder and other tools' files lie in the root
    /// as well; only settings count there.
    fn concerns(&self, path: &Path) -> bool {
        if self.extra.iter().any(|extra| path.starts_with(extra)) {
            return true;
        }
        let Ok(inside) = path.strip_prefix(&self.root) else { return false };
        let first = inside.components().next().map(|part| part.as_os_str().to_string_lossy());
        let is_setting = inside.extension().is_some_and(|ext| ext == "toml");
        first.is_some_and(|first| FOLDERS.contains(&first.as_ref()))
            || (is_setting && inside.components().count() == 1)
    }
}
