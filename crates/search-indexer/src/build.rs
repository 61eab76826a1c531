//! The build: gathered documents to blocks, and a root over them all.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use search_engine::format::blocks::Stream;
use search_engine::format::presets::Presets;
use search_engine::format::root::{Class, Field, Group, Rank, Root};

use crate::dictionary::Dictionary;
use crate::document::{
    BlockFile, BlockSizes, BuildStats, BuiltIndex, Document, FieldKind, IndexError, IndexOptions,
    Output, StreamBytes, WrittenIndex,
};
use crate::gather::{self, Gathered};
use crate::lengths::Lengths;
use crate::merge::Merge;
use crate::pack::{self, Blocks};
use crate::preset::Sample;
use crate::shown::{Shown, Texts};

/// Builds the index of these documents in memory.
///
/// # Errors
/// [`IndexError::DuplicateDocument`], [`IndexError::TooLarge`], and [`IndexError::Io`] from scratch
/// files.
pub fn build(documents: Vec<Document>, options: &IndexOptions) -> Result<BuiltIndex, IndexError> {
    let gathered = gather::gather(documents.into_iter(), |document| vec![document], options)?;
    build_gathered(gathered, options)
}

/// Builds the index of gathered documents in memory.
///
/// # Errors
/// As [`build`].
pub fn build_gathered(
    gathered: Gathered,
    options: &IndexOptions,
) -> Result<BuiltIndex, IndexError> {
    let held = Held::default();
    let written = write(gathered, options, &held)?;
    let blocks = held.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let blocks = blocks.into_values().collect();
    Ok(BuiltIndex { root: written.root, blocks, stats: written.stats })
}

/// Block files by name; equal ones are one.
#[derive(Default)]
struct Held(Mutex<BTreeMap<String, BlockFile>>);

impl Output for Held {
    fn put(&self, file: &BlockFile) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(file.name.clone(), file.clone());
        Ok(())
    }
}

/// Writes the index of gathered documents: all blocks to `output`, the root to the caller.
///
/// The same documents give the same bytes, however they were gathered.
///
/// # Errors
/// As [`build`], and [`IndexError::Output`], [`IndexError::Segment`].
pub fn write(
    gathered: Gathered,
    options: &IndexOptions,
    output: &dyn Output,
) -> Result<WrittenIndex, IndexError> {
    let merge = Merge::new(gathered, options)?;
    let sample = Sample::take(&merge)?;
    let mut stored = sample.stored(merge.n_docs);
    let sizes_for = |stored| {
        let sizes =
            options.sizes.unwrap_or_else(|| BlockSizes::for_stored(stored, options.transport));
        sizes.rounded()
    };
    let sizes = sizes_for(stored);
    let mut root = root(&merge, options);
    let mut blocks = Blocks::new(output, options);
    let texts = if stored.texts_are_short(sizes) { Texts::InCards } else { Texts::Apart };
    root.presets = presets(&sample, texts, sizes.preset_from, &mut blocks)?;
    let mut shown = Shown::new(&mut blocks, sizes, texts, &merge.facet_names, options);
    let numbering = merge.documents(|number, record| {
        output.numbered(number);
        shown.add(number, record)
    })?;
    shown.finish(&numbering.twins, &mut root)?;
    root.classes = classes(&numbering.lengths);
    stored.words = numbering.lengths.words();
    stored.files = blocks.n_files();
    let sizes = sizes_for(stored);
    root.rank = rank(options, sizes);
    let mut dictionary = Dictionary::new(&mut blocks, sizes, root.rank, merge.n_docs);
    merge.terms(&numbering, |terms| {
        output.merged(terms.len());
        dictionary.add(terms)
    })?;
    let (table, n_terms) = dictionary.finish()?;
    root.dictionary = table;
    let streams = stream_bytes(&blocks);
    let (files, places) = blocks.finish()?;
    root.places = places;
    let (root, _) = pack::file(&root.write(), &[], "the root")?;
    let root_len = root.bytes.len() as u64;
    let stats = BuildStats {
        documents: merge.n_docs,
        terms: n_terms,
        files: files + 1,
        bytes: streams.sum() + root_len,
        streams: StreamBytes { root: root_len, ..streams },
    };
    Ok(WrittenIndex { root, stats })
}

/// Writes what blocks of cards and of texts go on from.
fn presets(
    sample: &Sample,
    texts: Texts,
    worth: u64,
    blocks: &mut Blocks<'_>,
) -> Result<Presets, IndexError> {
    let mut write = |stream, preset: Option<Vec<u8>>| {
        preset.map(|preset| blocks.preset(stream, preset)).transpose()
    };
    let (cards, texts) = match texts {
        Texts::InCards => (sample.cards_and_texts(worth), None),
        Texts::Apart => (sample.cards(worth), sample.texts(worth)),
    };
    Ok(Presets { cards: write(Stream::Cards, cards)?, texts: write(Stream::Texts, texts)? })
}

/// What the root tells before any block is written.
fn root(merge: &Merge<'_>, options: &IndexOptions) -> Root {
    let field = |field: &crate::FieldOptions| Field {
        name: field.name.clone(),
        aliases: field.aliases.clone(),
        codes: field.kind == FieldKind::Code,
    };
    Root {
        n_docs: merge.n_docs,
        fields: merge.fields.iter().map(field).collect(),
        langs: merge.langs.clone(),
        groups: groups(merge, options),
        collections: merge.collections.clone(),
        card_names: merge.card_names.clone(),
        ..Root::default()
    }
}

fn rank(options: &IndexOptions, sizes: BlockSizes) -> Rank {
    Rank {
        k1: options.rank.k1,
        single_weight: options.rank.single_weight,
        other_lang: options.rank.other_lang,
        steps: options.rank.steps,
        tier: sizes.tier,
        chunk: sizes.chunk,
    }
}

fn groups(merge: &Merge<'_>, options: &IndexOptions) -> Vec<Group> {
    let weight = |kind: &str| {
        let named = options.kind_weights.iter().find(|(name, _)| name == kind);
        named.map_or(1.0, |(_, weight)| *weight)
    };
    let group = |kind: &search_engine::format::root::Name| Group {
        name: kind.name.clone(),
        n_docs: kind.n_docs,
        weight: weight(&kind.name),
    };
    merge.kinds.iter().map(group).collect()
}

/// Statistics by language and kind.
fn classes(lengths: &Lengths) -> Vec<Class> {
    let class = |class: &crate::lengths::Class| Class {
        lang: class.lang,
        kind: class.kind,
        telling: class.telling,
        fields: class.totals.clone(),
    };
    lengths.classes().iter().map(class).collect()
}

fn stream_bytes(blocks: &Blocks<'_>) -> StreamBytes {
    let of =
        |streams: &[Stream]| streams.iter().map(|&stream| blocks.lens()[stream as usize]).sum();
    StreamBytes {
        dictionary: of(&[Stream::Shards]),
        postings: of(&[Stream::Postings, Stream::PostingChunks]),
        positions: of(&[Stream::Positions, Stream::PositionChunks]),
        columns: of(&[Stream::Twins, Stream::Layouts, Stream::Values]),
        cards: of(&[Stream::Cards]),
        texts: of(&[Stream::Texts]),
        tables: of(&[Stream::Tables]),
        root: 0,
    }
}
