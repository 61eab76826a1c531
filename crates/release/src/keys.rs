//! Key files: two Ed25519 keys and the trust file that names them.
//!
//! `root.key` signs the trust file and can stay off line; `signing.key` signs releases. Both are
//! PKCS#8 in PEM, readable by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jiff::Timestamp;

use crate::clock::after_days;
use crate::error::ReleaseError;
use crate::files::{read_capped, sync_folder};
use crate::statement::seal;
use crate::trust::{Trust, TrustBody};

pub(crate) const ROOT_KEY_FILE: &str = "root.key";
pub(crate) const SIGNING_KEY_FILE: &str = "signing.key";
pub(crate) const TRUST_FILE: &str = "trust.json";
const MAX_KEY_BYTES: u64 = 16 * 1024;

/// How keys are made.
#[derive(Debug, Clone)]
pub struct KeysOptions {
    /// This moment.
    pub now: Timestamp,
    /// Days until the trust file expires.
    pub lifetime_days: u32,
}

/// What [`keys_init`] made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysCreated {
    /// Fingerprint of the trust file, for publishing by another way than the site.
    pub fingerprint: String,
    /// The files written.
    pub files: Vec<PathBuf>,
}

/// Makes `root.key`, `signing.key` and `trust.json` in `dir`.
///
/// # Errors
/// [`ReleaseError::KeyExists`] when one of them is there; nothing is ever overwritten.
pub fn keys_init(dir: &Path, options: &KeysOptions) -> Result<KeysCreated, ReleaseError> {
    let names = [ROOT_KEY_FILE, SIGNING_KEY_FILE, TRUST_FILE];
    let files: Vec<PathBuf> = names.iter().map(|name| dir.join(name)).collect();
    if let Some(path) = files.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(ReleaseError::KeyExists { path: path.clone() });
    }
    fs::create_dir_all(dir).map_err(|source| ReleaseError::io("create", dir, source))?;
    let (root, signing) = (new_key()?, new_key()?);
    let expires = after_days(options.now, options.lifetime_days);
    let (root_public, signing_public) = ([root.verifying_key()], [signing.verifying_key()]);
    let body = TrustBody::new((&root_public, 1), (&signing_public, 1), 1, expires);
    let trust = Trust::parse(TRUST_FILE, &seal(body, &[&root]))?;
    write_new(&files[0], pem(&root).as_bytes(), 0o600)?;
    write_new(&files[1], pem(&signing).as_bytes(), 0o600)?;
    write_new(&files[2], trust.bytes(), 0o644)?;
    sync_folder(dir)?;
    Ok(KeysCreated { fingerprint: trust.fingerprint(), files })
}

fn new_key() -> Result<SigningKey, ReleaseError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        ReleaseError::io("read", "the system's random source", std::io::Error::other(error))
    })?;
    Ok(SigningKey::from_bytes(&seed))
}

fn pem(key: &SigningKey) -> String {
    let pem = key.to_pkcs8_pem(LineEnding::LF);
    pem.expect("an Ed25519 key always encodes").as_str().to_owned()
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), ReleaseError> {
    let fail = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => ReleaseError::KeyExists { path: path.to_path_buf() },
        _ => ReleaseError::io("write", path, source),
    };
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)
}

/// Reads a key file that only its owner can read.
pub(crate) fn read_key(path: &Path) -> Result<SigningKey, ReleaseError> {
    let bytes = read_capped(path, &path.display().to_string(), MAX_KEY_BYTES)?;
    let meta = fs::metadata(path).map_err(|source| ReleaseError::io("read", path, source))?;
    let fail =
        |reason: &str| ReleaseError::Key { path: path.to_path_buf(), reason: reason.to_owned() };
    if meta.permissions().mode() & 0o077 != 0 {
        return Err(fail("others can read this key; run `chmod 600` on it, or make new keys"));
    }
    let text = std::str::from_utf8(&bytes).ok();
    let key = text.and_then(|text| SigningKey::from_pkcs8_pem(text).ok());
    key.ok_or_else(|| fail("no Ed25519 key in PKCS#8 PEM; make one with `woodblock keys init`"))
}
