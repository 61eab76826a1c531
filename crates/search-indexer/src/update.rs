//! Updates: a small index of what is new, beside a base that stays as it is.
//!
//! The new index is built with the base's mean lengths, so that its impacts compare with the
//! base's. What it replaces, and what is taken away, is hidden in the older indexes of the set.

use std::collections::{BTreeMap, BTreeSet};

use search_engine::format::blocks::{BlockRef, Stream};
use search_engine::format::hidden;
use search_engine::format::root::Root;
use search_engine::format::stores;
use search_engine::format::tables::Store;

use crate::document::{BlockFile, IndexError};
use crate::pack;
use crate::read::{self, BlockSource, ReadError};

/// A document as readers of several indexes know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Its collection.
    pub collection: String,
    /// Its id.
    pub id: String,
    /// Its language.
    pub lang: String,
}

/// What is to be hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Documents that are there anew.
    pub documents: BTreeSet<Identity>,
    /// Collection and id of documents that are taken away, in every language.
    pub deleted: BTreeSet<(String, String)>,
}

/// Statistics of an earlier index: of each language, group and field, the documents that have it
/// and the words in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Means {
    totals: BTreeMap<(String, String, String), (u32, u64)>,
    /// How much of a title's weight counts, by language and group.
    telling: BTreeMap<(String, String), u8>,
}

impl Means {
    /// The statistics of an index.
    pub fn of(root: &Root) -> Self {
        let mut means = Self::default();
        for class in &root.classes {
            let lang = root.langs.get(class.lang as usize);
            let kind = root.groups.get(class.kind as usize);
            let Some((lang, kind)) = lang.zip(kind) else { continue };
            means.telling.insert((lang.name.clone(), kind.name.clone()), class.telling);
            for (field, &total) in root.fields.iter().zip(&class.fields) {
                means
                    .totals
                    .insert((lang.name.clone(), kind.name.clone(), field.name.clone()), total);
            }
        }
        means
    }

    /// How much of a title's weight counts for a language and group, of 255, when it is known.
    pub(crate) fn telling(&self, lang: &str, kind: &str) -> Option<u8> {
        self.telling.get(&(lang.to_owned(), kind.to_owned())).copied()
    }

    /// Those of a language, group and field, when there are any.
    pub(crate) fn get(&self, lang: &str, kind: &str, field: &str) -> Option<(u32, u64)> {
        let key = (lang.to_owned(), kind.to_owned(), field.to_owned());
        self.totals.get(&key).copied().filter(|&(documents, _)| documents > 0)
    }
}

/// Numbers of the documents of an index that are to be hidden, found by its cards.
///
/// # Errors
/// The first block that cannot be had or read.
pub fn hidden_in(
    root: &Root,
    source: &impl BlockSource,
    replaced: &Replaced,
) -> Result<BTreeSet<u32>, ReadError> {
    let mut hidden = BTreeSet::new();
    let mut first = 0;
    let mut reader = read::Reader::new(source);
    // Tables and blocks that are still to be read, the next one last.
    let mut open = rows(&root.cards);
    while let Some((height, block, n_docs)) = open.pop() {
        let id = root.id(&block);
        let payload = reader.payload(&id)?;
        let damaged = |source| ReadError::Format { name: id.name.clone(), source };
        if let Some(height) = height.checked_sub(1) {
            let table = Store::from_block(&payload, Stream::Cards, height, n_docs);
            open.extend(rows(&table.map_err(damaged)?));
            continue;
        }
        for i in 0..n_docs {
            let card = stores::read_card(&payload, i as usize).map_err(damaged)?;
            if replaced.holds(root, first + i, &card.id) {
                hidden.insert(first + i);
            }
        }
        first += n_docs;
    }
    Ok(hidden)
}

/// The blocks of a table, the last first, each with the table's height and its documents.
fn rows(store: &Store) -> Vec<(u8, BlockRef, u32)> {
    let row = |(at, block): (usize, &BlockRef)| (store.height, *block, count(store, at));
    store.blocks.iter().enumerate().map(row).rev().collect()
}

/// Documents in a block of a table.
fn count(store: &Store, at: usize) -> u32 {
    store.firsts.get(at + 1).unwrap_or(&store.n_docs) - store.firsts[at]
}

impl Replaced {
    fn holds(&self, root: &Root, doc: u32, id: &str) -> bool {
        let Some(at) = root.runs.partition_point(|run| run.first <= doc).checked_sub(1) else {
            return false;
        };
        let run = &root.runs[at];
        let collection = root.collections.get(run.collection as usize);
        let lang = root.langs.get(run.lang as usize);
        let Some((collection, lang)) = collection.zip(lang) else { return false };
        let collection = collection.name.clone();
        let (id, lang) = (id.to_owned(), lang.name.clone());
        self.deleted.contains(&(collection.clone(), id.clone()))
            || self.documents.contains(&Identity { collection, id, lang })
    }
}

/// The block of tombstones of a set: hidden documents of each index, in the order of their making.
///
/// # Errors
/// [`IndexError::TooLarge`] for more indexes than a set may have, or too many documents.
pub fn tombstones(hidden: &[BTreeSet<u32>]) -> Result<BlockFile, IndexError> {
    if hidden.len() > hidden::MAX_INDEXES {
        let (found, limit) = (hidden.len() as u64, hidden::MAX_INDEXES as u64);
        return Err(IndexError::TooLarge { what: "number of updates".into(), found, limit });
    }
    let lists: Vec<Vec<u32>> = hidden.iter().map(|docs| docs.iter().copied().collect()).collect();
    Ok(pack::file(&hidden::write(&lists), &[], "the list of hidden documents")?.0)
}
