//! Gathering: documents to runs, on all processors, within a bound of memory.
//!
//! Each thread takes what comes next, analyses it and keeps what it found in a heap of its own.
//! When a heap is full, its documents are put in order, inverted and spilled as a run. Which thread
//! had which document never matters: runs are merged by keys of documents and terms.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

use search_engine::format::root::Name;
use search_engine::format::wire;

use crate::analyse::{Analyser, Fields, Met};
use crate::document::{Document, IndexError, IndexOptions};
use crate::key;
use crate::run::{self, Numbers, Run, RunField, Table};
use crate::scratch::Scratch;

/// Documents in runs, ready to be merged into an index or kept as a segment.
pub struct Gathered {
    pub(crate) runs: Vec<Run>,
}

impl Gathered {
    /// Number of documents.
    pub fn n_docs(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.table.n_docs)).sum()
    }

    /// Puts several together.
    pub fn join(parts: impl IntoIterator<Item = Self>) -> Self {
        Self { runs: parts.into_iter().flat_map(|part| part.runs).collect() }
    }
}

/// Gathers documents.
///
/// - `inputs`: what documents are made of, such as stretches of a file; taken one at a time.
/// - `read`: makes documents of one input; called by several threads at once.
///
/// # Errors
/// [`IndexError::TooLarge`], [`IndexError::Io`] from the scratch file.
pub fn gather<T: Send>(
    inputs: impl Iterator<Item = T> + Send,
    read: impl Fn(T) -> Vec<Document> + Sync,
    options: &IndexOptions,
) -> Result<Gathered, IndexError> {
    let threads = options.threads();
    let scratch = Scratch::new(&options.scratch_folder(), options.memory_bytes / 3);
    let heap_len = usize::try_from(options.memory_bytes / 2).unwrap_or(usize::MAX) / threads;
    let inputs = Mutex::new(inputs);
    let work = || {
        let mut heap = Heap::new(options, &scratch, heap_len);
        loop {
            let input = inputs.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(input) = input else { break };
            for document in read(input) {
                heap.add(&document)?;
            }
        }
        heap.spill()?;
        Ok(heap.spilled)
    };
    let spilled: Vec<Result<Vec<Table>, IndexError>> = thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mine = work();
        let joined = running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(mine).chain(joined).collect()
    });
    let stored = scratch.finish();
    let mut runs = Vec::new();
    for tables in spilled {
        runs.extend(tables?.into_iter().map(|table| Run { table, stored: stored.clone() }));
    }
    Ok(Gathered { runs })
}

/// Documents of one thread since its last run.
struct Heap<'a> {
    options: &'a IndexOptions,
    scratch: &'a Scratch,
    /// Bytes from which on the heap is spilled.
    most: usize,
    analyser: Analyser,
    fields: Fields,
    /// Of each document, its terms: number, lengths of the two lists, lists.
    forward: Vec<u8>,
    keys: Vec<u8>,
    records: Vec<u8>,
    documents: Vec<Span>,
    langs: Counted,
    kinds: Counted,
    collections: Counted,
    card_names: Counted,
    facet_names: Counted,
    spilled: Vec<Table>,
}

/// Where a document's parts end in the heap.
#[derive(Clone, Copy, Default)]
struct Span {
    key: usize,
    record: usize,
    forward: usize,
}

/// Names with the number of documents that carry each, numbered as they were met.
#[derive(Default)]
struct Counted {
    names: Vec<Name>,
    numbers: HashMap<String, u32>,
}

impl Counted {
    fn count(&mut self, name: &str) -> u32 {
        let number = self.numbers.get(name).copied().unwrap_or_else(|| {
            let number = u32::try_from(self.names.len()).expect("memory ends before numbers do");
            self.names.push(Name { name: name.into(), n_docs: 0 });
            self.numbers.insert(name.into(), number);
            number
        });
        self.names[number as usize].n_docs += 1;
        number
    }

    fn take(&mut self) -> Vec<Name> {
        self.numbers.clear();
        std::mem::take(&mut self.names)
    }
}

impl<'a> Heap<'a> {
    fn new(options: &'a IndexOptions, scratch: &'a Scratch, most: usize) -> Self {
        Self {
            options,
            scratch,
            most,
            analyser: Analyser::new(),
            fields: Fields::new(),
            forward: Vec::new(),
            keys: Vec::new(),
            records: Vec::new(),
            documents: Vec::new(),
            langs: Counted::default(),
            kinds: Counted::default(),
            collections: Counted::default(),
            card_names: Counted::default(),
            facet_names: Counted::default(),
            spilled: Vec::new(),
        }
    }

    fn add(&mut self, document: &Document) -> Result<(), IndexError> {
        self.analyser.read(document, &mut self.fields, self.options)?;
        key::write(&mut self.keys, document, &self.options.cluster_field);
        let card: Vec<u32> =
            document.card.iter().map(|(name, _)| self.card_names.count(name)).collect();
        let facets: Vec<u32> =
            document.facets.iter().map(|(name, _)| self.facet_names.count(name)).collect();
        let numbers = Numbers {
            lang: self.langs.count(&document.lang),
            kind: self.kinds.count(&document.kind),
            collection: self.collections.count(&document.collection),
            card: &card,
            facets: &facets,
            lengths: &self.analyser.lengths,
            layout: &self.analyser.layout,
        };
        run::write_record(&mut self.records, document, &numbers);
        let forward = &mut self.forward;
        self.analyser.each_term(|number, frequencies, positions| {
            wire::put_varint(forward, number);
            wire::put_len(forward, frequencies.len());
            wire::put_len(forward, positions.len());
            forward.extend_from_slice(frequencies);
            forward.extend_from_slice(positions);
        });
        self.documents.push(Span {
            key: self.keys.len(),
            record: self.records.len(),
            forward: self.forward.len(),
        });
        let is_full = self.memory_len() > self.most || self.analyser.terms().is_full();
        if is_full { self.spill() } else { Ok(()) }
    }

    /// Bytes that spilling will have taken: lists are laid out a second time, by term.
    fn memory_len(&self) -> usize {
        let lists = self.analyser.terms().len() * size_of::<List>();
        let terms = self.analyser.memory_len() + lists;
        let documents = self.keys.len() + self.records.len() + self.documents.len() * 32;
        // Buffers that grow by doubling are a third empty on average.
        (terms + documents) * 3 / 2 + self.forward.len() * 5 / 2
    }

    /// Writes a run of what the heap holds and empties it.
    fn spill(&mut self) -> Result<(), IndexError> {
        if self.documents.is_empty() {
            return Ok(());
        }
        let order = self.order();
        let documents = self.write_documents(&order);
        let (lists, inverted) = self.invert(&order);
        let terms = self.write_terms(&lists, &inverted);
        let mut table = Table {
            n_docs: u32::try_from(order.len()).expect("memory ends before numbers do"),
            n_terms: u32::try_from(self.analyser.terms().len())
                .expect("memory ends before numbers do"),
            documents_len: documents.len() as u64,
            terms_len: terms.iter().map(|part| part.len() as u64).sum(),
            ..Table::default()
        };
        table.at = self.scratch.append(std::iter::once(documents).chain(terms).collect())?;
        table.langs = self.langs.take();
        table.kinds = self.kinds.take();
        table.collections = self.collections.take();
        table.card_names = self.card_names.take();
        table.facet_names = self.facet_names.take();
        let fields = std::mem::replace(&mut self.fields, Fields::new());
        table.fields = fields.met.into_iter().map(RunField::from).collect();
        self.spilled.push(table);
        self.clear();
        Ok(())
    }

    fn clear(&mut self) {
        self.analyser.forget();
        self.forward.clear();
        self.keys.clear();
        self.records.clear();
        self.documents.clear();
    }

    /// Numbers of the documents as they were met, in the order of their keys.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.documents.len()).collect();
        order.sort_by(|&a, &b| self.key(a).cmp(self.key(b)));
        order
    }

    fn start(&self, document: usize) -> Span {
        if document == 0 { Span::default() } else { self.documents[document - 1] }
    }

    fn key(&self, document: usize) -> &[u8] {
        &self.keys[self.start(document).key..self.documents[document].key]
    }

    fn write_documents(&self, order: &[usize]) -> Vec<u8> {
        let lengths = self.keys.len() + self.records.len() + order.len() * 8;
        let mut out = Vec::with_capacity(lengths);
        for &document in order {
            let record = self.start(document).record..self.documents[document].record;
            for part in [self.key(document), &self.records[record]] {
                wire::put_len(&mut out, part.len());
                out.extend_from_slice(part);
            }
        }
        out
    }

    /// Lays the lists of each term end to end, in the order of documents.
    fn invert(&self, order: &[usize]) -> (Vec<List>, Vec<u8>) {
        let mut lists = vec![List::default(); self.analyser.terms().len()];
        self.each_entry(order, |number, gapless, entry| {
            let list = &mut lists[number as usize];
            list.places_len += varint_len(gapless - list.next) + entry.frequencies.len();
            list.positions_len += entry.positions.len();
            list.n_docs += 1;
            list.next = gapless + 1;
        });
        let mut end = 0;
        for list in &mut lists {
            list.at = end;
            end += list.places_len + list.positions_len;
            list.next = 0;
        }
        let mut inverted = vec![0; end];
        let mut written = vec![(0, 0); lists.len()];
        let mut places = Vec::new();
        self.each_entry(order, |number, gapless, entry| {
            let list = &mut lists[number as usize];
            let (places_at, positions_at) = &mut written[number as usize];
            places.clear();
            wire::put_varint(&mut places, gapless - list.next);
            places.extend_from_slice(entry.frequencies);
            list.next = gapless + 1;
            let at = list.at + *places_at;
            inverted[at..at + places.len()].copy_from_slice(&places);
            *places_at += places.len();
            let at = list.at + list.places_len + *positions_at;
            inverted[at..at + entry.positions.len()].copy_from_slice(entry.positions);
            *positions_at += entry.positions.len();
        });
        (lists, inverted)
    }

    /// Hands each term of each document to `each`: its number, the document's, its lists.
    fn each_entry(&self, order: &[usize], mut each: impl FnMut(u32, u32, &Entry<'_>)) {
        for (number, &document) in (0_u32..).zip(order) {
            let range = self.start(document).forward..self.documents[document].forward;
            let mut reader = wire::Reader::new(&self.forward[..range.end], range.start);
            while reader.left() > 0 {
                let mut next = || reader.varint("own list").expect("written by this heap");
                let (term, frequencies, positions) = (next(), next() as usize, next() as usize);
                let mut bytes = |len| reader.bytes(len, "own list").expect("written by this heap");
                let entry = Entry { frequencies: bytes(frequencies), positions: bytes(positions) };
                each(term, number, &entry);
            }
        }
    }

    /// Writes terms in order, with their lists; in parts, which need not lie together.
    fn write_terms(&self, lists: &[List], inverted: &[u8]) -> Vec<Vec<u8>> {
        const PART: usize = 4 << 20;
        let mut by_term: Vec<u32> = (0_u32..).take(lists.len()).collect();
        let ranks = self.ranks();
        let term = |number: u32| {
            let term = self.analyser.terms().get(number);
            (ranks[usize::from(term[0])], &term[1..])
        };
        by_term.sort_unstable_by(|&a, &b| term(a).cmp(&term(b)));
        let (mut parts, mut out, mut before) = (Vec::new(), Vec::new(), &[][..]);
        for number in by_term {
            let (term, list) = (self.analyser.terms().get(number), &lists[number as usize]);
            let shared = term.iter().zip(before).take_while(|(a, b)| a == b).count();
            wire::put_len(&mut out, shared);
            wire::put_len(&mut out, term.len() - shared);
            out.extend_from_slice(&term[shared..]);
            wire::put_varint(&mut out, list.n_docs);
            wire::put_len(&mut out, list.places_len);
            wire::put_len(&mut out, list.positions_len);
            out.extend_from_slice(
                &inverted[list.at..list.at + list.places_len + list.positions_len],
            );
            before = term;
            if out.len() >= PART {
                parts.push(std::mem::take(&mut out));
            }
        }
        parts.push(out);
        parts
    }

    /// Where each namespace stands in the order of terms.
    fn ranks(&self) -> [usize; 256] {
        let mut order: Vec<usize> = (0..self.fields.met.len()).collect();
        order.sort_by_key(|&field| run::field_order(&self.fields.met[field].name, self.options));
        let mut ranks: [usize; 256] = std::array::from_fn(|byte| byte);
        let codes = usize::from(search_engine::format::shard::CODES);
        for (rank, field) in order.into_iter().enumerate() {
            ranks[codes + field] = codes + rank;
        }
        ranks
    }
}

impl From<Met> for RunField {
    fn from(met: Met) -> Self {
        Self { name: met.name, in_fields: met.in_fields, in_facets: met.in_facets }
    }
}

/// A term's lists: where they lie, and the number after the last document.
#[derive(Clone, Default)]
struct List {
    n_docs: u32,
    next: u32,
    at: usize,
    places_len: usize,
    positions_len: usize,
}

/// A term's lists in one document.
struct Entry<'a> {
    frequencies: &'a [u8],
    positions: &'a [u8],
}

fn varint_len(value: u32) -> usize {
    (wire::bits_for(value).max(1) as usize).div_ceil(7)
}
