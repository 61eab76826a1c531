//! Expansion: the terms of the dictionary that a beginning stands for, within bounds.

use std::rc::Rc;

use crate::cache::{Block, Expected};
use crate::format::blocks::BlockRef;
use crate::format::fst::MAX_KEY;
use crate::format::shard::Entry;
use crate::format::tables::Level;
use crate::lists::Term;
use crate::query::Typing;
use crate::results::{Notice, NoticeCode};
use crate::session::Session;
use crate::sorting;

/// Shards and terms that a beginning may stand for.
const PREFIX_SHARDS: usize = 32;
const PREFIX_TERMS: usize = 4_096;
/// Tables of shards that are read for a beginning: the first shards of these are more than enough.
const PREFIX_TABLES: usize = 4;
/// The same while typing, when a rough answer is wanted soon.
const TYPING_SHARDS: usize = 2;
const TYPING_TERMS: usize = 64;

impl Session {
    /// Adds the terms that begin like the `i`th prefix.
    pub(crate) fn expand(&mut self, i: usize) {
        let prefix = self.plan.prefixes[i].clone();
        let typing = self.query.typing == Typing::Going;
        let (max_shards, max_terms) =
            if typing { (TYPING_SHARDS, TYPING_TERMS) } else { (PREFIX_SHARDS, PREFIX_TERMS) };
        let shards = self.shards_under(&prefix.term);
        let mut cut = shards.len() > max_shards;
        let mut found: Vec<(Rc<Block>, Entry)> = Vec::new();
        for block in shards.into_iter().take(max_shards) {
            let Some(block) = self.want(block, Expected::Shard) else { continue };
            let Block::Shard(shard) = &*block else { continue };
            let Some(fst) = shard.fst() else { continue };
            let ended =
                fst.each_under(&prefix.term, PREFIX_TERMS * MAX_KEY, &mut |term, number| {
                    if prefix.takes(term) {
                        found.extend(shard.entry(number).map(|entry| (Rc::clone(&block), entry)));
                    }
                    found.len() <= PREFIX_TERMS
                });
            cut |= !ended;
        }
        if found.len() > max_terms {
            // The most frequent ones; among equals the first.
            let keys = found.iter().map(|(_, entry)| u64::from(!entry.n_docs));
            let best = sorting::order(keys);
            found = best.into_iter().take(max_terms).map(|at| found[at].clone()).collect();
            cut = true;
        }
        if cut && !self.waits() {
            self.exact = false;
            if !typing {
                let detail = String::from_utf8_lossy(&prefix.term[1..]).into_owned();
                self.plan.notices.push(Notice { code: NoticeCode::TooManyWords, detail });
            }
        }
        let first = self.terms.len();
        let eager_positions =
            self.plan.leaves.iter().any(|leaf| leaf.prefix == Some(i) && leaf.field.is_some());
        self.terms.extend(found.into_iter().map(|place| Term {
            place: Some(place),
            eager_positions,
            ..Term::default()
        }));
        self.expansions.push((first..self.terms.len()).collect());
    }

    /// The shards that may hold terms beginning so.
    fn shards_under(&mut self, prefix: &[u8]) -> Vec<BlockRef> {
        let shared = Rc::clone(&self.shared);
        let dictionary = &shared.root.dictionary;
        let blocks = dictionary.under(prefix);
        if dictionary.level == Level::Data {
            return blocks.to_vec();
        }
        let mut shards = Vec::new();
        for &table in blocks.iter().take(PREFIX_TABLES) {
            if let Some(Block::Terms(table)) = self.want(table, Expected::Terms).as_deref() {
                shards.extend_from_slice(table.under(prefix));
            }
        }
        shards
    }
}
