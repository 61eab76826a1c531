//! Parts of a collection, indexed by processes of their own and merged; and what goes wrong.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::full_disk::SmallDisk;
use crate::site::{Said, repository, run, tree};

fn record(n: usize) -> String {
    format!(
        "{{\"id\":\"R{n}\",\"title\":\"Mask number {n}\",\"text\":\"cloth w{} 口罩{}\",\"ipc\":\"A62B{}/00\",\"date\":\"20{:02}-01-02\"}}\n",
        n % 97,
        n % 13,
        n % 19,
        n % 24
    )
}

/// Three files of records, and one of them all.
fn parts(folder: &Path) -> (Vec<PathBuf>, PathBuf) {
    let mut all = String::new();
    let mut files = Vec::new();
    for part in 0..3 {
        let lines: String = (0..900).filter(|n| n % 3 == part).map(record).collect();
        all.push_str(&lines);
        let file = folder.join(format!("{part}.jsonl"));
        fs::write(&file, lines).unwrap();
        files.push(file);
    }
    let whole = folder.join("all.jsonl");
    fs::write(&whole, all).unwrap();
    (files, whole)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn index(input: &Path, output: &Path, more: &[&str]) -> Said {
    run(&[&["index", text(input), "-o", text(output)], more].concat())
}

/// A store of objects: PUT keeps, GET gives back.
struct ObjectStore(String);

impl ObjectStore {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/bucket", listener.local_addr().unwrap());
        let objects = Arc::new(Mutex::new(BTreeMap::new()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let objects = objects.clone();
                std::thread::spawn(move || serve(stream.unwrap(), &objects));
            }
        });
        Self(address)
    }
}

fn serve(mut stream: TcpStream, objects: &Mutex<BTreeMap<String, Vec<u8>>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut len = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            len = value.trim().parse().ok()?;
        }
        if header == "expect: 100-continue" {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    let (status, answer) = if method == "PUT" {
        objects.lock().unwrap().insert(path, body);
        ("200 OK", Vec::new())
    } else {
        match objects.lock().unwrap().get(&path) {
            Some(object) => ("200 OK", object.clone()),
            None => ("404 Not Found", Vec::new()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&answer).ok()
}

#[test]
fn processes_that_share_a_store_make_the_index_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let (files, whole) = parts(folder.path());
    index(&whole, &folder.path().join("one"), &[]).expect(0, &["900 documents"]);
    let store = ObjectStore::open();
    let script = repository().join("docs/examples/distributed-index.sh");
    let merged = folder.path().join("merged");
    let said = Command::new("sh")
        .arg(script)
        .args([&store.0, text(&merged)])
        .args(&files)
        .env("WOODBLOCK", env!("CARGO_BIN_EXE_woodblock"))
        .env("no_proxy", "127.0.0.1")
        .output();
    Said::from(said.unwrap()).expect(0, &["900 documents"]);
    assert_eq!(tree(&merged), tree(&folder.path().join("one")));
}

#[test]
fn little_memory_makes_the_same_index() {
    let folder = tempfile::tempdir().unwrap();
    let (_, whole) = parts(folder.path());
    let (much, little) = (folder.path().join("much"), folder.path().join("little"));
    index(&whole, &much, &[]).expect(0, &[]);
    index(&whole, &little, &["--memory", "64KiB"]).expect(0, &[]);
    assert_eq!(tree(&much), tree(&little));
    let beside = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(beside, 6, "scratch files are gone");
}

#[test]
fn segments_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = parts(folder.path());
    let segment = folder.path().join("a.wbs");
    let output = folder.path().join("out");
    let merge = |segment: &str| run(&["merge", segment, "-o", text(&output)]);
    run(&["index", "--segment", text(&segment), text(&files[0])]).expect(0, &["300 documents"]);
    let bytes = fs::read(&segment).unwrap();
    let mut altered = bytes.clone();
    altered[bytes.len() / 2] ^= 1;
    for bytes in [&bytes[..bytes.len() / 2], &altered, b"", b"WBS"] {
        fs::write(&segment, bytes).unwrap();
        merge(text(&segment)).expect(1, &["a.wbs"]);
    }
    merge(text(&folder.path().join("none.wbs"))).expect(3, &["none.wbs"]);
    let store = ObjectStore::open();
    merge(&format!("{}/none.wbs", store.0)).expect(3, &["none.wbs", "404"]);
    assert!(!output.exists(), "nothing is half-written");
}

#[test]
fn a_record_in_two_parts_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = parts(folder.path());
    let segment = |name: &str| folder.path().join(name);
    for name in ["a.wbs", "b.wbs"] {
        run(&["index", "--segment", text(&segment(name)), text(&files[0])]).expect(0, &[]);
    }
    let (a, b, out) = (segment("a.wbs"), segment("b.wbs"), segment("out"));
    run(&["merge", text(&a), text(&b), "-o", text(&out)]).expect(1, &["R", "give one another id"]);
}

#[test]
fn an_unusable_scratch_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_, whole) = parts(folder.path());
    let out = folder.path().join("out");
    index(&whole, &out, &["--scratch", "/nowhere/at/all"]).expect(2, &["/nowhere/at/all"]);
    index(&whole, &out, &["--memory", "much"]).expect(2, &["512MiB"]);
    assert!(!out.exists());
}

#[test]
fn a_full_scratch_disk_leaves_the_index_that_was() {
    let folder = tempfile::tempdir().unwrap();
    let Some(small) = SmallDisk::mount(&folder.path().join("disk")) else {
        eprintln!("not run: this user may not mount a file system");
        return;
    };
    let out = folder.path().join("out");
    let few = folder.path().join("few.jsonl");
    fs::write(&few, record(1)).unwrap();
    index(&few, &out, &[]).expect(0, &[]);
    let before = tree(&out);
    let many = folder.path().join("many.jsonl");
    fs::write(&many, (0..20_000).map(record).collect::<String>()).unwrap();
    let scratch = text(&small.0).to_owned();
    index(&many, &out, &["--scratch", &scratch, "--memory", "1MiB"])
        .expect(3, &[&scratch, "free some space"]);
    assert_eq!(tree(&out), before);
    assert_eq!(fs::read_dir(&small.0).unwrap().count(), 0, "scratch files are gone");
}

/// An index of 4,000 records, and changes to one in a hundred.
fn updated(folder: &Path, changes: &str) -> (PathBuf, BTreeMap<String, Vec<u8>>, Said) {
    let records = folder.join("r.jsonl");
    fs::write(&records, (0..4_000).map(record).collect::<String>()).unwrap();
    let out = folder.join("out");
    index(&records, &out, &[]).expect(0, &[]);
    let before = tree(&out);
    let path = folder.join("changes.jsonl");
    fs::write(&path, changes).unwrap();
    let said = run(&["index", "--update", text(&out), text(&path)]);
    (out, before, said)
}

#[test]
fn a_change_of_one_in_a_hundred_republishes_a_twentieth_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let mut changes: String = (0..38).map(|n| record(n * 100).replace("cloth", "linen")).collect();
    changes.push_str("{\"delete\":\"R7\"}\n{\"delete\":\"R3999\"}\n");
    let (out, before, said) = updated(folder.path(), &changes);
    said.expect(0, &["38 documents new", "40 hidden in all"]);
    let after = tree(&out);
    let is_new = |name: &String, bytes: &Vec<u8>| before.get(name) != Some(bytes);
    let new: usize = after
        .iter()
        .filter(|(name, bytes)| is_new(name, bytes))
        .map(|(_, bytes)| bytes.len())
        .sum();
    let all: usize = before.values().map(Vec::len).sum();
    assert!(new * 20 <= all, "{new} of {all} bytes are new");
    for (name, bytes) in before.iter().filter(|(name, _)| *name != "entry.json") {
        assert_eq!(after.get(name), Some(bytes), "{name} of the base changed");
    }
    // An update of the update hides in both.
    let path = folder.path().join("more.jsonl");
    fs::write(&path, record(100)).unwrap();
    run(&["index", "--update", text(&out), text(&path)])
        .expect(0, &["1 documents new", "41 hidden in all"]);
}

#[test]
fn bad_changes_leave_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let (out, before, said) = updated(folder.path(), "{\"id\":\"R1\"}\nnot json\n");
    said.expect(1, &["changes.jsonl:2"]);
    assert_eq!(tree(&out), before);
    let path = folder.path().join("none.jsonl");
    fs::write(&path, "\n").unwrap();
    run(&["index", "--update", text(&out), text(&path)]).expect(1, &["no changes"]);
    fs::write(&path, "{\"delete\":\"R1\"}\n").unwrap();
    index(&path, &folder.path().join("new"), &[]).expect(1, &["--update"]);
    run(&["index", "--update", "/nowhere", text(&path)]).expect(3, &["/nowhere"]);
    assert_eq!(tree(&out), before);
}
