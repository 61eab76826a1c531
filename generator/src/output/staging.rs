//! The folder that a build fills before it becomes the output.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use release::{Digest, Entry};
use rustix::fs::{FlockOperation, flock};

use super::{Ownership, dotfiles, switch};
use crate::failure::{Failure, Outcome};
use crate::report;

/// What a folder of ours may hold that no other does.
const MARKERS: [&str; 2] = ["woodblock/manifest.json", "entry.json"];

/// Whether a folder that woodblock did not write may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Only missing, empty and own folders are replaced.
    OwnFoldersOnly,
    /// Any folder is replaced: `--force`.
    Replace,
    /// The folder is this run's own temporary one, of which nothing needs to be known later.
    Temporary,
}

/// What a finished folder holds.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Paths of the files that are new or differ from the previous build's, in no order.
    pub(crate) changed: Vec<String>,
    /// All files, in no order.
    pub(crate) entries: Vec<Entry>,
}

impl Written {
    /// Length of all files together.
    pub(crate) fn len_bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.len).sum()
    }
}

/// A folder being filled; dropped without [`Staging::commit`] it disappears.
#[derive(Debug)]
pub(crate) struct Staging {
    target: PathBuf,
    temp: PathBuf,
    /// Where to note that the folder is ours, unless it is to be forgotten.
    ownership: Option<Ownership>,
    /// Held until the folder is gone or in place, so that another run can tell a dead one's
    /// leftovers from work under way.
    _lock: File,
    /// Whether there is a previous output that files may be the same as.
    has_previous: bool,
    changed: Mutex<Vec<String>>,
    /// What was added, for the manifest: hashed while it is at hand, not read again.
    entries: Mutex<Vec<Entry>>,
}

impl Staging {
    /// Opens a staging folder beside `target`, and clears those of runs that died.
    ///
    /// - `ownership`: knows folders that do not tell themselves that they are ours.
    ///
    /// # Errors
    /// [`Failure::Usage`] where `target` is not a folder or holds what woodblock did not write;
    /// [`Failure::Machine`] where the folder cannot be made.
    pub(crate) fn begin(
        target: &Path,
        policy: Policy,
        ownership: Option<Ownership>,
    ) -> Outcome<Self> {
        let target = std::path::absolute(target).map_err(|e| Failure::io("find", target, e))?;
        check_target(&target, policy, ownership.as_ref())?;
        let (parent, name) = parent_and_name(&target)?;
        fs::create_dir_all(parent).map_err(|e| Failure::io("make the folder", parent, e))?;
        let prefix = format!(".{name}.woodblock-");
        restore_aside(parent, &prefix, &target);
        clear_leftovers(parent, &prefix);
        let temp = parent.join(format!("{prefix}{}", std::process::id()));
        fs::create_dir(&temp).map_err(|e| Failure::io("make the folder", &temp, e))?;
        let lock = File::open(&temp).map_err(|e| Failure::io("open", &temp, e))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|e| Failure::io("lock", &temp, e.into()))?;
        Ok(Self {
            has_previous: target.is_dir(),
            target,
            temp,
            ownership: ownership.filter(|_| policy != Policy::Temporary),
            _lock: lock,
            changed: Mutex::default(),
            entries: Mutex::default(),
        })
    }

    /// Adds a file with these bytes at `path`, relative and with `/` between its parts.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) -> Outcome {
        let (old, new) = self.places(path)?;
        self.list(path, Digest::of(bytes), bytes.len() as u64);
        let is_kept = self.has_previous && same_as_bytes(&old, bytes);
        if is_kept && fs::hard_link(&old, &new).is_ok() {
            return Ok(());
        }
        self.note_changed(path);
        fs::write(&new, bytes).map_err(|e| Failure::io("write", &new, e))
    }

    /// Adds the very file `from` at `path`, by a hard link; a copy where none can be made.
    pub(crate) fn link(&self, path: &str, from: &Path) -> Outcome {
        let (old, new) = self.places(path)?;
        if fs::hard_link(from, &new).is_err() {
            return self.copy(path, from);
        }
        if !(self.has_previous && same_as_file(&old, from)) {
            self.note_changed(path);
        }
        self.list_file(path, &new)
    }

    /// Carries over what begins with a dot in the previous output.
    pub(crate) fn keep_dotfiles(&self) -> Outcome {
        dotfiles::keep(&self.target, &self.temp)
            .map_err(|e| Failure::io("keep the dot files of", &self.target, e))
    }

    /// Adds a copy of the file `from` at `path`.
    pub(crate) fn copy(&self, path: &str, from: &Path) -> Outcome {
        let (old, new) = self.places(path)?;
        let is_kept = self.has_previous && same_as_file(&old, from);
        if !is_kept || fs::hard_link(&old, &new).is_err() {
            self.note_changed(path);
            copy_bytes(from, &new)
                .map_err(|e| Failure::io(&format!("copy `{}` to", from.display()), &new, e))?;
        }
        self.list_file(path, &new)
    }

    fn list_file(&self, path: &str, file: &Path) -> Outcome {
        let hashed = File::open(file).and_then(Digest::of_stream);
        let (digest, len) = hashed.map_err(|e| Failure::io("read", file, e))?;
        self.list(path, digest, len);
        Ok(())
    }

    fn note_changed(&self, path: &str) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
    }

    fn list(&self, path: &str, sha256: Digest, len: u64) {
        let entry = Entry { path: path.to_owned(), sha256, len };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// All that was added so far, in no order.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The output folder as the previous build left it, if there was one.
    pub(crate) fn previous(&self) -> &Path {
        &self.target
    }

    /// Puts the folder in the target's place.
    ///
    /// # Errors
    /// [`Failure::Machine`]; the previous folder is then where it was.
    pub(crate) fn commit(self) -> Outcome<Written> {
        self.note_ownership();
        switch::replace(&self.target, &self.temp)?;
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Written { changed, entries: self.entries() })
    }

    /// A failure is no reason to throw the output away.
    fn note_ownership(&self) {
        let Some(ownership) = self.ownership.as_ref().filter(|_| !is_marked(&self.temp)) else {
            return;
        };
        if let Err(error) = ownership.claim(&self.target, &self.temp) {
            report::note(format!(
                "it cannot be noted in the site that `{}` is woodblock's ({error}); the next build will ask for --force",
                self.target.display()
            ));
        }
    }

    /// The file's place in the previous and in the new folder, the latter's parents made.
    fn places(&self, path: &str) -> Outcome<(PathBuf, PathBuf)> {
        let relative = Path::new(path);
        let normal = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if path.is_empty() || !normal || path.contains(['\\', '\0']) {
            return Err(Failure::data(anyhow::anyhow!(
                "the output path `{path}` leads out of the output folder; nothing was written"
            )));
        }
        let new = self.temp.join(relative);
        let parent = new.parent().unwrap_or(&self.temp);
        fs::create_dir_all(parent).map_err(|e| Failure::io("make the folder", parent, e))?;
        Ok((self.target.join(relative), new))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a switch this is the previous output; after a failure it is the unfinished one.
        let _ = fs::remove_dir_all(&self.temp);
    }
}

fn parent_and_name(target: &Path) -> Outcome<(&Path, String)> {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
    target
        .parent()
        .zip(name)
        .ok_or_else(|| Failure::usage(format!("`{}` cannot be an output folder", target.display())))
}

/// Refuses to replace what woodblock did not write.
fn check_target(target: &Path, policy: Policy, ownership: Option<&Ownership>) -> Outcome {
    let meta = match fs::symlink_metadata(target) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::io("look at", target, error)),
    };
    if !meta.is_dir() {
        return Err(Failure::usage(format!(
            "the output `{}` is not a folder; remove it or choose another",
            target.display()
        )));
    }
    let empty = fs::read_dir(target).map_err(|e| Failure::io("read", target, e))?.next().is_none();
    let is_own = || is_marked(target) || ownership.is_some_and(|noted| noted.holds(target));
    if policy != Policy::OwnFoldersOnly || empty || is_own() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "the output folder `{}` is not empty and woodblock did not write it; \
         choose another, or replace it with --force",
        target.display()
    )))
}

fn is_marked(folder: &Path) -> bool {
    MARKERS.iter().any(|marker| folder.join(marker).is_file())
}

/// Ends what a run began that died between the two renames of a file system without exchange.
fn restore_aside(parent: &Path, prefix: &str, target: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let aside = entries.flatten().find(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with(prefix) && name.ends_with(switch::ASIDE)
    });
    if let Some(aside) = aside.filter(|_| !target.exists()) {
        let _ = fs::rename(aside.path(), target);
    }
}

/// Removes staging folders whose run is dead: nobody holds their lock.
fn clear_leftovers(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let leftover = entry.file_name().to_string_lossy().starts_with(prefix);
        if !leftover || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(folder) = File::open(entry.path()) else { continue };
        if flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn regular_len(path: &Path) -> Option<u64> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|meta| meta.len())
}

fn same_as_bytes(old: &Path, bytes: &[u8]) -> bool {
    regular_len(old) == Some(bytes.len() as u64) && fs::read(old).is_ok_and(|old| old == bytes)
}

fn same_as_file(old: &Path, from: &Path) -> bool {
    let same_len = regular_len(old).is_some_and(|len| Some(len) == regular_len(from));
    same_len && same_contents(old, from).unwrap_or(false)
}

fn same_contents(left: &Path, right: &Path) -> io::Result<bool> {
    const CHUNK: usize = 1 << 16;
    let (mut left, mut right) = (File::open(left)?, File::open(right)?);
    let (mut a, mut b) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
    loop {
        a.clear();
        b.clear();
        (&mut left).take(CHUNK as u64).read_to_end(&mut a)?;
        (&mut right).take(CHUNK as u64).read_to_end(&mut b)?;
        if a != b {
            return Ok(false);
        }
        if a.is_empty() {
            return Ok(true);
        }
    }
}

/// Copies the bytes alone: a read-only source must not make the output read-only.
fn copy_bytes(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut File::create(to)?).map(|_| ())
}
