//! Publishers that lie under good signatures, and signatures that are not enough.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;

use crate::clock::after_days;
use crate::statement::{Statement, seal};
use crate::trust::TrustBody;
use crate::{
    MANIFEST_PATH, Manifest, MirrorOptions, Mirrored, Origin, RELEASE_PATH, ReleaseError,
    TRUST_PATH, Trust, TrustSource, mirror,
};

const NOW: Timestamp = Timestamp::constant(1_795_352_400, 0);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A trust file with root key 1 and the given release keys and threshold.
fn trust(release: &[&SigningKey], threshold: usize) -> Vec<u8> {
    let root = key(1);
    let release: Vec<_> = release.iter().map(|key| key.verifying_key()).collect();
    let roots = [root.verifying_key()];
    let body = TrustBody::new((&roots, 1), (&release, threshold), 1, after_days(NOW, 30));
    seal(body, &[&root])
}

/// A folder that serves this manifest, signed by these keys.
struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    fn new(trust: &[u8], manifest: &[u8], release: &str, signers: &[&SigningKey]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, bytes: &[u8]| {
            let path = dir.path().join("site").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let statement = Statement::new(manifest, release, 1, NOW, after_days(NOW, 7));
        put("index.html", b"<p>hello");
        put(MANIFEST_PATH, manifest);
        put(RELEASE_PATH, &seal(statement, signers));
        put(TRUST_PATH, trust);
        Self { dir }
    }

    fn mirror_dir(&self) -> PathBuf {
        self.dir.path().join("mirror")
    }

    fn pull(&self) -> Result<Mirrored, ReleaseError> {
        let origin = Origin::parse(self.dir.path().join("site").to_str().unwrap()).unwrap();
        mirror(&origin, &self.mirror_dir(), &TrustSource::FirstUse, &MirrorOptions::new(NOW))
    }
}

fn one_file() -> Manifest {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("index.html"), b"<p>hello").unwrap();
    Manifest::scan(dir.path()).unwrap()
}

/// Pulls the one-file site under a trust and signatures.
fn pull_signed(trust: &[u8], signers: &[&SigningKey]) -> Result<Mirrored, ReleaseError> {
    let manifest = one_file();
    Site::new(trust, &manifest.to_bytes(), manifest.release(), signers).pull()
}

#[test]
fn an_unknown_key_is_refused() {
    let error = pull_signed(&trust(&[&key(2)], 1), &[&key(3)]).unwrap_err();
    assert!(matches!(error, ReleaseError::Signature { valid: 0, threshold: 1, .. }), "{error}");
}

#[test]
fn the_root_key_may_not_sign_releases() {
    assert!(pull_signed(&trust(&[&key(2)], 1), &[&key(1)]).is_err());
}

#[test]
fn below_the_threshold_is_refused_and_at_it_taken() {
    let (a, b, c) = (key(2), key(3), key(4));
    let two_of_three = trust(&[&a, &b, &c], 2);
    let error = pull_signed(&two_of_three, &[&a]).unwrap_err();
    assert!(matches!(error, ReleaseError::Signature { valid: 1, threshold: 2, .. }), "{error}");
    assert_eq!(pull_signed(&two_of_three, &[&c, &a]).unwrap().files, 1);
}

#[test]
fn one_key_that_signs_twice_counts_once() {
    let (a, b) = (key(2), key(3));
    let error = pull_signed(&trust(&[&a, &b], 2), &[&a, &a, &a]).unwrap_err();
    assert!(matches!(error, ReleaseError::Signature { valid: 1, threshold: 2, .. }), "{error}");
}

#[test]
fn one_key_under_two_ids_is_refused() {
    let good = String::from_utf8(trust(&[&key(2), &key(3)], 2)).unwrap();
    let value: serde_json::Value = serde_json::from_str(&good).unwrap();
    let keys = value["signed"]["keys"].as_object().unwrap();
    let publics: Vec<&str> =
        keys.values().map(|key| key["keyval"]["public"].as_str().unwrap()).collect();
    let twice = good.replace(publics[1], publics[0]);
    assert!(Trust::parse("trust.json", twice.as_bytes()).is_err());
}

#[test]
fn thresholds_that_make_no_sense_are_refused() {
    for threshold in [0, 2] {
        let bytes = trust(&[&key(2)], threshold);
        let error = Trust::parse("trust.json", &bytes).unwrap_err().to_string();
        assert!(error.contains("threshold"), "{error}");
    }
}

#[test]
fn a_signed_path_out_of_the_folder_refuses_the_whole_manifest() {
    let manifest = String::from_utf8(one_file().to_bytes()).unwrap();
    for path in
        ["../evil", "/etc/evil", "a/../../evil", "%2e%2e/evil", "..\\\\evil", "nul", "a\\u0000"]
    {
        let bad = manifest.replace("index.html", path);
        let release_key = key(2);
        let site =
            Site::new(&trust(&[&release_key], 1), bad.as_bytes(), "0123456789ab", &[&release_key]);
        let error = site.pull().unwrap_err();
        assert!(matches!(error, ReleaseError::Path { .. }), "{path}: {error}");
        assert!(!site.mirror_dir().join("current").exists());
        assert!(is_empty(&site.mirror_dir().join("objects")), "{path}");
    }
}

#[test]
fn paths_that_fall_together_refuse_the_whole_manifest() {
    let good = String::from_utf8(one_file().to_bytes()).unwrap();
    let start = good.find("{\"path\"").unwrap();
    let entry = &good[start..good.len() - 2];
    let both = format!("{},{entry}", entry.replace("index.html", "INDEX.html"));
    let bad = good.replace(entry, &both);
    let release_key = key(2);
    let site =
        Site::new(&trust(&[&release_key], 1), bad.as_bytes(), "0123456789ab", &[&release_key]);
    let error = site.pull().unwrap_err();
    assert!(matches!(error, ReleaseError::Collision { .. }), "{error}");
}

#[test]
fn a_statement_for_another_release_name_is_refused() {
    let manifest = one_file();
    let release_key = key(2);
    let trust = trust(&[&release_key], 1);
    let other = Site::new(&trust, &manifest.to_bytes(), "ba9876543210", &[&release_key]);
    assert!(matches!(other.pull().unwrap_err(), ReleaseError::Format { .. }));
    let escape = Site::new(&trust, &manifest.to_bytes(), "../../../abc", &[&release_key]);
    assert!(matches!(escape.pull().unwrap_err(), ReleaseError::Format { .. }));
}

#[test]
fn a_manifest_longer_than_any_is_not_asked_for() {
    let manifest = one_file();
    let release_key = key(2);
    let trust = trust(&[&release_key], 1);
    let site = Site::new(&trust, &manifest.to_bytes(), manifest.release(), &[&release_key]);
    let mut statement =
        Statement::new(&manifest.to_bytes(), manifest.release(), 1, NOW, after_days(NOW, 7));
    statement.manifest.len = u64::MAX;
    let path = site.dir.path().join("site").join(RELEASE_PATH);
    fs::write(path, seal(statement, &[&release_key])).unwrap();
    assert!(matches!(site.pull().unwrap_err(), ReleaseError::TooLong { .. }));
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}
