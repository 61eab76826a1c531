//! A signed site, and a small web server that can be told to misbehave.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use release::{
    KeysOptions, MirrorOptions, Mirrored, Origin, ReleaseError, SignOptions, TrustSource,
    keys_init, mirror, sign,
};

pub(crate) const NOW: Timestamp = Timestamp::constant(1_795_352_400, 0);

pub(crate) fn days_later(days: i64) -> Timestamp {
    Timestamp::from_second(NOW.as_second() + days * 86_400).unwrap()
}

/// A publisher: keys and a site folder.
pub(crate) struct Publisher {
    pub(crate) dir: tempfile::TempDir,
}

impl Publisher {
    /// A site of a few pages, signed under sequence 1.
    pub(crate) fn new() -> Self {
        let publisher = Self { dir: tempfile::tempdir().unwrap() };
        let options = KeysOptions { now: NOW, lifetime_days: 365 };
        keys_init(&publisher.keys(), &options).unwrap();
        publisher.put("index.html", b"<p>home");
        publisher.put("faq/index.html", b"<p>questions");
        publisher.put("faq/\u{53e3}\u{7f69}/index.html", b"<p>masks");
        publisher.put("copy.html", b"<p>home");
        publisher.put("empty.txt", b"");
        publisher.put("big.bin", &big(1));
        publisher.sign(1);
        publisher
    }

    pub(crate) fn site(&self) -> PathBuf {
        self.dir.path().join("site")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    pub(crate) fn mirror_dir(&self) -> PathBuf {
        self.dir.path().join("mirror")
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.site().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Builds the manifest anew and signs.
    pub(crate) fn sign(&self, sequence: u64) {
        self.sign_for(sequence, 7);
    }

    pub(crate) fn sign_for(&self, sequence: u64, lifetime_days: u32) {
        release::Manifest::scan(&self.site()).unwrap().write(&self.site()).unwrap();
        let options = SignOptions { now: NOW, lifetime_days, sequence: Some(sequence) };
        sign(&self.site(), &self.keys(), &options).unwrap();
    }

    pub(crate) fn trust(&self) -> TrustSource {
        TrustSource::File(self.keys().join("trust.json"))
    }

    /// Pulls from the folder itself.
    pub(crate) fn pull(&self) -> Result<Mirrored, ReleaseError> {
        self.pull_from(self.site().to_str().unwrap())
    }

    pub(crate) fn pull_from(&self, origin: &str) -> Result<Mirrored, ReleaseError> {
        self.pull_with(origin, &impatient(NOW))
    }

    pub(crate) fn pull_with(
        &self,
        origin: &str,
        options: &MirrorOptions,
    ) -> Result<Mirrored, ReleaseError> {
        let origin = Origin::parse(origin).unwrap();
        mirror(&origin, &self.mirror_dir(), &self.trust(), options)
    }

    /// What a web server would serve: path to contents, signed files left out.
    pub(crate) fn served(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.mirror_dir().join("current"))
    }

    /// What the publisher has.
    pub(crate) fn published(&self) -> BTreeMap<String, Vec<u8>> {
        tree(&self.site())
    }

    pub(crate) fn assert_mirrored(&self) {
        assert_eq!(self.served(), self.published());
    }
}

/// Contents that no two seeds share and that do not fit one read.
pub(crate) fn big(seed: u8) -> Vec<u8> {
    (0..200_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[1] ^ seed).collect()
}

/// Time-outs short enough for tests.
pub(crate) fn impatient(now: Timestamp) -> MirrorOptions {
    let mut options = MirrorOptions::new(now);
    options.stall = Duration::from_secs(2);
    options.min_rate_bytes_per_s = 2000;
    options.threads = 2;
    options
}

pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    walk(root, "", &mut files);
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) path: String,
    pub(crate) range: Option<u64>,
}

/// What the server does about it.
pub(crate) enum Act {
    /// Serve the file as a good server does.
    Serve,
    /// Serve the whole file whatever range was asked for.
    IgnoreRange,
    /// Write these bytes, head included, and close.
    Raw(Vec<u8>),
    /// Do as the function likes.
    Do(Box<dyn FnOnce(&mut TcpStream) + Send>),
}

/// A web server on loopback.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Ask>>>,
}

impl Server {
    /// Serves a folder well.
    pub(crate) fn good(root: PathBuf) -> Self {
        Self::start(root, |_| Act::Serve)
    }

    /// Serves a folder, asking `act` before each answer. Ends with the process.
    pub(crate) fn start(root: PathBuf, act: impl Fn(&Ask) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = Self { url, asked: Arc::clone(&asked) };
        let act = Arc::new(act);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (root, act, asked) = (root.clone(), Arc::clone(&act), Arc::clone(&asked));
                thread::spawn(move || answer(stream.unwrap(), &root, &*act, &asked));
            }
        });
        server
    }

    pub(crate) fn asked(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }

    /// Offsets from which a path was asked for.
    pub(crate) fn ranges(&self, path: &str) -> Vec<Option<u64>> {
        let asked = self.asked();
        asked.into_iter().filter(|ask| ask.path == path).map(|ask| ask.range).collect()
    }
}

fn answer(
    mut stream: TcpStream,
    root: &Path,
    act: &(dyn Fn(&Ask) -> Act + Send + Sync),
    asked: &Mutex<Vec<Ask>>,
) {
    let Some(ask) = read_ask(&stream) else { return };
    asked.lock().unwrap().push(ask.clone());
    let act = act(&ask);
    // A client that hangs up early is part of many a test.
    let _ = match act {
        Act::Serve => serve(&mut stream, root, &ask.path, ask.range),
        Act::IgnoreRange => serve(&mut stream, root, &ask.path, None),
        Act::Raw(bytes) => stream.write_all(&bytes),
        Act::Do(act) => {
            act(&mut stream);
            Ok(())
        }
    };
}

fn read_ask(stream: &TcpStream) -> Option<Ask> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let path = percent_decoded(first.split(' ').nth(1)?.trim_start_matches('/'));
    let mut range = None;
    for line in lines {
        let line = line.ok()?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("range: bytes=") {
            range = value.trim_end_matches('-').parse().ok();
        }
    }
    Some(Ask { path, range })
}

fn percent_decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let (hex, tail) = rest.split_at(2);
            out.push(u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap());
            rest = tail;
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

fn serve(
    stream: &mut TcpStream,
    root: &Path,
    path: &str,
    range: Option<u64>,
) -> std::io::Result<()> {
    let Ok(bytes) = fs::read(root.join(path)) else {
        return stream.write_all(&response("404 Not Found", "", b"<p>no such page"));
    };
    match range {
        Some(from) if from < bytes.len() as u64 => {
            let (last, len) = (bytes.len() - 1, bytes.len());
            let range = format!("content-range: bytes {from}-{last}/{len}\r\n");
            let rest = &bytes[usize::try_from(from).unwrap()..];
            stream.write_all(&response("206 Partial Content", &range, rest))
        }
        _ => stream.write_all(&response("200 OK", "", &bytes)),
    }
}

/// Head and body of an answer.
pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let len = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {len}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
