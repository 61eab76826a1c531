//! Expansion: the terms of the dictionary that a beginning stands for, within bounds.

use std::rc::Rc;

use crate::cache::{Block, Expected};
use crate::format::blocks::BlockRef;
use crate::format::fst::{Fst, MAX_KEY};
use crate::format::shard::Entry;
use crate::query::Typing;
use crate::results::{Notice, NoticeCode};
use crate::session::{Session, Term};
use crate::sorting;

/// Shards and terms that a beginning may stand for.
const PREFIX_SHARDS: usize = 32;
const PREFIX_TERMS: usize = 4_096;
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
    fn shards_under(&self, prefix: &[u8]) -> Vec<BlockRef> {
        let root = &self.shared.root;
        let mut end = prefix.to_vec();
        end.resize(MAX_KEY, 0xff);
        let Some(fst) = Fst::new(&root.shard_keys) else { return Vec::new() };
        let Some(last) = fst.floor(&end) else { return Vec::new() };
        let first = fst.floor(prefix).unwrap_or(0);
        let range =
            usize::try_from(first).unwrap_or(usize::MAX)..=usize::try_from(last).unwrap_or(0);
        root.shards.get(range).unwrap_or_default().to_vec()
    }
}
