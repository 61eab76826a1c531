//! A damaged index: the block is named, with what is wrong and what to do, and nothing panics.

use std::fs;
use std::path::{Path, PathBuf};

use crate::site::{Said, run};

/// An index of some records in a temporary folder.
fn index() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let line = |n| {
        format!("{{\"id\":\"R{n}\",\"title\":\"Mask number {n}\",\"text\":\"cloth w{n} 口罩\"}}")
    };
    let lines = (0..300).map(line).collect::<Vec<_>>().join("\n");
    let records = folder.path().join("r.jsonl");
    fs::write(&records, lines).unwrap();
    let out = folder.path().join("out");
    run(&["index", records.to_str().unwrap(), "-o", out.to_str().unwrap()]).expect(0, &[]);
    (folder, out)
}

fn search(index: &Path) -> Said {
    run(&["search", index.to_str().unwrap(), "mask cloth"])
}

fn blocks(index: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(index).unwrap().map(|entry| entry.unwrap().path());
    let mut blocks: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "wbi")).collect();
    blocks.sort();
    blocks
}

/// Changes each block in turn; a search that reads it must say so, one that does not must answer.
fn each_block(change: impl Fn(&mut Vec<u8>), expect: &str) {
    let (_folder, index) = index();
    let good = search(&index).expect(0, &[]).out;
    let mut refused = 0;
    for block in blocks(&index) {
        let bytes = fs::read(&block).unwrap();
        let mut changed = bytes.clone();
        change(&mut changed);
        fs::write(&block, changed).unwrap();
        let said = search(&index);
        if said.code == Some(0) {
            assert_eq!(
                without_time(&said.out),
                without_time(&good),
                "a damaged block changed the answer"
            );
        } else {
            let name = block.file_stem().unwrap().to_str().unwrap();
            said.expect(1, &[name, expect]);
            refused += 1;
        }
        fs::write(&block, bytes).unwrap();
    }
    assert!(refused >= 2, "the root and at least one more block are read");
}

fn without_time(out: &str) -> String {
    out.lines().filter(|line| !line.contains("µs")).collect()
}

#[test]
fn truncated_block() {
    each_block(|bytes| bytes.truncate(bytes.len() / 2), "digest");
}

#[test]
fn flipped_bit() {
    each_block(
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        "digest",
    );
}

#[test]
fn longer_block() {
    each_block(|bytes| bytes.extend_from_slice(b"more"), "digest");
}

#[test]
fn missing_block() {
    let (_folder, index) = index();
    for block in blocks(&index) {
        let bytes = fs::read(&block).unwrap();
        fs::remove_file(&block).unwrap();
        let said = search(&index);
        assert!(matches!(said.code, Some(0 | 3)), "{said:#?}");
        fs::write(&block, bytes).unwrap();
    }
}

#[test]
fn entry_pointers_that_lie() {
    let (_folder, index) = index();
    let entry = index.join("entry.json");
    let good = fs::read_to_string(&entry).unwrap();
    let value: serde_json::Value = serde_json::from_str(&good).unwrap();
    let with = |key: &str, new: serde_json::Value| {
        let mut value = value.clone();
        value[key] = new;
        value.to_string()
    };
    for bad in [
        String::new(),
        "[]".to_owned(),
        "{".repeat(100_000),
        with("format", 2.into()),
        with("root", "../../etc/passwd".into()),
        with("root", "/etc/passwd.wbi".into()),
        with("sha256", "00".repeat(32).into()),
        with("sha256", "zz".repeat(32).into()),
        with("len", 3.into()),
        with("len", u32::MAX.into()),
        with("len", (-1).into()),
    ] {
        fs::write(&entry, &bad).unwrap();
        let said = search(&index);
        let start: String = bad.chars().take(200).collect();
        assert_eq!(said.code, Some(1), "{start}: {said:#?}");
        assert!(said.err.starts_with("error: "), "{start}: {}", said.err);
    }
}

/// Blocks with a right digest and wrong contents come from a hostile publisher; the decoder alone
/// stands between them and the reader.
#[test]
fn a_root_of_noise_with_a_right_digest_is_refused() {
    use std::io::Write as _;
    let (_folder, index) = index();
    for (seed, len) in [(1_u32, 0_usize), (2, 1), (3, 16), (4, 4_096)] {
        let mut state = seed;
        let noise: Vec<u8> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        let mut child = std::process::Command::new("sha256sum")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&noise).unwrap();
        let digest = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let digest = &digest[..64];
        let name = format!("{}.wbi", &digest[..16]);
        fs::write(index.join(&name), &noise).unwrap();
        let entry =
            format!("{{\"format\":1,\"root\":\"{name}\",\"sha256\":\"{digest}\",\"len\":{len}}}");
        fs::write(index.join("entry.json"), entry).unwrap();
        let said = search(&index);
        assert_eq!(said.code, Some(1), "{said:#?}");
        assert!(!said.err.contains("panicked"), "{}", said.err);
    }
}
