//! Answers of several indexes as one: the browser's `merge.js`, on the command line.
//!
//! 1. Every index says how frequent the words are; scored by the sums, hits compare.
//! 2. Every index lists its best documents with their places in the order.
//! 3. The lists are merged, and each index shows those of its hits that stand on the page.

use std::collections::BTreeMap;

use search_engine::NoticeCode::{Corrected, UnknownFacet};
use search_engine::{
    FacetCounts, GroupCount, Hit, Listed, Matching, Notice, Query, Results, Statistics, View,
};

/// With so many documents that hold all the words, those with some are left out.
const ENOUGH: u32 = 10;
/// Hits of each group among suggestions.
const PER_GROUP: usize = 3;

/// Asks all of `members` as one index.
///
/// - `ask`: asks one of them.
pub(crate) fn search<M>(
    members: &[M],
    query: &Query,
    ask: &mut dyn FnMut(&M, &Query) -> Results,
) -> Results {
    let mut query = query.clone();
    if query.statistics.is_none() {
        let terms = Query { view: View::Terms, ..query.clone() };
        query.statistics = Some(sum(members.iter().map(|member| ask(member, &terms))));
    }
    let is_suggest = query.view == View::Suggest;
    let first = |query: &Query| Query {
        view: if is_suggest { View::Suggest } else { View::List },
        offset: 0,
        limit: if is_suggest { query.limit } else { query.offset.saturating_add(query.limit) },
        ..query.clone()
    };
    let mut answers: Vec<Results> =
        members.iter().map(|member| listed(member, &first(&query), ask)).collect();
    let full: u32 = answers.iter().map(|answer| answer.full).sum();
    let has_rest = answers.iter().any(|answer| answer.total > answer.full);
    if query.matching == Matching::Auto && full >= ENOUGH && has_rest {
        query.matching = Matching::All;
        answers = members.iter().map(|member| listed(member, &first(&query), ask)).collect();
    }
    if let Some(better) = leave_corrected(&mut answers) {
        let text = better.clone();
        let corrected = Query { text, statistics: None, ..query };
        let mut results = search(members, &corrected, ask);
        results.notices.insert(0, Notice { code: Corrected, detail: better.clone() });
        results.did_you_mean = Some(better);
        return results;
    }
    leave_without_filter(&query, &mut answers);
    let hits = match query.view {
        View::Suggest => suggestions(&answers, query.limit as usize),
        View::List | View::Terms => Vec::new(),
        View::Page | View::Whole => shown(members, &query, &mut answers, ask),
    };
    Results { hits, ..joined(&query, &answers) }
}

/// Statistics of all.
fn sum(answers: impl Iterator<Item = Results>) -> Statistics {
    let mut documents = 0_u32;
    let mut holding: BTreeMap<String, u32> = BTreeMap::new();
    for statistics in answers.filter_map(|answer| answer.statistics) {
        documents = documents.saturating_add(statistics.documents);
        for (word, own) in statistics.holding {
            let all = holding.entry(word).or_default();
            *all = all.saturating_add(own);
        }
    }
    Statistics { documents, holding: holding.into_iter().collect() }
}

/// One index's answer with as many documents as asked for, more than it lists at once too.
fn listed<M>(member: &M, query: &Query, ask: &mut dyn FnMut(&M, &Query) -> Results) -> Results {
    let mut answer = ask(member, query);
    let mut from = Query::MAX_LIMIT;
    while answer.listed.len() == from as usize && from < query.limit {
        let more = Query { offset: from, limit: query.limit - from, ..query.clone() };
        answer.listed.extend(ask(member, &more).listed);
        from += Query::MAX_LIMIT;
    }
    answer
}

/// Where some index has what was asked for, what others found for another question is dropped; where
/// none has, the better question is returned.
fn leave_corrected(answers: &mut [Results]) -> Option<String> {
    let is_corrected = |answer: &Results| answer.notices.iter().any(|one| one.code == Corrected);
    let found = answers.iter().any(|answer| answer.total > 0 && !is_corrected(answer));
    let better = answers.iter().filter(|answer| is_corrected(answer) && answer.total > 0);
    let better = better.max_by_key(|answer| answer.total).and_then(|it| it.did_you_mean.clone());
    if !found && better.is_some() {
        return better;
    }
    for answer in answers.iter_mut().filter(|answer| is_corrected(answer)) {
        *answer = Results { exact: true, cost: answer.cost, ..Results::default() };
    }
    None
}

/// An index that does not have the facet of a filter has no hit that passes it.
fn leave_without_filter(query: &Query, answers: &mut [Results]) {
    let lacks = |answer: &Results, name: &str| {
        answer.notices.iter().any(|one| one.code == UnknownFacet && one.detail == name)
    };
    for (name, _) in &query.filters {
        if answers.iter().all(|answer| lacks(answer, name)) {
            continue;
        }
        for answer in answers.iter_mut().filter(|answer| lacks(answer, name)) {
            *answer = Results { exact: true, cost: answer.cost, ..Results::default() };
        }
    }
}

/// The hits of the page, each shown by its own index.
fn shown<M>(
    members: &[M],
    query: &Query,
    answers: &mut [Results],
    ask: &mut dyn FnMut(&M, &Query) -> Results,
) -> Vec<Hit> {
    let order = order(answers);
    let before = order.iter().take(query.offset as usize);
    let page = order.iter().skip(query.offset as usize).take(query.limit as usize);
    let count = |owner: usize, of: &mut dyn Iterator<Item = &(u64, usize)>| {
        u32::try_from(of.filter(|(_, other)| *other == owner).count()).unwrap_or(u32::MAX)
    };
    let mut hits: Vec<std::vec::IntoIter<Hit>> = Vec::new();
    for (owner, (member, answer)) in members.iter().zip(answers.iter_mut()).enumerate() {
        let offset = count(owner, &mut before.clone());
        let limit = count(owner, &mut page.clone());
        let own = if limit > 0 {
            let own = ask(member, &Query { offset, limit, ..query.clone() });
            answer.cost = own.cost;
            answer.notices.extend(own.notices);
            own.hits
        } else {
            Vec::new()
        };
        hits.push(own.into_iter());
    }
    page.filter_map(|&(_, owner)| hits[owner].next()).collect()
}

/// Places of all listed documents with the number of the answer they stand in, best first.
fn order(answers: &[Results]) -> Vec<(u64, usize)> {
    let keys = answers.iter().enumerate();
    let keys = keys.flat_map(|(owner, answer)| answer.listed.iter().map(move |it| (it.key, owner)));
    let mut order: Vec<_> = keys.collect();
    order.sort_by_key(|(key, _)| *key);
    order
}

/// The best few of each group, best group first.
fn suggestions(answers: &[Results], limit: usize) -> Vec<Hit> {
    let mut hits: Vec<&Hit> = answers.iter().flat_map(|answer| &answer.hits).collect();
    hits.sort_by(|a, b| b.full.cmp(&a.full).then(b.score.total_cmp(&a.score)));
    let mut groups: Vec<(&str, Vec<&Hit>)> = Vec::new();
    for hit in hits {
        match groups.iter_mut().find(|(kind, _)| *kind == hit.kind) {
            Some((_, own)) => own.push(hit),
            None => groups.push((&hit.kind, vec![hit])),
        }
    }
    let best = groups.into_iter().flat_map(|(_, own)| own.into_iter().take(PER_GROUP));
    best.take(limit).cloned().collect()
}

/// All but the hits.
fn joined(query: &Query, answers: &[Results]) -> Results {
    let mut all = Results { exact: true, ..Results::default() };
    let mut by_best: Vec<&Results> = answers.iter().collect();
    by_best.sort_by_key(|answer| best(answer));
    for answer in &by_best {
        for group in &answer.groups {
            add_group(&mut all.groups, group);
        }
    }
    for answer in answers {
        all.total = all.total.saturating_add(answer.total);
        all.full = all.full.saturating_add(answer.full);
        all.exact &= answer.exact;
        if all.read_as.is_empty() {
            all.read_as.clone_from(&answer.read_as);
        }
        for notice in &answer.notices {
            let everywhere = || answers.iter().all(|other| other.notices.contains(notice));
            if !all.notices.contains(notice) && (notice.code != UnknownFacet || everywhere()) {
                all.notices.push(notice.clone());
            }
        }
        all.cost.bytes += answer.cost.bytes;
        all.cost.blocks += answer.cost.blocks;
        all.cost.hops = all.cost.hops.max(answer.cost.hops);
    }
    if all.full == 0 {
        all.did_you_mean = by_best.iter().find_map(|answer| answer.did_you_mean.clone());
    }
    all.facets = query.facets.iter().filter_map(|name| facet(name, answers)).collect();
    if query.view == View::List {
        let mut listed: Vec<Listed> = answers.iter().flat_map(|it| it.listed.clone()).collect();
        listed.sort_by_key(|it| it.key);
        all.listed = listed;
    }
    all
}

/// What answers are ordered by: the place of the best hit.
fn best(answer: &Results) -> (u64, bool, u32) {
    let listed = answer.listed.first().map_or(u64::MAX, |it| it.key);
    let hit = answer.hits.first();
    let score = hit.map_or(0, |hit| hit.score.max(0.0).to_bits());
    (listed, !hit.is_some_and(|hit| hit.full), !score)
}

fn add_group(groups: &mut Vec<GroupCount>, own: &GroupCount) {
    match groups.iter_mut().find(|group| group.name == own.name) {
        Some(group) => group.count = group.count.saturating_add(own.count),
        None => groups.push(own.clone()),
    }
}

/// A facet's counts over all answers that have it.
fn facet(name: &str, answers: &[Results]) -> Option<FacetCounts> {
    let own: Vec<&FacetCounts> =
        answers.iter().flat_map(|it| &it.facets).filter(|facet| facet.name == name).collect();
    // What one leaves out past its most frequent values, another may name.
    let exact = own.iter().all(|facet| facet.exact && (own.len() == 1 || !facet.is_cut()));
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for (value, count) in own.iter().flat_map(|facet| &facet.values) {
        *counts.entry(value).or_default() += count;
    }
    let mut values: Vec<(String, u32)> =
        counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    values.truncate(FacetCounts::MAX_VALUES);
    (!own.is_empty()).then(|| FacetCounts { name: name.into(), exact, values })
}
