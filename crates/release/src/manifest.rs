//! The manifest: every file of a site with its length and SHA-256.
//!
//! ```json
//! {"format":1,"release":"0123456789ab","files":[{"path":"index.html","sha256":"…","len":123}, …]}
//! ```
//! Files ascend by path (bytes). `release` is the first 12 digits of the SHA-256 of the lines
//! `<sha256> <len> <path>\n`, so the same files give the same release anywhere. The manifest does
//! not list itself, nor what is written about it: [`MANIFEST_PATH`], [`crate::RELEASE_PATH`],
//! [`crate::TRUST_PATH`].

use std::fs;
use std::path::Path;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::digest::{Digest, Hasher};
use crate::error::ReleaseError;
use crate::files::{open_no_follow, read_capped, write_whole};
use crate::paths::{Collisions, check_path};
use crate::statement::{RELEASE_PATH, canonical};
use crate::trust::TRUST_PATH;

/// Where the manifest is in a site.
pub const MANIFEST_PATH: &str = "woodblock/manifest.json";
/// The longest manifest that is read.
pub(crate) const MAX_MANIFEST_BYTES: u64 = 256 * 1024 * 1024;
/// The most files in a release.
pub(crate) const MAX_ENTRIES: usize = 1_000_000;
/// The longest file in a release: 64 GiB.
const MAX_FILE_BYTES: u64 = 1 << 36;
const FORMAT: u32 = 1;
const RELEASE_LEN: usize = 12;

/// Every file of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    format: u32,
    release: String,
    files: Vec<Entry>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Relative path, `/` between parts.
    pub path: String,
    /// Digest of the contents.
    pub sha256: Digest,
    /// Length in bytes.
    pub len: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: u32,
    release: String,
    #[serde(deserialize_with = "capped_entries")]
    files: Vec<Entry>,
}

impl Manifest {
    /// Makes a manifest of entries, in any order; what no manifest lists is left out.
    ///
    /// # Errors
    /// [`ReleaseError::Path`] or [`ReleaseError::Collision`].
    pub fn new(mut files: Vec<Entry>) -> Result<Self, ReleaseError> {
        files.retain(|file| is_listed(&file.path));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        check_entries(&files)?;
        Ok(Self { format: FORMAT, release: release_id(&files), files })
    }

    /// Reads every file below `dir`. Symbolic links and paths no release may hold are errors.
    pub fn scan(dir: &Path) -> Result<Self, ReleaseError> {
        let mut files = Vec::new();
        scan_folder(dir, "", &mut |path, file| {
            if is_listed(path) {
                files.push(entry(path, file)?);
            }
            Ok(())
        })?;
        Self::new(files)
    }

    /// Reads `dir`'s manifest.
    pub fn read(dir: &Path) -> Result<Self, ReleaseError> {
        Self::parse(&read_capped(&dir.join(MANIFEST_PATH), MANIFEST_PATH, MAX_MANIFEST_BYTES)?)
    }

    /// Reads a manifest; everything in it is checked.
    ///
    /// # Errors
    /// [`ReleaseError::Format`], [`ReleaseError::Path`], [`ReleaseError::Collision`]: the whole
    /// manifest is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReleaseError> {
        let fail = |reason: String| ReleaseError::format(MANIFEST_PATH, reason);
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| fail(error.to_string()))?;
        if raw.format != FORMAT {
            let found = raw.format;
            return Err(fail(format!("format {found}, this version reads {FORMAT}; update it")));
        }
        check_entries(&raw.files)?;
        let release = release_id(&raw.files);
        if raw.release != release {
            let found = raw.release.escape_default();
            return Err(fail(format!("says release `{found}`, its files make {release}")));
        }
        Ok(Self { format: raw.format, release, files: raw.files })
    }

    /// The manifest's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical(self)
    }

    /// Writes [`MANIFEST_PATH`] below `dir`, whole or not at all.
    pub fn write(&self, dir: &Path) -> Result<(), ReleaseError> {
        write_whole(&dir.join(MANIFEST_PATH), &self.to_bytes())
    }

    /// The release's name: 12 hexadecimal digits.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// The files, ascending by path.
    pub fn files(&self) -> &[Entry] {
        &self.files
    }

    /// Bytes of all files together.
    pub fn total_len(&self) -> u64 {
        self.files.iter().map(|file| file.len).sum()
    }
}

/// Whether a manifest lists the path; what is written about a manifest is not in it.
pub(crate) fn is_listed(path: &str) -> bool {
    !matches!(path, MANIFEST_PATH | RELEASE_PATH | TRUST_PATH)
}

fn release_id(files: &[Entry]) -> String {
    let mut hasher = Hasher::default();
    for file in files {
        hasher.update(format!("{} {} {}\n", file.sha256, file.len, file.path).as_bytes());
    }
    hasher.finish().short(RELEASE_LEN)
}

fn check_entries(files: &[Entry]) -> Result<(), ReleaseError> {
    let mut collisions = Collisions::default();
    let mut before = "";
    for file in files {
        let refuse = |reason: &str| {
            let path = file.path.escape_default().to_string();
            Err(ReleaseError::Path { path, reason: reason.to_owned() })
        };
        if let Err(reason) = check_path(&file.path) {
            return refuse(&reason);
        }
        if !is_listed(&file.path) {
            return refuse("is written after the manifest");
        }
        if file.len > MAX_FILE_BYTES {
            return refuse("is longer than 64 GiB");
        }
        if before > file.path.as_str() {
            return refuse("stands after a path it should precede");
        }
        before = &file.path;
        collisions
            .add(&file.path)
            .map_err(|first| ReleaseError::Collision { first, second: file.path.clone() })?;
    }
    Ok(())
}

/// Calls `found` for each file below `dir`, in the order of their names.
///
/// - `prefix`: path of `dir` in the site, empty or ending in `/`.
pub(crate) fn scan_folder(
    dir: &Path,
    prefix: &str,
    found: &mut dyn FnMut(&str, &Path) -> Result<(), ReleaseError>,
) -> Result<(), ReleaseError> {
    let fail = |source| ReleaseError::io("read", dir, source);
    let mut entries =
        fs::read_dir(dir).map_err(fail)?.collect::<Result<Vec<_>, _>>().map_err(fail)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            let path = format!("{prefix}{}", name.to_string_lossy());
            return Err(ReleaseError::Path { path, reason: "is not UTF-8".to_owned() });
        };
        let (path, file) = (format!("{prefix}{name}"), entry.path());
        let kind = entry.file_type().map_err(|source| ReleaseError::io("read", &file, source))?;
        if kind.is_symlink() {
            return Err(ReleaseError::Link { path: file });
        } else if kind.is_dir() {
            scan_folder(&file, &format!("{path}/"), found)?;
        } else {
            found(&path, &file)?;
        }
    }
    Ok(())
}

fn entry(path: &str, file: &Path) -> Result<Entry, ReleaseError> {
    let opened = open_no_follow(file)?;
    let (sha256, len) =
        Digest::of_stream(opened).map_err(|source| ReleaseError::io("read", file, source))?;
    Ok(Entry { path: path.to_owned(), sha256, len })
}

/// A list of files that stops at its cap, before memory does.
struct CappedEntries(usize);

impl<'de> Visitor<'de> for CappedEntries {
    type Value = Vec<Entry>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a list of at most {} files", self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Entry>, A::Error> {
        let mut files = Vec::new();
        while let Some(file) = seq.next_element()? {
            if files.len() == self.0 {
                return Err(A::Error::custom(format!("more than {} files", self.0)));
            }
            files.push(file);
        }
        Ok(files)
    }
}

fn capped_entries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Entry>, D::Error> {
    deserializer.deserialize_seq(CappedEntries(MAX_ENTRIES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Entry {
        Entry { path: path.to_owned(), sha256: Digest::of(path.as_bytes()), len: 1 }
    }

    #[test]
    fn written_and_read_again_it_is_the_same() {
        let manifest = Manifest::new(vec![file("b"), file("a/c"), file("a/b")]).unwrap();
        let paths: Vec<&str> = manifest.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/b", "a/c", "b"]);
        assert_eq!(Manifest::parse(&manifest.to_bytes()).unwrap(), manifest);
    }

    #[test]
    fn a_lying_manifest_is_refused_whole() {
        let good = String::from_utf8(Manifest::new(vec![file("a"), file("b")]).unwrap().to_bytes());
        let good = good.unwrap();
        for (from, to) in [
            ("\"a\"", "\"../a\""),
            ("\"a\"", "\"B\""),
            ("\"a\"", "\"b\""),
            ("\"len\":1", "\"len\":2"),
            ("\"format\":1", "\"format\":2"),
            ("\"len\":1", "\"len\":-1"),
            ("\"len\":1", "\"len\":1,\"mode\":4095"),
            ("\"path\":\"a\"", "\"path\":\"woodblock/release.json\""),
            ("}]}", "}]"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(Manifest::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_without_end_stops_at_the_cap() {
        let one = serde_json::to_string(&file("a")).unwrap();
        // The text goes on for ever; only the cap can end the reading.
        let endless = std::iter::repeat_n(format!("{one},").into_bytes(), usize::MAX).flatten();
        let text = b"[".iter().copied().chain(endless);
        let mut deserializer = serde_json::Deserializer::from_reader(Endless(text));
        let error = deserializer.deserialize_seq(CappedEntries(1000)).unwrap_err().to_string();
        assert!(error.contains("more than 1000 files"), "{error}");
    }

    struct Endless<I>(I);

    impl<I: Iterator<Item = u8>> std::io::Read for Endless<I> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let mut n = 0;
            for (place, byte) in buffer.iter_mut().zip(&mut self.0) {
                *place = byte;
                n += 1;
            }
            Ok(n)
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "[".repeat(1_000_000);
        assert!(Manifest::parse(text.as_bytes()).is_err());
    }
}
