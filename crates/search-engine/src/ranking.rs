//! Ranking: BM25F over impacts, weights of groups and languages, translations folded into one.
//!
//! score(d) = w(group) · l(language) · (k1 + 1) · Σ over terms  w(term) · idf(term) · impact(term, d) / 255
//! with idf = ln(1 + (N − n + ½) / (n + ½)) over all documents (Robertson, Zaragoza: The Probabilistic
//! Relevance Framework, 2009). The sum runs in the order of the question's terms, in 32-bit floats,
//! with the logarithm of libm: native and WASM agree bit for bit.

use std::rc::Rc;

use crate::cache::Block;
use crate::format::postings::IMPACT_SCALE;
use crate::matching;
use crate::query::{LangUse, Matching, Sort, View};
use crate::session::Session;
use crate::sorting;

/// With fewer documents than this holding all the words, those with some are added.
const ENOUGH: usize = 10;
/// Score of a document whose number was asked for: above any sum of words.
const NUMBER_SCORE: f32 = 1_000.0;
/// Weight of the words that a beginning may stand for.
const PREFIX_WEIGHT: f32 = 0.5;
/// Hits of each group among suggestions.
const PER_GROUP: usize = 3;

/// A ranked answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranking {
    pub(crate) total: u32,
    pub(crate) full: u32,
    /// Numbers of groups with their counts, the group of the best hit first.
    pub(crate) groups: Vec<(u32, u32)>,
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
}

/// Ranks what matches; incomplete while the session waits for blocks.
pub(crate) fn rank(session: &mut Session) -> Ranking {
    let mut full = match &session.plan.tree {
        Some(tree) => matching::matches(tree, &session.leaves, session.shared.root.n_docs),
        None => Vec::new(),
    };
    let numbered = numbered(session);
    if !numbered.is_empty() {
        full = sorting::union([full.as_slice(), &numbered].into_iter(), session.shared.root.n_docs);
    }
    let scores = scores(session, &numbered);
    let mut hits = candidates(session, &full, &full, &scores);
    let wants_rest = match session.query.matching {
        Matching::Auto => hits.len() < ENOUGH,
        Matching::Any => true,
        Matching::All => false,
    };
    if session.plan.is_plain && wants_rest {
        let some = with_some_words(session);
        if !some.is_empty() {
            hits = candidates(session, &some, &full, &scores);
        }
    }
    if session.waits() { Ranking::default() } else { arrange(session, hits) }
}

/// Documents that carry the question as their number.
fn numbered(session: &Session) -> Vec<u32> {
    let Some(number) = session.plan.number else { return Vec::new() };
    let prefix = number.prefix.map(|prefix| session.expansions[prefix].as_slice());
    union(session, [number.key].iter().chain(prefix.unwrap_or_default()))
}

/// Documents that hold any word, pair or number of the question.
fn with_some_words(session: &Session) -> Vec<u32> {
    let keys = session.plan.keys.iter().enumerate().filter(|(_, key)| key.matches).map(|(i, _)| i);
    let number = session.plan.number.map(|number| number.key);
    let terms: Vec<usize> =
        keys.chain(number).chain(session.expansions.iter().flatten().copied()).collect();
    union(session, terms.iter())
}

fn union<'a>(session: &Session, terms: impl Iterator<Item = &'a usize>) -> Vec<u32> {
    let lists = terms.map(|&term| session.terms[term].postings.docs.as_slice());
    sorting::union(lists, session.shared.root.n_docs)
}

/// Score of every document, before the weights of groups and languages.
fn scores(session: &Session, numbered: &[u32]) -> Vec<f32> {
    let root = &session.shared.root;
    let mut scores = vec![0.0_f32; root.n_docs as usize];
    for (key, term) in session.plan.keys.iter().zip(&session.terms) {
        if key.weight > 0.0 {
            let unit = key.weight * idf(root.n_docs, term.postings.docs.len()) / IMPACT_SCALE;
            for (&doc, &impact) in term.postings.docs.iter().zip(&term.postings.impacts) {
                scores[doc as usize] += unit * f32::from(impact);
            }
        }
    }
    for (prefix, terms) in session.plan.prefixes.iter().zip(&session.expansions) {
        if prefix.scores {
            add_prefix(session, terms, &mut scores);
        }
    }
    for score in &mut scores {
        *score *= root.rank.k1 + 1.0;
    }
    for &doc in numbered {
        scores[doc as usize] += NUMBER_SCORE;
    }
    scores
}

/// A beginning counts as one word: its best term in each document, its frequency that of all.
fn add_prefix(session: &Session, terms: &[usize], scores: &mut [f32]) {
    let n_docs = session.shared.root.n_docs;
    let mut best = vec![0_u8; n_docs as usize];
    for postings in terms.iter().map(|&term| &session.terms[term].postings) {
        for (&doc, &impact) in postings.docs.iter().zip(&postings.impacts) {
            let best = &mut best[doc as usize];
            *best = impact.max(*best);
        }
    }
    let holding = best.iter().filter(|&&impact| impact > 0).count();
    let unit = PREFIX_WEIGHT * idf(n_docs, holding) / IMPACT_SCALE;
    for (score, impact) in scores.iter_mut().zip(best) {
        *score += unit * f32::from(impact);
    }
}

fn idf(n_docs: u32, holding: usize) -> f32 {
    let (all, holding) = (n_docs as f32, holding as f32);
    libm::logf(1.0 + (all - holding + 0.5) / (holding + 0.5))
}

/// The documents of `docs` that pass the filters of language and collection, translations folded.
fn candidates(session: &mut Session, docs: &[u32], full: &[u32], scores: &[f32]) -> Vec<Ranked> {
    let shared = Rc::clone(&session.shared);
    let root = &shared.root;
    let query = session.query.clone();
    let lang = root.langs.iter().position(|lang| lang.name == query.lang).map(|lang| lang as u32);
    let collection =
        root.collections.iter().position(|collection| collection.name == query.collection);
    let mut hits = Vec::with_capacity(docs.len());
    for chunk in docs.chunk_by(|a, b| a / root.docs_per_column == b / root.docs_per_column) {
        let number = chunk[0] / root.docs_per_column;
        let traits = session.traits(number);
        let dates = if query.sort == Sort::Relevance { None } else { session.dates(number) };
        let Some(Block::Traits(traits)) = traits.as_deref() else { continue };
        for &doc in chunk {
            let at = (doc % root.docs_per_column) as usize;
            let mut hit = Ranked {
                doc,
                score: scores[doc as usize],
                full: full.binary_search(&doc).is_ok(),
                lang: traits.langs[at],
                kind: traits.kinds[at],
                collection: traits.collections[at],
                date: if let Some(Block::Dates(dates)) = dates.as_deref() { dates[at] } else { 0 },
                first_twin: doc.saturating_sub(traits.twins[at]),
            };
            let other_lang = !query.lang.is_empty() && Some(hit.lang) != lang;
            let wrong_lang = query.lang_use == LangUse::Only && other_lang;
            let wrong_collection =
                !query.collection.is_empty() && Some(hit.collection as usize) != collection;
            if wrong_lang || wrong_collection {
                continue;
            }
            hit.score *= root.groups.get(hit.kind as usize).map_or(1.0, |group| group.weight);
            if other_lang {
                hit.score *= root.rank.other_lang;
            }
            hits.push(hit);
        }
    }
    if !query.lang.is_empty() {
        fold_translations(&mut hits, lang);
    }
    hits
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
    let key = |hit: &Ranked| match query.sort {
        // Positive floats stand in the order of their bits.
        Sort::Relevance => u64::from(!hit.full) << 32 | u64::from(!hit.score.max(0.0).to_bits()),
        Sort::Newest => u64::from(!hit.date),
        Sort::Oldest => u64::from(hit.date.wrapping_sub(1)),
    };
    sort(&mut hits, &key);
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
        View::Page => hits.into_iter().skip(offset).take(limit).collect(),
        View::Suggest => best_of_groups(&hits, &groups, limit),
    };
    Ranking { total, full, groups, page }
}

fn best_of_groups(hits: &[Ranked], groups: &[(u32, u32)], limit: usize) -> Vec<Ranked> {
    let of_group =
        |&(kind, _): &(u32, u32)| hits.iter().filter(move |hit| hit.kind == kind).take(PER_GROUP);
    groups.iter().flat_map(of_group).take(limit).copied().collect()
}
