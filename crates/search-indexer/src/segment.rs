//! Segments: gathered documents in a file, made on one machine and merged on another.
//!
//! ```bnf
//! segment ::= "WBS" version:u8 run* tables end
//! tables  ::= analysis:16 bytes n_runs:varint table{n_runs}
//! end     ::= tables_at:u64 sha256:32 bytes               ; of all bytes before it
//! ```
//! Runs and tables are those of [`run`](crate::run); places count from the beginning of the file.
//! `analysis` is a digest of what decides how documents are read: segments merge with segments that
//! were made with the same declared fields. A segment is read only after its digest was checked,
//! and its parts are checked again as they are read: the digest keeps out accidents, not forgers.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use search_engine::format::wire::{self, Reader};
use sha2::{Digest as _, Sha256};

use crate::document::{FieldKind, IndexError, IndexOptions};
use crate::gather::Gathered;
use crate::run::{Run, Table};
use crate::scratch::{self, Stored};

/// Version of the format; a reader takes its own version only.
const VERSION: u8 = 1;

const HEADER: [u8; 4] = [b'W', b'B', b'S', VERSION];
const END_LEN: u64 = 8 + 32;
/// Largest tables, to be read at once.
const MAX_TABLES: u64 = 64 << 20;

impl Gathered {
    /// Writes the documents as a segment.
    ///
    /// # Errors
    /// [`IndexError::Io`] with `path`, which only names the file in errors.
    pub fn write_segment(
        &self,
        out: &mut impl Write,
        path: &Path,
        options: &IndexOptions,
    ) -> Result<(), IndexError> {
        let written = self.write_hashed(&mut Hashed { out, hash: Sha256::new(), len: 0 }, options);
        written.map_err(|source| IndexError::Io { doing: "write", path: path.into(), source })
    }

    fn write_hashed<W: Write>(
        &self,
        out: &mut Hashed<'_, W>,
        options: &IndexOptions,
    ) -> io::Result<()> {
        out.put(&HEADER)?;
        let mut tables = analysis(options).to_vec();
        wire::put_len(&mut tables, self.runs.len());
        for run in &self.runs {
            let table = Table { at: out.len, ..run.table.clone() };
            let from = run.table.at;
            let range = from..from + table.documents_len + table.terms_len;
            scratch::each_chunk(&run.stored, range, |chunk| out.put(chunk))?;
            table.write(&mut tables);
        }
        let tables_at = out.len;
        out.put(&tables)?;
        out.put(&tables_at.to_le_bytes())?;
        let digest = std::mem::take(&mut out.hash).finalize();
        out.out.write_all(&digest)?;
        out.out.flush()
    }

    /// Opens a segment, checking its digest.
    ///
    /// # Errors
    /// [`IndexError::Io`]; [`IndexError::Segment`] when it is none, of another version or damaged;
    /// [`IndexError::OtherFields`].
    pub fn open_segment(path: &Path, options: &IndexOptions) -> Result<Self, IndexError> {
        let io = |source| IndexError::Io { doing: "read", path: path.into(), source };
        let damaged = |what| IndexError::Segment { path: path.into(), what };
        let file = File::open(path).map_err(io)?;
        let len = scratch::len_of(&file).map_err(io)?;
        if len < HEADER.len() as u64 + END_LEN {
            return Err(damaged("length"));
        }
        let stored = Stored::file(path, file);
        let mut header = Vec::new();
        let mut hash = Sha256::new();
        scratch::each_chunk(&stored, 0..len - 32, |chunk| {
            if header.is_empty() {
                header.extend_from_slice(&chunk[..HEADER.len()]);
            }
            hash.update(chunk);
            Ok(())
        })
        .map_err(io)?;
        if header != HEADER {
            return Err(damaged("header, which is of no segment or of another version"));
        }
        let end = bytes(&stored, len - END_LEN, END_LEN).map_err(io)?;
        let (tables_at, digest) = end.split_at(8);
        if *hash.finalize() != *digest {
            return Err(damaged("digest"));
        }
        let tables_at: [u8; 8] = tables_at.try_into().map_err(|_| damaged("tables"))?;
        let tables_at = u64::from_le_bytes(tables_at);
        let tables_end = len - END_LEN;
        if tables_at > tables_end || tables_end - tables_at > MAX_TABLES {
            return Err(damaged("tables"));
        }
        let tables = bytes(&stored, tables_at, tables_end - tables_at).map_err(io)?;
        let rest = tables.strip_prefix(&analysis(options)[..]);
        let rest = rest.ok_or_else(|| IndexError::OtherFields { path: path.into() })?;
        let tables = read_tables(rest, tables_at).ok_or_else(|| damaged("tables"))?;
        let run = |table| Run { table, stored: stored.clone() };
        Ok(Self { runs: tables.into_iter().map(run).collect() })
    }
}

fn bytes(stored: &Stored, at: u64, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    scratch::each_chunk(stored, at..at + len, |chunk| {
        bytes.extend_from_slice(chunk);
        Ok(())
    })?;
    Ok(bytes)
}

fn read_tables(bytes: &[u8], end: u64) -> Option<Vec<Table>> {
    let mut reader = Reader::new(bytes, 0);
    let count = reader.count("runs").ok()?;
    let tables: Option<Vec<Table>> = (0..count).map(|_| Table::read(&mut reader, end)).collect();
    tables.filter(|_| reader.left() == 0)
}

/// A digest of what decides how documents are read.
fn analysis(options: &IndexOptions) -> [u8; 16] {
    let mut text = Vec::new();
    wire::put_str(&mut text, &options.cluster_field);
    for field in &options.fields {
        wire::put_str(&mut text, &field.name);
        text.push(u8::from(field.kind == FieldKind::Code));
    }
    let digest: [u8; 32] = Sha256::digest(&text).into();
    std::array::from_fn(|i| digest[i])
}

/// Bytes being written and hashed.
struct Hashed<'a, W> {
    out: &'a mut W,
    hash: Sha256,
    len: u64,
}

impl<W: Write> Hashed<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}
