//! A question on its way to an answer.
//!
//! Stages: dictionary shards → postings (and the positions that are surely needed) → matching
//! (positions and layouts of candidates) → ranking (columns) → cards and texts. Each stage names
//! all the blocks it needs at once, so a stage is at most one wave of fetches, and a stage without
//! needs is none.

use std::rc::Rc;

use crate::cache::{Block, Digest, Expected};
use crate::format::blocks::BlockRef;
use crate::format::fst::Fst;
use crate::format::postings::{self, Postings};
use crate::format::shard::{Entry, Place};
use crate::format::{BlockId, FormatError};
use crate::matching;
use crate::plan::{self, Plan};
use crate::query::{Query, Sort, View};
use crate::ranking::{self, Ranking};
use crate::results::{Cost, GroupCount, Hit, Notice, NoticeCode, Results};
use crate::searcher::Shared;
use crate::show;

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
    /// Documents of each leaf of the plan.
    pub(crate) leaves: Vec<Vec<u32>>,
    ranking: Ranking,
    hits: Vec<Hit>,
}

/// A looked-up term.
#[derive(Debug, Default)]
pub(crate) struct Term {
    /// Its shard and entry there; `None`: no document holds it.
    pub(crate) place: Option<(Rc<Block>, Entry)>,
    pub(crate) eager_positions: bool,
    pub(crate) postings: Postings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dictionary,
    Postings,
    Matching,
    Ranking,
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
            self.cost.hops += u32::from(self.used_new);
            if !self.missing.is_empty() {
                return self.missing.iter().map(|(block, _)| block.id()).collect();
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
                Stage::Postings
            }
            Stage::Postings => {
                self.read_postings();
                Stage::Matching
            }
            Stage::Matching => {
                self.leaves = matching::leaves(self);
                Stage::Ranking
            }
            Stage::Ranking => {
                self.ranking = ranking::rank(self);
                Stage::Showing
            }
            Stage::Showing => {
                self.hits = self.show();
                Stage::Done
            }
            Stage::Done => return None,
        })
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
        self.shared.cache.borrow_mut().put(block.sha256, Rc::clone(&parsed), payload.len());
        self.blocks.push((block.sha256, parsed));
        Ok(())
    }

    /// Goes on without a block that cannot be had; the answer says so.
    pub fn give_up(&mut self, name: &str) {
        let Some((block, _)) = self.asked(name) else { return };
        self.blocks.push((block.sha256, Rc::new(Block::Gone)));
        self.exact = false;
        self.plan.notices.push(Notice { code: NoticeCode::BlockMissing, detail: name.into() });
    }

    fn asked(&self, name: &str) -> Option<(BlockRef, Expected)> {
        self.missing.iter().find(|(block, _)| block.id().name == name).copied()
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
            hits: self.hits.clone(),
            read_as: self.plan.read_as.clone(),
            notices: self.plan.notices.clone(),
            cost: self.cost,
        })
    }

    /// A block, or nothing and it is asked for.
    pub(crate) fn want(&mut self, block: BlockRef, expected: Expected) -> Option<Rc<Block>> {
        if let Some((_, known)) = self.blocks.iter().find(|(digest, _)| *digest == block.sha256) {
            return Some(Rc::clone(known));
        }
        if self.missing.iter().any(|(asked, _)| asked.sha256 == block.sha256) {
            return None;
        }
        if !self.counted.contains(&block.sha256) {
            self.counted.push(block.sha256);
            self.cost.bytes += u64::from(block.len);
            self.cost.blocks += 1;
            self.used_new = true;
        }
        let cached = self.shared.cache.borrow_mut().get(&block.sha256);
        if let Some(cached) = &cached {
            self.blocks.push((block.sha256, Rc::clone(cached)));
        } else {
            self.missing.push((block, expected));
        }
        cached
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
                ..Term::default()
            });
        }
        for i in 0..self.plan.prefixes.len() {
            self.expand(i);
        }
        self.eager_columns();
    }

    /// The shard that may hold a term, and the term's entry there.
    fn find(&mut self, term: &[u8]) -> Option<(Rc<Block>, Entry)> {
        let shard = self.shard_of(term)?;
        let block = self.want(shard, Expected::Shard)?;
        let Block::Shard(shard) = &*block else { return None };
        let entry = shard.find(term)?;
        Some((block, entry))
    }

    fn shard_of(&self, term: &[u8]) -> Option<BlockRef> {
        let root = &self.shared.root;
        let number = Fst::new(&root.shard_keys)?.floor(term)?;
        root.shards.get(usize::try_from(number).ok()?).copied()
    }

    /// Columns of small indexes come with the dictionary: every answer needs them.
    fn eager_columns(&mut self) {
        let root = Rc::clone(&self.shared);
        if root.root.traits.len() <= EAGER_COLUMNS {
            (0..root.root.traits.len()).for_each(|chunk| drop(self.traits(chunk as u32)));
        }
        if self.query.sort != Sort::Relevance && root.root.dates.len() <= EAGER_COLUMNS {
            (0..root.root.dates.len()).for_each(|chunk| drop(self.dates(chunk as u32)));
        }
    }

    fn docs_of(&self, chunk: u32) -> u32 {
        let root = &self.shared.root;
        root.n_docs
            .saturating_sub(chunk.saturating_mul(root.docs_per_column))
            .min(root.docs_per_column)
    }

    /// Traits of the `chunk`th stretch of documents.
    pub(crate) fn traits(&mut self, chunk: u32) -> Option<Rc<Block>> {
        let block = *self.shared.root.traits.get(chunk as usize)?;
        self.want(block, Expected::Traits(self.docs_of(chunk)))
    }

    /// Dates of the `chunk`th stretch of documents.
    pub(crate) fn dates(&mut self, chunk: u32) -> Option<Rc<Block>> {
        let block = *self.shared.root.dates.get(chunk as usize)?;
        self.want(block, Expected::Dates(self.docs_of(chunk)))
    }

    /// Layouts of the `chunk`th stretch of documents.
    pub(crate) fn layouts(&mut self, chunk: u32) -> Option<Rc<Block>> {
        let block = *self.shared.root.layouts.get(chunk as usize)?;
        self.want(block, Expected::Layouts(self.docs_of(chunk)))
    }

    fn read_postings(&mut self) {
        for i in 0..self.terms.len() {
            let Some((shard, entry)) = self.terms[i].place.clone() else { continue };
            let bytes = self.bytes_at(&shard, entry.postings, Expected::Postings);
            if self.terms[i].eager_positions {
                self.bytes_at(&shard, entry.positions, Expected::Positions);
            }
            let Some(bytes) = bytes.filter(|_| !self.waits()) else { continue };
            match postings::read(bytes.get(), entry.n_docs, self.shared.root.n_docs) {
                Ok(postings) => self.terms[i].postings = postings,
                Err(_) => self.exact = false,
            }
        }
    }

    /// Positions of a term.
    pub(crate) fn positions(&mut self, term: usize) -> Option<Stretch> {
        let (shard, entry) = self.terms.get(term)?.place.clone()?;
        self.bytes_at(&shard, entry.positions, Expected::Positions)
    }

    fn bytes_at(&mut self, shard: &Rc<Block>, place: Place, expected: Expected) -> Option<Stretch> {
        let Some(number) = place.block else {
            return Some(Stretch { block: Rc::clone(shard), place });
        };
        let Block::Shard(parsed) = &**shard else { return None };
        let blocks =
            if expected == Expected::Postings { &parsed.postings } else { &parsed.positions };
        let block = self.want(*blocks.get(number as usize)?, expected)?;
        Some(Stretch { block, place })
    }

    /// Cards and texts of the page that is to be shown.
    fn show(&mut self) -> Vec<Hit> {
        let page = self.ranking.page.clone();
        let words = show::Words::new(self);
        let mut hits = Vec::with_capacity(page.len());
        for ranked in page {
            let card = self.stored(ranked.doc, Expected::Cards);
            let text = if self.query.view == View::Page {
                self.stored(ranked.doc, Expected::Texts)
            } else {
                None
            };
            if let Some((card, at)) = card {
                hits.extend(show::hit(
                    &self.shared.root,
                    &words,
                    ranked,
                    card.bytes(),
                    at,
                    text.as_ref(),
                ));
            }
        }
        hits
    }

    /// The block in which a document's card or text is stored, and its place there.
    fn stored(&mut self, doc: u32, expected: Expected) -> Option<(Rc<Block>, usize)> {
        let root = &self.shared.root;
        let store = if expected == Expected::Cards { &root.cards } else { &root.texts };
        let (block, at) = store.find(doc)?;
        Some((self.want(block, expected)?, at))
    }
}

/// Bytes in a shard or in a block of lists.
pub(crate) struct Stretch {
    block: Rc<Block>,
    place: Place,
}

impl Stretch {
    pub(crate) fn get(&self) -> &[u8] {
        match &*self.block {
            Block::Shard(shard) => shard.inline(self.place),
            block => block
                .bytes()
                .get(self.place.start as usize..self.place.end as usize)
                .unwrap_or_default(),
        }
    }
}
