//! Blocks from a folder: the native host of the engine.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use search_engine::format::frame;
use search_engine::{BlockId, FormatError, Query, Results, Searcher};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Why a block cannot be had.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read index block {}", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is not the one its parent states.
    #[error(
        "index block {name} does not have the digest its parent states: fetch it again or rebuild"
    )]
    Digest {
        /// File name.
        name: String,
    },
    /// The stream does not inflate to the stated length.
    #[error(
        "index block {name} does not inflate to the {expected} bytes it states: rebuild the index"
    )]
    Inflate {
        /// File name.
        name: String,
        /// Stated length.
        expected: u32,
    },
    /// The payload is no block.
    #[error("index block {name}")]
    Format {
        /// File name.
        name: String,
        /// What is wrong.
        source: FormatError,
    },
}

/// Where block files come from: a folder, memory, a server.
pub trait BlockSource {
    /// The bytes of the file `name`, at most `len` of them.
    fn read(&self, name: &str, len: u32) -> Result<Vec<u8>, ReadError>;
}

/// Blocks in a folder.
pub struct BlockFolder {
    folder: PathBuf,
}

impl BlockFolder {
    /// Blocks in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

impl BlockSource for BlockFolder {
    fn read(&self, name: &str, len: u32) -> Result<Vec<u8>, ReadError> {
        let path = self.folder.join(name);
        let mut bytes = Vec::new();
        std::fs::File::open(&path)
            .and_then(|file| file.take(u64::from(len) + 1).read_to_end(&mut bytes))
            .map_err(|source| ReadError::Io { path, source })?;
        Ok(bytes)
    }
}

impl BlockSource for crate::BuiltIndex {
    fn read(&self, name: &str, _len: u32) -> Result<Vec<u8>, ReadError> {
        match self.blocks.binary_search_by(|block| block.name.as_str().cmp(name)) {
            Ok(at) => Ok(self.blocks[at].bytes.clone()),
            Err(_) => Err(ReadError::Io {
                path: name.into(),
                source: std::io::ErrorKind::NotFound.into(),
            }),
        }
    }
}

/// Checks a file against what its parent states and inflates it.
///
/// # Errors
/// [`ReadError::Digest`], [`ReadError::Format`] or [`ReadError::Inflate`].
pub fn unpack(file: &[u8], id: &BlockId) -> Result<Vec<u8>, ReadError> {
    if u32::try_from(file.len()) != Ok(id.len) || Sha256::digest(file)[..] != id.sha256 {
        return Err(ReadError::Digest { name: id.name.clone() });
    }
    inflate(file, &id.name)
}

/// Inflates a block file to its stated length and no further.
///
/// # Errors
/// [`ReadError::Format`] or [`ReadError::Inflate`].
pub fn inflate(file: &[u8], name: &str) -> Result<Vec<u8>, ReadError> {
    let (expected, deflate) =
        frame::parse(file).map_err(|source| ReadError::Format { name: name.into(), source })?;
    let mut payload = Vec::new();
    let inflated = flate2::read::DeflateDecoder::new(deflate)
        .take(u64::from(expected) + 1)
        .read_to_end(&mut payload);
    if inflated.is_err() || u32::try_from(payload.len()) != Ok(expected) {
        return Err(ReadError::Inflate { name: name.into(), expected });
    }
    Ok(payload)
}

/// Opens the index whose root file (verified by the caller's entry pointer) is `root`.
///
/// # Errors
/// When the root is damaged or of another format version.
pub fn open(root: &[u8]) -> Result<Searcher, ReadError> {
    let payload = inflate(root, "root")?;
    Searcher::open(&payload, u32::try_from(root.len()).unwrap_or(u32::MAX))
        .map_err(|source| ReadError::Format { name: "root".into(), source })
}

/// Answers `query`, reading the blocks it needs from `source`.
///
/// # Errors
/// The first block that cannot be had.
pub fn search(
    searcher: &Searcher,
    source: &impl BlockSource,
    query: &Query,
) -> Result<Results, ReadError> {
    let mut session = searcher.plan(query);
    loop {
        let needs = session.needs();
        if needs.is_empty() {
            return Ok(session.results().unwrap_or_default());
        }
        for id in needs {
            let payload = unpack(&source.read(&id.name, id.len)?, &id)?;
            session
                .supply(&id.name, &payload)
                .map_err(|source| ReadError::Format { name: id.name.clone(), source })?;
        }
    }
}
