//! Quick answers: the first page without the whole of long lists.
//!
//! Known are short lists and the tops of long ones; of every unread chunk, the greatest impact in it.
//! So each document has a least and a greatest score, and holds the words surely, surely not, or
//! perhaps. In a few waves, within a budget of bytes, the chunks are read that can change the page:
//! those of documents that may still stand on it, and those in which a document that no top shows
//! may hide. When none is left the page is that of a reader of everything. Phrases, runs and fields
//! are checked by the positions of documents that may stand on the page; what is not checked is
//! not shown.

use alloc::vec;
use alloc::vec::Vec;

use crate::format::Digest;
use crate::format::postings::Postings;
use crate::format::root::Run;
use crate::lists::Term;
use crate::matching::Places;
use crate::plan::{LeafPlan, Tree};
use crate::query::{LangUse, Matching, Sort};
use crate::ranking::{self, ENOUGH};
use crate::session::Session;
use crate::sorting;

/// Bytes of chunks that a question may read.
const BUDGET: u32 = 192 << 10;
/// Waves of chunks.
const WAVES: u32 = 4;
/// Documents whose positions are checked in a wave.
const CHECKS: usize = 96;
/// Bytes of long lists that are read where only whole lists will do: to sort by anything but
/// relevance, to count facets, for words near each other.
const WHOLE_BUDGET: u32 = 1 << 20;

/// How far a quick answer has come.
#[derive(Debug, Default)]
pub(crate) struct Quick {
    wave: u32,
    spent: u32,
    /// Chunks that are on their way: term and number.
    chunks: Vec<(usize, usize)>,
    /// Documents to be checked, for each sequence of each leaf.
    checks: Vec<Vec<u32>>,
    /// Documents that were checked, ascending, with what was found.
    checked: Vec<Vec<(u32, bool)>>,
    pub(crate) candidates: Vec<Candidate>,
    /// Whether documents with only some of the words are answers.
    pub(crate) partial: bool,
    /// Whether the candidates are all there is.
    pub(crate) counted: bool,
}

/// A document that may be an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Candidate {
    pub(crate) doc: u32,
    pub(crate) run: u32,
    /// Bounds of its score.
    pub(crate) low: f32,
    high: f32,
    /// Whether it holds all the words.
    pub(crate) full: Holds,
}

/// Whether something is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holds {
    #[default]
    No,
    Perhaps,
    Yes,
}

impl Holds {
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }
}

/// Bounds of a term's impact in each of some documents.
#[derive(Default)]
struct Column {
    low: Vec<u8>,
    high: Vec<u8>,
}

/// What documents are looked at for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// They stand in some list.
    Listed,
    /// They stand in no list that was read.
    Hidden,
}

/// Whether the question is answered without reading everything.
pub(crate) fn applies(session: &Session) -> bool {
    let by_place =
        |leaf: &LeafPlan| leaf.near.is_some() || leaf.field.is_some() && !leaf.prefixes.is_empty();
    let by_place = session.plan.leaves.iter().any(by_place);
    !session.query.exhaustive
        && session.query.facets.is_empty()
        && session.plan.filters.is_empty()
        && session.query.sort == Sort::Relevance
        && !by_place
        && session.terms.iter().any(|term| !term.is_whole())
}

/// Reads long lists whole; to sort by date, no more of them than the budget allows.
pub(crate) fn read_rest(session: &mut Session) {
    let limit = if session.query.exhaustive { u32::MAX } else { WHOLE_BUDGET };
    session.read_everything(limit);
}

/// Reads what can change the page; done when the session does not wait.
pub(crate) fn advance(session: &mut Session, quick: &mut Quick) {
    let sequences: usize = session.plan.leaves.iter().map(|leaf| leaf.sequences.len()).sum();
    quick.checks.resize(sequences, Vec::new());
    quick.checked.resize(sequences, Vec::new());
    loop {
        let chunks = quick.chunks.clone();
        for (term, chunk) in chunks {
            session.read_chunk(term, chunk);
        }
        check(session, quick);
        if session.waits() {
            return;
        }
        session.end_of_wave();
        quick.chunks.clear();
        quick.checks.iter_mut().for_each(Vec::clear);
        quick.candidates = look(session, quick, Seen::Listed);
        plan_wave(session, quick);
        let nothing = quick.chunks.is_empty() && quick.checks.iter().all(Vec::is_empty);
        if nothing {
            return;
        }
        quick.wave += 1;
    }
}

/// Checks documents by their positions.
fn check(session: &mut Session, quick: &mut Quick) {
    let plan = session.plan.leaves.clone();
    let sequences = plan.iter().flat_map(|leaf| leaf.sequences.iter().map(|it| (it, leaf.field)));
    for (i, (sequence, field)) in sequences.enumerate() {
        let docs = &quick.checks[i];
        if docs.is_empty() {
            continue;
        }
        let places = Places::read(session, sequence, docs, field, field.is_some());
        if session.waits() {
            continue;
        }
        let holds = |(at, &doc): (usize, &u32)| {
            (doc, places.as_ref().is_some_and(|places| places.hold(at, doc)))
        };
        let found: Vec<(u32, bool)> = docs.iter().enumerate().map(holds).collect();
        quick.checked[i].extend(found);
        let checked = &quick.checked[i];
        let order = sorting::order(checked.iter().map(|&(doc, _)| doc.into()));
        quick.checked[i] = order.into_iter().map(|at| checked[at]).collect();
    }
}

/// Candidates with their bounds: of documents in lists, or of stretches where some may hide.
fn look(session: &Session, quick: &Quick, seen: Seen) -> Vec<Candidate> {
    let docs = match seen {
        Seen::Listed => listed(session),
        Seen::Hidden => stretches(session),
    };
    let docs = in_runs(session, &docs);
    let ids: Vec<u32> = docs.iter().map(|&(doc, _)| doc).collect();
    let columns: Vec<Column> = session
        .terms
        .iter()
        .take(session.plan.keys.len())
        .map(|term| column(term, &ids, seen))
        .collect();
    let prefixes: Vec<Column> = session
        .expansions
        .iter()
        .map(|terms| {
            let mut best = Column { low: vec![0; docs.len()], high: vec![0; docs.len()] };
            for &term in terms {
                let column = column(&session.terms[term], &ids, seen);
                raise(&mut best.low, &column.low);
                raise(&mut best.high, &column.high);
            }
            best
        })
        .collect();
    let looking = Looking { session, quick, docs: &docs, columns, prefixes };
    looking.candidates()
}

fn raise<T: Ord + Copy>(best: &mut [T], other: &[T]) {
    best.iter_mut().zip(other).for_each(|(best, &other)| *best = other.max(*best));
}

/// Documents of lists that make them answers.
fn listed(session: &Session) -> Vec<(u32, u32)> {
    let mut lists: Vec<&[u32]> = Vec::new();
    for term in ranking::matching_terms(session) {
        let term = &session.terms[term];
        lists.push(&term.postings.docs);
        let read = term.long.iter().flat_map(|long| long.read.iter().flatten());
        lists.extend(read.map(|chunk: &Postings| chunk.docs.as_slice()));
    }
    let docs = sorting::union(lists.into_iter(), session.shared.root.n_docs);
    docs.into_iter().map(|doc| (doc, doc)).collect()
}

/// First and last documents of the stretches between the borders of unread chunks and of runs.
fn stretches(session: &Session) -> Vec<(u32, u32)> {
    let n_docs = session.shared.root.n_docs;
    let mut borders: Vec<u32> = session.shared.root.runs.iter().map(|run| run.first).collect();
    for term in ranking::matching_terms(session) {
        let Some(long) = session.terms[term].long.as_ref() else { continue };
        for (chunk, read) in long.chunks.iter().zip(&long.read) {
            if read.is_none() {
                borders.push(chunk.first);
            }
        }
    }
    let order = sorting::order(borders.iter().map(|&border| border.into()));
    let mut borders: Vec<u32> = order.into_iter().map(|at| borders[at]).collect();
    borders.dedup();
    let ends = borders.iter().skip(1).copied().chain([n_docs]);
    borders
        .iter()
        .zip(ends)
        .map(|(&first, end)| (first, end.saturating_sub(1).max(first)))
        .collect()
}

/// The documents in runs that pass the filters, with the number of the run.
fn in_runs(session: &Session, docs: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let runs = &session.shared.root.runs;
    let passes: Vec<bool> = runs.iter().map(|run| passes(session, run, false)).collect();
    let mut run = 0;
    let mut kept = Vec::with_capacity(docs.len());
    for &(doc, last) in docs {
        while run < runs.len() && doc - runs[run].first >= runs[run].n_docs {
            run += 1;
        }
        if passes.get(run) == Some(&true) && (doc != last || !session.shared.hides(doc)) {
            kept.push((doc, run as u32));
        }
    }
    kept
}

/// Whether the documents of a run pass the filters; that of the group only where asked for.
pub(crate) fn passes(session: &Session, run: &Run, by_group: bool) -> bool {
    let (root, query) = (&session.shared.root, &session.query);
    let is = |wanted: &str, name: Option<&str>| wanted.is_empty() || name == Some(wanted);
    let lang = root.langs.get(run.lang as usize).map(|name| name.name.as_str());
    let group = root.groups.get(run.kind as usize).map(|group| group.name.as_str());
    let collection = root.collections.get(run.collection as usize).map(|name| name.name.as_str());
    (query.lang_use != LangUse::Only || is(&query.lang, lang))
        && (!by_group || is(&query.group, group))
        && is(&query.collection, collection)
}

/// Bounds of a term's impact in documents, which ascend.
fn column(term: &Term, docs: &[u32], seen: Seen) -> Column {
    let mut column = Column { low: vec![0; docs.len()], high: vec![0; docs.len()] };
    let mut at = 0;
    for long in term.long.iter().filter(|_| !term.is_whole()) {
        for (i, (chunk, read)) in long.chunks.iter().zip(&long.read).enumerate() {
            let from = sorting::leap(docs, at, chunk.first);
            let next = long.chunks.get(i + 1);
            at = next.map_or(docs.len(), |next| sorting::leap(docs, from, next.first));
            match read {
                None => column.high[from..at].fill(chunk.greatest),
                Some(read) if seen == Seen::Listed => column.put(docs, from, read),
                Some(_) => {}
            }
        }
    }
    if seen == Seen::Listed {
        column.put(docs, 0, &term.postings);
    }
    column
}

impl Column {
    /// Puts the impacts of a list in place; `at` is not behind its first document.
    fn put(&mut self, docs: &[u32], mut at: usize, list: &Postings) {
        for (&doc, &impact) in list.docs.iter().zip(&list.impacts) {
            at = sorting::leap(docs, at, doc);
            if docs.get(at) == Some(&doc) {
                (self.low[at], self.high[at]) = (impact, impact);
            }
        }
    }
}

struct Looking<'a> {
    session: &'a Session,
    quick: &'a Quick,
    docs: &'a [(u32, u32)],
    columns: Vec<Column>,
    prefixes: Vec<Column>,
}

impl Looking<'_> {
    fn candidates(&self) -> Vec<Candidate> {
        let (low, high) = (self.scores(|column| &column.low), self.scores(|column| &column.high));
        let numbered = ranking::numbered(self.session);
        let weights = ranking::run_weights(self.session);
        let full = self.full();
        let mut candidates = Vec::with_capacity(self.docs.len());
        for (i, &(doc, run)) in self.docs.iter().enumerate() {
            let is_numbered = numbered.binary_search(&doc).is_ok();
            let full = if is_numbered { Holds::Yes } else { full[i] };
            let (weight, other_lang) = weights[run as usize];
            let bonus = if is_numbered { ranking::NUMBER_SCORE } else { 0.0 };
            let score = |score: f32| (score + bonus) * weight * other_lang;
            candidates.push(Candidate { doc, run, low: score(low[i]), high: score(high[i]), full });
        }
        candidates
    }

    /// Scores, before the weights of groups and languages, in the order of the question's terms.
    fn scores(&self, of: fn(&Column) -> &Vec<u8>) -> Vec<f32> {
        let mut scores = vec![0.0_f32; self.docs.len()];
        let (keys, prefixes) = ranking::units(self.session);
        let columns = keys.iter().zip(&self.columns).chain(prefixes.iter().zip(&self.prefixes));
        for (&unit, column) in columns.filter(|(unit, _)| **unit > 0.0) {
            for (score, &impact) in scores.iter_mut().zip(of(column)) {
                *score += unit * f32::from(impact);
            }
        }
        let scale = self.session.shared.root.rank.k1 + 1.0;
        for score in &mut scores {
            *score *= scale;
        }
        scores
    }

    /// Whether each document holds what the question asks for.
    fn full(&self) -> Vec<Holds> {
        self.session.plan.tree.as_ref().map_or_else(|| self.all(Holds::No), |tree| self.holds(tree))
    }

    fn all(&self, holds: Holds) -> Vec<Holds> {
        vec![holds; self.docs.len()]
    }

    fn holds(&self, tree: &Tree) -> Vec<Holds> {
        match tree {
            Tree::Leaf(leaf) => self.leaf(*leaf),
            Tree::Any(items) => {
                let mut any = self.all(Holds::No);
                for item in items {
                    raise(&mut any, &self.holds(item));
                }
                any
            }
            Tree::All(items) if !items.is_empty() => {
                let mut every = self.all(Holds::Yes);
                for item in items {
                    let (item, not) = match item {
                        Tree::Not(item) => (&**item, true),
                        item => (item, false),
                    };
                    for (every, own) in every.iter_mut().zip(self.holds(item)) {
                        *every = (if not { own.not() } else { own }).min(*every);
                    }
                }
                every
            }
            Tree::All(_) | Tree::Not(_) => self.all(Holds::No),
        }
    }

    fn leaf(&self, number: usize) -> Vec<Holds> {
        let plan = &self.session.plan;
        let leaf = &plan.leaves[number];
        let before: usize = plan.leaves[..number].iter().map(|leaf| leaf.sequences.len()).sum();
        let mut any = self.all(Holds::No);
        for (at, sequence) in leaf.sequences.iter().enumerate() {
            let mut every = self.all(Holds::Yes);
            for &(_, term) in sequence {
                let column = &self.columns[term];
                every.iter_mut().enumerate().for_each(|(i, it)| *it = has(column, i).min(*it));
            }
            if sequence.len() > 1 || leaf.field.is_some() {
                for (own, &(doc, _)) in every.iter_mut().zip(self.docs) {
                    if *own == Holds::Yes {
                        *own = self.checked(before + at, doc);
                    }
                }
            }
            raise(&mut any, &every);
        }
        for &prefix in &leaf.prefixes {
            let column = &self.prefixes[prefix];
            any.iter_mut().enumerate().for_each(|(i, it)| *it = has(column, i).max(*it));
        }
        any
    }

    fn checked(&self, sequence: usize, doc: u32) -> Holds {
        let checked = &self.quick.checked[sequence];
        match checked.binary_search_by_key(&doc, |(doc, _)| *doc) {
            Err(_) => Holds::Perhaps,
            Ok(at) if checked[at].1 => Holds::Yes,
            Ok(_) => Holds::No,
        }
    }
}

fn has(column: &Column, i: usize) -> Holds {
    match (column.low[i], column.high[i]) {
        (0, 0) => Holds::No,
        (0, _) => Holds::Perhaps,
        _ => Holds::Yes,
    }
}

/// Sorts the best first; positive floats stand in the order of their bits.
fn key(full: bool, score: f32) -> u64 {
    u64::from(full) << 32 | u64::from(score.max(0.0).to_bits())
}

/// Plans the chunks and checks of the next wave; none, when nothing can change the page or the
/// budget is spent.
fn plan_wave(session: &Session, quick: &mut Quick) {
    let hidden = look(session, quick, Seen::Hidden);
    let all_known = !hidden.iter().any(|it| it.full != Holds::No)
        && !quick.candidates.iter().any(|it| it.full == Holds::Perhaps);
    let partial = takes_partial(session, &quick.candidates, all_known);
    let runs = &session.shared.root.runs;
    let shown: Vec<bool> = runs.iter().map(|run| passes(session, run, true)).collect();
    let is_shown = |it: &&Candidate| shown[it.run as usize];
    let surely = |it: &Candidate| match it.full {
        Holds::Yes => key(true, it.low),
        _ if partial => key(false, it.low),
        _ => 0,
    };
    let perhaps = |it: &Candidate| match it.full {
        Holds::No if partial => key(false, it.high),
        Holds::No => 0,
        _ => key(true, it.high),
    };
    let wanted =
        (session.query.offset as usize).saturating_add(session.query.limit.max(10) as usize);
    let sure: Vec<u64> = quick.candidates.iter().filter(is_shown).map(surely).collect();
    let bar = nth_greatest(&sure, wanted);
    let open =
        |it: &Candidate| perhaps(it) > bar && (it.full == Holds::Perhaps || it.high > it.low);
    let contenders: Vec<Candidate> =
        best(quick.candidates.iter().filter(is_shown).filter(|it| open(it)), &perhaps);
    let hiding: Vec<Candidate> =
        best(hidden.iter().filter(is_shown).filter(|it| perhaps(it) > bar), &perhaps);
    quick.partial = partial;
    let hides = |it: &Candidate| it.full != Holds::No || partial && it.high > 0.0;
    quick.counted =
        !hidden.iter().any(hides) && !quick.candidates.iter().any(|it| it.full == Holds::Perhaps);
    if quick.wave >= WAVES {
        return;
    }
    // The last wave may spend what is left, an earlier one half of it; of that a third is kept for
    // hidden documents, which cannot be found in the last.
    let is_last = quick.wave + 1 == WAVES;
    let left = BUDGET.saturating_sub(quick.spent);
    let left = if is_last { left } else { left / 2 };
    let kept = if hiding.is_empty() || is_last { 0 } else { left / 3 };
    let (chunks, blocks) = (Vec::new(), Vec::new());
    let mut basket = Basket { session, chunks, blocks, left: left - kept, spent: 0 };
    for it in &contenders {
        basket.all_of(it.doc);
    }
    if !is_last {
        basket.left += kept;
        for it in &hiding {
            basket.rarest_of(it.doc);
        }
    }
    let (chunks, spent) = (basket.chunks, basket.spent);
    quick.spent += spent;
    quick.chunks = chunks;
    plan_checks(session, quick, &contenders);
}

/// Whether documents with only some of the words are answers.
fn takes_partial(session: &Session, candidates: &[Candidate], all_known: bool) -> bool {
    // Whether they are few is settled over all groups, of which not all are looked into.
    let few = || {
        let full = candidates.iter().filter(|it| it.full == Holds::Yes).count();
        let likely = || estimate(session).0.iter().map(|(full, _)| full).sum::<f32>();
        full < ENOUGH
            && (all_known || session.query.group.is_empty() || likely() < 2.0 * ENOUGH as f32)
    };
    session.plan.is_plain
        && match session.query.matching {
            Matching::Auto => few(),
            Matching::Any => true,
            Matching::All => false,
        }
}

/// The `n`th greatest value; 0 when there are fewer.
fn nth_greatest(values: &[u64], n: usize) -> u64 {
    let places = sorting::least(values.iter().map(|&value| (1 << 34) - value), n);
    places.get(n - 1).map_or(0, |&at| values[at])
}

/// The most promising first, no more than can matter in a wave.
fn best<'a>(
    of: impl Iterator<Item = &'a Candidate>,
    promise: &dyn Fn(&Candidate) -> u64,
) -> Vec<Candidate> {
    let all: Vec<Candidate> = of.copied().collect();
    let places = sorting::least(all.iter().map(|it| (1 << 34) - promise(it)), 4_096);
    places.into_iter().map(|at| all[at]).collect()
}

/// Chunks of a wave, as far as its bytes go.
struct Basket<'a> {
    session: &'a Session,
    chunks: Vec<(usize, usize)>,
    blocks: Vec<Digest>,
    left: u32,
    spent: u32,
}

impl Basket<'_> {
    /// Every unread chunk around a document that counts in its score.
    fn all_of(&mut self, doc: u32) {
        for term in 0..self.session.terms.len() {
            if let Some(chunk) = self.unread(term, doc) {
                self.put(term, chunk);
            }
        }
    }

    /// The unread chunk around a document of the term that says most.
    fn rarest_of(&mut self, doc: u32) {
        let unread = ranking::matching_terms(self.session)
            .into_iter()
            .filter_map(|term| Some((term, self.unread(term, doc)?)));
        let rarest = unread.min_by_key(|&(term, _)| self.session.terms[term].n_docs());
        if let Some((term, chunk)) = rarest {
            self.put(term, chunk);
        }
    }

    fn unread(&self, term: usize, doc: u32) -> Option<usize> {
        let term = &self.session.terms[term];
        let long = term.long.as_ref().filter(|_| !term.is_whole())?;
        let chunk = long.chunk_of(doc)?;
        let in_top = term.postings.docs.binary_search(&doc).is_ok();
        (long.read.get(chunk)?.is_none() && !in_top).then_some(chunk)
    }

    fn put(&mut self, term: usize, chunk: usize) {
        if self.chunks.contains(&(term, chunk)) {
            return;
        }
        let Some((block, len)) = self.session.chunk_block(term, chunk) else { return };
        let cost = if self.blocks.contains(&block) { 0 } else { len };
        if cost > self.left {
            return;
        }
        self.left -= cost;
        self.spent += cost;
        self.blocks.push(block);
        self.chunks.push((term, chunk));
    }
}

/// Documents that hold all terms of a sequence and may stand on the page.
fn plan_checks(session: &Session, quick: &mut Quick, contenders: &[Candidate]) {
    let mut docs: Vec<u32> = contenders
        .iter()
        .filter(|it| it.full == Holds::Perhaps)
        .take(CHECKS << quick.wave)
        .map(|it| it.doc)
        .collect();
    let order = sorting::order(docs.iter().map(|&doc| doc.into()));
    docs = order.into_iter().map(|at| docs[at]).collect();
    let sequences = session
        .plan
        .leaves
        .iter()
        .flat_map(|leaf| leaf.sequences.iter().map(move |sequence| (leaf, sequence)));
    for (number, (leaf, sequence)) in sequences.enumerate() {
        if sequence.len() < 2 && leaf.field.is_none() {
            continue;
        }
        let columns: Vec<Column> = sequence
            .iter()
            .map(|&(_, term)| column(&session.terms[term], &docs, Seen::Listed))
            .collect();
        let checked = &quick.checked[number];
        let unchecked = |doc: u32| checked.binary_search_by_key(&doc, |(doc, _)| *doc).is_err();
        quick.checks[number] = (0..docs.len())
            .filter(|&i| columns.iter().all(|column| column.low[i] > 0) && unchecked(docs[i]))
            .map(|i| docs[i])
            .collect();
    }
}

/// Number of documents that hold all the words and any of them, in each run; whether that is exact,
/// as it is for a single word where no chunk lies across runs.
pub(crate) fn estimate(session: &Session) -> (Vec<(f32, f32)>, bool) {
    let runs = &session.shared.root.runs;
    let per_term: Vec<Vec<f32>> = session.terms.iter().map(|term| by_run(term, runs)).collect();
    let matching = ranking::matching_terms(session);
    let counts = runs.iter().enumerate().map(|(run, traits)| {
        let n_docs = traits.n_docs.max(1) as f32;
        let of = |term: usize| (per_term[term][run] / n_docs).min(1.0);
        let all = session.plan.tree.as_ref().map_or(0.0, |tree| chance(session, tree, &of));
        let none = matching.iter().map(|&term| 1.0 - of(term)).product::<f32>();
        (all * n_docs, (1.0 - none) * n_docs)
    });
    let whole = |count: &f32| (count - libm::roundf(*count)).abs() < 0.001;
    let is_word = |sequence: &Vec<(u32, usize)>| {
        let [(_, term)] = sequence[..] else { return false };
        per_term[term].iter().all(whole)
    };
    let folds = !session.query.lang.is_empty()
        && session.query.lang_use == LangUse::Prefer
        && runs.iter().any(|run| run.twins.is_some());
    let single = matches!(session.plan.tree, Some(Tree::Leaf(_)))
        && matches!(&session.plan.leaves[..], [leaf] if leaf.field.is_none() && leaf.prefixes.is_empty()
            && matches!(&leaf.sequences[..], [sequence] if is_word(sequence)));
    let hides = !session.shared.hidden.borrow().is_empty();
    (counts.collect(), single && !folds && !hides)
}

/// How many of a term's documents are in each run: known ones, and unread chunks by their borders.
fn by_run(term: &Term, runs: &[Run]) -> Vec<f32> {
    let mut counts = vec![0.0_f32; runs.len()];
    let known =
        term.long.iter().filter(|_| !term.is_whole()).flat_map(|long| long.read.iter().flatten());
    for list in core::iter::once(&term.postings).chain(known) {
        for (count, run) in counts.iter_mut().zip(runs) {
            let below = |doc: u32| list.docs.partition_point(|&other| other < doc);
            *count += (below(run.first.saturating_add(run.n_docs)) - below(run.first)) as f32;
        }
    }
    let Some(long) = term.long.as_ref().filter(|_| !term.is_whole()) else { return counts };
    let end = runs.last().map_or(0, |run| run.first + run.n_docs);
    for (i, chunk) in long.chunks.iter().enumerate().filter(|(i, _)| long.read[*i].is_none()) {
        let last = long.end_of(i).min(end);
        let width = (last - chunk.first).max(1) as f32;
        for (count, run) in counts.iter_mut().zip(runs) {
            let (from, to) = (run.first.max(chunk.first), (run.first + run.n_docs).min(last));
            *count += chunk.n_docs as f32 * to.saturating_sub(from) as f32 / width;
        }
    }
    counts
}

/// How likely a document is to satisfy an expression, were its words independent.
fn chance(session: &Session, tree: &Tree, of: &dyn Fn(usize) -> f32) -> f32 {
    match tree {
        Tree::Not(item) => 1.0 - chance(session, item, of),
        Tree::All(items) => items.iter().map(|item| chance(session, item, of)).product(),
        Tree::Any(items) => {
            1.0 - items.iter().map(|item| 1.0 - chance(session, item, of)).product::<f32>()
        }
        Tree::Leaf(leaf) => {
            let leaf = &session.plan.leaves[*leaf];
            let sequences = leaf
                .sequences
                .iter()
                .map(|sequence| sequence.iter().map(|&(_, term)| of(term)).fold(1.0_f32, f32::min));
            let prefixes = leaf.prefixes.iter().map(|&prefix| {
                session.expansions[prefix].iter().map(|&term| of(term)).sum::<f32>().min(1.0)
            });
            sequences.chain(prefixes).fold(0.0, f32::max)
        }
    }
}
