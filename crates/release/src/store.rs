//! A mirror's folder: objects by hash, one tree a release, and the link that says which is current.
//!
//! Order of a pull: objects are renamed into place, the tree is linked beside, one sync of the
//! whole file system, the tree gets its name, `current` is replaced by a rename, the folder is
//! synced. A crash between any two leaves what was current as it was.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::error::ReleaseError;
use crate::files::{open_no_follow, sync_folder};
use crate::manifest::{Entry, Manifest};

const OBJECTS: &str = "objects";
const INCOMING: &str = "incoming";
const RELEASES: &str = "releases";
const CURRENT: &str = "current";
const CURRENT_PART: &str = ".current.part";
const LOCK: &str = "lock";
pub(crate) const KEPT_TRUST: &str = "trust.json";
const KEPT_TRUST_PART: &str = ".trust.json.part";
const KNOWN: [&str; 8] =
    [OBJECTS, INCOMING, RELEASES, CURRENT, CURRENT_PART, LOCK, KEPT_TRUST, KEPT_TRUST_PART];

/// A mirror's folder, locked for one pull.
pub(crate) struct Store {
    root: PathBuf,
    _lock: File,
}

/// What a stored object turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectState {
    Good,
    Missing,
    Damaged,
}

impl Store {
    /// Opens or makes a mirror's folder and takes its lock.
    pub(crate) fn open(root: &Path) -> Result<Self, ReleaseError> {
        make_folder(root)?;
        refuse_strangers(root)?;
        let lock = root.join(LOCK);
        refuse_link(&lock)?;
        let opened = File::options().create(true).truncate(false).write(true).open(&lock);
        let file = opened.map_err(|source| ReleaseError::io("create", &lock, source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ReleaseError::Locked { dir: root.to_path_buf() });
            }
            Err(TryLockError::Error(source)) => {
                return Err(ReleaseError::io("lock", &lock, source));
            }
        }
        for folder in [OBJECTS, INCOMING, RELEASES] {
            refuse_link(&root.join(folder))?;
            make_folder(&root.join(folder))?;
        }
        Ok(Self { root: root.to_path_buf(), _lock: file })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The trust kept from an earlier pull.
    pub(crate) fn kept_trust_path(&self) -> PathBuf {
        self.root.join(KEPT_TRUST)
    }

    /// Where an object is, or would be.
    fn object_path(&self, digest: Digest) -> PathBuf {
        let hex = digest.to_string();
        self.root.join(OBJECTS).join(&hex[..2]).join(&hex[2..])
    }

    /// Where an object is gathered.
    pub(crate) fn part_path(&self, digest: Digest) -> PathBuf {
        self.root.join(INCOMING).join(format!("{digest}.part"))
    }

    /// Reads the object whole; a link in its place is refused.
    pub(crate) fn check_object(&self, entry: &Entry) -> Result<ObjectState, ReleaseError> {
        let path = self.object_path(entry.sha256);
        refuse_link(path.parent().expect("objects stand in a folder"))?;
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(ObjectState::Missing);
            }
            Err(source) => return Err(ReleaseError::io("read", path, source)),
            Ok(meta) if meta.is_symlink() => return Err(ReleaseError::Link { path }),
            Ok(meta) if meta.len() != entry.len => return Ok(ObjectState::Damaged),
            Ok(_) => {}
        }
        let found = Digest::of_stream(open_no_follow(&path)?);
        match found {
            Ok(found) if found == (entry.sha256, entry.len) => Ok(ObjectState::Good),
            Ok(_) => Ok(ObjectState::Damaged),
            Err(source) => Err(ReleaseError::io("read", path, source)),
        }
    }

    /// Moves a gathered, checked part to its place; it is read-only from then on, for it is linked
    /// into every tree that needs it.
    pub(crate) fn commit(&self, digest: Digest) -> Result<(), ReleaseError> {
        let (part, object) = (self.part_path(digest), self.object_path(digest));
        let folder = object.parent().expect("objects stand in a folder");
        refuse_link(folder)?;
        make_folder(folder)?;
        fs::set_permissions(&part, fs::Permissions::from_mode(0o444))
            .map_err(|source| ReleaseError::io("write", &part, source))?;
        fs::rename(&part, &object).map_err(|source| ReleaseError::io("write", &object, source))
    }

    /// The folder that `current` names: its name in `releases/`, if there is one.
    pub(crate) fn current_name(&self) -> Result<Option<String>, ReleaseError> {
        current_name(&self.root)
    }

    /// The folder of a release's tree.
    pub(crate) fn tree(&self, name: &str) -> PathBuf {
        self.root.join(RELEASES).join(name)
    }

    /// Whether the file at `path` of a tree is the very object, by inode.
    pub(crate) fn is_object(&self, tree: &Path, entry: &Entry) -> bool {
        let meta = |path: &Path| path.symlink_metadata().ok().map(|meta| (meta.dev(), meta.ino()));
        let linked = meta(&tree.join(&entry.path));
        linked.is_some() && linked == meta(&self.object_path(entry.sha256))
    }

    /// Links a whole tree under a name of its own, then syncs everything written so far.
    ///
    /// - `extra`: files that no manifest lists, as path and contents.
    /// - Returns the tree's name: `name`, or `name.2` … while that is taken.
    pub(crate) fn link_tree(
        &self,
        name: &str,
        manifest: &Manifest,
        extra: &[(&str, &[u8])],
    ) -> Result<String, ReleaseError> {
        let part = self.tree(&format!(".{name}.part"));
        remove_tree(&part)?;
        make_folder(&part)?;
        for entry in manifest.files() {
            self.link(entry, &part.join(&entry.path))?;
        }
        for (path, bytes) in extra {
            let path = part.join(path);
            make_folder(path.parent().expect("a file stands in a folder"))?;
            fs::write(&path, bytes).map_err(|source| ReleaseError::io("write", &path, source))?;
        }
        self.sync()?;
        let name = self.free_name(name);
        let tree = self.tree(&name);
        fs::rename(&part, &tree).map_err(|source| ReleaseError::io("write", &tree, source))?;
        sync_folder(&self.root.join(RELEASES))?;
        Ok(name)
    }

    fn link(&self, entry: &Entry, path: &Path) -> Result<(), ReleaseError> {
        let object = self.object_path(entry.sha256);
        make_folder(path.parent().expect("a file stands in a folder"))?;
        match fs::hard_link(&object, path) {
            Ok(()) => Ok(()),
            // Some file systems have no links, all have a most of them.
            Err(error) if error.kind() != io::ErrorKind::NotFound => fs::copy(&object, path)
                .map(drop)
                .map_err(|source| ReleaseError::io("write", path, source)),
            Err(source) => Err(ReleaseError::io("link", path, source)),
        }
    }

    fn free_name(&self, name: &str) -> String {
        let numbered = (2..).map(|n| format!("{name}.{n}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let free = names.find(|name| self.tree(name).symlink_metadata().is_err());
        free.expect("numbers do not run out")
    }

    /// One sync for all objects and links: measured at 2 s where a sync each took 48 s.
    fn sync(&self) -> Result<(), ReleaseError> {
        let fail = |source| ReleaseError::io("sync", &self.root, source);
        let folder = File::open(&self.root).map_err(fail)?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let synced = rustix::fs::syncfs(&folder).map_err(io::Error::from);
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let synced = {
            drop(folder);
            rustix::fs::sync();
            Ok(())
        };
        synced.map_err(fail)
    }

    /// Makes a tree the current one, in one rename.
    pub(crate) fn switch(&self, name: &str) -> Result<(), ReleaseError> {
        let part = self.root.join(CURRENT_PART);
        let fail = |source| ReleaseError::io("write", self.root.join(CURRENT), source);
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        symlink(Path::new(RELEASES).join(name), &part).map_err(fail)?;
        fs::rename(&part, self.root.join(CURRENT)).map_err(fail)?;
        sync_folder(&self.root)
    }

    /// Removes what no run needs any more: parts, half-linked trees, healed trees of the release.
    pub(crate) fn clean(&self, current: &str) -> Result<(), ReleaseError> {
        let release = current.split('.').next().unwrap_or(current);
        for name in names(&self.root.join(RELEASES))? {
            let same = name.split('.').next() == Some(release) && name != current;
            if name.starts_with('.') || same {
                remove_tree(&self.tree(&name))?;
            }
        }
        for name in names(&self.root.join(INCOMING))? {
            let path = self.root.join(INCOMING).join(name);
            fs::remove_file(&path).map_err(|source| ReleaseError::io("remove", path, source))?;
        }
        Ok(())
    }
}

/// The name in `releases/` that a mirror's `current` link leads to.
pub(crate) fn current_name(root: &Path) -> Result<Option<String>, ReleaseError> {
    let link = root.join(CURRENT);
    let target = match fs::read_link(&link) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ReleaseError::io("read", link, source)),
    };
    let name = target.strip_prefix(RELEASES).ok().and_then(Path::to_str);
    match name.filter(|name| !name.is_empty() && !name.contains('/') && !name.starts_with('.')) {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(ReleaseError::Link { path: link }),
    }
}

fn make_folder(path: &Path) -> Result<(), ReleaseError> {
    fs::create_dir_all(path).map_err(|source| ReleaseError::io("create", path, source))
}

fn refuse_link(path: &Path) -> Result<(), ReleaseError> {
    match path.symlink_metadata() {
        Ok(meta) if meta.is_symlink() => Err(ReleaseError::Link { path: path.to_path_buf() }),
        _ => Ok(()),
    }
}

/// A folder with anything else in it was meant for something else.
fn refuse_strangers(root: &Path) -> Result<(), ReleaseError> {
    let stranger = names(root)?.into_iter().find(|name| !KNOWN.contains(&name.as_str()));
    match stranger {
        Some(found) => Err(ReleaseError::NotAMirror { dir: root.to_path_buf(), found }),
        None => Ok(()),
    }
}

fn names(folder: &Path) -> Result<Vec<String>, ReleaseError> {
    let fail = |source| ReleaseError::io("read", folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        names.push(entry.map_err(fail)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn remove_tree(path: &Path) -> Result<(), ReleaseError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ReleaseError::io("remove", path, error))
        }
        _ => Ok(()),
    }
}
