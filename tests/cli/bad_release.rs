//! From build to mirror: what was changed on the way is named and healed, and a manifest that lies
//! is refused.

use std::fs;
use std::path::{Path, PathBuf};

use crate::site::{Said, Site, run, tree};

struct Published {
    site: Site,
    keys: PathBuf,
    mirror: PathBuf,
}

impl Published {
    /// A site, built, signed and mirrored.
    fn new() -> Self {
        let site = Site::new();
        site.build();
        let keys = site.root().with_file_name("keys");
        let mirror = site.root().with_file_name("mirror");
        run(&["keys", "init", "--dir", keys.to_str().unwrap()]).expect(0, &["fingerprint"]);
        let published = Self { site, keys, mirror };
        published.sign().expect(0, &[]);
        published.pull().expect(0, &["fingerprint"]);
        published
    }

    fn sign(&self) -> Said {
        let dist = self.site.dist();
        run(&["sign", dist.to_str().unwrap(), "--keys", self.keys.to_str().unwrap()])
    }

    fn pull(&self) -> Said {
        let (dist, trust) = (self.site.dist(), self.keys.join("trust.json"));
        run(&[
            "mirror",
            dist.to_str().unwrap(),
            self.mirror.to_str().unwrap(),
            "--trust",
            trust.to_str().unwrap(),
        ])
    }

    fn verify(&self) -> Said {
        run(&["verify", self.mirror.to_str().unwrap()])
    }

    fn served(&self) -> PathBuf {
        self.mirror.join("current")
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    // Written in place: the served tree and the object store share the file, as on a real disk.
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_mirror_serves_what_was_built() {
    let published = Published::new();
    published.verify().expect(0, &[]);
    let served = published.served().canonicalize().unwrap();
    assert_eq!(tree(&served), tree(&published.site.dist()));
}

#[test]
fn a_flipped_byte_is_named_and_healed() {
    let published = Published::new();
    flip(&published.served().join("first/index.html"));
    let said = published.verify().expect(1, &["not as the manifest says"]);
    assert!(said.out.contains("first/index.html: damaged"), "{}", said.out);
    published.pull().expect(0, &["healed first/index.html"]);
    published.verify().expect(0, &[]);
}

#[test]
fn a_missing_and_an_extra_file_are_named() {
    let published = Published::new();
    fs::remove_file(published.served().join("style.css")).unwrap();
    fs::write(published.served().join("extra.html"), "planted").unwrap();
    let said = published.verify().expect(1, &[]);
    assert!(said.out.contains("style.css: missing"), "{}", said.out);
    assert!(said.out.contains("extra.html: extra"), "{}", said.out);
}

#[test]
fn a_manifest_that_lies_is_refused() {
    let published = Published::new();
    let manifest = published.site.dist().join("woodblock/manifest.json");
    let good = fs::read_to_string(&manifest).unwrap();
    for (from, to) in
        [("first/index.html", "../first.html"), ("\"len\":", "\"len\":1"), ("}]}", "}]")]
    {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        fs::write(&manifest, bad).unwrap();
        let dist = published.site.dist();
        let said = run(&["verify", dist.to_str().unwrap()]);
        assert_eq!(said.code, Some(1), "{said:#?}");
        assert!(format!("{said:?}").contains("manifest.json"), "{said:#?}");

        let fresh = published.mirror.with_file_name("fresh");
        let said = run(&["mirror", dist.to_str().unwrap(), fresh.to_str().unwrap()]);
        assert!(matches!(said.code, Some(1 | 3)), "a lying manifest was pulled: {said:#?}");
        assert!(format!("{said:?}").contains("manifest.json"), "{said:#?}");
        assert!(!fresh.join("current").exists());
        assert!(!published.site.root().with_file_name("first.html").exists());
    }
}

#[test]
fn an_unsigned_site_is_not_mirrored_nor_verified() {
    let site = Site::new();
    site.build();
    let dist = site.dist();
    run(&["verify", dist.to_str().unwrap()]).expect(1, &["sign"]);
    let mirror = site.root().with_file_name("mirror");
    let said = run(&["mirror", dist.to_str().unwrap(), mirror.to_str().unwrap()]);
    assert!(matches!(said.code, Some(1 | 3)), "{said:#?}");
}

#[test]
fn a_signature_stays_while_nothing_changes() {
    let published = Published::new();
    published.site.build();
    let dist = published.site.dist();
    run(&["verify", dist.to_str().unwrap()]).expect(0, &[]);
    published.site.write("content/first.md", "+++\ntitle = \"Another\"\n+++\n");
    published.site.build();
    run(&["verify", dist.to_str().unwrap()]).expect(1, &["sign"]);
}

#[test]
fn keys_are_never_overwritten() {
    let published = Published::new();
    let before = tree(&published.keys);
    run(&["keys", "init", "--dir", published.keys.to_str().unwrap()]).expect(2, &["exists"]);
    assert_eq!(tree(&published.keys), before);
}
