//! Gathering objects: each into a part, hashed on the way, taken only when length and hash are right.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::digest::{Digest, Hasher};
use crate::error::ReleaseError;
use crate::fetch::Source;
use crate::manifest::Entry;
use crate::store::Store;

/// Tries at one source: a body cut short is taken up where it stopped.
const MAX_TRIES: u32 = 4;
const BUFFER_LEN_BYTES: usize = 64 * 1024;

/// Fetches every entry's object into the store, several at a time.
///
/// - `entries`: one for each object that is missing.
/// - `done`: called after each object is in the store.
/// - Returns the faults of those no source gave, in the order of `entries`.
///
/// # Errors
/// A fault of this machine (disk full, unwritable store): the rest is not tried.
pub(crate) fn pull_objects(
    store: &Store,
    sources: &[Source],
    entries: &[&Entry],
    threads: usize,
    done: &(dyn Fn(&Entry) + Sync),
) -> Result<Vec<ReleaseError>, ReleaseError> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let faults = Mutex::new(Vec::new());
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = entries.get(at) else { return };
            match pull_object(store, sources, entry) {
                Ok(()) => done(entry),
                Err(error) => {
                    stop.fetch_or(is_own_fault(&error), Ordering::Relaxed);
                    faults.lock().expect("no thread panics with it").push((at, error));
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, entries.len().max(1)) {
            scope.spawn(work);
        }
    });
    let mut faults = faults.into_inner().expect("no thread panicked with it");
    faults.sort_by_key(|(at, _)| *at);
    match faults.iter().position(|(_, error)| is_own_fault(error)) {
        Some(at) => Err(faults.swap_remove(at).1),
        None => Ok(faults.into_iter().map(|(_, error)| error).collect()),
    }
}

/// Whether no other source could help.
fn is_own_fault(error: &ReleaseError) -> bool {
    matches!(error, ReleaseError::Io { .. } | ReleaseError::Full { .. } | ReleaseError::Link { .. })
}

/// Tries each source in turn; the fault told is the first source's.
fn pull_object(store: &Store, sources: &[Source], entry: &Entry) -> Result<(), ReleaseError> {
    let mut first = None;
    for source in sources {
        match gather(store, source, entry) {
            Ok(()) => return store.commit(entry.sha256),
            Err(error) if is_own_fault(&error) => return Err(error),
            Err(error) => drop(first.get_or_insert(error)),
        }
    }
    Err(first.expect("there is at least one source"))
}

/// Fills the entry's part from one source, and syncs nothing yet: one sync serves all.
fn gather(store: &Store, source: &Source, entry: &Entry) -> Result<(), ReleaseError> {
    let mut part = Part::open(store.part_path(entry.sha256))?;
    let mut fault = None;
    for _ in 0..MAX_TRIES {
        let before = part.len();
        let resumed = before > 0;
        match take(&mut part, source, entry) {
            Ok(()) if part.hasher.finish() == entry.sha256 => return Ok(()),
            Ok(()) => {
                let found = format!("{} bytes with SHA-256 {}", part.len(), part.hasher.finish());
                part.restart()?;
                fault = Some(mismatch(source, entry, found));
                // The first bytes may be those of another day; once more from the start tells.
                if !resumed {
                    break;
                }
            }
            Err(error) if is_own_fault(&error) => return Err(error),
            Err(error) => {
                let grew = part.len() > before;
                fault = Some(error);
                if !grew {
                    break;
                }
            }
        }
    }
    Err(fault.expect("at least one try was made"))
}

fn mismatch(source: &Source, entry: &Entry, found: String) -> ReleaseError {
    ReleaseError::Mismatch {
        file: entry.path.clone(),
        origin: source.name(),
        expected: entry.sha256,
        expected_len: entry.len,
        found,
    }
}

/// Reads on from the part's end until it has the entry's length.
fn take(part: &mut Part, source: &Source, entry: &Entry) -> Result<(), ReleaseError> {
    if part.len() > entry.len {
        part.restart()?;
    }
    if part.len() == entry.len && entry.len > 0 {
        return Ok(());
    }
    let mut body = source.open(&entry.path, part.len(), Some(entry.len))?;
    if body.start != part.len() {
        part.restart()?;
    }
    let mut buffer = vec![0; BUFFER_LEN_BYTES];
    loop {
        let n = match body.read(&mut buffer) {
            Ok(n) => n,
            Err(error) => {
                return Err(source.fail(&entry.path, broken_off(part, entry, &error.to_string())));
            }
        };
        if n == 0 {
            break;
        }
        if part.len() + n as u64 > entry.len {
            let found = format!("more than {} bytes", entry.len);
            part.restart()?;
            return Err(mismatch(source, entry, found));
        }
        part.append(&buffer[..n])?;
    }
    if part.len() < entry.len {
        return Err(source.fail(&entry.path, broken_off(part, entry, "the body ended early")));
    }
    Ok(())
}

fn broken_off(part: &Part, entry: &Entry, why: &str) -> String {
    format!("{why} after {} of {} bytes", part.len(), entry.len)
}

/// A file being gathered and the digest of what is in it.
struct Part {
    path: PathBuf,
    file: File,
    hasher: Hasher,
}

impl Part {
    /// Opens a part, taking up what an earlier run left; a link in its place is refused.
    fn open(path: PathBuf) -> Result<Self, ReleaseError> {
        let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits())
            .expect("open flags fit the system's integer");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).custom_flags(flags);
        let file = options.open(&path).map_err(|source| open_fault(&path, source))?;
        let mut part = Self { path, file, hasher: Hasher::default() };
        part.hash_what_is_there()?;
        Ok(part)
    }

    fn hash_what_is_there(&mut self) -> Result<(), ReleaseError> {
        let mut buffer = vec![0; BUFFER_LEN_BYTES];
        loop {
            let n = self.file.read(&mut buffer).map_err(|source| self.fail("read", source))?;
            if n == 0 {
                return Ok(());
            }
            self.hasher.update(&buffer[..n]);
        }
    }

    fn len(&self) -> u64 {
        self.hasher.len()
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), ReleaseError> {
        self.file.write_all(bytes).map_err(|source| self.fail("write", source))?;
        self.hasher.update(bytes);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), ReleaseError> {
        self.file.set_len(0).map_err(|source| self.fail("write", source))?;
        self.file.seek(SeekFrom::Start(0)).map_err(|source| self.fail("write", source))?;
        self.hasher = Hasher::default();
        Ok(())
    }

    fn fail(&self, action: &'static str, source: std::io::Error) -> ReleaseError {
        ReleaseError::io(action, &self.path, source)
    }
}

fn open_fault(path: &Path, source: std::io::Error) -> ReleaseError {
    if source.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return ReleaseError::Link { path: path.to_path_buf() };
    }
    ReleaseError::io("write", path, source)
}

/// One entry for each object among `entries`, the first that names it.
pub(crate) fn one_each(entries: &[Entry]) -> Vec<&Entry> {
    let mut seen = std::collections::HashSet::<Digest>::new();
    entries.iter().filter(|entry| seen.insert(entry.sha256)).collect()
}
