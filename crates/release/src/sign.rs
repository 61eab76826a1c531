//! Signing a built site.

use std::path::Path;

use jiff::Timestamp;

use crate::clock::{after_days, whole_second};
use crate::digest::Digest;
use crate::error::ReleaseError;
use crate::files::write_whole;
use crate::keys::{SIGNING_KEY_FILE, TRUST_FILE, read_key};
use crate::manifest::{MANIFEST_PATH, Manifest};
use crate::statement::{RELEASE_PATH, Statement, seal};
use crate::trust::{TRUST_PATH, Trust, key_id};

/// How a site is signed.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// This moment.
    pub now: Timestamp,
    /// Days until mirrors refuse the release as stale.
    pub lifetime_days: u32,
    /// Sequence to sign under; `None`: the moment's seconds, which rise without a record kept.
    pub sequence: Option<u64>,
}

/// What [`sign`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The release's name: 12 digits.
    pub release: String,
    /// Its sequence.
    pub sequence: u64,
    /// When it expires.
    pub expires: Timestamp,
    /// Files in it.
    pub files: usize,
    /// Their bytes together.
    pub bytes: u64,
    /// Id of the key that signed.
    pub key_id: Digest,
    /// Fingerprint of the trust file beside it.
    pub fingerprint: String,
}

/// Signs the site in `dist` with the keys in `keys`, made by [`crate::keys_init`].
///
/// Writes [`TRUST_PATH`] and [`RELEASE_PATH`], and the manifest if there is none.
///
/// # Errors
/// [`ReleaseError::NotAsBuilt`] when the site's files are not what its manifest says.
pub fn sign(dist: &Path, keys: &Path, options: &SignOptions) -> Result<Signed, ReleaseError> {
    let key = read_key(&keys.join(SIGNING_KEY_FILE))?;
    let trust = Trust::read(&keys.join(TRUST_FILE))?;
    let key_id = key_id(&key.verifying_key());
    if !trust.release_role().holds(key_id) {
        let reason =
            format!("is not named by {TRUST_FILE} beside it; use the key it was made with");
        return Err(ReleaseError::Key { path: keys.join(SIGNING_KEY_FILE), reason });
    }
    let manifest = current_manifest(dist)?;
    let sequence = options.sequence.unwrap_or(options.now.as_second().unsigned_abs());
    let (created, expires) =
        (whole_second(options.now), after_days(options.now, options.lifetime_days));
    let bytes = manifest.to_bytes();
    let statement = Statement::new(&bytes, manifest.release(), sequence, created, expires);
    write_whole(&dist.join(TRUST_PATH), trust.bytes())?;
    write_whole(&dist.join(RELEASE_PATH), &seal(statement, &[&key]))?;
    Ok(Signed {
        release: manifest.release().to_owned(),
        sequence,
        expires,
        files: manifest.files().len(),
        bytes: manifest.total_len(),
        key_id,
        fingerprint: trust.fingerprint(),
    })
}

/// The manifest in `dist`, held against the files; a new one when there is none.
///
/// The bytes signed are those in the file, so a manifest in another spelling is written anew.
fn current_manifest(dist: &Path) -> Result<Manifest, ReleaseError> {
    let found = Manifest::scan(dist)?;
    if !dist.join(MANIFEST_PATH).exists() {
        found.write(dist)?;
        return Ok(found);
    }
    let said = Manifest::read(dist)?;
    if said.release() == found.release() {
        said.write(dist)?;
        return Ok(said);
    }
    Err(ReleaseError::NotAsBuilt { dir: dist.to_path_buf(), faults: differences(&said, &found) })
}

/// The first few files that differ, with how.
fn differences(said: &Manifest, found: &Manifest) -> Vec<String> {
    const SHOWN: usize = 5;
    let find = |manifest: &Manifest, path: &str| {
        let at = manifest.files().binary_search_by(|file| file.path.as_str().cmp(path));
        at.ok().map(|at| manifest.files()[at].sha256)
    };
    let gone = said.files().iter().filter_map(|file| match find(found, &file.path) {
        None => Some(format!("{} is missing", file.path)),
        Some(sha256) if sha256 != file.sha256 => Some(format!("{} was changed", file.path)),
        Some(_) => None,
    });
    let extra = found.files().iter().filter(|file| find(said, &file.path).is_none());
    gone.chain(extra.map(|file| format!("{} was added", file.path))).take(SHOWN).collect()
}
