//! The root block: all that has to be known before the first question.
//!
//! ```bnf
//! root    ::= "S" n_docs:varint rank fields names(langs) groups names(collections) names(cards)
//!             classes runs places dictionary store(twins) store(layouts) values store(cards)
//!             store(texts) presets
//! rank    ::= k1:f32 single_weight:f32 other_lang:f32 steps:u8 tier:varint chunk:varint
//! fields  ::= n:varint (name:str n:varint alias:str{n} kind:u8){n}
//! groups  ::= n:varint (name:str n_docs:varint weight:f32){n}
//! names   ::= n:varint (name:str n_docs:varint){n}
//! classes ::= n:varint (lang:varint group:varint telling:u8 n:varint (n_docs:varint positions:long){n}){n}
//! runs    ::= n:varint (n_docs:varint lang:varint group:varint collection:varint flags:u8){n}
//! places  ::= stream_len:long{11} n:varint (name:8 bytes len:varint){n}       ; packs
//! values  ::= n:varint (name:str kind:u8 len:varint meta:{len} store){n}
//! ```
//! `dictionary` and `store` are those of [`tables`](super::tables). Documents stand in order of
//! language, group and collection, so these are runs, not columns; bit 0 of `flags`: some of the
//! run's documents have a translation before them. `classes` are the documents that have a field
//! and the positions they take in it, by language, group and field, and how much of a title's weight
//! counts, of 255: what impacts were built with.
//!
//! Version 2 had the tag "R" and no `steps`, of which there were 255. Where texts stand with cards,
//! their store has no blocks.
//!
//! Without packs every block is a file. With packs the streams, end to end, make one row of bytes,
//! and so do the packs.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::blocks::{self, BlockRef, Stream};
use super::presets::Presets;
use super::tables::{Dictionary, Store};
use super::wire::{self, Reader};
use super::{BlockId, FormatError, MAX_PACK, PackSlice};

/// Version of the format.
pub const VERSION: u8 = 3;
/// Tag of a root.
pub const TAG: u8 = b'S';
/// Tag of a root of version 2.
const TAG_2: u8 = b'R';
/// Steps of impacts in version 2.
const STEPS_2: u8 = 255;
/// Most documents of an index.
pub const MAX_DOCS: u32 = 1 << 24;
/// Most documents of a block of columns.
pub const MAX_COLUMN_DOCS: u32 = 1 << 16;
/// Name of the column of dates among the values.
pub const DATES: &str = "date";

/// The version of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Read, no longer written.
    Two,
    /// The present one.
    #[default]
    Three,
}

/// A parsed root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Root {
    /// Version of the index; only the present one is written.
    pub version: Version,
    /// Number of documents.
    pub n_docs: u32,
    /// Parameters of the ranking.
    pub rank: Rank,
    /// Searched fields.
    pub fields: Vec<Field>,
    /// Languages.
    pub langs: Vec<Name>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Collections.
    pub collections: Vec<Name>,
    /// Names of card fields.
    pub card_names: Vec<Name>,
    /// Statistics by language and group.
    pub classes: Vec<Class>,
    /// Traits of documents, in their order.
    pub runs: Vec<Run>,
    /// Where streams and packs are.
    pub places: Places,
    /// Dictionary shards.
    pub dictionary: Dictionary,
    /// Blocks of twins, of the documents in runs with translations alone.
    pub twins: Store,
    /// Blocks of layouts.
    pub layouts: Store,
    /// Columns of values.
    pub values: Vec<Values>,
    /// Blocks of cards.
    pub cards: Store,
    /// Blocks of texts.
    pub texts: Store,
    /// What blocks of cards and of texts go on from.
    pub presets: Presets,
}

/// Parameters of the ranking that act when a question is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rank {
    /// Saturation of term frequencies, as built into the impacts.
    pub k1: f32,
    /// Weight of a single character beside the pairs of a CJK run.
    pub single_weight: f32,
    /// Factor for documents in another language than the preferred one.
    pub other_lang: f32,
    /// Steps of impacts.
    pub steps: u8,
    /// Lists of more documents than this are in tiers.
    pub tier: u32,
    /// Documents of a chunk of such a list.
    pub chunk: u32,
}

/// A searched field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Name in questions.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Whether it holds codes rather than words.
    pub codes: bool,
}

/// A name and how many documents carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// Documents.
    pub n_docs: u32,
}

/// A group of documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// Documents.
    pub n_docs: u32,
    /// Factor on the scores of its documents.
    pub weight: f32,
}

/// Statistics of the documents of one language and group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Number of the language.
    pub lang: u32,
    /// Number of the group.
    pub kind: u32,
    /// How much of a title's weight counts, of 255.
    pub telling: u8,
    /// Of each field: documents that have it, and the positions they take in it.
    pub fields: Vec<(u32, u64)>,
}

/// Consecutive documents that are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// First document.
    pub first: u32,
    /// Number of documents.
    pub n_docs: u32,
    /// Number of the language.
    pub lang: u32,
    /// Number of the group.
    pub kind: u32,
    /// Number of the collection.
    pub collection: u32,
    /// Where the run begins in the store of twins; `None`: no translation stands before any.
    pub twins: Option<u32>,
}

/// A column of values of all documents; what they are is the matter of
/// [`columns`](super::columns).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Name in questions.
    pub name: String,
    /// How its blocks are read.
    pub kind: u8,
    /// What its kind needs to know.
    pub meta: Vec<u8>,
    /// The blocks.
    pub store: Store,
}

/// Where streams and packs are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Length of each stream, in the order of [`Stream::ALL`].
    pub streams: [u64; Stream::ALL.len()],
    /// Packs, in order; none: every block is a file.
    pub packs: Vec<Pack>,
}

/// A pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pack {
    /// First eight bytes of its SHA-256: its name.
    pub name: [u8; 8],
    /// Its length.
    pub len: u32,
}

impl Places {
    fn id(&self, block: &BlockRef) -> BlockId {
        let &BlockRef { digest, len, inflated_len, .. } = block;
        let (name, place) = (block.name(), self.slice(block));
        BlockId { name, len, digest, inflated_len, place, preset: None }
    }

    fn slice(&self, block: &BlockRef) -> Option<PackSlice> {
        let before = self.streams.iter().take(block.stream as usize);
        let mut offset = before.fold(block.at, |sum, &len| sum.saturating_add(len));
        for pack in &self.packs {
            if offset < pack.len.into() {
                let (name, pack_len) = (blocks::name(&pack.name, ".wbp"), pack.len);
                return Some(PackSlice { pack: name, offset: offset as u32, pack_len });
            }
            offset -= u64::from(pack.len);
        }
        // Past the last pack: a file of its own, which hosts will not find.
        None
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.streams.iter().for_each(|&len| wire::put_long(out, len));
        wire::put_len(out, self.packs.len());
        for pack in &self.packs {
            out.extend_from_slice(&pack.name);
            wire::put_varint(out, pack.len);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let mut places = Self::default();
        for len in &mut places.streams {
            *len = reader.long("length of a stream")?;
        }
        for _ in 0..reader.count("packs")? {
            let name = reader.bytes(8, "pack")?.try_into().map_err(|_| reader.truncated("pack"))?;
            let len = reader.varint("length of a pack")?;
            if len > MAX_PACK {
                return Err(reader.invalid("length of a pack"));
            }
            places.packs.push(Pack { name, len });
        }
        Ok(places)
    }
}

impl Root {
    /// Writes a root.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![TAG];
        wire::put_varint(&mut out, self.n_docs);
        for value in [self.rank.k1, self.rank.single_weight, self.rank.other_lang] {
            out.extend(value.to_le_bytes());
        }
        out.push(self.rank.steps);
        wire::put_varint(&mut out, self.rank.tier);
        wire::put_varint(&mut out, self.rank.chunk);
        wire::put_len(&mut out, self.fields.len());
        for field in &self.fields {
            wire::put_str(&mut out, &field.name);
            wire::put_len(&mut out, field.aliases.len());
            field.aliases.iter().for_each(|alias| wire::put_str(&mut out, alias));
            out.push(u8::from(field.codes));
        }
        put_names(&mut out, &self.langs);
        wire::put_len(&mut out, self.groups.len());
        for group in &self.groups {
            wire::put_str(&mut out, &group.name);
            wire::put_varint(&mut out, group.n_docs);
            out.extend(group.weight.to_le_bytes());
        }
        put_names(&mut out, &self.collections);
        put_names(&mut out, &self.card_names);
        self.write_documents(&mut out);
        self.places.write(&mut out);
        self.dictionary.write(&mut out);
        self.twins.write(&mut out);
        self.layouts.write(&mut out);
        wire::put_len(&mut out, self.values.len());
        for values in &self.values {
            wire::put_str(&mut out, &values.name);
            out.push(values.kind);
            wire::put_len(&mut out, values.meta.len());
            out.extend_from_slice(&values.meta);
            values.store.write(&mut out);
        }
        self.cards.write(&mut out);
        self.texts.write(&mut out);
        self.presets.write(&mut out);
        out
    }

    fn write_documents(&self, out: &mut Vec<u8>) {
        wire::put_len(out, self.classes.len());
        for class in &self.classes {
            wire::put_varint(out, class.lang);
            wire::put_varint(out, class.kind);
            out.push(class.telling);
            wire::put_len(out, class.fields.len());
            for &(n_docs, positions) in &class.fields {
                wire::put_varint(out, n_docs);
                wire::put_long(out, positions);
            }
        }
        wire::put_len(out, self.runs.len());
        for run in &self.runs {
            for value in [run.n_docs, run.lang, run.kind, run.collection] {
                wire::put_varint(out, value);
            }
            out.push(run.twins.is_some().into());
        }
    }

    /// Reads a root.
    ///
    /// # Errors
    /// When it is no root, ends early, or its parts do not fit together.
    pub fn read(payload: &[u8]) -> Result<Self, FormatError> {
        let (tag, version) = match payload.first() {
            Some(&TAG_2) => (TAG_2, Version::Two),
            _ => (TAG, Version::Three),
        };
        let mut reader = Reader::tagged(payload, tag, "index root")?;
        let reader = &mut reader;
        let n_docs = reader.varint("number of documents")?;
        if n_docs > MAX_DOCS {
            return Err(reader.invalid("number of documents"));
        }
        let mut root = Self { version, n_docs, ..Self::default() };
        root.rank = Rank {
            k1: reader.float("k1")?,
            single_weight: reader.float("weight of singles")?,
            other_lang: reader.float("factor of other languages")?,
            steps: match version {
                Version::Two => STEPS_2,
                Version::Three => reader.byte("steps of impacts")?.max(1),
            },
            tier: reader.varint("documents of a tier")?.max(1),
            chunk: reader.varint("documents of a chunk")?.max(1),
        };
        for _ in 0..reader.count("fields")? {
            root.fields.push(read_field(reader)?);
        }
        root.langs = read_names(reader)?;
        for _ in 0..reader.count("groups")? {
            let (name, n_docs) = (reader.str("group")?.into(), reader.varint("group")?);
            root.groups.push(Group { name, n_docs, weight: reader.float("group weight")? });
        }
        root.collections = read_names(reader)?;
        root.card_names = read_names(reader)?;
        root.read_classes(reader)?;
        let translated = root.read_runs(reader)?;
        root.places = Places::read(reader)?;
        root.dictionary = Dictionary::read(reader)?;
        root.twins = Store::read(reader, Stream::Twins, translated)?;
        root.layouts = Store::read(reader, Stream::Layouts, n_docs)?;
        for _ in 0..reader.count("columns")? {
            let (name, kind) = (reader.str("column")?.into(), reader.byte("column")?);
            let len = reader.count("column")?;
            let meta = reader.bytes(len, "column")?.to_vec();
            let store = Store::read(reader, Stream::Values, n_docs)?;
            root.values.push(Values { name, kind, meta, store });
        }
        root.cards = Store::read(reader, Stream::Cards, n_docs)?;
        root.texts = Store::read_or_none(reader, Stream::Texts, n_docs)?;
        root.presets = Presets::read(reader)?;
        Ok(root)
    }

    fn read_classes(&mut self, reader: &mut Reader<'_>) -> Result<(), FormatError> {
        for _ in 0..reader.count("classes")? {
            let (lang, kind) = (reader.varint("class")?, reader.varint("class")?);
            let telling = reader.byte("class")?;
            let mut fields = Vec::new();
            for _ in 0..reader.count("fields of a class")? {
                fields.push((reader.varint("class")?, reader.long("class")?));
            }
            self.classes.push(Class { lang, kind, telling, fields });
        }
        Ok(())
    }

    /// Returns the number of documents in runs with translations.
    fn read_runs(&mut self, reader: &mut Reader<'_>) -> Result<u32, FormatError> {
        let (mut first, mut translated) = (0_u32, 0_u32);
        for _ in 0..reader.count("runs")? {
            let n_docs = reader.varint("run")?;
            let mut run = Run { first, n_docs, ..Run::default() };
            run.lang = reader.varint("run")?;
            run.kind = reader.varint("run")?;
            run.collection = reader.varint("run")?;
            first = first.saturating_add(n_docs);
            if reader.byte("run")? & 1 == 1 {
                run.twins = Some(translated);
                translated = translated.saturating_add(n_docs);
            }
            self.runs.push(run);
        }
        if first == self.n_docs { Ok(translated) } else { Err(reader.invalid("documents of runs")) }
    }

    /// A block as hosts are asked for it.
    pub fn id(&self, block: &BlockRef) -> BlockId {
        let preset = self.presets.of(block.stream).map(|preset| Box::new(self.places.id(&preset)));
        BlockId { preset, ..self.places.id(block) }
    }

    /// The column with this name.
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.values.iter().find(|values| values.name == name)
    }
}

fn read_field(reader: &mut Reader<'_>) -> Result<Field, FormatError> {
    let mut field = Field { name: reader.str("field")?.into(), ..Field::default() };
    for _ in 0..reader.count("aliases")? {
        field.aliases.push(reader.str("alias")?.into());
    }
    field.codes = reader.byte("field kind")? == 1;
    Ok(field)
}

fn put_names(out: &mut Vec<u8>, names: &[Name]) {
    wire::put_len(out, names.len());
    for name in names {
        wire::put_str(out, &name.name);
        wire::put_varint(out, name.n_docs);
    }
}

fn read_names(reader: &mut Reader<'_>) -> Result<Vec<Name>, FormatError> {
    let mut names = Vec::new();
    for _ in 0..reader.count("names")? {
        names.push(Name { name: reader.str("name")?.into(), n_docs: reader.varint("name")? });
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn store(n_blocks: u32, stream: Stream) -> Store {
        let block = |i: u32| BlockRef {
            digest: [i as u8; 16],
            len: 100,
            inflated_len: i + 200,
            at: u64::from(i) * 100,
            stream,
        };
        Store::new((0..n_blocks).map(block).collect(), &vec![10; n_blocks as usize])
    }

    fn sample(n_blocks: u32, text: &str) -> Root {
        let names = vec![Name { name: text.into(), n_docs: 3 }];
        let n_docs = n_blocks * 10;
        let keys = ::fst::raw::Fst::from_iter_map([("a", 0)]).unwrap();
        Root {
            version: Version::Three,
            n_docs,
            rank: Rank {
                k1: 1.2,
                single_weight: 0.5,
                other_lang: 0.8,
                steps: 63,
                tier: 9,
                chunk: 3,
            },
            fields: vec![Field { name: text.into(), aliases: vec!["标题".into()], codes: true }],
            langs: names.clone(),
            groups: vec![Group { name: text.into(), n_docs: 1, weight: 1.1 }],
            collections: names.clone(),
            card_names: names,
            classes: vec![Class { lang: 0, kind: 1, telling: 9, fields: vec![(3, 1 << 40)] }],
            runs: vec![
                Run { n_docs: n_docs / 2, twins: Some(0), ..Run::default() },
                Run { first: n_docs / 2, n_docs: n_docs - n_docs / 2, lang: 1, ..Run::default() },
            ],
            places: Places {
                streams: [u64::from(n_blocks) * 100; 11],
                packs: vec![Pack { name: [7; 8], len: 550 }; n_blocks as usize * 2],
            },
            dictionary: Dictionary {
                keys: crate::format::fst::nodes(keys.as_bytes()).to_vec(),
                blocks: store(n_blocks, Stream::Shards).blocks,
                ..Dictionary::default()
            },
            twins: Store { n_docs: n_docs / 2, ..store(0, Stream::Twins) },
            layouts: store(n_blocks, Stream::Layouts),
            values: vec![Values {
                name: DATES.into(),
                kind: 3,
                meta: vec![1, 2],
                store: store(n_blocks, Stream::Values),
            }],
            cards: store(n_blocks, Stream::Cards),
            texts: store(n_blocks, Stream::Texts),
            presets: Presets {
                cards: None,
                texts: store(n_blocks.min(1), Stream::Tables).blocks.first().copied(),
            },
        }
    }

    proptest! {
        #[test]
        fn roots_round_trip(n_blocks in 0_u32..9, text in ".{0,9}") {
            let mut root = sample(n_blocks, &text);
            // A store of twins covers the runs that have some.
            let half = root.n_docs / 2;
            root.twins = Store::new(store(1, Stream::Twins).blocks, &[half]);
            prop_assert_eq!(Root::read(&root.write()), Ok(root.clone()));
        }

        #[test]
        fn blocks_are_found_in_packs(stream in 0_usize..11, at in 0_u64..5) {
            let places = sample(5, "x").places;
            let block = BlockRef { at: at * 100, len: 100, stream: Stream::ALL[stream], ..BlockRef::default() };
            let slice = places.id(&block).place.unwrap();
            let address = stream as u64 * 500 + at * 100;
            prop_assert_eq!(u64::from(slice.offset), address % 550);
            prop_assert_eq!((slice.pack.as_str(), slice.pack_len), ("0707070707070707.wbp", 550));
        }

        #[test]
        fn altered_roots_never_panic(flips in vec((any::<usize>(), any::<u8>()), 0..6), cut: usize) {
            let mut payload = sample(5, "x").write();
            for (at, byte) in flips {
                let at = at % payload.len();
                payload[at] = byte;
            }
            payload.truncate(cut % (payload.len() * 2));
            let _ = Root::read(&payload);
        }
    }
}
