//! Where an index is read from: a folder or a web server, found by its entry pointer.
//!
//! `entry.json` names the root block with its digest and length; every other block is named by
//! the block above it. Nothing is decoded before its digest was checked.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use search_engine::format::MAX_INFLATED;
use search_engine::{BlockId, Query, Results, Searcher};
use search_indexer::BuiltIndex;
use search_indexer::read::{self, BlockFolder, BlockSource, ReadError};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};
use crate::report;

/// Folder of the index inside a built site.
pub(crate) const INDEX_FOLDER: &str = "woodblock/index";
/// Name of the entry pointer inside the index folder.
pub(crate) const ENTRY: &str = "entry.json";

/// Longest entry pointer that is read.
const MAX_ENTRY_LEN: u64 = 64 << 10;

/// Points at the root block of an index.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Entry {
    /// Version of this pointer: 1.
    pub(crate) format: u32,
    /// File name of the root block, beside the pointer.
    pub(crate) root: String,
    /// SHA-256 of that file in hexadecimal.
    pub(crate) sha256: String,
    /// Its length in bytes.
    pub(crate) len: u32,
}

/// An open index.
pub(crate) struct Index {
    searcher: Searcher,
    source: Source,
    traced: bool,
}

/// Whether each block read is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    /// It is, on stderr.
    Blocks,
    /// It is not.
    Off,
}

impl Index {
    /// Opens the index at a folder or address: the index itself, or a built site around it.
    pub(crate) fn open(place: &str, trace: Trace) -> Outcome<Self> {
        let source = Source::find(place)?;
        let entry = source.entry()?;
        let id = root_id(&entry)?;
        let traced = trace == Trace::Blocks;
        let file = source.fetch(&id.name, id.len, traced).map_err(read_failure)?;
        let payload = read::unpack(&file, &id).map_err(read_failure)?;
        let searcher = Searcher::open(&payload, entry.len)
            .with_context(|| format!("index root {} cannot be read", entry.root))
            .map_err(Failure::Data)?;
        Ok(Self { searcher, source, traced })
    }

    /// Answers a query.
    pub(crate) fn ask(&self, query: &Query) -> Outcome<Results> {
        read::search(&self.searcher, self, query).map_err(read_failure)
    }
}

impl BlockSource for Index {
    fn read(&self, name: &str, len: u32) -> Result<Vec<u8>, ReadError> {
        self.source.fetch(name, len, self.traced)
    }
}

/// A damaged block is the data's fault, a missing or unreachable one the machine's.
pub(crate) fn read_failure(error: ReadError) -> Failure {
    match error {
        ReadError::Io { .. } => Failure::machine(error),
        _ => Failure::data(error),
    }
}

/// The root as a block; its payload's length is only capped, since nothing above it states one.
fn root_id(entry: &Entry) -> Outcome<BlockId> {
    let bad = |what: &str| Failure::data(anyhow!("{ENTRY} states {what}; build the index again"));
    if entry.format != 1 {
        return Err(bad(&format!("format {}, and this program reads 1", entry.format)));
    }
    let plain = |name: &str| {
        name.strip_suffix(".wbi").is_some_and(|stem| stem.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    if !plain(&entry.root) {
        return Err(bad("a root that is no block's name"));
    }
    let sha256 = unhex(&entry.sha256).ok_or_else(|| bad("a sha256 that is none"))?;
    Ok(BlockId { name: entry.root.clone(), len: entry.len, sha256, inflated_len: MAX_INFLATED })
}

fn unhex(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
    }
    Some(digest)
}

enum Source {
    Folder(PathBuf),
    Server { address: String, agent: ureq::Agent },
}

impl Source {
    fn find(place: &str) -> Outcome<Self> {
        if place.starts_with("http://") || place.starts_with("https://") {
            return Self::find_on_server(place.trim_end_matches('/'));
        }
        let given = Path::new(place);
        let folders = [
            given.to_path_buf(),
            given.join(INDEX_FOLDER),
            given.join("current").join(INDEX_FOLDER),
        ];
        let found = folders.into_iter().find(|folder| folder.join(ENTRY).is_file());
        found.map(Self::Folder).ok_or_else(|| {
            Failure::usage(format!(
                "`{place}` holds no index (no {ENTRY} in it or in its {INDEX_FOLDER}); \
                 name a built site or what `woodblock index` wrote"
            ))
        })
    }

    fn find_on_server(address: &str) -> Outcome<Self> {
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let inside = format!("{address}/{INDEX_FOLDER}");
        let mut last = None;
        for address in [inside, address.to_owned()] {
            let source = Self::Server { address, agent: agent.clone() };
            match source.bytes(ENTRY, MAX_ENTRY_LEN) {
                Ok(bytes) if bytes.trim_ascii_start().starts_with(b"{") => return Ok(source),
                Ok(_) => {}
                Err(error) => last = Some(error),
            }
        }
        let error = last.unwrap_or_else(|| io::ErrorKind::NotFound.into());
        let what = format!("cannot find an index at `{address}`; name the address of a built site");
        Err(Failure::Machine(anyhow::Error::new(error).context(what)))
    }

    fn entry(&self) -> Outcome<Entry> {
        let place = self.place_of(ENTRY);
        let bytes = self
            .bytes(ENTRY, MAX_ENTRY_LEN)
            .map_err(|e| Failure::io("read", Path::new(&place), e))?;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("`{place}` is no entry pointer; build the index again"))
            .map_err(Failure::Data)
    }

    /// A block's file, shown where the run is traced; at most one byte more than stated.
    fn fetch(&self, name: &str, len: u32, traced: bool) -> Result<Vec<u8>, ReadError> {
        let start = std::time::Instant::now();
        let read = match self {
            Self::Folder(folder) => BlockFolder::new(folder).read(name, len),
            Self::Server { .. } => self.bytes(name, u64::from(len) + 1).map_err(|source| {
                ReadError::Io { path: PathBuf::from(self.place_of(name)), source }
            }),
        };
        if traced && let Ok(bytes) = &read {
            report::note(format!(
                "read {name}  {} bytes  {} µs",
                bytes.len(),
                start.elapsed().as_micros()
            ));
        }
        read
    }

    fn bytes(&self, name: &str, max_len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Folder(folder) => {
                fs::File::open(folder.join(name))?.take(max_len).read_to_end(&mut bytes)?;
            }
            Self::Server { address, agent } => {
                let url = format!("{address}/{name}");
                let response = agent.get(&url).call().map_err(io::Error::other)?;
                response.into_body().into_reader().take(max_len).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }

    fn place_of(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Server { address, .. } => format!("{address}/{name}"),
        }
    }
}

/// Blocks that were just built and are not on a disk yet.
pub(crate) struct Built<'a> {
    searcher: Searcher,
    blocks: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Built<'a> {
    /// Opens a built index.
    pub(crate) fn open(index: &'a BuiltIndex) -> Outcome<Self> {
        let searcher = read::open(&index.root.bytes).map_err(read_failure)?;
        let blocks = index
            .blocks
            .iter()
            .map(|block| (block.name.as_str(), block.bytes.as_slice()))
            .collect();
        Ok(Self { searcher, blocks })
    }

    /// Answers a query.
    pub(crate) fn ask(&self, query: &Query) -> Outcome<Results> {
        read::search(&self.searcher, self, query).map_err(read_failure)
    }
}

impl BlockSource for Built<'_> {
    fn read(&self, name: &str, _len: u32) -> Result<Vec<u8>, ReadError> {
        let missing =
            || ReadError::Io { path: name.into(), source: io::ErrorKind::NotFound.into() };
        self.blocks.get(name).map(|bytes| bytes.to_vec()).ok_or_else(missing)
    }
}
