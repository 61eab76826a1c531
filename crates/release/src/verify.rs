//! Checking a site or a mirror on disk: every file read, every difference named.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::digest::Digest;
use crate::error::ReleaseError;
use crate::files::{open_no_follow, read_capped};
use crate::manifest::{Entry, MANIFEST_PATH, MAX_MANIFEST_BYTES, Manifest, is_listed, scan_folder};
use crate::statement::{MAX_SIGNED_BYTES, RELEASE_PATH, Statement};
use crate::store::{KEPT_TRUST, current_name};
use crate::trust::{TRUST_PATH, Trust};

/// How a site is checked.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// This moment.
    pub now: Timestamp,
    /// A trust file that came another way; `None`: the mirror's kept one, or the site's own.
    pub trust: Option<PathBuf>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The release's name; empty when the manifest could not be read.
    pub release: String,
    /// Files the manifest lists.
    pub files: usize,
    /// Their bytes together.
    pub bytes: u64,
    /// Every difference, ascending by path.
    pub faults: Vec<Fault>,
    /// Who stands for it.
    pub authenticity: Authenticity,
}

impl Verification {
    /// Whether every file is there as it should be and nothing else is.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Who stands for a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authenticity {
    /// No good statement: nobody does.
    Unsigned,
    /// Enough trusted keys signed.
    Signed {
        /// The sequence signed under.
        sequence: u64,
        /// Ids of the keys whose signatures are good.
        keys: Vec<Digest>,
        /// When the statement expires.
        expires: Timestamp,
        /// Whether that is past.
        is_expired: bool,
        /// Fingerprint of the trust file used.
        fingerprint: String,
        /// The trust file came from the site itself, so it proves wholeness, not who published.
        is_self_declared: bool,
    },
}

/// One file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path in the site.
    pub path: String,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// Other contents than the manifest says.
    Damaged {
        /// Length and digest it should have.
        expected: (u64, Digest),
        /// Length and digest it has.
        found: (u64, Digest),
    },
    /// Not there.
    Missing,
    /// There, but in no manifest.
    Extra,
    /// A symbolic link where a file should be.
    Link,
    /// Could not be read, or is no good metadata.
    Unreadable(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = &self.path;
        match &self.kind {
            FaultKind::Damaged { expected, found } => write!(
                f,
                "{path}: damaged: expected {} bytes with SHA-256 {}, found {} with {}",
                expected.0, expected.1, found.0, found.1
            ),
            FaultKind::Missing => write!(f, "{path}: missing"),
            FaultKind::Extra => write!(f, "{path}: extra, in no manifest"),
            FaultKind::Link => write!(f, "{path}: a symbolic link instead of a file"),
            FaultKind::Unreadable(reason) => write!(f, "{path}: {reason}"),
        }
    }
}

/// Reads every file of a built site, or of a mirror's current release.
///
/// # Errors
/// Only what keeps it from looking: `dir` is not there, or has neither manifest nor `current`.
pub fn verify(dir: &Path, options: &VerifyOptions) -> Result<Verification, ReleaseError> {
    let current = current_name(dir)?;
    let tree = current.as_ref().map_or(dir.to_path_buf(), |name| dir.join("releases").join(name));
    if tree.is_dir() && !tree.join(MANIFEST_PATH).exists() {
        return Err(ReleaseError::NoManifest { dir: tree, manifest: MANIFEST_PATH });
    }
    let manifest_bytes = read_capped(&tree.join(MANIFEST_PATH), MANIFEST_PATH, MAX_MANIFEST_BYTES)?;
    let mut faults = Vec::new();
    let (authenticity, statement) =
        authenticity(dir, &tree, current.is_some(), options, &mut faults)?;
    if let Some(statement) = statement {
        let expected = (statement.manifest.len, statement.manifest.sha256);
        let found = (manifest_bytes.len() as u64, Digest::of(&manifest_bytes));
        if expected != found {
            let kind = FaultKind::Damaged { expected, found };
            faults.push(Fault { path: MANIFEST_PATH.to_owned(), kind });
        }
    }
    let manifest = match Manifest::parse(&manifest_bytes) {
        Ok(manifest) => Some(manifest),
        Err(error) => {
            faults.push(unreadable(MANIFEST_PATH, &error));
            None
        }
    };
    if let Some(manifest) = &manifest {
        faults.extend(tree_faults(&tree, manifest, &[], &|_| false)?);
    }
    faults.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Verification {
        release: manifest.as_ref().map_or(String::new(), |m| m.release().to_owned()),
        files: manifest.as_ref().map_or(0, |m| m.files().len()),
        bytes: manifest.as_ref().map_or(0, Manifest::total_len),
        faults,
        authenticity,
    })
}

/// Checks the statement; metadata that is not good becomes a fault.
fn authenticity(
    dir: &Path,
    tree: &Path,
    is_mirror: bool,
    options: &VerifyOptions,
    faults: &mut Vec<Fault>,
) -> Result<(Authenticity, Option<Statement>), ReleaseError> {
    let path = tree.join(RELEASE_PATH);
    let bytes = match read_capped(&path, RELEASE_PATH, MAX_SIGNED_BYTES) {
        Ok(bytes) => bytes,
        Err(ReleaseError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            if is_mirror {
                faults.push(Fault { path: RELEASE_PATH.to_owned(), kind: FaultKind::Missing });
            }
            return Ok((Authenticity::Unsigned, None));
        }
        Err(error) => {
            faults.push(unreadable(RELEASE_PATH, &error));
            return Ok((Authenticity::Unsigned, None));
        }
    };
    let kept = is_mirror.then(|| dir.join(KEPT_TRUST));
    let own = tree.join(TRUST_PATH);
    let outside = options.trust.clone().or(kept);
    let is_self_declared = outside.is_none();
    let trust = match Trust::read(outside.as_ref().unwrap_or(&own)) {
        Ok(trust) => trust,
        // A trust file given by hand that cannot be read is the caller's to mend.
        Err(error) if options.trust.is_some() => return Err(error),
        Err(error) => {
            faults.push(unreadable(TRUST_PATH, &error));
            return Ok((Authenticity::Unsigned, None));
        }
    };
    if !is_self_declared {
        faults.extend(differing_trust(&own, &trust));
    }
    match Statement::verify(&bytes, &trust) {
        Ok((statement, keys)) => {
            let authenticity = Authenticity::Signed {
                sequence: statement.sequence,
                keys,
                expires: statement.expires,
                is_expired: options.now >= statement.expires,
                fingerprint: trust.fingerprint(),
                is_self_declared,
            };
            Ok((authenticity, Some(statement)))
        }
        Err(error) => {
            faults.push(unreadable(RELEASE_PATH, &error));
            Ok((Authenticity::Unsigned, None))
        }
    }
}

/// The site's own trust file when it is not the one trusted.
fn differing_trust(own: &Path, trust: &Trust) -> Option<Fault> {
    let kind = match read_capped(own, TRUST_PATH, MAX_SIGNED_BYTES) {
        Ok(bytes) if bytes == trust.bytes() => return None,
        Ok(bytes) => FaultKind::Damaged {
            expected: (trust.bytes().len() as u64, Digest::of(trust.bytes())),
            found: (bytes.len() as u64, Digest::of(&bytes)),
        },
        Err(error) => FaultKind::Unreadable(error.to_string()),
    };
    Some(Fault { path: TRUST_PATH.to_owned(), kind })
}

fn unreadable(path: &str, error: &ReleaseError) -> Fault {
    Fault { path: path.to_owned(), kind: FaultKind::Unreadable(error.to_string()) }
}

/// Every difference between a tree and its manifest, ascending by path.
///
/// - `metadata`: files outside the manifest and the bytes they must have.
/// - `is_known_good`: files that need not be read again.
pub(crate) fn tree_faults(
    tree: &Path,
    manifest: &Manifest,
    metadata: &[(&str, &[u8])],
    is_known_good: &dyn Fn(&Entry) -> bool,
) -> Result<Vec<Fault>, ReleaseError> {
    let mut faults = BTreeMap::new();
    for entry in manifest.files() {
        if !is_known_good(entry)
            && let Some(kind) = file_fault(tree, entry)
        {
            faults.insert(entry.path.clone(), kind);
        }
    }
    for (path, bytes) in metadata {
        let entry =
            Entry { path: (*path).to_owned(), sha256: Digest::of(bytes), len: bytes.len() as u64 };
        if let Some(kind) = file_fault(tree, &entry) {
            faults.insert(entry.path, kind);
        }
    }
    for path in strangers(tree, manifest)? {
        faults.entry(path).or_insert(FaultKind::Extra);
    }
    Ok(faults.into_iter().map(|(path, kind)| Fault { path, kind }).collect())
}

fn file_fault(tree: &Path, entry: &Entry) -> Option<FaultKind> {
    let path = tree.join(&entry.path);
    let read = open_no_follow(&path).and_then(|file| {
        Digest::of_stream(file).map_err(|source| ReleaseError::io("read", &path, source))
    });
    match read {
        Ok((sha256, len)) if (sha256, len) == (entry.sha256, entry.len) => None,
        Ok((sha256, len)) => {
            let (expected, found) = ((entry.len, entry.sha256), (len, sha256));
            Some(FaultKind::Damaged { expected, found })
        }
        Err(ReleaseError::Link { .. }) => Some(FaultKind::Link),
        Err(ReleaseError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Some(FaultKind::Missing)
        }
        Err(error) => Some(FaultKind::Unreadable(error.to_string())),
    }
}

/// Files in the tree that no manifest lists.
fn strangers(tree: &Path, manifest: &Manifest) -> Result<Vec<String>, ReleaseError> {
    let mut strangers = Vec::new();
    if !tree.exists() {
        // A lost tree holds no strangers; that its files are missing is told one by one.
        return Ok(strangers);
    }
    let known = |path: &str| {
        let files = manifest.files();
        !is_listed(path) || files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    };
    let scan = scan_folder(tree, "", &mut |path, _| {
        if !known(path) {
            strangers.push(path.to_owned());
        }
        Ok(())
    });
    match scan {
        Ok(()) => Ok(strangers),
        // A planted link or unreadable name stops the walk, but is itself what was looked for.
        Err(ReleaseError::Link { path }) => {
            let path = path.strip_prefix(tree).unwrap_or(&path).to_string_lossy().into_owned();
            strangers.push(path);
            Ok(strangers)
        }
        Err(ReleaseError::Path { path, .. }) => {
            strangers.push(path);
            Ok(strangers)
        }
        Err(error) => Err(error),
    }
}
