//! Processed images kept between builds.
//!
//! A file's name is `KEY-DIGEST.ENDING`: the key covers all that the image is made from (the bytes of
//! the original, what is done to it, the version that does it), the digest the bytes that came of it.
//! What does not agree with its name is made again, so a warm build gives what a cold one does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::format::Format;
use super::operation::Steps;
use crate::functions::hex;

/// To be raised with every change of what processing gives: a library's new version, say.
const RECIPE: u32 = 1;

/// What no build has used for so long is removed.
const KEPT_UNUSED: Duration = Duration::from_hours(30 * 24);

/// Hexadecimal digits of a key and of a digest: 128 bits.
const DIGITS: usize = 32;

/// A folder of processed images. Whatever goes wrong with it costs time, never the build.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    /// Files by their keys.
    known: BTreeMap<String, PathBuf>,
}

/// All that an image is made from, as a name.
pub(super) fn key(original: &[u8], steps: Steps, format: Format) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{RECIPE} {} {steps:?} {format:?}\n", env!("CARGO_PKG_VERSION")));
    hasher.update(original);
    digits(&hasher.finalize())
}

fn digits(digest: &[u8]) -> String {
    hex(&digest[..DIGITS / 2])
}

impl Cache {
    /// Looks at a folder, and makes it where there is none.
    pub(super) fn open(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).ok()?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "# Made by woodblock; it may be removed at any time.\n*\n").ok()?;
        }
        let entries = fs::read_dir(folder).ok()?.flatten();
        let known = entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let (key, _) = name.split_once('-')?;
                (key.len() == DIGITS).then(|| (key.to_owned(), entry.path()))
            })
            .collect();
        Some(Self { folder: folder.to_path_buf(), known })
    }

    /// The file of a key, looked through before it is trusted.
    pub(super) fn get(&self, key: &str) -> Option<PathBuf> {
        let file = self.known.get(key)?;
        let name = file.file_name()?.to_str()?;
        let digest = digits(&Sha256::digest(fs::read(file).ok()?));
        if !name.get(DIGITS + 1..)?.starts_with(&format!("{digest}.")) {
            return None;
        }
        let _ = File::options().append(true).open(file).and_then(|it| it.set_modified(now()));
        Some(file.clone())
    }

    /// Keeps the bytes of a key; nothing when they cannot be written.
    pub(super) fn put(&self, key: &str, ending: &str, bytes: &[u8]) -> Option<PathBuf> {
        let name = format!("{key}-{}.{ending}", digits(&Sha256::digest(bytes)));
        let unfinished = self.folder.join(format!("{name}.{}", std::process::id()));
        let file = self.folder.join(name);
        let written = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &file));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
            return None;
        }
        Some(file)
    }

    /// Removes what has not been used for long.
    pub(super) fn prune(&self) {
        for file in self.known.values() {
            let used = fs::metadata(file).and_then(|meta| meta.modified());
            let age = used.ok().and_then(|used| now().duration_since(used).ok());
            if age.is_some_and(|age| age > KEPT_UNUSED) {
                let _ = fs::remove_file(file);
            }
        }
    }
}

/// When something was used last says how long it is kept, and nothing of the site.
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: Steps = Steps { crop: None, size: None };

    #[test]
    fn what_was_kept_comes_back_unless_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(b"original", STEPS, Format::Png);
        let file = Cache::open(folder.path()).unwrap().put(&key, "png", b"processed").unwrap();
        assert_eq!(Cache::open(folder.path()).unwrap().get(&key), Some(file.clone()));
        fs::write(&file, b"processe").unwrap();
        assert_eq!(Cache::open(folder.path()).unwrap().get(&key), None);
    }

    #[test]
    fn a_key_covers_bytes_steps_and_format() {
        let keys = [
            key(b"a", STEPS, Format::Png),
            key(b"b", STEPS, Format::Png),
            key(b"a", STEPS, Format::Webp { quality: None }),
            key(b"a", STEPS, Format::Webp { quality: Some(1) }),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn what_was_not_used_for_long_goes() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let old = cache.put(&key(b"a", STEPS, Format::Png), "png", b"a").unwrap();
        let young = cache.put(&key(b"b", STEPS, Format::Png), "png", b"b").unwrap();
        let long_ago = now() - KEPT_UNUSED - Duration::from_mins(1);
        File::options().append(true).open(&old).unwrap().set_modified(long_ago).unwrap();
        Cache::open(folder.path()).unwrap().prune();
        assert!(!old.exists() && young.exists());
    }
}
