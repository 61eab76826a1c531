//! A site without records: its output holds what its author wrote and nothing else, and is known
//! again all the same.

use std::fs;
use std::path::PathBuf;

use crate::site::{Said, Site, run, tree};

/// A site as one would have it for Zola.
fn plain() -> Site {
    let site = Site::new();
    for part in ["content", "themes", "templates", "static", "woodblock.toml"] {
        let path = site.root().join(part);
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    site.write("config.toml", "base_url = \"https://plain.test\"\noutput_dir = \"dist\"\n");
    site.write("templates/index.html", "<p>home</p>");
    site.write("static/a.css", "p { color: red }");
    site
}

fn sign(site: &Site) -> Said {
    let keys = site.root().with_file_name("keys");
    if !keys.exists() {
        run(&["keys", "init", "--dir", keys.to_str().unwrap()]).expect(0, &[]);
    }
    run(&["sign", site.dist().to_str().unwrap(), "--keys", keys.to_str().unwrap()])
}

fn holds_woodblocks_files(site: &Site) -> bool {
    site.dist().join("woodblock").exists()
}

#[test]
fn nothing_is_added_to_a_plain_site() {
    let site = plain();
    site.build();
    let files: Vec<_> = tree(&site.dist()).into_keys().collect();
    assert_eq!(files, ["404.html", "a.css", "index.html", "robots.txt", "sitemap.xml"]);
}

#[test]
fn the_output_is_known_again_without_a_file_in_it() {
    let site = plain();
    site.build();
    site.write("static/a.css", "p { color: blue }");
    site.build();
    assert_eq!(fs::read_to_string(site.dist().join("a.css")).unwrap(), "p { color: blue }");
}

#[test]
fn a_folder_of_others_at_the_same_path_is_not_replaced() {
    let site = plain();
    site.build();
    fs::rename(site.dist(), site.root().join("taken-away")).unwrap();
    site.write("dist/precious.txt", "mine");
    site.run(&["build"]).expect(2, &["--force", "dist"]);
    assert!(site.dist().join("precious.txt").exists());
}

#[test]
fn the_cache_stays_out_of_the_authors_commits() {
    let site = plain();
    site.build();
    let ignored: PathBuf = site.root().join(".woodblock/.gitignore");
    assert_eq!(fs::read_to_string(ignored).unwrap(), "*\n");
}

#[test]
fn a_signature_stays_while_it_holds() {
    let site = plain();
    site.build();
    let dist = site.dist();
    run(&["verify", dist.to_str().unwrap()]).expect(1, &["woodblock sign"]);
    sign(&site).expect(0, &[]);
    let signed = tree(&dist);
    site.build();
    assert_eq!(tree(&dist), signed);
    run(&["verify", dist.to_str().unwrap()]).expect(0, &[]);

    site.write("static/a.css", "p { color: blue }");
    site.build();
    assert!(!holds_woodblocks_files(&site), "a signature of other files was kept");
    sign(&site).expect(0, &[]);
    run(&["verify", dist.to_str().unwrap()]).expect(0, &[]);
}

#[test]
fn an_unsigned_origin_is_told_how_it_is_signed() {
    let site = plain();
    site.build();
    let (dist, mirror) = (site.dist(), site.root().with_file_name("mirror"));
    run(&["mirror", dist.to_str().unwrap(), mirror.to_str().unwrap()])
        .expect(3, &["woodblock/trust.json", "woodblock sign"]);
}
