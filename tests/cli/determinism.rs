//! The same input gives the same bytes in any folder, time zone and thread count.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::site::{repository, tree, woodblock};

/// What the portal is made of.
const PARTS: [&str; 6] =
    ["config.toml", "woodblock.toml", "content", "themes", "templates", "static"];

fn copy_portal(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for part in PARTS.iter().map(|part| repository().join(part)).filter(|part| part.exists()) {
        let copied = Command::new("cp").arg("-r").arg(part).arg(to).status().unwrap();
        assert!(copied.success());
    }
}

fn build(root: &Path, zone: &str, threads: &str) {
    let output = woodblock()
        .arg("--root")
        .arg(root)
        .args(["build", "--date", "2026-11-22"])
        .env("TZ", zone)
        .env("RAYON_NUM_THREADS", threads)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_portal_is_the_same_in_any_folder_zone_and_thread_count() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("a/longer path/two"));
    copy_portal(&one);
    copy_portal(&two);
    build(&one, "Pacific/Kiritimati", "1");
    build(&two, "America/Adak", "7");
    let (one, two) = (tree(&one.join("dist")), tree(&two.join("dist")));
    assert!(one.len() > 100, "the portal has only {} files", one.len());
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(two[path] == *bytes, "{path} differs");
    }
}

/// Which thread takes which documents differs from run to run, and so do runs and batches.
#[test]
fn an_index_is_the_same_however_many_threads_make_it() {
    let folder = tempfile::tempdir().unwrap();
    let line = |n: usize| {
        let words: Vec<String> =
            (0..n % 400).map(|at| format!("w{}", (n * 31 + at * at) % 977)).collect();
        let text = words.join(" ");
        format!("{{\"id\":\"R{n}\",\"title\":\"Mask {n} 口罩\",\"text\":\"{text}\"}}\n")
    };
    let records = folder.path().join("r.jsonl");
    fs::write(&records, (0..3_000).map(line).collect::<String>()).unwrap();
    let index = |threads: &str, transport: &[&str]| {
        let out = folder.path().join(threads);
        let mut command = woodblock();
        command.arg("index").arg(&records).arg("--force").arg("-o").arg(&out).args(transport);
        assert!(command.env("RAYON_NUM_THREADS", threads).output().unwrap().status.success());
        tree(&out)
    };
    for transport in [&[][..], &["--packs"]] {
        let one = index("1", transport);
        assert!(["2", "7"].iter().all(|threads| index(threads, transport) == one), "{transport:?}");
    }
}

/// The files of a Tera site whose content was edited: built over an older output, and from nothing.
#[test]
fn a_build_over_an_older_one_is_the_one_from_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (warm, cold) = (folder.path().join("warm"), folder.path().join("cold"));
    let source = repository().join("tests/sites/tera/site");
    for to in [&warm, &cold] {
        assert!(Command::new("cp").arg("-r").arg(&source).arg(to).status().unwrap().success());
    }
    build(&warm, "UTC", "2");
    for root in [&warm, &cold] {
        let text = "+++\ntitle = \"Added\"\ndate = 2026-11-01\n+++\nNew words.\n";
        fs::write(root.join("content/added.md"), text).unwrap();
    }
    build(&warm, "UTC", "2");
    build(&cold, "UTC", "1");
    let (warm, cold) = (tree(&warm.join("public")), tree(&cold.join("public")));
    assert!(cold.len() > 3, "only {} files", cold.len());
    assert_eq!(warm, cold);
}
