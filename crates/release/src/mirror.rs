//! Pulling a release into a folder that a plain web server serves.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::check_dates;
use crate::digest::Digest;
use crate::error::ReleaseError;
use crate::fetch::{Patience, Source};
use crate::files::write_whole;
use crate::manifest::{Entry, MANIFEST_PATH, MAX_MANIFEST_BYTES, Manifest};
use crate::origin::Origin;
use crate::pull::{one_each, pull_objects};
use crate::statement::{MAX_SIGNED_BYTES, RELEASE_PATH, Statement};
use crate::store::{ObjectState, Store};
use crate::trust::{TRUST_PATH, Trust, TrustSource};
use crate::verify::tree_faults;

/// Starts over when the origin publishes in mid-pull, at most so often.
const MAX_ATTEMPTS: u32 = 3;

/// Is told each step as it is done, from several threads.
pub type Tell = Arc<dyn Fn(&Progress) + Send + Sync>;

/// How a release is pulled.
#[derive(Clone)]
pub struct MirrorOptions {
    /// This moment, by this machine's clock.
    pub now: Timestamp,
    /// Further sources of files, asked when the origin gives none or a wrong one. What is current
    /// is told by the origin alone.
    pub other_sources: Vec<Origin>,
    /// Files fetched at the same time.
    pub threads: usize,
    /// The longest silence of a source.
    pub stall: Duration,
    /// The least bytes a second of a source.
    pub min_rate_bytes_per_s: u64,
    /// Told after each step.
    pub progress: Option<Tell>,
}

impl MirrorOptions {
    /// Eight files at a time, at least 512 bytes a second each, silences of at most 20 s.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            other_sources: Vec::new(),
            threads: 8,
            stall: Duration::from_secs(20),
            min_rate_bytes_per_s: 512,
            progress: None,
        }
    }
}

impl fmt::Debug for MirrorOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorOptions")
            .field("now", &self.now)
            .field("other_sources", &self.other_sources)
            .field("threads", &self.threads)
            .field("stall", &self.stall)
            .field("min_rate_bytes_per_s", &self.min_rate_bytes_per_s)
            .finish_non_exhaustive()
    }
}

/// A step of a pull that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The signed statement is good.
    Verified {
        /// The release's name.
        release: String,
        /// Its sequence.
        sequence: u64,
    },
    /// It is known what must be fetched.
    Planned {
        /// Files to fetch; equal ones count once.
        files: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// A file is in the store.
    Fetched {
        /// Its path in the site.
        path: String,
        /// Its length.
        len: u64,
    },
    /// The new tree is whole and on disk.
    Linked,
    /// `current` is the new release.
    Switched,
}

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored {
    /// The release's name.
    pub release: String,
    /// Its sequence.
    pub sequence: u64,
    /// When it expires.
    pub expires: Timestamp,
    /// Fingerprint of the trust it was checked against.
    pub fingerprint: String,
    /// The trust came from the origin in this run: a person must compare the fingerprint.
    pub is_first_use: bool,
    /// Files in the release.
    pub files: usize,
    /// Objects fetched.
    pub fetched_files: usize,
    /// Bytes fetched.
    pub fetched_bytes: u64,
    /// Paths that were damaged, missing or extra in what was held of this release, and are mended.
    pub healed: Vec<String>,
    /// Whether `current` was switched.
    pub is_switched: bool,
    /// The folder of the release.
    pub tree: PathBuf,
}

/// Pulls the origin's release into `dir` and switches `dir/current` to it.
///
/// # Errors
/// Everything in [`ReleaseError`]; whatever it is, `current` stays what it was, whole, and the
/// next run goes on with what was fetched.
pub fn mirror(
    origin: &Origin,
    dir: &Path,
    trust: &TrustSource,
    options: &MirrorOptions,
) -> Result<Mirrored, ReleaseError> {
    let store = Store::open(dir)?;
    let patience =
        Patience { stall: options.stall, min_rate_bytes_per_s: options.min_rate_bytes_per_s };
    let all = std::iter::once(origin).chain(&options.other_sources);
    let sources: Vec<Source> = all.map(|origin| Source::new(origin.clone(), patience)).collect();
    let (trust, is_kept) = find_trust(&store, &sources[0], trust)?;
    check_dates(TRUST_PATH, Timestamp::MIN, trust.expires(), options.now)?;
    let pull = Pull { store: &store, sources: &sources, trust: &trust, is_kept, options };
    for _ in 0..MAX_ATTEMPTS {
        if let Some(mirrored) = pull.attempt()? {
            return Ok(mirrored);
        }
    }
    Err(ReleaseError::Restless { attempts: MAX_ATTEMPTS })
}

/// The trust to check against, and whether it is on record already.
fn find_trust(
    store: &Store,
    origin: &Source,
    wanted: &TrustSource,
) -> Result<(Trust, bool), ReleaseError> {
    let kept_path = store.kept_trust_path();
    let kept = match kept_path.symlink_metadata() {
        Ok(_) => Some(Trust::read(&kept_path)?),
        Err(_) => None,
    };
    match (wanted, kept) {
        (TrustSource::File(path), Some(kept)) => {
            let given = Trust::read(path)?;
            if given.fingerprint() == kept.fingerprint() {
                return Ok((kept, true));
            }
            Err(ReleaseError::TrustChanged {
                given: path.clone(),
                given_fingerprint: given.fingerprint(),
                kept_fingerprint: kept.fingerprint(),
            })
        }
        (_, Some(kept)) => Ok((kept, true)),
        (TrustSource::File(path), None) => Ok((Trust::read(path)?, false)),
        (TrustSource::FirstUse, None) => {
            let bytes = origin.small(TRUST_PATH, MAX_SIGNED_BYTES)?;
            Ok((Trust::parse(TRUST_PATH, &bytes)?, false))
        }
        (TrustSource::Kept, None) => Err(ReleaseError::NoTrust { dir: store.root().to_path_buf() }),
    }
}

/// One pull: what it works with.
struct Pull<'a> {
    store: &'a Store,
    sources: &'a [Source],
    trust: &'a Trust,
    is_kept: bool,
    options: &'a MirrorOptions,
}

/// The signed statement and its manifest, as read and as bytes.
struct Wanted {
    statement: Statement,
    statement_bytes: Vec<u8>,
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
}

impl Pull<'_> {
    /// One try; `None` when the origin published something else meanwhile.
    fn attempt(&self) -> Result<Option<Mirrored>, ReleaseError> {
        let held = self.store.current_name()?;
        let statement_bytes = self.origin().small(RELEASE_PATH, MAX_SIGNED_BYTES)?;
        let (statement, _) = Statement::verify(&statement_bytes, self.trust)?;
        self.check_against_held(&statement, held.as_deref())?;
        check_dates(RELEASE_PATH, statement.created, statement.expires, self.options.now)?;
        let (release, sequence) = (statement.release.clone(), statement.sequence);
        self.tell(&Progress::Verified { release, sequence });
        if !self.is_kept {
            write_whole(&self.store.kept_trust_path(), self.trust.bytes())?;
        }
        let manifest_bytes = match self.manifest(&statement, held.as_deref()) {
            Ok(bytes) => bytes,
            Err(error) => return self.unless_republished(&statement_bytes, error),
        };
        let manifest = Manifest::parse(&manifest_bytes)?;
        if manifest.release() != statement.release {
            let (said, made) = (&statement.release, manifest.release());
            let reason = format!("is for release {said}, the manifest is of {made}");
            return Err(ReleaseError::format(RELEASE_PATH, reason));
        }
        self.bring(&Wanted { statement, statement_bytes, manifest, manifest_bytes }, held)
    }

    /// Makes the wanted release the current one.
    fn bring(
        &self,
        wanted: &Wanted,
        held: Option<String>,
    ) -> Result<Option<Mirrored>, ReleaseError> {
        let objects = one_each(wanted.manifest.files());
        let missing = self.missing(&objects)?;
        let held_faults = self.held_faults(wanted, held.as_deref())?;
        let bytes: u64 = missing.iter().map(|entry| entry.len).sum();
        self.tell(&Progress::Planned { files: missing.len(), bytes });
        let done = |entry: &Entry| {
            self.tell(&Progress::Fetched { path: entry.path.clone(), len: entry.len });
        };
        let faults = pull_objects(self.store, self.sources, &missing, self.options.threads, &done)?;
        if !faults.is_empty() {
            return self.unless_republished(&wanted.statement_bytes, ReleaseError::Missing(faults));
        }
        let is_whole = held_faults.as_ref().is_some_and(Vec::is_empty) && missing.is_empty();
        let current = match held {
            Some(held) if is_whole => held,
            _ => self.switch_to(wanted)?,
        };
        self.store.clean(&current)?;
        Ok(Some(Mirrored {
            release: wanted.statement.release.clone(),
            sequence: wanted.statement.sequence,
            expires: wanted.statement.expires,
            fingerprint: self.trust.fingerprint(),
            is_first_use: !self.is_kept,
            files: wanted.manifest.files().len(),
            fetched_files: missing.len(),
            fetched_bytes: bytes,
            healed: held_faults.unwrap_or_default(),
            is_switched: !is_whole,
            tree: self.store.tree(&current),
        }))
    }

    fn origin(&self) -> &Source {
        &self.sources[0]
    }

    fn tell(&self, progress: &Progress) {
        if let Some(tell) = &self.options.progress {
            tell(progress);
        }
    }

    /// Refuses to go back, and two contents under one sequence.
    fn check_against_held(
        &self,
        offered: &Statement,
        held: Option<&str>,
    ) -> Result<(), ReleaseError> {
        let Some(name) = held else { return Ok(()) };
        let digits = name.split('-').next().unwrap_or_default();
        let sequence: u64 = digits.parse().map_err(|_| {
            ReleaseError::format(name, "is no release's folder; pull into an empty folder")
        })?;
        if offered.sequence < sequence {
            return Err(ReleaseError::Rollback { held: sequence, offered: offered.sequence });
        }
        let other_name = name.split('.').next() != Some(offered.folder_name().as_str());
        let manifest = self.held_manifest_digest(name);
        let offered_digest = offered.manifest.sha256;
        if offered.sequence == sequence
            && (other_name || manifest.is_some_and(|d| d != offered_digest))
        {
            let held = manifest.unwrap_or(Digest::of(b""));
            return Err(ReleaseError::Equivocation { sequence, held, offered: offered_digest });
        }
        Ok(())
    }

    /// The manifest digest that the held statement names; `None` when it is damaged.
    fn held_manifest_digest(&self, name: &str) -> Option<Digest> {
        let path = self.store.tree(name).join(RELEASE_PATH);
        let bytes = crate::files::read_capped(&path, RELEASE_PATH, MAX_SIGNED_BYTES).ok()?;
        Some(Statement::verify(&bytes, self.trust).ok()?.0.manifest.sha256)
    }

    /// The manifest's bytes: the held ones when they are the same, else from a source.
    fn manifest(&self, statement: &Statement, held: Option<&str>) -> Result<Vec<u8>, ReleaseError> {
        let wanted = &statement.manifest;
        if wanted.len > MAX_MANIFEST_BYTES {
            let (file, cap_bytes) = (MANIFEST_PATH.to_owned(), MAX_MANIFEST_BYTES);
            return Err(ReleaseError::TooLong { file, cap_bytes });
        }
        let is_wanted = |bytes: &[u8]| Digest::of(bytes) == wanted.sha256;
        if let Some(name) = held {
            let path = self.store.tree(name).join(MANIFEST_PATH);
            let bytes = crate::files::read_capped(&path, MANIFEST_PATH, wanted.len);
            if let Ok(bytes) = bytes
                && is_wanted(&bytes)
            {
                return Ok(bytes);
            }
        }
        let mut first = None;
        for source in self.sources {
            let error = match source.small(MANIFEST_PATH, wanted.len) {
                Ok(bytes) if is_wanted(&bytes) => return Ok(bytes),
                Ok(bytes) => ReleaseError::Mismatch {
                    file: MANIFEST_PATH.to_owned(),
                    origin: source.name(),
                    expected: wanted.sha256,
                    expected_len: wanted.len,
                    found: format!("{} bytes with SHA-256 {}", bytes.len(), Digest::of(&bytes)),
                },
                Err(error) => error,
            };
            first.get_or_insert(error);
        }
        Err(first.expect("there is at least one source"))
    }

    /// `None` when the origin offers another statement by now; the error otherwise.
    fn unless_republished<T>(
        &self,
        before: &[u8],
        error: ReleaseError,
    ) -> Result<Option<T>, ReleaseError> {
        match self.origin().small(RELEASE_PATH, MAX_SIGNED_BYTES) {
            Ok(now) if now != before => Ok(None),
            _ => Err(error),
        }
    }

    /// The objects that are not in the store, or not as they should be.
    fn missing<'e>(&self, objects: &[&'e Entry]) -> Result<Vec<&'e Entry>, ReleaseError> {
        let mut missing = Vec::new();
        for entry in objects {
            if self.store.check_object(entry)? != ObjectState::Good {
                missing.push(*entry);
            }
        }
        Ok(missing)
    }

    /// The faulty paths in the current tree; `None` when it is of another release.
    fn held_faults(
        &self,
        wanted: &Wanted,
        held: Option<&str>,
    ) -> Result<Option<Vec<String>>, ReleaseError> {
        let folder = wanted.statement.folder_name();
        let Some(name) = held.filter(|name| name.split('.').next() == Some(folder.as_str())) else {
            return Ok(None);
        };
        let tree = self.store.tree(name);
        // A file that is the very object was read when the object was.
        let is_object = |entry: &Entry| {
            self.store.is_object(&tree, entry)
                && self.store.check_object(entry).is_ok_and(|state| state == ObjectState::Good)
        };
        let faults = tree_faults(&tree, &wanted.manifest, &self.metadata(wanted), &is_object)?;
        Ok(Some(faults.into_iter().map(|fault| fault.path).collect()))
    }

    /// The files of a tree that the manifest does not list.
    fn metadata<'w>(&'w self, wanted: &'w Wanted) -> [(&'static str, &'w [u8]); 3] {
        [
            (MANIFEST_PATH, wanted.manifest_bytes.as_slice()),
            (RELEASE_PATH, wanted.statement_bytes.as_slice()),
            (TRUST_PATH, self.trust.bytes()),
        ]
    }

    fn switch_to(&self, wanted: &Wanted) -> Result<String, ReleaseError> {
        let name = wanted.statement.folder_name();
        let name = self.store.link_tree(&name, &wanted.manifest, &self.metadata(wanted))?;
        self.tell(&Progress::Linked);
        self.store.switch(&name)?;
        self.tell(&Progress::Switched);
        Ok(name)
    }
}
