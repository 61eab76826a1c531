//! Ranking: BM25F over impacts, weights of groups and languages, translations folded into one.
//!
//! score(d) = w(group) · l(language) · (k1 + 1) · Σ over terms  w(term) · idf(term) · impact(term, d) / 255
//! with idf = ln(1 + (N − n + ½) / (n + ½)) over all documents (Robertson, Zaragoza: The Probabilistic
//! Relevance Framework, 2009). The sum runs in the order of the question's terms, in 32-bit floats,
//! with the logarithm of libm: native and WASM agree bit for bit.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::cache::{Block, Expected};
use crate::facets;
use crate::format::postings::Postings;
use crate::format::root::{self, Run};
use crate::format::tables::Store;
use crate::matching;
use crate::plan;
use crate::query::{LangUse, Matching, Sort, Statistics, View};
use crate::quick::{self, Candidate, Holds, Quick};
use crate::results::FacetCounts;
use crate::session::{DATES, Session, Stored, TWINS};
use crate::sorting;

/// With fewer documents than this holding all the words, those with some are added.
pub(crate) const ENOUGH: usize = 10;
/// Score of a document whose number was asked for: above any sum of words.
pub(crate) const NUMBER_SCORE: f32 = 1_000.0;
/// Weight of the words that a beginning may stand for.
const PREFIX_WEIGHT: f32 = 0.5;
/// Hits of each group among suggestions.
const PER_GROUP: usize = 3;

/// So many candidates are counted one by one.
const COUNTED: usize = 4_000;

/// A ranked answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranking {
    pub(crate) total: u32,
    pub(crate) full: u32,
    /// Numbers of groups with their counts, the group of the best hit first.
    pub(crate) groups: Vec<(u32, u32)>,
    /// Counts of facets.
    pub(crate) facets: Vec<FacetCounts>,
    /// The hits to show.
    pub(crate) page: Vec<Ranked>,
}

/// A document in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) doc: u32,
    pub(crate) score: f32,
    /// Whether it holds all the words.
    pub(crate) full: bool,
    pub(crate) lang: u32,
    pub(crate) kind: u32,
    pub(crate) collection: u32,
    date: u32,
    /// First of the document's translations.
    first_twin: u32,
    /// Its place in the order, least first.
    pub(crate) key: u64,
}

impl Ranked {
    fn new(doc: u32, score: f32, full: bool, run: &Run) -> Self {
        let &Run { lang, kind, collection, .. } = run;
        Self { doc, score, full, lang, kind, collection, date: 0, first_twin: doc, key: 0 }
    }

    /// The same at a place in the order.
    pub(crate) fn at(self, key: u64) -> Self {
        Self { key, ..self }
    }
}

/// Ranks what matches; incomplete while the session waits for blocks.
pub(crate) fn rank(session: &mut Session) -> Ranking {
    if let Some(quick) = session.quick.take() {
        let ranking = rank_quick(session, &quick);
        session.quick = Some(quick);
        return ranking;
    }
    let mut full = match &session.plan.tree {
        Some(tree) => matching::matches(tree, &session.leaves, session.shared.root.n_docs),
        None => Vec::new(),
    };
    let numbered = numbered(session);
    if !numbered.is_empty() {
        full = sorting::union([full.as_slice(), &numbered].into_iter(), session.shared.root.n_docs);
    }
    let filters = filters(session);
    let mut hits = candidates(session, &full, &full, &numbered);
    let wants_rest = match session.query.matching {
        Matching::Auto => passing(&hits, &filters, "").count() < ENOUGH,
        Matching::Any => true,
        Matching::All => false,
    };
    if session.plan.is_plain && wants_rest {
        let some = union(session, matching_terms(session).iter());
        if !some.is_empty() {
            hits = candidates(session, &some, &full, &numbered);
        }
    }
    if session.waits() {
        return Ranking::default();
    }
    let facets =
        facets::count(session, &|name| passing(&hits, &filters, name).map(|hit| hit.doc).collect());
    hits = passing(&hits, &filters, "").copied().collect();
    facets::sort(session, &mut hits);
    if session.waits() { Ranking::default() } else { Ranking { facets, ..arrange(session, hits) } }
}

/// Documents that pass each filter, by facet.
fn filters(session: &Session) -> Vec<(String, Vec<u32>)> {
    let n_docs = session.shared.root.n_docs;
    let pass = |tree| matching::matches(tree, &session.leaves, n_docs);
    session.plan.filters.iter().map(|(name, tree)| (name.clone(), pass(tree))).collect()
}

/// The hits that pass all filters but those of the facet `but`.
fn passing<'a>(
    hits: &'a [Ranked],
    filters: &'a [(String, Vec<u32>)],
    but: &'a str,
) -> impl Iterator<Item = &'a Ranked> {
    hits.iter().filter(move |hit| {
        let mut others = filters.iter().filter(|(name, _)| name != but);
        others.all(|(_, docs)| docs.binary_search(&hit.doc).is_ok())
    })
}

/// Documents that carry the question as their number.
pub(crate) fn numbered(session: &Session) -> Vec<u32> {
    let Some(number) = session.plan.number else { return Vec::new() };
    let prefix = number.prefix.map(|prefix| session.expansions[prefix].as_slice());
    union(session, [number.key].iter().chain(prefix.unwrap_or_default()))
}

/// Words, pairs and numbers of the question, any of which makes a document a partial match.
pub(crate) fn matching_terms(session: &Session) -> Vec<usize> {
    let keys = session.plan.keys.iter().enumerate().filter(|(_, key)| key.matches).map(|(i, _)| i);
    let number = session.plan.number.map(|number| number.key);
    keys.chain(number).chain(session.expansions.iter().flatten().copied()).collect()
}

fn union<'a>(session: &Session, terms: impl Iterator<Item = &'a usize>) -> Vec<u32> {
    let lists = terms.map(|&term| session.terms[term].postings.docs.as_slice());
    sorting::union(lists, session.shared.root.n_docs)
}

/// What a step of impact of each key and of each beginning adds to a score.
pub(crate) fn units(session: &Session) -> (Vec<f32>, Vec<f32>) {
    let given = session.query.statistics.as_ref();
    let documents = session.query.documents(session.shared.root.n_docs);
    let steps = f32::from(session.shared.root.rank.steps);
    let unit = |weight: f32, word: &str, own: u32| {
        let holding = given.and_then(|given| given.of(word)).unwrap_or(own).min(documents);
        weight * idf(documents, holding) / steps
    };
    let keys = session.plan.keys.iter().zip(&session.terms);
    let keys =
        keys.map(|(key, term)| unit(key.weight, plan::text_of(&key.term), term.n_docs())).collect();
    let prefixes = session.plan.prefixes.iter().enumerate();
    let prefixes = prefixes.map(|(i, prefix)| {
        let weight = if prefix.scores { PREFIX_WEIGHT } else { 0.0 };
        unit(weight, &beginning(i), expanded(session, i))
    });
    (keys, prefixes.collect())
}

/// How frequent the words are that count in scores.
pub(crate) fn statistics(session: &Session) -> Statistics {
    let mut holding = Vec::new();
    for (key, term) in session.plan.keys.iter().zip(&session.terms) {
        if key.weight > 0.0 && term.n_docs() > 0 {
            holding.push((plan::text_of(&key.term).into(), term.n_docs()));
        }
    }
    for (i, prefix) in session.plan.prefixes.iter().enumerate() {
        if prefix.scores {
            holding.push((beginning(i), expanded(session, i)));
        }
    }
    Statistics { documents: session.shared.root.n_docs, holding }
}

/// The name of a beginning in statistics: no word has a star in it.
fn beginning(i: usize) -> String {
    let mut name = String::from("*");
    name.push(char::from(b'0' + i as u8));
    name
}

/// Documents that hold a word of a beginning: the sum counts those with several of the words twice,
/// but needs no list.
fn expanded(session: &Session, i: usize) -> u32 {
    let holding = session.expansions[i].iter().map(|&term| session.terms[term].n_docs());
    holding.sum::<u32>().min(session.shared.root.n_docs)
}

/// Score of each of some documents, before the weights of groups and languages.
fn scores(session: &Session, docs: &[u32], numbered: &[u32]) -> Vec<f32> {
    let mut scores = vec![0.0_f32; docs.len()];
    let (keys, prefixes) = units(session);
    for (&unit, term) in keys.iter().zip(&session.terms) {
        if unit > 0.0 {
            each_in(docs, &term.postings, &mut |at, impact| scores[at] += unit * f32::from(impact));
        }
    }
    for (&unit, terms) in prefixes.iter().zip(&session.expansions) {
        if unit > 0.0 {
            // A beginning counts as one word: its best term in each document.
            let mut best = vec![0_u8; docs.len()];
            for &term in terms {
                let postings = &session.terms[term].postings;
                each_in(docs, postings, &mut |at, impact| best[at] = impact.max(best[at]));
            }
            scores.iter_mut().zip(best).for_each(|(score, best)| *score += unit * f32::from(best));
        }
    }
    for (score, doc) in scores.iter_mut().zip(docs) {
        *score *= session.shared.root.rank.k1 + 1.0;
        if numbered.binary_search(doc).is_ok() {
            *score += NUMBER_SCORE;
        }
    }
    scores
}

/// Calls with the place in `docs` and the impact of every document that both hold.
fn each_in(docs: &[u32], postings: &Postings, each: &mut dyn FnMut(usize, u8)) {
    let mut at = 0;
    for (&doc, &impact) in postings.docs.iter().zip(&postings.impacts) {
        at = sorting::leap(docs, at, doc);
        if docs.get(at) == Some(&doc) {
            each(at, impact);
        }
    }
}

/// Factors on the scores of each run's documents: of its group, and of its language.
pub(crate) fn run_weights(session: &Session) -> Vec<(f32, f32)> {
    let root = &session.shared.root;
    let weights = |run: &Run| {
        let group = root.groups.get(run.kind as usize).map_or(1.0, |group| group.weight);
        let lang = root.langs.get(run.lang as usize).map(|lang| lang.name.as_str());
        let other = !session.query.lang.is_empty() && lang != Some(&session.query.lang);
        (group, if other { root.rank.other_lang } else { 1.0 })
    };
    root.runs.iter().map(weights).collect()
}

fn idf(n_docs: u32, holding: u32) -> f32 {
    let (all, holding) = (n_docs as f32, holding as f32);
    libm::logf(1.0 + (all - holding + 0.5) / (holding + 0.5))
}

/// The documents of `docs` that pass the filters of language and collection, translations folded.
fn candidates(session: &mut Session, docs: &[u32], full: &[u32], numbered: &[u32]) -> Vec<Ranked> {
    let shared = Rc::clone(&session.shared);
    let root = &shared.root;
    let scores = scores(session, docs, numbered);
    let weights = run_weights(session);
    let passes: Vec<bool> =
        root.runs.iter().map(|run| quick::passes(session, run, false)).collect();
    let mut hits = Vec::with_capacity(docs.len());
    let (mut run, mut at_full) = (0, 0);
    for (&doc, score) in docs.iter().zip(scores) {
        while root.runs.get(run).is_some_and(|run| doc - run.first >= run.n_docs) {
            run += 1;
        }
        let shown = |_: &&Run| passes[run] && !shared.hides(doc);
        let Some(traits) = root.runs.get(run).filter(shown) else { continue };
        at_full = sorting::leap(full, at_full, doc);
        let (group, lang) = weights[run];
        let score = score * group * lang;
        hits.push(Ranked::new(doc, score, full.get(at_full) == Some(&doc), traits));
    }
    finish(session, &mut hits);
    hits
}

/// Looks up dates where hits are sorted by them, and folds translations into one.
fn finish(session: &mut Session, hits: &mut Vec<Ranked>) {
    let shared = Rc::clone(&session.shared);
    let root = &shared.root;
    let mut kept = None;
    let dates = root
        .column(root::DATES)
        .filter(|_| matches!(session.query.sort, Sort::Newest | Sort::Oldest));
    if let Some(dates) = dates {
        for hit in &mut *hits {
            hit.date = value(session, &dates.store, hit.doc, DATES, &mut kept);
        }
    }
    if session.query.lang.is_empty() || session.query.lang_use == LangUse::Only {
        return;
    }
    kept = None;
    let mut runs = root.runs.iter();
    let mut run = Run::default();
    for hit in &mut *hits {
        while hit.doc - run.first >= run.n_docs {
            let Some(next) = runs.next() else { return };
            run = *next;
        }
        if let Some(from) = run.twins {
            let twin = value(session, &root.twins, from + (hit.doc - run.first), TWINS, &mut kept);
            hit.first_twin = hit.doc.saturating_sub(twin);
        }
    }
    if root.runs.iter().any(|run| run.twins.is_some()) {
        let lang = root.langs.iter().position(|lang| lang.name == session.query.lang);
        fold_translations(hits, lang.map(|lang| lang as u32));
    }
}

/// Ranks the candidates of a quick answer.
fn rank_quick(session: &mut Session, quick: &Quick) -> Ranking {
    let answers = |it: &&Candidate| it.full == Holds::Yes || quick.partial;
    let mut taken: Vec<Candidate> = quick.candidates.iter().filter(answers).copied().collect();
    let wanted = session.query.offset.saturating_add(session.query.limit.max(10)) as usize;
    let most = if quick.counted { COUNTED.max(wanted * 2) } else { wanted * 2 + 64 };
    let counted = quick.counted && taken.len() <= most;
    let mut counts = vec![(0.0_f32, 0.0_f32); session.shared.root.runs.len()];
    for it in &taken {
        let (full, some) = &mut counts[it.run as usize];
        *full += f32::from(u8::from(it.full == Holds::Yes));
        *some += 1.0;
    }
    if taken.len() > most {
        taken.retain(|it| quick::passes(session, &session.shared.root.runs[it.run as usize], true));
        let key = |it: &Candidate| {
            u64::from(it.full != Holds::Yes) << 32 | u64::from(!it.low.max(0.0).to_bits())
        };
        let best = sorting::least(taken.iter().map(key), most);
        let in_order = sorting::order(best.iter().map(|&at| at as u64));
        taken = in_order.into_iter().map(|at| taken[best[at]]).collect();
    }
    let shared = Rc::clone(&session.shared);
    let ranked = |it: &Candidate| {
        Ranked::new(it.doc, it.low, it.full == Holds::Yes, &shared.root.runs[it.run as usize])
    };
    let mut hits: Vec<Ranked> = taken.iter().map(ranked).collect();
    finish(session, &mut hits);
    if session.waits() {
        return Ranking::default();
    }
    let mut ranking = arrange(session, hits);
    if !counted {
        session.exact &= estimate(session, quick, &counts, &mut ranking);
    }
    ranking
}

/// Puts estimates where the candidates are not all there is; returns whether they are exact.
fn estimate(
    session: &Session,
    quick: &Quick,
    counted: &[(f32, f32)],
    ranking: &mut Ranking,
) -> bool {
    let root = &session.shared.root;
    let (mut counts, exact) = quick::estimate(session);
    for (run, (count, counted)) in root.runs.iter().zip(counts.iter_mut().zip(counted)) {
        if quick.counted && quick::passes(session, run, false) {
            *count = *counted;
        } else {
            *count = (count.0.max(counted.0), count.1.max(counted.1));
        }
    }
    let mut groups: Vec<(u32, u32)> = Vec::new();
    let (mut total, mut full_total) = (0.0, 0.0);
    for (run, (full, some)) in root.runs.iter().zip(counts) {
        let count = if quick.partial { some } else { full };
        if quick::passes(session, run, true) {
            total += count;
            full_total += full;
        }
        if quick::passes(session, run, false) && count > 0.0 {
            match groups.iter_mut().find(|(kind, _)| *kind == run.kind) {
                Some((_, sum)) => *sum += rounded(count),
                None => groups.push((run.kind, rounded(count))),
            }
        }
    }
    for &(kind, seen) in &ranking.groups {
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count = seen.max(*count),
            None => groups.push((kind, seen)),
        }
    }
    let first = |kind: u32| ranking.groups.iter().position(|(seen, _)| *seen == kind);
    let order =
        groups.iter().map(|&(kind, _)| first(kind).map_or(u64::from(u32::MAX), |at| at as u64));
    ranking.groups = sorting::order(order).into_iter().map(|at| groups[at]).collect();
    ranking.total = ranking.total.max(rounded(total));
    ranking.full = ranking.full.max(rounded(full_total)).min(ranking.total);
    exact
}

fn rounded(count: f32) -> u32 {
    #[expect(clippy::cast_sign_loss, reason = "counts are not negative")]
    let rounded = libm::roundf(count.max(0.0)) as u32;
    rounded
}

/// A document's value in a column; `kept` is the block of the one before, most often the same.
fn value(
    session: &mut Session,
    store: &Store,
    doc: u32,
    data: fn(u32) -> Expected,
    kept: &mut Option<Stored>,
) -> u32 {
    if !kept.as_ref().is_some_and(|kept| kept.holds(doc)) {
        *kept = session.block_of(store, doc, data);
    }
    let Some(Stored { block, first, .. }) = kept else { return 0 };
    let Block::Values(values) = &**block else { return 0 };
    values.get((doc - *first) as usize).copied().unwrap_or(0)
}

/// Keeps one document of those that are the same in several languages: one with all the words,
/// rather in the preferred language, rather the first.
fn fold_translations(hits: &mut Vec<Ranked>, lang: Option<u32>) {
    let key = |hit: &Ranked| {
        let other_lang = Some(hit.lang) != lang;
        u64::from(hit.first_twin) << 2 | u64::from(!hit.full) << 1 | u64::from(other_lang)
    };
    sort(hits, &key);
    hits.dedup_by_key(|hit| hit.first_twin);
    sort(hits, &|hit| hit.doc.into());
}

/// Sorts hits, which stand in document order, by ascending keys of at most 40 bits.
fn sort(hits: &mut Vec<Ranked>, key: &dyn Fn(&Ranked) -> u64) {
    *hits = sorting::order(hits.iter().map(key)).into_iter().map(|at| hits[at]).collect();
}

/// Sorts, counts, and cuts out the page.
fn arrange(session: &Session, mut hits: Vec<Ranked>) -> Ranking {
    let query = &session.query;
    for hit in &mut hits {
        hit.key = match query.sort {
            // Positive floats stand in the order of their bits.
            Sort::Relevance => {
                u64::from(!hit.full) << 32 | u64::from(!hit.score.max(0.0).to_bits())
            }
            Sort::Newest => u64::from(!hit.date),
            Sort::Oldest => u64::from(hit.date.wrapping_sub(1)),
            // They are in order, and have their keys.
            Sort::By { .. } => hit.key,
        };
    }
    sort(&mut hits, &|hit| hit.key);
    let mut groups: Vec<(u32, u32)> = Vec::new();
    for hit in &hits {
        match groups.iter_mut().find(|(kind, _)| *kind == hit.kind) {
            Some((_, count)) => *count += 1,
            None => groups.push((hit.kind, 1)),
        }
    }
    if !query.group.is_empty() {
        let group = session.shared.root.groups.iter().position(|group| group.name == query.group);
        hits.retain(|hit| Some(hit.kind as usize) == group);
    }
    let (total, full) = (hits.len() as u32, hits.iter().filter(|hit| hit.full).count() as u32);
    let (offset, limit) = (query.offset as usize, query.limit as usize);
    let page = match query.view {
        View::Page | View::Whole | View::List | View::Terms => {
            hits.into_iter().skip(offset).take(limit).collect()
        }
        View::Suggest => best_of_groups(&hits, &groups, limit),
    };
    Ranking { total, full, groups, facets: Vec::new(), page }
}

fn best_of_groups(hits: &[Ranked], groups: &[(u32, u32)], limit: usize) -> Vec<Ranked> {
    let of_group =
        |&(kind, _): &(u32, u32)| hits.iter().filter(move |hit| hit.kind == kind).take(PER_GROUP);
    groups.iter().flat_map(of_group).take(limit).copied().collect()
}
