//! Blocks from a folder: the native host of the engine.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use search_engine::format::{frame, presets};
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
    /// The bytes of a block's file, or of its slice of a pack; at most one more than it states.
    ///
    /// # Errors
    /// [`ReadError::Io`] when they cannot be had.
    fn read(&self, id: &BlockId) -> Result<Vec<u8>, ReadError>;
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
    fn read(&self, id: &BlockId) -> Result<Vec<u8>, ReadError> {
        let (name, offset) = match &id.place {
            Some(slice) => (&slice.pack, slice.offset),
            None => (&id.name, 0),
        };
        let path = self.folder.join(name);
        let read = |file: std::fs::File| {
            let mut file = file;
            file.seek(std::io::SeekFrom::Start(offset.into()))?;
            // A file that is longer than stated must fail; a slice of a pack always goes on.
            let limit = u64::from(id.len) + u64::from(id.place.is_none());
            let mut bytes = Vec::new();
            file.take(limit).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        std::fs::File::open(&path).and_then(read).map_err(|source| ReadError::Io { path, source })
    }
}

impl BlockSource for crate::BuiltIndex {
    fn read(&self, id: &BlockId) -> Result<Vec<u8>, ReadError> {
        let name = id.place.as_ref().map_or(&id.name, |slice| &slice.pack);
        let missing =
            || ReadError::Io { path: name.into(), source: std::io::ErrorKind::NotFound.into() };
        let at =
            self.blocks.binary_search_by(|block| block.name.cmp(name)).map_err(|_| missing())?;
        slice(&self.blocks[at].bytes, id).map(<[u8]>::to_vec).ok_or_else(missing)
    }
}

/// A block in the whole of its file: all of it, or its stretch of a pack.
pub fn slice<'a>(file: &'a [u8], id: &BlockId) -> Option<&'a [u8]> {
    let Some(place) = &id.place else { return Some(file) };
    let start = place.offset as usize;
    file.get(start..start.checked_add(id.len as usize)?)
}

/// Checks a file against what its parent states and inflates it.
///
/// # Errors
/// [`ReadError::Digest`], [`ReadError::Format`] or [`ReadError::Inflate`].
pub fn unpack(file: &[u8], id: &BlockId) -> Result<Vec<u8>, ReadError> {
    verify(file, id)?;
    inflate(file, &id.name)
}

fn verify(file: &[u8], id: &BlockId) -> Result<(), ReadError> {
    if u32::try_from(file.len()) == Ok(id.len) && Sha256::digest(file).starts_with(&id.digest) {
        return Ok(());
    }
    Err(ReadError::Digest { name: id.name.clone() })
}

/// Payloads of blocks from a source, with the presets that they go on from.
pub struct Reader<'a, S> {
    source: &'a S,
    /// Files of presets, checked.
    presets: BTreeMap<String, Vec<u8>>,
}

impl<'a, S: BlockSource> Reader<'a, S> {
    /// Reads from `source`.
    pub fn new(source: &'a S) -> Self {
        Self { source, presets: BTreeMap::new() }
    }

    /// Reads a block, checks it against what its parent states and inflates it.
    ///
    /// # Errors
    /// Those of the source, [`ReadError::Digest`], [`ReadError::Format`] or [`ReadError::Inflate`].
    pub fn payload(&mut self, id: &BlockId) -> Result<Vec<u8>, ReadError> {
        let file = self.source.read(id)?;
        let Some(preset) = &id.preset else { return unpack(&file, id) };
        verify(&file, id)?;
        let preset = self.preset(preset)?;
        let joined = presets::join(preset, &file, id)
            .map_err(|source| ReadError::Format { name: id.name.clone(), source })?;
        let mut payload = inflate_to(&joined.deflate, joined.skip + joined.len, &id.name)?;
        payload.drain(..joined.skip as usize);
        Ok(payload)
    }

    fn preset(&mut self, id: &BlockId) -> Result<&[u8], ReadError> {
        if !self.presets.contains_key(&id.name) {
            let file = self.source.read(id)?;
            verify(&file, id)?;
            self.presets.insert(id.name.clone(), file);
        }
        Ok(&self.presets[&id.name])
    }
}

/// Inflates a block file to its stated length and no further.
///
/// # Errors
/// [`ReadError::Format`] or [`ReadError::Inflate`].
pub fn inflate(file: &[u8], name: &str) -> Result<Vec<u8>, ReadError> {
    let (expected, deflate) =
        frame::parse(file).map_err(|source| ReadError::Format { name: name.into(), source })?;
    inflate_to(deflate, expected, name)
}

fn inflate_to(deflate: &[u8], expected: u32, name: &str) -> Result<Vec<u8>, ReadError> {
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
    let (results, mut errors) = search_past(searcher, source, query, &mut |_| ());
    if errors.is_empty() { Ok(results) } else { Err(errors.swap_remove(0)) }
}

/// What a search is doing.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// It needs these blocks at once.
    Wave(&'a [BlockId]),
    /// It read one, with this payload.
    Block(&'a BlockId, &'a [u8]),
}

/// Answers `query` from what can be read; with why the rest could not.
pub fn search_past(
    searcher: &Searcher,
    source: &impl BlockSource,
    query: &Query,
    watch: &mut dyn FnMut(Event<'_>),
) -> (Results, Vec<ReadError>) {
    let mut session = searcher.plan(query);
    let mut reader = Reader::new(source);
    let mut errors = Vec::new();
    loop {
        let needs = session.needs();
        if needs.is_empty() {
            return (session.results().unwrap_or_default(), errors);
        }
        watch(Event::Wave(&needs));
        for id in &needs {
            let read = reader.payload(id).and_then(|payload| {
                watch(Event::Block(id, &payload));
                let wrong = |source| ReadError::Format { name: id.name.clone(), source };
                session.supply(&id.name, &payload).map_err(wrong)
            });
            if let Err(error) = read {
                session.give_up(&id.name);
                errors.push(error);
            }
        }
    }
}
