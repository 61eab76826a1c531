//! Where runs lie between spilling and merging: memory while they are few, then one file.
//!
//! The file has no name from the moment it is made, so the system frees it in every outcome, a
//! killed process included. A segment's file is an ordinary, named one.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::document::IndexError;

/// Bytes appended once and read at any place afterwards.
pub(crate) struct Scratch {
    folder: PathBuf,
    /// From this length on bytes go to the file.
    memory_len: u64,
    held: Mutex<Held>,
}

enum Held {
    Memory(Chunks),
    File { file: File, len: u64 },
}

/// Finished scratch bytes, or those of a segment's file.
#[derive(Clone)]
pub(crate) struct Stored {
    name: PathBuf,
    bytes: Bytes,
}

#[derive(Clone)]
enum Bytes {
    Memory(Arc<Chunks>),
    File(Arc<File>),
}

/// Bytes in stretches that never move: what grows as one is copied again and again.
#[derive(Default)]
struct Chunks {
    /// Each with the place of its first byte.
    chunks: Vec<(u64, Vec<u8>)>,
    len: u64,
}

/// Room for parts that are too short for chunks of their own.
const CHUNK_LEN: usize = 1 << 20;

impl Chunks {
    fn append(&mut self, part: Vec<u8>) {
        let at = self.len;
        self.len += part.len() as u64;
        match self.chunks.last_mut() {
            Some((_, last)) if last.capacity() - last.len() >= part.len() => {
                last.extend_from_slice(&part);
            }
            _ if part.len() >= CHUNK_LEN / 2 => self.chunks.push((at, part)),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK_LEN);
                chunk.extend_from_slice(&part);
                self.chunks.push((at, chunk));
            }
        }
    }

    fn read_at(&self, at: u64, mut into: &mut [u8]) -> io::Result<()> {
        let first = self.chunks.partition_point(|&(start, _)| start <= at).saturating_sub(1);
        let mut skip = at - self.chunks.get(first).map_or(0, |&(start, _)| start);
        for (_, chunk) in self.chunks.iter().skip(first) {
            if into.is_empty() {
                break;
            }
            let from = chunk.get(usize::try_from(skip).unwrap_or(usize::MAX)..).unwrap_or_default();
            let len = from.len().min(into.len());
            into[..len].copy_from_slice(&from[..len]);
            into = &mut into[len..];
            skip = 0;
        }
        if into.is_empty() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl Scratch {
    /// Scratch space that keeps up to `memory_len` bytes and puts more into `folder`.
    pub(crate) fn new(folder: &Path, memory_len: u64) -> Self {
        Self {
            folder: folder.into(),
            memory_len,
            held: Mutex::new(Held::Memory(Chunks::default())),
        }
    }

    /// Appends these parts together; returns the place of the first.
    pub(crate) fn append(&self, parts: Vec<Vec<u8>>) -> Result<u64, IndexError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let more: u64 = parts.iter().map(|part| part.len() as u64).sum();
        if let Held::Memory(chunks) = &mut *held {
            let at = chunks.len;
            if at + more <= self.memory_len {
                for part in parts {
                    chunks.append(part);
                }
                return Ok(at);
            }
            let mut file =
                self.io("make a scratch file in", tempfile::tempfile_in(&self.folder))?;
            for (_, bytes) in &chunks.chunks {
                self.io("write a scratch file in", file.write_all(bytes))?;
            }
            *held = Held::File { file, len: at };
        }
        let Held::File { file, len } = &mut *held else { unreachable!("moved to a file above") };
        let at = *len;
        for part in parts {
            self.io("write a scratch file in", file.write_all(&part))?;
        }
        *len += more;
        Ok(at)
    }

    fn io<T>(&self, doing: &'static str, outcome: io::Result<T>) -> Result<T, IndexError> {
        outcome.map_err(|source| IndexError::Io { doing, path: self.folder.clone(), source })
    }

    /// Ends appending.
    pub(crate) fn finish(self) -> Stored {
        let held = self.held.into_inner().unwrap_or_else(PoisonError::into_inner);
        let bytes = match held {
            Held::Memory(chunks) => Bytes::Memory(Arc::new(chunks)),
            Held::File { file, .. } => Bytes::File(Arc::new(file)),
        };
        Stored { name: self.folder, bytes }
    }
}

impl Stored {
    /// The bytes of a file.
    pub(crate) fn file(path: &Path, file: File) -> Self {
        Self { name: path.into(), bytes: Bytes::File(Arc::new(file)) }
    }

    /// Its path, or the folder of what has no name.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// Fills `into` from `at` on.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        match &self.bytes {
            Bytes::Memory(chunks) => chunks.read_at(at, into),
            Bytes::File(file) => read_exact_at(file, at, into),
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    use std::io::Read as _;
    // Cursors of one file are read by one thread at a time.
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(into)
}

/// Length of a file, wherever it stands.
pub(crate) fn len_of(mut file: &File) -> io::Result<u64> {
    file.seek(SeekFrom::End(0))
}

/// Hands all bytes of `range` to `each`.
pub(crate) fn each_chunk(
    stored: &Stored,
    range: Range<u64>,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 18];
    let mut at = range.start;
    while at < range.end {
        let len = (range.end - at).min(chunk.len() as u64);
        let chunk = &mut chunk[..usize::try_from(len).unwrap_or(0)];
        stored.read_at(at, chunk)?;
        each(chunk)?;
        at += len;
    }
    Ok(())
}

/// Reads a stretch of stored bytes from front to back. Everything is checked: the bytes may be
/// those of a segment that came from elsewhere.
pub(crate) struct Cursor {
    stored: Stored,
    /// What of the stretch is not in the buffer yet.
    rest: Range<u64>,
    buffer: Vec<u8>,
    at: usize,
    window: usize,
}

impl Cursor {
    /// A cursor over `range` that reads `window` bytes at a time.
    pub(crate) fn new(stored: &Stored, range: Range<u64>, window: usize) -> Self {
        let stored = stored.clone();
        Self { stored, rest: range, buffer: Vec::new(), at: 0, window: window.max(64) }
    }

    /// Bytes left.
    pub(crate) fn left(&self) -> u64 {
        (self.buffer.len() - self.at) as u64 + (self.rest.end - self.rest.start)
    }

    /// What is wrong with the bytes here.
    pub(crate) fn damaged(&self, what: &'static str) -> IndexError {
        IndexError::Segment { path: self.stored.name.clone(), what }
    }

    /// Makes sure of `len` bytes in the buffer.
    fn fill(&mut self, len: usize, what: &'static str) -> Result<(), IndexError> {
        if self.buffer.len() - self.at >= len {
            return Ok(());
        }
        if len as u64 > self.left() {
            return Err(self.damaged(what));
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        let held = self.buffer.len();
        let want = (len.max(self.window) - held) as u64;
        let take = want.min(self.rest.end - self.rest.start);
        self.buffer.resize(held + usize::try_from(take).unwrap_or(0), 0);
        let read = self.stored.read_at(self.rest.start, &mut self.buffer[held..]);
        self.rest.start += take;
        read.map_err(|source| IndexError::Io {
            doing: "read",
            path: self.stored.name.clone(),
            source,
        })
    }

    /// The next `len` bytes.
    pub(crate) fn bytes(&mut self, len: usize, what: &'static str) -> Result<&[u8], IndexError> {
        self.fill(len, what)?;
        self.at += len;
        Ok(&self.buffer[self.at - len..self.at])
    }

    /// A number of at most 32 bits.
    pub(crate) fn varint(&mut self, what: &'static str) -> Result<u32, IndexError> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.bytes(1, what)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| self.damaged(what));
            }
        }
        Err(self.damaged(what))
    }

    /// A length as varint and as many bytes, at most `most`.
    pub(crate) fn counted(&mut self, most: usize, what: &'static str) -> Result<&[u8], IndexError> {
        let len = self.varint(what)? as usize;
        if len > most {
            return Err(self.damaged(what));
        }
        self.bytes(len, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_in_memory_reads_the_same_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        for memory_len in [0, 5, 1_000] {
            let scratch = Scratch::new(folder.path(), memory_len);
            assert_eq!(scratch.append(vec![b"ab".to_vec(), b"c".to_vec()]).unwrap(), 0);
            assert_eq!(scratch.append(vec![b"defg".to_vec()]).unwrap(), 3);
            let stored = scratch.finish();
            let mut cursor = Cursor::new(&stored, 1..7, 64);
            assert_eq!(cursor.bytes(6, "x").unwrap(), b"bcdefg");
            assert!(cursor.bytes(1, "x").is_err());
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn chunks_read_as_one_row_of_bytes() {
        let mut chunks = Chunks::default();
        let part = |n: u8| vec![n; CHUNK_LEN / (usize::from(n) + 1)];
        for n in 0..5 {
            chunks.append(part(n));
        }
        let all: Vec<u8> = (0..5).flat_map(part).collect();
        for at in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, all.len() - 9] {
            for len in [0, 1, 9, CHUNK_LEN + 9] {
                let mut into = vec![9; len];
                let read = chunks.read_at(at as u64, &mut into);
                assert_eq!(read.is_ok(), at + len <= all.len(), "{len} bytes from {at}");
                assert!(read.is_err() || into == all[at..at + len], "{len} bytes from {at}");
            }
        }
    }

    #[test]
    fn a_lost_scratch_folder_is_named() {
        let scratch = Scratch::new(Path::new("/nowhere/at/all"), 2);
        let error = scratch.append(vec![b"abc".to_vec()]).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }
}
