//! What can go wrong with a release, with the values that show it and the way to mend it.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::digest::Digest;

/// Why a release could not be made, pulled or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// A file or folder could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried: `read`, `write`, `create` …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk, quota or file-size limit is reached.
    #[error(
        "no room to write {path}: {source}; free some space and run the pull again, it goes on where it stopped"
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder that says nothing of what it should hold.
    #[error(
        "{dir} holds no {manifest}, so nothing says what should be in it; sign the built site with `woodblock sign`, or name a mirror's folder"
    )]
    NoManifest {
        /// The folder.
        dir: PathBuf,
        /// Path of the manifest below it.
        manifest: &'static str,
    },
    /// A symbolic link where a file or folder should be.
    #[error("{path} is a symbolic link; remove it, nothing here may lead elsewhere")]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A path that no release may hold.
    #[error("path `{path}` {reason}; the whole manifest is refused")]
    Path {
        /// The path as written.
        path: String,
        /// Why it is refused.
        reason: String,
    },
    /// Two paths that some file system takes for one.
    #[error(
        "paths `{first}` and `{second}` fall together where case or composition is ignored; rename one"
    )]
    Collision {
        /// The path met first.
        first: String,
        /// The path that collides with it.
        second: String,
    },
    /// A metadata file that is not what its format says.
    #[error("{file}: {reason}")]
    Format {
        /// The file, as a path in the release.
        file: String,
        /// What was expected and found.
        reason: String,
    },
    /// A metadata file longer than its cap.
    #[error("{file}: more than {cap_bytes} bytes; refused")]
    TooLong {
        /// The file, as a path in the release.
        file: String,
        /// The most that is read.
        cap_bytes: u64,
    },
    /// A file that is not the one the manifest or statement names.
    #[error(
        "{file} from {origin}: expected {expected_len} bytes with SHA-256 {expected}, found {found}"
    )]
    Mismatch {
        /// The file, as a path in the release.
        file: String,
        /// Where it came from.
        origin: String,
        /// The digest it should have.
        expected: Digest,
        /// The length it should have.
        expected_len: u64,
        /// What came instead.
        found: String,
    },
    /// A source did not give a file.
    #[error("{file} from {origin}: {reason}")]
    Fetch {
        /// The file, as a path in the release.
        file: String,
        /// Where it was asked for.
        origin: String,
        /// What happened.
        reason: String,
    },
    /// Too few good signatures of trusted keys.
    #[error("{file}: {valid} good signatures of trusted keys, {threshold} needed; {detail}")]
    Signature {
        /// The file, as a path in the release.
        file: String,
        /// Good signatures, each key counted once.
        valid: usize,
        /// How many are needed.
        threshold: usize,
        /// Which keys signed, and what to do.
        detail: String,
    },
    /// No trust on record and none given.
    #[error(
        "{dir} trusts nobody yet: give the publisher's trust file (--trust FILE), or accept the origin's own at first use after comparing its fingerprint"
    )]
    NoTrust {
        /// The mirror's folder.
        dir: PathBuf,
    },
    /// The trust given is not the one on record.
    #[error(
        "trust file {given} (fingerprint {given_fingerprint}) differs from the one this mirror was set up with ({kept_fingerprint}); to change publishers start an empty folder"
    )]
    TrustChanged {
        /// The file given.
        given: PathBuf,
        /// Its fingerprint.
        given_fingerprint: String,
        /// The fingerprint on record.
        kept_fingerprint: String,
    },
    /// An older release than the one already held.
    #[error("origin offers release {offered}, older than {held} which is held; refused (rollback)")]
    Rollback {
        /// Sequence held.
        held: u64,
        /// Sequence offered.
        offered: u64,
    },
    /// The same sequence with other contents.
    #[error(
        "origin offers other contents under sequence {sequence} than the release held ({offered} instead of {held}); refused, ask the publisher to sign anew"
    )]
    Equivocation {
        /// The sequence.
        sequence: u64,
        /// Manifest digest held.
        held: Digest,
        /// Manifest digest offered.
        offered: Digest,
    },
    /// The statement or trust is past its date.
    #[error(
        "{file} expired on {expired}; updates are refused, what is held stays served; the publisher must sign anew"
    )]
    Expired {
        /// The file, as a path in the release.
        file: String,
        /// When it expired.
        expired: Timestamp,
    },
    /// Signed in the future: one of the clocks is wrong.
    #[error(
        "{file} was made on {created}, but this machine's clock says {now}; set the clock right, what is held stays served"
    )]
    Clock {
        /// The file, as a path in the release.
        file: String,
        /// When it says it was made.
        created: Timestamp,
        /// This machine's time.
        now: Timestamp,
    },
    /// Another pull into the same folder is running.
    #[error("another pull into {dir} is running; wait for it to end")]
    Locked {
        /// The mirror's folder.
        dir: PathBuf,
    },
    /// The origin kept changing during the pull.
    #[error(
        "the origin published again during each of {attempts} attempts; run the pull again later"
    )]
    Restless {
        /// Attempts made.
        attempts: u32,
    },
    /// The folder holds something that is no mirror.
    #[error("{dir} holds `{found}`, which no mirror has; pull into an empty folder")]
    NotAMirror {
        /// The folder.
        dir: PathBuf,
        /// The entry that does not belong.
        found: String,
    },
    /// A key file is there already.
    #[error("{path} exists; keys are never overwritten, choose another folder")]
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// A key file that others can read or that is no key.
    #[error("{path}: {reason}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// The site changed after its manifest was written.
    #[error("{dir} is not what its manifest says ({}); build it anew, then sign", .faults.join(", "))]
    NotAsBuilt {
        /// The site's folder.
        dir: PathBuf,
        /// The first differences.
        faults: Vec<String>,
    },
    /// An origin that is neither a folder nor an http(s) address.
    #[error("origin `{origin}`: {reason}")]
    Origin {
        /// As given.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// Files that no source gave; the held release stays.
    #[error("{} of the release's files could not be fetched, the held release stays:\n{}", .0.len(), shown(.0))]
    Missing(Vec<ReleaseError>),
}

fn shown(errors: &[ReleaseError]) -> String {
    const SHOWN: usize = 10;
    let mut lines: Vec<String> = errors.iter().take(SHOWN).map(ToString::to_string).collect();
    if errors.len() > SHOWN {
        lines.push(format!("and {} more", errors.len() - SHOWN));
    }
    lines.join("\n")
}

impl ReleaseError {
    /// An I/O failure with its path; a full disk gets its own variant.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let path = path.into();
        match source.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::Full { path, source },
            _ => Self::Io { action, path, source },
        }
    }

    pub(crate) fn format(file: &str, reason: impl Into<String>) -> Self {
        Self::Format { file: file.to_owned(), reason: reason.into() }
    }

    /// Whether the fault lies with the content (or its publisher) rather than this machine or
    /// the network.
    pub fn is_content_fault(&self) -> bool {
        !matches!(
            self,
            Self::Io { .. }
                | Self::Full { .. }
                | Self::Fetch { .. }
                | Self::Locked { .. }
                | Self::Clock { .. }
        )
    }
}
