//! The build: order, invert, pack, and a root over it all.

use search_engine::format::blocks::BlockRef;
use search_engine::format::columns::{self, Traits};
use search_engine::format::root::{
    Field, Group, MAX_COLUMN_DOCS, MAX_DOCS, Name, Rank, Root, Store,
};
use search_engine::format::shard::{self, Head, ListPlace};
use search_engine::format::stores::{self, Card};
use search_engine::format::{POSITIONS_TAG, POSTINGS_TAG};

use crate::document::{
    BlockSizes, BuildStats, BuiltIndex, Document, FieldKind, IndexError, IndexOptions,
};
use crate::invert::{self, InvertedTerm};
use crate::order::{self, Ordered, to_u32};
use crate::pack::{self, Files, Lists, Put};

/// Most fields: a field of codes is a byte in its terms.
const MAX_FIELDS: usize = 200;

/// Builds the index of these documents.
///
/// # Errors
/// [`IndexError::DuplicateDocument`] and [`IndexError::TooLarge`].
pub fn build(documents: Vec<Document>, options: &IndexOptions) -> Result<BuiltIndex, IndexError> {
    limit("number of documents", documents.len(), MAX_DOCS as usize)?;
    let ordered = order::order(documents, &options.cluster_field)?;
    let inverted = invert::invert(&ordered.documents, options)?;
    limit("number of fields", inverted.fields.len(), MAX_FIELDS)?;
    let mut files = Files::default();
    let documents = &ordered.documents;
    let names = Names::of(documents);
    let sizes = options.sizes.unwrap_or_else(|| BlockSizes::for_documents(documents.len()));
    let mut root = Root {
        n_docs: to_u32(documents.len()),
        rank: Rank {
            k1: options.rank.k1,
            single_weight: options.rank.single_weight,
            other_lang: options.rank.other_lang,
        },
        fields: inverted
            .fields
            .iter()
            .map(|field| Field {
                name: field.name.clone(),
                aliases: field.aliases.clone(),
                codes: field.kind == FieldKind::Code,
                weight: field.weight,
            })
            .collect(),
        langs: names.langs.clone(),
        groups: groups(&names.kinds, options),
        collections: names.collections.clone(),
        card_names: names.card_fields.clone(),
        docs_per_column: sizes.column_docs.clamp(1, MAX_COLUMN_DOCS),
        ..Root::default()
    };
    dictionary(&mut root, &inverted.terms, sizes, &mut files)?;
    write_columns(&mut root, &ordered, &names, &inverted.layouts, &mut files)?;
    write_stores(&mut root, documents, &names, sizes, &mut files)?;
    let (root, _) = pack::file(&root.write(), "the root")?;
    let blocks = files.finish();
    let stats = BuildStats {
        documents: to_u32(documents.len()),
        terms: to_u32(inverted.terms.len()),
        files: to_u32(blocks.len() + 1),
        bytes: blocks.iter().chain([&root]).map(|file| file.bytes.len() as u64).sum(),
    };
    Ok(BuiltIndex { root, blocks, stats })
}

fn limit(what: &str, found: usize, limit: usize) -> Result<(), IndexError> {
    if found <= limit {
        return Ok(());
    }
    Err(IndexError::TooLarge { what: what.into(), found: found as u64, limit: limit as u64 })
}

/// Names that documents refer to by number, in order.
struct Names {
    langs: Vec<Name>,
    kinds: Vec<Name>,
    collections: Vec<Name>,
    card_fields: Vec<Name>,
}

impl Names {
    fn of(documents: &[Document]) -> Self {
        let card_fields = documents
            .iter()
            .flat_map(|document| document.card.iter().map(|(name, _)| name.as_str()));
        Self {
            langs: count(documents.iter().map(|document| document.lang.as_str())),
            kinds: count(documents.iter().map(|document| document.kind.as_str())),
            collections: count(documents.iter().map(|document| document.collection.as_str())),
            card_fields: count(card_fields),
        }
    }
}

fn count<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Name> {
    let mut counts = std::collections::BTreeMap::new();
    for name in names {
        *counts.entry(name).or_insert(0) += 1;
    }
    counts.into_iter().map(|(name, n_docs)| Name { name: name.into(), n_docs }).collect()
}

fn number(names: &[Name], name: &str) -> u32 {
    let at = names.binary_search_by(|known| known.name.as_str().cmp(name));
    to_u32(at.expect("all names were counted"))
}

fn groups(kinds: &[Name], options: &IndexOptions) -> Vec<Group> {
    let weight = |kind: &str| {
        options
            .kind_weights
            .iter()
            .find(|(name, _)| name == kind)
            .map_or(1.0, |(_, weight)| *weight)
    };
    kinds
        .iter()
        .map(|kind| Group {
            name: kind.name.clone(),
            n_docs: kind.n_docs,
            weight: weight(&kind.name),
        })
        .collect()
}

/// Lays out lists, then writes the shards that point to them.
fn dictionary(
    root: &mut Root,
    terms: &[InvertedTerm],
    sizes: BlockSizes,
    files: &mut Files,
) -> Result<(), IndexError> {
    let mut lists = [Lists::new(POSTINGS_TAG, sizes.lists), Lists::new(POSITIONS_TAG, sizes.lists)];
    let mut placed: Vec<Placed<'_>> = Vec::with_capacity(terms.len());
    for term in terms {
        let is_inline = term.postings.len() + term.positions.len() <= sizes.inline;
        let [postings, positions] = &mut lists;
        placed.push(Placed {
            term,
            postings: (!is_inline).then(|| postings.put(&term.postings)),
            positions: (!is_inline && !term.positions.is_empty())
                .then(|| positions.put(&term.positions)),
        });
    }
    let [postings, positions] = lists;
    let (postings, positions) = (postings.finish(files)?, positions.finish(files)?);
    let mut first_terms = Vec::new();
    for stretch in pack::stretches(&placed, sizes.shard, Placed::len) {
        first_terms.push((stretch[0].term.term.clone(), root.shards.len() as u64));
        root.shards
            .push(files.add(&write_shard(stretch, &postings, &positions), "a dictionary shard")?);
    }
    root.shard_keys =
        transducer(first_terms.iter().map(|(term, number)| (term.as_slice(), *number)));
    Ok(())
}

/// A term with the places of its lists; `None` for those in the shard.
struct Placed<'a> {
    term: &'a InvertedTerm,
    postings: Option<Put>,
    positions: Option<Put>,
}

impl Placed<'_> {
    /// Bytes it takes in a shard, roughly: half of the term is shared with its neighbours.
    fn len(&self) -> usize {
        let inline = if self.postings.is_some() {
            0
        } else {
            self.term.postings.len() + self.term.positions.len()
        };
        self.term.term.len() / 2 + 3 + inline
    }
}

fn write_shard(stretch: &[Placed<'_>], postings: &[BlockRef], positions: &[BlockRef]) -> Vec<u8> {
    let numbered =
        stretch.iter().enumerate().map(|(i, placed)| (placed.term.term.as_slice(), i as u64));
    let fst = transducer(numbered);
    let puts: Vec<Put> = stretch.iter().filter_map(|placed| placed.postings).collect();
    let (postings, first_posting) = used(&puts, postings);
    let puts: Vec<Put> = stretch.iter().filter_map(|placed| placed.positions).collect();
    let (positions, first_position) = used(&puts, positions);
    let lists: Vec<shard::Lists> = stretch
        .iter()
        .map(|placed| shard::Lists {
            n_docs: placed.term.n_docs,
            postings: placed.term.postings.clone(),
            positions: placed.term.positions.clone(),
            place: if placed.postings.is_some() { ListPlace::Blocks } else { ListPlace::Inline },
        })
        .collect();
    shard::write(&Head { fst: &fst, postings, positions, first_posting, first_position }, &lists)
}

/// The blocks that hold consecutive lists, and where the first list begins.
fn used<'a>(puts: &[Put], blocks: &'a [BlockRef]) -> (&'a [BlockRef], u32) {
    match (puts.first(), puts.last()) {
        (Some(first), Some(last)) => (&blocks[first.block..=last.block], first.at),
        _ => (&[], 1),
    }
}

fn transducer<'a>(pairs: impl Iterator<Item = (&'a [u8], u64)>) -> Vec<u8> {
    let fst = fst::raw::Fst::from_iter_map(pairs).expect("terms are sorted and distinct");
    search_engine::format::fst::nodes(fst.as_bytes()).to_vec()
}

fn write_columns(
    root: &mut Root,
    ordered: &Ordered,
    names: &Names,
    layouts: &[columns::Layout],
    files: &mut Files,
) -> Result<(), IndexError> {
    let per_block = root.docs_per_column as usize;
    for (documents, twins) in
        ordered.documents.chunks(per_block).zip(ordered.twins.chunks(per_block))
    {
        let traits = Traits {
            langs: documents.iter().map(|document| number(&names.langs, &document.lang)).collect(),
            kinds: documents.iter().map(|document| number(&names.kinds, &document.kind)).collect(),
            collections: documents
                .iter()
                .map(|document| number(&names.collections, &document.collection))
                .collect(),
            twins: twins.to_vec(),
        };
        let dates: Vec<u32> = documents.iter().map(date).collect();
        root.traits.push(files.add(&columns::write_traits(&traits), "a block of traits")?);
        root.dates.push(files.add(&columns::write_dates(&dates), "a block of dates")?);
    }
    for layouts in layouts.chunks(per_block) {
        root.layouts.push(files.add(&columns::write_layouts(layouts), "a block of layouts")?);
    }
    Ok(())
}

fn date(document: &Document) -> u32 {
    document.date.as_deref().map_or(0, columns::pack_date)
}

fn write_stores(
    root: &mut Root,
    documents: &[Document],
    names: &Names,
    sizes: BlockSizes,
    files: &mut Files,
) -> Result<(), IndexError> {
    let cards: Vec<Card> = documents.iter().map(|document| card(document, names)).collect();
    let card_len = |card: &Card| {
        let fields: usize = card.fields.iter().map(|(_, value)| value.len() + 2).sum();
        card.id.len() + card.url.len() + card.title.len() + fields + 8
    };
    for stretch in pack::stretches(&cards, sizes.cards, card_len) {
        let block = files.add(&stores::write_cards(stretch), "a block of cards")?;
        push(&mut root.cards, block, stretch.len());
    }
    let texts: Vec<&str> = documents.iter().map(|document| document.text.trim()).collect();
    for stretch in pack::stretches(&texts, sizes.texts, |text| text.len() + 2) {
        let block = files.add(&stores::write_texts(stretch), "a block of texts")?;
        push(&mut root.texts, block, stretch.len());
    }
    for store in [&mut root.cards, &mut root.texts] {
        let mut first = 0;
        for slot in &mut store.firsts {
            first += std::mem::replace(slot, first);
        }
    }
    Ok(())
}

/// Adds a block with its number of documents, to be summed up at the end.
fn push(store: &mut Store, block: BlockRef, n_docs: usize) {
    store.blocks.push(block);
    store.firsts.push(to_u32(n_docs));
}

fn card(document: &Document, names: &Names) -> Card {
    let field =
        |(name, value): &(String, String)| (number(&names.card_fields, name), value.clone());
    Card {
        id: document.id.clone(),
        url: document.url.clone(),
        title: document.title.clone(),
        date: date(document),
        fields: document.card.iter().map(field).collect(),
    }
}
