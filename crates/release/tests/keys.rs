//! Keys are made once, kept private, and sign only what was built.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use release::{
    Authenticity, KeysOptions, MANIFEST_PATH, RELEASE_PATH, ReleaseError, SignOptions,
    VerifyOptions, keys_init, sign, verify,
};
use support::{NOW, Publisher};

const OPTIONS: SignOptions = SignOptions { now: NOW, lifetime_days: 7, sequence: None };

#[test]
fn keys_are_private_and_never_overwritten() {
    let publisher = Publisher::new();
    for name in ["root.key", "signing.key"] {
        let meta = fs::metadata(publisher.keys().join(name)).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let before = support::tree(&publisher.keys());
    for gone in ["root.key", "signing.key"] {
        fs::remove_file(publisher.keys().join(gone)).unwrap();
        let options = KeysOptions { now: NOW, lifetime_days: 1 };
        let error = keys_init(&publisher.keys(), &options).unwrap_err();
        assert!(matches!(error, ReleaseError::KeyExists { .. }), "{error}");
        fs::write(publisher.keys().join(gone), &before[gone]).unwrap();
    }
    assert_eq!(support::tree(&publisher.keys()), before);
}

#[test]
fn two_sets_of_keys_differ() {
    let (a, b) = (Publisher::new(), Publisher::new());
    assert_ne!(support::tree(&a.keys()), support::tree(&b.keys()));
}

#[test]
fn a_key_that_others_can_read_does_not_sign() {
    let publisher = Publisher::new();
    let key = publisher.keys().join("signing.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let error = sign(&publisher.site(), &publisher.keys(), &OPTIONS).unwrap_err();
    assert!(error.to_string().contains("chmod 600"), "{error}");
}

#[test]
fn a_key_of_another_set_does_not_sign() {
    let (publisher, other) = (Publisher::new(), Publisher::new());
    fs::copy(other.keys().join("signing.key"), publisher.keys().join("signing.key")).unwrap();
    let error = sign(&publisher.site(), &publisher.keys(), &OPTIONS).unwrap_err();
    assert!(matches!(error, ReleaseError::Key { .. }), "{error}");
}

#[test]
fn a_site_changed_after_its_build_is_not_signed() {
    let publisher = Publisher::new();
    publisher.put("index.html", b"<p>edited by hand");
    publisher.put("new.html", b"new");
    fs::remove_file(publisher.site().join("copy.html")).unwrap();
    let error = sign(&publisher.site(), &publisher.keys(), &OPTIONS).unwrap_err().to_string();
    for part in ["index.html was changed", "copy.html is missing", "new.html was added"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_site_without_a_manifest_gets_one_and_the_moment_is_its_sequence() {
    let publisher = Publisher::new();
    fs::remove_file(publisher.site().join(MANIFEST_PATH)).unwrap();
    fs::remove_file(publisher.site().join(RELEASE_PATH)).unwrap();
    let signed = sign(&publisher.site(), &publisher.keys(), &OPTIONS).unwrap();
    assert_eq!(signed.sequence, NOW.as_second().unsigned_abs());
    let found = verify(&publisher.site(), &VerifyOptions { now: NOW, trust: None }).unwrap();
    assert!(found.is_whole(), "{found:?}");
    assert!(matches!(found.authenticity, Authenticity::Signed { is_self_declared: true, .. }));
}

#[test]
fn signing_the_same_site_in_another_folder_gives_the_same_bytes() {
    let publisher = Publisher::new();
    let first = publisher.published();
    let copy = publisher.dir.path().join("elsewhere");
    for (path, bytes) in &first {
        let path = copy.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let options = SignOptions { sequence: Some(1), ..OPTIONS };
    sign(&copy, &publisher.keys(), &options).unwrap();
    assert_eq!(support::tree(&copy), first);
}

#[test]
fn an_unsigned_site_verifies_as_unsigned() {
    let publisher = Publisher::new();
    fs::remove_file(publisher.site().join(RELEASE_PATH)).unwrap();
    let found = verify(&publisher.site(), &VerifyOptions { now: NOW, trust: None }).unwrap();
    assert_eq!(found.authenticity, Authenticity::Unsigned);
    assert!(found.is_whole());
}

#[test]
fn a_site_without_a_manifest_says_how_it_gets_one() {
    let publisher = Publisher::new();
    fs::remove_file(publisher.site().join(MANIFEST_PATH)).unwrap();
    let options = VerifyOptions { now: NOW, trust: None };
    let error = verify(&publisher.site(), &options).unwrap_err();
    assert!(matches!(error, ReleaseError::NoManifest { .. }), "{error}");
    assert!(error.to_string().contains("`woodblock sign`"), "{error}");
}

#[test]
fn a_link_in_a_site_is_no_release() {
    let publisher = Publisher::new();
    std::os::unix::fs::symlink("/etc/hostname", publisher.site().join("host.txt")).unwrap();
    let error = sign(&publisher.site(), &publisher.keys(), &OPTIONS).unwrap_err();
    assert!(matches!(error, ReleaseError::Link { .. }), "{error}");
}
