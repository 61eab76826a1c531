//! A question on its way to an answer.
//!
//! Stages: dictionary shards → postings (and the positions that are surely needed) → matching
//! (positions and layouts of candidates) → ranking (columns) → cards and texts. Each stage names
//! all the blocks it needs at once, so a stage is at most one wave of fetches, and a stage without
//! needs is none.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::cache::{Block, Expected};
use crate::expand::Budget;
use crate::format::blocks::BlockRef;
use crate::format::root;
use crate::format::shard::Entry;
use crate::format::tables::Store;
use crate::format::{BlockId, Digest, FormatError, columns};
use crate::lists::Term;
use crate::matching;
use crate::plan::{self, Plan};
use crate::query::{LangUse, Query, Sort, View};
use crate::quick::{self, Quick};
use crate::ranking::{self, Ranked, Ranking};
use crate::results::{Cost, GroupCount, Hit, Listed, Notice, NoticeCode, Results};
use crate::searcher::Shared;
use crate::show;
use crate::suggest;

/// Blocks of columns that are fetched early, before it is known which documents match.
const EAGER_COLUMNS: usize = 2;

/// One question on its way to an answer.
#[derive(Debug)]
pub struct Session {
    pub(crate) shared: Rc<Shared>,
    pub(crate) query: Query,
    pub(crate) plan: Plan,
    stage: Stage,
    /// Blocks in use, so that none is dropped before the answer stands.
    blocks: Vec<(Digest, Rc<Block>)>,
    missing: Vec<(BlockRef, Expected)>,
    /// Whether the running stage used a block that no stage before it did.
    used_new: bool,
    counted: Vec<Digest>,
    cost: Cost,
    /// The plan's keys, then the terms its beginnings stand for.
    pub(crate) terms: Vec<Term>,
    /// Terms of each beginning.
    pub(crate) expansions: Vec<Vec<usize>>,
    pub(crate) exact: bool,
    /// How far a quick answer has come.
    pub(crate) quick: Option<Quick>,
    /// Documents of each leaf of the plan.
    pub(crate) leaves: Vec<Vec<u32>>,
    ranking: Ranking,
    hits: Vec<Hit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dictionary,
    Postings,
    Rest,
    Matching,
    Ranking,
    Suggesting,
    Showing,
    Done,
}

impl Session {
    pub(crate) fn new(shared: Rc<Shared>, mut query: Query) -> Self {
        query.limit = query.limit.min(Query::MAX_LIMIT);
        let plan = plan::plan(&query, &shared.root);
        let cost = Cost { bytes: shared.root_len.into(), blocks: 1, hops: 1 };
        let nothing = plan.tree.is_none() && plan.number.is_none();
        Self {
            shared,
            query,
            plan,
            stage: if nothing { Stage::Done } else { Stage::Dictionary },
            blocks: Vec::new(),
            missing: Vec::new(),
            used_new: false,
            counted: Vec::new(),
            cost,
            terms: Vec::new(),
            expansions: Vec::new(),
            exact: true,
            quick: None,
            leaves: Vec::new(),
            ranking: Ranking::default(),
            hits: Vec::new(),
        }
    }

    /// The blocks without which the session cannot go on; empty: it is done.
    ///
    /// They may be fetched in any order and at the same time. Asking again without supplying them
    /// names them again.
    pub fn needs(&mut self) -> Vec<BlockId> {
        loop {
            self.missing.clear();
            self.used_new = false;
            let next = self.advance();
            self.end_of_wave();
            if !self.missing.is_empty() {
                return self.missing.iter().map(|(block, _)| self.shared.root.id(block)).collect();
            }
            let Some(next) = next else { return Vec::new() };
            self.stage = next;
        }
    }

    /// Runs the stage; returns the next one, or nothing when done. What it returns does not count
    /// while blocks are missing.
    fn advance(&mut self) -> Option<Stage> {
        Some(match self.stage {
            Stage::Dictionary => {
                self.look_up();
                if self.query.view == View::Terms { Stage::Done } else { Stage::Postings }
            }
            Stage::Postings => {
                self.read_heads();
                Stage::Rest
            }
            Stage::Rest => {
                if self.quick.is_some() || quick::applies(self) {
                    let mut quick = self.quick.take().unwrap_or_default();
                    quick::advance(self, &mut quick);
                    self.quick = Some(quick);
                } else {
                    quick::read_rest(self);
                }
                Stage::Matching
            }
            Stage::Matching => {
                if self.quick.is_none() {
                    self.leaves = matching::leaves(self);
                }
                Stage::Ranking
            }
            Stage::Ranking => {
                self.ranking = ranking::rank(self);
                if suggest::is_wanted(self, self.ranking.full) {
                    Stage::Suggesting
                } else {
                    self.shown()
                }
            }
            Stage::Suggesting => {
                let better = suggest::better(self);
                match better.filter(|_| !self.waits()) {
                    Some(better) => self.ask_instead(better),
                    None => self.shown(),
                }
            }
            Stage::Showing => {
                self.hits = self.show();
                Stage::Done
            }
            Stage::Done => return None,
        })
    }

    /// Offers a better question; where the one asked found nothing at all, answers it.
    fn ask_instead(&mut self, better: String) -> Stage {
        if self.ranking.total > 0 {
            self.plan.did_you_mean = Some(better);
            return self.shown();
        }
        self.query.text.clone_from(&better);
        let asked = core::mem::replace(&mut self.plan, plan::plan(&self.query, &self.shared.root));
        self.plan.notices.splice(0..0, asked.notices);
        self.notice(NoticeCode::Corrected, &better);
        self.plan.did_you_mean = Some(better);
        self.quick = None;
        Stage::Dictionary
    }

    /// The stage after the order of the hits is known.
    fn shown(&self) -> Stage {
        if self.query.view == View::List { Stage::Done } else { Stage::Showing }
    }

    /// Takes a block's payload: digest checked and inflated by the host.
    ///
    /// # Errors
    /// When it was not asked for or is no block of the expected kind; it stays needed.
    pub fn supply(&mut self, name: &str, payload: &[u8]) -> Result<(), FormatError> {
        let (block, expected) = self.asked(name).ok_or(FormatError::NotAsked)?;
        if payload.len() != block.inflated_len as usize {
            return Err(FormatError::Invalid { what: "inflated length", at: payload.len() as u32 });
        }
        let parsed = Rc::new(expected.parse(payload)?);
        self.shared.cache.borrow_mut().put(block.digest, Rc::clone(&parsed), payload.len());
        self.blocks.push((block.digest, parsed));
        Ok(())
    }

    /// Goes on without a block that cannot be had; the answer says so.
    pub fn give_up(&mut self, name: &str) {
        let Some((block, _)) = self.asked(name) else { return };
        self.blocks.push((block.digest, Rc::new(Block::Gone)));
        self.exact = false;
        self.plan.notices.push(Notice { code: NoticeCode::BlockMissing, detail: name.into() });
    }

    fn asked(&self, name: &str) -> Option<(BlockRef, Expected)> {
        self.missing.iter().find(|(block, _)| block.name() == name).copied()
    }

    /// The answer, once [`needs`](Self::needs) is empty; before that `None`.
    pub fn results(&mut self) -> Option<Results> {
        if self.stage != Stage::Done {
            return None;
        }
        let groups = &self.shared.root.groups;
        let count = |&(kind, count): &(u32, u32)| GroupCount {
            name: groups.get(kind as usize).map(|group| group.name.clone()).unwrap_or_default(),
            count,
        };
        Some(Results {
            total: self.ranking.total,
            full: self.ranking.full,
            exact: self.exact,
            groups: self.ranking.groups.iter().map(count).collect(),
            facets: self.ranking.facets.clone(),
            hits: self.hits.clone(),
            listed: self.listed(),
            statistics: (self.query.view == View::Terms).then(|| ranking::statistics(self)),
            did_you_mean: self.plan.did_you_mean.clone(),
            read_as: self.plan.read_as.clone(),
            notices: self.plan.notices.clone(),
            cost: self.cost,
        })
    }

    /// A block, or nothing and it is asked for.
    pub(crate) fn want(&mut self, block: BlockRef, expected: Expected) -> Option<Rc<Block>> {
        if let Some((_, known)) = self.blocks.iter().find(|(digest, _)| *digest == block.digest) {
            return Some(Rc::clone(known));
        }
        if self.missing.iter().any(|(asked, _)| asked.digest == block.digest) {
            return None;
        }
        if !self.counted.contains(&block.digest) {
            self.count(block);
            if let Some(preset) = self.shared.root.presets.of(block.stream)
                && !self.counted.contains(&preset.digest)
            {
                self.count(preset);
            }
        }
        let cached = self.shared.cache.borrow_mut().get(&block.digest);
        if let Some(cached) = &cached {
            self.blocks.push((block.digest, Rc::clone(cached)));
        } else {
            self.missing.push((block, expected));
        }
        cached
    }

    fn count(&mut self, block: BlockRef) {
        self.counted.push(block.digest);
        self.cost.bytes += u64::from(block.len);
        self.cost.blocks += 1;
        self.used_new = true;
    }

    /// Fetches up to here were one wave, if there were any.
    pub(crate) fn end_of_wave(&mut self) {
        self.cost.hops += u32::from(core::mem::take(&mut self.used_new));
    }

    /// Whether the running stage waits for blocks.
    pub(crate) fn waits(&self) -> bool {
        !self.missing.is_empty()
    }

    fn look_up(&mut self) {
        self.terms.clear();
        self.expansions.clear();
        for key in self.plan.keys.clone() {
            let place = self.find(&key.term);
            self.terms.push(Term {
                place,
                eager_positions: key.eager_positions,
                top_only: !key.is_looked_for,
                ..Term::default()
            });
        }
        let mut budget = Budget::default();
        for i in 0..self.plan.prefixes.len() {
            self.expand(i, &mut budget);
        }
        self.eager_columns();
    }

    /// The shard that may hold a term, and the term's entry there.
    pub(crate) fn find(&mut self, term: &[u8]) -> Option<(Rc<Block>, Entry)> {
        let dictionary = &self.shared.root.dictionary;
        let heights = (0..dictionary.height).rev();
        let mut shard = dictionary.find(term)?;
        for height in heights {
            let table = self.want(shard, Expected::Terms(height))?;
            let Block::Terms(table) = &*table else { return None };
            shard = table.find(term)?;
        }
        let block = self.want(shard, Expected::Shard)?;
        let Block::Shard(shard) = &*block else { return None };
        let entry = shard.find(term)?;
        Some((block, entry))
    }

    /// Columns of small indexes come with the dictionary: every answer needs them.
    fn eager_columns(&mut self) {
        let shared = Rc::clone(&self.shared);
        if !self.query.lang.is_empty() && self.query.lang_use == LangUse::Prefer {
            self.eager(&shared.root.twins, TWINS);
        }
        let dates = shared.root.column(root::DATES);
        if let Some(dates) =
            dates.filter(|_| matches!(self.query.sort, Sort::Newest | Sort::Oldest))
        {
            self.eager(&dates.store, DATES);
        }
    }

    fn eager(&mut self, store: &Store, data: fn(u32) -> Expected) {
        if store.is_data() && store.blocks.len() <= EAGER_COLUMNS {
            store.firsts.iter().for_each(|&first| drop(self.block_of(store, first, data)));
        }
    }

    /// The block of a store that holds a document; `data` says what such a block is, given its
    /// number of documents.
    pub(crate) fn block_of(
        &mut self,
        store: &Store,
        doc: u32,
        data: fn(u32) -> Expected,
    ) -> Option<Stored> {
        let mut found = store.find(doc)?;
        for height in (0..store.height).rev() {
            let expected = Expected::Documents(data(0).stream(), height, found.n_docs);
            let table = self.want(found.block, expected)?;
            let Block::Documents(table) = &*table else { return None };
            found = table.find(found.at)?;
        }
        let block = self.want(found.block, data(found.n_docs))?;
        Some(Stored { block, at: found.at as usize, first: doc - found.at, n_docs: found.n_docs })
    }

    /// Cards and texts of the page that is to be shown.
    fn show(&mut self) -> Vec<Hit> {
        let page = self.ranking.page.clone();
        let shared = Rc::clone(&self.shared);
        let words = show::Words::new(self);
        let mut hits = Vec::with_capacity(page.len());
        for ranked in page {
            let card = self.block_of(&shared.root.cards, ranked.doc, |_| Expected::Cards);
            let text = match self.query.view {
                View::Page | View::Whole if !shared.root.texts.blocks.is_empty() => {
                    self.block_of(&shared.root.texts, ranked.doc, |_| Expected::Texts)
                }
                _ => None,
            };
            if let Some(card) = card {
                let words = (&words, self.query.view);
                hits.extend(show::hit(&shared.root, words, ranked, &card, text.as_ref()));
            }
        }
        hits
    }

    fn listed(&self) -> Vec<Listed> {
        let listed = |hit: &Ranked| Listed { doc: hit.doc, score: hit.score, key: hit.key };
        match self.query.view {
            View::List => self.ranking.page.iter().map(listed).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a block of twins, dates or layouts is.
pub(crate) const TWINS: fn(u32) -> Expected = |n_docs| Expected::Values(columns::TWINS, n_docs);
pub(crate) const DATES: fn(u32) -> Expected = |n_docs| Expected::Values(columns::DATES, n_docs);
pub(crate) const LAYOUTS: fn(u32) -> Expected = Expected::Layouts;

/// The block that holds something of a document.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) block: Rc<Block>,
    /// The document's place in the block.
    pub(crate) at: usize,
    /// First document of the block.
    pub(crate) first: u32,
    /// Documents in the block.
    pub(crate) n_docs: u32,
}

impl Stored {
    /// Whether the block holds this document too.
    pub(crate) fn holds(&self, doc: u32) -> bool {
        doc >= self.first && doc - self.first < self.n_docs
    }
}
