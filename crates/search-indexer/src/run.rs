//! Runs: documents as they are spilled, in order among themselves, and what they hold, inverted.
//!
//! ```bnf
//! run       ::= documents terms
//! documents ::= (key:bytes record:bytes)*             ; keys ascend
//! record    ::= lang kind collection date id:str url:str title:str n (name value:str){n} text:str
//!               lengths layout n (name value:str){n}  ; card, then facets
//! lengths   ::= n (field len){n}                      ; words of each field
//! layout    ::= n (field len){n}                      ; positions of each stretch
//! date      ::= 0 | 1 date:str
//! terms     ::= (shared suffix:bytes n_docs places_len positions_len places positions)*
//! places    ::= (gap frequencies)*                    ; gap: document - previous - 1, first: -1
//! table     ::= n_docs n_terms documents_len:u64 terms_len:u64 at:u64
//!               fields names names names names names  ; languages, groups, collections, card, facets
//! fields    ::= n (name:str flags:u8){n}              ; 1: met as a field, 2: as a facet
//! names     ::= n (name:str n_docs){n}
//! bytes     ::= len, then as many bytes
//! ```
//! Other numbers are varints. Names and fields are numbered as the run met them; in the order of
//! terms a field stands where [`field_order`] puts it, so that runs with other numbers merge.

use std::borrow::Cow;

use search_engine::format::root::Name;
use search_engine::format::shard::CODES;
use search_engine::format::stores::split_notes;
use search_engine::format::wire::{self, Reader};

use crate::document::{Document, IndexError, IndexOptions};
use crate::scratch::{Cursor, Stored};

/// Longest record of a document.
const MAX_RECORD: usize = 256 << 20;
/// Longest key of a document.
const MAX_KEY: usize = 1 << 20;
/// Longest term.
const MAX_TERM: usize = 1 << 10;

/// Names with the number of documents that carry each.
pub(crate) type Names = Vec<Name>;

/// What is to be known of a run before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) n_docs: u32,
    pub(crate) n_terms: u32,
    pub(crate) at: u64,
    pub(crate) documents_len: u64,
    pub(crate) terms_len: u64,
    pub(crate) fields: Vec<RunField>,
    pub(crate) langs: Names,
    pub(crate) kinds: Names,
    pub(crate) collections: Names,
    pub(crate) card_names: Names,
    pub(crate) facet_names: Names,
}

/// A field that a run's documents have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunField {
    pub(crate) name: String,
    pub(crate) in_fields: bool,
    pub(crate) in_facets: bool,
}

/// A run and where it lies.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) table: Table,
    pub(crate) stored: Stored,
}

/// Where a field stands among others, whatever else there is: those of the options in their
/// order, then others by name.
pub(crate) fn field_order<'a>(name: &'a str, options: &IndexOptions) -> (usize, &'a str) {
    let declared = options.fields.iter().position(|field| field.name == name);
    (declared.unwrap_or(usize::MAX), name)
}

impl Table {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        wire::put_varint(out, self.n_docs);
        wire::put_varint(out, self.n_terms);
        for value in [self.documents_len, self.terms_len, self.at] {
            out.extend(value.to_le_bytes());
        }
        wire::put_len(out, self.fields.len());
        for field in &self.fields {
            wire::put_str(out, &field.name);
            out.push(u8::from(field.in_fields) | u8::from(field.in_facets) << 1);
        }
        let tables =
            [&self.langs, &self.kinds, &self.collections, &self.card_names, &self.facet_names];
        for names in tables {
            wire::put_len(out, names.len());
            for name in names {
                wire::put_str(out, &name.name);
                wire::put_varint(out, name.n_docs);
            }
        }
    }

    /// Reads a table of a run that lies before `end`; `None` when it is none.
    pub(crate) fn read(reader: &mut Reader<'_>, end: u64) -> Option<Self> {
        let mut table = Self {
            n_docs: reader.varint("documents").ok()?,
            n_terms: reader.varint("terms").ok()?,
            documents_len: number(reader)?,
            terms_len: number(reader)?,
            at: number(reader)?,
            ..Self::default()
        };
        let run_end = table.at.checked_add(table.documents_len)?.checked_add(table.terms_len)?;
        if run_end > end || u64::from(table.n_docs) > table.documents_len {
            return None;
        }
        for _ in 0..reader.count("fields").ok()? {
            let name = reader.str("field").ok()?.to_owned();
            let flags = reader.byte("field").ok()?;
            let (in_fields, in_facets) = (flags & 1 != 0, flags & 2 != 0);
            table.fields.push(RunField { name, in_fields, in_facets });
        }
        for names in [
            &mut table.langs,
            &mut table.kinds,
            &mut table.collections,
            &mut table.card_names,
            &mut table.facet_names,
        ] {
            for _ in 0..reader.count("names").ok()? {
                let name = reader.str("name").ok()?.to_owned();
                names.push(Name { name, n_docs: reader.varint("name").ok()? });
            }
        }
        (table.fields.len() <= crate::analyse::MAX_FIELDS).then_some(table)
    }
}

fn number(reader: &mut Reader<'_>) -> Option<u64> {
    Some(u64::from_le_bytes(reader.bytes(8, "length").ok()?.try_into().ok()?))
}

/// A document as a run holds it.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) lang: u32,
    pub(crate) kind: u32,
    pub(crate) collection: u32,
    pub(crate) date: Option<&'a str>,
    pub(crate) id: &'a str,
    pub(crate) url: &'a str,
    pub(crate) title: &'a str,
    pub(crate) card: Vec<(u32, &'a str)>,
    pub(crate) text: &'a str,
    pub(crate) lengths: Vec<(u32, u32)>,
    pub(crate) layout: Vec<(u32, u32)>,
    pub(crate) facets: Vec<(u32, &'a str)>,
}

/// Numbers of a document's names in its run.
pub(crate) struct Numbers<'a> {
    pub(crate) lang: u32,
    pub(crate) kind: u32,
    pub(crate) collection: u32,
    pub(crate) card: &'a [u32],
    pub(crate) facets: &'a [u32],
    pub(crate) lengths: &'a [(u32, u32)],
    pub(crate) layout: &'a [(u32, u32)],
}

/// Bytes of a text that are kept for excerpts; all of it is searched.
const MAX_KEPT: usize = 1 << 20;

fn kept(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_KEPT {
        return text.into();
    }
    let (shown, notes) = split_notes(text);
    (shown[..shown.floor_char_boundary(MAX_KEPT)].to_owned() + notes).into()
}

/// Appends the record of a document.
pub(crate) fn write_record(out: &mut Vec<u8>, document: &Document, numbers: &Numbers<'_>) {
    for number in [numbers.lang, numbers.kind, numbers.collection] {
        wire::put_varint(out, number);
    }
    out.push(u8::from(document.date.is_some()));
    if let Some(date) = &document.date {
        wire::put_str(out, date);
    }
    for text in [&document.id, &document.url, &document.title] {
        wire::put_str(out, text);
    }
    put_named(out, numbers.card, &document.card);
    wire::put_str(out, &kept(document.text.trim()));
    for pairs in [numbers.lengths, numbers.layout] {
        wire::put_len(out, pairs.len());
        for &(field, len) in pairs {
            wire::put_varint(out, field);
            wire::put_varint(out, len);
        }
    }
    put_named(out, numbers.facets, &document.facets);
}

fn put_named(out: &mut Vec<u8>, numbers: &[u32], values: &[(String, String)]) {
    wire::put_len(out, values.len());
    for (number, (_, value)) in numbers.iter().zip(values) {
        wire::put_varint(out, *number);
        wire::put_str(out, value);
    }
}

impl<'a> Record<'a> {
    /// Reads a record; `None` when it is none of this run.
    pub(crate) fn read(bytes: &'a [u8], table: &Table) -> Option<Self> {
        let mut reader = Reader::new(bytes, 0);
        let reader = &mut reader;
        let mut record = Self {
            lang: below(reader, table.langs.len())?,
            kind: below(reader, table.kinds.len())?,
            collection: below(reader, table.collections.len())?,
            ..Self::default()
        };
        record.date = match reader.byte("date").ok()? {
            0 => None,
            _ => Some(reader.str("date").ok()?),
        };
        for text in [&mut record.id, &mut record.url, &mut record.title] {
            *text = reader.str("text").ok()?;
        }
        record.card = named(reader, table.card_names.len())?;
        record.text = reader.str("text").ok()?;
        record.lengths = pairs(reader, table.fields.len())?;
        record.layout = pairs(reader, table.fields.len())?;
        record.facets = named(reader, table.facet_names.len())?;
        (reader.left() == 0).then_some(record)
    }
}

fn below(reader: &mut Reader<'_>, end: usize) -> Option<u32> {
    reader.varint("number").ok().filter(|&number| (number as usize) < end)
}

fn named<'a>(reader: &mut Reader<'a>, end: usize) -> Option<Vec<(u32, &'a str)>> {
    let count = reader.count("values").ok()?;
    (0..count).map(|_| Some((below(reader, end)?, reader.str("value").ok()?))).collect()
}

fn pairs(reader: &mut Reader<'_>, end: usize) -> Option<Vec<(u32, u32)>> {
    let count = reader.count("lengths").ok()?;
    (0..count).map(|_| Some((below(reader, end)?, reader.varint("length").ok()?))).collect()
}

/// Reads a run's documents in order.
pub(crate) struct Documents {
    cursor: Cursor,
    left: u32,
    /// Key of the document that was read last.
    pub(crate) key: Vec<u8>,
    /// Its record.
    pub(crate) record: Vec<u8>,
}

impl Documents {
    pub(crate) fn new(run: &Run, window: usize) -> Self {
        let range = run.table.at..run.table.at + run.table.documents_len;
        Self {
            cursor: Cursor::new(&run.stored, range, window),
            left: run.table.n_docs,
            key: Vec::new(),
            record: Vec::new(),
        }
    }

    /// Goes to the next document; `false` when there is none.
    pub(crate) fn advance(&mut self) -> Result<bool, IndexError> {
        if self.left == 0 {
            return if self.cursor.left() == 0 { Ok(false) } else { Err(self.damaged()) };
        }
        self.left -= 1;
        let key = self.cursor.counted(MAX_KEY, "key of a document")?;
        let ascends = *key > *self.key;
        self.key.clear();
        self.key.extend_from_slice(key);
        if !ascends {
            return Err(self.damaged());
        }
        let record = self.cursor.counted(MAX_RECORD, "document")?;
        self.record.clear();
        self.record.extend_from_slice(record);
        Ok(true)
    }

    /// The error of a document that is none.
    pub(crate) fn damaged(&self) -> IndexError {
        self.cursor.damaged("documents")
    }
}

/// Reads a run's terms in order.
pub(crate) struct Terms {
    cursor: Cursor,
    left: u32,
    /// Numbers of fields in the index, by their number in the run; `None`: of no code.
    fields: Vec<Option<u8>>,
    raw: Vec<u8>,
    /// The term that was read last, with the index's number of the field.
    pub(crate) term: Vec<u8>,
    /// Documents that hold it.
    pub(crate) n_docs: u32,
    places_len: usize,
    positions_len: usize,
}

impl Terms {
    /// Reads the terms of `run`, whose fields have these numbers in the index.
    pub(crate) fn new(run: &Run, fields: Vec<Option<u8>>, window: usize) -> Self {
        let from = run.table.at + run.table.documents_len;
        Self {
            cursor: Cursor::new(&run.stored, from..from + run.table.terms_len, window),
            left: run.table.n_terms,
            fields,
            raw: Vec::new(),
            term: Vec::new(),
            n_docs: 0,
            places_len: 0,
            positions_len: 0,
        }
    }

    /// Goes to the next term of the index, past what was not taken; `false` when there is none.
    pub(crate) fn advance(&mut self) -> Result<bool, IndexError> {
        while self.left > 0 {
            self.left -= 1;
            let before = std::mem::take(&mut self.term);
            if self.read_head()? {
                if self.term <= before {
                    return Err(self.damaged());
                }
                return Ok(true);
            }
            self.cursor.bytes(self.places_len, "places of a term")?;
            self.cursor.bytes(self.positions_len, "positions of a term")?;
            self.term = before;
        }
        if self.cursor.left() == 0 { Ok(false) } else { Err(self.damaged()) }
    }

    /// Reads up to the lists; `false` when the index leaves the term out.
    fn read_head(&mut self) -> Result<bool, IndexError> {
        let shared = self.cursor.varint("term")? as usize;
        if shared > self.raw.len() {
            return Err(self.damaged());
        }
        self.raw.truncate(shared);
        let suffix = self.cursor.counted(MAX_TERM, "term")?;
        self.raw.extend_from_slice(suffix);
        self.n_docs = self.cursor.varint("term")?;
        self.places_len = self.cursor.varint("term")? as usize;
        self.positions_len = self.cursor.varint("term")? as usize;
        let Some((&namespace, text)) = self.raw.split_first().filter(|(_, text)| !text.is_empty())
        else {
            return Err(self.damaged());
        };
        let mapped = match namespace.checked_sub(CODES) {
            None => Some(namespace),
            Some(field) => match self.fields.get(usize::from(field)) {
                Some(field) => field.map(|field| CODES + field),
                None => return Err(self.damaged()),
            },
        };
        self.term.clear();
        self.term.extend(mapped);
        self.term.extend_from_slice(text);
        Ok(mapped.is_some())
    }

    /// Appends the term's places; its positions are to be taken next.
    pub(crate) fn take_places(&mut self, into: &mut Vec<u8>) -> Result<(), IndexError> {
        into.extend_from_slice(self.cursor.bytes(self.places_len, "places of a term")?);
        Ok(())
    }

    /// Appends the term's positions.
    pub(crate) fn take_positions(&mut self, into: &mut Vec<u8>) -> Result<(), IndexError> {
        into.extend_from_slice(self.cursor.bytes(self.positions_len, "positions of a term")?);
        Ok(())
    }

    /// The error of a term that is none.
    pub(crate) fn damaged(&self) -> IndexError {
        self.cursor.damaged("terms")
    }
}
