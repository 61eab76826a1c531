//! The build: order, invert, pack, and a root over it all.

use search_engine::format::blocks::{BlockRef, Stream};
use search_engine::format::columns;
use search_engine::format::postings;
use search_engine::format::root::{
    self, Field, Group, MAX_COLUMN_DOCS, MAX_DOCS, Name, Rank, Root, Run, Values,
};
use search_engine::format::shard::{self, Head, ListPlace};
use search_engine::format::stores::{self, Card};
use search_engine::format::tables::Dictionary;
use search_engine::format::{POSITIONS_TAG, POSTINGS_TAG};

use crate::document::{
    BlockSizes, BuildStats, BuiltIndex, Document, FieldKind, IndexError, IndexOptions,
};
use crate::invert::{self, InvertedTerm};
use crate::order::{self, Ordered, to_u32};
use crate::pack::{self, Blocks, Lists, Put};
use crate::tiers;

/// Most fields: a field of codes is a byte in its terms.
const MAX_FIELDS: usize = 200;

/// Builds the index of these documents.
///
/// # Errors
/// [`IndexError::DuplicateDocument`] and [`IndexError::TooLarge`].
pub fn build(documents: Vec<Document>, options: &IndexOptions) -> Result<BuiltIndex, IndexError> {
    limit("number of documents", documents.len(), MAX_DOCS as usize)?;
    let ordered = order::order(documents, &options.cluster_field)?;
    let mut inverted = invert::invert(&ordered.documents, options)?;
    limit("number of fields", inverted.fields.len(), MAX_FIELDS)?;
    let mut blocks = Blocks::default();
    let documents = &ordered.documents;
    let names = Names::of(documents);
    let sizes =
        options.sizes.unwrap_or_else(|| BlockSizes::for_documents(documents.len())).rounded();
    let mut root = Root {
        n_docs: to_u32(documents.len()),
        rank: Rank {
            k1: options.rank.k1,
            single_weight: options.rank.single_weight,
            other_lang: options.rank.other_lang,
            tier: sizes.tier,
            chunk: sizes.chunk,
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
        classes: classes(&inverted.classes, &names),
        runs: runs(&ordered, &names),
        ..Root::default()
    };
    root.dictionary = dictionary(&mut inverted.terms, sizes, &mut blocks)?;
    write_columns(&mut root, &ordered, &inverted.layouts, sizes, &mut blocks)?;
    write_stores(&mut root, documents, &names, sizes, &mut blocks)?;
    let (blocks, places) = blocks.finish(options.transport);
    root.places = places;
    let (root, _) = pack::file(&root.write(), "the root")?;
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

/// Statistics by language and kind, in the numbers of the root.
fn classes(classes: &[invert::ClassTotals], names: &Names) -> Vec<root::Class> {
    let class = |class: &invert::ClassTotals| root::Class {
        lang: number(&names.langs, &class.lang),
        kind: number(&names.kinds, &class.kind),
        fields: class.fields.clone(),
    };
    classes.iter().map(class).collect()
}

/// Stretches of documents that are alike in language, kind and collection.
fn runs(ordered: &Ordered, names: &Names) -> Vec<Run> {
    let traits = |document: &Document| {
        (
            number(&names.langs, &document.lang),
            number(&names.kinds, &document.kind),
            number(&names.collections, &document.collection),
        )
    };
    let (mut first, mut translated) = (0, 0);
    let mut runs = Vec::new();
    for same in ordered.documents.chunk_by(|a, b| traits(a) == traits(b)) {
        let (lang, kind, collection) = traits(&same[0]);
        let n_docs = to_u32(same.len());
        let twins = &ordered.twins[first as usize..(first + n_docs) as usize];
        let twins = twins.iter().any(|&twin| twin > 0).then_some(translated);
        runs.push(Run { first, n_docs, lang, kind, collection, twins });
        first += n_docs;
        translated += if twins.is_some() { n_docs } else { 0 };
    }
    runs
}

/// Lays out lists, then writes the shards that point to them.
fn dictionary(
    terms: &mut [InvertedTerm],
    sizes: BlockSizes,
    blocks: &mut Blocks,
) -> Result<Dictionary, IndexError> {
    let mut lists = [
        Lists::new(Stream::Postings, POSTINGS_TAG, sizes.lists),
        Lists::new(Stream::Positions, POSITIONS_TAG, sizes.lists),
    ];
    let mut placed: Vec<Placed<'_>> = Vec::with_capacity(terms.len());
    for term in terms {
        let long = term.n_docs > sizes.tier;
        if long {
            let list = postings::read(&term.postings, term.n_docs, MAX_DOCS);
            let list = list.expect("the list was written by this build");
            (term.postings, term.positions) = tiers::write(&list, &term.positions, sizes, blocks)?;
        }
        let is_inline = !long && term.postings.len() + term.positions.len() <= sizes.inline;
        let [postings, positions] = &mut lists;
        placed.push(Placed {
            term,
            postings: (!is_inline).then(|| postings.put(&term.postings)),
            positions: (!is_inline && !term.positions.is_empty())
                .then(|| positions.put(&term.positions)),
        });
    }
    let [postings, positions] = lists;
    let (postings, positions) = (postings.finish(blocks)?, positions.finish(blocks)?);
    let mut shards = Vec::new();
    for stretch in pack::stretches(&placed, sizes.shard, Placed::len) {
        let payload = write_shard(stretch, &postings, &positions);
        let block = blocks.add(Stream::Shards, &payload, "a dictionary shard")?;
        shards.push((stretch[0].term.term.clone(), block));
    }
    blocks.dictionary(&shards, sizes.root_blocks)
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
    let fst = pack::transducer(numbered);
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

fn write_columns(
    root: &mut Root,
    ordered: &Ordered,
    layouts: &[columns::Layout],
    sizes: BlockSizes,
    blocks: &mut Blocks,
) -> Result<(), IndexError> {
    let per_block = sizes.column_docs.clamp(1, MAX_COLUMN_DOCS) as usize;
    let translated = root.runs.iter().filter(|run| run.twins.is_some());
    let twins: Vec<u32> = translated
        .flat_map(|run| &ordered.twins[run.first as usize..(run.first + run.n_docs) as usize])
        .copied()
        .collect();
    let mut stretched = |stream: Stream, payloads: Vec<Vec<u8>>, n_docs: usize| {
        let refs = payloads.iter().map(|payload| blocks.add(stream, payload, "a block of columns"));
        let refs: Vec<BlockRef> = refs.collect::<Result<_, _>>()?;
        let starts = (0..n_docs).step_by(per_block);
        let counts: Vec<u32> = starts.map(|at| to_u32(per_block.min(n_docs - at))).collect();
        blocks.store(&refs, &counts, sizes.root_blocks)
    };
    let values = |tag, values: &[u32]| {
        values.chunks(per_block).map(|values| columns::write_values(tag, values)).collect()
    };
    root.twins = stretched(Stream::Twins, values(columns::TWINS, &twins), twins.len())?;
    let written = layouts.chunks(per_block).map(columns::write_layouts).collect();
    root.layouts = stretched(Stream::Layouts, written, layouts.len())?;
    let dates: Vec<u32> = ordered.documents.iter().map(date).collect();
    let store = stretched(Stream::Values, values(columns::DATES, &dates), dates.len())?;
    root.values.push(Values { name: root::DATES.into(), store, ..Values::default() });
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
    blocks: &mut Blocks,
) -> Result<(), IndexError> {
    let cards: Vec<Card> = documents.iter().map(|document| card(document, names)).collect();
    let card_len = |card: &Card| {
        let fields: usize = card.fields.iter().map(|(_, value)| value.len() + 2).sum();
        card.id.len() + card.url.len() + card.title.len() + fields + 8
    };
    let (mut refs, mut counts) = (Vec::new(), Vec::new());
    for stretch in pack::stretches(&cards, sizes.cards, card_len) {
        let payload = stores::write_cards(stretch);
        refs.push(blocks.add(Stream::Cards, &payload, "a block of cards")?);
        counts.push(to_u32(stretch.len()));
    }
    root.cards = blocks.store(&refs, &counts, sizes.root_blocks)?;
    let texts: Vec<&str> = documents.iter().map(|document| document.text.trim()).collect();
    let (mut refs, mut counts) = (Vec::new(), Vec::new());
    for stretch in pack::stretches(&texts, sizes.texts, |text| text.len() + 2) {
        refs.push(blocks.add(Stream::Texts, &stores::write_texts(stretch), "a block of texts")?);
        counts.push(to_u32(stretch.len()));
    }
    root.texts = blocks.store(&refs, &counts, sizes.root_blocks)?;
    Ok(())
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
