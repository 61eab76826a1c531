//! The root block: all that has to be known before the first question.
//!
//! ```bnf
//! root        ::= "R" n_docs:varint rank fields names(langs) groups names(collections) names(cards)
//!                 shards columns cards texts
//! rank        ::= k1:f32 single_weight:f32 other_lang:f32
//! fields      ::= n:varint (name:str n:varint alias:str{n} kind:u8 weight:f32)*
//! groups      ::= n:varint (name:str n_docs:varint weight:f32)*
//! names       ::= n:varint (name:str n_docs:varint)*
//! shards      ::= len:varint nodes blocks        ; transducer: first term of each shard -> its number
//! columns     ::= docs_per_block:varint blocks blocks blocks      ; traits, dates, layouts
//! cards,texts ::= level:u8 blocks n_docs:varint{as many}          ; level 0: these are the blocks
//! ```
//! The tables of `level` 0 grow with the number of documents; a higher level (a table of tables)
//! is reserved for large collections and refused by this reader.

use super::FormatError;
use super::blocks::{self, BlockRef};
use super::fst::Fst;
use super::wire::{self, Reader};

/// Tag of a root.
pub const TAG: u8 = b'R';
/// Most documents of an index.
pub const MAX_DOCS: u32 = 1 << 24;
/// Most documents of a block of columns.
pub const MAX_COLUMN_DOCS: u32 = 1 << 16;

/// A parsed root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Root {
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
    /// Transducer of the shards' first terms.
    pub shard_keys: Vec<u8>,
    /// Dictionary shards.
    pub shards: Vec<BlockRef>,
    /// Documents of each block of columns but the last.
    pub docs_per_column: u32,
    /// Blocks of traits.
    pub traits: Vec<BlockRef>,
    /// Blocks of dates.
    pub dates: Vec<BlockRef>,
    /// Blocks of layouts.
    pub layouts: Vec<BlockRef>,
    /// Blocks of cards.
    pub cards: Store,
    /// Blocks of texts.
    pub texts: Store,
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
    /// Weight, as built into the impacts.
    pub weight: f32,
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

/// Blocks of consecutive documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// The blocks.
    pub blocks: Vec<BlockRef>,
    /// First document of each block.
    pub firsts: Vec<u32>,
}

impl Store {
    /// The block that holds a document and the document's place in it.
    pub fn find(&self, doc: u32) -> Option<(BlockRef, usize)> {
        let block = self.firsts.partition_point(|&first| first <= doc).checked_sub(1)?;
        Some((*self.blocks.get(block)?, (doc - self.firsts[block]) as usize))
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
        wire::put_len(&mut out, self.fields.len());
        for field in &self.fields {
            wire::put_str(&mut out, &field.name);
            wire::put_len(&mut out, field.aliases.len());
            field.aliases.iter().for_each(|alias| wire::put_str(&mut out, alias));
            out.push(u8::from(field.codes));
            out.extend(field.weight.to_le_bytes());
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
        wire::put_len(&mut out, self.shard_keys.len());
        out.extend_from_slice(&self.shard_keys);
        blocks::write(&mut out, &self.shards);
        wire::put_varint(&mut out, self.docs_per_column);
        for column in [&self.traits, &self.dates, &self.layouts] {
            blocks::write(&mut out, column);
        }
        for store in [&self.cards, &self.texts] {
            put_store(&mut out, store, self.n_docs);
        }
        out
    }

    /// Reads a root.
    ///
    /// # Errors
    /// When it is no root, ends early, or its parts do not fit together.
    pub fn read(payload: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::tagged(payload, TAG, "index root")?;
        let reader = &mut reader;
        let n_docs = reader.varint("number of documents")?;
        if n_docs > MAX_DOCS {
            return Err(reader.invalid("number of documents"));
        }
        let mut root = Self { n_docs, ..Self::default() };
        root.rank = Rank {
            k1: reader.float("k1")?,
            single_weight: reader.float("weight of singles")?,
            other_lang: reader.float("factor of other languages")?,
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
        let len = reader.count("transducer")?;
        root.shard_keys = reader.bytes(len, "transducer")?.to_vec();
        if Fst::new(&root.shard_keys).is_none() {
            return Err(reader.invalid("transducer"));
        }
        root.shards = blocks::read(reader)?;
        root.read_columns(reader)?;
        root.cards = read_store(reader, n_docs)?;
        root.texts = read_store(reader, n_docs)?;
        Ok(root)
    }

    fn read_columns(&mut self, reader: &mut Reader<'_>) -> Result<(), FormatError> {
        self.docs_per_column = reader.varint("documents per column block")?;
        if !(1..=MAX_COLUMN_DOCS).contains(&self.docs_per_column) {
            return Err(reader.invalid("documents per column block"));
        }
        let expected = self.n_docs.div_ceil(self.docs_per_column) as usize;
        for column in [&mut self.traits, &mut self.dates, &mut self.layouts] {
            *column = blocks::read(reader)?;
            if column.len() != expected {
                return Err(reader.invalid("number of column blocks"));
            }
        }
        Ok(())
    }
}

fn read_field(reader: &mut Reader<'_>) -> Result<Field, FormatError> {
    let mut field = Field { name: reader.str("field")?.into(), ..Field::default() };
    for _ in 0..reader.count("aliases")? {
        field.aliases.push(reader.str("alias")?.into());
    }
    field.codes = reader.byte("field kind")? == 1;
    field.weight = reader.float("field weight")?;
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

fn put_store(out: &mut Vec<u8>, store: &Store, n_docs: u32) {
    out.push(0);
    blocks::write(out, &store.blocks);
    let ends = store.firsts.iter().skip(1).chain([&n_docs]);
    for (first, end) in store.firsts.iter().zip(ends) {
        wire::put_varint(out, end - first);
    }
}

fn read_store(reader: &mut Reader<'_>, n_docs: u32) -> Result<Store, FormatError> {
    if reader.byte("store level")? != 0 {
        return Err(reader.invalid("store level"));
    }
    let blocks = blocks::read(reader)?;
    let mut firsts = Vec::with_capacity(blocks.len());
    let mut first = 0_u32;
    for _ in &blocks {
        firsts.push(first);
        first = first.saturating_add(reader.varint("documents of a block")?);
    }
    if first == n_docs {
        Ok(Store { blocks, firsts })
    } else {
        Err(reader.invalid("documents of a block"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn sample(n_blocks: u32, text: &str) -> Root {
        let block =
            |i: u32| BlockRef { sha256: [i as u8; 32], len: i + 100, inflated_len: i + 200 };
        let blocks: Vec<_> = (0..n_blocks).map(block).collect();
        let names = vec![Name { name: text.into(), n_docs: 3 }];
        let store =
            Store { blocks: blocks.clone(), firsts: (0..n_blocks).map(|i| i * 10).collect() };
        Root {
            n_docs: n_blocks * 10,
            rank: Rank { k1: 1.2, single_weight: 0.5, other_lang: 0.8 },
            fields: vec![Field {
                name: text.into(),
                aliases: vec!["标题".into()],
                codes: true,
                weight: 2.5,
            }],
            langs: names.clone(),
            groups: vec![Group { name: text.into(), n_docs: 1, weight: 1.1 }],
            collections: names.clone(),
            card_names: names,
            shard_keys: crate::format::fst::nodes(
                ::fst::raw::Fst::from_iter_map([("a", 0)]).unwrap().as_bytes(),
            )
            .to_vec(),
            shards: blocks.clone(),
            docs_per_column: 10,
            traits: blocks.clone(),
            dates: blocks.clone(),
            layouts: blocks,
            cards: store.clone(),
            texts: store,
        }
    }

    proptest! {
        #[test]
        fn roots_round_trip(n_blocks in 0_u32..9, text in ".{0,9}") {
            let root = sample(n_blocks, &text);
            prop_assert_eq!(Root::read(&root.write()), Ok(root.clone()));
            for doc in 0..root.n_docs {
                let (block, at) = root.cards.find(doc).unwrap();
                prop_assert_eq!((block, at), (root.cards.blocks[doc as usize / 10], doc as usize % 10));
            }
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
