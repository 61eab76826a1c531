//! Where an index is read from: a folder or a web server, found by its entry pointer.
//!
//! `entry.json` names the root block with its digest and length; every other block is named by
//! the block above it. Nothing is decoded before its digest was checked.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use search_engine::format::{Digest, MAX_INFLATED, PackSlice, WHOLE_PACK};
use search_engine::{BlockId, Query, Results, Searcher};
use search_indexer::read::{self, BlockFolder, BlockSource, ReadError};
use search_indexer::{BlockFile, BuiltIndex};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::bundle::hex;
use crate::failure::{Failure, Outcome};

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
    /// Whether its blocks stand in packs: browsers then load what reads them beside the root.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) packs: bool,
    /// Indexes of what is new since, in the order of their making.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) updates: Vec<Part>,
    /// The block of what they hide in this index and in each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hidden: Option<Part>,
}

/// A file that an entry pointer names.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Part {
    /// File name.
    pub(crate) root: String,
    /// SHA-256 of that file in hexadecimal.
    pub(crate) sha256: String,
    /// Its length in bytes.
    pub(crate) len: u32,
}

impl Entry {
    /// The root itself, then what was added since; all of a format that this program reads.
    pub(crate) fn parts(&self) -> Outcome<Vec<Part>> {
        if self.format != 1 {
            let what = format!("format {}, and this program reads 1", self.format);
            return Err(Failure::data(anyhow!("{ENTRY} states {what}; build the index again")));
        }
        Ok(std::iter::once(self.base()).chain(self.updates.iter().cloned()).collect())
    }

    /// The root itself as a part.
    pub(crate) fn base(&self) -> Part {
        Part { root: self.root.clone(), sha256: self.sha256.clone(), len: self.len }
    }

    /// The pointer as a file.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).expect("strings and numbers are always valid JSON");
        json.push(b'\n');
        json
    }
}

impl Part {
    /// A file.
    pub(crate) fn of(file: &BlockFile) -> Self {
        let len = u32::try_from(file.bytes.len()).unwrap_or(u32::MAX);
        Self { root: file.name.clone(), sha256: hex(&file.sha256), len }
    }

    /// The block that it is; its payload's length is only capped, since nothing above states one.
    pub(crate) fn id(&self) -> Outcome<BlockId> {
        let bad =
            |what: &str| Failure::data(anyhow!("{ENTRY} states {what}; build the index again"));
        let plain = |name: &str| {
            name.strip_suffix(".wbi")
                .is_some_and(|stem| stem.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        if !plain(&self.root) {
            return Err(bad("a root that is no block's name"));
        }
        let digest = half(&self.sha256).ok_or_else(|| bad("a sha256 that is none"))?;
        let (name, len) = (self.root.clone(), self.len);
        Ok(BlockId { name, len, digest, inflated_len: MAX_INFLATED, place: None, preset: None })
    }
}

/// A damaged block is the data's fault, a missing or unreachable one the machine's.
pub(crate) fn read_failure(error: ReadError) -> Failure {
    match error {
        ReadError::Io { .. } => Failure::machine(error),
        _ => Failure::data(error),
    }
}

/// The first half of a digest in hexadecimal, as references to blocks have it.
fn half(hex: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..hex.len()).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).ok()?;
    }
    Some(digest)
}

/// Where the files of an index are.
pub(crate) enum Source {
    Folder(PathBuf),
    Server(Server),
}

/// A web server that has the files of an index.
pub(crate) struct Server {
    address: String,
    agent: ureq::Agent,
    /// Packs that were sent whole.
    packs: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Source {
    /// Finds the index at a folder or address: the index itself, or a built site around it.
    pub(crate) fn find(place: &str) -> Outcome<Self> {
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
            let server = Server { address, agent: agent.clone(), packs: RefCell::default() };
            let source = Self::Server(server);
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

    /// Reads the entry pointer.
    pub(crate) fn entry(&self) -> Outcome<Entry> {
        let place = self.place_of(ENTRY);
        let bytes = self
            .bytes(ENTRY, MAX_ENTRY_LEN)
            .map_err(|e| Failure::io("read", Path::new(&place), e))?;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("`{place}` is no entry pointer; build the index again"))
            .map_err(Failure::Data)
    }

    /// The payload of a part that the entry pointer names.
    pub(crate) fn payload(&self, part: &Part) -> Outcome<Vec<u8>> {
        let id = part.id()?;
        let file = self.read(&id).map_err(read_failure)?;
        if !hex(&Sha256::digest(&file)).eq_ignore_ascii_case(&part.sha256) {
            return Err(read_failure(ReadError::Digest { name: id.name }));
        }
        read::unpack(&file, &id).map_err(read_failure)
    }

    fn bytes(&self, name: &str, max_len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Folder(folder) => {
                fs::File::open(folder.join(name))?.take(max_len).read_to_end(&mut bytes)?;
            }
            Self::Server(server) => bytes = server.whole(name, max_len)?,
        }
        Ok(bytes)
    }

    fn place_of(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Server(server) => format!("{}/{name}", server.address),
        }
    }
}

impl BlockSource for Source {
    fn read(&self, id: &BlockId) -> Result<Vec<u8>, ReadError> {
        match self {
            Self::Folder(folder) => BlockFolder::new(folder).read(id),
            Self::Server(server) => server.block(id).map_err(|source| {
                let name = id.place.as_ref().map_or(&id.name, |slice| &slice.pack);
                ReadError::Io { path: PathBuf::from(self.place_of(name)), source }
            }),
        }
    }
}

impl Server {
    fn block(&self, id: &BlockId) -> io::Result<Vec<u8>> {
        match &id.place {
            None => self.whole(&id.name, u64::from(id.len) + 1),
            Some(slice) => self.slice(id, slice),
        }
    }

    /// A stretch of a pack. Small packs, and packs of a server that cannot send stretches, come
    /// whole, once.
    fn slice(&self, id: &BlockId, place: &PackSlice) -> io::Result<Vec<u8>> {
        if let Some(pack) = self.packs.borrow().get(&place.pack) {
            return cut(pack, id);
        }
        let url = format!("{}/{}", self.address, place.pack);
        let mut request = self.agent.get(&url);
        if place.pack_len > WHOLE_PACK {
            let last = u64::from(place.offset) + u64::from(id.len).max(1) - 1;
            request = request.header("range", format!("bytes={}-{last}", place.offset));
        }
        let response = request.call().map_err(io::Error::other)?;
        let is_slice = response.status() == 206;
        let limit = if is_slice { id.len } else { place.pack_len };
        let mut bytes = Vec::new();
        response.into_body().into_reader().take(limit.into()).read_to_end(&mut bytes)?;
        if is_slice {
            return Ok(bytes);
        }
        let block = cut(&bytes, id);
        self.packs.borrow_mut().insert(place.pack.clone(), bytes);
        block
    }

    fn whole(&self, name: &str, max_len: u64) -> io::Result<Vec<u8>> {
        let url = format!("{}/{name}", self.address);
        let response = self.agent.get(&url).call().map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        response.into_body().into_reader().take(max_len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn cut(pack: &[u8], id: &BlockId) -> io::Result<Vec<u8>> {
    let block = read::slice(pack, id).ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(block.to_vec())
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
    fn read(&self, id: &BlockId) -> Result<Vec<u8>, ReadError> {
        let name = id.place.as_ref().map_or(&id.name, |slice| &slice.pack);
        let file = self.blocks.get(name.as_str()).and_then(|file| read::slice(file, id));
        file.map(<[u8]>::to_vec).ok_or_else(|| {
            let source = io::ErrorKind::NotFound.into();
            ReadError::Io { path: name.into(), source }
        })
    }
}
