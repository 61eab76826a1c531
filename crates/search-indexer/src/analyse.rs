//! Analysis of one document: its terms with their places, and the lengths of its fields.

use std::collections::{BTreeSet, HashMap};

use search_engine::analysis::plain;
use search_engine::analysis::{self, Role};
use search_engine::format::positions::{self, MAX_POSITION};
use search_engine::format::stores::split_notes;
use search_engine::format::{shard, wire};
use search_engine::ranges;

use crate::document::{Document, FieldKind, IndexError, IndexOptions};
use crate::intern::Terms;
use crate::words::Words;

/// Most fields: a field of codes is a byte in its terms.
pub(crate) const MAX_FIELDS: usize = 200;
/// Most bytes of what a document shows and is filtered by, beside its text: with a text that is kept
/// it fits into a block.
const MAX_SHOWN: usize = 1 << 20;

/// Searched fields as they are met; their numbers are settled when all documents are known.
pub(crate) struct Fields {
    /// Names with the two ways in which they were met.
    pub(crate) met: Vec<Met>,
    numbers: HashMap<String, u32>,
}

/// A field that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) name: String,
    /// As a field of documents.
    pub(crate) in_fields: bool,
    /// As a facet.
    pub(crate) in_facets: bool,
    kind: FieldKind,
}

impl Fields {
    pub(crate) fn new() -> Self {
        Self { met: Vec::new(), numbers: HashMap::new() }
    }

    fn number(&mut self, name: &str, options: &IndexOptions) -> Result<u32, IndexError> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        if self.met.len() == MAX_FIELDS {
            let (what, limit) = ("number of fields".into(), MAX_FIELDS as u64);
            return Err(IndexError::TooLarge { what, found: limit + 1, limit });
        }
        let number = u32::try_from(self.met.len()).expect("checked above");
        let declared = options.fields.iter().find(|field| field.name == name);
        let kind = declared.map_or(FieldKind::Text, |field| field.kind);
        self.met.push(Met { name: name.into(), in_fields: false, in_facets: false, kind });
        self.numbers.insert(name.into(), number);
        Ok(number)
    }
}

/// A document's occurrences of a term.
#[derive(Default)]
struct Occurrences {
    frequencies: Vec<(u32, u32)>,
    positions: Vec<u32>,
}

/// The terms of a document.
struct Found {
    /// All terms met since the heap was emptied, with numbers.
    terms: Terms,
    /// Numbers of the document's terms, as they were met in it.
    met: Vec<u32>,
    /// Of each term, where it stands in `met`; or anything.
    places: Vec<u32>,
    /// Of each in `met`; those past it are of earlier documents.
    occurrences: Vec<Occurrences>,
}

impl Found {
    fn new() -> Self {
        let (met, places, occurrences) = (Vec::new(), Vec::new(), Vec::new());
        Self { terms: Terms::new(), met, places, occurrences }
    }

    fn add(&mut self, namespace: u8, text: &[u8], at: Option<(u32, u32)>) {
        if !text.is_empty() {
            let (number, _) = self.terms.number(&[&[namespace], text]);
            self.add_number(number, at);
        }
    }

    fn add_number(&mut self, number: u32, at: Option<(u32, u32)>) {
        let place = self.place(number);
        let Some((field, position)) = at else { return };
        let occurrences = &mut self.occurrences[place];
        occurrences.positions.push(position);
        match occurrences.frequencies.iter_mut().find(|(known, _)| *known == field) {
            Some((_, frequency)) => *frequency += 1,
            None => occurrences.frequencies.push((field, 1)),
        }
    }

    /// Where a term stands among those of the document, from now on.
    fn place(&mut self, number: u32) -> usize {
        if self.places.len() <= number as usize {
            self.places.resize(number as usize + 1, 0);
        }
        let place = self.places[number as usize] as usize;
        if self.met.get(place) == Some(&number) {
            return place;
        }
        let place = self.met.len();
        self.places[number as usize] = u32::try_from(place).expect("as many as terms at most");
        self.met.push(number);
        if self.occurrences.len() == place {
            self.occurrences.push(Occurrences::default());
        }
        self.occurrences[place].frequencies.clear();
        self.occurrences[place].positions.clear();
        place
    }
}

/// Analyses documents one after the other; its buffers are used again.
pub(crate) struct Analyser {
    found: Found,
    words: Words,
    /// Positions that each field takes, gaps left out.
    pub(crate) lengths: Vec<(u32, u32)>,
    /// Stretches of fields.
    pub(crate) layout: Vec<(u32, u32)>,
    next: u32,
}

impl Analyser {
    pub(crate) fn new() -> Self {
        Self {
            found: Found::new(),
            words: Words::new(),
            lengths: Vec::new(),
            layout: Vec::new(),
            next: 0,
        }
    }

    /// Reads a document.
    pub(crate) fn read(
        &mut self,
        document: &Document,
        fields: &mut Fields,
        options: &IndexOptions,
    ) -> Result<(), IndexError> {
        check("length of card and facets", document, shown_len(document), MAX_SHOWN)?;
        self.found.met.clear();
        self.lengths.clear();
        self.layout.clear();
        self.next = 0;
        let mut seen = BTreeSet::new();
        for (name, values) in values(document) {
            let field = fields.number(name, options)?;
            let met = &mut fields.met[field as usize];
            met.in_fields = true;
            for value in values {
                // What is given twice (the title, again among the fields) counts once.
                if seen.insert((field, value.as_str())) {
                    self.value(field, met.kind, value);
                }
            }
        }
        for (name, value) in &document.facets {
            let field = fields.number(name, options)?;
            fields.met[field as usize].in_facets = true;
            self.code(field, value);
            self.range_terms(field, ranges::number_terms(value));
        }
        for number in &document.exact {
            self.found.add(shard::NUMBERS, analysis::number(number).as_bytes(), None);
        }
        check("number of words", document, self.next as usize, MAX_POSITION as usize)
    }

    /// The terms met since [`Self::forget`].
    pub(crate) fn terms(&self) -> &Terms {
        &self.found.terms
    }

    /// Bytes of memory that terms take, roughly.
    pub(crate) fn memory_len(&self) -> usize {
        self.found.terms.memory_len() + self.found.places.len() * 4
    }

    /// Forgets the terms: their numbers begin anew.
    pub(crate) fn forget(&mut self) {
        self.words.clear();
        self.found.terms.clear();
        self.found.met.clear();
        self.found.places.clear();
    }

    /// One value of a field: its words at the next positions, and for codes the code itself.
    fn value(&mut self, field: u32, kind: FieldKind, value: &str) {
        let base = self.next;
        let is_code = kind == FieldKind::Code;
        let Self { found, words, .. } = self;
        let len = plain::met(value, &mut |met| match met {
            plain::Met::Inner(..) if is_code => (),
            plain::Met::Word(word, position) | plain::Met::Inner(word, position)
                if !is_code || position == 0 =>
            {
                let number = words.number(word, &mut found.terms);
                found.add_number(number, Some((field, base + position)));
            }
            // The parts of a symbol after the first (`02` of A62B18/02) say nothing by themselves.
            plain::Met::Token(token)
                if !is_code || token.role == Role::Whole || token.position == 0 =>
            {
                let at = Some((field, base + token.position));
                found.add(shard::WORDS, token.term.as_bytes(), at);
            }
            _ => (),
        });
        if is_code {
            self.code(field, value);
        }
        if len > 0 {
            match self.lengths.iter_mut().find(|(known, _)| *known == field) {
                Some((_, length)) => *length += len,
                None => self.lengths.push((field, len)),
            }
            self.next = base.saturating_add(len + 1);
            match self.layout.last_mut() {
                Some((last, taken)) if *last == field => *taken += len + 1,
                _ => self.layout.push((field, len + 1)),
            }
        }
    }

    fn code(&mut self, field: u32, value: &str) {
        let namespace = u8::try_from(field).ok().and_then(|field| shard::CODES.checked_add(field));
        if let Some(namespace) = namespace {
            self.found.add(namespace, analysis::code(value).as_bytes(), None);
            self.range_terms(field, ranges::date_terms(value));
        }
    }

    /// Terms by which ranges find a date or a number.
    fn range_terms(&mut self, field: u32, terms: Vec<String>) {
        let namespace = u8::try_from(field).ok().and_then(|field| shard::CODES.checked_add(field));
        for term in terms {
            self.found.add(namespace.unwrap_or(u8::MAX), term.as_bytes(), None);
        }
    }

    /// Hands each term's number with its written frequencies and positions to `each`, in order of
    /// first occurrence.
    pub(crate) fn each_term(&mut self, mut each: impl FnMut(u32, &[u8], &[u8])) {
        let (mut frequencies, mut places) = (Vec::new(), Vec::new());
        for (&number, occurrences) in self.found.met.iter().zip(&mut self.found.occurrences) {
            frequencies.clear();
            places.clear();
            write_frequencies(&mut frequencies, &occurrences.frequencies);
            occurrences.positions.sort_unstable();
            occurrences.positions.dedup();
            positions::write(&mut places, &occurrences.positions);
            each(number, &frequencies, &places);
        }
    }
}

/// `0` for none; else for each field `1 + (field << 2 | is_often << 1 | has_more)`, and the
/// frequency less two where it is often.
fn write_frequencies(out: &mut Vec<u8>, frequencies: &[(u32, u32)]) {
    if frequencies.is_empty() {
        out.push(0);
    }
    for (i, &(field, frequency)) in frequencies.iter().enumerate() {
        let (is_often, has_more) = (frequency > 1, i + 1 < frequencies.len());
        wire::put_varint(out, 1 + (field << 2 | u32::from(is_often) << 1 | u32::from(has_more)));
        if is_often {
            wire::put_varint(out, frequency - 2);
        }
    }
}

fn check(what: &str, document: &Document, found: usize, limit: usize) -> Result<(), IndexError> {
    if found <= limit {
        return Ok(());
    }
    let what = format!("{what} of document `{}`", document.id);
    Err(IndexError::TooLarge { what, found: found as u64, limit: limit as u64 })
}

/// Bytes of card, facets and the notes of the text.
fn shown_len(document: &Document) -> usize {
    let named = document.card.iter().chain(&document.facets);
    let named: usize = named.map(|(_, value)| value.len() + 8).sum();
    let (_, notes) = split_notes(&document.text);
    document.id.len() + document.url.len() + document.title.len() + named + notes.len()
}

/// Searched fields of a document: the title, the named ones, and its exact numbers as `num`.
fn values(document: &Document) -> Vec<(&str, &[String])> {
    let mut values = vec![("ti", std::slice::from_ref(&document.title))];
    values.extend(document.fields.iter().map(|(name, values)| (name.as_str(), values.as_slice())));
    let has_numbers = document.fields.iter().any(|(name, _)| name == "num");
    if !document.exact.is_empty() && !has_numbers {
        values.push(("num", &document.exact));
    }
    values
}
