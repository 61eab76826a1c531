//! Merging: runs to documents with numbers, and to terms with lists, in order.
//!
//! First the documents: they get their numbers, and what impacts need of them (lengths, means) is
//! kept. Then the terms: each run's places are given their documents' numbers, and all of a term's
//! places in one list. What comes out depends on the documents alone, not on how they lay in runs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rayon::prelude::*;
use search_engine::format::root::{MAX_DOCS, Name};
use search_engine::format::shard;
use search_engine::format::wire::Reader;
use search_engine::format::{positions, postings};

use crate::analyse::MAX_FIELDS;
use crate::document::{FieldOptions, IndexError, IndexOptions, RankOptions};
use crate::gather::Gathered;
use crate::key;
use crate::lengths::{self, Lengths};
use crate::run::{self, Documents, Record, Run, Terms};
use crate::titles;

/// Bytes of lists that are put in order at a time, by all threads together.
const BATCH: usize = 8 << 20;

/// Runs with what their names and fields are in the index.
pub(crate) struct Merge<'a> {
    options: &'a IndexOptions,
    runs: Vec<Run>,
    maps: Vec<Maps>,
    /// Fields that occur, numbered as in terms and layouts.
    pub(crate) fields: Vec<FieldOptions>,
    pub(crate) langs: Vec<Name>,
    pub(crate) kinds: Vec<Name>,
    pub(crate) collections: Vec<Name>,
    pub(crate) card_names: Vec<Name>,
    pub(crate) facet_names: Vec<Name>,
    pub(crate) n_docs: u32,
}

/// Numbers of a run in the index.
struct Maps {
    fields: Vec<u32>,
    langs: Vec<u32>,
    kinds: Vec<u32>,
    collections: Vec<u32>,
    card_names: Vec<u32>,
    facet_names: Vec<u32>,
}

/// What is known of documents once all have been seen.
#[derive(Default)]
pub(crate) struct Numbering {
    /// For each run, the number of each of its documents.
    by_run: Vec<Vec<u32>>,
    pub(crate) lengths: Lengths,
    /// Documents that stand behind a translation of themselves, with the distance.
    pub(crate) twins: Vec<(u32, u32)>,
}

/// A term with its lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MergedTerm {
    pub(crate) term: Vec<u8>,
    pub(crate) docs: Vec<u32>,
    pub(crate) impacts: Vec<u8>,
    /// Entries of [`positions`] end to end; none for codes and numbers.
    pub(crate) positions: Vec<u8>,
    /// Where each document's entry ends.
    pub(crate) position_ends: Vec<u32>,
}

impl MergedTerm {
    /// Positions of the `i`th document, as written.
    pub(crate) fn entry(&self, i: usize) -> &[u8] {
        let start = if i == 0 { 0 } else { self.position_ends[i - 1] as usize };
        &self.positions[start..self.position_ends[i] as usize]
    }
}

impl<'a> Merge<'a> {
    pub(crate) fn new(gathered: Gathered, options: &'a IndexOptions) -> Result<Self, IndexError> {
        let n_docs = limit("number of documents", gathered.n_docs(), MAX_DOCS.into())?;
        let runs = gathered.runs;
        let fields = fields(&runs, options);
        limit("number of fields", fields.len() as u64, MAX_FIELDS as u64)?;
        let all = |names: fn(&run::Table) -> &run::Names| {
            let mut counts = BTreeMap::new();
            for name in runs.iter().flat_map(|run| names(&run.table)) {
                *counts.entry(name.name.as_str()).or_insert(0) += name.n_docs;
            }
            counts.into_iter().map(|(name, n_docs)| Name { name: name.into(), n_docs }).collect()
        };
        let mut merge = Self {
            langs: all(|table| &table.langs),
            kinds: all(|table| &table.kinds),
            collections: all(|table| &table.collections),
            card_names: all(|table| &table.card_names),
            facet_names: all(|table| &table.facet_names),
            options,
            maps: Vec::new(),
            fields,
            n_docs,
            runs: Vec::new(),
        };
        merge.maps = runs.iter().map(|run| merge.maps_of(&run.table)).collect();
        merge.runs = runs;
        Ok(merge)
    }

    fn maps_of(&self, table: &run::Table) -> Maps {
        let field = |field: &run::RunField| {
            let at = self.fields.iter().position(|known| known.name == field.name);
            to_u32(at.expect("all runs' fields were taken"))
        };
        let map = |names: &run::Names, known: &[Name]| {
            let number = |name: &Name| known.binary_search_by(|held| held.name.cmp(&name.name));
            names.iter().map(|name| to_u32(number(name).expect("all names were counted"))).collect()
        };
        Maps {
            fields: table.fields.iter().map(field).collect(),
            langs: map(&table.langs, &self.langs),
            kinds: map(&table.kinds, &self.kinds),
            collections: map(&table.collections, &self.collections),
            card_names: map(&table.card_names, &self.card_names),
            facet_names: map(&table.facet_names, &self.facet_names),
        }
    }

    /// Bytes that each run's reader holds.
    fn window(&self) -> usize {
        let share = self.options.memory_bytes / 8 / (self.runs.len() as u64 + 1);
        usize::try_from(share).unwrap_or(usize::MAX).clamp(4 << 10, 1 << 20)
    }

    /// Hands all documents to `each` in order, with the index's numbers of their names.
    ///
    /// # Errors
    /// [`IndexError::DuplicateDocument`], those of `each` and of runs.
    pub(crate) fn documents(
        &self,
        mut each: impl FnMut(u32, &Record<'_>) -> Result<(), IndexError>,
    ) -> Result<Numbering, IndexError> {
        let mut numbering = Numbering {
            by_run: self
                .runs
                .iter()
                .map(|run| Vec::with_capacity(run.table.n_docs as usize))
                .collect(),
            ..Numbering::default()
        };
        let mut identities = Vec::with_capacity(self.n_docs as usize);
        self.each_record(|number, run, record| {
            numbering.by_run[run].push(number);
            numbering.lengths.add((record.lang, record.kind), &record.lengths, self.fields.len());
            if titles::Sample::takes(number, self.n_docs) {
                numbering.lengths.look(record.title, record.text);
            }
            let collection = &self.collections[record.collection as usize].name;
            identities.push((key::identity(collection, record.id), number, record.lang));
            each(number, record)
        })?;
        numbering.lengths.settle();
        identities.par_sort_unstable();
        for same in identities.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            if let Some(pair) = same.windows(2).find(|pair| pair[0].2 == pair[1].2) {
                return Err(self.duplicate(pair[1].1));
            }
            let twin = |&(_, number, _): &(u128, u32, u32)| (number, number - same[0].1);
            numbering.twins.extend(same.iter().skip(1).map(twin));
        }
        numbering.twins.sort_unstable();
        Ok(numbering)
    }

    /// Hands all documents to `each` in order: number, run, record.
    pub(crate) fn each_record(
        &self,
        mut each: impl FnMut(u32, usize, &Record<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut readers: Vec<Documents> =
            self.runs.iter().map(|run| Documents::new(run, self.window())).collect();
        let mut heap = BinaryHeap::new();
        for (run, documents) in readers.iter_mut().enumerate() {
            if documents.advance()? {
                heap.push(Reverse((documents.key.clone(), run)));
            }
        }
        for number in 0.. {
            let Some(mut top) = heap.peek_mut() else { break };
            let Reverse((key, run)) = &mut *top;
            let (run, documents) = (*run, &mut readers[*run]);
            let record = Record::read(&documents.record, &self.runs[run].table);
            let mut record = record.ok_or_else(|| documents.damaged())?;
            self.maps[run].apply(&mut record);
            each(number, run, &record)?;
            if documents.advance()? {
                key.clone_from(&documents.key);
            } else {
                std::collections::binary_heap::PeekMut::pop(top);
            }
        }
        Ok(())
    }

    /// The error of a document that is there twice.
    fn duplicate(&self, wanted: u32) -> IndexError {
        let mut found = None;
        let searched = self.each_record(|number, _, record| {
            if number == wanted {
                found = Some(IndexError::DuplicateDocument {
                    id: record.id.into(),
                    collection: self.collections[record.collection as usize].name.clone(),
                    lang: self.langs[record.lang as usize].name.clone(),
                });
            }
            Ok(())
        });
        searched.err().or(found).expect("the document was there a moment ago")
    }

    /// Hands all terms to `each` in order.
    ///
    /// # Errors
    /// Those of `each` and of runs.
    pub(crate) fn terms(
        &self,
        numbering: &Numbering,
        mut each: impl FnMut(Vec<MergedTerm>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut readers: Vec<Terms> = Vec::new();
        for (run, maps) in self.runs.iter().zip(&self.maps) {
            readers.push(Terms::new(run, Self::namespaces(maps), self.window()));
        }
        let mut heap = BinaryHeap::new();
        for (run, terms) in readers.iter_mut().enumerate() {
            if terms.advance()? {
                heap.push(Reverse((terms.term.clone(), run)));
            }
        }
        let lists = Impacts::new(self, numbering);
        let mut batch = Batch::default();
        while let Some(mut top) = heap.peek_mut() {
            let Reverse((term, run)) = &mut *top;
            let terms = &mut readers[*run];
            if batch.is_full() && !batch.ends_with(term) {
                each(batch.merge(&lists)?)?;
                batch = Batch::default();
            }
            batch.add(term, *run, terms)?;
            if terms.advance()? {
                term.clone_from(&terms.term);
            } else {
                std::collections::binary_heap::PeekMut::pop(top);
            }
        }
        each(batch.merge(&lists)?)
    }

    /// Mean lengths of fields by class: those of the index that this one updates, or its own.
    fn means(&self, lengths: &Lengths) -> Vec<Vec<f32>> {
        let of = |class: &lengths::Class| {
            let (lang, kind) = (&self.langs[class.lang as usize], &self.kinds[class.kind as usize]);
            let total = |(field, &own): (&FieldOptions, &(u32, u64))| {
                let base = self.options.means.as_ref();
                let base = base.and_then(|base| base.get(&lang.name, &kind.name, &field.name));
                lengths::mean(base.unwrap_or(own))
            };
            self.fields.iter().zip(&class.totals).map(total).collect()
        };
        lengths.classes().iter().map(of).collect()
    }

    /// Weights of fields by class.
    fn weights(&self, lengths: &Lengths) -> Vec<Vec<f32>> {
        let of = |class: &lengths::Class| {
            let (lang, kind) = (&self.langs[class.lang as usize], &self.kinds[class.kind as usize]);
            let base = self.options.means.as_ref();
            let telling = base.and_then(|base| base.telling(&lang.name, &kind.name));
            let telling = f32::from(telling.unwrap_or(class.telling)) / 255.0;
            let weight = |field: &FieldOptions| match field.name.as_str() {
                "ti" if field.weight > 1.0 => 1.0 + (field.weight - 1.0) * telling,
                _ => field.weight,
            };
            self.fields.iter().map(weight).collect()
        };
        lengths.classes().iter().map(of).collect()
    }

    /// Numbers of fields in terms, by their number in a run.
    fn namespaces(maps: &Maps) -> Vec<Option<u8>> {
        let byte = |field: &u32| u8::try_from(*field).expect("fields are counted first");
        maps.fields.iter().map(|field| Some(byte(field))).collect()
    }
}

/// Fields that occur: those of the options in their order, then others by name, which are of words
/// if any document has one and of codes if they are facets alone.
fn fields(runs: &[Run], options: &IndexOptions) -> Vec<FieldOptions> {
    let mut met: BTreeMap<(usize, &str), bool> = BTreeMap::new();
    for field in runs.iter().flat_map(|run| &run.table.fields) {
        *met.entry(run::field_order(&field.name, options)).or_insert(false) |= field.in_fields;
    }
    let of =
        |((declared, name), in_fields): ((usize, &str), bool)| match options.fields.get(declared) {
            Some(field) => field.clone(),
            None if in_fields => FieldOptions::text(name, 1.0, 0.75, &[]),
            None => FieldOptions::code(name, &[]),
        };
    met.into_iter().map(of).collect()
}

impl Maps {
    fn apply(&self, record: &mut Record<'_>) {
        record.lang = self.langs[record.lang as usize];
        record.kind = self.kinds[record.kind as usize];
        record.collection = self.collections[record.collection as usize];
        for (numbers, map) in
            [(&mut record.lengths, &self.fields), (&mut record.layout, &self.fields)]
        {
            for (number, _) in numbers.iter_mut() {
                *number = map[*number as usize];
            }
        }
        for (values, map) in
            [(&mut record.card, &self.card_names), (&mut record.facets, &self.facet_names)]
        {
            for (number, _) in values.iter_mut() {
                *number = map[*number as usize];
            }
        }
    }
}

/// Lists of some terms as runs hold them.
#[derive(Default)]
struct Batch {
    terms: Vec<Vec<u8>>,
    /// Of each term, the number of parts up to and with its own.
    ends: Vec<usize>,
    parts: Vec<Part>,
    bytes: Vec<u8>,
}

/// A run's lists of a term: where they begin among the batch's bytes.
struct Part {
    run: usize,
    n_docs: u32,
    places: usize,
    positions: usize,
    end: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.bytes.len() + self.parts.len() * size_of::<Part>() >= BATCH
    }

    fn ends_with(&self, term: &[u8]) -> bool {
        self.terms.last().is_some_and(|last| last == term)
    }

    fn add(&mut self, term: &[u8], run: usize, from: &mut Terms) -> Result<(), IndexError> {
        if !self.ends_with(term) {
            self.terms.push(term.to_vec());
            self.ends.push(self.parts.len());
        }
        let places = self.bytes.len();
        from.take_places(&mut self.bytes)?;
        let positions = self.bytes.len();
        from.take_positions(&mut self.bytes)?;
        let (n_docs, end) = (from.n_docs, self.bytes.len());
        self.parts.push(Part { run, n_docs, places, positions, end });
        *self.ends.last_mut().expect("pushed above") = self.parts.len();
        Ok(())
    }

    /// Puts each term's lists in one.
    fn merge(&self, impacts: &Impacts<'_>) -> Result<Vec<MergedTerm>, IndexError> {
        let parts = |i: usize| {
            let start = if i == 0 { 0 } else { self.ends[i - 1] };
            &self.parts[start..self.ends[i]]
        };
        let merge = |(i, term): (usize, &Vec<u8>)| impacts.merge(term, parts(i), &self.bytes);
        self.terms.par_iter().enumerate().map(merge).collect()
    }
}

/// Makes impacts of frequencies: BM25F's combined frequency of a document, saturated and
/// quantised.
struct Impacts<'a> {
    merge: &'a Merge<'a>,
    numbering: &'a Numbering,
    means: Vec<Vec<f32>>,
    weights: Vec<Vec<f32>>,
    k1: f32,
    steps: u8,
}

/// A place in a list that is not in order yet.
struct Place {
    doc: u32,
    impact: u8,
    position_len: u32,
    position: usize,
}

impl<'a> Impacts<'a> {
    fn new(merge: &'a Merge<'a>, numbering: &'a Numbering) -> Self {
        let means = merge.means(&numbering.lengths);
        let weights = merge.weights(&numbering.lengths);
        let RankOptions { k1, steps, .. } = merge.options.rank;
        Self { merge, numbering, means, weights, k1, steps }
    }

    fn merge(&self, term: &[u8], parts: &[Part], bytes: &[u8]) -> Result<MergedTerm, IndexError> {
        let n_docs: usize = parts.iter().map(|part| part.n_docs as usize).sum();
        let is_words = term[0] == shard::WORDS;
        let mut places = Vec::with_capacity(n_docs.min(self.merge.n_docs as usize));
        for part in parts {
            let read = self.read(part, bytes, is_words, &mut places);
            read.ok_or_else(|| IndexError::Segment {
                path: self.merge.runs[part.run].stored.name().into(),
                what: "places of a term",
            })?;
        }
        if parts.len() > 1 {
            places.sort_unstable_by_key(|place| place.doc);
        }
        let mut merged = MergedTerm {
            term: term.to_vec(),
            docs: places.iter().map(|place| place.doc).collect(),
            impacts: places.iter().map(|place| place.impact).collect(),
            ..MergedTerm::default()
        };
        for place in places.iter().filter(|_| is_words) {
            let entry = place.position..place.position + place.position_len as usize;
            merged.positions.extend_from_slice(&bytes[entry]);
            merged.position_ends.push(to_u32(merged.positions.len()));
        }
        Ok(merged)
    }

    /// Reads a run's lists; `None` when they are damaged.
    fn read(&self, part: &Part, bytes: &[u8], is_words: bool, into: &mut Vec<Place>) -> Option<()> {
        let numbers = &self.numbering.by_run[part.run];
        let fields = &self.merge.maps[part.run].fields;
        let mut reader = Reader::new(&bytes[..part.positions], part.places);
        let mut positions = Reader::new(&bytes[..part.end], part.positions);
        let mut next = 0_u32;
        let mut class = usize::MAX;
        let mut class_docs = 0..0;
        for _ in 0..part.n_docs {
            let local = next.checked_add(reader.varint("gap").ok()?)?;
            next = local.checked_add(1)?;
            let doc = *numbers.get(local as usize)?;
            if !class_docs.contains(&doc) {
                class = self.numbering.lengths.class_of(doc);
                class_docs = self.numbering.lengths.range(class, self.merge.n_docs);
            }
            let combined = self.frequencies(&mut reader, doc, class, fields)?;
            // Terms without frequencies are codes and numbers: there, or not.
            let combined = if combined > 0.0 { combined } else { 1.0 };
            let position = positions.at();
            if is_words {
                positions::read_entry(&mut positions, None).ok()?;
            }
            let position_len = u32::try_from(positions.at() - position).ok()?;
            let impact = postings::impact(combined / (self.k1 + combined), self.steps);
            into.push(Place { doc, impact, position_len, position });
        }
        (reader.left() == 0 && positions.left() == 0).then_some(())
    }

    fn frequencies(
        &self,
        reader: &mut Reader<'_>,
        doc: u32,
        class: usize,
        fields: &[u32],
    ) -> Option<f32> {
        let mut combined = 0.0_f32;
        loop {
            let Some(head) = reader.varint("frequency").ok()?.checked_sub(1) else {
                return Some(combined);
            };
            let field = *fields.get(head as usize >> 2)?;
            let frequency =
                if head & 2 == 0 { 1 } else { reader.varint("frequency").ok()?.checked_add(2)? };
            let FieldOptions { dilution, .. } = self.merge.fields[field as usize];
            let weight = self.weights[class][field as usize];
            let words = f32::from(self.numbering.lengths.of(doc, field));
            let length = words / self.means[class][field as usize];
            #[expect(clippy::cast_precision_loss, reason = "frequencies past 2²⁴ saturate anyway")]
            let frequency = frequency as f32;
            combined += weight * frequency / (1.0 - dilution + dilution * length);
            if head & 1 == 0 {
                return Some(combined);
            }
        }
    }
}

fn limit(what: &str, found: u64, limit: u64) -> Result<u32, IndexError> {
    match u32::try_from(found) {
        Ok(number) if found <= limit => Ok(number),
        _ => Err(IndexError::TooLarge { what: what.into(), found, limit }),
    }
}

/// Numbers of documents and fields stay below 2²⁴, and lists below 4 GiB.
pub(crate) fn to_u32(number: usize) -> u32 {
    u32::try_from(number).expect("counts are checked against the format's limits first")
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
