//! Expansion: the terms of the dictionary that a beginning, a pattern, a fuzzy word or a range
//! stands for, within bounds.
//!
//! Only shards that can hold such a term are read: those whose first terms, and what lies between
//! them, the automaton does not refuse. What is past the bounds is left out with a notice.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::automaton::{Seek, Walker};
use crate::cache::{Block, Expected};
use crate::format::blocks::BlockRef;
use crate::format::fst::{Fst, MAX_KEY};
use crate::format::shard::Entry;
use crate::format::tables::Dictionary;
use crate::lists::Term;
use crate::plan;
use crate::query::Typing;
use crate::results::{Notice, NoticeCode};
use crate::session::Session;
use crate::sorting;

/// Shards and terms that one walk may take.
const MAX_SHARDS: usize = 32;
const MAX_TERMS: usize = 4_096;
/// Tables of shards, of each height, that one walk reads.
const MAX_TABLES: usize = 4;
/// Shards that all walks of a question may take, and their bytes.
const ALL_SHARDS: usize = 64;
const ALL_BYTES: u32 = 1 << 20;
/// The same while typing, when a rough answer is wanted soon.
const TYPING_SHARDS: usize = 2;
const TYPING_TERMS: usize = 64;

/// What the walks of a question may still read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    shards: usize,
    bytes: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { shards: ALL_SHARDS, bytes: ALL_BYTES }
    }
}

impl Session {
    /// Adds the terms that the `i`th walk finds.
    pub(crate) fn expand(&mut self, i: usize, budget: &mut Budget) {
        let prefix = self.plan.prefixes[i].clone();
        let typing = self.query.typing == Typing::Going;
        let (max_shards, max_terms) =
            if typing { (TYPING_SHARDS, TYPING_TERMS) } else { (MAX_SHARDS, MAX_TERMS) };
        let (shards, mut cut) = self.shards_for(&prefix.term, &prefix.seek, max_shards, budget);
        let mut found: Vec<(Rc<Block>, Entry)> = Vec::new();
        for block in shards {
            cut |= !self.walk(block, &prefix.term, &prefix.seek, &mut |block, entry, _| {
                found.push((Rc::clone(block), entry));
                found.len() <= MAX_TERMS
            });
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
            let detail = plan::text_of(&prefix.term).into();
            let notice = Notice { code: NoticeCode::TooManyWords, detail };
            if !typing && !self.plan.notices.contains(&notice) {
                self.plan.notices.push(notice);
            }
        }
        let first = self.terms.len();
        let eager_positions = self.plan.leaves.iter().any(|leaf| {
            leaf.prefixes.contains(&i) && leaf.field.is_some()
                || leaf
                    .near
                    .iter()
                    .any(|near| near.places.iter().flatten().any(|leaf| leaf.prefixes.contains(&i)))
        });
        self.terms.extend(found.into_iter().map(|place| Term {
            place: Some(place),
            eager_positions,
            ..Term::default()
        }));
        self.expansions.push((first..self.terms.len()).collect());
    }

    /// Hands the terms of a shard that are looked for to `each`, until it returns `false`; returns
    /// whether it saw all of them.
    pub(crate) fn walk(
        &mut self,
        block: BlockRef,
        start: &[u8],
        seek: &Seek,
        each: &mut dyn FnMut(&Rc<Block>, Entry, &mut Walker<'_>) -> bool,
    ) -> bool {
        let Some(block) = self.want(block, Expected::Shard) else { return true };
        let Block::Shard(shard) = &*block else { return true };
        let Some(fst) = shard.fst() else { return true };
        let walker = RefCell::new(Walker::new(seek, start.len()));
        fst.walk(
            start,
            MAX_TERMS * MAX_KEY,
            &mut |key| walker.borrow_mut().enter(key),
            &mut |term, number| {
                let mut walker = walker.borrow_mut();
                if !walker.takes(term) {
                    return true;
                }
                shard.entry(number).is_none_or(|entry| each(&block, entry, &mut walker))
            },
        )
    }

    /// The shards that may hold what is looked for, the likeliest first, and whether there are more
    /// than the bounds allow.
    pub(crate) fn shards_for(
        &mut self,
        start: &[u8],
        seek: &Seek,
        max_shards: usize,
        budget: &mut Budget,
    ) -> (Vec<BlockRef>, bool) {
        let shared = Rc::clone(&self.shared);
        let dictionary = &shared.root.dictionary;
        let mut found = candidates(dictionary, start, seek);
        let mut cut = false;
        for height in (0..dictionary.height).rev() {
            let tables = likeliest(&found);
            cut |= tables.len() > MAX_TABLES;
            found.clear();
            for &table in tables.iter().take(MAX_TABLES) {
                if let Some(Block::Terms(table)) =
                    self.want(table, Expected::Terms(height)).as_deref()
                {
                    found.extend(candidates(table, start, seek));
                }
            }
        }
        let mut shards = likeliest(&found);
        let fit = shards.iter().take(max_shards.min(budget.shards)).take_while(|shard| {
            let rest = budget.bytes.checked_sub(shard.len);
            budget.bytes = rest.unwrap_or(budget.bytes);
            rest.is_some()
        });
        let fit = fit.count();
        cut |= fit < shards.len();
        budget.shards -= fit;
        shards.truncate(fit);
        (shards, cut)
    }
}

fn likeliest(found: &[(u8, BlockRef)]) -> Vec<BlockRef> {
    let order = sorting::order(found.iter().map(|(unlike, _)| u64::from(*unlike)));
    order.into_iter().map(|at| found[at].1).collect()
}

/// The blocks of a dictionary that may hold what is looked for, with how unlike it they begin.
fn candidates(dictionary: &Dictionary, start: &[u8], seek: &Seek) -> Vec<(u8, BlockRef)> {
    let mut firsts: Vec<(Vec<u8>, u64)> = Vec::new();
    if let Some(fst) = Fst::new(&dictionary.keys) {
        fst.each_under(b"", dictionary.blocks.len() * MAX_KEY, &mut |first, number| {
            firsts.push((first.to_vec(), number));
            true
        });
    }
    let mut key = start.to_vec();
    if let Seek::Fuzzy { word, .. } = seek {
        key.extend_from_slice(String::from_iter(word).as_bytes());
    }
    let mut walker = Walker::new(seek, start.len());
    let mut found = Vec::new();
    for (i, (first, number)) in firsts.iter().enumerate() {
        let next = firsts.get(i + 1).map(|(next, _)| next.as_slice());
        let in_range = next.is_none_or(|next| next > start)
            && (&first[..] <= start || first.starts_with(start));
        let block = usize::try_from(*number).ok().and_then(|number| dictionary.blocks.get(number));
        if let (true, Some(block)) = (in_range, block)
            && let Some(unlike) = walker.may_hold(&key, first, next)
        {
            found.push((unlike, *block));
        }
    }
    found
}
