//! Inversion: documents to terms with postings and positions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use search_engine::analysis::{self, Role};
use search_engine::format::columns::Layout;
use search_engine::format::positions::{self, MAX_POSITION};
use search_engine::format::postings::{self, Postings};
use search_engine::format::{shard, wire};

use crate::document::{Document, FieldKind, FieldOptions, IndexError, IndexOptions};
use crate::order::to_u32;

/// Inverted documents.
pub(crate) struct Inverted {
    /// Fields that documents have, numbered as in terms and layouts.
    pub(crate) fields: Vec<FieldOptions>,
    /// Terms in order.
    pub(crate) terms: Vec<InvertedTerm>,
    /// Layout of each document.
    pub(crate) layouts: Vec<Layout>,
}

/// A term with its written lists.
pub(crate) struct InvertedTerm {
    pub(crate) term: Vec<u8>,
    pub(crate) n_docs: u32,
    pub(crate) postings: Vec<u8>,
    pub(crate) positions: Vec<u8>,
}

/// Lists of a term while documents come in.
#[derive(Default)]
struct Growing {
    docs: Vec<u32>,
    /// For each document: varint number of fields, then varint field and frequency of each.
    frequencies: Vec<u8>,
    positions: Vec<u8>,
}

/// A term's occurrences in one document.
#[derive(Default)]
struct Occurrences {
    frequencies: Vec<(u32, u32)>,
    positions: Vec<u32>,
}

/// Inverts documents, which come in their final order.
pub(crate) fn invert(
    documents: &[Document],
    options: &IndexOptions,
) -> Result<Inverted, IndexError> {
    let fields = used_fields(documents, options);
    let mut growing: HashMap<Vec<u8>, Growing> = HashMap::new();
    let mut layouts = Vec::with_capacity(documents.len());
    let mut lengths = Lengths::new(fields.len());
    for (doc, document) in documents.iter().enumerate() {
        let inverting = Inverting::read(document, &fields)?;
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each term has its own lists, which are sorted by term at the end"
        )]
        for (term, mut occurrences) in inverting.terms {
            let lists = growing.entry(term).or_default();
            lists.docs.push(to_u32(doc));
            wire::put_len(&mut lists.frequencies, occurrences.frequencies.len());
            for (field, frequency) in occurrences.frequencies {
                wire::put_varint(&mut lists.frequencies, field);
                wire::put_varint(&mut lists.frequencies, frequency);
            }
            occurrences.positions.sort_unstable();
            occurrences.positions.dedup();
            positions::write(&mut lists.positions, &occurrences.positions);
        }
        lengths.add(document, inverting.lengths);
        layouts.push(inverting.layout);
    }
    let lengths = lengths.finish();
    let mut terms: Vec<InvertedTerm> = growing
        .into_iter()
        .map(|(term, lists)| write(term, &lists, &lengths, &fields, options.rank.k1))
        .collect();
    terms.sort_unstable_by(|a, b| a.term.cmp(&b.term));
    Ok(Inverted { fields, terms, layouts })
}

/// Fields that occur: those of the options in their order, then others by name.
fn used_fields(documents: &[Document], options: &IndexOptions) -> Vec<FieldOptions> {
    let mut names: BTreeMap<&str, FieldKind> = BTreeMap::new();
    for document in documents {
        for (name, _) in values(document) {
            names.entry(name).or_insert(FieldKind::Text);
        }
        for (name, _) in &document.facets {
            names.entry(name).or_insert(FieldKind::Code);
        }
    }
    let mut fields: Vec<FieldOptions> = options
        .fields
        .iter()
        .filter(|field| names.remove(&*field.name).is_some())
        .cloned()
        .collect();
    fields.extend(names.into_iter().map(|(name, kind)| match kind {
        FieldKind::Text => FieldOptions::text(name, 1.0, 0.75, &[]),
        FieldKind::Code => FieldOptions::code(name, &[]),
    }));
    fields
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

/// A document being inverted.
struct Inverting {
    terms: HashMap<Vec<u8>, Occurrences>,
    layout: Layout,
    /// Positions that each field takes, gaps left out.
    lengths: Vec<u32>,
    next: u32,
}

impl Inverting {
    fn read(document: &Document, fields: &[FieldOptions]) -> Result<Self, IndexError> {
        let mut inverting = Self {
            terms: HashMap::new(),
            layout: Vec::new(),
            lengths: vec![0; fields.len()],
            next: 0,
        };
        let mut seen = BTreeSet::new();
        let number_of = |name: &str| fields.iter().position(|field| field.name == name);
        for (name, values) in values(document) {
            let Some(field) = number_of(name) else { continue };
            for value in values {
                // What is given twice (the title, again among the fields) counts once.
                if seen.insert((field, value.as_str())) {
                    inverting.value(to_u32(field), fields[field].kind, value);
                }
            }
        }
        for (name, value) in &document.facets {
            if let Some(field) =
                number_of(name).filter(|&field| fields[field].kind == FieldKind::Code)
            {
                inverting.code(to_u32(field), value);
            }
        }
        for number in &document.exact {
            inverting.term(shard::NUMBERS, &analysis::number(number), None);
        }
        if inverting.next > MAX_POSITION {
            let what = format!("document `{}`", document.id);
            return Err(IndexError::TooLarge {
                what,
                found: inverting.next.into(),
                limit: MAX_POSITION.into(),
            });
        }
        Ok(inverting)
    }

    /// One value of a field: its words at the next positions, and for codes the code itself.
    fn value(&mut self, field: u32, kind: FieldKind, value: &str) {
        let base = self.next;
        let is_code = kind == FieldKind::Code;
        let mut words: Vec<(String, u32)> = Vec::new();
        let len = analysis::tokens(value, &mut |token| {
            // The parts of a symbol after the first (`02` of A62B18/02) say nothing by themselves.
            if !is_code || token.role == Role::Whole || token.position == 0 {
                words.push((token.term.into(), token.position));
            }
        });
        for (word, position) in words {
            self.term(shard::WORDS, &word, Some((field, base + position)));
        }
        if is_code {
            self.code(field, value);
        }
        if len > 0 {
            self.lengths[field as usize] += len;
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
            self.term(namespace, &analysis::code(value), None);
        }
    }

    fn term(&mut self, namespace: u8, text: &str, at: Option<(u32, u32)>) {
        if text.is_empty() {
            return;
        }
        let mut term = vec![namespace];
        term.extend_from_slice(text.as_bytes());
        let occurrences = self.terms.entry(term).or_default();
        let Some((field, position)) = at else { return };
        occurrences.positions.push(position);
        match occurrences.frequencies.iter_mut().find(|(known, _)| *known == field) {
            Some((_, frequency)) => *frequency += 1,
            None => occurrences.frequencies.push((field, 1)),
        }
    }
}

/// Lengths of fields against the mean of documents of the same language and kind: a guide is not
/// held to be long because records are short.
struct Lengths {
    n_fields: usize,
    /// Class and lengths of each document.
    documents: Vec<(usize, Vec<u32>)>,
    /// Classes by language and kind.
    classes: BTreeMap<(String, String), Class>,
}

/// Documents of one language and kind.
struct Class {
    number: usize,
    /// Of each field, positions and documents that have it.
    totals: Vec<(u64, u32)>,
}

/// For each document and field, length over mean.
struct Relative(Vec<Vec<f32>>);

impl Lengths {
    fn new(n_fields: usize) -> Self {
        Self { n_fields, documents: Vec::new(), classes: BTreeMap::new() }
    }

    fn add(&mut self, document: &Document, lengths: Vec<u32>) {
        let number = self.classes.len();
        let class = self.classes.entry((document.lang.clone(), document.kind.clone()));
        let class = class.or_insert_with(|| Class { number, totals: vec![(0, 0); self.n_fields] });
        for ((positions, documents), &len) in class.totals.iter_mut().zip(&lengths) {
            *positions += u64::from(len);
            *documents += u32::from(len > 0);
        }
        self.documents.push((class.number, lengths));
    }

    #[expect(clippy::cast_precision_loss, reason = "lengths need no more than 24 bits")]
    fn finish(self) -> Relative {
        let mut means = vec![Vec::new(); self.classes.len()];
        for class in self.classes.into_values() {
            let mean = |(positions, documents): (u64, u32)| {
                (positions as f32 / documents.max(1) as f32).max(1.0)
            };
            means[class.number] = class.totals.into_iter().map(mean).collect();
        }
        let relative = |(class, lengths): (usize, Vec<u32>)| {
            lengths.iter().zip(&means[class]).map(|(&len, mean)| len as f32 / mean).collect()
        };
        Relative(self.documents.into_iter().map(relative).collect())
    }
}

/// Writes a term's lists: BM25F's combined frequency of each document, saturated and quantised.
fn write(
    term: Vec<u8>,
    lists: &Growing,
    lengths: &Relative,
    fields: &[FieldOptions],
    k1: f32,
) -> InvertedTerm {
    let mut reader = wire::Reader::new(&lists.frequencies, 0);
    let mut next = || reader.varint("frequency").expect("written above");
    let mut impacts = Vec::with_capacity(lists.docs.len());
    for &doc in &lists.docs {
        let mut combined = 0.0_f32;
        for _ in 0..next() {
            let (field, frequency) = (next() as usize, next());
            let FieldOptions { weight, dilution, .. } = fields[field];
            let length = lengths.0[doc as usize][field];
            #[expect(clippy::cast_precision_loss, reason = "frequencies past 2²⁴ saturate anyway")]
            let frequency = frequency as f32;
            combined += weight * frequency / (1.0 - dilution + dilution * length);
        }
        // Terms without frequencies are codes and numbers: there, or not.
        let combined = if combined > 0.0 { combined } else { 1.0 };
        impacts.push(postings::impact(combined / (k1 + combined)));
    }
    let mut written = Vec::new();
    let n_docs = to_u32(lists.docs.len());
    postings::write(&mut written, &Postings { docs: lists.docs.clone(), impacts });
    // Codes and numbers have no positions at all.
    let positions = if lists.frequencies.iter().all(|&byte| byte == 0) {
        Vec::new()
    } else {
        lists.positions.clone()
    };
    InvertedTerm { term, n_docs, postings: written, positions }
}
